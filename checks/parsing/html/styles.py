"""How an element of a page is hidden: by its own style, by that of what it stands in, by code that stands in the page.

Style sheets in other files are not read, so what they hide is not seen to be hidden; and what a rule inside a media
query shows again on some screens is not called hidden.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from checks.evidence.page import Hiding
from checks.parsing.html.css import (
    Colour,
    Declared,
    alike,
    colour_of,
    declarations,
    in_pixels,
    number_of,
    rules,
)

RULES, MATCHES, STYLED = 300, 2_000, 3_000
"""How many rules that matter are applied, how many elements all of them may match, how many styled ones are read."""
SHEET = 200_000
"""Characters of style sheets that are read."""
ABOVE = 600
"""How far up an element is looked at; pages are made no deeper than that before."""
TINY_PX, FAR_PX = 1.5, 400.0
FAINT = 0.05

_BY_CODE = re.compile(
    r"getElementById\(\s*[\"']([\w-]{1,80})[\"']\s*\)\.style\.(display|visibility|left|top|height|opacity|fontSize)"
    r"\s*=\s*[\"']?([^\"';]{1,40})"
    r"|\$\(\s*[\"']([#.][\w-]{1,80})[\"']\s*\)\.(hide\(|css\(\s*[\"'](?:display|visibility)[\"']\s*,\s*[\"'](?:none|hidden))"
)
_LANDMARKS = frozenset({"header", "nav", "main", "article", "aside", "footer"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element stands and how it is hidden."""

    hidden: tuple[Hiding, ...] = ()
    within: str = ""


@dataclass(slots=True)
class _State:
    """What an element passes on to what stands in it."""

    hidden: frozenset[Hiding] = frozenset()
    by: str = ""
    invisible: bool = False
    tiny: bool = False
    letters: Colour | None = None
    ground: Colour | None = None
    landmark: str = ""


