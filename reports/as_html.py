"""Pages for readers: the city, each manager, each unit.  Self-contained, and inert whatever a site sent."""

import base64
import hashlib
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.city_view import city_view, manager_view, managers
from reports.common import common
from reports.judged import Judged
from reports.unit_view import unit_view
from reports.words import Language, words

PAGE: Final = ".html"


def pages(judged: Judged, lang: Language) -> Iterator[tuple[str, bytes]]:
    """The pages one by one with their paths: the city, then managers, then units."""
    told = words(lang)
    alike = common(judged, told)
    yield "index.html", _page("group.html.j2", city_view(judged, told), lang)
    for manager in managers(judged):
        path = f"communes/{judged.manager_pages[manager]}{PAGE}"
        yield path, _page("group.html.j2", manager_view(judged, manager, told), lang)
    for unit in judged.units:
        path = f"units/{judged.pages[unit.id]}{PAGE}"
        yield path, _page("unit.html.j2", unit_view(judged, unit, alike), lang)


def policy() -> str:
    """The pages' content-security policy: nothing but our own style and script, known by their hashes."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(_asset('style.css'))}'",
            f"script-src '{_hash(_asset('script.js'))}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _page(template: str, view: Any, lang: Language) -> bytes:
    html = _environment(lang).get_template(template).render(view=view)
    # A lone surrogate cannot be written; it is shown as U+FFFD or made visible long before.
    return html.encode("utf-8", "replace")


@cache
def _environment(lang: Language) -> Environment:
    """The templates in one language: words that nothing is filled into become part of the template itself."""
    told = words(lang)
    made = Environment(
        loader=PackageLoader("reports", "html/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    # Filters, because the compiler works them out where all that goes in is a constant.
    made.filters |= {"t": told.ui, "n": told.count}
    made.globals |= {
        "lang": lang,
        # Ours, from the package; the hash is over these very characters.
        "csp": Markup(policy()),  # noqa: S704
        "style": Markup(_asset("style.css")),  # noqa: S704
        "script": Markup(_asset("script.js")),  # noqa: S704
    }
    parts: Any = made.get_template("parts.html.j2").module
    # Much the same from page to page: what was made of one value is kept for the next.
    made.filters |= {
        "chip": lru_cache(maxsize=128)(parts.chip),
        "criterion": lru_cache(maxsize=1024)(parts.criterion),
        "limits": lru_cache(maxsize=512)(parts.limits),
        "brief": lru_cache(maxsize=16)(parts.brief),
        "sources": lru_cache(maxsize=1)(parts.sources),
    }
    return made


@cache
def _asset(name: str) -> str:
    text = files("reports").joinpath("html", name).read_text(encoding="utf-8")
    # A browser hashes the text after it has made every line end one LF.
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if "</" in plain or "<!--" in plain:
        raise ValueError(f"{name} could end its own tag")
    return plain


@cache
def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
