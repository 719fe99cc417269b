"""Scan after scan on one database: what got worse is confirmed, what was a bad moment is not told, and all of it is there to read."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanner.practice.background import BackgroundFleet
from tests.cli.command import Ended, ask, database, run, told_once

pytestmark = [pytest.mark.fleet, pytest.mark.xdist_group("cli")]

SETTINGS = """
targets:
  - {name: Hết năm, ready_pct: 90, by: 2026-12-31}
confirm: {look_again_after_s: 6, hold_share_pct: 100}
"""


@dataclass(frozen=True)
class City:
    """The few schools, and one database."""

    few: BackgroundFleet
    folder: Path

    @property
    def db(self) -> str:
        """The database's address."""
        return database(self.folder / "store.sqlite")

    def scan(self) -> Ended:
        """One more scan."""
        settings = self.folder / "settings.yaml"
        settings.write_text(SETTINGS, encoding="utf-8")
        ended = run(
            *("scan", self.few.inventory, "--out", self.folder / "out", "--db", self.db),
            *("--resolver", self.few.resolver, "--trust-store", self.few.trust_store),
            *("--allow-private", "--criteria", "tin-nhiem-mang-2026-11", "--only", "http"),
            *("--criteria", "nen-tang-website-2026-11", "--only", "reach", "--only", "tls"),
            *("--settings", settings, "--no-fetch", "--tls", "brief"),
        )
        assert ended.code == 0, str(ended)
        return ended

    def compared(self, *words: object) -> list[dict[str, object]]:
        """What ``compare`` says, without the counts."""
        ended = ask("compare", *words, "--json", "--db", self.db)
        assert ended.code == 0, str(ended)
        return [json.loads(line) for line in ended.out.splitlines()][:-1]


def healthy(few: BackgroundFleet) -> list[tuple[str, str]]:
    """Host and unit of schools that send the header, by the truth of the fleet."""
    return [
        (site.removeprefix("https://").partition("/")[0].partition(":")[0], str(row["unit"]))
        for site, row in few.truth.items()
        if row["outcomes"].get("nosniff-set") == "met"
        and row["outcomes"].get("site-reachable") == "met"
    ]


def test_over_time(few: BackgroundFleet, tmp_path: Path) -> None:
    """Three scans: all as it was, then one school worse and one that faltered, then the same again."""
    city = City(few, tmp_path)
    (worse, its_unit), (faltering, other_unit) = healthy(few)[:2]
    city.scan()
    assert "there is no run before" in told_once(ask("compare", "--db", city.db))
    few.turn(f"worsen {worse}")
    few.turn(f"falter {faltering} 4")
    try:
        second = city.scan()
        assert "look worse than in the run before: once more in 6 s" in second.err
        changed = city.compared()
        assert [c["check"] for c in changed if c["unit"] == its_unit] == ["nosniff-set"]
        assert [c for c in changed if c["unit"] == other_unit and c["change"] == "regressed"] == []
        history = json.loads(ask("history", its_unit, "--json", "--db", city.db).out)
        assert history["events"] == [], "one run confirms nothing"
        third = city.scan()
    finally:
        few.turn(f"mend {worse}")
    assert "confirmed: regressed 1" in third.out
    history = json.loads(ask("history", its_unit, "--json", "--db", city.db).out)
    assert [(e["kind"], e["check"]) for e in history["events"]] == [("regressed", "nosniff-set")]
    (row,) = [r for r in history["open"] if r["check"] == "nosniff-set"]
    assert (row["outcome"], row["known_before"], row["confirmed"]) == ("not-met", True, True)
    months = json.loads(ask("history", "--json", "--db", city.db).out)["months"]
    assert [m["year_before"] for m in months] == [None]
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "Hết năm" in page
    assert "Theo tháng" in page


def test_words_that_cannot_be(tmp_path: Path) -> None:
    """One sentence each."""
    db = database(tmp_path / "store.sqlite")
    assert "no run is in the history yet" in told_once(ask("history", "--db", db))
    assert "no complete run 'y'" in told_once(ask("compare", "x", "y", "--db", db))
    assert "give a unit or --commune" in told_once(
        ask("history", "a", "--commune", "b", "--db", db)
    )
