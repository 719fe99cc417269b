"""Mail servers that behave and others that do not: what is seen, what is said of it, and how politely it was asked."""

import asyncio
import contextlib
import hashlib
import smtplib
import socket
import ssl
from collections.abc import AsyncIterator, Iterator

import dns.message
import dns.rrset
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import PathState
from checks.evidence.exchangers import Ending, Exchangers
from checks.evidence.names import Lookup
from checks.evidence.tls import Version
from checks.rules.exchangers import mx_encrypts, mx_tlsa_matches
from checks.spec import Finding, Outcome
from scanner.practice.ports import bound, port_of, second_address_works
from scanner.probes.exchangers import EXCHANGERS_ASKED
from scanner.smtp import own_name
from tests.builders.network import finding
from tests.scanner.builders import HOST, NODATA, SERVFAIL, door, says_records
from tests.scanner.chains import Made, made
from tests.scanner.exchanging import (
    HELLO,
    LASTING,
    LEAF,
    MX,
    PLAIN_HELLO,
    ROOT,
    Mail,
    good,
    looked,
    mail_tools,
    signed,
    tls,
    zone,
)
from tests.scanner.servers import (
    NameScript,
    Talk,
    closed_port,
    closes,
    drips,
    resets,
    says,
    serving,
    silent,
)

MET, NOT_MET, OPEN = Outcome.MET, Outcome.NOT_MET, Outcome.NOT_TESTED
ASIDE, REVIEW = Outcome.NOT_APPLICABLE, Outcome.NEEDS_REVIEW
OLD, STRANGE = made(MX, ROOT, days=(-2000, -1900)), made("other.example", ROOT, sans=("other.vn",))
ALONE = made(MX, days=LASTING, sans=(MX,))
TLS10, TLS12 = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_2
HANDSHAKE_FAILURE = b"\x15\x03\x03\x00\x02\x02\x28"
INTERNAL_ERROR = b"\x15\x03\x03\x00\x02\x02\x50"
GARBAGE_IN_TLS = b"\x16\x03\x03\x00\x08garbage!"


async def look_at(talk: Talk, script: NameScript | None = None) -> Exchangers:
    """One domain whose exchanger is this."""
    async with (
        serving(talk) as server,
        mail_tools(script or zone(f"10 {MX}."), server.port) as tools,
    ):
        return await looked(tools)


def told(found: Exchangers) -> tuple[Outcome, str, Cause | None]:
    """Outcome, reason and cause of ``mx-encrypts``."""
    said = finding(mx_encrypts, found)
    return said.outcome, said.reason, said.cause


def endless() -> Mail:
    """An answer to EHLO that never ends."""
    return good(hello=b"250-X\r\n" * 5000)


