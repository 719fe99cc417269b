"""Following an address by hand, hop by hop."""

import asyncio

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import Ended, Exchange
from scanner.budget import Failed
from scanner.door import SeenNotTls
from scanner.follow import endpoint_urls, follow
from scanner.kept import kept_value
from scanner.probes.http import look_http, look_well_known
from scanner.visit import Target, served_chain
from tests.scanner.builders import HOST, TWIN, budget, door, hosts, permission, site, visiting
from tests.scanner.chains import authority, made, server_context
from tests.scanner.servers import (
    Web,
    answer,
    closed_port,
    over_tls,
    plainly,
    redirect,
    resets,
    says,
    serving,
)

PAGE = answer(200, b"<title>Truong</title>")


async def followed(pages: dict[str, bytes], start: str = "/") -> tuple[Exchange, Web, int]:
    """Follow a path of a plain site; ``{me}`` in an answer is the site itself."""
    web = Web({})
    async with serving(plainly(web.speak)) as server:
        me = f"{HOST}:{server.port}".encode()
        web.pages = {path: sent.replace(b"{me}", me) for path, sent in pages.items()}
        async with visiting(site(443, server.port), hosts(HOST), door(server.port)) as visit:
            exchange = await follow(visit, f"http://{HOST}:{server.port}{start}")
    return exchange, web, server.port


