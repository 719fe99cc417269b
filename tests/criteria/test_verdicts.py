"""The algebra from findings to verdicts to readiness."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.criteria.model import Clause, Criterion, Edition, Level
from checks.evidence.base import Cause
from checks.excuses import accepted, names_of
from checks.spec import Finding, Outcome
from checks.verdicts import (
    ReadinessState,
    Status,
    Verdict,
    all_of,
    any_of,
    decide,
    readiness,
)
from inventory.model import Attestation, Excuse, Role, Site, Unit, UnitKind

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
TODAY = NOW.date()
OPEN = {Outcome.NOT_TESTED, Outcome.BROKEN, Outcome.NEEDS_REVIEW}
Combine = Callable[[Sequence[Outcome]], Status]
many = st.lists(st.sampled_from(Outcome), max_size=8)
both = st.sampled_from([all_of, any_of])

SITE = Site(unit="u1", url="https://school.example/", host="school.example")


def unit(
    excuses: tuple[Excuse, ...] = (), attestations: tuple[Attestation, ...] = (), **more: Any
) -> Unit:
    whole = {"kind": UnitKind.THCS, **more}
    return Unit(
        id="u1",
        name="THCS",
        commune="20194",
        manager="20194",
        excuses=excuses,
        attestations=attestations,
        **whole,
    )


def excuse(check: str, until_on: date = TODAY) -> Excuse:
    return Excuse(unit="u1", check=check, reason="mua máy mới", granted_by="Sở", until_on=until_on)


def criterion(**more: Any) -> Criterion:
    whole = {"id": "c1", "text_vi": "x", "text_en": "x", "level": Level.REQUIRED, **more}
    return Criterion(**whole)


def over(outcomes: Sequence[Outcome], way: str = "all_of") -> Criterion:
    clauses = tuple(Clause(check=f"check-{n}") for n in range(len(outcomes)))
    return criterion(**{way: clauses})


def edition(*criteria: Criterion) -> Edition:
    return Edition(
        schema_version=1,
        label="l",
        edition="1",
        title_vi="x",
        title_en="x",
        issued_on=TODAY,
        criteria=criteria,
        sha256="ab",
    )


def ruled(
    asked: Criterion,
    outcomes: Sequence[Outcome] = (),
    school: Unit | None = None,
    as_of: datetime = NOW,
) -> Verdict:
    """The verdict where the n-th clause's check ends in the n-th outcome."""
    causes = {Outcome.NOT_TESTED: Cause.NO_LIST, Outcome.BROKEN: Cause.INTERNAL_ERROR}

    def finding_of(clause: Clause) -> Finding:
        outcome = outcomes[int(clause.check.removeprefix("check-"))]
        return Finding(
            unit="u1",
            site=SITE.url,
            check=clause.check,
            revision=1,
            family="tls",
            outcome=outcome,
            cause=causes.get(outcome),
            as_of=as_of,
        )

    school = school or unit()
    found = [finding_of(clause) for clause in asked.clauses]
    excused = excused_of(school, found, as_of)
    return decide(edition(asked), asked, school, SITE, finding_of, as_of, excused)


def excused_of(school: Unit, found: Sequence[Finding], as_of: datetime) -> frozenset[str]:
    """The checks that the unit's excuses cover."""
    stands = [
        accepted(one, SITE.url, [f for f in found if f.check == one.check], names_of(None), as_of)
        for one in school.excuses
        if one.concerns(SITE)
    ]
    return frozenset(one.excuse.check for one in stands if one.covers)


