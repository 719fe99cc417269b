"""What the command refuses, in one sentence, before the first packet; and what the sentence says."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner.clock import now
from scanner.practice.background import BackgroundFleet
from tests.cli.command import Ended, Row, ask, database, told_once
from tests.cli.lists import PERMISSION, changed, written

pytestmark = [
    pytest.mark.fleet,
    pytest.mark.xdist_group("cli"),
    # The door offers TLS 1.0 on purpose: what a server accepts is the evidence.
    pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated:DeprecationWarning"),
]

Asks = Callable[..., Ended]
ONE_EDITION = ("--criteria", "tin-nhiem-mang-2026-11")


@pytest.fixture
def scan(few: BackgroundFleet, tmp_path: Path) -> Asks:
    """``scan(inventory, …)`` with what every scan of the fleet is given; later words win."""

    def of(inventory: Path, *words: object, out: Path | None = None, db: str = "") -> Ended:
        return ask(
            *("scan", inventory, "--out", out or tmp_path / "out"),
            *("--db", db or database(tmp_path / "store.sqlite")),
            *("--resolver", few.resolver, "--trust-store", few.trust_store),
            *(words or ("--allow-private", *ONE_EDITION)),
        )

    return of


def contacts(few: BackgroundFleet) -> tuple[int, int]:
    """Connections and DNS questions that the fleet's servers counted so far."""
    stats = few.stats()
    return stats["connections"], stats["queries"]


def findings(out: Path) -> list[Row]:
    """The findings of a report."""
    lines = (out / "data" / "findings.jsonl").read_bytes().splitlines()
    return [json.loads(line) for line in lines]


def test_no_inventory(scan: Asks, tmp_path: Path) -> None:
    """A file that is not there is told by its name."""
    ended = scan(tmp_path / "truong-hoc.csv")
    assert ended.code == 2
    assert "truong-hoc.csv" in told_once(ended)


def _broken_row(few: BackgroundFleet, folder: Path) -> Path:
    text = few.inventory.read_text(encoding="utf-8")
    path = folder / "broken.yaml"
    path.write_text(text.replace('kind: "thcs"', 'kind: "truong-lang"', 1), encoding="utf-8")
    return path


def _without_permission(few: BackgroundFleet, folder: Path) -> Path:
    return written(folder, permission=None)


def _expired(few: BackgroundFleet, folder: Path) -> Path:
    yesterday = now().date() - timedelta(days=2)
    return changed(few.inventory, folder, granted_on="2020-01-01", expires_on=str(yesterday))


def _not_begun(few: BackgroundFleet, folder: Path) -> Path:
    return changed(few.inventory, folder, granted_on="2090-01-01", expires_on="2099-01-01")


def _outside_hours(few: BackgroundFleet, folder: Path) -> Path:
    # Two hours from now in the permission's own zone (UTC+7), for one minute.
    later = now() + timedelta(hours=9)
    span = f"{later:%H:%M}-{later + timedelta(minutes=1):%H:%M}"
    return changed(few.inventory, folder, hours=span)


@pytest.mark.parametrize(
    ("inventory", "says"),
    [
        pytest.param(_broken_row, "every problem stands above", id="an-error-in-one-row"),
        pytest.param(_without_permission, "permission", id="no-permission"),
        pytest.param(_expired, "ask Sở Giáo dục và Đào tạo", id="permission-expired"),
        pytest.param(_not_begun, "from 2090-01-01", id="permission-not-begun"),
        pytest.param(_outside_hours, "allows packets only", id="outside-the-hours"),
    ],
)
def test_no_packet_without_leave(
    scan: Asks,
    few: BackgroundFleet,
    tmp_path: Path,
    inventory: Callable[[BackgroundFleet, Path], Path],
    says: str,
) -> None:
    """One bad row refuses the file, and no valid permission means no packet: not even a DNS question."""
    before = contacts(few)
    ended = scan(inventory(few, tmp_path))
    assert ended.code == 2
    assert says in told_once(ended)
    assert contacts(few) == before
    assert not (tmp_path / "store.sqlite").exists()
    assert not (tmp_path / "out").exists()


def test_every_problem_is_told(scan: Asks, few: BackgroundFleet, tmp_path: Path) -> None:
    """With the line it stands in, the value, and how to mend it."""
    ended = scan(_broken_row(few, tmp_path))
    assert "broken.yaml" in ended.err
    assert "truong-lang" in ended.err
    assert "→" in ended.err


