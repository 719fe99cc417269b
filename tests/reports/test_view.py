"""What pages tell: denominators add up, the order of work is the order of help, and open is never a no."""

import pytest

from checks.criteria.model import Level
from checks.evidence.base import Cause
from checks.spec import Outcome
from checks.verdicts import Status
from inventory.model import SO_GDDT, Attestation, Unit, UnitKind, UnitState
from reports.city_view import city_view, counts, manager_view, managers
from reports.common import common
from reports.judged import Coverage, Judged, StepKind
from reports.unit_view import unit_view
from reports.view import UnitView
from reports.words import LANGUAGES, Language, Words, words
from tests.builders.judged import (
    AT,
    SOURCES,
    Answer,
    answer,
    assessed,
    criterion,
    edition,
    figure,
    finding,
    rich,
    run,
    site,
    telling,
    unit,
    untested,
)

VI = words("vi")
BAD = answer(Outcome.NOT_MET)


def judged_one(answers: dict[str, Answer], *rows: object, **changed: object) -> Judged:
    """One unit with one site, judged by these criteria."""
    one = unit(**changed)  # type: ignore[arg-type]
    place = site(one)
    made = assessed(
        (edition(*rows),),  # type: ignore[arg-type]
        [(one, [(place, telling(place, answers, answer()))])],
    )
    return Judged(made)


def page(judged: Judged, one: Unit, told: Words = VI) -> UnitView:
    """The page of one unit."""
    return unit_view(judged, one, common(judged, told))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_denominators_add_up(lang: Language) -> None:
    """In the city, for each manager and each kind: twice over the same whole."""
    judged = Judged(rich())
    city = city_view(judged, words(lang))
    rows = [city.counts, *(r.counts for r in city.managers), *(r.counts for r in city.kinds)]
    for row in rows:
        assert row.ready + row.not_ready + row.undecided == row.of
        assert row.tested + row.blocked + row.unreachable + row.not_looked == row.of
    assert sum(r.counts.of for r in city.managers) == city.counts.of
    assert sum(r.counts.of for r in city.kinds) == city.counts.of
    assert city.counts.of == len(judged.units) - 1
    for manager in managers(judged):
        page = manager_view(judged, manager, words(lang))
        assert page.counts == next(
            r.counts for r in city.managers if r.href == f"communes/{manager}.html"
        )
    assert managers(judged)[0] == SO_GDDT


def test_a_unit_is_ready_where_every_check_of_the_label_answers() -> None:
    """And for the others the page says which step would decide."""
    city = city_view(Judged(rich()), VI)
    assert city.counts.ready == 1
    assert city.counts.ready_share == "12,5 % (1/8)"
    assert city.best_step.startswith("Việc giúp nhiều nhất: Ghi số và ngày của văn bản")
    assert city.steps[0].alone == 1


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(answer(), Coverage.TESTED, id="answered"),
        pytest.param(
            answer(Outcome.NOT_MET, "", None, figure("status", 503)),
            Coverage.TESTED,
            id="answered-with-an-error",
        ),
        pytest.param(BAD, Coverage.UNREACHABLE, id="seen-not-there"),
        pytest.param(untested(Cause.CHALLENGE_PAGE), Coverage.BLOCKED, id="challenge"),
        pytest.param(untested(Cause.RATE_LIMITED), Coverage.BLOCKED, id="rate"),
        pytest.param(untested(Cause.CONNECT_TIMEOUT), Coverage.UNREACHABLE, id="timeout"),
        pytest.param(untested(Cause.DNS_SERVFAIL), Coverage.UNREACHABLE, id="servfail"),
        pytest.param(untested(Cause.NOT_PERMITTED), Coverage.NOT_LOOKED, id="no-leave"),
        pytest.param(untested(Cause.REDIRECT_OUT_OF_SCOPE), Coverage.NOT_LOOKED, id="left"),
        pytest.param(untested(Cause.LOCAL_NETWORK_DOWN), Coverage.NOT_LOOKED, id="our-line"),
        pytest.param(untested(Cause.NOT_ENABLED), Coverage.TESTED, id="skipped-but-others-saw"),
        pytest.param(answer(Outcome.BROKEN), Coverage.TESTED, id="our-bug-but-others-saw"),
    ],
)
def test_coverage(said: Answer, expected: Coverage) -> None:
    """Told by what became of reaching the site, else by whether anything was seen."""
    judged = judged_one({"site-reachable": said}, criterion("a", "site-reachable", "caa-published"))
    assert judged.coverage("thcs-hai-chau") is expected


def test_the_least_covered_site_speaks_for_the_unit() -> None:
    """Half a look is not a look."""
    one = unit()
    first, second = site(one, "a.edu.vn"), site(one, "b.edu.vn")
    rows = (edition(criterion("a", "site-reachable")),)
    made = assessed(rows, [(one, [(first, telling(first, {}, answer())), (second, None)])])
    assert Judged(made).coverage(one.id) is Coverage.NOT_LOOKED


