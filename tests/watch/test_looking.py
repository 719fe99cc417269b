"""One look at a time at real servers that come, go and misbehave; and our own line, which is blamed first."""

import contextlib
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from checks.evidence.base import Cause
from checks.evidence.uptime import Sample
from inventory.model import Site
from scanner.resolver import Server as Asked
from scanner.watch.looking import Look, Outfit, looking
from tests.scanner.builders import HOST, NXDOMAIN, SERVFAIL, closed_server, hosts, permission, site
from tests.scanner.chains import made, server_context, today
from tests.scanner.servers import (
    NameScript,
    Talk,
    Web,
    answer,
    closed_port,
    closes,
    naming,
    over_tls,
    plainly,
    resets,
    says,
    serving,
)

AT = datetime(2026, 11, 22, tzinfo=UTC)
PAGE = answer(200, b"<title>Truong</title>", [("Content-Type", "text/html")])


def served(page: bytes = PAGE) -> Talk:
    """The site over TLS."""
    return over_tls(context(), Web({"/": page}).speak)


def context() -> ssl.SSLContext:
    return server_context(today()[1], today()[0])


def outfit_of(server: Asked, *ports: int, controls: tuple[tuple[str, int], ...] = ()) -> Outfit:
    """Less patient than in earnest."""
    return Outfit(
        permission=permission(*ports), allow_private=True, servers=(server,), controls=controls,
        user_agent="test", confirm_refusal_after_s=0.01, dns_try_s=(0.1,),
    )  # fmt: skip


@contextlib.asynccontextmanager
async def looks(
    *ports: int, script: NameScript | None = None, controls: tuple[tuple[str, int], ...] = ()
) -> AsyncIterator[Look]:
    """A way to look through a name server of our own."""
    async with naming(script or hosts(HOST)) as port:
        outfit = outfit_of(Asked("127.0.0.1", port), *ports, controls=controls)
        async with looking(outfit) as look:
            yield look


async def seen(
    https: Talk, http: Talk = closes, script: NameScript | None = None, *, control: bool = True
) -> Sample:
    """What one look says of a site with these servers."""
    async with serving(https) as secure, serving(http) as plain, serving(closes) as other:
        ports = (secure.port, plain.port, other.port)
        # Another address of loopback: the control host is not the site.
        controls = (("127.0.0.1", other.port),) if control else ()
        async with looks(*ports, script=script, controls=controls) as look:
            return await look(site(secure.port, plain.port), AT)


@pytest.mark.parametrize(
    ("https", "up", "cause"),
    [
        pytest.param(served(), True, None, id="well"),
        pytest.param(served(answer(404, b"")), True, None, id="an-answer-is-an-answer"),
        pytest.param(served(answer(301, b"", [("Location", "/a")])), True, None, id="redirects"),
        pytest.param(served(answer(500, b"")), False, Cause.SERVER_ERROR, id="error"),
        pytest.param(served(answer(429, b"")), None, Cause.RATE_LIMITED, id="asks-us-to-slow-down"),
        pytest.param(
            served(answer(403, b"<title>Just a moment...</title>")),
            None,
            Cause.CHALLENGE_PAGE,
            id="challenge",
        ),
        pytest.param(resets, False, Cause.RESET, id="resets"),
        pytest.param(says(b"\x15\x03\x03\x00\x02\x02\x28"), None, Cause.TLS_ALERT, id="alert"),
    ],
)
async def test_what_servers_do(https: Talk, up: bool | None, cause: Cause | None) -> None:
    """Down is what is seen down while our own line works; what is meant for robots says nothing."""
    sample = await seen(https)
    assert (sample.up, sample.cause) == (up, cause)
    assert (sample.first_byte_ms is not None) is (up is True or cause is Cause.SERVER_ERROR)


async def test_a_certificate_that_ended_is_not_down() -> None:
    """Trust is not looked at: the certificate has checks of its own."""
    root = today()[0]
    ended = made(HOST, root, days=(-400, -300))
    talk = over_tls(server_context(ended, root), Web({"/": PAGE}).speak)
    assert (await seen(talk)).up is True


