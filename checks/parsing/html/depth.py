"""Pages made no deeper than a parser can bear: it takes quadratic time for tags that stand too deep."""

import re
from itertools import filterfalse

DEPTH, MARKED_DEPTH = 500, 40
"""How many tags may stand inside each other: of all kinds, and of those that only format text."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FORMATTING = _words("b big code em font i nobr s small strike strong tt u")
_NEVER_DEEP = _words(
    "a area base body br col dd dt embed head hr html img input li link meta option p param source tbody td"
    " tfoot th thead tr track wbr"
)
# The commonest of these are passed over here already, as they are mostly written.
_MARKUP = re.compile(r"<(?!/?(?:li|[ap]|t[dr]|img|br|option|input)[\s/>])(/?[a-zA-Z][^\s/>]*+)")
_TAG = re.compile(
    rf"<(?:(!--)|(/?)(?!(?:{'|'.join(sorted(_NEVER_DEEP))})[\s/>])([a-zA-Z][^\s/>]*))",
    re.IGNORECASE,
)
_NEVER_DEEP_TAGS = _NEVER_DEEP | {f"/{name}" for name in _NEVER_DEEP}
_RAW = {
    name: re.compile(f"</{name}", re.IGNORECASE)
    for name in (
        "script",
        "style",
        "title",
        "textarea",
        "iframe",
        "noembed",
        "noframes",
        "noscript",
        "xmp",
    )
}
_RAW_BEGIN = re.compile(rf"<(?=[!sStTiInNxX])(?:!--|({'|'.join(_RAW)})(?![^\s/>]))", re.IGNORECASE)


def shallow(html: str) -> str:
    """The page with tags beyond a sane depth turned into comments: parsing deeper ones takes quadratic time."""
    if not _may_be_deep(html):
        return html
    pieces: list[str] = []
    stack: list[str] = []
    depth: dict[str, int] = {}
    marked = 0
    done = skip = 0
    for tag in _TAG.finditer(html):
        if tag.start() < skip:
            continue
        name = tag[3].lower() if tag[3] else ""
        if tag[1] or (name in _RAW and not tag[2]):
            end = html.find("-->", tag.end()) if tag[1] else _raw_end(html, name, tag.end())
            if end < 0:
                break
            skip = end
        elif tag[2]:
            if depth.get(name, 0):
                depth[name] -= 1
                if name in _FORMATTING:
                    marked -= 1
                else:
                    _pop(stack, name, depth)
        elif marked >= MARKED_DEPTH if name in _FORMATTING else len(stack) >= DEPTH:
            pieces.append(html[done : tag.start() + 1])
            pieces.append("!")
            done = tag.start() + 1
        else:
            depth[name] = depth.get(name, 0) + 1
            if name in _FORMATTING:
                marked += 1
            else:
                stack.append(name)
    pieces.append(html[done:])
    return "".join(pieces)


def _may_be_deep(html: str) -> bool:
    """Whether tags could stand deeper than is sane: counts what opens and closes, by name, and forgives nothing.

    No page is deeper than this count, for a tag that closes may only close more than one.
    """
    depth: dict[str, int] = {}
    deep = marked = 0
    # What never stands deep is left out before the loop.
    for name in filterfalse(_NEVER_DEEP_TAGS.__contains__, map(str.lower, _markup(html))):
        if name[0] != "/":
            depth[name] = depth.get(name, 0) + 1
            step = 1
        elif opened := depth.get(name := name[1:]):
            depth[name] = opened - 1
            step = -1
        else:
            continue
        if name in _FORMATTING:
            marked += step
            if marked > MARKED_DEPTH:
                return True
        else:
            deep += step
            if deep > DEPTH:
                return True
    return False


def _markup(html: str) -> list[str]:
    """The names of tags, all that may stand deep and some that never do, with a stroke before those that close; nothing of comments, scripts and styles."""
    names: list[str] = []
    done = 0
    while (raw := _RAW_BEGIN.search(html, done)) is not None:
        names += _MARKUP.findall(html, done, raw.start())
        name = raw[1]
        done = _raw_end(html, name.lower(), raw.end()) if name else html.find("-->", raw.end())
        if done < 0:
            return names
    return names + _MARKUP.findall(html, done)


def _raw_end(html: str, name: str, start: int) -> int:
    """Where the text of a script or style ends; negative where it never does."""
    found = _RAW[name].search(html, start)
    return found.end() if found else -1


def _pop(stack: list[str], name: str, depth: dict[str, int]) -> None:
    """Close the nearest open tag of this name and all that stand open inside it."""
    while (closed := stack.pop()) != name:
        depth[closed] -= 1
