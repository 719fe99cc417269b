"""Whatever a name server does at each place: no answer about the site by accident."""

from collections.abc import Callable
from typing import Any

import pytest

from checks.catalogue import CATALOGUE
from checks.evidence.base import Cause, NotCaptured
from checks.evidence.mail import MailPolicies
from checks.evidence.names import Look, Said
from checks.judge import AnyCheck
from checks.spec import Outcome
from tests.builders.network import HOST, dkim_look, finding, look, mail, missing

LIMITS: dict[str, dict[str, Any]] = {
    "spf-valid": {"max_lookups": 10, "max_void": 2},
    "dkim-published": {"min_rsa_bits": 1024, "good_rsa_bits": 2048},
}
CHECKS = [
    check
    for check in CATALOGUE.values()
    if check.needs == (MailPolicies,) and check.family == "mail"
]
BY_ID = {check.id: check for check in CHECKS}
Place = Callable[[Look], dict[str, Any]]
PLACES: dict[str, Place] = {
    "mx": lambda said: {"mx": said},
    "spf": lambda said: {"spf_lookups": (said,)},
    "spf-include": lambda said: {
        "spf_lookups": (look(HOST, "TXT", "v=spf1 include:b.vn -all"), said)
    },
    "dmarc": lambda said: {"dmarc": (said,)},
    "dmarc-above": lambda said: {
        "domain": "a.b.vn",
        "organisational": "b.vn",
        "mx": look("a.b.vn", "MX", f"10 mx.{HOST}."),
        "spf_lookups": (look("a.b.vn", "TXT", "v=spf1 -all"),),
        "dmarc": (look("_dmarc.a.b.vn", "TXT"), said),
    },
    "authorisation": lambda said: {
        "dmarc": (look(f"_dmarc.{HOST}", "TXT", "v=DMARC1; p=reject; rua=mailto:a@far.vn"),),
        "dmarc_authorisations": (said,),
    },
    "dkim-named": lambda said: {"dkim": (dkim_look("s", named=True, look=said),)},
    "dkim-common": lambda said: {"dkim": (dkim_look("s", look=said),)},
    "mta-sts": lambda said: {"mta_sts": said, "mta_sts_policy": None},
    "tls-rpt": lambda said: {"tls_rpt": said},
    "bimi": lambda said: {"bimi": said},
}
NAMES = {
    "mx": (HOST, "MX"),
    "spf": (HOST, "TXT"),
    "spf-include": ("b.vn", "TXT"),
    "dmarc": (f"_dmarc.{HOST}", "TXT"),
    "dmarc-above": ("_dmarc.b.vn", "TXT"),
    "authorisation": (f"{HOST}._report._dmarc.far.vn", "TXT"),
    "dkim-named": (f"s._domainkey.{HOST}", "TXT"),
    "dkim-common": (f"s._domainkey.{HOST}", "TXT"),
    "mta-sts": (f"_mta-sts.{HOST}", "TXT"),
    "tls-rpt": (f"_smtp._tls.{HOST}", "TXT"),
    "bimi": (f"default._bimi.{HOST}", "TXT"),
}
CORRESPONDENCE = {
    "dmarc-reports-read",
    "dkim-published",
    "mta-sts-enforced",
    "tls-rpt-published",
    "bimi-valid",
    "no-mail-said-so",
}
DMARC = {"dmarc-valid", "dmarc-enforced", "dmarc-reports-read"}
# Which checks hang on which place: where it could not be seen, they say so and nothing else.
HANGS: dict[str, set[str]] = {
    "mx": CORRESPONDENCE,
    "spf": {"spf-valid", "spf-strict"},
    "spf-include": {"spf-valid", "spf-strict"},
    "dmarc": DMARC,
    "dmarc-above": DMARC,
    "authorisation": {"dmarc-valid"},
    "dkim-named": {"dkim-published"},
    "dkim-common": {"dkim-published"},
    "mta-sts": {"mta-sts-enforced"},
    "tls-rpt": {"tls-rpt-published"},
    "bimi": {"bimi-valid"},
}
UNSEEN = [Cause.DNS_SERVFAIL, Cause.DNS_TIMEOUT, Cause.DNS_REFUSED, Cause.DNS_LOOP, Cause.DEADLINE]
MET, NOT_MET, OPEN = Outcome.MET.value, Outcome.NOT_MET.value, Outcome.NOT_TESTED.value
ASIDE = Outcome.NOT_APPLICABLE.value
# What was said settles; everything that hangs on a place and is not named here stays as it was.
SAID: dict[tuple[str, Said], dict[str, str]] = {
    **{
        (place, said): dict.fromkeys(ids, NOT_MET)
        for said in (Said.NXDOMAIN, Said.NODATA, Said.BOGUS)
        for place, ids in (
            ("spf", {"spf-valid", "spf-strict"}),
            ("dmarc", DMARC),
            ("dmarc-above", DMARC),
            ("authorisation", {"dmarc-valid"}),
            ("dkim-named", {"dkim-published"}),
            ("mta-sts", {"mta-sts-enforced"}),
            ("tls-rpt", {"tls-rpt-published"}),
        )
    },
    **{
        ("spf-include", said): dict.fromkeys(("spf-valid", "spf-strict"), NOT_MET)
        for said in (Said.NXDOMAIN, Said.NODATA, Said.BOGUS)
    },
    **{
        ("dkim-common", said): {"dkim-published": OPEN}
        for said in (Said.NXDOMAIN, Said.NODATA, Said.BOGUS)
    },
    **{("mx", said): {"no-mail-said-so": NOT_MET} for said in (Said.NXDOMAIN, Said.NODATA)},
    ("mx", Said.BOGUS): dict.fromkeys(CORRESPONDENCE, OPEN),
    ("bimi", Said.BOGUS): {"bimi-valid": NOT_MET},
}


def outcome(check: AnyCheck, place: str, said: Look) -> tuple[str, Cause | None]:
    found = finding(check, mail(**PLACES[place](said)), limits=LIMITS.get(check.id))
    return found.outcome.value, found.cause


def usual(check: AnyCheck) -> str:
    """What the check says of the healthy domain of the builders."""
    return ASIDE if check.id in {"bimi-valid", "no-mail-said-so"} else MET


def test_there_are_ten() -> None:
    """Every check of this evidence is in the table."""
    assert len(CHECKS) == 10
    assert set().union(*HANGS.values()) == set(BY_ID)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
@pytest.mark.parametrize("cause", Cause)
def test_no_evidence(check: AnyCheck, cause: Cause) -> None:
    """Without the payload nothing is concluded."""
    found = missing(check, NotCaptured(cause=cause), LIMITS.get(check.id))
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, cause)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("cause", UNSEEN)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_place_that_could_not_be_seen(check: AnyCheck, cause: Cause, place: str) -> None:
    """What hangs on it is open with this very cause; what does not is as it was."""
    told = outcome(check, place, NotCaptured(cause=cause))
    hangs = check.id in HANGS[place]
    assert told == ((OPEN, cause) if hangs else (usual(check), None))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("said", [Said.NXDOMAIN, Said.NODATA, Said.BOGUS])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_what_was_said(check: AnyCheck, said: Said, place: str) -> None:
    """NXDOMAIN, no record and a broken signature are answers; each check gives the one written down."""
    told, _ = outcome(check, place, look(*NAMES[place], said=said))
    assert told == SAID.get((place, said), {}).get(check.id, usual(check))