def test_work_comes_in_the_order_of_what_helps_most() -> None:
    """Required first, then by how many criteria one fix settles, then by how many it touches."""
    judged = judged_one(
        dict.fromkeys(("nosniff-set", "spf-valid", "caa-published", "hsts-enforced"), BAD),
        criterion("r1", "caa-published"),
        criterion("r2", "hsts-enforced", "spf-valid"),
        criterion("r3", "spf-valid"),
        criterion("c1", "nosniff-set", level=Level.RECOMMENDED),
        criterion("c2", "spf-valid"),
    )
    view = page(judged, judged.units[0])
    order = [a.href.removeprefix("#s1-") for a in view.actions]
    assert order == ["spf-valid", "caa-published", "hsts-enforced"]
    assert [a.href.removeprefix("#s1-") for a in view.further] == ["nosniff-set"]
    assert view.actions[0].worth.startswith("Sửa xong việc này, 2 tiêu chí")
    assert "còn phải sửa thêm" in view.actions[2].worth


def test_every_link_of_the_work_list_leads_to_its_help() -> None:
    """Also where two editions ask the same."""
    judged = Judged(rich())
    for one in judged.units:
        view = page(judged, one)
        anchors = {
            f"#{seen.anchor}"
            for place in view.sites
            for e in place.editions
            for group in e.groups
            for row in group.criteria
            for seen in row.seen
            if seen.anchor
        }
        assert {a.href for a in (*view.actions, *view.further)} <= anchors


def test_the_verdict_in_one_sentence() -> None:
    """Not ready, undecided and ready are told apart; open questions are never called failures."""
    one = {"caa-published": BAD, "spf-valid": untested(Cause.NO_LIST)}
    rows = (criterion("a", "caa-published"), criterion("b", "spf-valid"))
    view = page(j := judged_one(one, *rows), j.units[0])
    assert view.verdict == "Chưa sẵn sàng: còn 1 tiêu chí bắt buộc không đạt."
    assert view.more[0].startswith("Ngoài ra 1 tiêu chí bắt buộc chưa kiểm tra được")
    one.pop("caa-published")
    view = page(j := judged_one(one, *rows), j.units[0])
    assert view.verdict == "Chưa kết luận được: còn 1 tiêu chí bắt buộc để ngỏ."
    assert view.steps[0].worth == "Chỉ riêng việc này là đủ để có kết luận."
    view = page(j := judged_one({}, *rows), j.units[0])
    assert view.verdict == "Trang đã sẵn sàng để đăng ký nhãn Tín nhiệm mạng."
    assert view.state.kind == "good"


def test_a_unit_never_looked_at_is_undecided() -> None:
    """With the sentence that says so."""
    one = unit()
    made = assessed((edition(criterion("a", "caa-published")),), [(one, [(site(one), None)])])
    view = page(Judged(made), one)
    assert view.verdict == "Chưa kết luận được: trang của đơn vị chưa được xem."
    assert "Trang này chưa được xem trong lần quét này." in view.more
    assert city_view(Judged(made), VI).counts.not_looked == 1


@pytest.mark.parametrize(
    ("said", "step"),
    [
        (untested(Cause.NOT_BUILT), StepKind.NOT_BUILT),
        (untested(Cause.NO_LIST), StepKind.NO_LIST),
        (untested(Cause.CHALLENGE_PAGE), StepKind.UNBLOCK),
        (untested(Cause.CONNECT_TIMEOUT), StepKind.AGAIN),
        (untested(Cause.SCANNER_LACKS_IPV6), StepKind.OURS),
        (untested(Cause.TLS_ALERT), StepKind.SITE),
        (answer(Outcome.BROKEN), StepKind.OURS),
        (answer(Outcome.NEEDS_REVIEW), StepKind.REVIEW),
    ],
)
def test_which_step_decides(said: Answer, step: StepKind) -> None:
    """Each open answer names the one step that would close it."""
    judged = judged_one({"caa-published": said}, criterion("a", "caa-published"))
    assert list(judged.open_steps("thcs-hai-chau")) == [step]


def test_every_cause_has_a_step_and_words() -> None:
    """On a page, in both languages."""
    for cause in Cause:
        judged = judged_one({"caa-published": untested(cause)}, criterion("a", "caa-published"))
        for lang in LANGUAGES:
            view = page(judged, judged.units[0], words(lang))
            assert words(lang).cause(cause)[0] in view.steps[0].why
            assert view.sites[0].editions[0].groups[0].criteria[0].brief


def test_failing_shares_count_every_unit_concerned() -> None:
    """A share over the decided ones alone would grow with every unit that could not be looked at."""
    rows = (edition(criterion("a", "caa-published")),)
    told = [BAD, answer(), answer(), untested(Cause.RESET), answer(Outcome.NEEDS_REVIEW)]
    units = [unit(f"u{n}") for n in range(len(told))]
    made = assessed(
        rows,
        [
            (u, [(s, telling(s, {"caa-published": a}, answer()))])
            for u, a in zip(units, told, strict=True)
            for s in [site(u)]
        ],
    )
    (row,) = city_view(Judged(made), VI).failing
    assert (row.failed, row.concerned, row.share) == (1, 5, "20 %")
    assert (row.unknown, row.review) == (1, 1)


