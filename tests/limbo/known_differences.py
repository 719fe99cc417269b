"""Cases in which others decide otherwise; docs/decisions/certificate-paths.md says why, group by group."""

AUTHORITY_FAULTS = frozenset(
    {
        "rfc5280::ca-empty-subject",
        "rfc5280::root-non-critical-basic-constraints",
        "rfc5280::leaf-ku-keycertsign",
        "rfc5280::san::noncritical-with-empty-subject",
        "rfc5280::pc::ica-noncritical-pc",
        "rfc5280::nc::permitted-dns-match-noncritical",
        "rfc5280::nc::not-allowed-in-ee-noncritical",
        "rfc5280::nc::not-allowed-in-ee-critical",
        "rfc5280::aki::leaf-missing-aki",
        "rfc5280::aki::intermediate-missing-aki",
        "rfc5280::aki::cross-signed-root-missing-aki",
        "rfc5280::ski::root-missing-ski",
        "rfc5280::ski::intermediate-missing-ski",
        "rfc5280::serial::serial-number-too-long",
        "rfc5280::serial::serial-number-zero",
        "rfc5280::serial::serial-number-negative",
        "webpki::ee-basicconstraints-ca",
        "webpki::eku::ee-anyeku",
        "webpki::eku::ee-critical-eku",
        "webpki::eku::ee-precertificate-with-serverauth",
        "webpki::eku::ee-codesigning-with-serverauth",
        "webpki::eku::ee-ocspsigning-with-serverauth",
        "webpki::eku::root-has-eku",
        "webpki::san::san-critical-with-nonempty-subject",
    }
)
"""What an authority must not issue, and no rule for paths forbids."""

LEADING_DOT = frozenset({"rfc5280::nc::invalid-dnsname-leading-period"})
"""A constraint written with a dot before the name."""

FROM_LIMBO = AUTHORITY_FAULTS | LEADING_DOT

NO_WAY_BACK = frozenset(
    {
        "rfc5280::nc::nc-forbids-alternate-chain-ica",
        "rfc5280::nc::nc-forbids-same-chain-ica",
        "cve::cve-2024-0567",
        "paths::name-constraints-first",
        "paths::bad-eku-first",
        "paths::missing-basic-constraints-first",
        "paths::not-a-ca-first",
        "paths::deprecated-crypto-first",
        "paths::critical-extension-first",
        "paths::path-length-first",
        "paths::unknown-root-first",
        "paths::forged-first",
        "paths::expired-root-cross-signed",
        "paths::expired-root-served-too",
    }
)
"""OpenSSL takes the first certificate that fits and does not come back for another."""

LAXER_OPENSSL = frozenset(
    {
        "rfc5280::root-missing-basic-constraints",
        "webpki::malformed-aia",
        "rfc5280::nc::nc-permits-invalid-dns-san",
        "nc::wildcard-over-excluded",
        "webpki::san::wildcard-embedded-leftmost-san",
        "webpki::san::no-san",
        "webpki::forbidden-dsa-spki-leaf",
        "webpki::forbidden-signature-algorithm-in-root",
    }
)
"""OpenSSL accepts what browsers, x509-limbo and we refuse."""

STRICTER_OPENSSL = frozenset(
    {
        "pathlen::validation-ignores-pathlen-in-leaf",
        "rfc5280::validity::notafter-exact",
        "rfc5280::validity::notafter-fractional",
    }
)
"""OpenSSL refuses what x509-limbo and we accept."""

FROM_OPENSSL = NO_WAY_BACK | LAXER_OPENSSL | STRICTER_OPENSSL
