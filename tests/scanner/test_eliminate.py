"""Elimination on servers that answer by a table: everything is found, and nothing is made up."""

import hashlib
import ssl
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.names import Lookup
from checks.evidence.tls import (
    Acceptance,
    Asked,
    Handshake,
    HandshakeState,
    KeyExchange,
    Offer,
    Preference,
    Suites,
    Traits,
    Version,
)
from checks.parsing.suites import candidates, forbidden
from scanner.practice import flights
from scanner.probes.tls.conclusions import Survey
from scanner.probes.tls.eliminate import is_ecdsa, judged, turned, with_curve
from scanner.probes.tls.look import Depth, look_tls
from scanner.probes.tls.path import Paths, TrustStore
from scanner.probes.tls.questions import Asker
from scanner.probes.tls.survey import survey
from scanner.probes.tls.vouching import Vouching
from scanner.visit import Target
from tests.scanner.builders import HOST, budget, door, hosts, says_records, site, visiting
from tests.scanner.chains import NOW, key, made, server_context, today
from tests.scanner.flights import ALERT, SSL2_HELLO
from tests.scanner.servers import (
    RESET,
    Stream,
    Talk,
    drips,
    over_tls,
    says,
    serving,
    silent,
)
from tests.scanner.stacks import CLOSE, RESETS, STALL, Stack

UNKNOWN = NotCaptured(cause=Cause.TLS_PROTOCOL, detail="not looked at here")
SHOOK = Handshake(state=HandshakeState.COMPLETED, version=Version.TLS12, alpn="http/1.1")
GOOD_12 = (0xC02F, 0xC030, 0xCCA8)
GOOD_13 = (0x1302, 0x1303, 0x1301)
MODERN = {Version.TLS12: GOOD_12, Version.TLS13: GOOD_13}
CBC = (0xC014, 0xC013, 0x0035, 0x002F, 0x000A)
OLD = dict.fromkeys((Version.SSL3, Version.TLS10, Version.TLS11, Version.TLS12), CBC)
DHE_2048 = 2**2047 + 1


async def surveyed(
    stack: Stack,
    *,
    brief: bool = False,
    handshake: Handshake | NotCaptured = UNKNOWN,
    **limits: Any,
) -> Survey:
    """What all questions to one such server come to."""
    quick = {"handshake_s": 0.4, "tls_pause_s": 0.02, "wall_s": 20.0, **limits}
    async with (
        serving(stack.talk) as server,
        visiting(site(server.port, 80), hosts(HOST), door(server.port), budget(**quick)) as visit,
    ):
        asker = Asker(visit, Target(HOST, "127.0.0.1", server.port))
        return await survey(asker, handshake, brief=brief)


def spoken(found: Survey) -> set[Version]:
    """The versions accepted; every other one must be refused, not untold."""
    assert all(isinstance(answer, Acceptance) for answer in found.versions.values()), found.versions
    return {v for v, answer in found.versions.items() if answer is Acceptance.ACCEPTED}


def suites(found: Survey, version: Version) -> Suites:
    """Of one version, captured."""
    one = found.suites[version]
    assert isinstance(one, Suites)
    return one


def exchange(found: Survey) -> KeyExchange:
    """How keys are agreed, captured."""
    assert isinstance(found.key_exchange, KeyExchange)
    return found.key_exchange


def traits(found: Survey) -> Traits:
    """What else was shown, captured."""
    assert isinstance(found.traits, Traits)
    return found.traits


# What a server accepts


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(MODERN, id="modern"),
        pytest.param({Version.TLS13: GOOD_13}, id="only-1.3"),
        pytest.param({Version.TLS13: (0x1304,)}, id="one-suite"),
        pytest.param({Version.TLS12: GOOD_12}, id="only-1.2"),
        pytest.param(OLD, id="old"),
        pytest.param({Version.SSL3: CBC}, id="only-ssl3"),
        pytest.param({Version.TLS10: (0x0003, 0x0005)}, id="export"),
        pytest.param({Version.TLS12: (0x00A8, 0xC01D)}, id="psk-and-srp"),
        pytest.param({Version.TLS12: (0xC018, 0x0018), Version.TLS13: (0xC0B4,)}, id="rare"),
    ],
)
@pytest.mark.parametrize("client_order", [False, True])
async def test_versions_and_suites(
    table: dict[Version, tuple[int, ...]], client_order: bool
) -> None:
    """Exactly those of the table, and whose order decides."""
    stack = Stack(table, client_order=client_order)
    found = await surveyed(stack)
    assert spoken(found) == set(table)
    for version, accepted in table.items():
        seen = suites(found, version)
        assert seen.asked is Asked.ALL
        assert seen.cut is None
        assert set(seen.accepted) == set(accepted)
        if not client_order:
            assert seen.accepted == accepted
        if len(accepted) == 1:
            assert seen.preference is None
        else:
            wanted = Preference.CLIENT if client_order else Preference.SERVER
            assert seen.preference is wanted


