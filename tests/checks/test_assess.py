"""A collected run becomes an assessment: who counts, what an old or missing look is worth, what a held run says."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from types import ModuleType

import pytest

from checks.assess import Rules, SiteEvidence, assess
from checks.assessment import Assessment, RunInfo
from checks.catalogue import CATALOGUE, collected
from checks.criteria.model import Clause, Criterion, Edition, Level
from checks.evidence.base import Cause, NotCaptured, Payload
from checks.excuses import Book, Death, Life, name_of
from checks.spec import Answer, Finding, NoLimits, Outcome, Seen, check
from checks.verdicts import ReadinessState, Status, Verdict
from inventory.model import Excuse, Inventory, Site, Source, Unit, UnitKind, UnitState
from tests.builders import network, web

RUN = RunInfo(
    id="r1",
    started_at=network.AS_OF,
    ended_at=network.AS_OF,
    state="complete",
    version="0",
    vantage="",
    judged_at=network.AS_OF,
    trust_store="Mozilla",
    trust_store_date="2026-10-18",
    permission_reference="1/QĐ",
    user_agent="tinnhiem",
    sites_planned=1,
    sites_done=1,
)


def criterion(id: str, *checks: str, days: int | None = 7) -> Criterion:
    return Criterion(
        id=id,
        text_vi=id,
        text_en=id,
        level=Level.REQUIRED,
        all_of=tuple(Clause(check=one) for one in checks),
        evidence_max_age_days=days,
    )


EDITION = Edition(
    schema_version=1,
    label="nhan",
    edition="2026",
    title_vi="n",
    title_en="n",
    issued_on=date(2026, 11, 1),
    criteria=(
        criterion("c-https", "https-offered"),
        criterion("c-name", "name-resolves", days=None),
        criterion("c-later", "reachable-over-ipv6"),
    ),
)


def rules(*families: str) -> Rules:
    return Rules(
        editions=(EDITION,),
        citations={},
        checks=CATALOGUE,
        families={"reachable-over-ipv6": "content"},
        enabled=frozenset(families or ("tls", "dns", "content")),
    )


def unit(id: str = "u1", state: UnitState = UnitState.ACTIVE) -> Unit:
    return Unit(id=id, name=id, kind=UnitKind.THCS, commune="20242", manager="20242", state=state)


def place(unit_id: str = "u1") -> Site:
    url = f"https://{network.HOST}/"
    return Site(unit=unit_id, url=url, host=network.HOST)


def seen(*payloads: Payload, days_old: float = 0) -> SiteEvidence:
    found: dict[type[Payload], Payload | NotCaptured] = {type(one): one for one in payloads}
    return SiteEvidence(
        site=place().url,
        captured_at=network.AS_OF - timedelta(days=days_old),
        duration_ms=1.0,
        evidence=found,
        evidence_id="e1",
    )


def judged(
    evidence: Iterable[SiteEvidence],
    units: tuple[Unit, ...] = (unit(),),
    sites: tuple[Site, ...] = (place(),),
    run: RunInfo = RUN,
    by: Rules | None = None,
) -> Assessment:
    source = Source(file="x.yaml", sha256="0", rows_in=1, rows_accepted=1)
    inventory = Inventory(units=units, sites=sites, source=source)
    return assess(run, inventory, by or rules(), evidence)


def verdict(made: Assessment, id: str) -> Verdict:
    (found,) = [v for v in made.verdicts if v.criterion == id]
    return found


def finding(made: Assessment, id: str) -> Finding:
    (found,) = [f for f in made.findings if f.check == id]
    return found


def test_a_site_is_judged_and_told() -> None:
    """Findings, verdicts, readiness and how the site was looked at come out of one pass."""
    pages = web.pages()
    made = judged([seen(network.names(), network.tls(), web.http(), pages)])
    assert finding(made, "https-offered").outcome is Outcome.MET
    assert verdict(made, "c-https").status is Status.FULFILLED
    assert made.readiness["u1"].state is ReadinessState.UNDECIDED
    assert made.readiness["u1"].undecided == ("c-later",)
    look = made.looks[place().url]
    assert look.canonical_url == web.http().canonical_url
    assert look.addresses


def test_what_is_not_built_says_so() -> None:
    """A criterion whose check nobody has written yet is open, never fulfilled by absence."""
    made = judged([seen(network.names(), network.tls())])
    later = finding(made, "reachable-over-ipv6")
    assert (later.outcome, later.cause) == (Outcome.NOT_TESTED, Cause.NOT_BUILT)
    assert verdict(made, "c-later").status is Status.UNKNOWN


def test_a_family_that_was_left_out_says_so() -> None:
    """Evidence that another family happened to bring does not answer for one that was skipped."""
    made = judged([seen(network.names(), network.tls())], by=rules("tls"))
    skipped = finding(made, "name-resolves")
    assert (skipped.outcome, skipped.cause) == (Outcome.NOT_TESTED, Cause.NOT_ENABLED)


def test_a_site_that_was_not_reached_in_the_run() -> None:
    """It is there with every check open, and has no look."""
    made = judged([])
    assert finding(made, "https-offered").cause is Cause.NOT_RUN
    assert made.looks == {}


def test_evidence_of_nobody_is_passed_over() -> None:
    """A site that left the inventory since the run does not come back by its evidence."""
    made = judged([replace(seen(network.names()), site="https://gone.edu.vn/")])
    assert list(made.looks) == []


def test_looks_without_payloads_are_told_with_their_causes() -> None:
    """A look that ended in nothing stands in the annex with its cause."""
    missing = NotCaptured(cause=Cause.DNS_TIMEOUT)
    evidence: dict[type[Payload], Payload | NotCaptured] = {
        type(network.names()): missing,
        type(web.pages()): web.pages(home=missing),
    }
    made = judged([replace(seen(), evidence=evidence)])
    look = made.looks[place().url]
    assert look.not_captured == {"names": missing}
    assert (look.title, look.addresses, look.canonical_url) == ("", (), "")


def test_an_address_that_was_not_found_is_no_address() -> None:
    """Only look-ups with an answer name addresses."""
    gone = NotCaptured(cause=Cause.DNS_SERVFAIL)
    names = network.names(host=network.host_names(a=gone))
    assert judged([seen(names)]).looks[place().url].addresses == network.names().host.aaaa.records  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("days_old", "status"),
    [
        pytest.param(7, Status.FULFILLED, id="as-old-as-allowed"),
        pytest.param(7.01, Status.UNKNOWN, id="a-little-older"),
    ],
)
def test_old_evidence_settles_nothing(days_old: float, status: Status) -> None:
    """The finding stays what was seen; the criterion that wants fresh evidence is open again."""
    made = judged([seen(network.names(), network.tls(), days_old=days_old)])
    assert finding(made, "https-offered").outcome is Outcome.MET
    assert verdict(made, "c-https").status is status
    assert verdict(made, "c-name").status is Status.FULFILLED


def test_what_is_recorded_decides_nothing() -> None:
    """A finding more, and the same verdicts."""
    recording = replace(rules(), recorded=(Clause(check="tls13-offered"),))
    plain, told = judged([seen(network.tls())]), judged([seen(network.tls())], by=recording)
    more = {f.check: f.outcome for f in told.findings if f not in plain.findings}
    assert more == {"tls13-offered": Outcome.MET}
    assert (told.verdicts, told.readiness) == (plain.verdicts, plain.readiness)


def test_a_closed_school_does_not_count() -> None:
    """Only active units are judged; a shared site is judged for each of its units."""
    units = (unit("u1"), unit("u2"), unit("u3", UnitState.CLOSED))
    sites = (place("u1"), place("u2"), place("u3"))
    made = judged([seen(network.names(), network.tls())], units, sites)
    assert [one.id for one in made.units] == ["u1", "u2"]
    assert {one.unit for one in made.findings} == {"u1", "u2"}


def test_a_held_run_accuses_nobody() -> None:
    """What was seen stays a finding; what would be held against a school is open, with the cause."""
    refused = network.tls(network.offer(handshake=network.handshake(state="refused")))
    evidence = [seen(network.names(), refused)]
    accused = judged(evidence)
    held = judged(evidence, run=RUN.model_copy(update={"held": "our line"}))
    assert verdict(accused, "c-https").status is Status.UNFULFILLED
    assert (verdict(held, "c-https").status, verdict(held, "c-https").cause) == (
        Status.UNKNOWN,
        Cause.LOCAL_NETWORK_DOWN,
    )
    assert verdict(held, "c-name").status is Status.FULFILLED
    assert held.findings == accused.findings
    assert held.readiness["u1"].blocks == ()


def excuse(check: str = "https-offered", **more: object) -> Excuse:
    whole = {"unit": "u1", "check": check, "reason": "r", "granted_by": "b", **more}
    return Excuse.model_validate({"until_on": date(2027, 1, 1), **whole})


REFUSED = network.tls(network.offer(handshake=network.handshake(state="refused")))


@pytest.mark.parametrize(
    ("more", "status"),
    [
        pytest.param({}, Status.EXCUSED, id="for-all-addresses"),
        pytest.param({"site": network.HOST}, Status.EXCUSED, id="for-this-one"),
        pytest.param({"site": "https://other.vn/"}, Status.UNFULFILLED, id="for-another-one"),
        pytest.param({"check": "name-resolves"}, Status.UNFULFILLED, id="of-another-check"),
        pytest.param({"until_on": date(2020, 1, 1)}, Status.UNFULFILLED, id="of-another-time"),
    ],
)
def test_an_excuse_is_for_its_own_finding(more: dict[str, object], status: Status) -> None:
    """The finding stays as it is, and so does what it would count for."""
    excused = unit().model_copy(update={"excuses": (excuse(**more),)})  # type: ignore[arg-type]
    made = judged([seen(network.names(), REFUSED)], units=(excused,))
    came_to = verdict(made, "c-https")
    assert (came_to.status, came_to.bare) == (status, Status.UNFULFILLED)
    assert (came_to.without is None) == (status is Status.UNFULFILLED)
    assert finding(made, "https-offered").outcome is Outcome.NOT_MET
    told = made.readiness["u1"]
    assert told.blocks_without == ("c-https",)
    assert (told.blocks, told.excused) == (
        ((), ("c-https",)) if status is Status.EXCUSED else (("c-https",), ())
    )
    assert (told.without is ReadinessState.NOT_READY) == (status is Status.EXCUSED)


def test_the_book_decides_what_is_alive() -> None:
    """An excuse that died in a run before excuses nothing, on the site where it died."""
    dead = Life("r1 not-met", Death.MENDED, network.AS_OF - timedelta(3))
    book = Book({(name_of(excuse()), place().url): dead})
    excused = unit().model_copy(update={"excuses": (excuse(),)})
    source = Source(file="x.yaml", sha256="0", rows_in=1, rows_accepted=1)
    inventory = Inventory(units=(excused,), sites=(place(),), source=source)
    made = assess(RUN, inventory, rules(), [seen(network.names(), REFUSED)], book)
    assert verdict(made, "c-https").status is Status.UNFULFILLED
    assert [one.life for one in made.excuses] == [dead]


@pytest.mark.parametrize(
    ("change", "bound"),
    [
        pytest.param({}, True, id="complete"),
        pytest.param({"held": "our line"}, False, id="held"),
        pytest.param({"state": "stopped"}, False, id="partial"),
    ],
)
def test_only_a_whole_run_binds(change: dict[str, str], bound: bool) -> None:
    """A held run accuses nobody, with or without excuses, and ends no life."""
    excused = unit().model_copy(update={"excuses": (excuse(),)})
    made = judged(
        [seen(network.names(), REFUSED)], units=(excused,), run=RUN.model_copy(update=change)
    )
    (one,) = made.excuses
    assert bool(one.life.told) is bound
    came_to = verdict(made, "c-https")
    assert came_to.status is Status.EXCUSED
    assert came_to.without is (Status.UNKNOWN if "held" in change else Status.UNFULFILLED)


def test_one_id_cannot_stand_in_two_modules() -> None:
    """Which of the two would answer would hang on the order of a list."""

    @check(id="a", title="a", family="tls", needs=(), limits=NoLimits)
    def one(_seen: Seen, _limits: NoLimits) -> Answer:
        return Answer(Outcome.MET)

    first, second = ModuleType("first"), ModuleType("second")
    vars(first)["one"] = vars(second)["other"] = one
    assert list(collected((first,))) == ["a"]
    with pytest.raises(ValueError, match="two modules"):
        collected((first, second))
