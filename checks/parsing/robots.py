"""What a site's robots.txt asks of a visitor like this one."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from protego import Protego

TOKEN = "tinnhiem"  # noqa: S105  The product token of our User-Agent (RFC 9309, 2.2.1).
ROBOTS_BYTES = 64 * 1024
"""How much of a robots.txt is read; what a longer one forbids is not known."""
RULES, STARS = 1_000, 500
"""More rules than these, or more stars in them, are not read: each costs time at each address."""
LONGEST_ADDRESS = 500

_AGENT = re.compile(r"[ \t\ufeff]*user[- ]?agent[ \t]*[: \t][ \t]*(?P<name>[^#]*)", re.IGNORECASE)
_NAME = re.compile(r"[^/*\s]*")
_ELSE = "user-agent: somebody-else"
_RULE = re.compile(r"[ \t]*(?:dis*al*ow|diasllow|disallaw|allow)\b", re.IGNORECASE)
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]{0,1000}<[A-Za-z!?]")


class TooManyRules(Exception):  # noqa: N818  A finding about the file.
    """The file holds more rules than anybody reads."""


@dataclass(frozen=True, slots=True)
class Rules:
    """A robots.txt as it reads for us."""

    there: bool = False
    disallows: int = 0
    sitemaps: tuple[str, ...] = ()
    delay_s: float | None = None
    parsed: Protego | None = None

    def allow(self, url: str) -> bool:
        """Whether we may ask for this address."""
        if self.parsed is None:
            return True
        return len(url) <= LONGEST_ADDRESS and self.parsed.can_fetch(url, TOKEN)


NO_RULES = Rules()


def is_page(body: bytes) -> bool:
    """Whether a page stands in the file's place, as sites show that answer everything with their home page."""
    return _MARKUP.match(body) is not None


def read_robots(body: bytes, base: str) -> Rules:
    """The rules of a file that was sent for ``base``, none for a page; ``TooManyRules`` where there are too many."""
    if is_page(body):
        return NO_RULES
    text = body[:ROBOTS_BYTES].decode("utf-8", errors="replace").lstrip("\ufeff")
    lines = text.splitlines()
    rules = [line for line in lines if _RULE.match(line)]
    if len(rules) > RULES or sum(rule.count("*") for rule in rules) > STARS:
        raise TooManyRules
    # Groups of others are no concern of ours; thousands of names in one group would cost seconds.
    parsed = Protego.parse("\n".join(map(_ours, lines)))
    return Rules(
        there=True,
        disallows=sum(1 for rule in rules if not rule.lstrip().lower().startswith("allow")),
        sitemaps=tuple(urljoin(base, one) for one in _sitemaps(parsed)),
        delay_s=parsed.crawl_delay(TOKEN),
        parsed=parsed,
    )


def _ours(line: str) -> str:
    """The line; where it names somebody else, a name that stands for all of them."""
    found = _AGENT.match(line)
    if found is None:
        return line
    named = found["name"].strip().lower()
    if named == "*":
        return line
    first = _NAME.match(named)
    return f"user-agent: {TOKEN}" if first is not None and first[0] == TOKEN else _ELSE


def _sitemaps(parsed: Protego) -> list[str]:
    kept: list[str] = []
    for one in parsed.sitemaps:
        try:
            urljoin("https://site.example/", one)
        except ValueError:
            continue
        if len(one) <= LONGEST_ADDRESS:
            kept.append(one)
        if len(kept) == 5:
            break
    return kept