@pytest.mark.parametrize(
    ("location", "path"),
    [
        pytest.param("/b", "/b", id="absolute-path"),
        pytest.param("b", "/b", id="relative"),
        pytest.param("?q=1", "/?q=1", id="query"),
        pytest.param("//{me}/b", "/b", id="protocol-relative"),
        pytest.param("http://{me}/b", "/b", id="absolute"),
        pytest.param("HTTP://{me}/b", "/b", id="upper-case"),
        pytest.param("/b#there", "/b", id="fragment"),
        pytest.param("  /b\t", "/b", id="blanks-around"),
        pytest.param("/gi\u1edbi-thi\u1ec7u", "/gi%E1%BB%9Bi-thi%E1%BB%87u", id="raw-utf-8"),
        pytest.param("../../b", "/b", id="dots"),
        pytest.param("/a b", "/a%20b", id="blank-inside"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_inside(location: str, path: str, status: int) -> None:
    """Followed, fetched once."""
    exchange, web, _ = await followed({"/": redirect(location, status=status), path: PAGE})
    assert exchange.end is Ended.ANSWERED
    assert [hop.status for hop in exchange.hops] == [status, 200]
    assert web.asked == {"/": 1, path: 1}


@pytest.mark.parametrize(
    ("sent", "end"),
    [
        pytest.param(answer(302), Ended.BAD_LOCATION, id="no-location"),
        pytest.param(redirect(""), Ended.BAD_LOCATION, id="empty"),
        pytest.param(redirect("/a", "/b"), Ended.BAD_LOCATION, id="two-locations"),
        pytest.param(redirect("/a\tb"), Ended.BAD_LOCATION, id="tab-inside"),
        pytest.param(redirect("http:\\\\evil.example"), Ended.BAD_LOCATION, id="backslash"),
        pytest.param(redirect("http://{me}9999999/"), Ended.BAD_LOCATION, id="port-too-high"),
        pytest.param(redirect(f"http://{HOST}:0/"), Ended.BAD_LOCATION, id="port-zero"),
        pytest.param(redirect("http://user:pass@{me}/"), Ended.BAD_LOCATION, id="credentials"),
        pytest.param(redirect("http://[bad/"), Ended.BAD_LOCATION, id="bracket"),
        pytest.param(redirect(f"http://.{HOST}/"), Ended.BAD_LOCATION, id="empty-label"),
        pytest.param(redirect(f"http://a<b.{HOST}/"), Ended.BAD_LOCATION, id="no-host-name"),
        pytest.param(redirect(f"http://{'x' * 64}.{HOST}/"), Ended.BAD_LOCATION, id="long-label"),
        pytest.param(redirect("/" + "x" * 8_100), Ended.BAD_LOCATION, id="endless"),
        pytest.param(redirect("ftp://{me}/"), Ended.BAD_LOCATION, id="ftp"),
        pytest.param(redirect("javascript:alert(1)"), Ended.BAD_LOCATION, id="javascript"),
        pytest.param(redirect("file:///etc/passwd"), Ended.BAD_LOCATION, id="file"),
        pytest.param(redirect("data:text/html,x"), Ended.BAD_LOCATION, id="data"),
        pytest.param(redirect("http://127.0.0.1/"), Ended.LEFT_SCOPE, id="ip-literal"),
        pytest.param(redirect("http://169.254.169.254/"), Ended.LEFT_SCOPE, id="metadata"),
        pytest.param(redirect("http://[::1]/"), Ended.LEFT_SCOPE, id="ipv6-literal"),
        pytest.param(redirect("http://2130706433/"), Ended.LEFT_SCOPE, id="decimal-ip"),
        pytest.param(redirect("https://example.org/"), Ended.LEFT_SCOPE, id="another-site"),
        pytest.param(redirect("https://tr\u01b0\u1eddng.vn/"), Ended.LEFT_SCOPE, id="idn"),
        pytest.param(redirect(f"http://{HOST}:22/"), Ended.LEFT_SCOPE, id="another-port"),
        pytest.param(redirect("/"), Ended.LOOP, id="to-itself"),
    ],
)
async def test_not_followed(sent: bytes, end: Ended) -> None:
    """Recorded, and nothing more is asked."""
    exchange, web, _ = await followed({"/": sent})
    assert exchange.end is end
    assert web.asked == {"/": 1}


async def test_an_international_name_is_recorded_as_a_label() -> None:
    """No parser may read another host out of it."""
    exchange, _, _ = await followed({"/": redirect("https://tr\u01b0\u1eddng.vn/\u0111")})
    assert exchange.next_url == "https://xn--trng-rib8295b.vn/%C4%91"


async def test_a_trailing_dot_is_the_same_host() -> None:
    """Also in front of a port."""
    web = Web({"/b": PAGE})
    async with serving(plainly(web.speak)) as server:
        web.pages = {"/": redirect(f"http://{HOST}.:{server.port}/b"), "/b": PAGE}
        async with visiting(site(443, server.port), hosts(HOST), door(server.port)) as visit:
            exchange = await follow(visit, f"http://{HOST}:{server.port}/")
    assert exchange.end is Ended.ANSWERED
    assert exchange.last is not None
    assert exchange.last.url == f"http://{HOST}:{server.port}/b"


@pytest.mark.parametrize(("redirects", "end"), [(10, Ended.ANSWERED), (11, Ended.TOO_MANY)])
async def test_ten_hops(redirects: int, end: Ended) -> None:
    """Ten redirects are followed, the eleventh is not."""
    pages = {f"/{n}": redirect(f"/{n + 1}") for n in range(redirects)} | {f"/{redirects}": PAGE}
    exchange, web, _ = await followed(pages, "/0")
    assert exchange.end is end
    assert sum(web.asked.values()) == 11


async def test_nothing_is_sent_outside() -> None:
    """Canary: another port and another host, both at hand, neither permitted."""
    async with serving(resets) as canary:
        for target in (f"{HOST}:{canary.port}", f"127.0.0.1:{canary.port}"):
            exchange, _, _ = await followed({"/": redirect(f"http://{target}/")})
            assert exchange.end is Ended.LEFT_SCOPE
            assert exchange.next_url == f"http://{target}/"
        assert canary.connections == 0


async def test_each_address_is_fetched_once_per_visit() -> None:
    """However many looks ask for it, at once and later."""
    web = Web({"/": PAGE}, pause_s=0.02)
    async with (
        serving(plainly(web.speak)) as server,
        visiting(site(443, server.port), hosts(HOST), door(server.port)) as visit,
    ):
        url = f"http://{HOST}:{server.port}/"
        await asyncio.gather(*(follow(visit, url) for _ in range(5)))
        await visit.fetch(url)
    assert web.asked == {"/": 1}
    assert web.hosts == [f"{HOST}:{server.port}"]
    assert all("tinnhiem" in agent for agent in web.agents)


SECRET = "s3cr3t-0123456789"


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("Set-Cookie", f"sid={SECRET}; Path=/; HttpOnly", "sid=(17 characters); Path=/; HttpOnly"),
        ("set-cookie", f"a={SECRET}=={SECRET}", "a=(36 characters)"),
        ("Set-Cookie", f"{SECRET}; Secure", "=(17 characters); Secure"),
        (
            "Set-Cookie",
            "a=b; Expires=Wed, 1 Jan; Secure",
            "a=(1 characters); Expires=(date); Secure",
        ),
        ("Content-Security-Policy", f"script-src 'nonce-{SECRET}'", "script-src 'nonce-(varies)'"),
        ("content-security-policy-report-only", f"x 'NONCE-{SECRET}'", "x 'nonce-(varies)'"),
        ("ETag", SECRET, "(varies)"),
        ("X-Long", "x" * 10_000, "x" * 8_192),
    ],
)
def test_what_is_kept_of_a_header(name: str, value: str, kept: str) -> None:
    """No cookie value, no nonce, nothing that changes with every answer."""
    assert kept_value(name, value) == kept


async def test_no_secret_in_the_evidence() -> None:
    """Through the whole of it, redirects included."""
    cookies = [("Set-Cookie", f"sid={SECRET}"), ("Set-Cookie", SECRET), ("Location", "/b")]
    nonce = [
        ("Content-Security-Policy", f"script-src 'nonce-{SECRET}'"),
        ("Set-Cookie", f"x={SECRET}"),
    ]
    exchange, _, _ = await followed(
        {"/": answer(302, b"", cookies), "/b": answer(200, b"x", nonce)}
    )
    assert exchange.end is Ended.ANSWERED
    assert SECRET not in exchange.model_dump_json()


@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        pytest.param(answer(429), Cause.RATE_LIMITED, id="429"),
        pytest.param(
            answer(503, b"", [("Retry-After", "94608000000")]), Cause.RATE_LIMITED, id="3000-years"
        ),
        pytest.param(
            answer(403, b"<title>Just a moment...</title>"), Cause.CHALLENGE_PAGE, id="challenge"
        ),
        pytest.param(b"SSH-2.0-x\r\n", Cause.NOT_HTTP, id="not-http"),
    ],
)
async def test_answers_that_judge_nothing(sent: bytes, cause: Cause) -> None:
    """A page for robots says nothing of the school."""
    exchange, _, _ = await followed({"/": sent})
    assert isinstance(exchange.end, NotCaptured)
    assert exchange.end.cause is cause


