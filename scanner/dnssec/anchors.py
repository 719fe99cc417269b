"""The trust anchors: the root's keys, shipped as dated data or given in a file."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files

import dns.dnssec
import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS

SHA256 = 2


@dataclass(frozen=True)
class Anchors:
    """The DS records that the root's keys are held against, and where they come from, in words."""

    ds: tuple[DS, ...]
    named: str


def shipped_anchors() -> Anchors:
    """The root's own, as IANA publishes them."""
    data = tomllib.loads(
        files("scanner.dnssec").joinpath("root-anchors.toml").read_text(encoding="utf-8")
    )
    named = " ".join(anchor["name"] for anchor in data["anchor"])
    return Anchors(
        tuple(_ds(anchor["ds"]) for anchor in data["anchor"]), f"{named} ({data['date']})"
    )


def anchors_from_text(text: str, named: str) -> Anchors:
    """Lines as in a zone file, ``. IN DS …`` or ``. IN DNSKEY …``, comments after ``;``.

    ``ValueError`` where a line is something else, or where there is none.
    """
    found: list[DS] = []
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.partition(";")[0].split()
        if not fields:
            continue
        kinds = [at for at, field in enumerate(fields) if field.upper() in ("DS", "DNSKEY")]
        if fields[0] != "." or not kinds:
            raise ValueError(f'line {number}: no ". IN DS …" or ". IN DNSKEY …"')
        kind, data = fields[kinds[0]].upper(), " ".join(fields[kinds[0] + 1 :])
        try:
            found.append(_ds(data) if kind == "DS" else _ds_of(data))
        except (dns.exception.DNSException, ValueError) as error:
            raise ValueError(f"line {number}: {error}") from None
    if not found:
        raise ValueError("no trust anchor in it")
    return Anchors(tuple(found), named)


def _ds(text: str) -> DS:
    made = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.DS, text)
    if not isinstance(made, DS):
        raise ValueError(f"no DS record: {text}")  # noqa: TRY004  The text is at fault.
    return made


def _ds_of(text: str) -> DS:
    key = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.DNSKEY, text)
    if not isinstance(key, DNSKEY) or not key.key:
        raise ValueError(f"no DNSKEY record: {text}")
    return dns.dnssec.make_ds(dns.name.root, key, "SHA256")
