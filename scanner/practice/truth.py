"""The checks that the practice fleet knows the truth about, and the truth of a healthy site."""

from collections.abc import Iterable

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
)
VERSIONS = ("old-tls-off", "tls12-or-better", "tls13-offered")
TLS = ("https-offered", *CERTIFICATE, *VERSIONS)
REDIRECTS = ("http-redirects-to-https", "https-stays-https", "redirects-end")
PAGE_HEADERS = (
    "framing-restricted",
    "nosniff-set",
    "referrer-private",
    "software-version-hidden",
)
CONTENT = ("contact-details-published", "privacy-policy-published", "label-badge-genuine")
ANSWERS = (*REDIRECTS, "hsts-enforced", *PAGE_HEADERS, "security-txt-published", *CONTENT)
"""All that hangs on an answer over HTTP, reachability aside."""
ZONE = ("nameservers-redundant", "caa-published")
MAIL = ("spf-valid", "dmarc-valid")

CHECKS = (*REACH, *TLS, *ANSWERS, "name-resolves", "name-under-vn", *ZONE, *MAIL)


def healthy(**differences: str) -> dict[str, str]:
    """The truth of a site without faults (it shows no badge), with differences written as keywords."""
    named = {check.replace("_", "-"): outcome for check, outcome in differences.items()}
    return but(dict.fromkeys(CHECKS, MET) | {"label-badge-genuine": NOT_APPLICABLE}, named)


def but(truth: dict[str, str], differences: dict[str, str]) -> dict[str, str]:
    """A truth with differences; a check that is not in the list is a mistake of the writer."""
    if unknown := differences.keys() - set(CHECKS):
        raise ValueError(f"no such check: {sorted(unknown)}")
    return truth | differences


def each(checks: Iterable[str], outcome: str) -> dict[str, str]:
    """The same outcome for several checks."""
    return dict.fromkeys(checks, outcome)