async def test_every_candidate_at_once() -> None:
    """A server that accepts all there is."""
    table = {Version.TLS10: candidates(Version.TLS10)}
    found = await surveyed(Stack(table, prime=DHE_2048), tls_connections=1_000)
    assert suites(found, Version.TLS10).accepted == candidates(Version.TLS10)


async def test_a_modern_site_costs_little() -> None:
    """Counted, so that nobody adds a question unseen."""
    stack = Stack(MODERN)
    await surveyed(stack, handshake=SHOOK)
    # 4 old versions, 6 for suites and curves of TLS 1.2, 6 for TLS 1.3, fallback, and the conversation that fails.
    assert stack.connections <= 20


def test_turned() -> None:
    """Servers take ChaCha20 when a client puts it first: it stands there only where nothing else can."""
    assert turned((0x1301, 0x1302, 0x1303)) == (0x1302, 0x1303, 0x1301)
    assert turned((0xC02F, 0xC030)) == (0xC030, 0xC02F)
    assert turned((0xC02F, 0xCCA8)) == (0xCCA8, 0xC02F)


@pytest.mark.parametrize(
    ("chosen", "decides"),
    [
        pytest.param(0xC02F, Preference.SERVER, id="the-same-as-before"),
        pytest.param(0x002F, Preference.CLIENT, id="our-first"),
        pytest.param(0xC030, Preference.SERVER, id="neither"),
    ],
)
def test_whose_order(chosen: int, decides: Preference) -> None:
    """A server that takes neither its first nor ours has reasons of its own."""
    assert judged((0xC02F, 0xC030, 0x002F), (0x002F, 0xC030, 0xC02F), chosen) is decides


def test_whose_order_it_cannot_be() -> None:
    """A suite that was not offered decides nothing."""
    seen = judged((0xC02F, 0xC030), (0xC030, 0xC02F), 0x0005)
    assert isinstance(seen, NotCaptured)


async def test_an_ssl_2_server() -> None:
    """It lists what it knows in its hello; the client chooses."""

    async def talk(reader, writer) -> None:  # type: ignore[no-untyped-def]
        seen = await reader.read(65_536)
        writer.write(SSL2_HELLO if seen[0] & 0x80 else ALERT)
        await writer.drain()
        await silent(reader, writer)

    stack = Stack({})
    stack.talk = talk  # type: ignore[method-assign]
    found = await surveyed(stack)
    assert spoken(found) == {Version.SSL2}
    assert suites(found, Version.SSL2).accepted == (0x010080,)


# Keys


@pytest.mark.parametrize("client_order", [False, True])
async def test_groups(client_order: bool) -> None:
    """Of TLS 1.3 and of the best version below, each in the order chosen."""
    stack = Stack(MODERN, groups=(23, 0x11EC, 29, 24, 256), client_order=client_order)
    found = exchange(await surveyed(stack))
    assert set(found.named[Version.TLS13]) == {23, 0x11EC, 29, 24, 256}
    assert set(found.named[Version.TLS12]) == {23, 29, 24}
    assert found.named[Version.TLS13][0] == (0x11EC if client_order else 23)
    assert found.cut is None


@pytest.mark.parametrize(
    ("client_order", "seen"),
    [pytest.param(True, {29, 23, 24}, id="client"), pytest.param(False, {29, 23}, id="server")],
)
async def test_curves_beside_an_elliptic_certificate(client_order: bool, seen: set[int]) -> None:
    """Its own curve stays in every offer; what the server likes less than it is never agreed on."""
    leaf = made(HOST, own_key=key()).der
    stack = Stack(
        {Version.TLS12: (0xC02B, 0xC02C)},
        client_order=client_order,
        groups=(29, 23, 24),
        tied_to=23,
        chains={"ECDSA": (leaf,)},
    )
    found = exchange(await surveyed(stack))
    assert set(found.named[Version.TLS12]) == seen
    assert found.cut is None


