"""Set-Cookie beside tough-cookie, which follows the same RFC 6265bis."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from checks.parsing.cookies import SameSite, parse
from tests.beside import node

pytestmark = [pytest.mark.beside, pytest.mark.xdist_group("beside")]

DRIVER = Path(__file__).with_name("grammars.mjs")
PAIRS = ("PHPSESSID=abc", "a=", "=b", "b", ' c = "x y" ', "d=e=f")
SECURE = ("", "; Secure", ";SECURE", "; Secure=false", "; secured")
HTTP_ONLY = ("", "; HttpOnly", ";  httponly ")
SAME_SITE = (
    "",
    "; SameSite=Lax",
    "; samesite = STRICT",
    "; SameSite=None",
    "; SameSite=x",
    "; SameSite",
)
PLACES = ("", "; Path=/", "; Path=/; Path=/vi", "; Path=vi", "; Domain=.Truong.edu.vn", "; Domain=")


def fields() -> list[str]:
    """Every combination."""
    every = itertools.product(PAIRS, SECURE, HTTP_ONLY, SAME_SITE, PLACES)
    return ["".join(parts) for parts in every]


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What the package reads in each field."""
    node.need("content-security-policy-parser", "csp_evaluator", "tough-cookie")
    asked = fields()
    return dict(zip(asked, node.run(DRIVER, {"cookies": asked})["cookies"], strict=True))


def test_the_same_cookies(told: dict[str, Any]) -> None:
    """Name, flags, and where they hold."""
    assert len(told) > 2_000
    for field, theirs in told.items():
        ours = parse(field)
        if theirs is None or ours is None:
            assert ours is theirs, field
            continue
        same_site = "" if ours.same_site is SameSite.DEFAULT else ours.same_site.value.lower()
        assert {
            "name": ours.name,
            "secure": ours.secure,
            "httpOnly": ours.http_only,
            "sameSite": same_site,
            "path": ours.path,
            "domain": ours.domain,
        } == theirs, field
