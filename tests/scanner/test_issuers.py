"""The issuer that was not sent: fetched where the certificate says, and only where that is allowed."""

import gzip
import warnings

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509 import AuthorityInformationAccess, UnrecognizedExtension

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import PathState
from scanner.once import Once
from scanner.probes.tls.auxiliary import fetch
from scanner.probes.tls.issuers import KEPT, LIMIT_BYTES, completed, read_issuers
from scanner.probes.tls.path import Built, Paths, Spare, TrustStore, known_from_pem
from tests.scanner.auxiliary import CA, Hosted, hosting
from tests.scanner.builders import HOST, NODATA, SERVFAIL, door, hosts, tools_for
from tests.scanner.chains import NOW, Made, authority, found_at, key, made
from tests.scanner.servers import NameScript, answer, closed_port, redirect

ROOT = authority("Root")
PATHS = Paths((TrustStore("tests", "2026-11-22", (ROOT.certificate,)),))


async def built(host: Hosted, *served: Made, paths: Paths = PATHS) -> Built:
    """The path of what was served, with what can be fetched."""
    ders = tuple(one.der for one in served)
    first = paths.built(ders, NOW)
    return await completed(host.tools, Once(), paths, ders, NOW, first)


def forms(*made: Made) -> dict[str, bytes]:
    """The forms in which authorities publish certificates."""
    certificates = [one.certificate for one in made]
    return {
        "der": certificates[0].public_bytes(Encoding.DER),
        "pem": b"".join(one.public_bytes(Encoding.PEM) for one in certificates),
        "p7c": pkcs7.serialize_certificates(certificates, Encoding.DER),
        "p7b": pkcs7.serialize_certificates(certificates, Encoding.PEM),
    }


@pytest.mark.parametrize("form", ["der", "pem", "p7c", "p7b"])
async def test_the_missing_step_is_fetched(form: str) -> None:
    """The path holds, and tells which step was not sent and where it lay."""
    middle = authority("Middle", ROOT)
    async with hosting({"/middle": forms(middle)[form]}) as host:
        url = host.url("/middle")
        path = (await built(host, made(HOST, middle, extra=[found_at(issuers=[url])]))).path
        assert (path.state, path.objection) == (PathState.TRUSTED, "")
        assert [(step.served, step.fetched_from) for step in path.certificates] == [
            (True, ""),
            (False, url),
            (False, ""),
        ]
        assert host.agents == {host.tools.user_agent}


async def test_two_steps_are_missing() -> None:
    """Each certificate names the next."""
    async with hosting({}) as host:
        upper = authority("Upper", ROOT)
        middle = authority("Middle", upper, extra=[found_at(issuers=[host.url("/upper")])])
        host.pages |= {"/upper": upper.der, "/middle": middle.der}
        leaf = made(HOST, middle, extra=[found_at(issuers=[host.url("/middle")])])
        found = await built(host, leaf)
        assert found.path.state is PathState.TRUSTED
        assert len(found.chain) == 4
        assert host.came == 2


async def test_fetched_once_for_all() -> None:
    """A thousand sites of one authority ask once."""
    middle = authority("Middle", ROOT)
    async with hosting({"/middle": middle.der}) as host:
        shared: Once[tuple[Spare, ...] | NotCaptured] = Once()
        for _ in range(3):
            leaf = made(HOST, middle, extra=[found_at(issuers=[host.url("/middle")])])
            first = PATHS.built((leaf.der,), NOW)
            again = await completed(host.tools, shared, PATHS, (leaf.der,), NOW, first)
            assert again.path.state is PathState.TRUSTED
        assert host.came == 1


async def test_nothing_is_fetched_without_need() -> None:
    """A whole chain, a self-signed one, and one that names nowhere."""
    middle = authority("Middle", ROOT)
    async with hosting({"/middle": middle.der}) as host:
        named = [found_at(issuers=[host.url("/middle")])]
        whole = await built(host, made(HOST, middle, extra=named), middle)
        assert whole.path.state is PathState.TRUSTED
        assert (await built(host, made(HOST, extra=named))).path.state is PathState.SELF_SIGNED
        assert (await built(host, made(HOST, middle))).path.state is PathState.ISSUER_MISSING
        assert host.came == 0


