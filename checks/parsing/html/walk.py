"""One walk through the tree of a page, in its order: what each element adds, and the text that is seen."""

from collections.abc import Callable
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from checks.parsing.html.gathered import Gathered
from checks.parsing.html.readers import READERS, Reader, close_form, close_link


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_UNSEEN = _words(
    "script style noscript template title iframe noembed noframes object video audio canvas"
)
_INLINE = _words(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr q s samp small"
    " span strike strong sub sup time tt u var wbr"
)


class _Plan(NamedTuple):
    """What is done at an element: who reads it, whether it stands apart from its neighbours, whether its inside is
    walked through, what is done at its end.
    """

    read: Reader | None = None
    apart: bool = True
    descends: bool = True
    end: Callable[[LexborNode, Gathered], None] | None = None


def walk(tree: LexborHTMLParser, page: Gathered) -> None:
    """Every node once, without recursion."""
    show = page.text.append
    text, plan_of, block = _TEXT, _PLANS.get, _BLOCK
    above: list[tuple[LexborNode, _Plan]] = []
    node = tree.root
    while node is not None:
        tag = node.tag_id
        if tag == text:
            show(node.text_content or "")
            following = node.next
        else:
            plan = plan_of(tag, block)
            read, apart, descends, end = plan
            if read is not None:
                read(node.attributes, node, page)
            if apart:
                show(" ")
            below = node.first_child if descends else None
            if below is not None:
                above.append((node, plan))
                node = below
                continue
            if end is not None:
                end(node, page)
            if apart:
                show(" ")
            following = node.next
        while following is None and above:
            node, (_, apart, _, end) = above.pop()
            if end is not None:
                end(node, page)
            if apart:
                show(" ")
            following = node.next
        node = following


def _number(html: str) -> int:
    """What the parser calls the first thing in a body: numbers are asked for at less cost than names."""
    body = LexborHTMLParser(f"<body>{html}").body
    first = body.first_child if body is not None else None
    return first.tag_id if first is not None else 0


_TEXT = _number("x")
_BLOCK = _Plan()
_OTHER = _Plan(apart=False, descends=False)
_ENDS = {"a": close_link, "form": close_form}
_EMPTY = LexborHTMLParser("")
_PLANS = {
    _EMPTY.create_node(tag).tag_id: _Plan(
        READERS.get(tag), tag not in _INLINE, tag not in _UNSEEN, _ENDS.get(tag)
    )
    for tag in {*READERS, *_INLINE, *_UNSEEN}
} | dict.fromkeys(map(_number, ("<!---->", "<?x?>")), _OTHER)
