"""Which checks the practice fleet can show from one side only."""

from scanner.practice.truth import STRANGERS, VULNERABILITIES

ONE_SIDED = frozenset(
    {
        "certificate-transparent",
        "early-data-off",
        "ssl-labs-grade",
        "observatory-grade",
        "mta-sts-enforced",
        *STRANGERS,
        "wildcard-understood",
        *VULNERABILITIES,
    }
)
"""Those that are not both met and not met in this fleet; docs/practice.md says why."""