@pytest.mark.parametrize("which", ["impostor", "loop"])
async def test_what_does_not_help(which: str) -> None:
    """Another key of the same name, or the leaf's own copy: still missing, and no endless asking."""
    middle = authority("Middle", ROOT)
    async with hosting({}) as host:
        leaf = made(HOST, middle, extra=[found_at(issuers=[host.url("/middle")])])
        found = authority("Middle", ROOT) if which == "impostor" else leaf
        host.pages["/middle"] = found.der
        assert (await built(host, leaf)).path.state is PathState.ISSUER_MISSING
        assert host.came == 1


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        pytest.param(answer(404), Cause.SERVER_ERROR, id="gone"),
        pytest.param(redirect("http://ca.example/real"), Cause.SERVER_ERROR, id="redirect"),
        pytest.param(answer(200, b"<html>"), Cause.UNDECODABLE, id="a-page"),
        pytest.param(answer(200, b""), Cause.UNDECODABLE, id="empty"),
        pytest.param(answer(200, b"\x30\x80" * 9_000), Cause.UNDECODABLE, id="deep"),
        pytest.param(answer(200, bytes(LIMIT_BYTES + 1)), Cause.BUDGET_BYTES, id="too-long"),
        pytest.param(
            answer(200, gzip.compress(bytes(9_000_000)), [("Content-Encoding", "gzip")]),
            Cause.BUDGET_BYTES,
            id="bomb",
        ),
        pytest.param(
            answer(200, b"x", [("Content-Encoding", "dcb")]), Cause.UNDECODABLE, id="coding"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n\x30\x82",
            Cause.CLOSED_EARLY,
            id="a-gigabyte-announced",
        ),
        pytest.param(b"SSH-2.0-x\r\n", Cause.NOT_HTTP, id="no-http"),
    ],
)
async def test_hostile_answers(raw: bytes, cause: Cause) -> None:
    """The path stays open, and says what was tried."""
    middle = authority("Middle", ROOT)
    async with hosting({}) as host:
        host.raw["/middle"] = raw
        leaf = made(HOST, middle, extra=[found_at(issuers=[host.url("/middle")])])
        path = (await built(host, leaf)).path
        assert path.state is PathState.ISSUER_MISSING
        assert path.objection.startswith(cause.value)
        assert host.came == 1


async def test_gzip_is_read() -> None:
    """Some hosts compress whatever they send."""
    middle = authority("Middle", ROOT)
    async with hosting({}) as host:
        packed = gzip.compress(middle.der)
        host.raw["/m"] = answer(200, packed, [("Content-Encoding", "gzip")])
        leaf = made(HOST, middle, extra=[found_at(issuers=[host.url("/m")])])
        assert (await built(host, leaf)).path.state is PathState.TRUSTED


async def test_a_second_address_is_tried() -> None:
    """Two at most."""
    middle = authority("Middle", ROOT)
    async with hosting({"/b": middle.der}) as host:
        urls = [host.url("/a"), host.url("/b")]
        leaf = made(HOST, middle, extra=[found_at(issuers=urls)])
        assert (await built(host, leaf)).path.state is PathState.TRUSTED


# Where may be asked


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("http://10.0.0.1/x", Cause.BLOCKED_ADDRESS),
        ("http://192.168.1.1:80/x", Cause.BLOCKED_ADDRESS),
        ("http://169.254.169.254/latest/meta-data", Cause.BLOCKED_ADDRESS),
        ("http://[::1]/x", Cause.BLOCKED_ADDRESS),
        ("http://[::ffff:127.0.0.1]/x", Cause.BLOCKED_ADDRESS),
        ("http://0.0.0.0/x", Cause.BLOCKED_ADDRESS),
        ("http://inside.example/x", Cause.BLOCKED_ADDRESS),
        ("http://nowhere.example/x", Cause.NO_ADDRESS),
        ("http://8.8.8.8:22/x", Cause.NOT_PERMITTED),
        ("http://8.8.8.8:8443/x", Cause.NOT_PERMITTED),
        ("http://127.0.0.1:22/x", Cause.NOT_PERMITTED),
        ("https://ca.example/x", Cause.SCANNER_CANNOT),
        ("ftp://ca.example/x", Cause.SCANNER_CANNOT),
        ("http://user:secret@ca.example/x", Cause.SCANNER_CANNOT),
        ("http://ca.example:99999/x", Cause.SCANNER_CANNOT),
        ("http:///x", Cause.SCANNER_CANNOT),
        ("http://[/x", Cause.SCANNER_CANNOT),
        ("http://ca.example/x\r\nHost: evil", Cause.SCANNER_CANNOT),
        ("http://ca.example/a b", Cause.SCANNER_CANNOT),
        ("http://ca.éxample/", Cause.SCANNER_CANNOT),
    ],
)
async def test_where_we_do_not_knock(url: str, cause: Cause) -> None:
    """A certificate does not choose whom we contact; nothing is sent."""
    script = hosts("inside.example", address="10.1.2.3")
    through = door(8443)
    async with tools_for(script, through) as tools:
        found = await fetch(tools, url, 100)
        assert isinstance(found, NotCaptured)
        assert found.cause is cause
        assert through.tally.connections == 0


