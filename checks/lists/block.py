"""A block list in memory: who is named, and what an entry says of whom."""

import ipaddress
import re
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Final
from urllib.parse import quote, urlsplit

from checks.lists import Purpose
from checks.lists.compact import Address, Networks, Texts
from inventory.hosts import AddressError, host_name
from inventory.suffixes import is_public_suffix, public_suffixes_among

PLATFORMS: Final = frozenset(
    {
        "blogger.com",
        "google.com",
        "sites.google.com",
        "tumblr.com",
        "ucoz.com",
        "violet.vn",
        "vnedu.vn",
        "webnode.com",
        "weebly.com",
        "wix.com",
        "wordpress.com",
    }
)
"""Where strangers have names or pages, though the public suffix list does not say so (2026-11)."""
PAGES_TOLD: Final = 5
# A name of at least two labels in its usual form; the last label of a name begins with a letter.
_PLAIN: Final = re.compile(r"(?:[a-z0-9_-]{1,63}\.){1,126}[a-z][a-z0-9-]{1,62}")
_IPV4: Final = re.compile(r"(0|[1-9]\d{0,2})\." * 3 + r"(0|[1-9]\d{0,2})(?:/([1-9]\d?))?", re.ASCII)
_OF_NUMBERS: Final = re.compile(r"[0-9a-fA-F:.]{2,45}(?:/\d{1,3})?", re.ASCII)
_OFTEN_SPECIAL: Final = frozenset({0, 10, 100, 127, 169, 172, 192, 198, 203})
"""First numbers of IPv4 networks of which some belong to nobody."""
_PLAIN_URL: Final = re.compile(
    r"https?://([a-z0-9_-]+(?:\.[a-z0-9_-]+)+)(?::(\d{1,5}))?(/[!-\"$-~]*)?(?:#.*)?", re.ASCII
)
_DEFANGED: Final = re.compile(r"^hxxp(?=s?://)", re.IGNORECASE)
_NAME_CHARS: Final = 253
_URL_CHARS: Final = 8_192
_USUAL_PORTS: Final = frozenset({None, 80, 443})
# Wider than any one holder's network: such an entry would accuse a continent.
_WIDEST: Final = {4: 8, 6: 19}


@dataclass(frozen=True, slots=True)
class NamedList:
    """One dated list, of whatever form its file was."""

    name: str
    purpose: Purpose
    dated: date
    sha256: str
    entries: int
    networks: int
    shared: int
    left_out: int
    _names: Texts
    _urls: Texts
    """``host /path``, ``host :port/path``: all pages of a host stand together."""
    _addresses: Networks

    def host_hit(self, host: str) -> str:
        """The entry that names this host, or a name above it."""
        bare = _bare(host)
        if number := _number(bare):
            return self._addresses.around(number) or self._root(bare)
        twin = bare.removeprefix("www.")
        own = (bare, twin if twin != bare and not is_shared(twin) else f"www.{bare}")
        for name in own:
            if name in self._names:
                return name
        labels = bare.split(".")
        above = (".".join(labels[start:]) for start in range(1, len(labels) - 1))
        for name in above:
            if name in self._names and not is_shared(name):
                return name
        return next(filter(None, map(self._root, own)), "")

    def url_hit(self, url: str) -> str:
        """The entry that names this very address; an entry of its whole host counts too."""
        key = page_key(url)
        if not key:
            return ""
        if key in self._urls:
            return shown_key(key)
        return self.host_hit(key.partition(" ")[0])

    def pages_hit(self, host: str, below: str = "/") -> tuple[str, ...]:
        """Entries of single pages of this very host, at most five, whose path begins with ``below``."""
        folder = below.removesuffix("/") + "/"
        found = (
            shown_key(key)
            for key in self._urls.beginning_with(f"{_bare(host)} ")
            if f"{key[key.index('/') :]}/".startswith(folder)
        )
        return tuple(islice(found, PAGES_TOLD))

    def address_hit(self, address: str) -> str:
        """The entry that names this IP address, or a network around it."""
        number = _number(address)
        return self._addresses.around(number) if number else ""

    def _root(self, host: str) -> str:
        return f"{host}/" if f"{host} /" in self._urls else ""