@dataclass
class Styles:
    """The styles of one page, worked out for the elements that are asked about."""

    tree: LexborHTMLParser
    scripts: tuple[str, ...] = ()
    """Texts of the scripts that stand in the page."""
    _declared: dict[int, Declared] = field(default_factory=dict)
    _read_yet: bool = False
    _by_script: set[int] = field(default_factory=set)
    _states: dict[int, _State] = field(default_factory=dict)
    _plain_ground: Colour | None = None

    def place_of(self, node: LexborNode) -> Place:
        """Where an element stands and how it is hidden."""
        if not self._read_yet:
            self._read_yet = True
            self._declared = self._read()
        state = self._state_of(node)
        ways = set(state.hidden)
        if state.invisible:
            ways.add(Hiding.VISIBILITY)
        if state.tiny:
            ways.add(Hiding.SIZE)
        if state.letters is not None and alike(state.letters, state.ground):
            ways.add(Hiding.COLOUR)
        by = state.by if ways else ""
        return Place(
            tuple(sorted(ways)),
            " ".join(filter(None, (state.landmark, by or _named_above(node))))[:100],
        )

    # ---- what is declared -------------------------------------------------------------------------

    def _read(self) -> dict[int, Declared]:
        declared: dict[int, Declared] = {}
        sheets = "\n".join(node.text()[:SHEET] for node in self.tree.css("style")[:100])[:SHEET]
        written = "\n".join(_styles_written(script) for script in self.scripts)
        for at, sheet in enumerate((sheets, written)):
            self._apply(sheet, declared, by_script=at == 1)
        for node in self.tree.css("[style]")[:STYLED]:
            own = declarations(node.attributes.get("style") or "")
            if own:
                declared[node.mem_id] = declared.get(node.mem_id, {}) | own
        self._hidden_by_code(declared)
        # With a sheet in another file nobody knows the ground that nothing names.
        if not self.tree.css_matches("link[rel~=stylesheet]"):
            self._plain_ground = (255, 255, 255)
        return declared

    def _apply(self, sheet: str, declared: dict[int, Declared], *, by_script: bool) -> None:
        found = list(rules(sheet))
        shown_again = {
            selector
            for selector, made, conditional in found
            if made.get("display", "none") != "none"
        }
        matched = 0
        for selector, made, conditional in found[:RULES]:
            if conditional:
                continue
            told = dict(made)
            if made.get("display") == "none" and selector in shown_again:
                del told["display"]
            for node in self._matching(selector):
                matched += 1
                if matched > MATCHES:
                    return
                declared[node.mem_id] = declared.get(node.mem_id, {}) | told
                if by_script:
                    self._by_script.add(node.mem_id)

    def _matching(self, selector: str) -> list[LexborNode]:
        try:
            return self.tree.css(selector)[:MATCHES]
        except SelectolaxError:
            return []

    def _hidden_by_code(self, declared: dict[int, Declared]) -> None:
        found = 0
        for script in self.scripts:
            for match in _BY_CODE.finditer(script):
                found += 1
                if found > 50:
                    return
                name, prop, value, selector, _ = match.groups()
                made = {"display": "none"}
                if name:
                    prop = {"fontSize": "font-size"}.get(prop, prop)
                    made = declarations(
                        f"{prop}:{value};position:absolute"
                        if prop in ("left", "top")
                        else f"{prop}:{value}"
                    )
                for node in self._matching(f'[id="{name}"]' if name else selector):
                    declared[node.mem_id] = declared.get(node.mem_id, {}) | made
                    self._by_script.add(node.mem_id)

    # ---- what follows from it ---------------------------------------------------------------------

    def _state_of(self, node: LexborNode) -> _State:
        """The state of an element: that of what it stands in, and its own; worked out from above, once each."""
        chain: list[LexborNode] = []
        above: LexborNode | None = node
        known: _State | None = None
        while above is not None and len(chain) < ABOVE:
            known = self._states.get(above.mem_id)
            if known is not None:
                break
            chain.append(above)
            above = above.parent
        state = known or _State(ground=self._plain_ground)
        for one in reversed(chain):
            state = self._states[one.mem_id] = self._within(state, one)
        return state

    def _within(self, above: _State, node: LexborNode) -> _State:
        tag = node.tag or ""
        landmark = tag if tag in _LANDMARKS else above.landmark
        attributes = node.attributes
        made = _with_attributes(self._declared.get(node.mem_id, {}), attributes, tag)
        if not made and "hidden" not in attributes:
            return above if landmark == above.landmark else replace(above, landmark=landmark)
        ways = frozenset(_own_ways(made, tag, attributes))
        if ways and node.mem_id in self._by_script:
            ways |= {Hiding.SCRIPT}
        shown = made.get("visibility")
        invisible = above.invisible if shown is None else shown in ("hidden", "collapse")
        tiny = _tiny(made.get("font-size"), above=above.tiny)
        letters = colour_of(made.get("color", ""))
        newly = ways - above.hidden or invisible > above.invisible or tiny > above.tiny
        return _State(
            hidden=above.hidden | ways,
            by=_named(node) if newly or (letters and not above.by) else above.by,
            invisible=invisible,
            tiny=tiny,
            letters=letters or above.letters,
            ground=_ground(made, above.ground),
            landmark=landmark,
        )


def _tiny(size: str | None, *, above: bool) -> bool:
    """Whether letters are too small to be seen; a share of tiny ones is tiny."""
    px = in_pixels(size) if size is not None else None
    if size is None or px is None or (above and size.endswith(("%", "em"))):
        return above
    return 0 <= px <= TINY_PX


def _ground(made: Declared, above: Colour | None) -> Colour | None:
    """The colour behind; on a picture nobody knows what is seen."""
    whole = made.get("background", "")
    own = colour_of(made.get("background-color") or whole)
    return own or (None if "url(" in whole or "gradient" in whole else above)


