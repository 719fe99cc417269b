"""What the code of a script does to a visitor, as far as its text shows: nothing is run."""

import base64
import binascii
import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote

from checks.evidence.page import Code, CodeMark
from checks.parsing.answers import host_of
from checks.parsing.html.targets import Targets
from checks.parsing.masking import mask
from checks.parsing.text import display

READ = 60_000
"""Characters of one script that are read, from its beginning and from its end."""
EXCERPT = 160
MOVES, LOADS = 5, 10
AROUND, HOSTS = 8, 20
"""So many blocks of code around a place are looked at."""

# Without one of these no pattern below finds anything; most scripts of a page have none.
_WORTH_READING = re.compile(
    r"location|reverse\(|\batob|unescape|fromCharCode|decodeURI|\.src\s*=|<script|<iframe|eval\(|\b_0x|\\x[0-9a-fA-F]{2}|\\u00[0-9a-fA-F]{2}"
    r"|coin|crypto-?loot|webminepool|miner|webmine|[\"'`](?:[a-z]+:)?//|[\"'][\w.-]+\.[a-z]{2,24}[\"'/]",
    re.IGNORECASE,
)
_MINER = re.compile(
    r"coin-?hive|crypto-?loot|coinimp|webminepool|jsecoin|deepminer|minero\.cc|cryptonoter|monerominer|webmine\.cz",
    re.IGNORECASE,
)
_PACKER = re.compile(r"eval\(function\(p,a,c,k,e,[dr]\)")
_PACKED = re.compile(
    r"\}\s*\(\s*'((?:[^'\\]|\\.){1,20000})'\s*,\s*(\d{1,2})\s*,\s*(\d{1,4})\s*,\s*'([^']{0,20000})'\.split\('\|'\)"
)
_SIGNS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_HEX_NAMES = re.compile(r"\b_0x[0-9a-f]{4,6}\b")
_ESCAPES = re.compile(r"(?:\\x[0-9a-fA-F]{2}|\\u00[0-9a-fA-F]{2}){30}")
_NUMBERS = re.compile(r"(?:\d{2,3}\s*,\s*){30}")
_RUNS = re.compile(
    r"(?:\beval|\bFunction|document\.write(?:ln)?|setTimeout)\s*\(\s*(?:window\.)?"
    r"(?:atob|unescape|decodeURIComponent|decodeURI|String\.fromCharCode)\s*\("
)
# No function is called for what is decoded.
_PLAINLY_WRITTEN = re.compile(
    r"document\.write(?:ln)?\s*\(\s*(?:window\.)?(?:unescape|decodeURIComponent|decodeURI)\s*\("
    r"([^()]{0,2000})\)\s*\)"
)
_ACTIVE = re.compile(
    r"<\s*(?:script|i?frame|object|embed|meta|base|link)|\bon\w+\s*=|script:|%", re.IGNORECASE
)
_ONE_LITERAL = re.compile(r"""\s*(?:"[^"]*"|'[^']*')\s*""")
_KNOWN_LOADER = re.compile(
    r"""\s*"<script\s+src='"\s*\+\s*\w{1,30}\s*\+\s*"google-analytics\.com/ga\.js'\s+type='text/javascript'></script>"\s*"""
)
_KNOWN_PREFIX = re.compile(r"""["']https://ssl\.["']\s*:\s*["']http://www\.["']""")
_LOADS_DECODED = re.compile(
    r"\.src\s*=\s*(?:window\.)?(?:atob|unescape|decodeURIComponent|String\.fromCharCode)\s*\("
)
_MOVE = re.compile(
    r"(?<![\w$.])(?:(?:window|top|self|parent|document|this)\s*\.\s*){0,3}location(?:\s*\.\s*href)?\s*=(?!=)\s*([^;\n]{1,400})"
    r"|\blocation\s*\.\s*(?:replace|assign)\s*\(\s*([^;\n]{1,400})"
)
_LITERAL = re.compile(r"[\"'`]([^\"'`\n]{1,2000})[\"'`]")
_ADDRESS = re.compile(r"(?:https?:)?//[\w.-]+\.[a-z]{2,24}[^\s\"'<>)]{0,300}", re.IGNORECASE)
_WITH_HOST = re.compile(r"(?:https?:)?//[\w.-]+\.[a-z]{2,24}[/?#]", re.IGNORECASE)
_DECODER = re.compile(
    r"(atob|unescape|decodeURIComponent|decodeURI)\s*\(\s*[\"']([^\"'\n]{4,8000})[\"']"
    r"|String\.fromCharCode\s*\(\s*((?:\d{1,5}\s*,\s*){3,2000}\d{1,5})"
)
_NUMBER_LIST = re.compile(r"\[\s*((?:\d{2,3}\s*,\s*){7,2000}\d{2,3})\s*\]")
_HOST = re.compile(
    r"(?<![\w.@%-])((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,4}[a-z]{2,24})(?![\w.(=-])",
    re.IGNORECASE,
)
_ENDINGS_OF_FILES = frozenset(
    [
        "js",
        "css",
        "png",
        "jpg",
        "jpeg",
        "gif",
        "svg",
        "webp",
        "html",
        "htm",
        "php",
        "json",
        "xml",
        "ico",
        "map",
        "ts",
        "tpl",
        "length",
    ]
)
_CODED = re.compile(r"[\"']([A-Za-z0-9+/=]{12,400})[\"']")
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
    if _WORTH_READING.search(text) is None:
        return None
    text = _ends(text)
    decoded = "\n".join(_decoded(text))
    found: dict[CodeMark, int] = {}
    for mark, pattern in (
        (CodeMark.MINER, _MINER),
        (CodeMark.RUNS_DECODED, _RUNS),
        (CodeMark.LOADS_DECODED, _LOADS_DECODED),
    ):
        match = next((one for one in pattern.finditer(text) if not _harmless(text, one)), None) or (
            pattern.search(decoded) if mark is CodeMark.MINER else None
        )
        if match is not None:
            found[mark] = match.start()
    packed = _packed_at(text)
    if packed >= 0:
        found[CodeMark.PACKED] = packed
    plain = _plain_access(text)
    moves, at = _moves(plain, decoded, targets)
    if moves:
        searchers = _SEARCHERS.search(text) is not None and _ENGINE.search(text) is not None
        found[CodeMark.MOVES_SEARCHERS if searchers else CodeMark.MOVES] = at
    loads = _loads(f"{text}\n{decoded}", targets)
    hosts = _hosts(f"{_unescaped(text)}\n{decoded}", targets.host)
    if not found and not loads and not hosts:
        return None
    begin = max(0, min(found.values(), default=0) - 20)
    return Code(
        marks=tuple(mark for mark in _GRAVEST if mark in found),
        moves=moves,
        loads=loads,
        hosts=hosts,
        excerpt=display(mask(" ".join(text[begin : begin + 2 * EXCERPT].split())), EXCERPT)
        if found
        else "",
    )