def test_an_excuse_is_told_with_who_and_until_when() -> None:
    """And it counts in its own column."""
    judged = Judged(rich())
    one = next(u for u in judged.units if u.excuses)
    view = page(judged, one)
    remarks = [
        remark
        for e in view.sites[0].editions
        for g in e.groups
        for c in g.criteria
        if c.status.kind == "held"
        for remark in c.remarks
    ]
    assert remarks
    assert "31/12/2026" in remarks[0]
    assert "Phó Trưởng phòng VH-XH" in remarks[0]


def test_a_document_that_ran_out_is_told_apart_from_none() -> None:
    """Both are open questions, never failures."""
    old = Attestation(
        check="security-regulation-issued",
        number="1/QC",
        issued_on=AT.date().replace(year=2020),
        expires_on=AT.date().replace(year=2021),
    )
    row = criterion("a", attested="security-regulation-issued")
    for papers, cause in (((old,), Cause.EVIDENCE_EXPIRED), ((), Cause.NO_DOCUMENT)):
        judged = judged_one({}, row, attestations=papers)
        (shown,) = page(judged, judged.units[0]).sites[0].editions[0].groups[0].criteria
        assert VI.cause(cause)[0] in shown.remarks[0]
        assert shown.status.kind == "open"


def test_old_evidence_decides_nothing_on_the_page_either() -> None:
    """The stored finding said met; the verdict is open, and the page says why."""
    one = unit()
    place = site(one)
    row = criterion("a", "caa-published")
    made = assessed((edition(row),), [(one, [(place, telling(place, {}, answer()))])])
    stale = made.verdicts[0]._replace(status=Status.UNKNOWN, cause=Cause.EVIDENCE_EXPIRED)
    judged = Judged(made.model_copy(update={"verdicts": (stale,)}))
    (shown,) = page(judged, one).sites[0].editions[0].groups[0].criteria
    assert shown.seen[0].chip.kind == "open"
    assert list(judged.open_steps(one.id)) == [StepKind.EVIDENCE_EXPIRED]


def test_a_legal_basis_says_how_sure_it_is() -> None:
    """Lapsed, unverified and unknown ones are marked; only http links become links."""
    judged = judged_one(
        {}, criterion("a", "caa-published", cites=("seen", "lapsed", "rumour", "?"))
    )
    seen, lapsed, rumour, missing = page(judged, judged.units[0]).basis
    assert (seen.sure, seen.href) == (True, SOURCES["seen"].source)
    assert "N. V. A đối chiếu ngày 02/11/2026" in seen.sureness
    assert not lapsed.sure
    assert lapsed.sureness.startswith("đã hết hiệu lực từ 30/06/2026")
    assert (rumour.sureness, rumour.href) == ("chưa xác minh", None)
    assert not missing.sure
    assert "chưa xác minh" in missing.title


def test_a_criterion_for_other_kinds_is_set_aside() -> None:
    """It is neither met nor not met."""
    judged = judged_one(
        {}, criterion("a", "caa-published", kinds=(UnitKind.THPT,)), criterion("b", "spf-valid")
    )
    first, _ = page(judged, judged.units[0]).sites[0].editions[0].groups[0].criteria
    assert first.status.kind == "none"
    assert first.remarks == (VI.ui("unit.not_for_this"),)


def test_units_that_are_gone_are_shown_and_not_counted() -> None:
    """A merged school does not spoil the share."""
    old, new = unit("old", state=UnitState.MERGED), unit("new")
    rows = (edition(criterion("a", "caa-published")),)
    made = assessed(rows, [(u, [(site(u), telling(site(u), {}, answer()))]) for u in (old, new)])
    city = city_view(Judged(made), VI)
    assert (city.counts.of, len(city.units)) == (1, 2)
    assert city.not_counted.startswith("1 đơn vị đã sáp nhập")


def test_an_empty_group_has_no_percentage() -> None:
    """Nothing out of nothing is not nought per cent."""
    assert counts(Judged(rich()), [], VI).ready_share == "không có đơn vị nào để tính"


def test_a_held_or_stopped_run_says_so_on_every_page() -> None:
    """Before anything else."""
    made = rich().model_copy(update={"run": run(held="đồng hồ sai", state="stopped", sites_done=3)})
    judged = Judged(made)
    assert len(city_view(judged, VI).banners) == 2
    assert "đồng hồ sai" in page(judged, judged.units[0]).banners[0]


def test_the_same_check_under_other_limits_is_another_answer() -> None:
    """A clause is told by the finding made under its own limits."""
    from checks.criteria.model import Clause

    one = unit()
    place = site(one)
    strict = Clause(check="privacy-policy-published", limits={"min_words": 500})
    loose = Clause(check="privacy-policy-published", limits={"min_words": 10})
    made = assessed((edition(criterion("a", "caa-published")),), [(one, [(place, None)])])
    both = (finding(place, strict, BAD), finding(place, loose, answer()))
    judged = Judged(made.model_copy(update={"findings": both}))
    assert judged.on(place).finding(strict) == both[0]
    assert judged.on(place).finding(loose) == both[1]