@pytest.mark.parametrize(
    ("mail", "outcome", "reason", "cause"),
    [
        pytest.param(good(), MET, "", None, id="tls13"),
        pytest.param(good(context=tls(highest=TLS12)), MET, "", None, id="tls12-only"),
        pytest.param(
            good(context=tls(lowest=TLS10, highest=TLS10)),
            NOT_MET,
            "old-tls",
            None,
            id="tls10-only",
        ),
        pytest.param(good(context=tls(OLD, ROOT)), MET, "", None, id="expired"),
        pytest.param(good(context=tls(STRANGE, ROOT)), MET, "", None, id="another-name"),
        pytest.param(good(context=tls(ALONE)), MET, "", None, id="self-signed"),
        pytest.param(good(banner=b"220-a\r\n220-b\r\n220 c\r\n"), MET, "", None, id="long-banner"),
        pytest.param(good(banner=b"220 x\x00\x01y\r\n"), MET, "", None, id="nul-in-the-banner"),
        pytest.param(good(banner=b"220\r\n"), MET, "", None, id="bare-220"),
        pytest.param(good(banner=b"220 mx\n"), MET, "", None, id="bare-line-feed"),
        pytest.param(good(pause_s=0.01), MET, "", None, id="slow-banner"),
        pytest.param(good(hello=HELLO.lower()), MET, "", None, id="small-letters"),
        pytest.param(good(bye=b""), MET, "", None, id="no-good-bye"),
        pytest.param(
            good(ready=b"220 go\r\n250 injected\r\n"), MET, "", None, id="plaintext-after-220"
        ),
        pytest.param(good(hello=PLAIN_HELLO), NOT_MET, "no-starttls", None, id="no-starttls"),
        pytest.param(
            good(hello=b"250 STARTTLS\r\n"), NOT_MET, "no-starttls", None, id="only-a-name"
        ),
        pytest.param(good(hello=b"502 no\r\n"), NOT_MET, "no-starttls", None, id="knows-no-ehlo"),
        pytest.param(good(ready=b"554 no\r\n"), NOT_MET, "starttls-refused", None, id="tls-554"),
        pytest.param(good(ready=b"454 wait\r\n"), REVIEW, "starttls-deferred", None, id="tls-454"),
        pytest.param(good(ready=b"421 busy\r\n"), OPEN, "", Cause.RATE_LIMITED, id="tls-421"),
        pytest.param(
            good(instead=b"250 what TLS?\r\n"), NOT_MET, "handshake-failed", None, id="text-for-tls"
        ),
        pytest.param(
            good(instead=HANDSHAKE_FAILURE), NOT_MET, "handshake-failed", None, id="alert-40"
        ),
        pytest.param(good(instead=INTERNAL_ERROR), OPEN, "", Cause.TLS_ALERT, id="alert-80"),
        pytest.param(good(instead=GARBAGE_IN_TLS), OPEN, "", Cause.TLS_PROTOCOL, id="garbage"),
        pytest.param(good(instead=b""), OPEN, "", Cause.CLOSED_EARLY, id="closes-after-220"),
        pytest.param(good(hello=b""), OPEN, "", Cause.CLOSED_EARLY, id="closes-after-ehlo"),
        pytest.param(
            good(hello=b"250-XXXXXXXA\r\n250 8BITMIME\r\n"),
            NOT_MET,
            "no-starttls",
            None,
            id="first-line",
        ),
        pytest.param(
            good(hello=b"250-mx\r\n250-XXXXXXXA\r\n250 SIZE\r\n"),
            REVIEW,
            "masked",
            None,
            id="blotted",
        ),
        pytest.param(
            good(banner=b"220 ****0*2***\r\n", hello=b"500 what\r\n"),
            REVIEW,
            "masked",
            None,
            id="blotted-banner",
        ),
        pytest.param(good(banner=b"554 5.7.1 no\r\n"), OPEN, "", Cause.SENDER_REJECTED, id="554"),
        pytest.param(good(banner=b"421 later\r\n"), OPEN, "", Cause.RATE_LIMITED, id="421"),
        pytest.param(good(hello=b"450 grey\r\n"), OPEN, "", Cause.RATE_LIMITED, id="ehlo-450"),
        pytest.param(good(hello=b"550 no\r\n"), OPEN, "", Cause.SENDER_REJECTED, id="ehlo-550"),
        pytest.param(good(pause_s=0.2), OPEN, "", Cause.NO_ANSWER, id="tarpit"),
        pytest.param(good(banner=b"220-wait\r\n"), OPEN, "", Cause.NO_ANSWER, id="half-a-banner"),
        pytest.param(endless(), OPEN, "", Cause.BUDGET_EVENTS, id="endless-ehlo"),
        pytest.param(good(banner=b"hello there\r\n"), REVIEW, "not-smtp", None, id="no-code"),
        pytest.param(good(banner=b"220-a\r\n250 b\r\n"), REVIEW, "not-smtp", None, id="two-codes"),
        pytest.param(good(banner=b"\x00" * 4000), REVIEW, "not-smtp", None, id="nul-bytes"),
        pytest.param(good(banner=b"220 " + b"x" * 9000), REVIEW, "not-smtp", None, id="long-line"),
        pytest.param(good(banner=b"220mx\r\n"), REVIEW, "not-smtp", None, id="no-blank"),
    ],
)
async def test_one_exchanger(
    mail: Mail, outcome: Outcome, reason: str, cause: Cause | None
) -> None:
    """What each server is told, and one session each."""
    assert told(await look_at(mail.talk)) == (outcome, reason, cause)
    assert mail.sessions == 1


