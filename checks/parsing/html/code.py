"""What the code of a script does to a visitor, as far as its text shows: nothing is run."""

import base64
import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote

from checks.evidence.page import Code, CodeMark
from checks.parsing.html.targets import Targets
from checks.parsing.masking import mask
from checks.parsing.text import display

READ = 60_000
"""Characters of one script that are read, from its beginning and from its end."""
EXCERPT = 160
MOVES, LOADS = 5, 10

_MINER = re.compile(
    r"coin-?hive|crypto-?loot|coinimp|webminepool|jsecoin|deepminer|minero\.cc|cryptonoter|monerominer|webmine\.cz",
    re.IGNORECASE,
)
_PACKER = re.compile(r"eval\(function\(p,a,c,k,e,[dr]\)")
_HEX_NAMES = re.compile(r"\b_0x[0-9a-f]{4,6}\b")
_ESCAPES = re.compile(r"(?:\\x[0-9a-fA-F]{2}|\\u00[0-9a-fA-F]{2}){30}")
_NUMBERS = re.compile(r"(?:\d{2,3}\s*,\s*){30}")
_RUNS = re.compile(
    r"(?:\beval|\bFunction|document\.write(?:ln)?|setTimeout)\s*\(\s*(?:window\.)?"
    r"(?:atob|unescape|decodeURIComponent|decodeURI|String\.fromCharCode)\s*\("
)
_LOADS_DECODED = re.compile(
    r"\.src\s*=\s*(?:window\.)?(?:atob|unescape|decodeURIComponent|String\.fromCharCode)\s*\("
)
_MOVE = re.compile(
    r"(?<![\w$.])(?:(?:window|top|self|parent|document|this)\s*\.\s*){0,3}location(?:\s*\.\s*href)?\s*=(?!=)\s*([^;\n]{1,400})"
    r"|\blocation\s*\.\s*(?:replace|assign)\s*\(\s*([^;\n]{1,400})"
)
_LITERAL = re.compile(r"[\"'`]([^\"'`\n]{1,2000})[\"'`]")
_ADDRESS = re.compile(r"(?:https?:)?//[\w.-]+\.[a-z]{2,24}[^\s\"'<>)]{0,300}", re.IGNORECASE)
_DECODER = re.compile(
    r"(atob|unescape|decodeURIComponent|decodeURI)\s*\(\s*[\"']([^\"'\n]{4,8000})[\"']"
    r"|String\.fromCharCode\s*\(\s*((?:\d{1,5}\s*,\s*){3,2000}\d{1,5})"
)
_ESCAPED = re.compile(r"\\x([0-9a-fA-F]{2})|\\u00([0-9a-fA-F]{2})")
_WRITTEN = re.compile(
    r"document\s*\.\s*write(?:ln)?\s*\(|\.innerHTML\s*\+?=|insertAdjacentHTML\s*\(|\.(?:append|prepend|html|after|before)\s*\("
)
_LOADED = re.compile(
    r"\.src\s*=\s*[\"']((?:https?:)?//[^\"'\s]{4,500})|<(?:script|iframe)\b[^>]{0,300}?\bsrc\s*=\s*\\?[\"']?((?:https?:)?//[^\"'\s>\\]{4,500})",
    re.IGNORECASE,
)
_SEARCHERS = re.compile(r"document\s*\.\s*referrer", re.IGNORECASE)
_ENGINE = re.compile(r"google|bing|coccoc|yahoo|yandex|baidu|duckduckgo|search", re.IGNORECASE)
_WAITS = re.compile(
    r"function\s+([\w$]{1,60})\s*\([^()]{0,200}\)\s*$"
    r"|(?:\bon(?:click|change|submit|mouse\w+|key\w+)\s*=\s*|addEventListener\s*\(\s*[\"'](?:click|change|submit|mouse\w+|key\w+|touch\w+)[\"']\s*,\s*"
    r"|\.(?:click|change|submit|on)\s*\(\s*(?:[\"'][\w ]{1,40}[\"']\s*,\s*){0,2})(?:async\s+)?(?:function\s*[\w$]{0,60}\s*\([^()]{0,200}\)\s*|\([^()]{0,200}\)\s*=>\s*|[\w$]{1,30}\s*=>\s*)$"
    r"|(?:[\w$]{1,60}\s*[:=]\s*(?:async\s+)?function\s*\([^()]{0,200}\)\s*|[\w$]{1,60}\s*=\s*\([^()]{0,200}\)\s*=>\s*)$"
)
_GRAVEST = tuple(CodeMark)


