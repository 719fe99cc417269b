"""The folders that a page's files lie in, and pages that show what lies in a folder."""

import re
from collections import Counter
from urllib.parse import unquote, urljoin, urlsplit

from checks.evidence.page import PageFacts

_FILE = re.compile(r"[^/]+\.[A-Za-z0-9]{1,8}")
_PAGE = re.compile(r"\.(?:html?|xhtml|php\d?|aspx?|jsp|do|action|cgi)$", re.IGNORECASE)


def folders_of(page: PageFacts) -> tuple[str, ...]:
    """The folders on the page's own host whose files it shows or links to, most used first; never the root.

    Pages (``.html``, ``.php``) are addresses of a CMS and say nothing of folders; files do.  Parents of those
    folders are left out: nobody named them.
    """
    own = urlsplit(page.url)
    addresses = [
        *(link.href for link in page.links),
        *(image.src for image in page.images),
        *(script.src for script in page.scripts),
    ]
    found: Counter[str] = Counter()
    for address in addresses:
        try:
            parts = urlsplit(address)
        except ValueError:
            continue
        if (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
            continue
        folder, _, name = parts.path.rpartition("/")
        if folder and _FILE.fullmatch(name) and not _PAGE.search(name):
            found[f"{own.scheme}://{own.netloc}{folder}/"] += 1
    return tuple(sorted(found, key=lambda folder: (-found[folder], folder)))


# One for each server.  The path in the group must be this folder's: an article about such pages names another.
_TITLES = (
    re.compile(r"Index of (?P<path>/.*)"),  # Apache, nginx, lighttpd, LiteSpeed
    re.compile(r"\S+ - (?P<path>/.*)"),  # IIS
    re.compile(r"Directory listing for (?P<path>/.*)"),  # Python
    re.compile(r"Directory Listing For \[?(?P<path>/[^\]]*?)\]?(?: - Up To .*)?"),  # Tomcat
    re.compile(r"Directory: (?P<path>/.*)"),  # Jetty
    re.compile(r"listing directory (?P<path>/.*)"),  # serve-index
)


def looks_like_folder(page: PageFacts) -> bool:
    """Whether a page bears the title that a server gives to its own list of the folder at this address."""
    path = _plain(urlsplit(page.url).path)
    return any(
        (match := pattern.fullmatch(page.title.strip())) and _plain(match["path"]) == path
        for pattern in _TITLES
    )


def shows_folder(page: PageFacts) -> bool:
    """Whether a page is such a list: it also leads to the parent folder or to something inside."""
    if not looks_like_folder(page):
        return False
    here = page.url.partition("?")[0]
    parent = urljoin(here, "..")
    targets = {link.href.partition("?")[0] for link in page.links}
    return any(
        target == parent or (target.startswith(here) and target != here) for target in targets
    )


def _plain(path: str) -> str:
    return unquote(path).strip().rstrip("/")