async def test_http_stands_in() -> None:
    """Where https is refused the http address counts, as for visitors."""
    with closed_port() as port:
        async with serving(plainly(Web({"/": PAGE}).speak)) as plain:
            controls = (("127.0.0.1", plain.port),)
            async with looks(port, plain.port, controls=controls) as look:
                assert (await look(site(port, plain.port), AT)).up is True


async def test_a_closed_port_is_asked_anew_each_time() -> None:
    """Refused, open, refused again: each look says what is so now."""
    async with serving(closes) as other:
        with closed_port() as port:
            async with looks(port, controls=(("127.0.0.1", other.port),)) as look:
                here = site(port, port)
                first = await look(here, AT)
                second = await look(here, AT)
        async with (
            serving(served(), port=port) as again,
            looks(port, controls=(("127.0.0.1", other.port),)) as look,
        ):
            third = await look(site(again.port, again.port), AT)
    assert [(one.up, one.cause) for one in (first, second)] == [(False, Cause.REFUSED)] * 2
    assert third.up is True


async def test_the_port_opens_under_one_watcher() -> None:
    """The same watcher that saw it refused sees it open: nothing is remembered."""
    async with serving(closes) as other:
        with closed_port() as port:
            pass
        async with looks(port, controls=(("127.0.0.1", other.port),)) as look:
            here = site(port, port)
            assert (await look(here, AT)).up is False
            async with serving(served(), port=port):
                assert (await look(here, AT)).up is True
            assert (await look(here, AT)).cause is Cause.REFUSED


async def test_our_own_line_is_blamed_first() -> None:
    """With no control host that answers, silence is nobody's."""
    sample = await seen(resets, control=False)
    # The connection stood before it was reset: somebody answered, but nobody else did.
    assert (sample.up, sample.cause) == (None, Cause.LOCAL_NETWORK_DOWN)
    with closed_port() as port, closed_port() as dead:
        async with looks(port, controls=(("127.0.0.1", dead),)) as look:
            refused = await look(site(port, port), AT)
    assert (refused.up, refused.cause) == (None, Cause.LOCAL_NETWORK_DOWN)


@pytest.mark.parametrize(
    ("answering", "up", "cause"),
    [
        pytest.param(NXDOMAIN, False, Cause.NO_ADDRESS, id="no-such-name"),
        pytest.param(SERVFAIL, False, Cause.DNS_SERVFAIL, id="its-servers-are-broken"),
    ],
)
async def test_names(answering: object, up: bool | None, cause: Cause) -> None:
    """What the resolver says of the name is seen."""
    sample = await seen(closes, script=NameScript({}, answering))  # type: ignore[arg-type]
    assert (sample.up, sample.cause) == (up, cause)


async def test_a_silent_resolver_is_ours() -> None:
    """Nobody is down because we cannot ask."""
    with closed_server() as nobody:
        async with looking(outfit_of(nobody, 443)) as look:
            sample = await look(site(443, 80), AT)
    assert (sample.up, sample.cause) == (None, Cause.DNS_TIMEOUT)


async def test_names_are_asked_anew() -> None:
    """A school that moved is found where it lives now."""
    script = hosts(HOST, address="127.0.0.9")
    async with contextlib.AsyncExitStack() as stack:
        secure = await stack.enter_async_context(serving(served()))
        other = await stack.enter_async_context(serving(closes))
        controls = (("127.0.0.1", other.port),)
        look = await stack.enter_async_context(looks(secure.port, script=script, controls=controls))
        here = site(secure.port, secure.port)
        assert (await look(here, AT)).cause is Cause.REFUSED
        script.answers = hosts(HOST).answers
        assert (await look(here, AT + timedelta(minutes=5))).up is True


async def test_no_connection_stays() -> None:
    """A server need not wait for the next sample."""
    async with serving(served()) as secure, looks(secure.port) as look:
        await look(site(secure.port, 1), AT)
        assert secure.open_now == 0 or await secure.all_left.wait()
        assert secure.connections == 1


async def test_outside_the_permission() -> None:
    """Not even a question of DNS; and no site is down for it."""
    script = hosts("other.example.org")
    async with looks(443, script=script) as look:
        other = Site(unit="u", url="https://other.example.org/", host="other.example.org")
        sample = await look(other, AT)
    assert (sample.up, sample.cause) == (None, Cause.NOT_PERMITTED)
    assert not script.asked