@pytest.mark.parametrize(
    ("talk", "outcome", "reason", "cause"),
    [
        pytest.param(silent, OPEN, "", Cause.NO_ANSWER, id="silent"),
        pytest.param(closes, OPEN, "", Cause.CLOSED_EARLY, id="closes"),
        pytest.param(resets, OPEN, "", Cause.RESET, id="resets"),
        pytest.param(says(b"22", after=0), OPEN, "", Cause.CLOSED_EARLY, id="cut-in-the-code"),
        pytest.param(says(b"HTTP/1.1 400\r\n", after=0), REVIEW, "not-smtp", None, id="http"),
        pytest.param(drips(b"2"), OPEN, "", Cause.NO_ANSWER, id="waits-for-us"),
    ],
)
async def test_a_port_without_smtp(
    talk: Talk, outcome: Outcome, reason: str, cause: Cause | None
) -> None:
    """Silence concludes nothing; what is no SMTP is left to a person."""
    assert told(await look_at(talk)) == (outcome, reason, cause)


async def test_what_is_said_to_a_server() -> None:
    """By the address of our end, no protocol of the web in TLS, a good-bye; and no letter is begun."""
    mail = good()
    protocols: list[str | None] = []
    assert mail.context is not None
    mail.context.set_alpn_protocols(["http/1.1"])

    def told_name(tls_object: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        mail.names.append(name)
        protocols.append(tls_object.selected_alpn_protocol())

    mail.context.sni_callback = told_name
    found = await look_at(mail.talk)
    assert mail.heard == [b"EHLO [127.0.0.1]", b"STARTTLS", b"QUIT"]
    assert mail.names == [MX]
    assert protocols == [None]
    (session,) = found.exchangers[0].sessions
    assert session.handshake is not None
    assert session.handshake.alpn is None
    assert session.announced == MX
    assert session.extensions == ("SIZE", "8BITMIME", "STARTTLS")
    assert session.handshake.version is Version.TLS13
    assert [one.der for one in session.handshake.chain] == [LEAF.der, ROOT.der]
    assert session.handshake.chain[0].covers == (MX,)
    assert not isinstance(session.handshake.path, NotCaptured | None)
    assert session.handshake.path.state is PathState.TRUSTED


async def test_a_server_without_starttls_is_left_politely() -> None:
    """EHLO, QUIT."""
    mail = good(hello=PLAIN_HELLO)
    await look_at(mail.talk)
    assert mail.heard == [b"EHLO [127.0.0.1]", b"QUIT"]


@pytest.mark.parametrize(
    ("chain", "state"),
    [
        pytest.param((ALONE,), PathState.SELF_SIGNED, id="self-signed"),
        pytest.param((OLD, ROOT), PathState.TRUSTED, id="expired"),
        pytest.param((LEAF,), PathState.TRUSTED, id="root-not-sent"),
    ],
)
async def test_the_certificate_is_recorded(chain: tuple[Made, ...], state: PathState) -> None:
    """Its path is judged at a moment inside its validity, and accuses nobody."""
    mail = good(context=tls(*chain))
    (session,) = (await look_at(mail.talk)).exchangers[0].sessions
    assert session.handshake is not None
    assert not isinstance(session.handshake.path, NotCaptured | None)
    assert session.handshake.path.state is state


async def test_bytes_after_the_220_are_thrown_away_and_counted() -> None:
    """They are never taken for what came in TLS."""
    mail = good(ready=b"220 go\r\n250-mx\r\n250 injected\r\n")
    found = await look_at(mail.talk)
    (session,) = found.exchangers[0].sessions
    assert session.ending is Ending.ENCRYPTED
    assert session.injected_bytes == len(b"250-mx\r\n250 injected\r\n")
    assert "in the clear" in finding(mx_encrypts, found).note


async def test_a_rejection_is_told_without_addresses() -> None:
    """The code and the words are for the operator; our address is nobody's business."""
    mail = good(banner=b"554 5.7.1 [203.0.113.7] blocked, ip=2001:db8::7 see https://b.example\r\n")
    said = finding(mx_encrypts, await look_at(mail.talk))
    assert said.cause is Cause.SENDER_REJECTED
    assert said.note == "554 5.7.1 [(address)] blocked, ip=(address) see https://b.example"


def test_how_we_introduce_ourselves() -> None:
    """RFC 5321, 4.1.3."""
    assert own_name("192.0.2.1") == "[192.0.2.1]"
    assert own_name("2001:DB8::1%eth0") == "[IPv6:2001:db8::1]"


# Closed and silent ports


@contextlib.asynccontextmanager
async def beside(mail: Mail, port: int) -> AsyncIterator[None]:
    """The same port on another address."""
    async with serving(mail.talk, "127.0.0.2", port):
        yield


needs_two = pytest.mark.skipif(not second_address_works(), reason="there is no 127.0.0.2 here")
TWO = {MX: "127.0.0.1", "mx2.thu.example": "127.0.0.2"}


@needs_two
async def test_a_closed_port_counts_once_somebody_answered() -> None:
    """The second exchanger answers, so the line lets us out; in the next domain the first one is refused."""
    script = zone("10 mx2.thu.example.", "20 mx2.thu.example.", addresses=TWO)
    script.answers = {
        **script.answers,
        ("hai.edu.vn", "MX"): says_records("MX", f"10 {MX}.", "20 mx2.thu.example."),
    }
    mail = good()
    with closed_port() as port:
        async with beside(mail, port), mail_tools(script, port) as tools:
            assert told(await looked(tools)) == (MET, "", None)
            assert told(await looked(tools, "hai.edu.vn")) == (NOT_MET, "refused", None)
    assert mail.sessions == 1


async def test_a_closed_port_alone_accuses_nobody() -> None:
    """Many lines refuse port 25 in the server's stead."""
    with closed_port() as port:
        async with mail_tools(zone(f"10 {MX}."), port) as tools:
            assert told(await looked(tools)) == (OPEN, "", Cause.PORT_BLOCKED)


@needs_two
async def test_the_first_failure_waits_for_others() -> None:
    """Both exchangers of one domain are asked at once; the one that answers takes its time to greet."""
    script = zone(f"10 {MX}.", "20 mx2.thu.example.", addresses=TWO)
    with closed_port() as port:
        slow = good(pause_s=0.005)
        async with beside(slow, port), mail_tools(script, port) as tools:
            assert told(await looked(tools)) == (NOT_MET, "refused", None)


@needs_two
async def test_a_control_host_on_the_port_settles_it() -> None:
    """An operator who names one learns more."""
    with closed_port() as port:
        through = door(port, controls=(("127.0.0.2", port),))
        async with beside(good(), port), mail_tools(zone(f"10 {MX}."), port, through) as tools:
            assert told(await looked(tools)) == (NOT_MET, "refused", None)


@needs_two
async def test_a_control_host_on_another_port_says_nothing_of_this_one() -> None:
    """Port 443 is open nearly everywhere."""
    with closed_port() as port:
        async with serving(silent, "127.0.0.2") as other:
            through = door(port, controls=(("127.0.0.2", other.port),))
            async with mail_tools(zone(f"10 {MX}."), port, through) as tools:
                assert told(await looked(tools)) == (OPEN, "", Cause.PORT_BLOCKED)


@contextlib.contextmanager
def full_port() -> Iterator[int]:
    """A port that takes no further connection, and does not say so."""
    with bound() as sock, contextlib.ExitStack() as held:
        sock.listen(0)
        for _ in range(4):
            caller = held.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", port_of(sock)))
        yield port_of(sock)


async def test_silence_at_connecting() -> None:
    """Blocked, until somebody answers on the port; then it is this server that is silent."""
    script = zone(f"10 {MX}.", addresses={**TWO, "mx3.thu.example": "127.0.0.1"})
    with full_port() as port:
        async with mail_tools(script, port) as tools:
            assert told(await looked(tools)) == (OPEN, "", Cause.PORT_BLOCKED)
        async with mail_tools(script, port) as tools:
            tools.exchanged.answered[4].set()
            assert told(await looked(tools)) == (OPEN, "", Cause.CONNECT_TIMEOUT)


async def test_an_address_that_does_not_greet_is_left_alone() -> None:
    """Under all of its names; the others are told the same."""
    names = {f"mx{n}.thu.example": "127.0.0.1" for n in range(4)}
    mail = good(banner=b"554 no\r\n")
    async with serving(mail.talk) as server:
        script = zone(*(f"10 {name}." for name in names), addresses=names)
        async with mail_tools(script, server.port) as tools:
            assert told(await looked(tools)) == (OPEN, "", Cause.SENDER_REJECTED)
    assert mail.sessions == 1


def _ipv6_works() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as sock:
        sock.bind(("::1", 0))
        return True
    return False


DUAL = {(MX, "AAAA"): says_records("AAAA", "::1")}


async def test_ipv6_that_we_lack_hides_nothing() -> None:
    """A server with both is asked over IPv4; what we cannot reach leaves nothing open then."""
    mail = good()
    assert told(await look_at(mail.talk, zone(f"10 {MX}.", more=DUAL))) == (MET, "", None)
    assert mail.sessions == 1


@pytest.mark.skipif(not _ipv6_works(), reason="there is no IPv6 loopback here")
async def test_ipv6_may_be_blocked_where_ipv4_is_not() -> None:
    """An answer over IPv4 proves nothing about the line's IPv6; one over IPv6 does."""
    networks = ("127.0.0.0/8", "::1/128")
    script = zone(f"10 {MX}.", more=DUAL)
    async with serving(good().talk) as server:
        through = door(server.port, networks=networks)
        async with mail_tools(script, server.port, through) as tools:
            tools.ipv6 = True
            assert told(await looked(tools)) == (OPEN, "", Cause.PORT_BLOCKED)
        async with mail_tools(script, server.port, through) as tools:
            tools.ipv6 = True
            tools.exchanged.answered[6].set()
            assert told(await looked(tools)) == (NOT_MET, "refused", None)


async def test_an_address_that_keeps_us_waiting_is_left_alone() -> None:
    """After its greeting too."""
    names = {f"mx{n}.thu.example": "127.0.0.1" for n in range(4)}
    mail = good(hello=b"250-wait\r\n")
    async with serving(mail.talk) as server:
        script = zone(*(f"10 {name}." for name in names), addresses=names)
        async with mail_tools(script, server.port) as tools:
            assert told(await looked(tools)) == (OPEN, "", Cause.NO_ANSWER)
    assert mail.sessions == 1


# One session for all


async def test_ten_domains_share_one_session() -> None:
    """Whoever asks first; the others get the same answer."""
    domains = [f"truong{n}.edu.vn" for n in range(10)]
    mail = good()
    async with serving(mail.talk) as server:
        script = zone(f"10 {MX}.", domains=domains)
        async with mail_tools(script, server.port) as tools:
            found = await asyncio.gather(*(looked(tools, domain) for domain in domains))
    assert {told(one) for one in found} == {(MET, "", None)}
    assert mail.sessions == 1


async def test_names_of_one_address_take_turns() -> None:
    """Each has a certificate of its own, so each is asked; never two at once."""
    names = {f"mx{n}.thu.example": "127.0.0.1" for n in range(4)}
    mail = good()
    async with serving(mail.talk) as server:
        script = zone(*(f"10 {name}." for name in names), addresses=names)
        async with mail_tools(script, server.port) as tools:
            await looked(tools)
    assert mail.sessions == 4
    assert mail.most_at_once == 1


async def test_only_so_many_are_asked() -> None:
    """By preference; how many there are is told."""
    names = {f"mx{n}.thu.example": "127.0.0.1" for n in range(9)}
    mail = good()
    async with serving(mail.talk) as server:
        script = zone(*(f"{90 - n} mx{n}.thu.example." for n in range(9)), addresses=names)
        async with mail_tools(script, server.port) as tools:
            found = await looked(tools)
    assert mail.sessions == EXCHANGERS_ASKED
    assert [one.host for one in found.exchangers] == [f"mx{n}.thu.example" for n in (8, 7, 6, 5, 4)]
    assert found.total == 9


# Names


OWN_ADDRESS = {(HOST, "A"): says_records("A", "127.0.0.1"), (f"_25._tcp.{HOST}", "TLSA"): NODATA}


@pytest.mark.parametrize(
    ("script", "outcome", "reason", "cause", "sessions"),
    [
        pytest.param(zone("0 ."), ASIDE, "null-mx", None, 0, id="null-mx"),
        pytest.param(zone(), ASIDE, "no-mail", None, 0, id="no-mx-no-address"),
        pytest.param(zone(more=OWN_ADDRESS), MET, "", None, 1, id="no-mx-but-an-address"),
        pytest.param(zone(domains=()), ASIDE, "no-mail", None, 0, id="no-domain"),
        pytest.param(
            zone(more={(HOST, "MX"): SERVFAIL}), OPEN, "", Cause.DNS_SERVFAIL, 0, id="servfail"
        ),
        pytest.param(zone("10 weg.example."), ASIDE, "nowhere", None, 0, id="leads-nowhere"),
        pytest.param(
            zone("10 weg.example.", f"20 {MX}."), MET, "", None, 1, id="the-first-leads-nowhere"
        ),
        pytest.param(
            zone(f"10 {MX}.", more={(MX, "A"): SERVFAIL, (MX, "AAAA"): SERVFAIL}),
            OPEN,
            "",
            Cause.DNS_SERVFAIL,
            0,
            id="host-servfail",
        ),
        pytest.param(
            zone(
                "10 ten.thu.example.",
                more={("ten.thu.example", "A"): says_records("A", "10.9.9.9")},
            ),
            OPEN,
            "",
            Cause.BLOCKED_ADDRESS,
            0,
            id="private-address",
        ),
        pytest.param(
            zone(f"10 {MX}.", more={(MX, "A"): NODATA, (MX, "AAAA"): says_records("AAAA", "::1")}),
            OPEN,
            "",
            Cause.SCANNER_LACKS_IPV6,
            0,
            id="ipv6-alone",
        ),
        pytest.param(zone("0 .", f"10 {MX}."), MET, "", None, 1, id="the-root-among-others"),
        pytest.param(zone(f"10 {MX}.", f"20 {MX.upper()}."), MET, "", None, 1, id="named-twice"),
        pytest.param(
            zone("10 a\\032b\\000<script>.example."),
            OPEN,
            "",
            Cause.SCANNER_CANNOT,
            0,
            id="no-name",
        ),
    ],
)
async def test_names(
    script: NameScript, outcome: Outcome, reason: str, cause: Cause | None, sessions: int
) -> None:
    """Who takes the mail, if anybody."""
    mail = good()
    found = await look_at(mail.talk, script)
    assert told(found) == (outcome, reason, cause)
    assert mail.sessions == sessions


@needs_two
async def test_a_closed_port_without_mx_means_no_mail() -> None:
    """Nobody says that letters should come here, and nobody takes them."""
    with closed_port() as port:
        through = door(port, controls=(("127.0.0.2", port),))
        async with beside(good(), port), mail_tools(zone(more=OWN_ADDRESS), port, through) as tools:
            assert told(await looked(tools)) == (ASIDE, "no-mail", None)


async def test_an_alias_is_followed() -> None:
    """Against RFC 2181, 10.3, and common; the chain is kept."""

    def aliased(query: dns.message.Message, _: bool) -> dns.message.Message:
        reply = dns.message.make_response(query, recursion_available=True)
        name = query.question[0].name
        reply.answer.append(dns.rrset.from_text(name, 300, "IN", "CNAME", "real.example."))
        reply.answer.append(dns.rrset.from_text("real.example.", 300, "IN", "A", "127.0.0.1"))
        return reply

    mail = good()
    script = zone("10 ten.thu.example.", more={("ten.thu.example", "A"): aliased})
    found = await look_at(mail.talk, script)
    assert told(found)[0] is MET
    look = found.exchangers[0].a
    assert isinstance(look, Lookup)
    assert look.aliases == ("real.example",)


# DANE


def spki(one: Made) -> bytes:
    """The public key as DANE names it."""
    key = one.certificate.public_key()
    data: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return data


def sha(data: bytes) -> str:
    """As a record shows it."""
    return hashlib.sha256(data).hexdigest()


EE = f"3 1 1 {sha(spki(LEAF))}"
TA = f"2 0 1 {sha(ROOT.der)}"
OTHER = f"3 1 1 {'ab' * 32}"
PKIX = f"1 1 1 {sha(spki(LEAF))}"
MALFORMED = "3 1 1 abcd"


async def bound_by(mail: Mail, *records: str, secure: bool = True) -> Finding:
    """What ``mx-tlsa-matches`` says where these records are published."""
    says_them = (signed if secure else says_records)("TLSA", *records)
    script = zone(f"10 {MX}.", more={(f"_25._tcp.{MX}", "TLSA"): says_them})
    return finding(mx_tlsa_matches, await look_at(mail.talk, script))


@pytest.mark.parametrize(
    ("mail", "records", "outcome", "reason"),
    [
        pytest.param(good(), (EE,), MET, "", id="key"),
        pytest.param(good(), (TA,), MET, "", id="authority"),
        pytest.param(good(), (OTHER, EE), MET, "", id="one-of-two"),
        pytest.param(
            good(context=tls(OLD, ROOT)), (f"3 1 1 {sha(spki(OLD))}",), MET, "", id="expired"
        ),
        pytest.param(
            good(context=tls(ALONE)), (f"3 0 1 {sha(ALONE.der)}",), MET, "", id="self-signed"
        ),
        pytest.param(good(), (OTHER,), NOT_MET, "", id="another-key"),
        pytest.param(good(), (PKIX,), NOT_MET, "pkix-usage", id="pkix-usage"),
        pytest.param(good(), (MALFORMED,), NOT_MET, "unusable", id="malformed"),
        pytest.param(good(), (MALFORMED, EE), MET, "", id="malformed-beside-a-good-one"),
        pytest.param(good(context=tls(STRANGE, ROOT)), (TA,), REVIEW, "name-differs", id="ta-name"),
        pytest.param(good(hello=PLAIN_HELLO), (EE,), NOT_MET, "no-tls", id="no-starttls"),
        pytest.param(good(ready=b"454 no\r\n"), (EE,), REVIEW, "starttls-deferred", id="454"),
        pytest.param(good(banner=b"554 no\r\n"), (EE,), OPEN, "", id="rejected"),
        pytest.param(good(), (), ASIDE, "none-published", id="none"),
    ],
)
async def test_dane(mail: Mail, records: tuple[str, ...], outcome: Outcome, reason: str) -> None:
    """Usages 2 and 3, under DNSSEC."""
    said = await bound_by(mail, *records)
    assert (said.outcome, said.reason) == (outcome, reason)


async def test_records_without_dnssec_count_for_nobody() -> None:
    """Whatever they say."""
    said = await bound_by(good(), OTHER, secure=False)
    assert (said.outcome, said.reason) == (ASIDE, "unsigned-zone")


# A server of others


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        pytest.param(tls(), (MET, "", None), id="tls13"),
        pytest.param(tls(highest=TLS12), (MET, "", None), id="tls12"),
        pytest.param(tls(lowest=TLS10, highest=TLS10), (NOT_MET, "old-tls", None), id="tls10"),
        pytest.param(None, (NOT_MET, "no-starttls", None), id="plain"),
    ],
)
def test_a_real_server(
    context: ssl.SSLContext | None, expected: tuple[Outcome, str, Cause | None]
) -> None:
    """aiosmtpd, which knows nothing of us; Python's own client agrees on what it offers."""
    with bound() as free:
        port = port_of(free)
    real = Controller(
        Sink(), hostname="127.0.0.1", port=port, tls_context=context, server_hostname="mx.example"
    )
    real.start()
    try:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost", timeout=5) as client:
            client.ehlo()
            assert client.has_extn("starttls") is (context is not None)

        async def look() -> Exchangers:
            async with mail_tools(zone(f"10 {MX}."), port) as tools:
                return await looked(tools)

        assert told(asyncio.run(look())) == expected
    finally:
        real.stop()
