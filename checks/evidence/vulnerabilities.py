"""What whole vulnerable conversations showed; looked for only where the permission names the family."""

from typing import ClassVar

from checks.evidence.base import Fact, NotCaptured, Payload


class Exposed(Fact):
    """One address: whether it gave in to each of the known attacks."""

    host: str
    address: str
    port: int
    heartbleed: bool | NotCaptured
    ccs_injection: bool | NotCaptured
    robot: bool | NotCaptured
    client_renegotiations: int | NotCaptured | None
    """How many the server let a client start, at most 11 tried; ``None``: only TLS 1.3 is spoken."""


class Vulnerabilities(Payload):
    """All addresses looked at."""

    kind: ClassVar[str] = "vulnerabilities"

    addresses: tuple[Exposed, ...]
    looked_with: str
