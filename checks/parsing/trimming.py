"""Facts of a page made shorter: what is kept of an inner page."""

from checks.evidence.page import Link, PageFacts
from checks.parsing.answers import host_of
from checks.parsing.text import MARK

TEXT_HEAD_BYTES, TEXT_TAIL_BYTES = 12_000, 4_096
TEXT_BYTES = 16 * 1024
LINKS = 150


def trimmed(page: PageFacts) -> PageFacts:
    """The page with 16 KiB of text, 150 links (those first that lead elsewhere, then hidden ones), and no pictures.

    The counts of all stay what they were.
    """
    return page.model_copy(
        update={"text": _shorter(page.text), "links": _first(page), "images": ()}
    )


def _shorter(text: str) -> str:
    sent = text.encode()
    if len(sent) <= TEXT_BYTES:
        return text
    head = sent[:TEXT_HEAD_BYTES].decode(errors="ignore")
    return f"{head} {MARK} {sent[-TEXT_TAIL_BYTES:].decode(errors='ignore')}"


def _first(page: PageFacts) -> tuple[Link, ...]:
    own = host_of(page.url).removeprefix("www.")

    def rank(link: Link) -> int:
        host = host_of(link.href).removeprefix("www.")
        if host and host != own:
            return 0
        return 1 if link.hidden else 2

    # Sorting keeps the order of the page within each rank.
    return tuple(sorted(page.links, key=rank)[:LINKS])