@pytest.mark.parametrize(
    ("outcomes", "every", "either"),
    [
        pytest.param("met", "fulfilled", "fulfilled", id="met"),
        pytest.param("not-met", "unfulfilled", "unfulfilled", id="not-met"),
        pytest.param("met not-met", "unfulfilled", "fulfilled", id="met-and-not-met"),
        pytest.param("not-tested not-met", "unfulfilled", "unknown", id="untested-and-not-met"),
        pytest.param("not-tested met", "unknown", "fulfilled", id="untested-and-met"),
        pytest.param("broken met", "unknown", "fulfilled", id="broken-counts-as-untested"),
        pytest.param("broken not-met", "unfulfilled", "unknown", id="broken-and-not-met"),
        pytest.param("needs-review met", "review", "fulfilled", id="review-and-met"),
        pytest.param("needs-review not-met", "unfulfilled", "review", id="review-and-not-met"),
        pytest.param("needs-review not-tested", "unknown", "unknown", id="review-and-untested"),
        pytest.param("not-applicable met", "fulfilled", "fulfilled", id="not-applicable-and-met"),
        pytest.param("not-applicable not-met", "unfulfilled", "unfulfilled", id="not-applicable-and-not-met"),
        pytest.param("not-applicable needs-review", "review", "review", id="not-applicable-and-review"),
        pytest.param("not-applicable", "not-applicable", "not-applicable", id="not-applicable"),
        pytest.param("", "not-applicable", "not-applicable", id="nothing"),
    ],
)  # fmt: skip
def test_how_outcomes_combine(outcomes: str, every: str, either: str) -> None:
    """The table that reports are explained by."""
    given_ones = [Outcome(word) for word in outcomes.split()]
    assert (all_of(given_ones).value, any_of(given_ones).value) == (every, either)


@given(many)
def test_an_open_question_is_never_a_yes(outcomes: list[Outcome]) -> None:
    """For all_of any open answer; for any_of only where nothing else settles it."""
    if OPEN & set(outcomes):
        assert all_of(outcomes) is not Status.FULFILLED
        if Outcome.MET not in outcomes:
            assert any_of(outcomes) in (Status.UNKNOWN, Status.REVIEW)


@given(many, both)
def test_only_something_met_fulfils(outcomes: list[Outcome], combine: Combine) -> None:
    """Nothing is fulfilled by absence."""
    if Outcome.MET not in outcomes:
        assert combine(outcomes) is not Status.FULFILLED


@given(st.integers(0, 8), both)
def test_not_applicable_alone_never_fulfils(times: int, combine: Combine) -> None:
    """However often it is said."""
    assert combine([Outcome.NOT_APPLICABLE] * times) is Status.NOT_APPLICABLE


@given(many, both)
def test_not_applicable_changes_nothing(outcomes: list[Outcome], combine: Combine) -> None:
    """It is set aside."""
    assert combine([*outcomes, Outcome.NOT_APPLICABLE]) is combine(outcomes)


@given(many.flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))), both)
def test_order_is_irrelevant(pair: tuple[list[Outcome], list[Outcome]], combine: Combine) -> None:
    """A criterion's clauses are a set."""
    assert combine(pair[0]) is combine(pair[1])


@given(many, both)
def test_saying_it_twice_changes_nothing(outcomes: list[Outcome], combine: Combine) -> None:
    """Votes are not counted."""
    assert combine(outcomes * 2) is combine(outcomes)


@given(many, both)
def test_combining_excuses_nothing(outcomes: list[Outcome], combine: Combine) -> None:
    """Only a written excuse does."""
    assert combine(outcomes) is not Status.EXCUSED


@given(
    st.lists(st.sampled_from(Outcome), min_size=1, max_size=6),
    st.sampled_from(["all_of", "any_of"]),
)
def test_a_verdict_names_what_settled_it(outcomes: list[Outcome], way: str) -> None:
    """And nothing else."""
    verdict = ruled(over(outcomes, way), outcomes)
    assert verdict.status is (all_of if way == "all_of" else any_of)(outcomes)
    named = {outcomes[int(check.removeprefix("check-"))] for check in verdict.because}
    allowed = {
        Status.FULFILLED: {Outcome.MET},
        Status.UNFULFILLED: {Outcome.NOT_MET},
        Status.REVIEW: {Outcome.NEEDS_REVIEW},
        Status.UNKNOWN: {Outcome.NOT_TESTED, Outcome.BROKEN},
        Status.NOT_APPLICABLE: {Outcome.NOT_APPLICABLE},
    }
    assert named
    assert named <= allowed[verdict.status]
    assert (verdict.cause is not None) == (verdict.status is Status.UNKNOWN)


