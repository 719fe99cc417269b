"""Whether a host's addresses are vouched for from the root of the DNS down, and where the chain ends (RFC 4035)."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from checks.evidence.base import Fact, NotCaptured, Payload
from checks.evidence.names import Said


class State(StrEnum):
    """RFC 4035, 4.3.  The fourth of its states, *indeterminate*, is ``NotCaptured``."""

    SECURE = "secure"
    INSECURE = "insecure"
    """Proven to lie outside the chain of trust."""
    BOGUS = "bogus"
    """It should be vouched for, and is not."""


class Why(StrEnum):
    """What ended the chain: the first five make it insecure, the others bogus."""

    NO_DS = "no-ds"
    """The parent proves that it has no DS record for this delegation."""
    OPT_OUT = "opt-out"
    """The parent's NSEC3 span leaves unsigned delegations out, and this may be one (RFC 5155, 6)."""
    UNSUPPORTED_ALGORITHM = "unsupported-algorithm"
    UNSUPPORTED_DIGEST = "unsupported-digest"
    ITERATIONS = "iterations"
    """More NSEC3 iterations than validators go along with (RFC 9276, 3.2)."""
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    NO_KEY = "no-key"
    """Signatures are there, and none is by a key of the zone."""
    WRONG_SIGNATURE = "wrong-signature"
    MISSING_SIGNATURE = "missing-signature"
    MISSING_PROOF = "missing-proof"
    """An absence without the NSEC or NSEC3 records that prove it."""
    WRONG_DS = "wrong-ds"
    """No DS record of the parent fits a key of the zone."""
    NO_DNSKEY = "no-dnskey"
    """The parent has a DS record, and the zone no keys."""


class Denial(StrEnum):
    """How a zone proves that something is not there."""

    NSEC = "nsec"
    NSEC3 = "nsec3"


class Key(Fact):
    """One DNSKEY record.  ``bits`` counts the modulus of RSA, else the curve's size; 0 where unknown."""

    tag: int
    algorithm: int
    bits: int
    entry: bool
    """Flagged as a key that a parent's DS record may point to (SEP)."""
    revoked: bool


class Digest(Fact):
    """One DS record; ``digest`` in hexadecimal."""

    tag: int
    algorithm: int
    digest_type: int
    digest: str


class Cut(Fact):
    """One zone on the way down from the root, with what its parent says of it."""

    zone: str
    """Without the last dot; the root is empty."""
    registry: bool
    """The root or a public suffix: not in the hands of who registered the name."""
    state: State
    why: Why | None = None
    ds: tuple[Digest, ...] = ()
    """What the parent holds; of the root: the trust anchors."""
    keys: tuple[Key, ...] = ()
    denial: Denial | None = None
    """How the parent proved that there is no DS record."""
    iterations: int | None = None
    """Extra iterations of that proof's NSEC3."""
    expires_at: datetime | None = None
    """When the signature over the zone's keys ends."""


class Validated(Fact):
    """One question about the host, followed through its aliases, and what its answer is worth."""

    name: str
    type: str
    state: State
    said: Said
    why: Why | None = None
    zone: str = ""
    """Where a chain that is not secure ends or breaks, else the zone that signed the last answer."""
    registry: bool = False
    """That zone is the root or a public suffix."""
    aliases: tuple[str, ...] = ()
    broke_at: str = ""
    """The name whose answer is not secure: ``name`` or one of ``aliases``."""
    denial: Denial | None = None
    iterations: int | None = None
    expires_at: datetime | None = None
    """The earliest end of a signature over the answer and its proofs."""


class Dnssec(Payload):
    """What validating by ourselves found of one host, from the trust anchor down."""

    kind: ClassVar[str] = "dnssec"

    host: str
    registrable: str | None
    a: Validated | NotCaptured
    aaaa: Validated | NotCaptured
    cuts: tuple[Cut, ...]
    """The zones walked from the root to where the host's own chain ends, in order; aliases' zones are left out."""
    island: tuple[Digest, ...] | NotCaptured
    """Where the chain ends for want of a DS record: DS records, made by us with SHA-256, of the keys that the zone
    below signs itself with.  Empty where it is not signed, or where the chain does not end like that."""
    anchor: str
    """Which trust anchors were used, with their date."""
    confirmed: bool
    """Whether a bogus answer was seen twice, the second time from the start; also true where none was bogus."""
