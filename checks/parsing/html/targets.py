"""Addresses that a page names, made absolute and without personal data."""

import re

from checks.evidence.page import Written
from checks.parsing.answers import host_of, safe_join, scheme_of
from checks.parsing.masking import mask_address
from checks.parsing.text import display

ADDRESS = 2_048
"""Signs of an address that are kept."""

# A path without dots, blanks and double slashes needs no joining and hides nobody's data; most links are such.
_PLAIN_PATH = re.compile(
    r"/(?:[A-Za-z0-9_%=-][A-Za-z0-9_%=/-]{0,500}(?:\.[A-Za-z0-9]{1,5})?)?(?:\?[A-Za-z0-9_%=&-]{0,500})?"
)
# Nearly all others are still plain enough that joining changes nothing in them: an address of a host, or a path from
# the root or from where the page stands, with dots inside names, and no empty part.
_SIMPLE = re.compile(
    r"(?:(https?://[a-z0-9.-]{1,255}(?::[0-9]{1,5})?)/|(/))?"
    r"(?:[A-Za-z0-9_%=~+-][A-Za-z0-9_%=~+./-]{0,500})?(?:\?[A-Za-z0-9_%=~+&./-]{1,500})?"
)
_ORIGIN = re.compile(r"[^/]*//[^/?#]*")
_TABS = re.compile("[\t\n\r\0]")
_AT = "%40"
"""Stands in addresses that hold an e-mail address."""
# Nothing is joined to these.
_OPAQUE = re.compile(r"(?:tel|mailto|javascript|data):(?!//)")
_SCHEME = re.compile("[a-zA-Z][a-zA-Z0-9+.-]*:")
# Looks like a telephone number: whoever would mask it masks what is joined to the same place.
_PROBE = "0905123456"


class Targets:
    """The addresses that one page names."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.host = host_of(url)
        self.secure = scheme_of(url) == "https"
        """Whether the page itself came over https."""
        self._made: dict[str, str] = {}
        """Targets made so far: pages repeat them."""
        self.rebase(url)

    def rebase(self, base: str) -> None:
        """Relative targets start from here now; what was made of them before stays."""
        self.base = base
        self._plain_base = scheme_of(base) == "http"
        self._made.clear()
        origin = _ORIGIN.match(base)
        plain = origin[0] if origin is not None and len(base) < ADDRESS // 2 else ""
        usable = plain and made_fit(f"{plain}/{_PROBE}") == f"{plain}/{_PROBE}"
        self._prefix = plain if usable else ""
        self._root = self._joined_to("/").removesuffix("/")
        self._folder = self._joined_to("")

    def of(self, href: str) -> str:
        """A target made absolute, without personal data."""
        made = self._made.get(href)
        if made is None:
            if (
                self._prefix
                and "//" not in href
                and _AT not in href
                and _PLAIN_PATH.fullmatch(href)
            ):
                made = self._prefix + href
            else:
                made = self._simply_made(href) or made_fit(absolute(self.base, href))
            self._made[href] = made
        return made

    def sent_to(self, action: str) -> str:
        """Where a form sends.

        HTML standard, form submission algorithm: an empty action is the document's own address, not its base.
        """
        return self.of(action) if action else made_fit(self.url)

    def may_be_plain(self, address: str) -> bool:
        """Whether an address, tabs and blanks and all, can lead to http; most cannot, at a glance."""
        return self._plain_base or ":" in address

    def is_plain(self, address: str) -> bool:
        """Whether an address without tabs and blanks around it leads to http."""
        return address[:5].lower() == "http:" or (
            self._plain_base and bool(address) and not _SCHEME.match(address)
        )

    def _joined_to(self, beginning: str) -> str:
        """What stands before a simple path that begins so; empty where joining to it needs more care."""
        if not self._prefix:
            return ""
        joined = safe_join(self.base, beginning + _PROBE)
        if not joined.startswith(("http://", "https://")) or made_fit(joined) != joined:
            return ""
        return joined.removesuffix(_PROBE)

    def _simply_made(self, href: str) -> str:
        """The target where joining and masking leave it as it is; empty where that is not known."""
        simple = _SIMPLE.fullmatch(href)
        if simple is None or "/." in href or _AT in href:
            return ""
        host, rooted = simple.groups()
        if host:
            return made_fit(href)
        if not href or href[0] == "?" or "//" in href:
            return ""
        before = self._root if rooted else self._folder
        return before + href if before else ""


def made_fit(address: str) -> str:
    """An address as it may be kept."""
    return display(mask_address(address), ADDRESS)


def short(address: str) -> str:
    """An address, but of data written into the page itself only the scheme."""
    address = address.strip()
    return "data:" if address[:5].lower() == "data:" else address


def absolute(base: str, href: str) -> str:
    """A target as a browser would read it; left as it is where it makes no sense."""
    plain = _TABS.sub("", href)
    if _OPAQUE.match(plain):
        return plain.strip()
    return safe_join(base, plain) or plain


def without_tabs(address: str) -> str:
    """An address as a browser begins to read it."""
    return _TABS.sub("", address).strip()


def written(address: str) -> Written:
    """How an address stands in the page.  Browsers pass over tabs and line ends, and take a stroke either way."""
    plain = _TABS.sub("", address).replace("\\", "/")
    if plain.startswith("//"):
        return Written.SCHEMELESS
    return Written.WHOLE if _SCHEME.match(plain) else Written.RELATIVE