def test_a_verdict_says_under_what_it_was_given() -> None:
    """Label, edition and hash go with it."""
    verdict = ruled(over([Outcome.MET]), [Outcome.MET])
    assert (verdict.unit, verdict.site) == ("u1", SITE.url)
    assert (verdict.label, verdict.edition, verdict.edition_sha256) == ("l", "1", "ab")
    assert verdict.level is Level.REQUIRED


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param({"kinds": (UnitKind.THPT,)}, Status.NOT_APPLICABLE, id="another-kind"),
        pytest.param({"kinds": (UnitKind.THCS,)}, Status.FULFILLED, id="this-kind"),
        pytest.param({"roles": (Role.MAIL,)}, Status.NOT_APPLICABLE, id="another-role"),
        pytest.param({"roles": (Role.MAIL, Role.WEBSITE)}, Status.FULFILLED, id="one-of-its-roles"),
    ],
)  # fmt: skip
def test_whom_a_criterion_is_for(more: dict[str, Any], expected: Status) -> None:
    """Empty means everybody."""
    asked = criterion(all_of=(Clause(check="check-0"),), **more)
    assert ruled(asked, [Outcome.MET]).status is expected


# --- excuses


@pytest.mark.parametrize(
    ("outcomes", "way", "excused", "expected", "because"),
    [
        pytest.param("not-met", "all_of", "0", "excused", "0", id="the-only-fault"),
        pytest.param("needs-review", "all_of", "0", "excused", "0", id="a-review"),
        pytest.param("not-met not-met", "all_of", "0", "unfulfilled", "0 1", id="one-of-two-faults"),
        pytest.param("not-met not-met", "all_of", "0 1", "excused", "0 1", id="both-faults"),
        pytest.param("not-met met", "all_of", "0", "excused", "0", id="the-rest-is-met"),
        pytest.param("not-met not-applicable", "all_of", "0", "excused", "0", id="the-rest-does-not-apply"),
        pytest.param("not-met not-tested", "all_of", "0", "unknown", "1", id="another-question-is-open"),
        pytest.param("not-met broken", "all_of", "0 1", "unknown", "1", id="an-excuse-tests-nothing"),
        pytest.param("not-met needs-review", "all_of", "0", "review", "1", id="another-needs-a-person"),
        pytest.param("not-met needs-review", "all_of", "0 1", "excused", "0", id="fault-and-review"),
        pytest.param("not-tested", "all_of", "0", "unknown", "0", id="nothing-to-excuse"),
        pytest.param("met", "all_of", "0", "fulfilled", "0", id="nothing-wrong"),
        pytest.param("not-met not-met", "any_of", "0", "unfulfilled", "0 1", id="one-alternative"),
        pytest.param("not-met not-met", "any_of", "0 1", "excused", "0 1", id="all-alternatives"),
        pytest.param("needs-review not-met", "any_of", "0", "excused", "0", id="the-best-alternative"),
    ],
)  # fmt: skip
def test_what_an_excuse_does(
    outcomes: str, way: str, excused: str, expected: str, because: str
) -> None:
    """It covers the findings it names and leaves every open question open."""
    seen = [Outcome(word) for word in outcomes.split()]
    school = unit(excuses=tuple(excuse(f"check-{n}") for n in excused.split()))
    verdict = ruled(over(seen, way), seen, school)
    without = ruled(over(seen, way), seen)
    assert verdict.status.value == expected
    assert verdict.bare is without.status
    assert (verdict.without is None) == (verdict.status is without.status)
    assert verdict.because == tuple(f"check-{n}" for n in because.split())


@given(
    st.lists(st.sampled_from(Outcome), min_size=1, max_size=5),
    st.sampled_from(["all_of", "any_of"]),
    st.sets(st.integers(0, 4)),
)
def test_an_excuse_never_makes_a_yes(outcomes: list[Outcome], way: str, excused: set[int]) -> None:
    """It excuses, it does not fulfil; and where nothing was unmet or to be reviewed it does nothing."""
    asked = over(outcomes, way)
    without = ruled(asked, outcomes)
    school = unit(excuses=tuple(excuse(f"check-{n}") for n in sorted(excused)))
    verdict = ruled(asked, outcomes, school)
    assert verdict.bare is without.status
    if verdict.status is not without.status:
        assert without.status in (Status.UNFULFILLED, Status.REVIEW)
        assert verdict.status in (Status.EXCUSED, Status.UNKNOWN, Status.REVIEW)
    if way == "all_of" and {Outcome.NOT_TESTED, Outcome.BROKEN} & set(outcomes):
        assert verdict.status not in (Status.EXCUSED, Status.FULFILLED)


