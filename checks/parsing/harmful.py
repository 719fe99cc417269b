"""Scripts that nobody wants: known miners by their addresses, and code in the page that hides what it does."""

from collections.abc import Iterator
from functools import cache
from urllib.parse import urlsplit

from checks.evidence.page import Code, CodeMark, PageFacts
from checks.lists import BlockList
from checks.lists.shipped import table, under
from checks.parsing.answers import host_of, scheme_of

_LIST = "miners.toml"
_WEB = frozenset({"http", "https", "ws", "wss"})
_MOVES = frozenset({CodeMark.MOVES, CodeMark.MOVES_SEARCHERS})


def loaded(page: PageFacts) -> Iterator[str]:
    """Addresses that a browser fetches and runs, or shows as a page of their own."""
    for script in page.scripts:
        if script.src:
            yield script.src
    yield from page.frames
    for code in page.code:
        yield from code.loads


def is_miner(url: str) -> bool:
    """Whether an address is one of a known miner."""
    if scheme_of(url) not in _WEB:
        return False
    try:
        path = urlsplit(url).path
    except ValueError:
        return False
    return path.rpartition("/")[2].lower() in _files() or under(host_of(url), _hosts())


def hides(code: Code) -> bool:
    """Whether code in the page looks like a loader that hides what it loads.

    Packing alone is lawful: plugins were long given out packed.  It counts together with loading or moving.
    """
    marks = set(code.marks)
    if marks & {CodeMark.LOADS_DECODED, CodeMark.RUNS_DECODED}:
        return True
    return CodeMark.PACKED in marks and bool(code.loads or code.moves or marks & _MOVES)


def listed(
    url: str, own: frozenset[str], lists: tuple[BlockList, ...]
) -> tuple[BlockList, str] | None:
    """The first list that names an address, and the entry.

    Of the site's own host only a single address counts: that the whole host is listed is another check's question.
    """
    if scheme_of(url) not in _WEB:
        return None
    for one in lists:
        hit = one.url_hit(url)
        if hit and not (host_of(url) in own and one.host_hit(host_of(url))):
            return one, hit
    return None


@cache
def _hosts() -> frozenset[str]:
    return frozenset(table(_LIST)["hosts"])


@cache
def _files() -> frozenset[str]:
    return frozenset(table(_LIST)["files"])
