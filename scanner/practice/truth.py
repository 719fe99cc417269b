"""The checks that the practice fleet knows the truth about, and the truth of a healthy site."""

import ssl
from collections.abc import Iterable, Mapping

MET = "met"
NOT_MET = "not-met"
NEEDS_REVIEW = "needs-review"
NOT_APPLICABLE = "not-applicable"
NOT_TESTED = "not-tested"

REACH = ("site-reachable", "uptime-above-target")
CERTIFICATE = (
    "certificate-trusted",
    "certificate-chain-complete",
    "certificate-matches-host",
    "certificate-in-date",
    "certificate-renewed-in-time",
    "certificate-key-strong",
    "certificate-signature-strong",
    "certificate-lifetime-within-limit",
    "certificate-transparent",
    "certificate-not-revoked",
    "ocsp-staple-honest",
)
VERSIONS = ("old-tls-off", "tls12-or-better", "tls13-offered")
OLDER = (
    "server-chooses-cipher",
    "tls-compression-off",
    "renegotiation-secure",
    "extended-master-secret",
)
"""About the versions before TLS 1.3 alone."""
HANDSHAKE = (
    "weak-ciphers-off",
    "forward-secrecy-always",
    "aead-offered",
    "key-exchange-strong",
    "post-quantum-offered",
    "downgrade-protected",
    "early-data-off",
    "http2-offered",
    "ssl-labs-grade",
    *OLDER,
)
"""All that hangs on which handshakes a server takes, the versions aside."""
TLS = ("https-offered", *CERTIFICATE, *VERSIONS, *HANDSHAKE)
VULNERABILITIES = (
    "client-renegotiation-off",
    "heartbleed-absent",
    "ccs-injection-absent",
    "robot-absent",
)
UNPERMITTED = frozenset({"not-permitted"})
"""The cause of each of these: the fleet's permission does not name them."""
REDIRECTS = ("http-redirects-to-https", "https-stays-https", "redirects-end")
PAGE_HEADERS = (
    "csp-effective",
    "framing-restricted",
    "nosniff-set",
    "referrer-private",
    "permissions-limited",
    "cookies-protected",
    "isolation-headers-valid",
    "software-version-hidden",
)
HSTS = ("hsts-enforced", "hsts-preload-ready")
PAGE = ("scripts-pinned", "no-mixed-content", "forms-submit-securely")
PRIVACY = ("privacy-policy-covers", "consent-asked-on-forms", "public-disclosure-present")
INTRUSION = ("no-malicious-script", "no-phishing-sign", "not-defaced")
"""Signs that somebody else wrote on the pages."""
SOFTWARE = ("cms-supported", "libraries-safe", "links-alive")
"""What the pages are made with, and where they lead."""
SAMPLED = (
    "no-gambling-content",
    "no-hidden-links",
    "no-foreign-redirect",
    "same-page-for-search-engines",
)
"""What hangs on the home page and on further ones."""
EXPOSED = ("no-personal-data-exposed",)
"""What hangs on the home page, on further ones, and on the files that they link."""
CONTENT = (
    "contact-details-published",
    "privacy-policy-published",
    "label-badge-genuine",
    "directory-listing-off",
    *PRIVACY,
    *PAGE,
    *INTRUSION,
    *SOFTWARE,
    *SAMPLED,
    *EXPOSED,
)
"""All that hangs on what stands in the home page."""
PROVOKED = ("cross-origin-closed", "errors-stay-quiet")
ANSWERS = (
    *REDIRECTS,
    *HSTS,
    *PAGE_HEADERS,
    *PROVOKED,
    "observatory-grade",
    "security-txt-published",
    "response-time-within-budget",
    *CONTENT,
)
"""All that hangs on an answer over HTTP, reachability aside."""
POINTING = ("no-dangling-alias", "wildcard-understood")
ZONE = ("nameservers-redundant", "caa-published", *POINTING)
SERVERS = ("nameservers-answer", "nameservers-agree", "nameservers-over-ipv6")
STRANGERS = ("zone-transfer-closed", "recursion-closed")
DELEGATION = (*SERVERS, *STRANGERS)
"""All that hangs on what the name servers themselves say."""
FORGERY = ("spf-valid", "spf-strict", "dmarc-valid", "dmarc-enforced")
"""All that a name must say, with mail or without."""
CORRESPONDENCE = (
    "dmarc-reports-read",
    "dkim-published",
    "mta-sts-enforced",
    "tls-rpt-published",
    "bimi-valid",
)
"""What is asked of nobody who says that there is no mail."""
MAIL = (*FORGERY, *CORRESPONDENCE, "no-mail-said-so")
REPUTATION = ("not-on-blocklists", "not-on-national-list", "address-not-in-botnet")
"""What lists say; the first two know names alone, and hang on no answer of the site."""
EXCHANGERS = ("mx-encrypts", "mx-tlsa-matches")
"""All that hangs on what the servers that take the mail say."""