async def test_primes() -> None:
    """Each once, by size and hash; a published one is named."""
    stack = Stack({Version.TLS12: (0x009E, 0x0033), Version.TLS10: (0x0033,)}, prime=DHE_2048)
    (prime,) = exchange(await surveyed(stack)).primes
    digest = hashlib.sha256(DHE_2048.to_bytes(256, "big")).hexdigest()
    assert (prime.bits, prime.sha256, prime.known) == (2048, digest, "")


async def test_no_agreement_at_all() -> None:
    """RSA key transport only."""
    found = exchange(await surveyed(Stack({Version.TLS12: (0x002F, 0x0035)})))
    assert found == KeyExchange(named={})


async def test_a_group_that_was_not_offered() -> None:
    """Evidence of a broken server; the suites are told all the same."""
    found = await surveyed(Stack({Version.TLS13: GOOD_13}, retry_group=0x4242))
    assert suites(found, Version.TLS13).accepted == GOOD_13
    cut = exchange(found).cut
    assert cut is not None
    assert cut.cause is Cause.TLS_PROTOCOL


# Traits


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        pytest.param(Stack(MODERN), {}, id="good"),
        pytest.param(Stack(MODERN, compresses=True), {"compression": True}, id="compresses"),
        pytest.param(
            Stack(MODERN, renegotiates_safely=False), {"secure_renegotiation": False}, id="unsafe"
        ),
        pytest.param(
            Stack(MODERN, master_secret=False), {"extended_master_secret": False}, id="ms"
        ),
        pytest.param(Stack(MODERN, honours_fallback=False), {"fallback_refused": False}, id="scsv"),
        pytest.param(Stack({Version.TLS12: GOOD_12}), {"fallback_refused": None}, id="one-version"),
        pytest.param(Stack(MODERN, protocols=()), {"alpn": ()}, id="no-alpn"),
        pytest.param(
            Stack(MODERN, protocols=("http/1.1",)), {"alpn": ("http/1.1",)}, id="http-1.1"
        ),
        pytest.param(
            Stack(MODERN, protocols=("ftp",), strict_protocols=True), {"alpn": ()}, id="alert-120"
        ),
        pytest.param(
            Stack({Version.TLS13: GOOD_13}),
            {"compression": None, "secure_renegotiation": None, "extended_master_secret": None},
            id="only-1.3",
        ),
        pytest.param(
            Stack({Version.SSL3: CBC}),
            {"extended_master_secret": None, "secure_renegotiation": False, "compression": False},
            id="only-ssl3",
        ),
        pytest.param(
            Stack({Version.TLS12: GOOD_12}, tickets=False), {"tickets": False}, id="ticket"
        ),
    ],
)
async def test_traits(stack: Stack, expected: dict[str, object]) -> None:
    """From hellos that were sent anyway."""
    good: dict[str, object] = {
        "compression": False,
        "secure_renegotiation": True,
        "extended_master_secret": True,
        "fallback_refused": True,
        "alpn": ("h2",),
        "tickets": True,
    }
    seen = traits(await surveyed(stack))
    below = Version.TLS12 in stack.suites or Version.SSL3 in stack.suites
    for name in expected if not below or len(stack.suites) == 1 else {**good, **expected}:
        assert getattr(seen, name) == {**good, **expected}[name], name


async def test_protocols_of_the_full_handshake_count() -> None:
    """It offered http/1.1 alone."""
    seen = traits(await surveyed(Stack(MODERN), handshake=SHOOK))
    assert seen.alpn == ("h2", "http/1.1")


async def test_a_fallback_refused_in_other_words() -> None:
    """Says nothing about the signal."""
    stack = Stack({Version.TLS12: GOOD_12, Version.TLS11: CBC})

    async def talk(reader, writer) -> None:  # type: ignore[no-untyped-def]
        seen = await reader.readexactly(5)
        seen += await reader.readexactly(int.from_bytes(seen[3:5], "big"))
        hello = flights.read_hello(seen)
        if hello is not None and 0x5600 in hello.ciphers:
            writer.write(ALERT)
            return
        reader.feed_data(seen)
        await Stack.talk(stack, reader, writer)

    odd = Stack({})
    odd.talk = talk  # type: ignore[method-assign]
    seen = traits(await surveyed(odd)).fallback_refused
    assert isinstance(seen, NotCaptured)
    assert "alert 70" in seen.detail


