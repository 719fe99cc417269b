"""What ends soon stands on the pages of those whom it concerns, in words; and what died says why."""

from datetime import date, timedelta

import pytest

from checks.excuses import Book, Death, Life, name_of
from checks.spec import Outcome
from inventory.model import Attestation, Excuse
from reports.as_html import pages
from reports.city_view import city_view, manager_view
from reports.common import common
from reports.judged import Judged
from reports.unit_view import unit_view
from reports.words import LANGUAGES, Language, words
from tests.builders.judged import (
    AT,
    HOSTILE,
    answer,
    assessed,
    criterion,
    edition,
    site,
    telling,
    unit,
)

VI = words("vi")
TODAY = date(2026, 11, 22)
CHECK = "hsts-enforced"


def excuse(unit: str, days: int, **more: object) -> Excuse:
    """An excuse that ends so many days from today."""
    whole = {"unit": unit, "check": CHECK, "reason": "chờ", "granted_by": "Sở", **more}
    return Excuse.model_validate({**whole, "until_on": TODAY + timedelta(days)})


MENDED = excuse("b", 9, number="2/QĐ")


@pytest.fixture(scope="module")
def judged() -> Judged:
    """Two communes: in one an excuse and a document end soon, in the other one excuse died."""
    document = Attestation(
        check="backup-restored",
        number=HOSTILE[:400],
        issued_on=TODAY - timedelta(400),
        expires_on=TODAY,
    )
    a = unit("a", HOSTILE, commune="20242", excuses=(excuse("a", 3),), attestations=(document,))
    b = unit("b", commune="20332", excuses=(MENDED,))
    c = unit("c", commune="20332")
    book = Book(
        {(name_of(MENDED), site(b).url): Life("r1 not-met", Death.MENDED, AT - timedelta(2))}
    )
    rows = edition(criterion("a", CHECK), criterion("b", "old-tls-off"))
    bad = {CHECK: answer(Outcome.NOT_MET)}
    made = assessed(
        (rows,),
        [(u, [(place, telling(place, bad, answer()))]) for u in (a, b, c) for place in [site(u)]],
        book=book,
    )
    leave = made.permission
    assert leave is not None
    ending = leave.model_copy(update={"expires_on": TODAY + timedelta(30)})
    return Judged(made.model_copy(update={"permission": ending}))


def test_the_city_is_told_of_everything(judged: Judged) -> None:
    """The soonest first, with a link to each unit."""
    told = city_view(judged, VI).due
    assert [(row.what, row.left) for row in told.rows] == [
        ("Văn bản của đơn vị", "hết hôm nay"),
        ("Tạm chấp nhận", "3 ngày"),
        ("Văn bản cho phép quét", "30 ngày"),
    ]
    assert [row.unit.href if row.unit else None for row in told.rows] == [
        "units/a.html",
        "units/a.html",
        None,
    ]
    assert told.rows[1].day == "25/11/2026"
    assert told.rows[1].document == "không có"
    assert site(unit("a")).host in told.rows[1].about
    (dead,) = told.dead
    assert dead.left == VI.ui("due.why_mended")
    assert (dead.day, dead.document) == ("20/11/2026", "2/QĐ")


def test_a_commune_is_told_of_its_own(judged: Judged) -> None:
    """And of the permission, which is everybody's."""
    first, second = (manager_view(judged, code, VI).due for code in ("20242", "20332"))
    assert [row.what for row in first.rows] == [
        "Văn bản của đơn vị",
        "Tạm chấp nhận",
        "Văn bản cho phép quét",
    ]
    assert [row.what for row in second.rows] == ["Văn bản cho phép quét"]
    assert (len(first.dead), len(second.dead)) == (0, 1)
    assert second.dead[0].unit is not None
    assert second.dead[0].unit.href == "../units/b.html"


def test_a_unit_is_told_of_its_own(judged: Judged) -> None:
    """On its own page without a link to itself; the permission is none of its papers."""
    views = {u.id: unit_view(judged, u, common(judged, VI)).due for u in judged.units}
    assert [row.what for row in views["a"].rows] == ["Văn bản của đơn vị", "Tạm chấp nhận"]
    assert all(row.unit is None for row in views["a"].rows)
    assert (len(views["b"].rows), len(views["b"].dead)) == (0, 1)
    assert views["c"] == ((), ())


def test_with_and_without(judged: Judged) -> None:
    """Both verdicts stand on the page of a unit that is excused, and on no other."""
    views = {u.id: unit_view(judged, u, common(judged, VI)) for u in judged.units}
    without = "Không kể phần tạm chấp nhận: Chưa sẵn sàng, 1 tiêu chí bắt buộc không đạt."
    assert [views[code].without for code in "abc"] == [without, "", ""]
    assert [(s.kind, s.n) for s in views["a"].tally] == [("held", 1), ("good", 1)]
    assert [(s.kind, s.n) for s in views["a"].tally_without] == [("bad", 1), ("good", 1)]
    assert views["b"].tally_without == ()
    assert city_view(judged, VI).counts.without == (
        "1 đơn vị có tiêu chí bắt buộc đang được tạm chấp nhận.",
        "Không kể phần tạm chấp nhận: 0 sẵn sàng, 3 chưa sẵn sàng, 0 chưa kết luận được.",
    )
    assert manager_view(judged, "20332", VI).counts.without == ()


def test_why_it_is_no_longer_accepted(judged: Judged) -> None:
    """Stands beside the criterion that it once covered."""
    b = next(u for u in judged.units if u.id == "b")
    view = unit_view(judged, b, common(judged, VI))
    (bad,) = [
        c for g in view.sites[0].editions[0].groups for c in g.criteria if c.status.kind == "bad"
    ]
    died = VI.ui("excuse.died", day="20/11/2026", why=VI.ui("due.why_mended"))
    assert bad.remarks == (died,)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_on_the_pages(judged: Judged, lang: Language) -> None:
    """Inert, in both languages, and on a unit's page only where there is something to tell."""
    told = words(lang)
    made = {path: data.decode() for path, data in pages(judged, lang)}
    for path in ("index.html", "communes/20242.html", "units/a.html", "units/b.html"):
        assert f'<h2 id="due">{told.ui("due.title")}</h2>' in made[path], path
    assert 'id="due"' not in made["units/c.html"]
    assert all("<script>alert" not in text for text in made.values())
    assert told.ui("due.why_mended") in made["index.html"]
    assert told.ui("excuse.todo") in made["units/a.html"]
    assert told.ui("excuse.todo") not in made["units/b.html"]


def test_nothing_ends_soon() -> None:
    """That too is said on the city's page."""
    one = unit("a")
    rows = edition(criterion("a", CHECK))
    made = assessed((rows,), [(one, [(site(one), telling(site(one), {}, answer()))])])
    view = city_view(Judged(made), VI)
    assert view.due == ((), ())
    text = dict(pages(Judged(made), "vi"))["index.html"].decode()
    assert VI.ui("due.none") in text
