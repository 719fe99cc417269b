"""The mail policies that a domain publishes: SPF with everything it includes, and DMARC."""

from typing import ClassVar

from checks.evidence.base import Payload
from checks.evidence.names import Look


class MailPolicies(Payload):
    """Records of a mail domain, with every look-up that reading them asked for."""

    kind: ClassVar[str] = "mail"

    domain: str
    organisational: str | None
    """The registrable name above ``domain`` by the public suffix list; ``None`` where there is none."""
    mx: Look
    spf_lookups: tuple[Look, ...]
    """TXT at ``domain`` first, then each look-up that evaluating its SPF record asks for, in order, at most 40."""
    dmarc: tuple[Look, ...]
    """TXT at ``_dmarc.`` names, walking up the tree from ``domain``, in the order asked."""
    dmarc_authorisations: tuple[Look, ...] = ()
    """TXT at ``<domain>._report._dmarc.<destination>`` for report addresses outside the domain."""