def test_private_addresses_need_a_word(scan: Asks, few: BackgroundFleet, tmp_path: Path) -> None:
    """Without --allow-private no loopback address is contacted, and every finding says why."""
    before, _ = contacts(few)
    ended = scan(few.inventory, *ONE_EDITION)
    assert ended.code == 0, str(ended)
    assert contacts(few)[0] == before
    asked = {"site-reachable", "https-offered", "certificate-trusted", "hsts-enforced"}
    rows = [row for row in findings(tmp_path / "out") if row["check"] in asked]
    said = {(row["outcome"], row["cause"]) for row in rows}
    causes = {cause for _, cause in said}
    assert rows
    assert {outcome for outcome, _ in said} == {"not-tested"}
    assert "blocked-address" in causes
    assert causes <= {"blocked-address", "dns-servfail", "dns-timeout", "dns-refused", "no-address"}


def test_private_networks_need_leave(scan: Asks, few: BackgroundFleet, tmp_path: Path) -> None:
    """The option alone does not do: the permission must list the network."""
    before, _ = contacts(few)
    inventory = changed(few.inventory, tmp_path, networks=["10.0.0.0/8"])
    ended = scan(inventory, "--allow-private", *ONE_EDITION, "--only", "http")
    assert ended.code == 0, str(ended)
    assert contacts(few)[0] == before


def _below_a_file(folder: Path) -> Path:
    (folder / "a-file").write_bytes(b"")
    return folder / "a-file" / "out"


def _foreign(folder: Path) -> Path:
    (folder / "photos").mkdir()
    (folder / "photos" / "lop-9a.jpg").write_bytes(b"\xff\xd8")
    return folder / "photos"


def _a_file(folder: Path) -> Path:
    (folder / "report").write_bytes(b"")
    return folder / "report"


def _with_the_store_inside(folder: Path) -> Path:
    (folder / "inside").mkdir()
    return folder / "inside"


@pytest.mark.parametrize(
    ("out", "says"),
    [
        pytest.param(_below_a_file, "", id="cannot-be-made"),
        pytest.param(_foreign, "choose a new or empty folder", id="holds-something-else"),
        pytest.param(_with_the_store_inside, "lies inside --out", id="would-bury-the-store"),
    ],
)
def test_out_is_looked_at_first(
    scan: Asks, few: BackgroundFleet, tmp_path: Path, out: Callable[[Path], Path], says: str
) -> None:
    """A scan of hours never ends with a report that cannot be written."""
    before = contacts(few)
    folder = out(tmp_path)
    db = database(tmp_path / "inside" / "store.sqlite") if "inside" in says else ""
    ended = scan(few.inventory, out=folder, db=db)
    assert ended.code == 2
    assert says in told_once(ended)
    assert contacts(few) == before
    assert folder.name != "photos" or [path.name for path in folder.iterdir()] == ["lop-9a.jpg"]


def test_out_that_is_a_file(scan: Asks, few: BackgroundFleet, tmp_path: Path) -> None:
    """A file is never replaced by a folder."""
    ended = scan(few.inventory, out=_a_file(tmp_path))
    assert ended.code == 2
    assert "is a file" in ended.err


BAD_CRITERIA = """
schema_version = 1
label = "thu"
edition = "2026-11"
[[criterion]]
id = "x"
level = "someday"
"""


