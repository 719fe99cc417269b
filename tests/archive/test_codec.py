"""The codec as algebra: whatever a probe can see comes back as it was, under one name."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence.aliases import Aliases, Asked, Points, Target
from checks.evidence.base import Cause, NotCaptured, Payload
from checks.evidence.certificates import PathState
from checks.evidence.delegation import Closed, Listing
from checks.evidence.dnssec import Denial, State, Why
from checks.evidence.exchangers import Ending
from checks.evidence.http import AtAddress, Ended
from checks.evidence.mail import PolicyState
from checks.evidence.outbound import Outbound, Outward
from checks.evidence.page import Image, Link
from checks.evidence.personal import (
    Document,
    Documents,
    Personal,
    PersonalCount,
    PersonalTable,
)
from checks.evidence.provoked import Shown
from checks.evidence.registration import Registered, Registration, Source
from checks.evidence.reputation import Reputation, Word, Zone
from checks.evidence.tls import Acceptance, HandshakeState, Version
from checks.evidence.vulnerabilities import Exposed, Vulnerabilities
from checks.spec import Finding, Measured, Outcome
from scanner.archive import codec
from scanner.collect import PAYLOADS
from tests.builders import network, web

words = st.text(st.characters(codec="utf-8"), max_size=40)
counts = st.integers(0, 2**40)
missing = st.builds(NotCaptured, cause=st.sampled_from(Cause), detail=words)
names = st.builds(
    network.names,
    ns=st.one_of(missing, st.builds(network.look, words, words, words)),
    soa=missing,
    registrable=st.none() | words,
    caa=st.lists(missing, max_size=3).map(tuple),
)
spoken = st.builds(Word, address=words, answers=missing | st.lists(words, max_size=2).map(tuple))
offers = st.builds(
    network.offer,
    handshake=st.one_of(
        missing,
        st.builds(
            network.handshake,
            state=st.sampled_from(HandshakeState),
            version=st.none() | st.sampled_from(Version),
            chain=st.binary(max_size=40).map(
                lambda der: (network.certificate(der=b64encode(der)),)
            ),
            path=st.none() | missing,
        ),
    ),
    versions=st.dictionaries(
        st.sampled_from(Version), st.one_of(missing, st.sampled_from(Acceptance))
    ),
)
hops = st.builds(
    lambda url, status, fields, body: web.hop(url, status, headers=fields, body_sha256=body),
    words,
    st.integers(100, 599),
    st.lists(st.tuples(words, words), max_size=4).map(tuple),
    words,
)
exchanges = st.builds(
    lambda hops, end, next_url: web.exchange(
        *hops, start_url="https://a.vn/", end=end, next_url=next_url
    ),
    st.lists(hops, max_size=3),
    st.one_of(missing, st.sampled_from(Ended)),
    words,
)
pages = st.builds(
    web.page,
    text=words,
    title=words,
    links=st.lists(st.builds(Link, href=words, text=words), max_size=3).map(tuple),
    images=st.lists(st.builds(Image, src=words, linked=st.booleans()), max_size=3).map(tuple),
    bytes=counts,
    truncated=st.booleans(),
    generator=st.lists(words, max_size=2).map(tuple),
)
tables = st.builds(
    PersonalTable,
    place=words,
    rows=counts,
    counts=st.lists(
        st.builds(
            PersonalCount,
            kind=st.sampled_from(Personal),
            cells=counts,
            column=words,
            sample=words,
        ),
        max_size=2,
    ).map(tuple),
    pupils=st.booleans(),
    staff=st.booleans(),
    names=counts,
)
soa_looks = missing | st.builds(
    network.soa_reply, rcode=words, serial=st.none() | counts, authoritative=st.booleans()
)
looks = st.one_of(missing, st.builds(network.look, words, words, words))
asked = st.builds(Asked, name=words, type=words, look=looks)
days = st.none() | st.dates()
payloads: Mapping[str, st.SearchStrategy[Payload]] = {
    "names": names,
    "delegation": st.builds(
        network.delegation,
        zone=words,
        listing=st.sampled_from(Listing),
        listed=st.lists(words, max_size=3).map(tuple),
        servers_total=counts,
        asked=st.lists(
            st.builds(
                network.at_server,
                words,
                words,
                udp=soa_looks,
                again=st.none() | soa_looks,
                tcp=soa_looks | st.just(Closed(port="closed")),
                ns=missing | st.lists(words, max_size=2).map(lambda n: network.ns_reply(*n)),
                transfer=missing | st.booleans(),
                recursion=missing | st.booleans(),
            ),
            max_size=2,
        ).map(tuple),
    ),
    "dnssec": st.builds(
        network.dnssec,
        registrable=st.none() | words,
        a=missing
        | st.builds(
            network.validated,
            state=st.sampled_from(State),
            why=st.none() | st.sampled_from(Why),
            zone=words,
            aliases=st.lists(words, max_size=2).map(tuple),
            expires_at=st.none() | st.just(network.AS_OF),
        ),
        aaaa=missing,
        cuts=st.lists(
            st.builds(
                network.cut,
                words,
                denial=st.none() | st.sampled_from(Denial),
                iterations=st.none() | counts,
            ),
            max_size=2,
        ).map(tuple),
        island=missing | st.just(()),
        confirmed=st.booleans(),
    ),
    "aliases": st.builds(
        Aliases,
        zone=asked,
        asked=st.lists(asked, max_size=2).map(tuple),
        targets=st.lists(
            st.builds(
                Target,
                owner=words,
                by=st.sampled_from(Points),
                name=words,
                look=looks,
                registrable=st.none() | words,
                registered=st.none() | looks,
            ),
            max_size=2,
        ).map(tuple),
        targets_total=counts,
        wildcard=st.lists(asked, max_size=2).map(tuple),
    ),
    "registration": st.builds(
        Registration,
        name=st.none() | words,
        answer=missing
        | st.builds(
            Registered,
            source=st.sampled_from(Source),
            server=words,
            found=st.booleans(),
            ends_on=days,
            registrar=words,
            statuses=st.lists(words, max_size=2).map(tuple),
        ),
        inventory_ends_on=days,
    ),
    "reputation": st.builds(
        Reputation,
        zones=st.lists(
            st.builds(
                Zone,
                zone=words,
                tests=st.lists(spoken, max_size=2).map(tuple),
                words=st.lists(spoken, max_size=2).map(tuple),
            ),
            max_size=2,
        ).map(tuple),
    ),
    "tls": st.builds(lambda offers: network.tls(*offers), st.lists(offers, max_size=2)),
    "vulnerabilities": st.builds(
        Vulnerabilities,
        addresses=st.lists(
            st.builds(
                Exposed,
                host=words,
                address=words,
                port=counts,
                heartbleed=st.booleans() | missing,
                ccs_injection=st.booleans() | missing,
                robot=st.booleans() | missing,
                client_renegotiations=st.none() | counts | missing,
            ),
            max_size=2,
        ).map(tuple),
        looked_with=words,
    ),
    "http": st.builds(
        web.http,
        https=exchanges,
        twin_http=st.none() | exchanges,
        further=st.lists(
            st.builds(AtAddress, address=words, http=exchanges, https=exchanges), max_size=2
        ).map(tuple),
    ),
    "well-known": st.builds(web.well_known, words),
    "pages": st.builds(web.pages, home=st.one_of(pages, missing), policy=st.none() | pages),
    "outbound": st.builds(
        Outbound,
        hosts=st.lists(
            st.builds(
                Outward,
                host=words,
                url=words,
                words=words,
                a=looks,
                aaaa=st.none() | looks,
                registrable=st.none() | words,
                ns=st.none() | looks,
            ),
            max_size=2,
        ).map(tuple),
        hosts_total=st.integers(0, 99),
        whole=st.booleans(),
    ),
    "provoked": st.builds(
        web.provoked,
        cross_origin=hops | missing,
        unknown=missing
        | st.builds(lambda page: Shown(exchange=web.exchange(), page=page), pages | missing),
        directories_total=counts,
    ),
    "mail": st.builds(
        network.mail,
        mx=missing,
        organisational=st.none() | words,
        dkim=st.lists(
            st.builds(network.dkim_look, words, words, named=st.booleans()), max_size=2
        ).map(tuple),
        mta_sts_policy=st.none()
        | missing
        | st.builds(
            network.policy_file,
            state=st.sampled_from(PolicyState),
            path=st.none() | st.sampled_from(PathState),
            status=st.none() | counts,
            text=words,
            too_large=st.booleans(),
        ),
        tls_rpt=missing,
    ),
    "exchangers": st.builds(
        network.exchangers,
        st.builds(
            lambda session, tlsa: network.exchanger(session, tlsa=tlsa),
            st.builds(
                network.mail_session,
                ending=st.sampled_from(Ending) | missing,
                extensions=st.lists(words, max_size=3).map(tuple),
                reply=st.none() | counts,
                handshake=st.none() | st.builds(network.handshake, path=st.none() | missing),
                injected_bytes=counts,
            ),
            missing | st.builds(network.look, words, words, words),
        ),
        mx=missing | st.builds(network.look, words, words, words),
        implicit=st.booleans(),
    ),
    "samples": st.builds(web.samples, cut=st.none() | missing, searched=missing),
    "documents": st.builds(
        Documents,
        documents=st.lists(
            st.builds(
                Document,
                url=words,
                linked_from=words,
                linked_as=words,
                kind=words,
                bytes=counts,
                tables=missing | st.lists(tables, max_size=2).map(tuple),
                cut=st.booleans(),
            ),
            max_size=2,
        ).map(tuple),
        total=counts,
        likely=counts,
    ),
    "uptime": st.builds(network.uptime, st.text("ud-", max_size=5)),
}
sets: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {}, optional={kind: st.one_of(missing, seen) for kind, seen in payloads.items()}
)
values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), words
)
findings = st.builds(
    Finding,
    unit=words,
    site=words,
    check=words,
    revision=counts,
    family=words,
    outcome=st.sampled_from(Outcome),
    cause=st.none() | st.sampled_from(Cause),
    measured=st.lists(
        st.builds(Measured, name=words, value=values, required=values), max_size=3
    ).map(tuple),
    note=words,
    limits=st.dictionaries(words, values, max_size=3),
    evidence=st.lists(words, max_size=2).map(tuple),
    as_of=st.timedeltas(timedelta(0), timedelta(days=3_650)).map(
        lambda passed: network.AS_OF + passed
    ),
)


def test_every_kind_is_in_the_property() -> None:
    """A new kind of evidence joins the property, or this fails."""
    assert set(payloads) == set(PAYLOADS)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(sets)
def test_evidence_comes_back(seen: dict[str, Any]) -> None:
    """Decode after encode is nothing; encode after that is the same bytes, so the same name."""
    data = codec.encode_evidence(seen)
    again = codec.decode_evidence(codec.unpacked(codec.packed(data)), PAYLOADS)
    assert again == seen
    assert codec.encode_evidence(again) == data


@settings(max_examples=60, deadline=None, derandomize=True)
@given(sets, st.randoms(use_true_random=False))
def test_order_of_kinds_is_no_content(seen: dict[str, Any], mixed: Any) -> None:
    """The same facts in another order have the same name."""
    kinds = list(seen)
    mixed.shuffle(kinds)
    assert codec.encode_evidence({kind: seen[kind] for kind in kinds}) == codec.encode_evidence(
        seen
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(findings, max_size=3).map(tuple))
def test_findings_come_back(told: tuple[Finding, ...]) -> None:
    """What was told is what was told, numbers and truth values apart."""
    again = codec.decode_findings(codec.encode_findings(told))
    assert again == told
    assert [[type(m.value) for m in f.measured] for f in again] == [
        [type(m.value) for m in f.measured] for f in told
    ]
