"""Reader words of this part: whole, in both languages, with the same parts and known placeholders."""

import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from checks.parsing.csp import Weak
from checks.spec import Check
from tests.checks.test_web_causes import CHECKS

TEXTS = Path(__file__).parents[2] / "reports" / "texts"
SNIPPETS = {"nginx", "apache", "litespeed", "iis", "nukeviet", "wordpress", "provider"}
MEASURED = {
    "http-redirects-to-https": {"status", "target"},
    "https-stays-https": {"target", "hops"},
    "redirects-end": {"hops", "last"},
    "hsts-enforced": {"max_age", "header"},
    "hsts-preload-ready": {"max_age", "max_age_required", "header"},
    "csp-effective": {"weak", "policy"},
    "permissions-limited": {"features", "policy"},
    "isolation-headers-valid": {"sent"},
    "cookies-protected": {"cookies", "faults"},
    "framing-restricted": {"policy"},
    "nosniff-set": {"value"},
    "referrer-private": {"policy"},
    "scripts-pinned": {"scripts", "unpinned", "hosts"},
    "no-mixed-content": {"loads", "targets"},
    "forms-submit-securely": {"forms", "passwords", "targets"},
    "software-version-hidden": {"versions"},
    "cross-origin-closed": {"allow_origin"},
    "directory-listing-off": {"folders", "title"},
    "errors-stay-quiet": {"status", "marker"},
    "security-txt-published": {"status", "expires"},
    "contact-details-published": {"found"},
    "privacy-policy-published": {"url", "words", "status", "target"},
    "privacy-policy-covers": {"url", "found", "words", "status", "target"},
    "consent-asked-on-forms": {"kinds", "target", "address"},
    "public-disclosure-present": {"url", "status"},
    "label-badge-genuine": {"id", "slug"},
}


def words(language: str) -> dict[str, Any]:
    """All words of this part in one language."""
    found: dict[str, Any] = {}
    for name in ("http", "content", "provoked"):
        text = (TEXTS / language / "checks" / f"{name}.toml").read_text("utf-8")
        assert unicodedata.is_normalized("NFC", text)
        found |= tomllib.loads(text)
    return found


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_words_are_whole(check: Check[Any], language: str) -> None:
    """Every reason has a sentence, and no sentence asks for what is not measured."""
    said = words(language)[check.id]
    assert {"title", "asks", "why", "how", "met", "not-met", "reasons", "snippets"} <= set(said)
    assert set(said["reasons"]) == check.reasons
    assert "provider" in said["snippets"]
    assert set(said["snippets"]) <= SNIPPETS
    sentences = [v for v in said.values() if isinstance(v, str)] + list(said["reasons"].values())
    asked = {name for sentence in sentences for name in re.findall(r"{(\w+)}", sentence)}
    assert asked <= MEASURED[check.id]


def test_both_languages_say_the_same_things() -> None:
    """No key stands in one language only."""
    vi, en = words("vi"), words("en")
    assert {c: sorted(w) for c, w in vi.items()} == {c: sorted(w) for c, w in en.items()}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_weak_spot_has_a_sentence(language: str) -> None:
    """Of a policy, of permissions and of cookies: whatever a finding can name."""
    said = words(language)
    assert set(said["csp-effective"]["spots"]) == set(Weak)
    assert set(said["permissions-limited"]["spots"]) == {"open-to-all", "missing-feature"}
    assert set(said["cookies-protected"]["spots"]) == {
        "not-secure",
        "no-httponly",
        "no-samesite",
        "prefix-broken",
    }