@given(st.integers(-400, 400))
def test_an_excuse_dies_with_its_date(days: int) -> None:
    """It still holds on its last day."""
    school = unit(excuses=(excuse("check-0", TODAY + timedelta(days)),))
    verdict = ruled(over([Outcome.NOT_MET]), [Outcome.NOT_MET], school)
    assert verdict.status is (Status.EXCUSED if days >= 0 else Status.UNFULFILLED)


@pytest.mark.parametrize(
    ("granted_on", "site", "expected"),
    [
        pytest.param(TODAY, "", "excused", id="granted-today"),
        pytest.param(TODAY + timedelta(1), "", "unfulfilled", id="granted-tomorrow"),
        pytest.param(None, "school.example", "excused", id="this-host"),
        pytest.param(None, SITE.url, "excused", id="this-address"),
        pytest.param(None, "other.example", "unfulfilled", id="another-one"),
    ],
)
def test_when_and_where_an_excuse_holds(granted_on: date | None, site: str, expected: str) -> None:
    """From its day on, and on its address."""
    given_one = excuse("check-0", TODAY + timedelta(9)).model_copy(
        update={"granted_on": granted_on, "site": site}
    )
    verdict = ruled(over([Outcome.NOT_MET]), [Outcome.NOT_MET], unit(excuses=(given_one,)))
    assert verdict.status.value == expected


def test_the_lives_of_excuses_decide() -> None:
    """An excuse of the unit that died excuses nothing."""
    asked, school = over([Outcome.NOT_MET]), unit(excuses=(excuse("check-0"),))
    finding = Finding(
        unit="u1",
        site=SITE.url,
        check="check-0",
        revision=1,
        family="tls",
        outcome=Outcome.NOT_MET,
        as_of=NOW,
    )
    for excused, status in ((set(), Status.UNFULFILLED), ({"check-0"}, Status.EXCUSED)):
        came_to = decide(edition(asked), asked, school, SITE, lambda _: finding, NOW, excused)
        assert came_to.status is status


def test_an_excuse_leaves_the_finding_alone() -> None:
    """What was seen is told as it was seen."""
    finding = Finding(
        unit="u1",
        site=SITE.url,
        check="check-0",
        revision=1,
        family="tls",
        outcome=Outcome.NOT_MET,
        as_of=NOW,
    )
    before = replace(finding)
    asked = over([Outcome.NOT_MET])
    school = unit(excuses=(excuse("check-0"),))
    covered = excused_of(school, [finding], NOW)
    verdict = decide(edition(asked), asked, school, SITE, lambda _: finding, NOW, covered)
    assert verdict.status is Status.EXCUSED
    assert finding == before


# --- documents


