"""What ends soon and what ended lately: both sides of each day, and nothing that another paper covers."""

from datetime import date, datetime, timedelta

import pytest

from checks.assessment import Assessment
from checks.due import Due, DueKind, dead, due, ends
from checks.excuses import Book, Death, Life, name_of
from checks.spec import Outcome
from inventory.model import Attestation, Excuse
from tests.builders.judged import AT, answer, assessed, criterion, edition, site, telling, unit

TODAY = date(2026, 11, 22)
"""The day of AT in Vietnam."""
CHECK, OTHER = "hsts-enforced", "old-tls-off"
ROWS = edition(
    criterion("a", CHECK), criterion("b", OTHER), criterion("c", attested="backup-restored")
)


def excuse(days: int, check: str = CHECK, **more: object) -> Excuse:
    """An excuse that ends so many days from today."""
    whole = {
        "unit": "u1",
        "check": check,
        "reason": "r",
        "granted_by": "b",
        "until_on": TODAY + timedelta(days),
        "number": f"{days}/QĐ",
        **more,
    }
    return Excuse.model_validate(whole)


def document(issued: int, expires: int | None = None, level: int | None = None) -> Attestation:
    """A document issued and expiring so many days from today."""
    return Attestation(
        check="backup-restored",
        number=f"{issued}/QĐ",
        issued_on=TODAY + timedelta(issued),
        expires_on=None if expires is None else TODAY + timedelta(expires),
        level=level,
    )


def judged(
    excuses: tuple[Excuse, ...] = (),
    documents: tuple[Attestation, ...] = (),
    book: Book | None = None,
    *,
    at_fault: bool = True,
) -> Assessment:
    """One unit with two sites, both at fault or both well."""
    one = unit("u1", excuses=excuses, attestations=documents)
    sites = [site(one, "a.edu.vn"), site(one, "b.edu.vn")]
    said = answer(Outcome.NOT_MET if at_fault else Outcome.MET)
    return assessed(
        (ROWS,),
        [(one, [(place, telling(place, {}, said)) for place in sites])],
        book=book or Book(),
    )


def of_unit(rows: tuple[Due, ...]) -> list[Due]:
    """Without the permission."""
    return [row for row in rows if row.kind is not DueKind.PERMISSION]


@pytest.mark.parametrize(
    ("days", "soon", "late"),
    [
        pytest.param(31, 0, 0, id="31-days"),
        pytest.param(30, 1, 0, id="30-days"),
        pytest.param(0, 1, 0, id="today"),
        pytest.param(-1, 0, 1, id="yesterday"),
        pytest.param(-30, 0, 1, id="30-days-ago"),
        pytest.param(-31, 0, 0, id="31-days-ago"),
    ],
)
def test_both_ends_of_the_month(days: int, soon: int, late: int) -> None:
    """Of excuses and documents alike."""
    made = judged((excuse(days),), (document(-100, days),))
    assert [row.kind for row in of_unit(due(made))] == [DueKind.ATTESTATION, DueKind.EXCUSE] * soon
    assert [row.kind for row in of_unit(dead(made))] == [DueKind.ATTESTATION, DueKind.EXCUSE] * late
    for row in of_unit(due(made) + dead(made)):
        assert (row.days_left, row.ends_on) == (days, TODAY + timedelta(days))
        assert row.why is (Death.DATE if late else None)


def test_an_excuse_is_told_once_with_its_sites() -> None:
    """Not once a site."""
    (row,) = of_unit(due(judged((excuse(3),))))
    assert (row.unit, row.check, row.document) == ("u1", CHECK, "3/QĐ")
    assert row.sites == ("https://a.edu.vn/", "https://b.edu.vn/")


def test_dead_on_one_site_only() -> None:
    """There it is told as dead; on the other it still ends soon."""
    one = excuse(3)
    book = Book({(name_of(one), "https://a.edu.vn/"): Life("r1 not-met", Death.CHANGED, AT)})
    made = judged((one,), book=book)
    (soon,), (late,) = of_unit(due(made)), of_unit(dead(made))
    assert (soon.sites, soon.why) == (("https://b.edu.vn/",), None)
    assert (late.sites, late.why, late.ends_on) == (("https://a.edu.vn/",), Death.CHANGED, TODAY)