# Certificates


async def test_every_certificate_is_shown_once() -> None:
    """RSA beside ECDSA, with the staple that came."""
    stack = Stack(
        {Version.TLS12: (0xC02B, 0xC02F, 0xC02C)},
        chains={"ECDSA": (b"elliptic", b"above"), "RSA": (b"rsa",)},
        staple=b"an OCSP answer",
    )
    found = await surveyed(stack)
    shown = {one.chain: one for one in found.shown}
    assert set(shown) == {(b"elliptic", b"above"), (b"rsa",)}
    assert all(one.staple == b"an OCSP answer" and one.staple_asked for one in found.shown)
    assert shown[(b"rsa",)].suite == 0xC02F


# Oddities


@pytest.mark.parametrize("how", [CLOSE, RESETS])
async def test_a_server_that_refuses_without_a_word(how: str) -> None:
    """Old versions and used-up suites alike: it still talks to us afterwards."""
    stack = Stack(MODERN, refuses_with=how, old_refused_with=how)
    found = await surveyed(stack)
    assert spoken(found) == set(MODERN)
    for version, accepted in MODERN.items():
        assert (suites(found, version).accepted, suites(found, version).cut) == (accepted, None)
    assert exchange(found).cut is None


@pytest.mark.parametrize("every", [2, 3])
async def test_a_server_that_resets_now_and_then(every: int) -> None:
    """No reset is taken for an answer."""
    stack = Stack(MODERN, resets_every=every)
    found = await surveyed(stack)
    assert spoken(found) == set(MODERN)
    for version, accepted in MODERN.items():
        assert (suites(found, version).accepted, suites(found, version).cut) == (accepted, None)


@pytest.mark.parametrize("tired", [STALL, CLOSE, RESETS])
async def test_a_server_that_limits_strangers(tired: str) -> None:
    """We pause, and stop; what was seen is told, and that there may be more."""
    stack = Stack(OLD, answers=9, tired=tired)
    found = await surveyed(stack)
    for version in OLD:
        assert found.versions[version] is not Acceptance.REFUSED
    cuts = [one.cut for one in found.suites.values() if isinstance(one, Suites)]
    assert cuts
    assert {cut.cause for cut in cuts if cut} == {Cause.RATE_LIMITED}
    assert all(set(one.accepted) < set(CBC) for one in found.suites.values())  # type: ignore[union-attr]
    cut = exchange(found).cut
    assert cut is not None
    assert cut.cause is Cause.RATE_LIMITED
    assert stack.connections < 30


@pytest.mark.parametrize("tired", [STALL, CLOSE, RESETS])
async def test_a_server_that_lets_us_go_on_after_a_pause(tired: str) -> None:
    """Nothing is lost."""
    stack = Stack({Version.TLS12: CBC}, answers=10, tired=tired, recovers_after_s=0.1)
    found = await surveyed(stack, tls_pause_s=0.2)
    seen = suites(found, Version.TLS12)
    assert (set(seen.accepted), seen.cut) == (set(CBC), None)
    assert exchange(found).cut is None


async def test_a_server_that_is_silent_to_old_hellos() -> None:
    """One limit, not one per version, and nobody is called a refuser for it."""
    stack = Stack(MODERN, old_refused_with=STALL)
    found = await surveyed(stack)
    assert suites(found, Version.TLS12).accepted == GOOD_12
    for version in (Version.SSL3, Version.TLS10, Version.TLS11):
        answer = found.versions[version]
        assert isinstance(answer, NotCaptured)
        assert answer.cause in (Cause.NO_ANSWER, Cause.RATE_LIMITED)


