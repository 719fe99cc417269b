"""What block lists that are asked by DNS said of a site's addresses (RFC 5782); empty unless the operator named one."""

from typing import ClassVar

from checks.evidence.base import Fact, NotCaptured, Payload


class Word(Fact):
    """What one zone answered of one address."""

    address: str
    answers: tuple[str, ...] | NotCaptured
    """Its A records, in order; none where the zone has no such name: the address is not listed."""


class Zone(Fact):
    """One list asked by DNS."""

    zone: str
    """As told to readers: a label that is a subscriber's key is ``•``."""
    tests: tuple[Word, ...]
    """Of the two addresses of each family that tell whether a list is alive: the first always listed, the second never."""
    words: tuple[Word, ...]
    """Of each address of the host."""


class Reputation(Payload):
    """What the lists said that the operator chose to ask (``--dnsbl``)."""

    kind: ClassVar[str] = "reputation"

    zones: tuple[Zone, ...]
