"""The mail policies that a domain publishes, with every look-up that reading them asked for."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from checks.evidence.base import Fact, NotCaptured, Payload
from checks.evidence.certificates import PathState
from checks.evidence.names import Look


class DkimLook(Fact):
    """TXT at ``<selector>._domainkey.`` before the domain."""

    selector: str
    named: bool
    """Whether the inventory names it; else it is one of the common ones, tried on the off chance."""
    look: Look


class PolicyState(StrEnum):
    """How far fetching a policy file came; what says nothing of the site is ``NotCaptured`` instead."""

    ANSWERED = "answered"
    NO_HOST = "no-host"
    """The host of the policy has no address: said by its name servers."""
    BAD_CERTIFICATE = "bad-certificate"
    """The certificate does not hold for that host, so no request was sent."""


class PolicyFile(Fact):
    """What came of fetching ``/.well-known/mta-sts.txt``; redirects are not followed (RFC 8461, 3.3)."""

    url: str
    state: PolicyState
    path: PathState | None = None
    """Of the certificate; ``None`` where no handshake was made."""
    covers: bool | None = None
    """Whether the certificate names the host."""
    not_before: datetime | None = None
    not_after: datetime | None = None
    status: int | None = None
    content_type: str = ""
    text: str = ""
    """The beginning of the file, at most 64 KiB, decoded with replacement."""
    too_large: bool = False
    """Whether the file goes on beyond that."""


class MailPolicies(Payload):
    """Records of a mail domain, with every look-up that reading them asked for."""

    kind: ClassVar[str] = "mail"
    schema_version: ClassVar[int] = 2

    domain: str
    organisational: str | None
    """The registrable name above ``domain`` by the public suffix list; ``None`` where there is none."""
    mx: Look
    spf_lookups: tuple[Look, ...]
    """TXT at ``domain`` first, then each look-up that evaluating its SPF record asks for, in order, at most 40."""
    dmarc: tuple[Look, ...]
    """TXT at ``_dmarc.`` names, walking up the tree from ``domain``, in the order asked."""
    dmarc_authorisations: tuple[Look, ...]
    """TXT at ``<domain>._report._dmarc.<destination>`` for report addresses outside the domain."""
    dkim: tuple[DkimLook, ...]
    """The selectors of the inventory; where it names none, the common ones."""
    mta_sts: Look
    """TXT at ``_mta-sts.`` before the domain."""
    mta_sts_policy: PolicyFile | NotCaptured | None
    """``None`` where no record asks for a policy to be fetched."""
    tls_rpt: Look
    """TXT at ``_smtp._tls.`` before the domain."""
    bimi: Look
    """TXT at ``default._bimi.`` before the domain.  The logo it names is never fetched."""
