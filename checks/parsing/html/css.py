"""The little of CSS that hides things: lengths, colours, declarations, and rules with plain selectors."""

import re
from collections.abc import Iterator

Declared = dict[str, str]
Colour = tuple[int, int, int]

SELECTORS, SELECTOR = 20, 200
"""How many selectors of one rule are read, and how long one may be."""
STYLE = 4_000

_COMMENT = re.compile(r"/\*(?:[^*]|\*(?!/))*+(?:\*/)?")
_WANTED = re.compile(
    r"(?<![\w-])(display|visibility|opacity|font-size|font|color|background-color|background|position|left|right|top|bottom"
    r"|margin-left|margin-top|text-indent|width|height|max-width|max-height|overflow|overflow-x|overflow-y|clip|clip-path"
    r"|transform|z-index|filter)\s*:\s*([^;{}]{1,300})",
    re.IGNORECASE,
)
# What a selector may be made of; with anything else no element is matched.
_SELECTOR = re.compile(
    r"(?:[a-zA-Z*][\w-]*+|[.#][\w-]++|\[[\w-]++(?:[*^$~|]?=\"?[\w -]*+\"?)?\]|\s*+>\s*+|\s++"
    r"|:(?:link|visited|first-child|last-child)){1,12}"
)
_DYNAMIC = re.compile(r":(?:link|visited)")
_LENGTH = re.compile(r"(-?\d*\.?\d+)\s*(px|pt|em|rem|%|vw|vh|ex|ch|cm|mm|in)?", re.IGNORECASE)
_PX = {
    "px": 1.0,
    "pt": 1.33,
    "em": 16.0,
    "rem": 16.0,
    "vw": 12.0,
    "vh": 8.0,
    "ex": 8.0,
    "ch": 8.0,
    "cm": 38.0,
    "mm": 3.8,
    "in": 96.0,
}
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+([\d.]+%?))?\s*\)")
_HEX = re.compile(r"#([0-9a-f]{3,8})\b")
_NAMED = {
    "white": (255, 255, 255), "black": (0, 0, 0), "red": (255, 0, 0), "blue": (0, 0, 255), "green": (0, 128, 0),
    "yellow": (255, 255, 0), "gray": (128, 128, 128), "grey": (128, 128, 128), "silver": (192, 192, 192),
    "navy": (0, 0, 128), "orange": (255, 165, 0), "whitesmoke": (245, 245, 245), "snow": (255, 250, 250),
}  # fmt: skip
_NEAR = 10
"""Two colours whose parts all differ by less are one to the eye."""


def rules(sheet: str) -> Iterator[tuple[str, Declared, bool]]:
    """Each selector with what it declares of interest, and whether only some screens are told so."""
    depth = 0
    conditional_at: list[int] = []
    prelude = ""
    pieces = re.split("([{}])", _COMMENT.sub("", sheet))
    for text, brace in zip(pieces[::2], pieces[1::2], strict=False):
        if brace == "{":
            depth += 1
            prelude = text.strip().rpartition(";")[2].strip()
            if prelude.startswith("@"):
                if not re.match(r"@media\s+(?:all|screen)\s*$|@layer|@scope", prelude):
                    conditional_at.append(depth)
                prelude = ""
        else:
            if prelude:
                made = declarations(text)
                if made:
                    for selector in prelude.split(",")[:SELECTORS]:
                        plain = selector.strip()
                        if len(plain) <= SELECTOR and _SELECTOR.fullmatch(plain):
                            yield _DYNAMIC.sub("", plain), dict(made), bool(conditional_at)
                prelude = ""
            if conditional_at and conditional_at[-1] == depth:
                conditional_at.pop()
            depth = max(0, depth - 1)


def declarations(style: str) -> Declared:
    """What a style says of the properties that hide; later ones win."""
    found: Declared = {}
    for match in _WANTED.finditer(_COMMENT.sub("", style[:STYLE])):
        value = match[2].replace("!important", "").replace("! important", "").strip().lower()
        found[match[1].lower()] = value
    font = found.pop("font", "")
    if font and "font-size" not in found:
        size = re.search(r"(?<![\w.-])(\d*\.?\d+(?:px|pt|em|rem|%)|0)(?![\w.])", font)
        if size:
            found["font-size"] = size[1]
    return found


def in_pixels(value: str) -> float | None:
    found = _LENGTH.fullmatch(value.strip()) if value else None
    if found is None:
        return None
    number = number_of(found[1])
    if found[2] == "%":
        # Of what it stands in, which is not known; minus a hundred and more is outside of it.
        return number * 10 if number <= -100 else None if number else 0.0
    return number * _PX.get((found[2] or "px").lower(), 1.0)


def number_of(text: str) -> float:
    try:
        return float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return 1.0


def colour_of(value: str) -> Colour | None:
    value = value.strip()
    if not value or value == "transparent":
        return None
    if value in _NAMED:
        return _NAMED[value]
    found = _HEX.search(value)
    if found is not None:
        digits = found[1]
        if len(digits) in (3, 4):
            return (17 * int(digits[0], 16), 17 * int(digits[1], 16), 17 * int(digits[2], 16))
        if len(digits) in (6, 8):
            return (int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16))
        return None
    rgb = _RGB.search(value)
    if rgb is not None and number_of(rgb[4] or "1") > 0.5:
        return (int(rgb[1]), int(rgb[2]), int(rgb[3]))
    return next((_NAMED[word] for word in value.split() if word in _NAMED), None)


def alike(one: Colour, other: Colour | None) -> bool:
    return other is not None and all(abs(a - b) < _NEAR for a, b in zip(one, other, strict=True))