async def test_four_endpoints() -> None:
    """Https, http, and the twin's; one certificate look each, one connection kept for the request."""
    plain, secure = Web({}), Web({"/": PAGE})
    root = authority("Root", days=(-2000, 20_000))
    chain = made(HOST, root, days=(-2000, 20_000))
    async with (
        serving(over_tls(server_context(chain, root), secure.speak)) as https,
        serving(plainly(plain.speak)) as http,
    ):
        plain.pages = {"/": redirect(f"https://{HOST}:{https.port}/")}
        through = door(https.port, http.port)
        at = site(https.port, http.port)
        async with visiting(at, hosts(HOST, TWIN), through) as visit:
            seen = await look_http(visit)
            known = await look_well_known(visit)
            target = Target(HOST, "127.0.0.1", https.port)
            shake = await visit.handshake(target)
            tls = await through.open_tls("127.0.0.1", https.port, HOST, budget())
            ders, total = served_chain(tls)
            await tls.close()
    assert seen.https.end is seen.http.end is Ended.ANSWERED
    assert seen.canonical_url == at.url
    assert [len(one.hops) for one in (seen.http, seen.https)] == [2, 1]
    assert seen.twin_https is not None
    assert seen.twin_https.end is Ended.ANSWERED
    assert known.security_txt.last is not None
    assert known.security_txt.last.status == 404
    # Whatever a site shows for every path is no security.txt, and is not kept.
    assert known.text == ""
    assert not isinstance(shake, NotCaptured)
    assert shake.alpn in (None, "http/1.1")
    assert (ders, total) == ([chain.der, root.der], 2)


async def test_closed_and_otherwise_spoken() -> None:
    """A closed https port and a plain one are seen, by every look alike."""
    async with serving(resets, "127.0.0.2") as control:
        with closed_port() as port:
            through = door(port, controls=(("127.0.0.2", control.port),))
            async with visiting(site(port, port), hosts(HOST), through) as visit:
                secure, plain = endpoint_urls(visit, HOST)
                assert (await follow(visit, secure)).end is Ended.REFUSED
                assert (await follow(visit, plain)).end is Ended.REFUSED
    async with (
        serving(says(answer(400, b"plain"))) as server,
        visiting(site(server.port, 80), hosts(HOST), door(server.port)) as visit,
    ):
        secure, _ = endpoint_urls(visit, HOST)
        assert (await follow(visit, secure)).end is Ended.NOT_TLS
        with pytest.raises(SeenNotTls):
            await visit.fetch(secure)


async def test_another_host_is_outside() -> None:
    """Fetching is gated like everything else."""
    async with visiting(site(443, 80), hosts(HOST), door(443)) as visit:
        with pytest.raises(Failed) as failed:
            await visit.fetch("https://example.org/")
        assert failed.value.missing.cause is Cause.NOT_PERMITTED
    assert permission().covers_host(HOST)


async def test_an_idle_connection_that_died_is_replaced() -> None:
    """The server hung up behind our back; one retry on a fresh connection."""
    web = Web({"/": PAGE, "/b": PAGE})
    first = says(PAGE)
    turns = iter([first])

    async def talk(reader, writer) -> None:  # type: ignore[no-untyped-def]
        await next(turns, plainly(web.speak))(reader, writer)

    async with (
        serving(talk) as server,
        visiting(site(443, server.port), hosts(HOST), door(server.port)) as visit,
    ):
        await visit.fetch(f"http://{HOST}:{server.port}/")
        await asyncio.sleep(0.02)
        found = await visit.fetch(f"http://{HOST}:{server.port}/b")
    assert found.answer.status == 200
    assert server.connections == 2


async def test_a_second_address_is_tried() -> None:
    """One address refuses, the other answers."""
    from tests.scanner.builders import NODATA, says_records
    from tests.scanner.servers import NameScript

    web = Web({"/": PAGE})
    async with serving(plainly(web.speak), "127.0.0.2") as server:
        script = NameScript({(HOST, "A"): says_records("A", "127.0.0.1", "127.0.0.2")}, NODATA)
        through = door(server.port, controls=(("127.0.0.2", server.port),))
        async with visiting(site(443, server.port), script, through) as visit:
            found = await visit.fetch(f"http://{HOST}:{server.port}/")
    assert found.address == "127.0.0.2"