def read_code(text: str, targets: Targets) -> Code | None:
    """The marks of one script, the addresses that it moves to and loads; ``None`` where it bears none."""
    text = text if len(text) <= 2 * READ else f"{text[:READ]}\n{text[-READ:]}"
    decoded = "\n".join(_decoded(text))
    found: dict[CodeMark, int] = {}
    for mark, pattern in (
        (CodeMark.MINER, _MINER),
        (CodeMark.RUNS_DECODED, _RUNS),
        (CodeMark.LOADS_DECODED, _LOADS_DECODED),
    ):
        match = pattern.search(text) or (
            pattern.search(decoded) if mark is CodeMark.MINER else None
        )
        if match is not None:
            found[mark] = match.start()
    packed = _packed_at(text)
    if packed >= 0:
        found[CodeMark.PACKED] = packed
    moves, at = _moves(text, decoded, targets)
    if moves:
        searchers = _SEARCHERS.search(text) is not None and _ENGINE.search(text) is not None
        found[CodeMark.MOVES_SEARCHERS if searchers else CodeMark.MOVES] = at
    loads = _loads(f"{text}\n{decoded}", targets)
    if not found and not loads:
        return None
    begin = max(0, min(found.values(), default=0) - 20)
    return Code(
        marks=tuple(mark for mark in _GRAVEST if mark in found),
        moves=moves,
        loads=loads,
        excerpt=display(mask(" ".join(text[begin : begin + 2 * EXCERPT].split())), EXCERPT)
        if found
        else "",
    )


def markup_written(text: str) -> str:
    """The markup that a script writes into the page, as far as it stands in its text, also decoded."""
    text = text[:READ]
    if _WRITTEN.search(text) is None:
        return ""
    decoded = "\n".join(_decoded(text))
    whole = f"{_unescaped(text)}\n{decoded}"
    if "<a" not in whole.lower():
        return ""
    # Literals are joined as they stand: "<a href=" + "\"…\"" is one anchor.
    joined = re.sub(r"[\"']\s*\+\s*[\"']|\\(?=[\"'/])", "", whole)
    return joined[joined.lower().find("<a") :][:20_000]


def _packed_at(text: str) -> int:
    """Where unreadable code begins; -1 where there is none."""
    for pattern in (_PACKER, _ESCAPES, _NUMBERS):
        match = pattern.search(text)
        if match is not None and (pattern is not _NUMBERS or "fromCharCode" in text):
            return match.start()
    names = [match.start() for match, _ in zip(_HEX_NAMES.finditer(text), range(12), strict=False)]
    return names[0] if len(names) == 12 else -1


def _moves(text: str, decoded: str, targets: Targets) -> tuple[tuple[str, ...], int]:
    """Where a visitor is sent at once, and the place in the text that does it."""
    found: dict[str, None] = {}
    first = -1
    for number, match in enumerate(_MOVE.finditer(text)):
        if number >= 20 or len(found) >= MOVES:
            break
        if not _at_once(text, match.start()):
            continue
        expression = match[1] or match[2] or ""
        literal = _LITERAL.match(_unescaped(expression))
        address = literal[1] if literal else _hidden_address(expression, decoded)
        if address:
            found[targets.of(address.strip())] = None
            first = match.start() if first < 0 else first
    return tuple(found), first


def _hidden_address(expression: str, decoded: str) -> str:
    """The address that a move leads to where it was decoded first; empty where it cannot be told."""
    own = _ADDRESS.search("\n".join(_decoded(expression)))
    if own is not None:
        return own[0]
    if re.fullmatch(r"[\w$.\[\]]{1,80}\)?\s*\}?", expression.strip()):
        other = _ADDRESS.search(decoded)
        return other[0] if other is not None else ""
    return ""


def _at_once(text: str, at: int) -> bool:
    """Whether code at a place runs by itself: it stands in no function that waits for a visitor or to be called."""
    before = text[max(0, at - 6_000) : at]
    depth = 0
    for place in range(len(before) - 1, -1, -1):
        sign = before[place]
        if sign == "}":
            depth += 1
        elif sign == "{":
            if depth:
                depth -= 1
                continue
            waits = _WAITS.search(before[max(0, place - 300) : place])
            if waits is None:
                continue
            name = waits[1]
            called = name and len(re.findall(rf"(?<![\w$.]){re.escape(name)}\s*\(", text)) > 1
            if not called and not (
                name
                and re.search(rf"(?:setTimeout\s*\(\s*|onload\s*=\s*){re.escape(name)}\b", text)
            ):
                return False
    return True


def _loads(text: str, targets: Targets) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for match in _LOADED.finditer(text):
        found[targets.of(_unescaped(match[1] or match[2]))] = None
        if len(found) >= LOADS:
            break
    return tuple(found)


def _decoded(text: str) -> Iterator[str]:
    """Texts that the script decodes, decoded once."""
    for number, match in enumerate(_DECODER.finditer(text)):
        if number >= 30:
            return
        kind, literal, numbers = match.groups()
        if numbers:
            codes = [int(one) for one in numbers.split(",")[:2_000]]
            yield "".join(chr(code) for code in codes if 9 <= code < 0xD800)
        elif kind == "atob":
            try:
                yield base64.b64decode(literal + "=" * (-len(literal) % 4), validate=False).decode(
                    "utf-8", "replace"
                )
            except (binascii.Error, ValueError):
                continue
        else:
            yield unquote(re.sub(r"%u00([0-9a-fA-F]{2})", r"%\1", literal), errors="replace")
    if _ESCAPES.search(text):
        yield _unescaped(text)


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), text).replace("\\/", "/")
