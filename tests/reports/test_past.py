"""What pages tell of earlier runs: since when, what changed, how far it has come; and nothing where nothing is known."""

from dataclasses import replace
from datetime import timedelta

import pytest

from checks.availability import Counts, DayUp
from checks.changes import compare
from checks.days import day_of
from checks.past import NO_PAST
from checks.spec import Outcome
from inventory.model import SO_GDDT
from reports.city_view import city_view, manager_view
from reports.common import common
from reports.judged import Judged
from reports.past_view import since
from reports.reporter import render_all
from reports.run_view import held_told
from reports.unit_view import unit_view
from reports.uptime_view import strips
from reports.view import UptimeStrip
from reports.words import Language, words
from tests.builders.judged import rich
from tests.builders.past import past_of

NOW = rich()
PAST = past_of(NOW)
JUDGED = Judged(NOW, PAST)
VI = words("vi")


def test_nothing_is_told_of_no_past() -> None:
    """The first run has no changes, no months and no since."""
    first = Judged(NOW, NO_PAST)
    city = city_view(first, VI)
    assert (city.changes, city.progress) == (None, None)
    unit = unit_view(first, first.active[0], common(first, VI))
    assert (unit.changes, unit.months) == (None, ())
    assert {since(first, finding, VI) for finding in first.findings} == {""}


def test_changes_of_the_city() -> None:
    """What the sites did is listed, the worst first; what the rules did is only counted."""
    changes = city_view(JUDGED, VI).changes
    assert changes is not None
    kinds = [row.kind for row in changes.rows]
    assert kinds == sorted(kinds, key=["Xấu đi", "Cần xem xét", "Mới áp dụng", "Tốt lên"].index)
    assert "2 nội dung xấu đi." in changes.lines or "3 nội dung xấu đi." in changes.lines
    assert any("chỉ vì quy tắc" in line for line in changes.lines)
    assert any("không còn sẵn sàng" in line for line in changes.lines)
    assert all(row.href and row.href.startswith("units/") for row in changes.rows)


def test_changes_of_a_unit() -> None:
    """Only its own."""
    bad = next(unit for unit in JUDGED.active if unit.name.endswith("Hòa Tiến 1"))
    changes = unit_view(JUDGED, bad, common(JUDGED, VI)).changes
    assert changes is not None
    titles = {row.what for row in changes.rows}
    assert titles == {
        VI.check("certificate-in-date").title,
        VI.check("http-redirects-to-https").title,
        VI.check("contact-details-published").title,
    }
    assert not changes.many


def test_a_held_run_tells_neither() -> None:
    """Nothing is better or worse than a run that accuses nobody."""
    held = NOW.model_copy(update={"run": NOW.run.model_copy(update={"held": "3 of 5 sites"})})
    past = replace(PAST, comparison=compare((), NOW, held))
    changes = city_view(Judged(held, past), VI).changes
    assert changes is not None
    assert changes.rows == ()
    assert changes.held


def test_progress() -> None:
    """The newest month first, the year before beside it, and each target with what it lacks."""
    city = city_view(JUDGED, VI).progress
    assert city is not None
    assert [row.month for row in city.months] == [
        "11/2026",
        "10/2026",
        "9/2026",
        "8/2026",
        "12/2025",
        "11/2025",
    ]
    assert city.months[0].year_before.startswith("0 %")
    assert city.months[1].year_before == "chưa có số liệu"
    assert [(row.name[:3], row.reached) for row in city.targets] == [
        ("Hết", False),
        ("Hải", False),
        ("Bướ", True),
    ]
    assert city.targets[0].state.startswith("Còn thiếu")
    assert city.targets[1].state.startswith("Quá hạn")


def test_progress_of_a_manager() -> None:
    """A manager sees its own units, and the targets that are set for it."""
    here = manager_view(JUDGED, "20242", VI).progress
    assert here is not None
    assert [row.name for row in here.targets] == ["Hải Châu trước hạn"]
    so = manager_view(JUDGED, SO_GDDT, VI).progress
    assert so is not None
    assert so.targets == ()
    assert so.months[0].of != here.months[0].of or so.months[0].ready != here.months[0].ready


