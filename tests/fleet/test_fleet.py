"""The whole fleet, scanned once through the command line; every expectation is about that one run."""

import csv
import io
import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scanner import practice
from scanner.archive import codec
from scanner.cli.demo import PRACTICE_EDITIONS
from scanner.practice.background import serve_in_background
from scanner.practice.schools import ALL
from scanner.practice.site import Mail
from scanner.practice.truth import CHECKS
from tests.cli.command import Ended, Row, database, run
from tests.practice.sides import ONE_SIDED

pytestmark = [pytest.mark.fleet, pytest.mark.xdist_group("fleet")]

_PRACTICE = Path(practice.__file__).parent / "data"
# What no shipped edition asks for is asked here, so that its truth is compared too.
EDITIONS = PRACTICE_EDITIONS
DATA_FILES = (
    "run.json",
    "findings.jsonl",
    "verdicts.jsonl",
    "clusters.jsonl",
    "changes.jsonl",
    "progress.json",
    "units.csv",
)
LOST, LOST_MOST = "the resolver was silent", 10
"""On a busy machine our own name server loses a question now and then.  What hangs on it is told as not tested, never as an
answer; of ten thousand findings that may be a few."""
MONTH = {"month", "run", "units", "ready", "not-ready", "undecided"}
FINDING = {
    "unit",
    "site",
    "check",
    "outcome",
    "cause",
    "measured",
    "note",
    "address",
    "reason",
    "limits",
    "revision",
    "as_of",
}
VERDICT = {"unit", "site", "label", "criterion", "status", "because", "status_without_excuses"}
CLUSTER = {"host", "checks", "units", "shared", "name", "of"}
RUN = {
    "": {"schema", "run", "as_of", "criteria", "lists", "coverage", "totals"},
    "run": {"id", "started_at", "ended_at", "version", "vantage"},
    "coverage": {
        "state",
        "held",
        "sites_planned",
        "sites_done",
        "units",
        "tested",
        "blocked",
        "unreachable",
        "not_looked",
        "not_captured",
    },
    "totals": {
        "units",
        "counted",
        "ready",
        "not-ready",
        "undecided",
        "findings",
        "excused",
        "without_excuses",
    },
}
UNITS = [
    "unit_id",
    "unit_name",
    "kind",
    "kind_name",
    "commune",
    "commune_name",
    "manager",
    "manager_name",
    "state",
    "sites",
    "coverage",
    "readiness",
    "required_fulfilled",
    "required_unfulfilled",
    "required_review",
    "required_unknown",
    "required_excused",
    "required_not_applicable",
    "blocks",
    "undecided",
    "page",
    "readiness_without_excuses",
    "unfulfilled_without_excuses",
]


@dataclass(frozen=True)
class Scanned:
    """One scan of the fleet: its words, its report, its database, and what the servers counted."""

    ended: Ended
    out: Path
    db: Path
    truth: dict[str, Any]
    stats: dict[str, Any]
    findings: list[Row]
    folder: Path

    def of(self, site: str, check: str) -> list[Row]:
        """The findings of one check on one site (one per bar that an edition sets)."""
        return self._by_key.get((site, check), [])

    def __post_init__(self) -> None:
        by_key: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.findings:
            by_key[row["site"], row["check"]].append(row)
        object.__setattr__(self, "_by_key", dict(by_key))

    _by_key: dict[tuple[str, str], list[Row]] = None  # type: ignore[assignment]  # set once above


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    """The fleet in its own process, and one scan of it."""
    folder = tmp_path_factory.mktemp("fleet-scan")
    out, db = folder / "out", folder / "store.sqlite"
    with serve_in_background(folder / "fleet") as fleet:
        words: list[object] = ["scan", fleet.inventory, "--out", out, "--db", database(db)]
        words += ["--resolver", fleet.resolver, "--trust-store", fleet.trust_store]
        # Fewer at once than usual: on two busy cores a crowd would make the scanner late, and sites look down.
        words += ["--root-hints", fleet.root_hints, "--port-map", fleet.port_map]
        words += ["--trust-anchor", fleet.trust_anchor, "--lists", fleet.lists]
        words += ["--allow-private", "--at-once", "20", "--smtp-port", fleet.smtp_port]
        for edition in EDITIONS:
            words += ["--criteria", edition]
        ended = run(*words)
        stats, truth = fleet.stats(), fleet.truth
    assert ended.code == 0, str(ended)
    findings = _lines(out / "data" / "findings.jsonl")
    return Scanned(ended, out, db, truth, stats, findings, folder)


