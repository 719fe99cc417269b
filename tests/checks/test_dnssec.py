"""DNSSEC: secure, insecure and bogus, each with the reason that somebody can act on."""

from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.dnssec import Cut, Digest, Key, State, Why
from checks.evidence.names import Said
from checks.rules.dnssec import dnssec_valid
from checks.spec import Finding, Outcome
from tests.builders.network import AS_OF, DAY, HOST, cut, dnssec, finding, missing, validated

ROOT, VN, EDU = cut(""), cut("vn"), cut("edu.vn")
GONE = NotCaptured(cause=Cause.DNS_TIMEOUT)
ISLAND = (Digest(tag=9, algorithm=13, digest_type=2, digest="cd" * 32),)
SHA1_DS = (Digest(tag=7, algorithm=8, digest_type=1, digest="ab" * 20),)
BOTH_DS = (*SHA1_DS, Digest(tag=7, algorithm=8, digest_type=2, digest="ab" * 32))


def chain(*below: Cut) -> tuple[Cut, ...]:
    """From the root over the registry to these."""
    return (ROOT, VN, EDU, *below)


def ended(why: Why = Why.NO_DS, zone: str = HOST) -> Cut:
    """Where an insecure chain ends."""
    return cut(zone, state=State.INSECURE, why=why, ds=(), keys=(), expires_at=None)


def insecure(why: Why = Why.NO_DS, cuts: tuple[Cut, ...] | None = None, **fields: Any) -> Finding:
    """Both answers insecure for one reason."""
    more = {key: fields.pop(key) for key in list(fields) if key in ("island", "registrable")}
    told = {"state": State.INSECURE, "why": why, "broke_at": HOST, "expires_at": None} | fields
    return finding(
        dnssec_valid,
        dnssec(
            a=validated(**told),
            aaaa=validated("AAAA", **told),
            cuts=chain(ended(why)) if cuts is None else cuts,
            **more,
        ),
    )


def bogus(why: Why | None, **fields: Any) -> Finding:
    """The A record's chain is broken; AAAA was not even seen."""
    told = {"state": State.BOGUS, "why": why, "broke_at": HOST, "expires_at": None} | fields
    return finding(dnssec_valid, dnssec(a=validated(**told), aaaa=GONE, cuts=chain(cut())))


def key(algorithm: int, *, revoked: bool = False) -> Key:
    """A key of an algorithm."""
    return Key(tag=algorithm, algorithm=algorithm, bits=2048, entry=True, revoked=revoked)


def test_secure_is_met() -> None:
    """With what is left of the signature that ends first."""
    found = finding(dnssec_valid, dnssec())
    told = {measured.name: measured.value for measured in found.measured}
    assert found.outcome is Outcome.MET
    assert (told["days_left"], told["algorithms"], told["state"]) == (10, "13", "secure")


@pytest.mark.parametrize(
    ("left", "outcome", "cause"),
    [
        pytest.param(0 * DAY, Outcome.MET, None, id="ends-now"),
        pytest.param(-DAY / 86_400, Outcome.NOT_TESTED, Cause.EVIDENCE_EXPIRED, id="ended"),
    ],
)
def test_signatures_that_ended_meanwhile(left: Any, outcome: Outcome, cause: Cause | None) -> None:
    """They were surely made anew; what was seen says nothing of that."""
    found = finding(dnssec_valid, dnssec(cuts=chain(cut(expires_at=AS_OF + left))))
    assert (found.outcome, found.cause) == (outcome, cause)


