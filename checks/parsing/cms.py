"""Which software a page is made by, and which version of it the page states."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from checks.evidence.http import Hop
from checks.evidence.page import PageFacts
from checks.lists.cms import CmsList, Product
from checks.parsing.answers import host_of
from checks.parsing.versions import NUMBERS

_STATED = re.compile(r"(?<![\w.])v?(\d{1,5}(?:\.\d{1,5}){0,3})(?![\w])")
_ASKED = re.compile(rf"[?&](?:ver|v)=({NUMBERS})(?=&|$)")
_ADDRESS = 300
_GENERATOR = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A software that is recognised.

    ``stated`` is the version that the page or its server names; ``shaped`` the one whose addresses it has.
    """

    product: Product
    stated: str = ""
    shaped: str = ""


def found_cms(page: PageFacts, hop: Hop | None, known: CmsList) -> tuple[Found, ...]:
    """Every software of the list that the page or its answer shows, in the order of the list."""
    generators = [text[:_GENERATOR].strip().lower() for text in page.generator]
    headers = hop.headers if hop is not None else ()
    generators += [value[:_GENERATOR].lower() for name, value in headers if _generates(name)]
    addresses = list(dict.fromkeys(_addresses(page)))
    # One search for all: most addresses name no software at all.
    joined = "\n".join(addresses)
    sent = {name.lower(): value for name, value in headers}
    found = (_found(one, generators, sent, addresses, joined) for one in known.products)
    return tuple(one for one in found if one is not None)


def _generates(name: str) -> bool:
    return name.lower() in {"x-generator", "x-powered-by", "x-powered-cms"}


def _addresses(page: PageFacts) -> Iterator[str]:
    """What the page loads and links on its own host; what stands elsewhere was made by something else."""
    bare = host_of(page.url).removeprefix("www.")
    own = (f"{bare}/", f"{bare}:", f"www.{bare}/", f"www.{bare}:")
    texts = chain(
        (script.src for script in page.scripts),
        (image.src for image in page.images),
        (link.href for link in page.links),
    )
    for text in texts:
        address = text[:_ADDRESS].lower().partition("://")[2]
        if address.startswith(own):
            yield address


def _found(
    product: Product,
    generators: list[str],
    sent: dict[str, str],
    addresses: list[str],
    joined: str,
) -> Found | None:
    said = [text for text in generators if text.startswith(product.generators)]
    said += [value[:_GENERATOR] for name, value in sent.items() if name in product.headers]
    shaped = [part for part in product.addresses if part in joined]
    if not said and not shaped:
        return None
    stated = next((hit[1] for text in said if (hit := _STATED.search(text))), "")
    return Found(product, stated or _of_core(product, addresses), _shape(product, joined))


def _of_core(product: Product, addresses: list[str]) -> str:
    """The version in the query of a script that has none of its own."""
    for address in addresses:
        if any(part in address for part in product.core):
            asked = _ASKED.search(address)
            if asked:
                return asked[1]
    return ""


def _shape(product: Product, joined: str) -> str:
    for shape in product.shapes:
        if shape.address in joined and not (shape.unless and shape.unless in joined):
            return shape.version
    return ""
