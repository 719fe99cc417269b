"""The address of a channel: read from the environment or a file of its owner, and never shown."""

import os
import re
import stat
from pathlib import Path

from inventory.settings import Channel

LEAST_SECRET = 3
"""A shorter piece of an address is no secret, and blotting it out would blot out half a sentence."""
_PIECES = re.compile(r"[/:@?&=,;#\s]+")
# Of these the host is no secret, and it is what an operator needs to read in an error.
_PLAIN_HOST = re.compile(r"(mailtos?|jsons?|forms?|xmls?)://(?:[^@/]*@)?([^/:?]+)", re.IGNORECASE)


class NoAddress(Exception):  # noqa: N818  The operator reads it as a sentence.
    """The channel has no usable address; the sentence says why and what to do."""


def address_of(channel: Channel) -> str:
    """The secret address of a channel, in the library's form."""
    found = _from_environment(channel) if channel.url_env else _from_file(Path(channel.url_file))
    if "://" not in found:
        raise NoAddress(
            f"{channel.url_env or channel.url_file} holds no address such as json://HOST/PATH"
        )
    return found


def redact(text: str, address: str) -> str:
    """A text without the address or any piece of it, so that it can be shown and kept."""
    plain = _PLAIN_HOST.match(address)
    open_words = {address.partition("://")[0].lower(), (plain[2] if plain else "").lower()}
    text = text.replace(address, "***")
    pieces = {piece for piece in _PIECES.split(address) if len(piece) >= LEAST_SECRET}
    pieces |= {_unquoted(piece) for piece in pieces}
    for piece in sorted(pieces, key=len, reverse=True):
        if piece.lower() not in open_words and not piece.isdecimal():
            text = text.replace(piece, "***")
    return text


def _unquoted(piece: str) -> str:
    from urllib.parse import unquote  # noqa: PLC0415  Only where something failed.

    return unquote(piece)


def _from_environment(channel: Channel) -> str:
    found = os.environ.get(channel.url_env, "").strip()
    if not found:
        raise NoAddress(f"the environment variable {channel.url_env} is not set")
    return found


def _from_file(file: Path) -> str:
    try:
        state = file.stat()
        with file.open(encoding="utf-8-sig") as lines:
            first = lines.readline(8192).strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no UTF-8 text"
        raise NoAddress(f"{file} cannot be read: {why}") from None
    # Windows keeps rights in another place; docs/alerts.md says how to set them there.
    if os.name == "posix" and stat.S_IMODE(state.st_mode) & 0o077:
        raise NoAddress(f"{file} holds a secret and others may read it: chmod 600 {file}")
    return first