def test_criteria_with_errors(scan: Asks, few: BackgroundFleet, tmp_path: Path) -> None:
    """Every problem of the file is told with its name, and nothing is sent."""
    before = contacts(few)
    file = tmp_path / "cua-toi.toml"
    file.write_text(BAD_CRITERIA, encoding="utf-8")
    ended = scan(few.inventory, "--criteria", file)
    assert ended.code == 2
    lines = ended.err.splitlines()
    assert len(lines) > 1
    assert all(line.startswith("cua-toi.toml") for line in lines)
    assert contacts(few) == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("--criteria", "tin-nhiem-2030"), "no edition", id="unknown-edition"),
        pytest.param((*ONE_EDITION, *ONE_EDITION), "two editions", id="one-label-twice"),
        pytest.param(("--only", "dns", "--skip", "dns"), "nothing to look at", id="nothing-left"),
        pytest.param(("--resume",), "no unfinished run", id="nothing-to-resume"),
        pytest.param(("--db", "nowhere"), "no address of a database", id="no-database"),
    ],
)
def test_words_that_make_no_sense(
    scan: Asks, few: BackgroundFleet, words: tuple[str, ...], says: str
) -> None:
    """One sentence, and no packet."""
    before = contacts(few)
    ended = scan(few.inventory, "--allow-private", *words)
    assert ended.code in (1, 2)
    assert says in told_once(ended)
    assert contacts(few) == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("--resolver", "dns.google"), "as an IP address", id="resolver-by-name"),
        pytest.param(("--resolver", "9.9.9.9:0"), "usable port", id="resolver-port-0"),
        pytest.param(("--resolver", "9.9.9.9:dns"), "usable port", id="resolver-port-word"),
        pytest.param(("--as-of", "hôm qua"), "2026-11-22T02:30:00Z", id="no-moment"),
        pytest.param(("--only", "webcam"), "webcam", id="unknown-family"),
        pytest.param(("--at-once", "0"), "1<=x<=200", id="none-at-once"),
        pytest.param(("--trust-store", "/nowhere.pem"), "/nowhere.pem", id="no-trust-store"),
        pytest.param(("--engine", "abacus"), "abacus", id="unknown-engine"),
    ],
)
def test_options_that_make_no_sense(
    scan: Asks, few: BackgroundFleet, words: tuple[str, ...], says: str
) -> None:
    """The usual message of a wrong option, which names it and what was given."""
    ended = scan(few.inventory, *words)
    assert ended.code == 2
    assert words[0] in ended.err
    assert says in ended.err


def test_a_trust_store_without_certificates(
    scan: Asks, few: BackgroundFleet, tmp_path: Path
) -> None:
    """A wrong file is told by its name."""
    (tmp_path / "roots.pem").write_text("no certificate at all", encoding="ascii")
    ended = scan(few.inventory, "--trust-store", tmp_path / "roots.pem")
    assert ended.code == 2
    assert "roots.pem" in told_once(ended)


def test_a_trust_anchor_that_is_none(scan: Asks, few: BackgroundFleet, tmp_path: Path) -> None:
    """A wrong file is told by its name, and the line by its number."""
    (tmp_path / "root.ds").write_text("; of the root\nvn. IN DS 1 2 3 4\n", encoding="ascii")
    ended = scan(few.inventory, "--trust-anchor", tmp_path / "root.ds")
    assert ended.code == 2
    assert "root.ds: line 2" in told_once(ended)


def test_a_bootstrap_that_is_none(scan: Asks, few: BackgroundFleet, tmp_path: Path) -> None:
    """A wrong file is told by its name, before anything is sent."""
    before = contacts(few)
    (tmp_path / "dns.json").write_text('{"publication": "2026", "services": 7}', encoding="ascii")
    ended = scan(few.inventory, "--rdap-bootstrap", tmp_path / "dns.json")
    assert ended.code == 2
    assert "dns.json" in told_once(ended)
    assert contacts(few) == before


def test_a_damaged_store(scan: Asks, few: BackgroundFleet, tmp_path: Path) -> None:
    """Our error: it is told, the file is kept, and nothing is sent."""
    before = contacts(few)
    db = tmp_path / "store.sqlite"
    db.write_bytes(b"this was a store once" * 100)
    ended = scan(few.inventory)
    assert ended.code == 1
    assert "not a database" in told_once(ended)
    assert contacts(few) == before
    assert db.read_bytes().startswith(b"this was a store once")


def test_skipped_families_are_not_enabled(scan: Asks, few: BackgroundFleet, tmp_path: Path) -> None:
    """What was not looked for is never read as an answer; only what it takes is sent."""
    before, _ = contacts(few)
    ended = scan(
        few.inventory, "--allow-private", *ONE_EDITION, "--only", "dns", "--vantage", "ở nhà"
    )
    assert ended.code == 0, str(ended)
    assert contacts(few)[0] == before
    rows = findings(tmp_path / "out")
    skipped = [row for row in rows if row["check"] in ("hsts-enforced", "certificate-trusted")]
    assert skipped
    assert {(row["outcome"], row["cause"]) for row in skipped} == {("not-tested", "not-enabled")}