@pytest.mark.parametrize("how", [CLOSE, STALL, "alert 40"])
@pytest.mark.parametrize(
    "limit",
    [
        pytest.param({"longest_hello": 255}, id="255-bytes"),
        pytest.param({"longest_hello": 511}, id="511-bytes"),
        pytest.param({"most_suites": 127}, id="127-suites"),
    ],
)
async def test_a_server_that_cannot_read_long_hellos(limit: dict[str, Any], how: str) -> None:
    """Short ones, in parts, find the same."""
    table = {Version.TLS12: (0xC02F, 0xC030, 0x009C, 0x0005)}
    stack = Stack(table, too_long=how, **limit)
    found = await surveyed(stack, handshake_s=0.4, wall_s=60.0)
    seen = suites(found, Version.TLS12)
    assert (set(seen.accepted), seen.cut) == (set(table[Version.TLS12]), None)


async def test_a_server_that_ignores_what_is_offered() -> None:
    """It is told what it chose, and that the list is cut."""
    found = await surveyed(Stack({Version.TLS12: GOOD_12}, sticks_to=0x002F))
    seen = suites(found, Version.TLS12)
    assert seen.accepted == (0x002F,)
    assert seen.cut is not None
    assert seen.cut.cause is Cause.TLS_PROTOCOL


async def test_the_same_in_tls_13() -> None:
    """One suite for everybody, offered or not."""
    found = await surveyed(Stack({Version.TLS13: GOOD_13}, sticks_to=0x1301))
    seen = suites(found, Version.TLS13)
    assert seen.accepted == (0x1301,)
    assert seen.cut is not None
    assert seen.cut.cause is Cause.TLS_PROTOCOL
    assert exchange(found).cut is not None


@pytest.mark.parametrize("answers", [3, 5, 6])
@pytest.mark.parametrize("tired", [STALL, CLOSE])
async def test_a_limit_in_the_midst_of_tls_13(answers: int, tired: str) -> None:
    """What was seen stays, what was not is cut, for suites and groups alike."""
    found = await surveyed(Stack({Version.TLS13: GOOD_13}, answers=answers, tired=tired))
    cuts = [one.cut for one in found.suites.values() if isinstance(one, Suites)]
    cut = exchange(found).cut if isinstance(found.key_exchange, KeyExchange) else None
    told = [one for one in (*cuts, cut, *found.versions.values()) if isinstance(one, NotCaptured)]
    assert told
    assert {one.cause for one in told} <= {Cause.RATE_LIMITED, Cause.NO_ANSWER, Cause.CLOSED_EARLY}
    for one in found.suites.values():
        assert isinstance(one, Suites)
        assert set(one.accepted) == set(GOOD_13) or one.cut is not None


async def test_short_hellos_and_no_words() -> None:
    """A server that closes at long hellos and at what it does not like."""
    table = {Version.TLS12: (0xC02F, 0x009C, 0x0005), Version.TLS10: (0x0005,)}
    stack = Stack(table, longest_hello=255, refuses_with=CLOSE, old_refused_with=CLOSE)
    found = await surveyed(stack)
    assert spoken(found) == set(table)
    for version, accepted in table.items():
        assert (set(suites(found, version).accepted), suites(found, version).cut) == (
            set(accepted),
            None,
        )


async def test_short_hellos_and_a_limit() -> None:
    """Parts that were not asked are said to be missing."""
    table = {Version.TLS12: (0xC02F, 0x009C, 0x0005)}
    stack = Stack(table, longest_hello=255, answers=16, tired=STALL)
    found = await surveyed(stack, handshake_s=0.1)
    seen = found.suites.get(Version.TLS12)
    assert isinstance(seen, Suites)
    assert seen.cut is not None


async def test_a_server_that_speaks_only_what_is_rare_and_reads_only_what_is_short() -> None:
    """No common suite, no long hello: the parts find it."""
    table = {Version.TLS12: (0x00A8, 0xC0B0)}
    found = await surveyed(Stack(table, longest_hello=255))
    assert Version.TLS12 in spoken(found)
    assert set(suites(found, Version.TLS12).accepted) == {0x00A8, 0xC0B0}


async def test_an_elliptic_certificate_that_cannot_be_read() -> None:
    """Its curve is unknown; what is seen is told all the same."""
    stack = Stack({Version.TLS12: (0xC02B,)}, groups=(29, 23), tied_to=23)
    found = exchange(await surveyed(stack))
    assert found.named[Version.TLS12] == (29, 23)


