"""What the parent zone and each listed name server say of the zone that holds a site's name."""

from enum import StrEnum
from typing import ClassVar, Literal

from checks.evidence.base import Fact, NotCaptured, Payload
from checks.evidence.names import Look


class Closed(Fact):
    """The port was seen closed, twice, while another name server answered from the same place."""

    port: Literal["closed"]


class SoaReply(Fact):
    """A reply to the question for the zone's SOA.

    ``rcode`` is a mnemonic (``NOERROR``, ``REFUSED``); ``serial`` is ``None`` where no SOA of the zone was in the
    answer.  A ``truncated`` datagram may say nothing and ask to come by TCP.
    """

    rcode: str
    authoritative: bool
    truncated: bool
    edns: bool
    serial: int | None

    @property
    def of_holder(self) -> bool:
        """Whether it is what a server of the zone says; one cut short asks to come by TCP."""
        known = self.truncated or (self.authoritative and self.serial is not None)
        return self.rcode == "NOERROR" and known


class NsReply(Fact):
    """A reply to the question for the zone's NS records: names in lower case, sorted, without the last dot."""

    rcode: str
    authoritative: bool
    servers: tuple[str, ...]


SoaLook = SoaReply | Closed | NotCaptured
NsLook = NsReply | Closed | NotCaptured


class AtServer(Fact):
    """One address of one name server, and what it answered.

    ``again`` is the second look at the SOA over UDP, some seconds later, where the first one of this or another
    server would have been a reason to object; ``None`` where there was none.
    """

    server: str
    address: str
    udp: SoaLook
    again: SoaLook | None
    tcp: SoaLook
    ns: NsLook
    transfer: bool | NotCaptured
    """Whether it begins to hand out the zone; no more than the beginning was taken."""
    recursion: bool | NotCaptured
    """Whether it looked up a name of others for us."""


class Listing(StrEnum):
    """Who told which name servers the zone has."""

    PARENT = "parent"
    """A referral of the zone above: what every resolver begins with."""
    ZONE = "zone"
    """The zone itself: the servers of the zone above hold this one too, and show nothing of what they list."""


class Glue(Fact):
    """The addresses that the parent zone hands out for one name server."""

    server: str
    addresses: tuple[str, ...]


class ListedServer(Fact):
    """One name server: where it is named, and the addresses that the operator's resolver finds for it."""

    name: str
    at_parent: bool
    a: Look
    aaaa: Look


class Delegation(Payload):
    """How the zone that holds the site's host is delegated, and what its name servers answer.

    Nothing is asked of the servers of a public suffix (``own`` is false), or where the name does not exist.
    """

    kind: ClassVar[str] = "delegation"

    host: str
    zone: str
    """The zone that really holds the host's name; the host may lie several labels below."""
    parent: str
    """The zone above, ``""`` for the root."""
    exists: bool
    """Whether the name servers above know the host's name at all."""
    own: bool
    """Whether the zone lies below a public suffix, so that somebody registered it."""
    listing: Listing
    listed: tuple[str, ...]
    """The zone's NS set as ``listing`` says, sorted, at most 13 of ``listed_total``."""
    listed_total: int
    glue: tuple[Glue, ...]
    """As the parent hands it out, for servers whose names lie in the zone or its parent."""
    servers: tuple[ListedServer, ...]
    """The servers looked at, those of ``listed`` first, at most 8 of ``servers_total``."""
    servers_total: int
    asked: tuple[AtServer, ...]
    """At most 4 addresses a server and 16 in all, of ``addresses_total``."""
    addresses_total: int
