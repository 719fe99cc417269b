"""An excuse through real scans of real servers: before it, under it, after its day; and files that a scan was given."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.days import day_of
from scanner.clock import now
from scanner.practice.background import BackgroundFleet
from tests.cli.command import Ended, ask, database, told_once

pytestmark = [
    pytest.mark.fleet,
    pytest.mark.xdist_group("cli"),
    # The door offers TLS 1.0 on purpose: what a server accepts is the evidence.
    pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated:DeprecationWarning"),
]
CHECK = "hsts-enforced"


@pytest.fixture(scope="module")
def two(few: BackgroundFleet, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The fleet's inventory with two of its units, the first of which sends no HSTS; and that one's id."""
    from ruamel.yaml import YAML

    whole: dict[str, Any] = YAML(typ="safe").load(few.inventory.read_text(encoding="utf-8"))
    faulty = [site for site, told in few.truth.items() if told["outcomes"][CHECK] == "not-met"]
    rows = [row for row in whole["rows"] if any(row["url"] in site for site in faulty)][:1]
    rows += [row for row in whole["rows"] if row["unit_id"] != rows[0]["unit_id"]][:1]
    path = tmp_path_factory.mktemp("two") / "two.json"
    text = json.dumps(whole | {"rows": rows}, ensure_ascii=False, default=str)
    path.write_text(text, encoding="utf-8")
    return path, str(rows[0]["unit_id"])


def test_before_under_and_after(
    few: BackgroundFleet, two: tuple[Path, str], tmp_path: Path
) -> None:
    """The finding is the same in all of them; only what it counts for changes."""
    inventory, unit = two
    db = database(tmp_path / "store.sqlite")
    today = day_of(now())
    records = tmp_path / "records.yaml"

    def scan(*words: object) -> tuple[Ended, tuple[str, str, str]]:
        ended = ask(
            *("scan", inventory, "--out", tmp_path / "out", "--db", db, "--allow-private"),
            *("--resolver", few.resolver, "--trust-store", few.trust_store),
            *("--only", "reach", "--only", "http", "--only", "tls", *words),
            *("--criteria", "nen-tang-website-2026-11"),
        )
        assert ended.code == 0, str(ended)
        return ended, told()

    def told() -> tuple[str, str, str]:
        data = tmp_path / "out" / "data"
        (verdict,) = _rows(data / "verdicts.jsonl", unit=unit, criterion=CHECK)
        (finding,) = _rows(data / "findings.jsonl", unit=unit, check=CHECK)
        return finding["outcome"], verdict["status"], verdict["status_without_excuses"]

    assert scan()[1] == ("not-met", "unfulfilled", "unfulfilled")
    asked = ("--reason", "đang thay máy chủ", "--by", "Sở", "--until", today + timedelta(20))
    added = ask("excuse", unit, CHECK, *asked, "--db", db)
    assert added.code == 0, str(added)
    assert added.err == ""
    assert scan()[1] == ("not-met", "excused", "unfulfilled")
    page = next((tmp_path / "out" / "units").glob(f"{unit}*.html")).read_text(encoding="utf-8")
    assert "đang thay máy chủ" in page
    assert "Sắp hết hạn" in page
    after = f"{today + timedelta(21)}T00:00:00+07:00"
    assert scan("--as-of", after)[1] == ("not-met", "unfulfilled", "unfulfilled")
    page = next((tmp_path / "out" / "units").glob(f"{unit}*.html")).read_text(encoding="utf-8")
    assert "Đã hết hạn" in page

    # A file does the same, and is part of what the run was made with.
    in_file = ask("excuse", unit, CHECK, *asked, "--file", records, "--inventory", inventory)
    assert in_file.code == 0, str(in_file)
    (row,) = json.loads(ask("excuse", "list", "--json", "--db", db).out)
    assert ask("excuse", "end", row["id"], "--db", db).code == 0
    assert scan("--records", records)[1] == ("not-met", "excused", "unfulfilled")
    records.unlink()
    again = ask("judge", "--db", db, "--out", tmp_path / "out")
    assert again.code == 0, str(again)
    assert told() == ("not-met", "excused", "unfulfilled")
    (row,) = json.loads(ask("excuse", "list", "--json", "--db", db).out)
    assert (row["source"], row["finding"] != "") == ("file", True)


def test_a_wrong_file_sends_no_packet(
    few: BackgroundFleet, two: tuple[Path, str], tmp_path: Path
) -> None:
    """What is unknown is told before anything else."""
    records = tmp_path / "records.yaml"
    records.write_text(
        f"excuses:\n- unit: nobody\n  check: {CHECK}\n  reason: r\n  granted_by: b\n"
        f"  until_on: {day_of(now()) + timedelta(9)}\n",
        encoding="utf-8",
    )
    before = few.stats()["connections"]
    ended = ask(
        *("scan", two[0], "--out", tmp_path / "out", "--db", database(tmp_path / "s.sqlite")),
        *("--allow-private", "--resolver", few.resolver, "--records", records),
    )
    assert (ended.code, "records.yaml: not used" in told_once(ended)) == (2, True)
    assert "dòng 2" in ended.err
    assert few.stats()["connections"] == before
    assert not (tmp_path / "s.sqlite").exists()


def _rows(file: Path, **wanted: str) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in file.read_bytes().splitlines()]
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]