async def test_curves_of_ssl_3() -> None:
    """The client has no word in it: only the one in use."""
    found = exchange(await surveyed(Stack({Version.SSL3: (0xC014,)}, groups=(23, 24))))
    assert found.named == {Version.SSL3: (23,)}
    assert found.cut is None


async def test_a_server_that_stops_after_its_hello() -> None:
    """The suites are seen all the same; what stands in later messages is not."""
    stack = Stack({Version.TLS12: GOOD_12}, hello_only=True)
    found = await surveyed(stack)
    assert suites(found, Version.TLS12).accepted == GOOD_12
    assert exchange(found).cut is not None
    assert found.shown == ()


async def test_our_own_limit() -> None:
    """Beyond it nothing is asked, and that is said."""
    stack = Stack(OLD)
    found = await surveyed(stack, tls_connections=12)
    assert stack.connections <= 12
    cuts = [one.cut for one in found.suites.values() if isinstance(one, Suites)]
    assert {cut.cause for cut in cuts if cut} == {Cause.BUDGET_EVENTS}


async def test_a_hello_of_ours_that_is_shut_out() -> None:
    """Where every hello is closed and the full handshake was not, nothing is concluded."""
    stack = Stack({}, old_refused_with=CLOSE)
    found = await surveyed(stack, handshake=SHOOK)
    assert {answer.cause for answer in found.versions.values() if isinstance(answer, NotCaptured)}
    assert not any(isinstance(answer, Acceptance) for answer in found.versions.values())
    assert isinstance(found.traits, NotCaptured)


async def test_a_handshake_that_contradicts_us() -> None:
    """A version that the full handshake used is not refused."""
    found = await surveyed(Stack({Version.TLS11: CBC}), handshake=SHOOK)
    answer = found.versions[Version.TLS12]
    assert isinstance(answer, NotCaptured)
    assert answer.cause is Cause.TLS_PROTOCOL


# In brief


async def test_a_brief_look_at_a_modern_site() -> None:
    """It decides in few connections, and says what it did not ask."""
    stack = Stack(MODERN, groups=(0x11EC, 29, 23))
    found = await surveyed(stack, brief=True, handshake=SHOOK)
    assert spoken(found) == set(MODERN)
    for version in MODERN:
        seen = suites(found, version)
        assert (seen.asked, seen.accepted, seen.cut) == (Asked.FORBIDDEN, (), None)
        assert isinstance(seen.preference, NotCaptured)
    assert exchange(found).asked is Asked.FORBIDDEN
    assert exchange(found).named[Version.TLS13] == (0x11EC,)
    assert traits(found).fallback_refused is True
    assert stack.connections <= 12


async def test_a_brief_look_at_a_violator() -> None:
    """What is forbidden is listed to the end, version by version; a prime is seen once."""
    table = {
        Version.TLS10: (0x0033, 0x002F, 0x0005),
        Version.TLS12: (0xC02F, 0x009E, 0x0033, 0x002F, 0x000A),
    }
    stack = Stack(table, prime=DHE_2048, groups=(29, 19))
    found = await surveyed(stack, brief=True, handshake=SHOOK)
    assert set(suites(found, Version.TLS12).accepted) == {0x002F, 0x000A}
    assert set(suites(found, Version.TLS10).accepted) == {0x002F, 0x0005}
    assert set(exchange(found).named[Version.TLS12]) == {29, 19}
    assert len(exchange(found).primes) == 1
    for version in table:
        assert set(suites(found, version).accepted) <= set(forbidden(version))


async def test_a_brief_look_at_short_hellos_only() -> None:
    """The patient way, over the forbidden ones."""
    stack = Stack({Version.TLS12: (0xC02F, 0x0005), Version.TLS11: (0x0005,)}, longest_hello=255)
    found = await surveyed(stack, brief=True)
    assert suites(found, Version.TLS12).accepted == (0x0005,)
    assert suites(found, Version.TLS11).accepted == (0x0005,)


# The same through the whole look

PATHS = Paths((TrustStore("tests", "2026-11-22", (today()[0].certificate,)),))


async def offer_of(talk: Talk, depth: Depth = Depth.FULL, **limits: float) -> Offer:
    """What the look says of one server."""
    async with serving(talk) as server:
        at = site(server.port, 80)
        async with visiting(at, hosts(HOST), door(server.port), budget(**limits)) as visit:
            seen = await look_tls(visit, Vouching(PATHS, fetching=False), NOW, depth)
    return seen.offers[0]


