"""Every case of the test suite of RFC 7208 gets a result that the suite allows."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.names import Look, Lookup, Said
from checks.parsing.spf_host import check_host

SUITE = Path(__file__).parent / "rfc7208-tests.yml"
ALIASES = 8


def each_case() -> Iterator[Any]:
    """Each case with the zone of its chapter."""
    yaml = YAML(typ="safe", pure=True)
    for chapter in yaml.load_all(SUITE.read_text("utf-8")):
        zone = {name.lower(): records for name, records in chapter["zonedata"].items()}
        for name, case in chapter["tests"].items():
            yield pytest.param(zone, case, id=f"{chapter['description']}: {name}".replace(" ", "-"))


CASES = list(each_case())


def records_of(kind: str, rows: list[Any]) -> list[Any]:
    """What a name holds of this type.  The suite writes ``SPF`` for TXT unless it writes TXT as well."""
    pairs = [pair for row in rows if isinstance(row, dict) for pair in row.items()]
    found = [value for type_, value in pairs if type_ == kind]
    if kind == "TXT" and not found:
        found = [value for type_, value in pairs if type_ == "SPF"]
    return [value for value in found if value != "NONE"]


def shown(kind: str, value: Any) -> str:
    """A record as our resolver would give it."""
    if kind == "TXT":
        text = "".join(value) if isinstance(value, list) else str(value)
        # The suite writes octets as characters.
        return text.encode("latin-1").decode("utf-8", errors="replace")
    if kind == "MX":
        return f"{value[0]} {value[1]}."
    return str(value)


def answering(zone: Mapping[str, list[Any]]) -> Any:
    """The name server of a chapter."""

    def lookup(name: str, kind: str) -> Look:
        at = name.lower()
        for _ in range(ALIASES):
            rows = zone.get(at)
            if rows is None:
                return Lookup(name=name, type=kind, said=Said.NXDOMAIN)
            alias = records_of("CNAME", rows)
            if not alias:
                break
            at = str(alias[0]).lower()
        else:
            return NotCaptured(cause=Cause.DNS_LOOP)
        found = tuple(shown(kind, value) for value in records_of(kind, rows))
        if not found and "TIMEOUT" in rows:
            return NotCaptured(cause=Cause.DNS_TIMEOUT)
        said = Said.FOUND if found else Said.NODATA
        return Lookup(name=name, type=kind, said=said, records=found, total=len(found))

    return lookup


@pytest.mark.parametrize(("zone", "case"), CASES)
def test_case(zone: Mapping[str, list[Any]], case: Mapping[str, Any]) -> None:
    """The result is among those allowed, and the explanation is the one asked for."""
    helo, sender = str(case["helo"]), str(case["mailfrom"])
    # RFC 7208, 2.4: a letter without a sender comes from the postmaster of the host that sends it.
    domain = sender.rpartition("@")[2] if sender else helo
    found = check_host(
        str(case["host"]), sender or f"postmaster@{helo}", helo, domain, answering(zone)
    )
    allowed = case["result"] if isinstance(case["result"], list) else [case["result"]]
    assert found.result in allowed
    if "explanation" in case:
        wanted = "" if case["explanation"] == "DEFAULT" else case["explanation"]
        assert found.explanation == wanted


def test_the_suite_is_whole() -> None:
    """As many cases as its authors wrote; none is set aside."""
    assert len(CASES) == 203