@pytest.mark.parametrize(
    ("known_before", "trail", "settled", "unsteady", "told"),
    [
        (True, "mff", Outcome.NOT_MET, False, "Từ ngày 08/11/2026."),
        (False, "ff", Outcome.NOT_MET, False, "Ít nhất từ ngày 08/11/2026."),
        (True, "mf", Outcome.MET, False, "Từ ngày 08/11/2026. Chưa được lần quét khác xác nhận."),
        (
            True,
            "mfmf",
            Outcome.MET,
            True,
            "Từ ngày 08/11/2026. Kết quả lúc được lúc không giữa các lần quét.",
        ),
        (True, "fm", Outcome.MET, False, ""),
    ],
)
def test_since_when(
    *, known_before: bool, trail: str, settled: Outcome, unsteady: bool, told: str
) -> None:
    """A day, whether it may be longer, and whether it is sure."""
    finding = next(f for f in NOW.findings if f.outcome is Outcome.NOT_MET)
    key, standing = next(
        (k, s)
        for k, s in PAST.standings.items()
        if k[:3] == (finding.unit, finding.site, finding.check)
    )
    changed = replace(
        standing, known_before=known_before, trail=trail, settled=settled, unsteady=unsteady
    )
    assert since(Judged(NOW, replace(PAST, standings={key: changed})), finding, VI) == told


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_page_is_made(lang: Language) -> None:
    """With a past as without, in both languages; no word is missing."""
    files = dict(render_all(NOW, lang, past=PAST))
    city = files["index.html"].decode()
    assert (
        "Thay đổi từ lần quét trước" if lang == "vi" else "Changes since the previous scan"
    ) in city
    assert "[tiếng Anh]" not in city
    assert files == dict(render_all(NOW, lang, past=PAST))


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ("mass-failure nosniff-set 12/40", "12/40 đơn vị cùng lúc không đạt nội dung"),
        ("3 of 5 sites: local-network-down", "đường truyền của máy quét bị gián đoạn"),
        ("a reason of tomorrow", "a reason of tomorrow"),
    ],
)
def test_why_a_run_is_held(held: str, told: str) -> None:
    """In words; what this version does not know is shown as it stands."""
    assert told in held_told(held, VI)


def days(*counts: Counts, vantage: str = "default") -> tuple[DayUp, ...]:
    """So many days up to the day of judging."""
    last = day_of(NOW.run.judged_at)
    first = last - timedelta(days=len(counts) - 1)
    return tuple(
        DayUp(first + timedelta(days=at), vantage, one, 200.0, 900.0)
        for at, one in enumerate(counts)
    )


def strip_of(*found: tuple[DayUp, ...]) -> tuple[UptimeStrip, ...]:
    """The strips of one site."""
    site = NOW.sites[0]
    past = replace(PAST, uptime={site.url: tuple(day for one in found for day in one)})
    return strips(Judged(NOW, past), site, VI)


def test_a_strip() -> None:
    """Well, nearly, badly, and a day of which nothing is known; the share is cut, never rounded up."""
    (strip,) = strip_of(
        days(
            Counts(up=288),
            Counts(up=287, down=1),
            Counts(up=200, down=88),
            Counts(unknown=288),
            Counts(up=288),
        )
    )
    assert [(s.kind, s.x) for s in strip.squares] == [
        ("good", 85),
        ("look", 86),
        ("bad", 87),
        ("open", 88),
        ("good", 89),
    ]
    assert "92,27 %" in strip.lead
    assert [row.down for row in strip.bad] == ["88", "1"]
    assert strip.vantage == ""


def test_silence_of_a_site_that_never_answers() -> None:
    """Says nothing; of a site that answers on other days it is down."""
    (never,) = strip_of(days(Counts(down=288, silent=288)))
    assert [s.kind for s in never.squares] == ["open"]
    assert "Chưa có lần xem nào" in never.lead
    (other,) = strip_of(days(Counts(up=1), Counts(down=288, silent=288)))
    assert [s.kind for s in other.squares] == ["good", "bad"]


def test_vantages_stand_apart() -> None:
    """Each with its name; days older than the strip are not on it."""
    old = tuple(day._replace(day=day.day - timedelta(days=90)) for day in days(Counts(up=1)))
    found = strip_of(days(Counts(up=1), vantage="b"), days(Counts(up=2), vantage="a"), old)
    assert [strip.vantage for strip in found] == ["Xem từ a", "Xem từ b", "Xem từ default"]
    assert [len(strip.squares) for strip in found] == [1, 1, 0]
