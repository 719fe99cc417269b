"""The rules of RFC 5280 that a path may break, dates and strength left out: section 6.1 and 4.2.1.10."""

import ipaddress
from collections.abc import Sequence
from typing import TypeVar

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

_PROCESSED = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.NAME_CONSTRAINTS,
        # Without a policy that the reader demands, these forbid nothing.
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.POLICY_CONSTRAINTS,
        ExtensionOID.POLICY_MAPPINGS,
        ExtensionOID.INHIBIT_ANY_POLICY,
        # Read where revocation is asked about.
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.TLS_FEATURE,
    }
)
Found = TypeVar("Found", bound=x509.ExtensionType)


def broken_rule(chain: Sequence[x509.Certificate]) -> str:
    """The first rule that a chain (leaf first, root last) breaks, in words; empty where it breaks none."""
    for certificate in chain:
        unread = _unreadable(certificate)
        if unread:
            return f"{_shown(certificate)} {unread}"
    for depth, issuer in enumerate(chain[1:]):
        refused = _may_not_issue(chain, depth + 1, issuer)
        if refused:
            return f"{_shown(issuer)} {refused}"
    for certificate in chain[:-1]:
        purposes = extension(certificate, x509.ExtendedKeyUsage)
        if purposes is not None and not for_servers(purposes):
            return f"{_shown(certificate)} is not for servers"
    return ""