def test_every_finding_is_the_truth(scanned: Scanned) -> None:
    """On every site every check says what is planted there, and a *not-tested* names a right cause."""
    asked = 0
    wrong: list[str] = []
    lost: list[str] = []
    for site, told in sorted(scanned.truth.items()):
        for check, outcome in told["outcomes"].items():
            asked += 1
            rows = scanned.of(site, check)
            causes = told["causes"].get(check)
            wrong += [f"{site} {check}: {outcome}, but no finding"] if not rows else []
            for row in rows:
                if row["outcome"] != outcome or (causes and row["cause"] not in causes):
                    told_so = row["cause"] == "dns-timeout" and row["note"] == LOST
                    (lost if told_so else wrong).append(_difference(site, check, outcome, row))
    assert len(lost) <= LOST_MOST, "\n".join(lost)
    assert not wrong, f"{len(wrong)} of {asked} differ\n" + "\n".join(wrong)
    assert asked == len(scanned.truth) * len(CHECKS)


def test_no_finding_is_broken(scanned: Scanned) -> None:
    """A check that breaks is a bug of ours, also where the truth does not ask for it."""
    broken = [row for row in scanned.findings if row["outcome"] == "broken"]
    ours = [row for row in scanned.findings if row["cause"] == "internal-error"]
    assert broken + ours == []


def test_nobody_called_the_canary(scanned: Scanned) -> None:
    """The host outside the permission, to which sites redirect, was never contacted."""
    assert scanned.stats["canary_hits"] == 0
    assert scanned.stats["connections"] > len(scanned.truth)


@pytest.mark.parametrize("check", sorted(set(CHECKS) - ONE_SIDED))
def test_every_check_has_both_sides(scanned: Scanned, check: str) -> None:
    """A check that never says yes, or never says no, was not tested by the fleet."""
    outcomes = {row["outcome"] for row in scanned.findings if row["check"] == check}
    assert {"met", "not-met"} <= outcomes


def test_data_files_have_the_documented_fields(scanned: Scanned) -> None:
    """Programs of others read these: no field comes or goes unnoticed."""
    data = scanned.out / "data"
    assert {path.name for path in data.iterdir()} == set(DATA_FILES)
    for name, fields in (
        ("findings.jsonl", FINDING),
        ("verdicts.jsonl", VERDICT),
        ("clusters.jsonl", CLUSTER),
    ):
        rows = _lines(data / name)
        assert rows
        assert {frozenset(row) for row in rows} == {frozenset(fields)}
    told = json.loads((data / "run.json").read_text(encoding="utf-8"))
    assert {place: set(told[place] if place else told) for place in RUN} == RUN
    assert {frozenset(row) for row in told["criteria"]} == {
        frozenset({"label", "edition", "sha256"})
    }
    # A first run has nothing to be compared with, and one month.
    assert (data / "changes.jsonl").read_bytes() == b""
    progress = json.loads((data / "progress.json").read_text(encoding="utf-8"))
    assert set(progress) == {"schema", "compared_with", "groups"}
    assert [set(row) for row in progress["groups"]["city"]] == [MONTH]
    text = (data / "units.csv").read_text(encoding="utf-8-sig")
    table = list(csv.reader(io.StringIO(text)))
    assert table[0] == UNITS
    assert len(table) == 1 + len({told["unit"] for told in scanned.truth.values()})


