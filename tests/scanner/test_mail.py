"""The look at mail policies against a real name server and a real host of a policy file."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import dns.flags
import dns.message
import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import PathState
from checks.evidence.mail import MailPolicies, PolicyFile, PolicyState
from checks.evidence.names import Lookup, Said
from checks.parsing.dkim import COMMON
from inventory.model import Site
from scanner.auxiliary import FilesOverTls
from scanner.budget import Failed
from scanner.clock import now
from scanner.probes.mail import POLICY_BYTES, POLICY_PATH, look_mail
from scanner.probes.tls.path import Paths, TrustStore
from tests.scanner.builders import (
    HOST,
    NODATA,
    NXDOMAIN,
    SERVFAIL,
    budget,
    door,
    says_records,
    site,
    tools_for,
    visiting,
)
from tests.scanner.chains import Made, authority, made, server_context, today
from tests.scanner.servers import (
    Answering,
    NameScript,
    Reply,
    Server,
    Talk,
    Web,
    answer,
    closed_port,
    over_tls,
    redirect,
    says,
    serving,
    silent,
)

WIDE = (-2000.0, 20_000.0)
ROOT = today()[0]
PATHS = Paths((TrustStore("tests", "2026-11-22", (ROOT.certificate,)),))
POLICY_HOST = f"mta-sts.{HOST}"
LEAF = made(POLICY_HOST, ROOT, days=WIDE, sans=(POLICY_HOST,))
PLAIN = [("Content-Type", "text/plain")]
POLICY = answer(200, b"version: STSv1\nmode: enforce\nmx: *.edu.vn\nmax_age: 86400\n", PLAIN)
ADDRESS = {(POLICY_HOST, "A"): says_records("A", "127.0.0.1")}
Names = dict[tuple[str, str], Answering]


def txt(**records: str) -> Names:
    """TXT records below the host; ``__`` stands for a dot, ``own`` for the host itself."""
    return {
        (HOST if label == "own" else f"{label.replace('__', '.')}.{HOST}", "TXT"): says_records(
            "TXT", f'"{text}"'
        )
        for label, text in records.items()
    }


STS = txt(**{"_mta-sts": "v=STSv1; id=1"})


async def looked(
    names: Names,
    of: Site | None = None,
    *,
    ports: tuple[int, ...] = (),
    policy_port: int = 1,
    rest: Answering = NODATA,
) -> tuple[MailPolicies, NameScript]:
    """The look, and the name server that was asked."""
    script = NameScript(names, rest)
    files = FilesOverTls(PATHS.build, port=policy_port)
    async with visiting(of or site(443, 80), script, door(policy_port, *ports)) as visit:
        seen = await look_mail(visit, files, now())
        await files.aclose()
    return seen, script


@asynccontextmanager
async def policies(
    talk: Talk | None = None, *chain: Made, page: bytes = POLICY
) -> AsyncIterator[tuple[Server, Web]]:
    """The host of the policy file."""
    web = Web({POLICY_PATH: page})
    shown = chain or (LEAF,)
    async with serving(talk or over_tls(server_context(*shown), web.speak)) as server:
        yield server, web


async def fetched(
    talk: Talk | None = None, *chain: Made, page: bytes = POLICY, **more: Any
) -> tuple[PolicyFile | NotCaptured | None, Web]:
    async with policies(talk, *chain, page=page) as (server, web):
        seen, _ = await looked(STS | ADDRESS, policy_port=server.port, **more)
    return seen.mta_sts_policy, web


# Names


async def test_a_domain_that_says_nothing() -> None:
    """Every question is asked once, and nothing is fetched."""
    seen, script = await looked({})
    assert seen.domain == HOST
    assert [one.selector for one in seen.dkim] == list(COMMON)
    assert not any(one.named for one in seen.dkim)
    assert seen.mta_sts_policy is None
    for look in (seen.mx, seen.mta_sts, seen.tls_rpt, seen.bimi, *seen.spf_lookups, *seen.dmarc):
        assert isinstance(look, Lookup)
        assert look.said is Said.NODATA
    assert set(script.asked.values()) == {1}
    assert (POLICY_HOST, "A") not in script.asked


async def test_selectors_of_the_inventory() -> None:
    """They are asked, and no common one is."""
    of = site(443, 80).model_copy(update={"dkim_selectors": ("thu", "thu2")})
    seen, script = await looked(txt(thu___domainkey="v=DKIM1; p="), of)
    assert [(one.selector, one.named) for one in seen.dkim] == [("thu", True), ("thu2", True)]
    first = seen.dkim[0].look
    assert isinstance(first, Lookup)
    assert first.records == ("v=DKIM1; p=",)
    assert not [name for name, _ in script.asked if name.startswith("google.")]


@pytest.mark.parametrize(
    ("said", "cause"), [(NXDOMAIN, None), (SERVFAIL, Cause.DNS_SERVFAIL)], ids=["none", "servfail"]
)
async def test_no_key_at_all(said: Answering, cause: Cause | None) -> None:
    """Below a name that does not exist nothing is asked for; nor where nobody answers for it."""
    seen, script = await looked({(f"_domainkey.{HOST}", "TXT"): said})
    (one,) = seen.dkim
    assert (one.selector, one.named) == ("", False)
    assert getattr(one.look, "cause", None) is cause
    assert not [name for name, _ in script.asked if name.endswith(f"._domainkey.{HOST}")]


async def test_the_walk_goes_on_until_it_is_decided() -> None:
    """Above the domain the record nearest to the top decides, and its report addresses must agree."""
    below = "a.b.truong.edu.vn"
    names = {
        (f"_dmarc.b.{HOST}", "TXT"): says_records("TXT", '"v=DMARC1; p=none; rua=mailto:x@far.vn"'),
        (f"_dmarc.{HOST}", "TXT"): says_records("TXT", '"v=DMARC1; p=reject; rua=mailto:x@top.vn"'),
    }
    of = site(443, 80).model_copy(update={"mail_domain": below})
    seen, script = await looked(names, of)
    assert [one.name for one in seen.dmarc if isinstance(one, Lookup)] == [
        f"_dmarc.{below}",
        f"_dmarc.b.{HOST}",
        f"_dmarc.{HOST}",
        "_dmarc.edu.vn",
    ]
    asked = [name for name, _ in script.asked if "_report" in name]
    assert asked == [f"{HOST}._report._dmarc.top.vn"]


async def test_the_domains_own_record_ends_the_walk() -> None:
    """Nothing above it is asked."""
    seen, script = await looked(txt(_dmarc="v=DMARC1; p=reject"))
    assert len(seen.dmarc) == 1
    assert ("_dmarc.edu.vn", "TXT") not in script.asked


# The policy file


async def test_a_policy_is_fetched_over_tls() -> None:
    """One request, of the host the record stands for, without its other pages."""
    file, web = await fetched()
    assert isinstance(file, PolicyFile)
    assert (file.state, file.status, file.path) == (PolicyState.ANSWERED, 200, PathState.TRUSTED)
    assert file.covers
    assert file.content_type == "text/plain"
    assert file.text.startswith("version: STSv1\n")
    assert not file.too_large
    assert web.asked == {POLICY_PATH: 1}
    assert web.hosts[0].partition(":")[0] == POLICY_HOST


async def test_a_policy_is_fetched_once_for_all_sites() -> None:
    """Fifteen hundred schools may share one mail domain."""
    async with policies() as (server, web):
        files = FilesOverTls(PATHS.build, port=server.port)
        through = door(server.port)
        async with tools_for(NameScript(ADDRESS, NODATA), through) as tools:
            for _ in range(3):
                got = await files.get(tools, POLICY_HOST, POLICY_PATH, POLICY_BYTES, now())
                assert got.answer is not None
        assert web.asked == {POLICY_PATH: 1}
        assert through.tally.auxiliary == 1
        await files.aclose()


STRANGER = authority("Stranger", days=WIDE)


@pytest.mark.parametrize(
    ("chain", "path", "covers"),
    [
        pytest.param(
            (made(POLICY_HOST, None, days=WIDE, sans=(POLICY_HOST,)),),
            PathState.SELF_SIGNED,
            True,
            id="self-signed",
        ),
        pytest.param(
            (made(POLICY_HOST, STRANGER, days=WIDE, sans=(POLICY_HOST,)), STRANGER),
            PathState.UNKNOWN_ROOT,
            True,
            id="unknown-root",
        ),
        pytest.param((today()[1],), PathState.TRUSTED, False, id="another-name"),
        pytest.param(
            (made(POLICY_HOST, ROOT, days=(-1900, -1800), sans=(POLICY_HOST,)),),
            PathState.TRUSTED,
            True,
            id="run-out",
        ),
    ],
)
async def test_a_certificate_that_does_not_hold(
    chain: tuple[Made, ...], path: PathState, covers: bool
) -> None:
    """It is told, and no request is sent."""
    file, web = await fetched(None, *chain)
    assert isinstance(file, PolicyFile)
    assert (file.state, file.path, file.covers) == (PolicyState.BAD_CERTIFICATE, path, covers)
    assert file.status is None
    assert not web.asked


async def test_an_issuer_that_was_not_sent() -> None:
    """Nobody knows what is above: nothing is concluded, and nothing asked."""
    middle = authority("Middle", ROOT, days=WIDE)
    file, web = await fetched(None, made(POLICY_HOST, middle, days=WIDE, sans=(POLICY_HOST,)))
    assert isinstance(file, NotCaptured)
    assert file.cause is Cause.ISSUER_MISSING
    assert not web.asked


@pytest.mark.parametrize(
    ("page", "status", "kind"),
    [
        pytest.param(redirect("https://elsewhere.vn/"), 302, "", id="redirect"),
        pytest.param(answer(404, b"no"), 404, "", id="404"),
        pytest.param(answer(500, b"oops"), 500, "", id="500"),
        pytest.param(
            answer(200, b"<p>", [("Content-Type", "text/html")]), 200, "text/html", id="html"
        ),
    ],
)
async def test_other_answers(page: bytes, status: int, kind: str) -> None:
    """Kept as they are; nothing is followed."""
    file, web = await fetched(page=page)
    assert isinstance(file, PolicyFile)
    assert (file.state, file.status, file.content_type) == (PolicyState.ANSWERED, status, kind)
    assert sum(web.asked.values()) == 1


async def test_a_file_without_end() -> None:
    """At most so many bytes are kept, and that there are more is told."""
    file, _ = await fetched(page=answer(200, b"x" * (POLICY_BYTES + 1), PLAIN))
    assert isinstance(file, PolicyFile)
    assert file.too_large
    assert len(file.text) == POLICY_BYTES


@pytest.mark.parametrize(
    ("page", "cause"),
    [
        pytest.param(answer(429, b"slow"), Cause.RATE_LIMITED, id="429"),
        pytest.param(
            answer(403, b"<title>Just a moment...</title>"), Cause.CHALLENGE_PAGE, id="challenge"
        ),
        pytest.param(
            answer(200, b"x", [("Content-Encoding", "odd")]), Cause.UNDECODABLE, id="coding"
        ),
        pytest.param(b"SSH-2.0-x\r\n\r\n", Cause.NOT_HTTP, id="not-http"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nversion", Cause.CLOSED_EARLY, id="cut"
        ),
    ],
)
async def test_answers_that_say_nothing(page: bytes, cause: Cause) -> None:
    """A cause, and nothing about the site."""

    async def speak(stream: Any) -> None:
        await stream.read()
        await stream.write(page)
        await stream.close()

    file, _ = await fetched(over_tls(server_context(LEAF), speak))
    assert isinstance(file, NotCaptured)
    assert file.cause is cause


@pytest.mark.parametrize(
    ("talk", "cause"),
    [
        pytest.param(says(b"SSH-2.0-x\r\n", after=0), Cause.NOT_TLS, id="not-tls"),
        pytest.param(
            over_tls(
                server_context(LEAF, lowest=ssl.TLSVersion.TLSv1_3, asks_client=False),
                lambda stream: stream.close(),
            ),
            Cause.CLOSED_EARLY,
            id="hangs-up",
        ),
        pytest.param(
            says(b"\x15\x03\x01\x00\x02\x02\x28", after=1), Cause.TLS_ALERT, id="turned-down"
        ),
    ],
)
async def test_hosts_that_do_not_answer(talk: Talk, cause: Cause) -> None:
    """What kept us from the file is named."""
    file, _ = await fetched(talk)
    assert isinstance(file, NotCaptured)
    assert file.cause is cause


async def test_a_closed_port() -> None:
    """Tried once; it accuses nobody."""
    with closed_port() as port:
        seen, _ = await looked(STS | ADDRESS, policy_port=port)
    assert isinstance(seen.mta_sts_policy, NotCaptured)
    assert seen.mta_sts_policy.cause is Cause.REFUSED


@pytest.mark.parametrize(
    ("names", "cause"),
    [
        pytest.param({(POLICY_HOST, "A"): SERVFAIL}, Cause.DNS_SERVFAIL, id="servfail"),
        pytest.param(
            {(POLICY_HOST, "A"): says_records("A", "10.0.0.1")}, Cause.BLOCKED_ADDRESS, id="private"
        ),
        pytest.param(
            {(POLICY_HOST, "AAAA"): says_records("AAAA", "2001:4860:4860::8888")},
            Cause.SCANNER_LACKS_IPV6,
            id="ipv6-only",
        ),
    ],
)
async def test_a_host_that_cannot_be_asked(names: Names, cause: Cause) -> None:
    """No packet goes where none may go."""
    async with serving(silent) as server:
        seen, _ = await looked(STS | names, policy_port=server.port)
        assert server.connections == 0
    assert isinstance(seen.mta_sts_policy, NotCaptured)
    assert seen.mta_sts_policy.cause is cause


@pytest.mark.parametrize("said", [NODATA, NXDOMAIN], ids=["nodata", "nxdomain"])
async def test_a_host_that_does_not_exist(said: Answering) -> None:
    """The name servers say so: that is a finding."""
    names = {(POLICY_HOST, "A"): said, (POLICY_HOST, "AAAA"): said}
    seen, _ = await looked(STS | names)
    assert isinstance(seen.mta_sts_policy, PolicyFile)
    assert seen.mta_sts_policy.state is PolicyState.NO_HOST


async def test_a_site_without_time_left() -> None:
    """The look ends with a cause; it does not break."""
    files = FilesOverTls(PATHS.build)
    async with visiting(
        site(443, 80), NameScript({}, NODATA), door(1), budget(wall_s=0.0)
    ) as visit:
        seen = await look_mail(visit, files, now())
    for look in (seen.mx, *seen.spf_lookups, *seen.dmarc):
        assert isinstance(look, NotCaptured)
        assert look.cause is Cause.DEADLINE


async def test_a_chain_that_cannot_be_judged() -> None:
    """A fault in judging is no finding about the site."""

    def breaks(*_: object) -> NoReturn:
        raise ValueError("odd DER")

    async with policies() as (server, web):
        files = FilesOverTls(breaks, port=server.port)
        async with tools_for(NameScript(ADDRESS, NODATA), door(server.port)) as tools:
            with pytest.raises(Failed) as failed:
                await files.get(tools, POLICY_HOST, POLICY_PATH, POLICY_BYTES, now())
        assert failed.value.missing.cause is Cause.CERT_MALFORMED
        assert not web.asked


async def test_a_name_whose_signature_does_not_hold() -> None:
    """A forged address is not called."""

    def bogus(query: dns.message.Message, tcp: bool) -> Reply:
        checks = not query.flags & dns.flags.CD
        return SERVFAIL(query, tcp) if checks else says_records("A", "127.0.0.1")(query, tcp)

    seen, _ = await looked(STS | {(POLICY_HOST, "A"): bogus})
    assert isinstance(seen.mta_sts_policy, NotCaptured)
    assert seen.mta_sts_policy.cause is Cause.DNS_SERVFAIL


async def test_hosts_that_are_left_alone() -> None:
    """Whoever scans with ``--no-fetch`` asks nobody but the sites themselves."""
    async with policies() as (server, web):
        files = FilesOverTls(PATHS.build, fetching=False, port=server.port)
        script = NameScript(STS | ADDRESS, NODATA)
        async with visiting(site(443, 80), script, door(server.port)) as visit:
            seen = await look_mail(visit, files, now())
        assert server.connections == 0
        assert not web.asked
    assert isinstance(seen.mta_sts_policy, NotCaptured)
    assert seen.mta_sts_policy.cause is Cause.NOT_ENABLED
    assert (POLICY_HOST, "A") not in script.asked