def _own_ways(made: Declared, tag: str, attributes: Mapping[str, str | None]) -> Iterator[Hiding]:
    """In which ways an element hides itself and all that stands in it."""
    if made.get("display") == "none" or "hidden" in attributes:
        yield Hiding.DISPLAY
    if number_of(made.get("opacity", "1")) <= FAINT or "opacity(0" in made.get("filter", ""):
        yield Hiding.OPACITY
    if _far_away(made):
        yield Hiding.POSITION
    if _squeezed(made):
        yield Hiding.MARQUEE if tag == "marquee" else Hiding.SIZE
    if _clipped(made):
        yield Hiding.CLIPPED
    if "scale(0)" in made.get("transform", "").replace(" ", ""):
        yield Hiding.SIZE


def _far_away(made: Declared) -> bool:
    free = made.get("position") in ("absolute", "fixed", "relative")
    for name in ("left", "right", "top", "bottom"):
        px = in_pixels(made.get(name, ""))
        if free and px is not None and px <= -FAR_PX:
            return True
    return any(
        (in_pixels(made.get(name, "")) or 0.0) <= -FAR_PX
        for name in ("margin-left", "margin-top", "text-indent")
    )


def _squeezed(made: Declared) -> bool:
    """Whether nothing larger than a pixel is left of it, and what does not fit is not shown."""
    if (
        "hidden"
        not in (made.get("overflow", ""), made.get("overflow-x", ""), made.get("overflow-y", ""))
        and made.get("marquee") is None
    ):
        return False
    sizes = (made.get(name) for name in ("width", "height", "max-width", "max-height"))
    found = (in_pixels(size) for size in sizes if size is not None)
    return any(px is not None and 0 <= px <= TINY_PX for px in found)


def _clipped(made: Declared) -> bool:
    clip = made.get("clip", "").replace(" ", "").replace("px", "").replace(",", "")
    path = made.get("clip-path", "").replace(" ", "")
    return clip in ("rect(0000)", "rect(1111)", "rect(0101)", "rect(0110)") or path in (
        "inset(50%)", "inset(100%)", "circle(0)", "circle(0px)", "polygon(0000)",
    )  # fmt: skip


def _with_attributes(made: Declared, attributes: Mapping[str, str | None], tag: str) -> Declared:
    """The same with what old attributes say: colours of tables and letters, the size of a moving band."""
    old: Declared = {}
    if attributes.get("bgcolor"):
        old["background-color"] = (attributes["bgcolor"] or "").strip().lower()
    if tag == "font" and attributes.get("color"):
        old["color"] = (attributes["color"] or "").strip().lower()
    if tag == "marquee":
        old["marquee"] = ""
        for name in ("width", "height"):
            if attributes.get(name):
                old[name] = (attributes[name] or "").strip().lower()
    return old | made


def _styles_written(script: str) -> str:
    """Style sheets that a script writes into the page, as far as they stand in its text."""
    if "<style" not in script and "x3cstyle" not in script.lower():
        return ""
    plain = re.sub(r"\\x3[cC]", "<", script).replace("\\/", "/")
    return "\n".join(
        re.findall(r"<style[^>]{0,200}>(.{1,4000}?)</style", plain, re.IGNORECASE | re.DOTALL)[:20]
    )


def _named_above(node: LexborNode) -> str:
    """The nearest element around that bears a name."""
    above = node.parent
    for _ in range(8):
        if above is None or above.tag in ("body", "html") or above.tag in _LANDMARKS:
            break
        attributes = above.attributes
        if attributes.get("id") or attributes.get("class"):
            return _named(above)
        above = above.parent
    return ""


def _named(node: LexborNode) -> str:
    """An element as style sheets name it: ``div#x.y``."""
    attributes = node.attributes
    name = f"#{attributes['id']}" if attributes.get("id") else ""
    classes = "".join(f".{one}" for one in (attributes.get("class") or "").split()[:2])
    return f"{node.tag}{name}{classes}"[:80]