def test_runs_judge_and_as_of(scan: Asks, few: BackgroundFleet, tmp_path: Path) -> None:
    """A stored run is listed, judged again by other criteria, and as of another day."""
    url = database(tmp_path / "store.sqlite")
    listed = ask("runs", "--db", url)
    assert (listed.code, "no runs yet" in listed.out) == (0, True)
    nothing = ask("judge", "--out", tmp_path / "early", "--db", url)
    assert nothing.code == 2
    assert "no run 'latest'" in told_once(nothing)
    later = "2031-01-02T03:04:05Z"
    ended = scan(few.inventory, "--allow-private", *ONE_EDITION, "--only", "tls", "--as-of", later)
    assert ended.code == 0, str(ended)
    said = {row["as_of"] for row in findings(tmp_path / "out")}
    assert said == {later}
    expired = [row for row in findings(tmp_path / "out") if row["check"] == "certificate-in-date"]
    assert "met" not in {row["outcome"] for row in expired}
    listed = ask("runs", "--db", url)
    assert f"complete  {now():%Y-%m-%d}" in listed.out
    assert "24/24 sites" in listed.out
    before = contacts(few)
    again = ask(
        *("judge", "--out", tmp_path / "again", "--db", url, "--criteria", "cap-do-2-2026-11"),
        *("--as-of", "2026-11-22", "--lang", "en"),
    )
    assert again.code == 0, str(again)
    assert {row["as_of"] for row in findings(tmp_path / "again")} == {"2026-11-22T00:00:00Z"}
    told: dict[str, Any] = json.loads((tmp_path / "again" / "data" / "run.json").read_bytes())
    assert [row["label"] for row in told["criteria"]] == ["cap-do-2"]
    unknown = ask("judge", "--run", "gestern", "--out", tmp_path / "x", "--db", url)
    assert unknown.code == 2
    assert "see `tinnhiem runs`" in told_once(unknown)
    refused = ask("judge", "--out", _foreign(tmp_path), "--db", url)
    assert refused.code == 2
    assert "choose a new or empty folder" in told_once(refused)
    nowhere = ask("judge", "--out", _below_a_file(tmp_path), "--db", url)
    assert nowhere.code == 2
    assert "--out" in told_once(nowhere)
    assert contacts(few) == before


def test_judging_does_not_trust_a_damaged_store(tmp_path: Path) -> None:
    """A store that lost a blob is told, by ``judge`` and by ``runs``."""
    (tmp_path / "store.sqlite").write_bytes(b"x" * 5000)
    for words in (("judge", "--out", str(tmp_path / "out")), ("runs",)):
        ended = ask(*words, "--db", database(tmp_path / "store.sqlite"))
        assert ended.code == 1
        assert "not a database" in told_once(ended)


def test_a_site_outside_the_permission(scan: Asks, few: BackgroundFleet, tmp_path: Path) -> None:
    """It stays in the list, is never contacted, and its findings say so."""
    before = contacts(few)
    leave = {**PERMISSION, "hosts": ["khac.edu.vn"], "networks": ["127.0.0.0/8"]}
    inventory = written(tmp_path, permission=leave)
    ended = scan(inventory, "--allow-private", *ONE_EDITION)
    if ended.code == 0:
        rows = [row for row in findings(tmp_path / "out") if row["check"] == "site-reachable"]
        assert [(row["outcome"], row["cause"]) for row in rows] == [("not-tested", "not-permitted")]
    else:
        assert "mot.thu.edu.vn" in ended.err
    assert contacts(few) == before


def test_the_store_holds_what_was_told(scan: Asks, few: BackgroundFleet, tmp_path: Path) -> None:
    """The findings of a scan are kept with it."""
    ended = scan(few.inventory, "--allow-private", *ONE_EDITION, "--only", "dns", "--lang", "en")
    assert ended.code == 0, str(ended)
    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as db:
        kept = db.execute("SELECT count(*) FROM looks WHERE findings_sha256 IS NULL").fetchone()
    assert kept == (0,)


@pytest.mark.parametrize("option", ["--root-hints", "--port-map"])
def test_a_bad_file_of_name_servers(
    scan: Asks, few: BackgroundFleet, tmp_path: Path, option: str
) -> None:
    """The option, the file and the line are named, and nobody is asked."""
    file = tmp_path / "khong-doc-duoc"
    file.write_text("; a remark\nns1.truong.vn\n" if "root" in option else "\nns1\n")
    before = contacts(few)
    ended = scan(few.inventory, option, file)
    assert ended.code == 2
    assert f"{option} khong-doc-duoc: line 2" in told_once(ended)
    assert contacts(few) == before
