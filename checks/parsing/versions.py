"""Version numbers: read, and compared number by number."""

import re

Version = tuple[int, ...]

NUMBERS = r"\d{1,5}(?:\.\d{1,5}){1,3}"
"""At least two numbers: one alone is a branch, or something else."""
_ANY = re.compile(r"\d{1,5}(?:\.\d{1,5}){0,3}")


def version(text: str) -> Version:
    """The numbers of a version; empty where there are none."""
    found = _ANY.match(text)
    return tuple(map(int, found[0].split("."))) if found else ()


def below(one: Version, other: Version) -> bool:
    """Whether one version is older; what a version does not say is zero."""
    width = max(len(one), len(other))
    return _wide(one, width) < _wide(other, width)


def _wide(numbers: Version, width: int) -> Version:
    return numbers + (0,) * (width - len(numbers))