def accepted(offer: Offer) -> set[Version]:
    """The versions accepted; every other one must be refused, not untold."""
    assert all(isinstance(answer, Acceptance) for answer in offer.versions.values()), offer.versions
    return {version for version, a in offer.versions.items() if a is Acceptance.ACCEPTED}


async def hold(stream: Stream) -> None:
    """Nothing to say, until the other side ends it."""
    while await stream.read():
        pass
    await stream.close()


@pytest.mark.parametrize("depth", Depth)
@pytest.mark.parametrize(
    ("lowest", "highest", "spoken"),
    [
        pytest.param("TLSv1_2", "TLSv1_2", {Version.TLS12}, id="1.2"),
        pytest.param("TLSv1_3", "TLSv1_3", {Version.TLS13}, id="1.3"),
        pytest.param("TLSv1_2", "TLSv1_3", {Version.TLS12, Version.TLS13}, id="both"),
    ],
)
async def test_real_servers(lowest: str, highest: str, spoken: set[Version], depth: Depth) -> None:
    """Python's own TLS."""
    context = server_context(lowest=ssl.TLSVersion[lowest], highest=ssl.TLSVersion[highest])
    offer = await offer_of(over_tls(context, hold), depth)
    assert accepted(offer) == spoken
    assert set(offer.suites) == spoken
    seen = offer.traits
    assert isinstance(seen, Traits)
    assert seen.early_data_bytes == (0 if Version.TLS13 in spoken else None)
    assert seen.tickets is True
    assert 0x0403 in seen.signature_schemes
    assert isinstance(offer.handshake, Handshake)
    assert offer.beside == ()


async def test_the_whole_of_a_real_server() -> None:
    """Suites by the library's own list."""
    context = server_context()
    context.set_ciphers("ECDHE+AESGCM")
    offer = await offer_of(over_tls(context, hold))
    seen = offer.suites[Version.TLS12]
    assert isinstance(seen, Suites)
    assert set(seen.accepted) == {0xC02B, 0xC02C}
    assert isinstance(offer.key_exchange, KeyExchange)
    assert set(offer.key_exchange.named[Version.TLS12]) >= {29, 23}


async def test_a_second_certificate_stands_beside() -> None:
    """With a path of its own."""
    other = made("khac.edu.vn")
    stack = Stack({Version.TLS12: (0xC02B, 0xC02F)}, chains={"RSA": (other.der,)})
    real = over_tls(server_context(highest=ssl.TLSVersion.TLSv1_2), hold)

    async def talk(reader, writer) -> None:  # type: ignore[no-untyped-def]
        seen = await reader.readexactly(5)
        seen += await reader.readexactly(int.from_bytes(seen[3:5], "big"))
        hello = flights.read_hello(seen)
        reader.feed_data(seen)
        plain = hello is not None and 0xC02B in hello.ciphers
        await (real if plain else stack.talk)(reader, writer)

    offer = await offer_of(talk, handshake_s=0.5)
    (beside,) = offer.beside
    assert beside.chain[0].sha256 == hashlib.sha256(other.der).hexdigest()
    assert beside.version is Version.TLS12
    assert beside.path is not None


async def test_tlsa_is_looked_up() -> None:
    """Under the port and the name."""
    async with serving(over_tls(server_context(), hold)) as server:
        records = {
            (f"_{server.port}._tcp.{HOST}", "TLSA"): says_records("TLSA", "3 1 1 " + "ab" * 32)
        }
        script = hosts(HOST)
        script.answers = {**script.answers, **records}
        async with visiting(site(server.port, 80), script, door(server.port)) as visit:
            seen = await look_tls(visit, Vouching(PATHS, fetching=False), NOW)
    assert isinstance(seen.tlsa, Lookup)
    assert seen.tlsa.records == ("3 1 1 " + "ab" * 32,)


@pytest.mark.parametrize("version", [Version.SSL3, Version.TLS10, Version.TLS11])
async def test_versions_that_no_library_plays(version: Version) -> None:
    """The local one can not shake hands and does not need to."""
    offer = await offer_of(Stack({version: CBC}).talk, handshake_s=0.5)
    assert accepted(offer) == {version}
    assert isinstance(offer.handshake, NotCaptured)
    assert len(offer.beside) == 1


