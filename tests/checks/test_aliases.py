"""Targets that are gone, that can be claimed, or that were not seen; and wildcards."""

from typing import Any

import pytest

from checks.evidence.aliases import RANDOM, Aliases, Asked, Points, Target
from checks.evidence.base import Cause, NotCaptured, Payload
from checks.evidence.http import Ended, Exchange
from checks.evidence.names import Look, Lookup, Said
from checks.evidence.page import Pages
from checks.judge import AnyCheck
from checks.parsing.takeover import marker_in, service_of, services
from checks.rules.aliases import no_dangling_alias, wildcard_understood
from checks.spec import Finding, Outcome
from tests.builders.network import look
from tests.builders.web import HOST, TWIN, ask, exchange, hop, http, page, redirected

GONE = NotCaptured(cause=Cause.DNS_TIMEOUT)
NX, BOGUS = Said.NXDOMAIN, Said.BOGUS
MX_HOST, NS_HOST = f"mail.{HOST}", f"ns1.{HOST}"
ADDRESS = "192.0.2.7"


def asked(name: str = HOST, kind: str = "A", seen: Look | None = None) -> Asked:
    """A question at one of our names, answered with an address."""
    return Asked(name=name, type=kind, look=look(name, kind, ADDRESS) if seen is None else seen)


def target(
    name: str = MX_HOST,
    by: Points = Points.MX,
    seen: Look | None = None,
    owner: str = HOST,
    **fields: Any,
) -> Target:
    """One target, which has an address."""
    there = look(name, "A", ADDRESS) if seen is None else seen
    return Target(owner=owner, by=by, name=name, look=there, **fields)


def gone(
    name: str, by: Points = Points.CNAME, owner: str = TWIN, above: Said | None = None
) -> Target:
    """One that does not exist, under a name that is registered unless told otherwise."""
    registrable = ".".join(name.split(".")[-2:])
    return target(
        name,
        by,
        look(name, "A", said=NX),
        owner,
        registrable=registrable,
        registered=look(registrable, "SOA", said=above or Said.FOUND),
    )


def aliases(*targets: Target, **fields: Any) -> Aliases:
    """A zone with a name server and an exchanger, both there, and no wildcard."""
    there = targets or (target(), target(NS_HOST, Points.NS))
    healthy: dict[str, Any] = {
        "zone": asked(HOST, "SOA"),
        "asked": (asked(), asked(HOST, "NS"), asked(HOST, "MX"), asked(TWIN)),
        "targets": there,
        "targets_total": len(there),
        "wildcard": tuple(
            asked(f"{RANDOM}.{HOST}", kind, look(f"{RANDOM}.{HOST}", kind, said=NX))
            for kind in ("A", "TXT")
        ),
    }
    return Aliases(**(healthy | fields))


def dangling(*targets: Target, beside: tuple[Payload, ...] = (), **fields: Any) -> Finding:
    """The finding about these targets."""
    return ask(no_dangling_alias, aliases(*targets, **fields), *beside)


ALL = (no_dangling_alias, wildcard_understood)


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.id)
def test_healthy(check: AnyCheck) -> None:
    """Everything is there, and nothing answers for everything."""
    assert ask(check, aliases()).outcome is Outcome.MET


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.id)
@pytest.mark.parametrize("cause", Cause)
def test_nothing_stands_in(check: AnyCheck, cause: Cause) -> None:
    """Whatever kept us from looking is named."""
    nothing = NotCaptured(cause=cause)
    silent = aliases(
        zone=asked(HOST, "SOA", nothing),
        asked=(asked(seen=nothing), asked(HOST, "NS", nothing)),
        targets=(),
        targets_total=0,
        wildcard=(asked(f"{RANDOM}.{HOST}", "A", nothing),),
    )
    for found in (ask(check, silent), ask(check, missing={Aliases: nothing})):
        assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, cause)


@pytest.mark.parametrize("cause", Cause)
def test_one_target_that_was_not_seen(cause: Cause) -> None:
    """It could be the one that is gone."""
    found = dangling(target(), target(NS_HOST, Points.NS, NotCaptured(cause=cause)))
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, cause)


LATER = Lookup(name="a.example.com", type="A", said=NX, aliases=("b.example.com",))


