"""Mail policies: what was seen settles, what failed leaves open."""

from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.names import Look, Lookup, Said
from checks.judge import AnyCheck
from checks.parsing.spf import MOST_QUESTIONS
from checks.rules.mail import dmarc_valid, spf_valid
from checks.spec import Outcome
from tests.builders.network import HOST, finding, look, mail, missing, spf_looks

LIMITS = {"max_lookups": 10, "max_void": 2}
ALL: tuple[tuple[AnyCheck, dict[str, Any]], ...] = ((spf_valid, LIMITS), (dmarc_valid, {}))
EACH = pytest.mark.parametrize(("check", "limits"), ALL, ids=[check.id for check, _ in ALL])
GONE = NotCaptured(cause=Cause.DNS_TIMEOUT)


@EACH
def test_healthy(check: AnyCheck, limits: dict[str, Any]) -> None:
    """A healthy domain meets both."""
    assert finding(check, mail(), limits=limits).outcome is Outcome.MET


@EACH
@pytest.mark.parametrize("cause", Cause)
def test_nothing_stands_in(check: AnyCheck, limits: dict[str, Any], cause: Cause) -> None:
    """Whatever kept us from looking, it is named and nothing is concluded."""
    gone = NotCaptured(cause=cause)
    silent = finding(check, mail(spf_lookups=(gone,), dmarc=(gone,)), limits=limits)
    for found in (missing(check, gone, limits), silent):
        assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, cause)


@EACH
def test_never_asked(check: AnyCheck, limits: dict[str, Any]) -> None:
    """No look at all is no answer."""
    found = finding(check, mail(spf_lookups=(), dmarc=()), limits=limits)
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.NOT_RUN)


def txt(name: str, *records: str, said: Said | None = None) -> Lookup:
    return look(name, "TXT", *records, said=said)


def voids(count: int) -> tuple[Look, ...]:
    """A record that asks for so many names that do not exist."""
    terms = " ".join(f"exists:n{n}.vn" for n in range(count))
    nothing = (look(f"n{n}.vn", "A", said=Said.NXDOMAIN) for n in range(count))
    return (*spf_looks(f"v=spf1 {terms} -all"), *nothing)


@pytest.mark.parametrize(
    ("looks", "outcome", "reason"),
    [
        pytest.param(spf_looks("hello"), Outcome.NOT_MET, "missing", id="missing"),
        pytest.param((txt(HOST, said=Said.NXDOMAIN),), Outcome.NOT_MET, "missing", id="nxdomain"),
        pytest.param((txt(HOST, said=Said.BOGUS),), Outcome.NOT_MET, "bogus", id="bogus"),
        pytest.param(spf_looks("v=spf1 -all", "v=spf1"), Outcome.NOT_MET, "several", id="several"),
        pytest.param(spf_looks("v=spf1 ipv4:1.2.3.4"), Outcome.NOT_MET, "syntax", id="syntax"),
        pytest.param(
            spf_looks("v=spf1" + " ptr" * 10 + " -all"), Outcome.MET, "", id="ten-lookups"
        ),
        pytest.param(
            spf_looks("v=spf1" + " ptr" * 11 + " -all"),
            Outcome.NOT_MET,
            "too-many-lookups",
            id="eleven-lookups",
        ),
        pytest.param(voids(2), Outcome.MET, "", id="two-void"),
        pytest.param(voids(3), Outcome.NOT_MET, "too-many-void", id="three-void"),
        pytest.param(
            (*spf_looks("v=spf1 include:b.vn -all"), txt("b.vn")),
            Outcome.NOT_MET,
            "include-broken",
            id="include-broken",
        ),
        pytest.param(
            spf_looks(f"v=spf1 include:{HOST} -all"), Outcome.NOT_MET, "loop", id="includes-itself"
        ),
        pytest.param(
            (
                *spf_looks("v=spf1 mx -all"),
                look(HOST, "MX", *(f"10 m{n}.vn." for n in range(11))),
            ),
            Outcome.NOT_MET,
            "too-many-mx",
            id="eleven-mail-servers",
        ),
        pytest.param(
            (*spf_looks("v=spf1 include:b.vn -all"), GONE),
            Outcome.NOT_TESTED,
            "",
            id="include-gone",
        ),
        pytest.param(
            (*spf_looks("v=spf1 include:b.vn foo -all"), GONE),
            Outcome.NOT_MET,
            "syntax",
            id="a-seen-fault-settles",
        ),
        pytest.param(
            spf_looks("v=spf1 include:b.vn -all"), Outcome.NOT_TESTED, "", id="include-never-asked"
        ),
        pytest.param(
            (look(HOST, "TXT", "hello", total=101),),
            Outcome.NOT_TESTED,
            "",
            id="more-records-than-kept",
        ),
        pytest.param(
            (txt("elsewhere.vn", "v=spf1 -all"),), Outcome.NOT_TESTED, "", id="another-domain"
        ),
    ],
)
def test_spf(looks: tuple[Look, ...], outcome: Outcome, reason: str) -> None:
    """One record, well written, within the bounds."""
    found = finding(spf_valid, mail(spf_lookups=looks), limits=LIMITS)
    assert (found.outcome, found.reason) == (outcome, reason)