async def test_a_server_that_hangs_up_on_old_hellos() -> None:
    """Closed again and again, while it speaks TLS: refused."""
    real = over_tls(server_context(), hold)

    async def talk(reader, writer) -> None:  # type: ignore[no-untyped-def]
        first = await reader.readexactly(2)
        rest = first + await reader.read(65_536)
        hello = flights.read_hello(rest)
        if hello is None or hello.highest < flights.TLS12:
            writer.get_extra_info("socket").setsockopt(1, 13, RESET)
            writer.transport.abort()
            return
        reader.feed_data(rest)
        await real(reader, writer)

    assert accepted(await offer_of(talk)) == {Version.TLS12, Version.TLS13}


@pytest.mark.parametrize(
    ("talk", "cause"),
    [
        pytest.param(silent, Cause.NO_ANSWER, id="silent"),
        pytest.param(says(b""), Cause.CLOSED_EARLY, id="hangs-up-on-all"),
        pytest.param(
            drips(b"\x16\x03\x03\x40\x00\x02" + bytes(99), 0.05), Cause.TLS_TIMEOUT, id="drip"
        ),
    ],
)
async def test_nothing_is_concluded(talk: Talk, cause: Cause) -> None:
    """Silence costs one limit, not one per version; nobody is called a refuser for it."""
    offer = await offer_of(talk, handshake_s=0.2)
    seen = offer.versions
    assert {answer.cause for answer in seen.values() if isinstance(answer, NotCaptured)} == {cause}
    assert len(seen) == len(Version)
    assert isinstance(offer.traits, NotCaptured)
    assert isinstance(offer.key_exchange, NotCaptured)


async def test_garbage_drips_and_alerts_in_turn() -> None:
    """Each version has its own cause, and none is a wrong yes or no."""
    said = iter([b"SSH-2.0-x\r\n", b"", b"\x16\x03\x03\x40\x00", ALERT] * 30)

    async def talk(reader, writer) -> None:  # type: ignore[no-untyped-def]
        await reader.read(65_536)
        words = next(said)
        writer.write(words)
        await writer.drain()
        if words[:1] == b"\x16":
            await silent(reader, writer)

    stack = Stack({})
    stack.talk = talk  # type: ignore[method-assign]
    found = await surveyed(stack, handshake_s=0.15, wall_s=10.0)
    assert Acceptance.ACCEPTED not in found.versions.values()
    causes = {answer.cause for answer in found.versions.values() if isinstance(answer, NotCaptured)}
    assert causes <= {Cause.NOT_TLS, Cause.NO_ANSWER, Cause.CLOSED_EARLY, Cause.TLS_TIMEOUT}


_SUITES = (0xC02F, 0xC030, 0xCCA8, 0xC013, 0xC02B, 0xC00A, 0x009E, 0x009C, 0x002F)
_CURVES = (29, 23, 24, 25, 30, 26)


@given(
    st.lists(st.sampled_from(_SUITES), min_size=1, unique=True),
    st.lists(st.sampled_from(_CURVES), min_size=1, unique=True),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=30, deadline=None)
async def test_suites_and_curves_struck_in_the_same_hellos(
    accepted: list[int],
    curves: list[int],
    client_order: bool,
    tied: bool,
) -> None:
    """Whatever a server accepts, it is all seen, in its own order, also beside an elliptic certificate."""
    stack = Stack(
        {Version.TLS12: tuple(accepted)},
        groups=tuple(curves),
        client_order=client_order,
        prime=DHE_2048,
        tied_to=curves[0] if tied else 0,
    )
    found = await surveyed(stack)
    seen = suites(found, Version.TLS12)
    elliptic = [number for number in accepted if with_curve(number)]
    assert set(seen.accepted) == set(accepted)
    if not client_order and not (tied and any(map(is_ecdsa, accepted))):
        assert seen.accepted == tuple(accepted)
    assert isinstance(found.key_exchange, KeyExchange)
    named = found.key_exchange.named.get(Version.TLS12, ())
    free = [number for number in elliptic if not is_ecdsa(number)]
    # Beside an elliptic certificate alone, curves that the server likes less than its own are never agreed on.
    sure = curves if free or not tied else curves[:1]
    assert set(sure if elliptic else ()) <= set(named) <= set(curves)
