"""What every piece of evidence is made of: a payload, or ``NotCaptured`` with a cause from a closed list."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, StringConstraints


class Fact(BaseModel):
    """A frozen fact; unknown fields are an error, so an old store never half-loads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Side(StrEnum):
    """Whose doing a missing look is."""

    SITE = "site"
    BETWEEN = "between"
    US = "us"


class Cause(StrEnum):
    """Why nothing can be concluded: the one list, with its side in ``SIDE_OF``."""

    NOT_RUN = "not-run"
    DNS_SERVFAIL = "dns-servfail"
    DNS_REFUSED = "dns-refused"
    DNS_TIMEOUT = "dns-timeout"
    DNS_LOOP = "dns-loop"
    NO_ADDRESS = "no-address"
    BLOCKED_ADDRESS = "blocked-address"
    REFUSED = "refused"
    RESET = "reset"
    CONNECT_TIMEOUT = "connect-timeout"
    NO_ANSWER = "no-answer"
    CLOSED_EARLY = "closed-early"
    NOT_TLS = "not-tls"
    TLS_ALERT = "tls-alert"
    TLS_PROTOCOL = "tls-protocol"
    TLS_TIMEOUT = "tls-timeout"
    CERT_MALFORMED = "cert-malformed"
    CLIENT_CERT_REQUIRED = "client-cert-required"
    NOT_HTTP = "not-http"
    HTTP_MALFORMED = "http-malformed"
    HEAD_TOO_LARGE = "head-too-large"
    BODY_TRUNCATED = "body-truncated"
    UNDECODABLE = "undecodable"
    AUTHENTICATION_REQUIRED = "authentication-required"
    REDIRECT_OUT_OF_SCOPE = "redirect-out-of-scope"
    RATE_LIMITED = "rate-limited"
    SENDER_REJECTED = "sender-rejected"
    CHALLENGE_PAGE = "challenge-page"
    SERVER_ERROR = "server-error"
    DEADLINE = "deadline"
    BUDGET_BYTES = "budget-bytes"
    BUDGET_EVENTS = "budget-events"
    BUDGET_CPU = "budget-cpu"
    PORT_BLOCKED = "port-blocked"
    ISSUER_MISSING = "issuer-missing"
    TOO_FEW_SAMPLES = "too-few-samples"
    NO_LIST = "no-list"
    LIST_OLD = "list-old"
    NO_DOCUMENT = "no-document"
    SELECTOR_UNKNOWN = "selector-unknown"
    NO_REGISTRY = "no-registry"
    EVIDENCE_EXPIRED = "evidence-expired"
    NOT_PERMITTED = "not-permitted"
    NOT_BUILT = "not-built"
    NOT_ENABLED = "not-enabled"
    SCANNER_LACKS_IPV6 = "scanner-lacks-ipv6"
    SCANNER_CANNOT = "scanner-cannot"
    LOCAL_NETWORK_DOWN = "local-network-down"
    LOCAL_CLOCK_WRONG = "local-clock-wrong"
    INTERNAL_ERROR = "internal-error"
    CANCELLED = "cancelled"


_BETWEEN = {
    Cause.DNS_TIMEOUT,
    Cause.RESET,
    Cause.CONNECT_TIMEOUT,
    Cause.NO_ANSWER,
    Cause.PORT_BLOCKED,
    Cause.DEADLINE,
}
_OURS = {
    Cause.NOT_RUN,
    Cause.SENDER_REJECTED,
    Cause.NO_LIST,
    Cause.LIST_OLD,
    Cause.NO_DOCUMENT,
    Cause.SELECTOR_UNKNOWN,
    Cause.NO_REGISTRY,
    Cause.TOO_FEW_SAMPLES,
    Cause.EVIDENCE_EXPIRED,
    Cause.NOT_PERMITTED,
    Cause.NOT_BUILT,
    Cause.NOT_ENABLED,
    Cause.SCANNER_LACKS_IPV6,
    Cause.SCANNER_CANNOT,
    Cause.LOCAL_NETWORK_DOWN,
    Cause.LOCAL_CLOCK_WRONG,
    Cause.INTERNAL_ERROR,
    Cause.CANCELLED,
}
SIDE_OF: dict[Cause, Side] = {
    cause: Side.US if cause in _OURS else Side.BETWEEN if cause in _BETWEEN else Side.SITE
    for cause in Cause
}


class NotCaptured(Fact):
    """A planned look that ended in nothing to conclude from."""

    cause: Cause
    detail: Annotated[str, StringConstraints(max_length=500)] = ""


class Payload(Fact):
    """What one probe saw of one site.  ``kind`` and ``schema`` name it in the store."""

    kind: ClassVar[str]
    schema_version: ClassVar[int] = 1