def _harmless(text: str, match: re.Match[str]) -> bool:
    """Whether what a script decodes and writes stands there whole, and runs and loads nothing unknown.

    Counters, clocks and the loader of Google Analytics were long given out in this manner.
    """
    written = _PLAINLY_WRITTEN.match(text, match.start())
    if written is None:
        return False
    argument = unquote(written[1], errors="replace")
    if _KNOWN_LOADER.fullmatch(argument) is not None:
        return _KNOWN_PREFIX.search(text) is not None
    return _ONE_LITERAL.fullmatch(written[1]) is not None and _ACTIVE.search(argument) is None


def _plain_access(text: str) -> str:
    """The same with what is joined of parts, or named in brackets, written as everybody writes it."""
    if '["' not in text and "['" not in text:
        return text
    joined = re.sub(r"[\"']\s*\+\s*[\"']", "", _unescaped(text))
    return re.sub(r"\[\s*[\"'](\w{3,20})[\"']\s*\]", r".\1", joined)


def _ends(text: str) -> str:
    return text if len(text) <= 2 * READ else f"{text[:READ]}\n{text[-READ:]}"


def is_long(text: str) -> bool:
    """Whether a script that may do something is too long to be read to its end."""
    if len(text) <= 2 * READ:
        return False
    return _WORTH_READING.search(text) is not None or _WRITTEN.search(text) is not None


def markup_written(text: str) -> str:
    """The markup that a script writes into the page, as far as it stands in its text, also decoded."""
    text = _ends(text)
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
    called: dict[str, bool] = {}
    first = -1
    for number, match in enumerate(_MOVE.finditer(text)):
        if number >= 20 or len(found) >= MOVES:
            break
        if not _at_once(text, match.start(), called):
            continue
        expression = match[1] or match[2] or ""
        literal = _whole(_LITERAL.match(_unescaped(expression)), _unescaped(expression))
        address = literal[1] if literal else _hidden_address(expression, decoded)
        if address:
            found[targets.of(address.strip())] = None
            first = match.start() if first < 0 else first
    return tuple(found), first


def _whole(literal: re.Match[str] | None, expression: str) -> re.Match[str] | None:
    """The literal, unless it is only the beginning of an address that the script puts together."""
    if literal is None or not expression[literal.end() :].lstrip().startswith("+"):
        return literal
    return literal if _WITH_HOST.match(literal[1]) else None