@pytest.mark.parametrize(
    ("targets", "outcome", "reason"),
    [
        pytest.param((gone("x.example.com"),), "not-met", "gone", id="alias-gone"),
        pytest.param((gone("x.example.com", Points.MX, HOST),), "not-met", "gone", id="mx-gone"),
        pytest.param((gone("x.example.com", Points.NS, HOST),), "not-met", "gone", id="ns-gone"),
        pytest.param(
            (gone("x.example.com", above=NX),), "not-met", "registrable", id="name-above-gone"
        ),
        pytest.param(
            (gone("x.example.com", Points.MX, HOST, above=NX),),
            "not-met",
            "registrable",
            id="exchanger-for-sale",
        ),
        pytest.param((gone("x.example.com", above=BOGUS),), "not-met", "gone", id="above-bogus"),
        pytest.param(
            (target("x.example.com", seen=look("x.example.com", "A", said=NX), registered=GONE),),
            "not-met",
            "gone",
            id="above-not-seen",
        ),
        pytest.param(
            (target("x.school.local", seen=look("x.school.local", "A", said=NX)),),
            "not-met",
            "gone",
            id="nobody-can-register-it",
        ),
        pytest.param((gone("x.azurewebsites.net"),), "not-met", "claimable", id="azure"),
        pytest.param(
            (gone("x.us-east-1.elasticbeanstalk.com"),), "not-met", "claimable", id="beanstalk"
        ),
        pytest.param(
            (gone("x.github.io"),), "not-met", "gone", id="service-that-knows-no-nxdomain"
        ),
        pytest.param(
            (gone("x.azurewebsites.net", Points.MX, HOST),), "not-met", "gone", id="no-alias"
        ),
        pytest.param(
            (target("x.example.com", seen=look("x.example.com", "A")),), "met", "", id="nodata"
        ),
        pytest.param(
            (target("x.example.com", seen=look("x.example.com", "A", said=BOGUS)),),
            "met",
            "",
            id="bogus-but-there",
        ),
        pytest.param(
            (target("a.example.com", Points.CNAME, LATER),), "met", "", id="the-next-hop-is-gone"
        ),
        pytest.param(
            (target("a.example.com", Points.CNAME, LATER), gone("b.example.com")),
            "not-met",
            "gone",
            id="last-of-two-hops",
        ),
        pytest.param(
            (gone("x.example.com"), target(seen=GONE)), "not-met", "gone", id="one-decides"
        ),
        pytest.param(
            (gone("x.example.com"), gone("y.example.net", above=NX)),
            "not-met",
            "registrable",
            id="the-gravest-first",
        ),
    ],
)
def test_targets(targets: tuple[Target, ...], outcome: str, reason: str) -> None:
    """Only a name that is said not to exist is gone."""
    found = dangling(*targets)
    assert (found.outcome, found.reason) == (Outcome(outcome), reason)


def test_one_is_told_once() -> None:
    """What is measured beside it is no further weak spot."""
    found = dangling(gone("y.example.net", Points.MX, HOST, above=NX))
    measured = {m.name: m.value for m in found.measured}
    assert measured == {
        "owner": HOST,
        "record": "MX",
        "target": "y.example.net",
        "above": "example.net",
    }


def test_several_are_all_named() -> None:
    """The page lists every weak spot."""
    found = dangling(gone("x.example.com"), gone("y.example.net", Points.MX, HOST, above=NX))
    spots = [(m.name, m.value) for m in found.measured if m.name in ("gone", "registrable")]
    assert ("gone", f"{TWIN} CNAME x.example.com") in spots
    assert ("registrable", f"{HOST} MX y.example.net") in spots


