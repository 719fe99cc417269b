"""The line of a zone that mends what was found, ready to paste."""

from checks.parsing.text import PASTED
from checks.spec import Measured

TTL_S = 3600
_STRING = 255
"""RFC 1035, 3.3.14: a TXT record is of strings of at most so many octets each."""


def record_to_set(name: str, kind: str, value: str) -> tuple[Measured, ...]:
    """The record to publish at a name; nothing where no value was made or it could not be pasted whole."""
    shown = quoted(value) if kind == "TXT" else value
    line = f"{name}.  {TTL_S}  IN  {kind}  {shown}"
    if not value or not value.isascii() or not value.isprintable() or len(line) > PASTED:
        return ()
    return (Measured("suggested", line),)


def quoted(text: str) -> str:
    """A text as a zone file writes it: quoted strings, quotes and backslashes escaped."""
    pieces = [text[start : start + _STRING] for start in range(0, len(text), _STRING)]
    escaped = [piece.replace("\\", "\\\\").replace('"', '\\"') for piece in pieces]
    return " ".join(f'"{piece}"' for piece in escaped)
