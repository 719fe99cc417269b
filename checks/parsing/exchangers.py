"""MX records as they are written: preference and host (RFC 5321, 5.1; RFC 7505)."""

from checks.evidence.names import Look, Lookup, Said


def mx_hosts(look: Look) -> tuple[tuple[int, str], ...]:
    """The hosts with their preferences, the most preferred first, each once; the root, which is no host, left out."""
    best: dict[str, int] = {}
    for preference, host in mx_records(look):
        if host:
            best[host] = min(preference, best.get(host, preference))
    return tuple(sorted((preference, host) for host, preference in best.items()))


def is_null(look: Look) -> bool:
    """Whether the domain says that it takes no mail: the root alone is its exchanger (RFC 7505, 3)."""
    hosts = [host for _, host in mx_records(look)]
    return bool(hosts) and not any(hosts)


def mx_records(look: Look) -> list[tuple[int, str]]:
    """Preference and host of each record, in their order; the root is the empty name."""
    if not isinstance(look, Lookup) or look.said is not Said.FOUND:
        return []
    found: list[tuple[int, str]] = []
    for record in look.records:
        preference, _, host = record.strip().partition(" ")
        if preference.isascii() and preference.isdigit() and host.strip():
            found.append((int(preference), host.strip().rstrip(".").lower()))
    return found
