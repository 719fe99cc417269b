"""What the mail exchangers of a domain said on port 25: their greeting, STARTTLS, and the handshake after it."""

from enum import StrEnum
from typing import ClassVar

from checks.evidence.base import Fact, NotCaptured, Payload
from checks.evidence.names import Look
from checks.evidence.tls import Handshake


class Ending(StrEnum):
    """How one session ended, where something can be concluded."""

    ENCRYPTED = "encrypted"
    """STARTTLS was taken, and the handshake completed."""
    REFUSED = "refused"
    """The port is closed: refused twice, while another mail server answered."""
    NO_STARTTLS = "no-starttls"
    """It greets in SMTP, and its answer to EHLO does not name STARTTLS."""
    MASKED = "masked"
    """The same, and a firewall blots out words of the answers: on whose side is not to be seen."""
    STARTTLS_REFUSED = "starttls-refused"
    """It names STARTTLS, and answers the command with 5xx."""
    STARTTLS_DEFERRED = "starttls-deferred"
    """It names STARTTLS, and answers the command with 4xx: not now (RFC 3207, 4)."""
    HANDSHAKE_FAILED = "handshake-failed"
    """After 220 it refused every version and suite that we know of, or did not speak TLS."""
    NOT_SMTP = "not-smtp"
    """The port speaks, but no line that begins with a reply code."""


class Session(Fact):
    """One session with one address of an exchanger."""

    address: str
    port: int
    ending: Ending | NotCaptured
    announced: str = ""
    """The name that the greeting gives itself, where it is one.  The rest of it changes with every call."""
    extensions: tuple[str, ...] = ()
    """The keywords of the answer to EHLO, in capital letters, at most 40."""
    reply: int | None = None
    """The code of the reply that ended it, where one did."""
    handshake: Handshake | None = None
    """Completed, or what came instead of TLS.  The certificate is recorded; nobody is accused of it."""
    alert: str = ""
    """The alert that refused the handshake, as OpenSSL names it."""
    injected_bytes: int = 0
    """Bytes that came in the clear after the 220 that begins TLS; they were thrown away unread."""


class Exchanger(Fact):
    """One host that takes the domain's mail."""

    host: str
    """In lower case, without the last dot."""
    preference: int
    a: Look
    aaaa: Look
    sessions: tuple[Session, ...]
    """With at most 2 addresses; empty where the host has none, or where no look at it was possible."""
    tlsa: Look
    """TLSA at ``_25._tcp.host``."""


class Exchangers(Payload):
    """The exchangers of a mail domain, the most preferred first, at most 5 of ``total``."""

    kind: ClassVar[str] = "exchangers"

    domain: str
    mx: Look
    implicit: bool = False
    """There is no MX, so the domain's own address stands for one (RFC 5321, 5.1)."""
    exchangers: tuple[Exchanger, ...] = ()
    total: int = 0