@pytest.mark.parametrize(
    ("fields", "outcome", "cause"),
    [
        pytest.param({"asked": (asked(seen=GONE),)}, "not-tested", Cause.DNS_TIMEOUT, id="silence"),
        pytest.param(
            {"asked": (asked(seen=look(HOST, "A", said=BOGUS)),)},
            "not-tested",
            Cause.DNS_SERVFAIL,
            id="bogus",
        ),
        pytest.param(
            {"asked": (asked(HOST, "MX", look(HOST, "MX", "10 a.", total=1000)),)},
            "not-tested",
            Cause.BUDGET_EVENTS,
            id="a-thousand-exchangers",
        ),
        pytest.param({"targets_total": 40}, "not-tested", Cause.BUDGET_EVENTS, id="not-all-asked"),
        pytest.param(
            {
                "zone": asked(HOST, "SOA", look(HOST, "SOA", said=NX)),
                "asked": (asked(seen=look(HOST, "A", said=NX)),),
                "targets": (),
                "targets_total": 0,
            },
            "not-applicable",
            None,
            id="no-zone",
        ),
        pytest.param(
            {"targets": (), "targets_total": 0}, "met", None, id="nothing-points-anywhere"
        ),
    ],
)
def test_our_own_names(fields: dict[str, Any], outcome: str, cause: Cause | None) -> None:
    """What could hide a target leaves the question open."""
    found = ask(no_dangling_alias, aliases(**fields))
    assert (found.outcome, found.cause) == (Outcome(outcome), cause)


# Services

PAGES_IO, HEROKU, BITBUCKET = "truong.github.io", "truong.herokuapp.com", "truong.bitbucket.io"
UNCLAIMED_IO = "There isn’t a GitHub Pages site here."


def shown(text: str = "Trang của trường", status: int = 200, host: str = HOST) -> Pages:
    """A home page at this host."""
    return Pages(home=page(text, url=f"https://{host}/", status=status, title=""))


@pytest.mark.parametrize(
    ("service", "beside", "outcome", "reason"),
    [
        pytest.param(PAGES_IO, (shown(),), "met", "", id="claimed"),
        pytest.param(
            PAGES_IO,
            (shown(UNCLAIMED_IO, 404),),
            "needs-review",
            "perhaps-claimable",
            id="edge-case",
        ),
        pytest.param(
            BITBUCKET,
            (shown("Repository not found", 404),),
            "not-met",
            "claimable",
            id="vulnerable",
        ),
        pytest.param(
            BITBUCKET, (shown("REPOSITORY  NOT FOUND"),), "not-met", "claimable", id="with-200"
        ),
        pytest.param(
            BITBUCKET,
            (shown(UNCLAIMED_IO, 404),),
            "needs-review",
            "service-without-page",
            id="other",
        ),
        pytest.param(
            HEROKU, (shown("Lỗi", 503),), "needs-review", "service-without-page", id="down"
        ),
        pytest.param("a.example.com", (shown("No such app", 404),), "met", "", id="no-service"),
        pytest.param("x.azurewebsites.net", (shown("x", 404),), "met", "", id="it-exists"),
        pytest.param(
            PAGES_IO,
            (shown(host="khac.vn"), http(https=redirected(f"https://{HOST}/", "https://khac.vn/"))),
            "met",
            "",
            id="redirects-elsewhere",
        ),
    ],
)
def test_an_alias_to_a_service(
    service: str, beside: tuple[Payload, ...], outcome: str, reason: str
) -> None:
    """The page that it leads to decides, and only sure signs accuse."""
    found = dangling(target(service, Points.CNAME), beside=beside)
    assert (found.outcome, found.reason) == (Outcome(outcome), reason)


@pytest.mark.parametrize("cause", Cause)
def test_a_page_at_a_service_that_was_not_seen(cause: Cause) -> None:
    """Whether it is claimed is then not known."""
    nothing = NotCaptured(cause=cause)
    for beside in ((Pages(home=nothing),), ()):
        found = ask(
            no_dangling_alias,
            aliases(target(PAGES_IO, Points.CNAME)),
            *beside,
            missing={} if beside else {Pages: nothing},
        )
        assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, cause)


def at_twin(status: int) -> Exchange:
    """One answer of the twin."""
    return exchange(hop(f"https://{TWIN}/", status))


REFUSED = exchange(start_url=f"https://{TWIN}/", end=Ended.REFUSED)
SILENT = exchange(start_url=f"https://{TWIN}/", end=GONE)