def test_spf_cut_at_the_most_questions() -> None:
    """Where more is allowed than was asked, the rest is open."""
    chain = (txt(f"n{n}.vn", f"v=spf1 include:n{n + 1}.vn -all") for n in range(MOST_QUESTIONS))
    found = finding(
        spf_valid,
        mail(domain="n0.vn", spf_lookups=tuple(chain)),
        limits={"max_lookups": 50, "max_void": 2},
    )
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.BUDGET_EVENTS)


SCHOOL = "school.danang.edu.vn"
OWN, CITY, EDU = f"_dmarc.{SCHOOL}", "_dmarc.danang.edu.vn", "_dmarc.edu.vn"
REJECT = "v=DMARC1; p=reject"
FAR = "v=DMARC1; p=none; rua=mailto:a@reports.vn,mailto:b@others.vn"
AGREED = txt(f"{SCHOOL}._report._dmarc.reports.vn", "v=DMARC1")
ALSO = txt(f"{SCHOOL}._report._dmarc.others.vn", "v=DMARC1;")


@pytest.mark.parametrize(
    ("looks", "outcome", "reason"),
    [
        pytest.param((txt(OWN, "hello", REJECT),), Outcome.MET, "", id="own"),
        pytest.param((txt(OWN, REJECT), GONE), Outcome.MET, "", id="own-settles"),
        pytest.param((txt(OWN), txt(CITY, REJECT), txt(EDU)), Outcome.MET, "", id="inherited"),
        pytest.param(
            (txt(OWN), txt(CITY, f"{REJECT}; psd=n"), GONE), Outcome.MET, "", id="the-walk-ends"
        ),
        pytest.param(
            (txt(OWN), txt(CITY), txt(EDU, f"{REJECT}; psd=y")), Outcome.MET, "", id="of-the-suffix"
        ),
        pytest.param((txt(OWN), txt(CITY), txt(EDU)), Outcome.NOT_MET, "missing", id="none"),
        pytest.param((txt(OWN), txt(CITY), GONE), Outcome.NOT_TESTED, "", id="above-gone"),
        pytest.param((GONE, txt(CITY, REJECT)), Outcome.NOT_TESTED, "", id="own-gone"),
        pytest.param(
            (txt(OWN, REJECT, REJECT), txt(CITY, REJECT)), Outcome.NOT_MET, "several", id="several"
        ),
        pytest.param(
            (txt(OWN), txt(CITY, REJECT, REJECT), txt(EDU)),
            Outcome.NOT_MET,
            "several",
            id="several-above",
        ),
        pytest.param(
            (txt(OWN), txt(CITY, REJECT, REJECT), txt(EDU, REJECT)),
            Outcome.MET,
            "",
            id="several-above-are-passed-over",
        ),
        pytest.param((txt(OWN, said=Said.BOGUS),), Outcome.NOT_MET, "bogus", id="bogus"),
        pytest.param(
            (look(OWN, "TXT", "hello", total=101),),
            Outcome.NOT_TESTED,
            "",
            id="more-records-than-kept",
        ),
        pytest.param((txt(OWN, "v=DMARC1; p=block"),), Outcome.NOT_MET, "syntax", id="syntax"),
        pytest.param((txt(OWN, "v=DMARC1"),), Outcome.NOT_MET, "p-missing", id="no-policy"),
        pytest.param(
            (txt(OWN, "v=DMARC1; fo=9"),), Outcome.NOT_MET, "syntax", id="no-policy-and-more"
        ),
        pytest.param(
            (txt(OWN, "v=DMARC1; rua=mailto:a@danang.edu.vn"),),
            Outcome.MET,
            "",
            id="no-policy-but-reports",
        ),
    ],
)
def test_dmarc(looks: tuple[Look, ...], outcome: Outcome, reason: str) -> None:
    """The own record, else the organisation's, else the suffix's; one, and well written."""
    found = finding(dmarc_valid, mail(domain=SCHOOL, organisational="danang.edu.vn", dmarc=looks))
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("agreements", "outcome", "reason"),
    [
        pytest.param((AGREED, ALSO), Outcome.MET, "", id="both-agree"),
        pytest.param((ALSO, AGREED), Outcome.MET, "", id="in-any-order"),
        pytest.param(
            (AGREED, txt(ALSO.name, said=Said.NXDOMAIN)),
            Outcome.NOT_MET,
            "reports-unauthorised",
            id="one-does-not",
        ),
        pytest.param(
            (GONE, txt(ALSO.name, "hello")),
            Outcome.NOT_MET,
            "reports-unauthorised",
            id="one-seen-settles",
        ),
        pytest.param((GONE, ALSO), Outcome.NOT_TESTED, "", id="one-gone"),
        pytest.param((), Outcome.NOT_TESTED, "", id="never-asked"),
    ],
)
def test_reports(agreements: tuple[Look, ...], outcome: Outcome, reason: str) -> None:
    """Other organisations must agree to get the reports."""
    evidence = mail(
        domain=SCHOOL,
        organisational="danang.edu.vn",
        dmarc=(txt(OWN, FAR),),
        dmarc_authorisations=agreements,
    )
    found = finding(dmarc_valid, evidence)
    assert (found.outcome, found.reason) == (outcome, reason)