@pytest.mark.parametrize(
    ("excuses", "soon", "late"),
    [
        pytest.param((excuse(3), excuse(90)), [], [], id="another-lasts"),
        pytest.param((excuse(3), excuse(9)), ["9/QĐ"], [], id="the-longer-one"),
        pytest.param((excuse(-3), excuse(9)), ["9/QĐ"], [], id="dead-but-renewed"),
        pytest.param((excuse(-3), excuse(9, OTHER)), ["9/QĐ"], ["-3/QĐ"], id="of-other-checks"),
        pytest.param((excuse(-3), excuse(-5)), [], ["-3/QĐ", "-5/QĐ"], id="both-dead"),
    ],
)
def test_what_another_covers_is_no_news(
    excuses: tuple[Excuse, ...], soon: list[str], late: list[str]
) -> None:
    """Nobody is asked to renew what is renewed."""
    made = judged(excuses)
    assert [row.document for row in of_unit(due(made))] == soon
    assert [row.document for row in of_unit(dead(made))] == late


@pytest.mark.parametrize(
    ("documents", "soon", "late"),
    [
        pytest.param((document(-400, 5), document(-2, 90)), [], [], id="a-newer-one"),
        pytest.param((document(-400, 5), document(-2)), [], [], id="one-without-an-end"),
        pytest.param((document(-400, 5), document(1, 90)), ["-400/QĐ"], [], id="one-of-tomorrow"),
        pytest.param((document(-400, -5), document(-300, -9)), [], ["-400/QĐ"], id="both-ended"),
        pytest.param(
            (document(-9, 5, 2), document(-9, 90, 1)), ["-9/QĐ"], [], id="of-another-level"
        ),
    ],
)
def test_which_document_is_told(
    documents: tuple[Attestation, ...], soon: list[str], late: list[str]
) -> None:
    """The one that holds longest."""
    made = judged(documents=documents)
    assert [row.document for row in of_unit(due(made))] == soon
    assert [row.document for row in of_unit(dead(made))] == late


def test_a_document_that_grows_too_old() -> None:
    """A criterion that wants a fresh one ends it before its own last day."""
    yearly = criterion("c", attested="backup-restored").model_copy(
        update={"evidence_max_age_days": 365}
    )
    assert ends(document(-360), (edition(yearly),)) == TODAY + timedelta(5)
    assert ends(document(-360, 2), (edition(yearly),)) == TODAY + timedelta(2)
    assert ends(document(-360, 9), (ROWS,)) == TODAY + timedelta(9)
    assert ends(document(-360), (ROWS,)) is None


@pytest.mark.parametrize(
    ("expires", "soon", "late"),
    [
        pytest.param(TODAY + timedelta(30), 1, 0, id="soon"),
        pytest.param(TODAY - timedelta(1), 0, 1, id="over"),
        pytest.param(TODAY + timedelta(31), 0, 0, id="not-yet"),
    ],
)
def test_the_permission(expires: date, soon: int, late: int) -> None:
    """Without it nobody may look."""
    made = judged()
    assert made.permission is not None
    left = made.permission.model_copy(update={"expires_on": expires})
    made = made.model_copy(update={"permission": left})
    assert [row.kind for row in due(made)] == [DueKind.PERMISSION] * soon
    assert [row.kind for row in dead(made)] == [DueKind.PERMISSION] * late
    assert due(made.model_copy(update={"permission": None})) == ()


def test_the_soonest_first_and_of_the_dead_the_latest() -> None:
    """As people read them."""
    made = judged((excuse(9), excuse(2, OTHER)), (document(-99, 5),))
    assert [row.days_left for row in of_unit(due(made))] == [2, 5, 9]
    made = judged((excuse(-9), excuse(-2, OTHER)), (document(-99, -5),))
    assert [row.days_left for row in of_unit(dead(made))] == [-2, -5, -9]


def test_days_are_those_of_the_schools() -> None:
    """AT is still the day before in Greenwich."""
    assert isinstance(AT, datetime)
    assert AT.date() != TODAY
    (row,) = of_unit(due(judged((excuse(0),))))
    assert row.days_left == 0