CHECKS = (
    *REACH,
    *TLS,
    "tlsa-matches",
    *VULNERABILITIES,
    *ANSWERS,
    "name-resolves",
    "name-under-vn",
    "registration-current",
    *ZONE,
    *DELEGATION,
    "dnssec-valid",
    *MAIL,
    *EXCHANGERS,
    *REPUTATION,
)

_HEALTHY: Mapping[str, str] = (
    dict.fromkeys(CHECKS, MET)
    | dict.fromkeys((*VULNERABILITIES, *STRANGERS, "ssl-labs-grade"), NOT_TESTED)
    | dict.fromkeys(
        (
            "label-badge-genuine",
            "cookies-protected",
            "isolation-headers-valid",
            "forms-submit-securely",
            "consent-asked-on-forms",
            "directory-listing-off",
            "libraries-safe",
            "links-alive",
            "certificate-transparent",
            "certificate-not-revoked",
            "ocsp-staple-honest",
            "tlsa-matches",
            "bimi-valid",
            "no-mail-said-so",
            "mx-tlsa-matches",
        ),
        NOT_APPLICABLE,
    )
    | {
        "http2-offered": NOT_MET,
        "hsts-preload-ready": NOT_MET,
        "mta-sts-enforced": NOT_MET,
        "nameservers-over-ipv6": NOT_MET,
        "dnssec-valid": NOT_MET,
        # The first OpenSSL that has the hybrid groups offers them unasked.
        "post-quantum-offered": MET if ssl.OPENSSL_VERSION_INFO >= (3, 5) else NOT_MET,
    }
)


def healthy(**differences: str) -> dict[str, str]:
    """The truth of a site without faults, with differences written as keywords.

    It shows no badge, no form and no file, loads no library, links nobody else, sets no cookie, speaks HTTP/1.1 alone, asks for no place on the preload list,
    tells nobody to send it mail only encrypted, names no logo, its zone is not signed, its certificate names nobody who could be asked about it, its name
    servers have no IPv6, and its mail server has no TLSA record.
    """
    named = {check.replace("_", "-"): outcome for check, outcome in differences.items()}
    return but(dict(_HEALTHY), named)


def but(truth: dict[str, str], differences: dict[str, str]) -> dict[str, str]:
    """A truth with differences; a check that is not in the list is a mistake of the writer."""
    if unknown := differences.keys() - set(CHECKS):
        raise ValueError(f"no such check: {sorted(unknown)}")
    return truth | differences


def each(checks: Iterable[str], outcome: str) -> dict[str, str]:
    """The same outcome for several checks."""
    return dict.fromkeys(checks, outcome)


def is_good(truth: Mapping[str, str]) -> bool:
    """Whether nothing is unmet or untested that a healthy site would meet."""
    bad = {NOT_MET, NOT_TESTED}
    return not any(truth[check] in bad and _HEALTHY[check] not in bad for check in truth)