def test_mail_servers_are_called_once(scanned: Scanned) -> None:
    """The provider that nearly all schools share, and each server that a school has for itself."""
    own = [site for site in ALL if site.names.mail is not Mail.PROVIDER]
    assert scanned.stats["mail_sessions"] == 1 + len(own)


def test_counts_agree(scanned: Scanned) -> None:
    """What ``run.json`` sums up is what the other files hold."""
    told = json.loads((scanned.out / "data" / "run.json").read_text(encoding="utf-8"))
    assert told["coverage"]["sites_done"] == told["coverage"]["sites_planned"]
    assert told["coverage"]["sites_done"] == len(scanned.truth)
    assert sum(told["totals"]["findings"].values()) == len(scanned.findings)
    states = told["totals"]
    assert states["ready"] + states["not-ready"] + states["undecided"] == states["counted"]
    assert f"{len(scanned.truth)} of {len(scanned.truth)} sites" in scanned.ended.out


def test_a_page_for_every_unit(scanned: Scanned) -> None:
    """Whoever is in the list finds a page."""
    text = (scanned.out / "data" / "units.csv").read_text(encoding="utf-8-sig")
    pages = [row["page"] for row in csv.DictReader(io.StringIO(text))]
    assert [page for page in pages if not (scanned.out / page).is_file()] == []
    assert (scanned.out / "index.html").is_file()


def test_judging_again_gives_the_same_bytes(scanned: Scanned) -> None:
    """Stored facts and the same rules: the same files, whenever they are judged."""
    run_id = json.loads((scanned.out / "data" / "run.json").read_bytes())["run"]["id"]
    before = _files(scanned.out)
    for again in ("again", "and-again"):
        out = scanned.folder / again
        words = ["judge", "--run", run_id, "--out", out, "--db", database(scanned.db)]
        ended = run(*words, "--lists", scanned.folder / "fleet" / "lists")
        assert ended.code == 0, str(ended)
        after = _files(out)
        assert after.keys() == before.keys()
        assert [name for name in before if after[name] != before[name]] == []


def test_no_personal_data_in_the_database(scanned: Scanned) -> None:
    """No e-mail address is readable in what was seen of pages, and no cookie value anywhere."""
    evidence = _blobs(scanned.db, "evidence")
    assert evidence
    addresses = re.compile(rb"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
    readable: set[bytes] = set()
    cookies: set[str] = set()
    for data in evidence:
        told = json.loads(data)
        readable |= set(addresses.findall(codec.canonical(told.get("pages", {}))))
        for name, value in _headers(told):
            if name.lower() == "set-cookie":
                cookies.add(value.partition(";")[0].partition("=")[2])
    assert readable == set()
    assert cookies, "no cookie: nothing was tested"
    assert {value for value in cookies if not re.fullmatch(r"\(\d+ characters\)", value)} == set()
    assert any("•@".encode() in data for data in evidence), "no masked address: nothing was tested"


def _difference(site: str, check: str, outcome: str, row: Row) -> str:
    said = " ".join(str(row[key]) for key in ("outcome", "cause", "reason", "note") if row[key])
    return f"{site} {check}: {outcome}, but {said}"


def _lines(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _blobs(db: Path, kind: str) -> list[bytes]:
    connection = sqlite3.connect(db)
    try:
        rows = connection.execute("SELECT data FROM blobs WHERE kind = ?", (kind,)).fetchall()
    finally:
        connection.close()
    return [codec.unpacked(data) for (data,) in rows]


def _headers(told: object) -> Iterator[tuple[str, str]]:
    """Every header field in a tree of evidence."""
    if isinstance(told, dict):
        yield from told.get("headers") or ()
        for below in told.values():
            yield from _headers(below)
    elif isinstance(told, list):
        for below in told:
            yield from _headers(below)