def for_servers(purposes: x509.ExtendedKeyUsage) -> bool:
    """Whether these purposes let a server use the certificate, or an authority issue to servers."""
    wanted = {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    return bool(wanted & set(purposes))


def extension(certificate: x509.Certificate, kind: type[Found]) -> Found | None:
    """The value of an extension, ``None`` where there is none; ``ValueError`` where it cannot be read."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _shown(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()[:100] or "a certificate without a subject"


def _unreadable(certificate: x509.Certificate) -> str:
    try:
        extensions = list(certificate.extensions)
    except (ValueError, TypeError, x509.DuplicateExtension):
        return "has an extension that cannot be read"
    for one in extensions:
        # RFC 5280, 6.1.4 (o): what is critical and not understood forbids the path.
        if one.critical and one.oid not in _PROCESSED:
            return f"has a critical extension that nobody knows ({one.oid.dotted_string})"
    return ""


def _may_not_issue(chain: Sequence[x509.Certificate], at: int, issuer: x509.Certificate) -> str:
    constraints = extension(issuer, x509.BasicConstraints)
    # Old roots are of version 1, which has no extensions; a store's word stands in for them.
    old_root = at == len(chain) - 1 and issuer.version is x509.Version.v1
    if (constraints is None or not constraints.ca) and not old_root:
        return "is no certification authority"
    usage = extension(issuer, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        return "may not sign certificates"
    if constraints is not None and constraints.path_length is not None:
        below = sum(not _self_issued(one) for one in chain[1:at])
        if below > constraints.path_length:
            return "may not stand this high in a path"
    names = extension(issuer, x509.NameConstraints)
    if names is None:
        return ""
    for depth, certificate in enumerate(chain[:at]):
        # RFC 5280, 6.1.3 (b): a self-issued certificate in the middle is a key that was rolled over.
        if depth == 0 or not _self_issued(certificate):
            why = outside(names, certificate)
            if why:
                return why
    return ""


def _self_issued(certificate: x509.Certificate) -> bool:
    return certificate.subject == certificate.issuer


# Names


def outside(constraints: x509.NameConstraints, certificate: x509.Certificate) -> str:
    """Why a certificate's names lie outside what its issuer may name; empty where they all lie inside."""
    permitted = tuple(constraints.permitted_subtrees or ())
    excluded = tuple(constraints.excluded_subtrees or ())
    for bound in (*permitted, *excluded):
        if not _well_formed(bound):
            return f"constrains names by a malformed {_kind(bound)}"
    for name in _names(certificate):
        kind = type(name)
        alike = [bound for bound in permitted if isinstance(bound, kind)]
        barred = [bound for bound in excluded if isinstance(bound, kind)]
        if not alike and not barred:
            continue
        if kind not in (x509.DNSName, x509.IPAddress, x509.DirectoryName):
            # RFC 5280, 4.2.1.10: a constraint that cannot be applied forbids.
            return f"constrains names of a kind that is not evaluated ({_kind(name)})"
        if not _well_formed_name(name):
            return f"constrains names, and {_text(name)} is malformed"
        if any(_within(name, bound, excluding=True) for bound in barred):
            return f"may not issue for {_text(name)}"
        if alike and not any(_within(name, bound, excluding=False) for bound in alike):
            return f"may not issue for {_text(name)}"
    return ""


def _names(certificate: x509.Certificate) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = []
    if certificate.subject.rdns:
        names.append(x509.DirectoryName(certificate.subject))
    alternative = extension(certificate, x509.SubjectAlternativeName)
    return names if alternative is None else [*names, *alternative]


def _kind(name: x509.GeneralName) -> str:
    return type(name).__name__


def _text(name: x509.GeneralName) -> str:
    value = name.value
    return (value.rfc4514_string() if isinstance(value, x509.Name) else str(value))[:100]


def _well_formed(bound: x509.GeneralName) -> bool:
    if isinstance(bound, x509.DNSName):
        # A leading dot is not in the RFC; every browser reads it as "below this name".
        return _is_dns(bound.value.removeprefix(".")) if bound.value else True
    if isinstance(bound, x509.IPAddress):
        return isinstance(bound.value, ipaddress.IPv4Network | ipaddress.IPv6Network)
    return True


def _well_formed_name(name: x509.GeneralName) -> bool:
    if isinstance(name, x509.DNSName):
        return _is_dns(name.value.removeprefix("*."))
    if isinstance(name, x509.IPAddress):
        return isinstance(name.value, ipaddress.IPv4Address | ipaddress.IPv6Address)
    return True


def _is_dns(text: str) -> bool:
    labels = text.removesuffix(".").split(".")
    return all(label and "*" not in label and label.isprintable() for label in labels)


def _within(name: x509.GeneralName, bound: x509.GeneralName, *, excluding: bool) -> bool:
    if isinstance(name, x509.DNSName) and isinstance(bound, x509.DNSName):
        return _dns_within(_folded(name.value), _folded(bound.value), excluding=excluding)
    if isinstance(name, x509.IPAddress) and isinstance(bound, x509.IPAddress):
        return _ip_within(name.value, bound.value)
    if isinstance(name, x509.DirectoryName) and isinstance(bound, x509.DirectoryName):
        above = [_rdn(rdn) for rdn in bound.value.rdns]
        return [_rdn(rdn) for rdn in name.value.rdns][: len(above)] == above
    return False


def _ip_within(address: object, network: object) -> bool:
    if isinstance(network, ipaddress.IPv4Network):
        return isinstance(address, ipaddress.IPv4Address) and address in network
    if isinstance(network, ipaddress.IPv6Network):
        return isinstance(address, ipaddress.IPv6Address) and address in network
    return False


def _folded(text: str) -> str:
    return text.lower().removesuffix(".")


def _dns_within(name: str, bound: str, *, excluding: bool) -> bool:
    if not bound or name.endswith(bound if bound.startswith(".") else f".{bound}"):
        return True
    if name == bound:
        return True
    # A wildcard stands for the very name that is excluded, too.
    return excluding and name.startswith("*.") and bound.partition(".")[2] == name[2:]


def _rdn(rdn: x509.RelativeDistinguishedName) -> frozenset[tuple[str, str]]:
    # RFC 5280, 7.1: letters fold, white space shrinks.
    return frozenset(
        (part.oid.dotted_string, " ".join(str(part.value).lower().split())) for part in rdn
    )
