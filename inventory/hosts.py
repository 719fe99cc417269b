"""Addresses of sites: one canonical form, or a refusal that says why and never echoes a secret."""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import idna

MAX_ADDRESS = 500
"""Longest address accepted, in characters, escapes counted."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_OTHER_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d{1,9}(?:[/?#]|$))")
# RFC 3986, appendix B, with the authority already split by its section 3.2.
_RFC3986 = re.compile(
    r"(?P<scheme>[^:/?#]+)://(?:(?P<user>[^/?#]*)@)?"
    r"(?P<host>\[[^\]/?#]*\]|[^:/?#@]*)(?P<port>:[^/?#]*)?(?P<path>[^?#]*)(?P<rest>.*)"
)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_ENDS_IN_A_NUMBER = re.compile(r"(?:^|\.)(?:\d+|0x[0-9a-f]*)$")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})|%[01][0-9A-Fa-f]|%7[Ff]")
_UNSEEN = frozenset("\u00ad\u034f\u061c\u115f\u1160\u180e\u2060\u3164\ufeff") | {
    chr(code) for code in (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2061, 0x2070))
}


class AddressError(ValueError):
    """An address that is refused; ``code`` names the reason, never the value."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Address:
    """A site's address in its one form, with what was changed or is odd about it."""

    host: str
    https_port: int
    path: str
    shown: str
    """The address as written."""
    http_port: int | None = None
    """The port that an ``http://`` address named, where it is not 80."""
    notes: tuple[str, ...] = ()
    """Codes: scheme-added, was-http, underscore, one-label, odd-script, query-dropped."""

    @property
    def url(self) -> str:
        """``https://host[:port]/path``."""
        port = "" if self.https_port == 443 else f":{self.https_port}"
        return f"https://{self.host}{port}{self.path}"


def site_address(text: str) -> Address:
    """The one form of an address that a person wrote; ``AddressError`` where there is none."""
    shown = text.strip(" ")
    full, notes = _with_scheme(shown)
    host_text, port_text, path_text = _read_twice(full)
    host, host_notes = host_name_with_notes(host_text)
    port = _port(port_text)
    is_http = full[:5].lower() == "http:"
    if is_http:
        notes.append("was-http")
    if "?" in full or "#" in full:
        notes.append("query-dropped")
    path = quote(path_text, safe="/%:@!$&'()*+,;=~-._") or "/"
    if len(host) + len(path) > MAX_ADDRESS - len("https://:65535"):
        raise AddressError("address-long")
    return Address(
        host=host,
        https_port=443 if is_http or port is None else port,
        http_port=port if is_http and port not in (None, 80) else None,
        path=path,
        shown=shown,
        notes=(*notes, *host_notes),
    )


def host_name(text: str) -> str:
    """A host name as A-labels in lower case, without a trailing dot."""
    return host_name_with_notes(text)[0]


def host_name_with_notes(text: str) -> tuple[str, tuple[str, ...]]:
    """The host name, and the codes of what is odd about it."""
    if not text:
        raise AddressError("address-no-host")
    if any(mark in _UNSEEN for mark in text):
        raise AddressError("address-invisible")
    if text.startswith("[") or ":" in text:
        raise AddressError("address-ip")
    try:
        mapped = idna.uts46_remap(text, std3_rules=False, transitional=False).removesuffix(".")
    except (idna.IDNAError, UnicodeError):
        raise AddressError("address-host") from None
    if _ENDS_IN_A_NUMBER.search(mapped):
        raise AddressError("address-ip")
    labels = [_label(label) for label in mapped.split(".")]
    host = ".".join(labels)
    if len(host) > 253:
        raise AddressError("address-long")
    notes = [
        code
        for code, holds in (
            ("underscore", "_" in host),
            ("one-label", "." not in host),
            ("odd-script", any(map(_odd_script, labels))),
        )
        if holds
    ]
    return host, tuple(notes)


def host_for_people(host: str) -> str:
    """The same host with its Unicode letters, where it has any."""
    return ".".join(_unicode(label) for label in host.split("."))


def without_secret(text: str) -> str:
    """An address that may be printed: whatever stands before an ``@`` is gone."""
    if "@" not in text:
        return text
    scheme = _SCHEME.match(text)
    return f"{scheme.group() if scheme else ''}***@{text.rpartition('@')[2]}"


def _with_scheme(text: str) -> tuple[str, list[str]]:
    if not text:
        raise AddressError("address-no-host")
    if len(text) > MAX_ADDRESS:
        raise AddressError("address-long")
    if "@" in re.split(r"(?<![:/])/(?!/)", text, maxsplit=1)[0]:
        raise AddressError("address-secret")
    if "\\" in text or any(mark.isspace() or unicodedata.category(mark) == "Cc" for mark in text):
        raise AddressError("address-signs")
    scheme = _SCHEME.match(text)
    if scheme:
        if scheme.group(1).lower() not in ("http", "https"):
            raise AddressError("address-scheme")
        return text, []
    if text.startswith("/") or _OTHER_SCHEME.match(text):
        raise AddressError("address-scheme")
    return f"https://{text}", ["scheme-added"]


def _read_twice(full: str) -> tuple[str, str, str]:
    """Host, port text and path, when two parsers agree on them (ASVS 1.5.3)."""
    ours = _RFC3986.fullmatch(full)
    try:
        theirs = urlsplit(full)
        their_host = theirs.hostname or ""
    except ValueError:
        raise AddressError("address-unclear") from None
    if ours is None:
        raise AddressError("address-unclear")
    host, port, path = ours["host"], ours["port"] or "", ours["path"]
    if ours["user"] is not None or theirs.username is not None:
        raise AddressError("address-secret")
    if host.strip("[]").lower() != their_host.lower() or path != theirs.path:
        raise AddressError("address-unclear")
    if "%" in host:
        raise AddressError("address-host")
    if _BAD_ESCAPE.search(full):
        raise AddressError("address-signs")
    if any(mark in _UNSEEN for mark in path):
        raise AddressError("address-invisible")
    return host, port, path


def _port(text: str) -> int | None:
    if not text:
        return None
    digits = text.removeprefix(":")
    if not re.fullmatch(r"[1-9][0-9]{0,4}", digits) or int(digits) > 65_535:
        raise AddressError("address-port")
    return int(digits)


def _label(label: str) -> str:
    if not label:
        raise AddressError("address-host")
    try:
        if not label.isascii():
            label = idna.alabel(label).decode("ascii")
        elif label.startswith("xn--"):
            idna.ulabel(label)
        elif label[2:4] == "--":
            raise AddressError("address-host")
    except (idna.IDNAError, UnicodeError):
        raise AddressError("address-host") from None
    if len(label) > 63:
        raise AddressError("address-long")
    if not _LABEL.fullmatch(label):
        raise AddressError("address-host")
    return label


def _unicode(label: str) -> str:
    return idna.ulabel(label) if label.startswith("xn--") else label


def _odd_script(label: str) -> bool:
    """Whether a letter is not Latin: in a Vietnamese name it is there by mistake or to deceive."""
    letters = (mark for mark in _unicode(label) if mark.isalpha())
    return any(not unicodedata.name(mark, "").startswith("LATIN") for mark in letters)
