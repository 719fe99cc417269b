"""The address guard: which addresses may be contacted at all (CWE-918, server-side request forgery)."""

import ipaddress
from dataclasses import dataclass

from inventory.model import Permission

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# IANA special-purpose registries, state of 2026-11; Python's `is_global` misses some of them on
# every version we support, so the list decides together with it.
_NEVER_PUBLIC = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/128", "::1/128", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16",
        "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
]  # fmt: skip
# Link-local addresses carry cloud metadata, and some clouds serve it elsewhere (Azure, Alibaba, AWS and
# Google over IPv6); no permission can open them.
_NEVER_AT_ALL = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "168.63.129.16/32", "100.100.100.200/32",
        "::/128", "fe80::/10", "fec0::/10", "ff00::/8", "fd00:ec2::254/128", "fd20:ce::254/128",
    )
]  # fmt: skip
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_COMPATIBLE = ipaddress.ip_network("::/96")


@dataclass(frozen=True, slots=True)
class Judged:
    """What the guard says of one address; ``why`` is empty where it may be contacted."""

    address: str
    why: str = ""


def unwrapped(ip: IPAddress) -> IPAddress:
    """The IPv4 address inside a mapped, compatible, NAT64, 6to4 or Teredo one; else the address itself."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if any(ip in network for network in _NAT64) or (ip in _COMPATIBLE and int(ip) > 1):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def is_public(ip: IPAddress) -> bool:
    """Whether an address is a public unicast one, after unwrapping."""
    inner = unwrapped(ip)
    if inner.is_multicast or inner.is_reserved or not inner.is_global:
        return False
    return not any(inner.version == net.version and inner in net for net in _NEVER_PUBLIC)


def judge_address(text: str, permission: Permission, *, allow_private: bool) -> Judged:
    """May this address be contacted?  Private ones only where the permission lists their network.

    ``text`` is an IP literal as a resolver gave it; anything else is refused.
    """
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:
        return Judged(text, "not an IP address")
    if isinstance(ip, ipaddress.IPv6Address) and ip.scope_id is not None:
        return Judged(text, "an address with a zone id")
    inner = unwrapped(ip)
    if any(inner.version == net.version and inner in net for net in _NEVER_AT_ALL):
        return Judged(str(ip), "a link-local, multicast, unspecified or cloud metadata address")
    if is_public(ip):
        return Judged(str(ip))
    if not allow_private:
        return Judged(str(ip), "not a public address (see --allow-private)")
    if inner is not ip or not permission.covers_network(str(ip)):
        return Judged(str(ip), "a private address outside the permission's networks")
    return Judged(str(ip))


def network_of(address: str) -> str:
    """The /24 or /48 an address lies in, the unit of politeness for neighbours."""
    ip = ipaddress.ip_address(address)
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))
