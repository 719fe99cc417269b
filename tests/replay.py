"""Recorded evidence judged again: `python -m tests.replay` prints which findings changed against the expectation.

python -m tests.replay             compare; exit 1 where anything changed
python -m tests.replay --accept    what is found now becomes the expectation
python -m tests.replay --record    a new recording, from a fresh scan of the practice fleet
"""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from checks.assess import Rules, SiteEvidence, assess
from checks.assessment import Assessment, RunInfo
from checks.catalogue import CATALOGUE, RECORDED
from checks.criteria.loader import citations, known_checks
from checks.evidence.base import Cause
from inventory.model import Inventory, Site, Source, Unit
from reports.as_json import finding_row, verdict_row
from scanner.archive import codec
from scanner.archive.store import Store
from scanner.cli.demo import PRACTICE_EDITIONS
from scanner.cli.judging import load_editions
from scanner.cli.options import FAMILIES
from scanner.collect import PAYLOADS
from scanner.practice.background import serve_in_background

FOLDER = Path(__file__).parent / "recorded"
RECORDING = FOLDER / "practice.json"
EXPECTED = FOLDER / "practice.expected.jsonl"
AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ORIGIN = (
    "A scan of the practice fleet: imagined schools on loopback. Ports, addresses, hashes and keys of "
    "certificates are replaced, moments are moved so that the look was on 2026-11-22T03:00:00Z."
)
CHOSEN = (
    "thcs-hoa-sen",
    "mn-hoa-hong",
    "th-thcs-dong-xanh",
    "mn-vang-anh",
    "thpt-hai-dang",
    "th-cau-vong",
    "mn-but-mang",
    "thcs-cho-moi",
    "mn-chim-non",
    "mn-tre-xanh",
    "th-giay-trang",
    "thcs-trang-khuyet",
    "thcs-cau-go",
    "gdtx-ben-cu",
    "th-song-que",
    "th-lang-yen",
    "thpt-tuong-vi",
    "thcs-bo-song",
    "thpt-doi-sim",
    "thcs-ngon-hai-dang",
    "thcs-guong-mo",
    "gdtx-loi-re",
    "th-trang-giay",
    "th-hoa-gao",
    "thcs-giot-muc",
)

Row = dict[str, Any]