async def test_a_name_server_in_trouble() -> None:
    """Its cause is told."""
    script = NameScript({(CA, "A"): SERVFAIL}, NODATA)
    async with tools_for(script, door()) as tools:
        found = await fetch(tools, f"http://{CA}/x", 100)
        assert isinstance(found, NotCaptured)
        assert found.cause is Cause.DNS_SERVFAIL


async def test_patience_ends() -> None:
    """Whatever keeps it, one file is given up in time."""
    async with hosting({"/x": b"late"}) as host:
        host.pause_s = 5.0
        found = await fetch(host.tools, host.url("/x"), 100, patience_s=0.1)
        assert isinstance(found, NotCaptured)
        assert found.cause is Cause.DEADLINE


async def test_an_extension_that_cannot_be_read() -> None:
    """It names nowhere to fetch from."""
    async with hosting({}) as host:
        broken = (UnrecognizedExtension(AuthorityInformationAccess.oid, b"malformed"), False)
        leaf = made(HOST, authority("Middle", ROOT), extra=[broken])
        assert (await built(host, leaf)).path.state is PathState.ISSUER_MISSING


async def test_a_closed_port_is_tried_once() -> None:
    """Nobody is accused, so nothing is confirmed."""
    with closed_port() as port:
        through = door(port)
        async with tools_for(hosts(CA), through) as tools:
            found = await fetch(tools, f"http://{CA}:{port}/x", 100)
            assert isinstance(found, NotCaptured)
            assert found.cause is Cause.REFUSED
            assert (through.tally.connections, through.tally.auxiliary) == (1, 1)


async def test_an_address_literal_is_asked() -> None:
    """No name, no question to the resolver."""
    async with hosting({"/x": b"here"}) as host:
        assert await fetch(host.tools, host.url("/x?y=1", "127.0.0.1"), 100) != b"here"
        assert await fetch(host.tools, host.url("/x", "127.0.0.1"), 100) == b"here"
        assert host.tools.resolver.asked == 0


# Files


def test_forms_of_files() -> None:
    """Whichever form; a bundle is read as far as it matters."""
    many = [authority(f"CA {n}") for n in range(KEPT + 2)]
    for form, body in forms(*many).items():
        expected = [many[0].certificate] if form == "der" else [one.certificate for one in many]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert set(read_issuers(body)) <= set(expected)
            assert len(read_issuers(body)) == min(len(expected), KEPT)


@pytest.mark.parametrize("body", [b"", b"\x00", b"-----BEGIN CERTIFICATE-----\n", bytes(5_000)])
def test_no_certificate_in_it(body: bytes) -> None:
    """Then there is none."""
    assert read_issuers(body) == ()


# Known ones


def test_known_intermediates() -> None:
    """A file of the operator's completes what a server forgets."""
    middle = authority("Middle", ROOT)
    known = known_from_pem(middle.pem, "known.pem")
    paths = Paths(PATHS.stores, known)
    path = paths.build((made(HOST, middle).der,), NOW)
    assert path.state is PathState.TRUSTED
    assert [step.fetched_from for step in path.certificates] == ["", "known.pem", ""]
    served = paths.build((made(HOST, middle).der, middle.der), NOW)
    assert [step.served for step in served.certificates] == [True, True, False]
    without = frozenset({middle.certificate.fingerprint(SHA256())})
    again = paths.built((made(HOST, middle).der,), NOW, (), without)
    assert again.path.state is PathState.ISSUER_MISSING
    with pytest.raises(ValueError, match=r"no certificate|PEM"):
        known_from_pem(b"nothing", "empty.pem")


def test_a_shared_key_is_no_circle() -> None:
    """Two authorities that sign each other lead nowhere, and the climb ends."""
    one, two = key(), key()
    a = authority("A", authority("B", own_key=two), own_key=one)
    b = authority("B", authority("A", own_key=one), own_key=two)
    path = PATHS.build((made(HOST, a).der, a.der, b.der), NOW)
    assert path.state is PathState.ISSUER_MISSING
