"""Permissions-Policy: who may ask for camera, microphone and location, and the policy that lets nobody else in."""

from collections.abc import Iterable, Mapping
from typing import Final

from checks.parsing import structured_fields as fields
from checks.parsing.text import PASTED

FEATURES: Final = ("camera", "microphone", "geolocation")
_ALL = fields.Token("*")


def admits_all(member: fields.Member) -> bool:
    """Permissions Policy, 9.2: ``*`` alone or anywhere in a list; every other value only names who is let in."""
    if isinstance(member, fields.InnerList):
        return any(one.value == _ALL for one in member.items)
    return member.value == _ALL


def mended(values: Iterable[str]) -> str:
    """The policy with camera, microphone and location closed to everybody who was not named.

    A field that browsers ignore says nothing, so nothing of it is kept.  Empty where the policy would be too long.
    """
    said = fields.dictionary(values) or {}
    policy: Mapping[str, str] = {
        **{name: _written(member, keep_star=name not in FEATURES) for name, member in said.items()},
        **{name: "()" for name in FEATURES if name not in said},
    }
    text = ", ".join(f"{name}={allowed}" for name, allowed in policy.items())
    return text if len(text) <= PASTED else ""


def _written(member: fields.Member, *, keep_star: bool) -> str:
    """Who is let in, as a header writes it; what is neither a word nor an origin lets nobody in."""
    items = member.items if isinstance(member, fields.InnerList) else (member,)
    told = [_bare(one.value) for one in items if keep_star or one.value != _ALL]
    inside = " ".join(one for one in told if one)
    return inside if inside == "*" else f"({inside})"


def _bare(value: fields.Bare) -> str:
    if isinstance(value, fields.Token):
        return value.name
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return ""