@pytest.mark.parametrize(
    ("https", "plain", "outcome"),
    [
        pytest.param(at_twin(200), None, "met", id="claimed"),
        pytest.param(
            redirected(f"https://{TWIN}/", f"https://{HOST}/"), None, "met", id="redirect"
        ),
        pytest.param(at_twin(404), REFUSED, "needs-review", id="error"),
        pytest.param(REFUSED, REFUSED, "needs-review", id="closed"),
        pytest.param(
            exchange(hop(f"https://{TWIN}/", 404), hop(f"https://{HOST}/")),
            None,
            "needs-review",
            id="only-its-own-answers-count",
        ),
        pytest.param(REFUSED, SILENT, "not-tested", id="not-seen"),
        pytest.param(None, None, "not-tested", id="never-asked"),
    ],
)
def test_a_twin_at_a_service(https: Exchange | None, plain: Exchange | None, outcome: str) -> None:
    """Its answers decide, since its page is not kept."""
    found = dangling(
        target(PAGES_IO, Points.CNAME, owner=TWIN),
        beside=(http(twin_https=https, twin_http=plain), shown()),
    )
    assert found.outcome is Outcome(outcome)


def test_a_twin_without_any_page() -> None:
    """The site's own page is not needed for it."""
    alias = target(PAGES_IO, Points.CNAME, owner=TWIN)
    found = dangling(alias, beside=(http(twin_https=at_twin(200)), Pages(home=GONE)))
    assert found.outcome is Outcome.MET


def test_a_twin_where_the_home_page_lies() -> None:
    """Then the page itself is there to be read."""
    alias = target(BITBUCKET, Points.CNAME, owner=TWIN)
    found = dangling(alias, beside=(shown("Repository not found", 404, TWIN),))
    assert (found.outcome, found.reason) == (Outcome.NOT_MET, "claimable")


def test_the_mail_domain_at_a_service() -> None:
    """Nobody looks at pages there."""
    found = dangling(target(PAGES_IO, Points.CNAME, owner="thu.example.vn"))
    assert found.outcome is Outcome.MET


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("truong.github.io.", "GitHub Pages"),
        ("TRUONG.GitHub.io", "GitHub Pages"),
        ("github.io", None),
        ("a.github.io.example.com", None),
        ("tep.s3.ap-southeast-1.amazonaws.com", "AWS S3"),
        ("tep.s3-website-us-east-1.amazonaws.com", "AWS S3"),
        ("may.elb.amazonaws.com", None),
        ("evilgithub.io", None),
    ],
)
def test_the_list_knows_targets(name: str, service: str | None) -> None:
    """Whole labels only."""
    found = service_of(name)
    assert (found.name if found else None) == service


def test_the_list_is_whole() -> None:
    """Each entry can be seen by something, and says how sure it is."""
    for service in services():
        assert service.names
        assert service.status in ("vulnerable", "edge-case")
        assert service.nxdomain or service.markers
        assert all(marker_in(page(marker), service) == marker for marker in service.markers)


# Wildcards


@pytest.mark.parametrize(
    ("a", "txt", "outcome"),
    [
        pytest.param(look("r", "A", said=NX), look("r", "TXT", said=NX), "met", id="nxdomain"),
        pytest.param(look("r", "A"), look("r", "TXT"), "met", id="nodata"),
        pytest.param(look("r", "A", ADDRESS), look("r", "TXT"), "needs-review", id="address"),
        pytest.param(look("r", "A"), look("r", "TXT", "v=spf1"), "needs-review", id="text"),
        pytest.param(
            Lookup(name="r", type="A", said=NX, aliases=("x.example.com",)),
            look("r", "TXT"),
            "needs-review",
            id="alias-to-nothing",
        ),
        pytest.param(GONE, look("r", "TXT", "v=spf1"), "needs-review", id="one-is-enough"),
        pytest.param(GONE, look("r", "TXT"), "not-tested", id="half-an-answer"),
        pytest.param(look("r", "A", said=BOGUS), look("r", "TXT"), "not-tested", id="bogus"),
    ],
)
def test_wildcards(a: Look, txt: Look, outcome: str) -> None:
    """Only an answer with something in it is one."""
    made_up = f"{RANDOM}.{HOST}"
    found = ask(
        wildcard_understood, aliases(wildcard=(asked(made_up, "A", a), asked(made_up, "TXT", txt)))
    )
    assert found.outcome is Outcome(outcome)


def test_a_wildcard_without_a_zone() -> None:
    """A name that does not exist has none; one that was never asked for is not known."""
    nowhere = asked(HOST, "SOA", look(HOST, "SOA", said=NX))
    assert ask(wildcard_understood, aliases(zone=nowhere)).outcome is Outcome.NOT_APPLICABLE
    found = ask(wildcard_understood, aliases(wildcard=()))
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.NOT_RUN)
