"""security.txt as RFC 9116 has it, the signature armour taken off and not verified."""

import re
from dataclasses import dataclass
from datetime import datetime

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]*)[ \t]*:[ \t]*(.*)")
_URI = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_MOST_FAULTS = 10
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"


@dataclass(frozen=True, slots=True)
class SecurityTxt:
    """What the file says.  ``faults`` are in the order of weight: those that make the file void first."""

    contacts: tuple[str, ...]
    expires_at: datetime | None
    signed: bool
    faults: tuple[str, ...]


def parse(text: str) -> SecurityTxt:
    """Read the file; never raises."""
    lines = re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff"))
    signed = bool(lines) and lines[0].rstrip() == _SIGNED
    if signed:
        lines = _without_armour(lines)
    fields: list[tuple[str, str]] = []
    unreadable: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        field = _FIELD.fullmatch(line.rstrip())
        if field is None:
            unreadable.append(f"line-{number}-unreadable")
        else:
            fields.append((field[1].lower(), field[2]))
    contacts = tuple(value for name, value in fields if name == "contact")
    expires = [value for name, value in fields if name == "expires"]
    moment = _moment(expires[0]) if len(expires) == 1 else None
    faults = [*_contact_faults(contacts), *_expires_faults(expires, moment)]
    if sum(1 for name, _ in fields if name == "preferred-languages") > 1:
        faults.append("preferred-languages-repeated")
    faults += [
        f"{name}-not-https"
        for name, value in fields
        if name != "contact" and value.lower().startswith("http://")
    ]
    return SecurityTxt(contacts, moment, signed, (*faults, *unreadable)[:_MOST_FAULTS])


def _contact_faults(contacts: tuple[str, ...]) -> list[str]:
    if not contacts:
        return ["contact-missing"]
    # RFC 9116, 2.5.3: a URI; web addresses must begin with https.
    usable = [
        value
        for value in contacts
        if _URI.fullmatch(value) and not value.lower().startswith("http://")
    ]
    return [] if len(usable) == len(contacts) else ["contact-invalid"]


def _expires_faults(expires: list[str], moment: datetime | None) -> list[str]:
    if not expires:
        return ["expires-missing"]
    if len(expires) > 1:
        return ["expires-repeated"]
    return [] if moment is not None else ["expires-invalid"]


def _moment(value: str) -> datetime | None:
    """An RFC 3339 moment, or nothing."""
    read = _MOMENT.fullmatch(value.strip())
    if read is None:
        return None
    day, time, zone = read.groups()
    # RFC 3339, 5.7: a leap second is written 60.
    time = time[:-2] + "59" if time.endswith(":60") else time
    try:
        return datetime.fromisoformat(f"{day}T{time}{'+00:00' if zone in 'Zz' else zone}")
    except ValueError:
        return None


def _without_armour(lines: list[str]) -> list[str]:
    """The signed text: after the blank line that ends the armour's headers, before the signature."""
    start = next((i for i, line in enumerate(lines) if not line.strip()), len(lines))
    kept: list[str] = []
    for line in lines[start + 1 :]:
        if line.rstrip() == _SIGNATURE:
            break
        kept.append(line.removeprefix("- "))
    return kept