def document(issued: int, expires: int | None = None, **more: Any) -> Attestation:
    """A document issued and expiring so many days from today."""
    whole = {"check": "backup-restored", "number": f"{issued}/QĐ", **more}
    return Attestation(
        issued_on=TODAY + timedelta(issued),
        expires_on=None if expires is None else TODAY + timedelta(expires),
        **whole,
    )


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        pytest.param((), Cause.NO_DOCUMENT, id="none"),
        pytest.param((document(-1),), "-1/QĐ (2026-11-21)", id="without-end"),
        pytest.param((document(0, 0),), "0/QĐ (2026-11-22)", id="its-only-day"),
        pytest.param((document(-9, -1),), Cause.EVIDENCE_EXPIRED, id="expired-yesterday"),
        pytest.param((document(1),), Cause.NO_DOCUMENT, id="of-tomorrow"),
        pytest.param((document(-1, check="staff-trained"),), Cause.NO_DOCUMENT, id="another-one"),
        pytest.param((document(-9), document(-2)), "-2/QĐ (2026-11-20)", id="the-newest"),
        pytest.param((document(-2, -1), document(-9)), "-9/QĐ (2026-11-13)", id="an-older-one-that-holds"),
        pytest.param((document(1), document(-9)), "-9/QĐ (2026-11-13)", id="not-yet-the-new-one"),
    ],
)  # fmt: skip
def test_which_document_decides(documents: tuple[Attestation, ...], expected: str | Cause) -> None:
    """The newest that holds today; else the criterion is unknown, never unfulfilled."""
    verdict = ruled(criterion(attested="backup-restored"), school=unit(attestations=documents))
    assert verdict.because == ("backup-restored",)
    if isinstance(expected, Cause):
        assert (verdict.status, verdict.cause, verdict.document) == (Status.UNKNOWN, expected, "")
    else:
        assert (verdict.status, verdict.document) == (Status.FULFILLED, expected)


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [
        pytest.param(365, Status.FULFILLED, id="exactly-at-the-bar"),
        pytest.param(366, Status.UNKNOWN, id="a-day-too-old"),
    ],
)
def test_a_yearly_document_grows_old(days_ago: int, expected: Status) -> None:
    """Also one that names no end itself."""
    asked = criterion(attested="backup-restored", evidence_max_age_days=365)
    verdict = ruled(asked, school=unit(attestations=(document(-days_ago),)))
    assert verdict.status is expected
    if expected is Status.UNKNOWN:
        assert verdict.cause is Cause.EVIDENCE_EXPIRED


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        pytest.param(None, Status.UNKNOWN, id="level-not-stated"),
        pytest.param(1, Status.UNKNOWN, id="too-low"),
        pytest.param(2, Status.FULFILLED, id="exactly-at-the-bar"),
        pytest.param(3, Status.FULFILLED, id="higher"),
    ],
)
def test_a_document_of_a_lower_level_is_not_this_document(
    level: int | None, expected: Status
) -> None:
    """An approval of level 1 says nothing of level 2."""
    asked = criterion(attested="backup-restored", attested_min_level=2)
    assert ruled(asked, school=unit(attestations=(document(-1, level=level),))).status is expected


# --- readiness


def verdict_of(status: Status, level: Level = Level.REQUIRED, id: str = "c1") -> Verdict:
    verdict = ruled(over([Outcome.MET]), [Outcome.MET])
    return verdict._replace(status=status, level=level, criterion=id)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        pytest.param("fulfilled", "ready", id="all-fulfilled"),
        pytest.param("fulfilled excused", "ready", id="excused"),
        pytest.param("fulfilled not-applicable", "ready", id="some-do-not-apply"),
        pytest.param("fulfilled unknown", "undecided", id="one-unknown"),
        pytest.param("fulfilled review", "undecided", id="one-review"),
        pytest.param("unknown unfulfilled", "not-ready", id="one-unfulfilled"),
        pytest.param("excused", "undecided", id="only-excused"),
        pytest.param("not-applicable", "undecided", id="nothing-applies"),
        pytest.param("", "undecided", id="nothing"),
    ],
)
def test_who_is_ready(statuses: str, expected: str) -> None:
    """Ready needs something fulfilled and nothing open."""
    verdicts = [verdict_of(Status(word)) for word in statuses.split()]
    assert readiness(unit(), "l", verdicts).state.value == expected


@given(st.lists(st.tuples(st.sampled_from(Status), st.sampled_from(Level)), max_size=8))
def test_only_required_criteria_decide_readiness(pairs: list[tuple[Status, Level]]) -> None:
    """And what stands in the way is named."""
    verdicts = [verdict_of(s, level, f"c{n}") for n, (s, level) in enumerate(pairs)]
    result = readiness(unit(), "l", verdicts)
    required = [v for v in verdicts if v.level is Level.REQUIRED]
    assert result == readiness(unit(), "l", required)
    assert result.blocks == tuple(v.criterion for v in required if v.status is Status.UNFULFILLED)
    assert result.undecided == tuple(
        v.criterion for v in required if v.status in (Status.UNKNOWN, Status.REVIEW)
    )
    if result.state is ReadinessState.READY:
        assert not result.blocks
        assert not result.undecided
        assert any(v.status is Status.FULFILLED for v in required)


def test_a_criterion_that_two_sites_fail_is_named_once() -> None:
    """A unit may have several sites."""
    result = readiness(unit(), "l", [verdict_of(Status.UNFULFILLED)] * 2)
    assert result.blocks == ("c1",)