def main(arguments: list[str] | None = None, expectation: Path = EXPECTED) -> int:
    """Compare, accept or record; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.replay", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--accept", action="store_true", help="write the new expectation")
    what.add_argument("--record", action="store_true", help="scan the practice fleet, and record")
    asked = parser.parse_args(arguments)
    if asked.record:
        RECORDING.write_bytes(recorded())
        _say(f"{RECORDING}: {RECORDING.stat().st_size} bytes")
    found = judged(json.loads(RECORDING.read_bytes()))
    changes = list(differences(expectation.read_bytes() if expectation.exists() else b"", found))
    for change in changes:
        _say(change)
    _say(f"{len(changes)} changed, of {len(found.splitlines())} findings and verdicts")
    if asked.accept:
        expectation.write_bytes(found)
    return 1 if changes and not asked.accept else 0


def judged(recording: Row) -> bytes:
    """The findings of every check that is built, and all verdicts, a line each; no packet is sent."""
    editions = tuple(entry.edition for entry in load_editions(PRACTICE_EDITIONS))
    rules = Rules(
        editions=editions,
        citations=citations(),
        checks=CATALOGUE,
        families={known.id: known.family for known in known_checks().values()},
        enabled=frozenset(FAMILIES),
        recorded=RECORDED,
    )
    sites = recording["sites"]
    inventory = Inventory(
        units=tuple(Unit.model_validate(one["unit"]) for one in sites),
        sites=tuple(Site.model_validate(one["site"]) for one in sites),
        source=Source(file="recorded", sha256="", rows_in=len(sites), rows_accepted=len(sites)),
    )
    return _lines(assess(_run(len(sites)), inventory, rules, _evidence(sites)))


def differences(expected: bytes, found: bytes) -> Iterator[str]:
    """What changed, in words: the site, the check or criterion, before and after."""
    before, after = _by_key(expected), _by_key(found)
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            yield f"{' '.join(key)}: {_told(before.get(key))} → {_told(after.get(key))}"


def recorded() -> bytes:
    """A recording from a fresh scan."""
    from tests.cli.command import database, run

    with tempfile.TemporaryDirectory(prefix="tinnhiem-record-") as name:
        folder = Path(name)
        url = database(folder / "store.sqlite")
        with serve_in_background(folder / "fleet") as fleet:
            words: list[object] = ["scan", fleet.inventory, "--out", folder / "out", "--db", url]
            words += ["--resolver", fleet.resolver, "--trust-store", fleet.trust_store]
            words += ["--root-hints", fleet.root_hints, "--port-map", fleet.port_map]
            words += ["--trust-anchor", fleet.trust_anchor]
            words += ["--allow-private", "--at-once", "20", "--smtp-port", fleet.smtp_port]
            for edition in PRACTICE_EDITIONS:
                words += ["--criteria", edition]
            ended = run(*words)
            if ended.code != 0:
                raise RuntimeError(str(ended))
        store = Store.open(url)
        try:
            return _recording(store)
        finally:
            store.close()


def _recording(store: Store) -> bytes:
    run = store.run("latest")
    inventory = Inventory.model_validate_json(store.blob(run.inventory_sha256))
    of_unit = {site.unit: site for site in inventory.sites}
    looked = {one.site: one for one in store.looked(run, PAYLOADS)}
    sites = []
    for unit in CHOSEN:
        site = of_unit[unit]
        seen = looked[site.url]
        stable = Stable(site.https_port, site.http_port, AT - seen.captured_at)
        told = {
            "unit": inventory.unit(unit).model_dump(mode="json", exclude_defaults=True),
            "site": site.model_dump(mode="json", exclude_defaults=True),
            "evidence": json.loads(codec.encode_evidence(seen.payloads)),
        }
        sites.append(stable.of(told))
    document = {"origin": ORIGIN, "captured_at": AT.isoformat(), "sites": sites}
    return (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


@dataclass(frozen=True)
class Stable:
    """Takes out of a look what differs at every recording and decides nothing."""

    https_port: int
    http_port: int
    passed: timedelta

    def of(self, told: Any, name: str = "") -> Any:
        """The same facts, on the usual ports, at the agreed moment."""
        if isinstance(told, dict):
            return {
                key: self.of(value, key) for key, value in told.items() if not _gone(key, value)
            }
        if isinstance(told, list):
            return [self.of(value, name) for value in told]
        if name in ("https_port", "http_port", "port"):
            return 443 if told == self.https_port else 80 if told == self.http_port else told
        if name in _FIGURES and told is not None:
            return _FIGURES[name]
        if name in _ISSUERS_WORD and told is not None:
            # Certificates and lists are as old as the fleet, which is some seconds older than the look.
            moment = datetime.fromisoformat(told) + self.passed + timedelta(minutes=5)
            return moment.replace(
                minute=moment.minute // 10 * 10, second=0, microsecond=0
            ).isoformat()
        return self._text(told) if isinstance(told, str) else told

    def _text(self, text: str) -> str:
        if _MOMENT.fullmatch(text):
            moment = datetime.fromisoformat(text) + self.passed
            return moment.astimezone(UTC).replace(microsecond=0).isoformat()
        text = re.sub(rf"(https://[^/\s\"<>]+?):{self.https_port}\b", r"\1", text)
        text = re.sub(rf"(http://[^/\s\"<>]+?):{self.http_port}\b", r"\1", text)
        text = text.replace(f"_{self.https_port}._tcp.", "_443._tcp.")
        text = text.replace(f":{self.https_port}", ":443").replace(f":{self.http_port}", ":80")
        text = re.sub(r"(://[^/\s\"<>]+?):\d{4,5}\b", r"\1:8443", text)
        return text.replace("127.0.0.1", "203.0.113.10").replace("127.0.0.2", "203.0.113.11")


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# No check reads them, and they are new at every recording.  A zone's serial is a number, a certificate's a text.
_GONE = frozenset({"shown", "http_port", "https_port"})


def _gone(key: str, value: object) -> bool:
    return key in _GONE or (key == "serial" and isinstance(value, str))


_FIGURES: Mapping[str, object] = {
    "first_byte_ms": 5.0,
    "der": "",
    "body_sha256": "",
    "sha256": "",
    "key_sha256": "",
}
_ISSUERS_WORD = frozenset({"not_before", "not_after", "this_update", "next_update", "revoked_at"})


def _evidence(sites: list[Row]) -> Iterator[SiteEvidence]:
    for one in sorted(sites, key=lambda one: str(one["site"]["url"])):
        payloads = codec.decode_evidence(codec.canonical(one["evidence"]), PAYLOADS)
        yield SiteEvidence(
            site=one["site"]["url"],
            captured_at=AT,
            duration_ms=0.0,
            evidence={PAYLOADS[kind]: found for kind, found in payloads.items()},
            evidence_id="recorded",
        )


def _run(sites: int) -> RunInfo:
    return RunInfo(
        id="recorded",
        started_at=AT,
        ended_at=AT,
        state="complete",
        version="recorded",
        vantage="loopback",
        judged_at=AT,
        trust_store="recorded",
        trust_store_date="2026-11-22",
        permission_reference="01/GP-THUCHANH",
        user_agent="recorded",
        sites_planned=sites,
        sites_done=sites,
    )


def _lines(assessment: Assessment) -> bytes:
    built = [finding for finding in assessment.findings if finding.cause is not Cause.NOT_BUILT]
    rows = [finding_row(finding) for finding in built]
    rows += [verdict_row(verdict) for verdict in assessment.verdicts]
    return b"".join(codec.canonical(row) + b"\n" for row in rows)


def _by_key(lines: bytes) -> dict[tuple[str, ...], list[Row]]:
    found: dict[tuple[str, ...], list[Row]] = {}
    for line in lines.splitlines():
        row = json.loads(line)
        asked = row["check"] if "check" in row else f"{row['label']}/{row['criterion']}"
        found.setdefault((row["site"], asked), []).append(row)
    return found


def _told(rows: list[Row] | None) -> str:
    if rows is None:
        return "nothing"
    return "; ".join(
        " ".join(str(row[name]) for name in _SHOWN if row.get(name) not in (None, "", {}, []))
        for row in rows
    )


_SHOWN = (
    "outcome",
    "status",
    "cause",
    "reason",
    "measured",
    "limits",
    "because",
    "revision",
    "note",
)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