def test_no_moment_is_known() -> None:
    """The state alone then."""
    bare = validated(expires_at=None)
    found = finding(dnssec_valid, dnssec(a=bare, aaaa=bare, cuts=()))
    assert found.outcome is Outcome.MET
    assert "days_left" not in {measured.name for measured in found.measured}


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        pytest.param(cut(keys=(key(7), key(5)), ds=BOTH_DS), "weak-algorithm", id="rsa-sha1"),
        pytest.param(cut(keys=(key(7), key(8)), ds=BOTH_DS), "", id="on-the-way-to-better"),
        pytest.param(
            cut(keys=(key(7), key(8, revoked=True)), ds=BOTH_DS), "weak-algorithm", id="revoked"
        ),
        pytest.param(cut(keys=(key(8),), ds=SHA1_DS), "weak-algorithm", id="sha1-digest-alone"),
        pytest.param(cut(keys=(key(8),), ds=BOTH_DS), "", id="both-digests"),
    ],
)
def test_sha1(own: Cut, reason: str) -> None:
    """What hangs on SHA-1 alone is weak; the registry's zones are not the school's."""
    found = finding(dnssec_valid, dnssec(cuts=(ROOT, cut("vn", keys=(key(7),)), own)))
    assert found.reason == reason
    assert found.outcome is (Outcome.NOT_MET if reason else Outcome.MET)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        pytest.param(insecure(), "unsigned", id="unsigned"),
        pytest.param(insecure(Why.OPT_OUT), "unsigned", id="unsigned-in-an-opt-out-span"),
        pytest.param(insecure(island=ISLAND), "no-ds", id="island"),
        pytest.param(
            insecure(cuts=(ROOT, VN, ended(zone="edu.vn")), registry=True, zone="edu.vn"),
            "parent-unsigned",
            id="above-the-school",
        ),
        pytest.param(insecure(Why.UNSUPPORTED_ALGORITHM), "unknown-algorithm", id="algorithm"),
        pytest.param(insecure(Why.UNSUPPORTED_DIGEST), "unknown-algorithm", id="digest"),
        pytest.param(
            insecure(Why.ITERATIONS, iterations=500), "too-many-iterations", id="iterations"
        ),
        pytest.param(
            insecure(Why.OPT_OUT, cuts=chain(cut())), "opt-out", id="opt-out-in-the-own-zone"
        ),
        pytest.param(insecure(Why.OPT_OUT, cuts=()), "opt-out", id="no-chain-known"),
        pytest.param(
            insecure(broke_at="cdn.example.net", zone="example.net", cuts=chain(cut())),
            "alias-unsigned",
            id="alias",
        ),
    ],
)
def test_insecure(found: Finding, reason: str) -> None:
    """Not met, and each way of being outside the chain has a remedy of its own."""
    assert (found.outcome, found.reason) == (Outcome.NOT_MET, reason)


def test_the_missing_ds_record_is_ready_to_paste() -> None:
    """Made of the key that the zone signs itself with."""
    told = {measured.name: measured.value for measured in insecure(island=ISLAND).measured}
    assert told["suggested"] == f"{HOST}. IN DS 9 13 2 {'CD' * 32}"


def test_an_island_that_could_not_be_looked_for() -> None:
    """Unsigned or without DS: not to be told apart, so neither is said."""
    found = insecure(island=GONE)
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.DNS_TIMEOUT)


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        (Why.EXPIRED, "bogus-expired"),
        (Why.NOT_YET_VALID, "bogus-early"),
        (Why.NO_KEY, "bogus-keys"),
        (Why.WRONG_SIGNATURE, "bogus-signature"),
        (Why.MISSING_SIGNATURE, "bogus-unsigned"),
        (Why.MISSING_PROOF, "bogus-proof"),
        (Why.WRONG_DS, "bogus-ds"),
        (Why.NO_DNSKEY, "bogus-ds"),
    ],
)
def test_bogus(why: Why, reason: str) -> None:
    """One broken answer is enough."""
    found = bogus(why)
    assert (found.outcome, found.reason) == (Outcome.NOT_MET, reason)


def test_an_alias_into_a_broken_zone() -> None:
    """It is somebody else's zone that has to be mended."""
    found = bogus(Why.EXPIRED, broke_at="cdn.example.net", zone="example.net")
    assert (found.outcome, found.reason) == (Outcome.NOT_MET, "alias-bogus")


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(bogus(Why.MISSING_SIGNATURE, zone="edu.vn", registry=True), id="suffix"),
        pytest.param(bogus(Why.MISSING_PROOF, zone="", registry=True), id="root"),
        pytest.param(bogus(None), id="without-a-reason"),
    ],
)
def test_a_broken_registry_accuses_nobody(found: Finding) -> None:
    """It is our way to it that is broken."""
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.SCANNER_CANNOT)


def test_no_such_name() -> None:
    """Nothing to sign, proven or not."""
    for state in (State.SECURE, State.INSECURE):
        gone = validated(said=Said.NXDOMAIN, state=state)
        found = finding(dnssec_valid, dnssec(a=gone, aaaa=gone))
        assert (found.outcome, found.reason) == (Outcome.NOT_APPLICABLE, "no-such-name")


@pytest.mark.parametrize("fields", [{"a": GONE}, {"aaaa": GONE}, {"a": GONE, "aaaa": GONE}])
def test_half_a_look_settles_nothing(fields: dict[str, Any]) -> None:
    """A secure A record says nothing of AAAA."""
    found = finding(dnssec_valid, dnssec(**fields))
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.DNS_TIMEOUT)


def test_nothing_seen() -> None:
    """With the look's own cause."""
    found = missing(dnssec_valid, NotCaptured(cause=Cause.SCANNER_CANNOT))
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.SCANNER_CANNOT)