@dataclass
class Gathering:
    """What the lines of a file add up to, while it is read."""

    names: set[str] = field(default_factory=set)
    urls: set[str] = field(default_factory=set)
    starts: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    spared: set[str] = field(default_factory=set)
    """Names that the list takes back."""
    left_out: int = 0

    def entry(self, word: str) -> bool:
        """Take a name, an address of a page, or an IP address or network; whether it was one of them."""
        return self.plain(word) or ("://" not in word and self.network(word)) or self._unusual(word)

    def plain(self, word: str) -> bool:
        """Take a name that is written as names are kept; whether it was one."""
        if _PLAIN.fullmatch(word) and len(word) <= _NAME_CHARS:
            self.names.add(word)
            return True
        return False

    def network(self, word: str) -> bool:
        """Take an IP address or network; whether it was one."""
        plain = _IPV4.fullmatch(word)
        if plain is None:
            return self._usual_network(word)
        one, two, three, four = map(int, plain.groups()[:4])
        length = int(plain[5] or 32)
        if length > 32 or one > 255 or two > 255 or three > 255 or four > 255:
            return False
        if length < 32 and (length < _WIDEST[4] or one in _OFTEN_SPECIAL or one > 223):
            return self._usual_network(word)
        number = (one << 24 | two << 16 | three << 8 | four) >> 32 - length << 32 - length
        self._starting(4, length).add(number)
        return True

    def done(self, name: str, purpose: Purpose, dated: date, sha256: str) -> NamedList:
        """The list."""
        self.names -= self.spared
        networks = Networks(self.starts)
        return NamedList(
            name=name,
            purpose=purpose,
            dated=dated,
            sha256=sha256,
            entries=len(self.names) + len(self.urls) + len(networks),
            networks=len(networks),
            shared=len(public_suffixes_among(self.names) | (self.names & PLATFORMS)),
            left_out=self.left_out,
            _names=Texts(self.names),
            _urls=Texts(self.urls),
            _addresses=networks,
        )

    def _starting(self, family: int, length: int) -> set[int]:
        return self.starts.setdefault((family, length), set())

    def _usual_network(self, word: str) -> bool:
        if not _OF_NUMBERS.fullmatch(word):
            return False
        try:
            # strict=False: lists name a network by any of its addresses.
            found = ipaddress.ip_network(word, strict=False)
        except ValueError:
            return False
        wide = found.prefixlen < _WIDEST[found.version]
        # Whole private networks stand in lists against forged senders; they say nothing of a machine.
        nobody = found.num_addresses > 1 and not found.is_global
        if wide or nobody:
            self.left_out += 1
        else:
            self._starting(found.version, found.prefixlen).add(int(found.network_address))
        return True

    def _unusual(self, word: str) -> bool:
        """Capitals, final dots, wildcards, ports, letters of Unicode, pages."""
        # As warnings write addresses that nobody should click on.
        word = _DEFANGED.sub("http", word).replace("[.]", ".")
        if "://" not in word and not any(sign in word for sign in "/:?"):
            return self._name(word.removeprefix("*").removeprefix("."))
        key = page_key(word if "://" in word else f"http://{word}")
        if not key:
            return False
        host, _, rest = key.partition(" ")
        if "://" not in word and rest == "/":
            return self.entry(host)
        self.urls.add(key)
        return True

    def _name(self, word: str) -> bool:
        lowered = word.lower().removesuffix(".")
        if not (_PLAIN.fullmatch(lowered) and len(lowered) <= _NAME_CHARS):
            try:
                lowered = host_name(word)
            except AddressError:
                return False
            if "." not in lowered:
                # One label is a whole top level, or a name of the machine itself.
                self.left_out += 1
                return True
        self.names.add(lowered)
        return True


def is_shared(name: str) -> bool:
    """Whether strangers have names right below this one."""
    return name in PLATFORMS or is_public_suffix(name)


def page_key(url: str) -> str:
    """``host /path?query`` or ``host :port/path``; empty where there is no host to read.

    Whether by http or https is the same; where a fragment begins the address ends.
    """
    if len(url) > _URL_CHARS:
        return ""
    plain = _PLAIN_URL.fullmatch(url)
    if plain and (_PLAIN.fullmatch(plain[1]) or _IPV4.fullmatch(plain[1])):
        at = "" if plain[2] in (None, "80", "443") else f":{int(plain[2])}"
        return f"{plain[1]} {at}{plain[3] or '/'}"
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return ""
    named = _named(host)
    if not named or parts.scheme.lower() not in ("http", "https", "ftp"):
        return ""
    at = "" if port in _USUAL_PORTS else f":{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{named} {at}{_quoted(parts.path or '/')}{_quoted(query)}"


def shown_key(key: str) -> str:
    """The key as people write addresses."""
    return key.replace(" ", "", 1)


def _named(host: str) -> str:
    if _PLAIN.fullmatch(host) or _number(host):
        return host
    try:
        return host_name(host)
    except AddressError:
        return ""


def _quoted(text: str) -> str:
    # What escapes there are stay; only what an address cannot hold is escaped.
    return (
        quote(text, safe="/%:@!$&'()*+,;=~-._?[]")
        if not text.isascii()
        else text.replace(" ", "%20")
    )


def _bare(host: str) -> str:
    lowered = host.lower().removesuffix(".").strip("[]")
    return lowered if lowered.isascii() else _named(lowered)


def _number(text: str) -> Address | None:
    if not (":" in text or text[-1:].isdigit()):
        return None
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
