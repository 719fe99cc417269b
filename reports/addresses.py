"""Names of pages: an id where it is harmless as a file name everywhere, else a slug with a hash."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"]
    + [f"{port}{n}" for port in ("com", "lpt") for n in range(10)]
)


def page_names(ids: Iterable[str]) -> dict[str, str]:
    """Each id's page name without ``.html``; no two differ by case alone."""
    wanted = sorted(set(ids))
    same = Counter(i.lower() for i in wanted)
    plain = {i for i in wanted if harmless(i) and same[i.lower()] == 1}
    taken = {i.lower() for i in plain}
    names = {i: i for i in plain}
    for unit_id in wanted:
        if unit_id in plain:
            continue
        digest = hashlib.sha256(unit_id.encode("utf-8", "backslashreplace")).hexdigest()
        slug, length = _slug(unit_id), 10
        while f"{slug}-{digest[:length]}" in taken:
            length += 1
        names[unit_id] = f"{slug}-{digest[:length]}"
        taken.add(names[unit_id])
    return names


def harmless(name: str, longest: int = 64) -> bool:
    """Whether this is safe in a file's name on every system.  Windows reserves names also before a dot."""
    return (
        len(name) <= longest
        and _PLAIN.fullmatch(name) is not None
        and name.partition(".")[0].lower() not in _RESERVED
    )


def safe_href(url: str) -> str | None:
    """An address fit for a link: http or https, with a host and without credentials; else ``None``."""
    if len(url) > 2000 or re.search(r"[\x00-\x20\x7f-\x9f\\<>\"]", url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return None
    if port == 0:
        return None
    try:
        return quote(url, safe=":/?#[]@!$&'()*+,;=%-._~")
    except UnicodeEncodeError:
        return None


def _slug(text: str) -> str:
    bare = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    ascii_only = re.sub(r"[^a-z0-9]+", "-", bare.encode("ascii", "ignore").decode())
    return ascii_only.strip("-")[:40].strip("-") or "unit"