def _hidden_address(expression: str, decoded: str) -> str:
    """The address that a move leads to where it was decoded first; empty where it cannot be told."""
    own = _ADDRESS.search("\n".join(_decoded(expression)))
    if own is not None:
        return own[0]
    if re.match(r"[\w$.\[\]]{1,80}\s*(?:[),}]|$)", expression.strip()):
        other = _ADDRESS.search(decoded)
        return other[0] if other is not None else ""
    return ""


def _at_once(text: str, at: int, called: dict[str, bool]) -> bool:
    """Whether code at a place runs by itself: it stands in no function that waits for a visitor or to be called."""
    before = text[max(0, at - 6_000) : at]
    depth = around = 0
    for place in range(len(before) - 1, -1, -1):
        sign = before[place]
        if sign == "}":
            depth += 1
        elif sign == "{" and depth:
            depth -= 1
        elif sign == "{":
            around += 1
            if around > AROUND:
                break
            head = before[max(0, place - 200) : place]
            waits = _WAITS.search(head) if head.rstrip()[-1:] in (")", ">") else None
            if waits is None:
                continue
            name = waits[1] or ""
            if name not in called:
                called[name] = _is_called(text, name)
            if not called[name]:
                return False
    return True


def _is_called(text: str, name: str) -> bool:
    """Whether a function with this name is called somewhere, or given to what calls it at once."""
    if not name:
        return False
    known = re.escape(name)
    calls = re.findall(rf"(?<![\w$.]){known}\s*\(", text)
    given = rf"(?:setTimeout\s*\(\s*|onload\s*=\s*|ready\s*\(\s*){known}\b"
    return len(calls) > 1 or re.search(given, text) is not None


def _loads(text: str, targets: Targets) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for match in _LOADED.finditer(text):
        found[targets.of(_unescaped(match[1] or match[2]))] = None
        if len(found) >= LOADS:
            break
    return tuple(found)


def _hosts(text: str, own: str) -> tuple[str, ...]:
    """Names in the literals of a script that can be hosts."""
    found: dict[str, None] = {}
    for literal in _LITERAL.finditer(text):
        for match in _HOST.finditer(literal[1].replace("\\/", "/")[:500]):
            host = match[1].lower()
            if host != own and host.rpartition(".")[2] not in _ENDINGS_OF_FILES:
                found[host] = None
        if len(found) >= HOSTS:
            break
    # What was decoded stands between no quotes.
    for address in _ADDRESS.finditer(text):
        host = host_of(address[0] if ":" in address[0][:6] else f"https:{address[0]}")
        if host and host != own:
            found[host] = None
        if len(found) >= 2 * HOSTS:
            break
    return tuple(found)[:HOSTS]


def _decoded(text: str) -> Iterator[str]:
    """Texts that the script decodes, decoded once."""
    for number, listed in enumerate(_NUMBER_LIST.finditer(text)):
        if number >= 5 or "fromCharCode" not in text:
            break
        yield "".join(chr(int(one)) for one in listed[1].split(",") if 9 <= int(one) < 256)
    if "reverse()" in text:
        yield "\n".join(
            literal[1][::-1]
            for literal in islice(_LITERAL.finditer(text), 50)
            if "//:" in literal[1]
        )
    yield from map(_unpacked, islice(_PACKED.finditer(text), 3))
    if "reverse()" in text or "atob" in text:
        for number, quoted in enumerate(_CODED.finditer(text)):
            if number >= 20:
                break
            coded = quoted[1][::-1] if "reverse()" in text else quoted[1]
            yield _from_base64(coded)
    for number, match in enumerate(_DECODER.finditer(text)):
        if number >= 30:
            return
        kind, literal, numbers = match.groups()
        if numbers:
            codes = [int(one) for one in numbers.split(",")[:2_000]]
            yield "".join(chr(code) for code in codes if 9 <= code < 0xD800)
        elif kind == "atob":
            yield _from_base64(literal)
        else:
            yield unquote(re.sub(r"%u00([0-9a-fA-F]{2})", r"%\1", literal), errors="replace")
    if _ESCAPES.search(text):
        yield _unescaped(text)


def _unpacked(packed: re.Match[str]) -> str:
    """What Dean Edwards' packer packed: words are put back where their numbers stand."""
    payload, radix, count, names = packed[1], int(packed[2]), int(packed[3]), packed[4].split("|")
    if not 2 <= radix <= 62 or len(names) < count:
        return ""

    def word(match: re.Match[str]) -> str:
        number = 0
        for sign in match[0]:
            digit = _SIGNS.find(sign)
            if not 0 <= digit < radix or number > len(names):
                return match[0]
            number = number * radix + digit
        return (names[number] or match[0]) if number < len(names) else match[0]

    return re.sub(r"\b\w{1,6}\b", word, payload.replace("\\'", "'"))


def _from_base64(text: str) -> str:
    """What a text in base64 says; empty where it is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), text).replace("\\/", "/")
