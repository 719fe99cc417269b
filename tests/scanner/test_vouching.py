"""Everything that vouches for one certificate, put together, against a host on loopback."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import TLSFeature, TLSFeatureType

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import (
    Path,
    PathState,
    Revocation,
    RevocationSource,
    RevocationState,
    SctSource,
    Staple,
)
from checks.evidence.tls import Handshake, HandshakeState
from scanner.certificates import read_certificate
from scanner.probes.tls.path import Paths, TrustStore
from scanner.probes.tls.vouching import Given, Vouching, vouch
from scanner.visit import Visit
from tests.scanner.auxiliary import Hosted, hosting
from tests.scanner.builders import HOST, budget, site
from tests.scanner.chains import (
    NOW,
    Made,
    authority,
    forged,
    found_at,
    key,
    listed_at,
    made,
    ocsp_answer,
    revoked_list,
    stapled_timestamps,
    timestamp,
    timestamps,
)

ROOT = authority("Root")
OTHER_ROOT = authority("Other root")
STORES = (TrustStore("tests", "2026-11-22", (ROOT.certificate, OTHER_ROOT.certificate)),)
NOTHING = Given(staple=None, staple_asked=True, scts=())


def shaken(*served: Made) -> Handshake:
    """A handshake in which these were served."""
    return Handshake(
        state=HandshakeState.COMPLETED,
        chain=tuple(read_certificate(one.der, (HOST,)) for one in served),
        chain_total=len(served),
    )


@contextlib.asynccontextmanager
async def visiting(host: Hosted) -> AsyncIterator[Visit]:
    """A visit whose auxiliary host this is."""
    visit = Visit(site(443, 80), host.tools, budget())
    yield visit
    await visit.close()


async def vouched(
    host: Hosted, *served: Made, given: Given = NOTHING, vouching: Vouching | None = None
) -> Handshake:
    """What is found to vouch for them."""
    async with visiting(host) as visit:
        shared = vouching or Vouching(Paths(STORES))
        try:
            return await vouch(visit, shaken(*served), given, shared, NOW)
        finally:
            await shared.aclose()


async def test_nothing_but_a_path() -> None:
    """No timestamps, no staple, nowhere to ask."""
    async with hosting({}) as host:
        middle = authority("Middle", ROOT)
        seen = await vouched(host, made(HOST, middle), middle)
        assert isinstance(seen.path, Path)
        assert seen.path.state is PathState.TRUSTED
        assert (seen.scts, seen.staple, seen.revocation) == ((), None, None)
        assert host.came == 0


async def test_everything() -> None:
    """Issuer fetched, timestamps from three sides, a staple that spares all asking."""
    async with hosting({}) as host:
        middle = authority("Middle", ROOT)
        host.pages["/middle"] = middle.der
        leaf = made(
            HOST,
            middle,
            extra=[
                found_at(issuers=[host.url("/middle")], responders=[host.url("/ocsp")]),
                listed_at(host.url("/all.crl")),
                timestamps(timestamp(b"a" * 32, 5), timestamp(b"b" * 32, 6)),
            ],
        )
        sent = Given(ocsp_answer(leaf, middle), staple_asked=True, scts=(timestamp(b"c" * 32, 7),))
        seen = await vouched(host, leaf, given=sent)
        assert isinstance(seen.path, Path)
        assert [step.served for step in seen.path.certificates] == [True, False, False]
        assert isinstance(seen.scts, tuple)
        assert [one.source for one in seen.scts] == [
            SctSource.CERTIFICATE,
            SctSource.CERTIFICATE,
            SctSource.HANDSHAKE,
        ]
        assert isinstance(seen.staple, Staple)
        assert seen.revocation == seen.staple.answer
        assert isinstance(seen.revocation, Revocation)
        assert seen.revocation.source is RevocationSource.STAPLE
        assert host.came == 1


async def test_a_bad_staple_is_told_and_the_list_asked() -> None:
    """The fault is the server's; the word is the issuer's."""
    async with hosting({}) as host:
        leaf = made(HOST, ROOT, extra=[listed_at(host.url("/all.crl"))])
        host.pages["/all.crl"] = revoked_list(ROOT, leaf).public_bytes(Encoding.DER)
        sent = Given(forged(ocsp_answer(leaf, ROOT)), staple_asked=True, scts=())
        seen = await vouched(host, leaf, given=sent)
        assert isinstance(seen.staple, Staple)
        assert "does not verify" in seen.staple.fault
        assert isinstance(seen.revocation, Revocation)
        assert seen.revocation.state is RevocationState.REVOKED


async def test_a_staple_nobody_asked_for() -> None:
    """Not asked is not absent."""
    async with hosting({}) as host:
        unasked = Given(staple=None, staple_asked=False, scts=())
        seen = await vouched(host, made(HOST, ROOT), given=unasked)
        for part in (seen.staple, seen.scts):
            assert isinstance(part, NotCaptured)
            assert part.cause is Cause.NOT_RUN
        two = timestamps(timestamp(b"a" * 32, 5), timestamp(b"b" * 32, 6))
        enough = await vouched(host, made(HOST, ROOT, extra=[two]), given=unasked)
        assert isinstance(enough.scts, tuple)


@pytest.mark.parametrize("of", ["missing", "self-signed", "unknown-root"])
async def test_nobody_trusted_to_ask(of: str) -> None:
    """A certificate that nobody vouches for sends us nowhere."""
    async with hosting({}) as host:
        named = [listed_at(host.url("/x.crl"))]
        stranger = authority("Stranger")
        served = {
            "missing": (made(HOST, authority("Middle", ROOT), extra=named),),
            "self-signed": (made(HOST, extra=named),),
            "unknown-root": (made(HOST, stranger, extra=named), stranger),
        }[of]
        seen = await vouched(host, *served)
        assert isinstance(seen.revocation, NotCaptured)
        assert seen.revocation.cause is Cause.ISSUER_MISSING
        assert host.came == 0


async def test_a_staple_without_an_issuer() -> None:
    """It cannot be verified, which is no fault of its own."""
    async with hosting({}) as host:
        middle = authority("Middle", ROOT)
        leaf = made(HOST, middle)
        sent = Given(ocsp_answer(leaf, middle), staple_asked=True, scts=())
        seen = await vouched(host, leaf, given=sent)
        assert isinstance(seen.staple, NotCaptured)
        assert seen.staple.cause is Cause.ISSUER_MISSING


async def test_a_staple_of_a_self_signed_one() -> None:
    """It vouches for itself."""
    async with hosting({}) as host:
        leaf = made(HOST)
        sent = Given(ocsp_answer(leaf, leaf), staple_asked=True, scts=())
        seen = await vouched(host, leaf, given=sent)
        assert isinstance(seen.staple, Staple)
        assert seen.staple.answer is not None


async def test_with_fetching_off() -> None:
    """Nothing goes out; what was not asked is not known."""
    async with hosting({}) as host:
        middle = authority("Middle", ROOT, extra=[listed_at(host.url("/root.crl"))])
        host.pages["/middle"] = middle.der
        named = [found_at(issuers=[host.url("/middle")]), listed_at(host.url("/x.crl"))]
        off = Vouching(Paths(STORES), fetching=False)
        alone = await vouched(host, made(HOST, middle, extra=named), vouching=off)
        assert isinstance(alone.path, Path)
        assert alone.path.state is PathState.ISSUER_MISSING
        whole = await vouched(host, made(HOST, middle, extra=named), middle, vouching=off)
        assert isinstance(whole.revocation, NotCaptured)
        assert whole.revocation.cause is Cause.NOT_ENABLED
        assert host.came == 0


# Revoked authorities


async def test_a_revoked_intermediate() -> None:
    """No browser takes a path through it, and neither do we."""
    async with hosting({}) as host:
        middle = authority("Middle", ROOT, extra=[listed_at(host.url("/root.crl"))])
        host.pages["/root.crl"] = revoked_list(ROOT, middle).public_bytes(Encoding.DER)
        seen = await vouched(host, made(HOST, middle), middle)
        assert isinstance(seen.path, Path)
        assert seen.path.state is PathState.INVALID
        assert "CN=Middle was revoked by its issuer on 2026-11-19" in seen.path.objection
        assert len(seen.path.certificates) == 3


async def test_a_way_around_a_revoked_intermediate() -> None:
    """Cross-signed: the other way holds."""
    async with hosting({}) as host:
        shared = key()
        middle = authority("Middle", ROOT, own_key=shared, extra=[listed_at(host.url("/root.crl"))])
        cross = authority("Middle", OTHER_ROOT, own_key=shared)
        host.pages["/root.crl"] = revoked_list(ROOT, middle).public_bytes(Encoding.DER)
        seen = await vouched(host, made(HOST, middle), middle, cross)
        assert isinstance(seen.path, Path)
        assert seen.path.state is PathState.TRUSTED
        assert seen.path.certificates[-1].subject == "CN=Other root"


async def test_a_list_of_the_root_that_cannot_be_had() -> None:
    """It says nothing against the path."""
    async with hosting({}) as host:
        middle = authority("Middle", ROOT, extra=[listed_at(host.url("/root.crl"))])
        seen = await vouched(host, made(HOST, middle), middle)
        assert isinstance(seen.path, Path)
        assert seen.path.state is PathState.TRUSTED
        assert host.came == 1


async def test_too_many_revoked() -> None:
    """It is not tried for ever."""
    async with hosting({}) as host:
        shared = key()
        ways = [
            authority(
                "Middle",
                ROOT,
                own_key=shared,
                days=(-100 - n, 1000),
                extra=[listed_at(host.url("/root.crl"))],
            )
            for n in range(6)
        ]
        host.pages["/root.crl"] = revoked_list(ROOT, *ways).public_bytes(Encoding.DER)
        seen = await vouched(host, made(HOST, ways[0]), *ways)
        assert isinstance(seen.path, Path)
        assert seen.path.state is PathState.INVALID


# Borders


async def test_no_certificate() -> None:
    """Nothing to vouch for."""
    async with hosting({}) as host:
        empty = Handshake(state=HandshakeState.REFUSED)
        async with visiting(host) as visit:
            assert await vouch(visit, empty, NOTHING, Vouching(Paths(STORES)), NOW) == empty


@pytest.mark.parametrize("der", [b"", b"\x30\x00", b"\x30\x80" * 20_000])
async def test_a_malformed_leaf(der: bytes) -> None:
    """Every part says why it is not there."""
    async with hosting({}) as host, visiting(host) as visit:
        sent = Handshake(
            state=HandshakeState.COMPLETED, chain=(read_certificate(der, ()),), chain_total=1
        )
        seen = await vouch(visit, sent, NOTHING, Vouching(Paths(STORES)), NOW)
        for part in (seen.path, seen.scts, seen.staple, seen.revocation):
            assert isinstance(part, NotCaptured)
            assert part.cause is Cause.CERT_MALFORMED


async def test_others_wait_for_one_fetch() -> None:
    """The one who asked first is cancelled; the other still gets the answer."""
    async with hosting({}) as host:
        host.pause_s = 0.2
        middle = authority("Middle", ROOT)
        host.pages["/middle"] = middle.der
        leaf = made(HOST, middle, extra=[found_at(issuers=[host.url("/middle")])])
        shared = Vouching(Paths(STORES))
        async with visiting(host) as visit:
            first = asyncio.create_task(vouch(visit, shaken(leaf), NOTHING, shared, NOW))
            second = asyncio.create_task(vouch(visit, shaken(leaf), NOTHING, shared, NOW))
            await asyncio.sleep(0.05)
            first.cancel()
            seen = await second
            assert isinstance(seen.path, Path)
            assert seen.path.state is PathState.TRUSTED
            assert first.cancelled()
            # Waiting for another host's file is not the site's time.
            assert visit.budget.spent_s() < 0.15
        assert host.came == 1
        await shared.aclose()


async def test_closing_ends_what_is_under_way() -> None:
    """No task stays behind."""
    async with hosting({}) as host:
        host.pause_s = 30.0
        leaf = made(
            HOST, authority("Middle", ROOT), extra=[found_at(issuers=[host.url("/middle")])]
        )
        shared = Vouching(Paths(STORES))
        async with visiting(host) as visit:
            task = asyncio.create_task(vouch(visit, shaken(leaf), NOTHING, shared, NOW))
            await asyncio.sleep(0.1)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await asyncio.wait_for(shared.aclose(), 2.0)


def test_what_a_certificate_asks_and_names() -> None:
    """Must-staple, and where its issuer, list and responder are."""
    long = "http://ca.example/" + "x" * 600
    facts = read_certificate(
        made(
            HOST,
            ROOT,
            extra=[
                (TLSFeature([TLSFeatureType.status_request]), False),
                found_at(
                    issuers=["http://a/1", "ldap://a/2", "https://a/3", "http://a/1", long],
                    responders=["HTTP://a/ocsp"],
                ),
                listed_at(*(f"http://a/{n}.crl" for n in range(9))),
            ],
        ).der,
        (HOST,),
    )
    assert facts.must_staple
    assert facts.issuer_urls == ("http://a/1", "https://a/3")
    assert facts.ocsp_urls == ("HTTP://a/ocsp",)
    assert facts.crl_urls == tuple(f"http://a/{n}.crl" for n in range(4))
    plain = read_certificate(made(HOST, ROOT).der, (HOST,))
    assert (plain.must_staple, plain.issuer_urls, plain.ocsp_urls, plain.crl_urls) == (
        False,
        (),
        (),
        (),
    )


def test_the_staple_that_is_asked_for_twice() -> None:
    """The second version of the same wish counts too; other wishes do not."""
    twice = made(HOST, extra=[(TLSFeature([TLSFeatureType.status_request_v2]), False)])
    assert read_certificate(twice.der, ()).must_staple


async def test_timestamps_of_a_staple() -> None:
    """The third way for a log's promise."""
    leaf = made(HOST, ROOT)
    stapled = stapled_timestamps(leaf, ROOT, timestamp(b"d" * 32, 9))
    async with hosting({}) as host:
        sent = Given(stapled, staple_asked=True, scts=(timestamp(b"c" * 32, 7),))
        seen = await vouched(host, leaf, given=sent)
        assert isinstance(seen.staple, Staple)
        assert seen.staple.fault == ""
        assert isinstance(seen.scts, tuple)
        assert [(one.source, one.log_id) for one in seen.scts] == [
            (SctSource.HANDSHAKE, (b"c" * 32).hex()),
            (SctSource.STAPLE, (b"d" * 32).hex()),
        ]


async def test_an_unreadable_staple_holds_no_timestamps() -> None:
    """Those of the handshake stand all the same."""
    async with hosting({}) as host:
        sent = Given(b"noise", staple_asked=True, scts=(timestamp(b"c" * 32, 7),))
        seen = await vouched(host, made(HOST, ROOT), given=sent)
        assert isinstance(seen.scts, tuple)
        assert [one.source for one in seen.scts] == [SctSource.HANDSHAKE]


async def test_timestamps_that_cannot_be_read() -> None:
    """An extension that no client can parse makes the whole certificate unreadable."""
    async with hosting({}) as host:
        leaf = made(HOST, ROOT, extra=[timestamps(b"not a timestamp")])
        seen = await vouched(host, leaf)
        assert isinstance(seen.path, Path)
        assert seen.path.state is PathState.INVALID
        assert "cannot be read" in seen.path.objection
        assert isinstance(seen.scts, NotCaptured)
        assert seen.scts.cause is Cause.CERT_MALFORMED
