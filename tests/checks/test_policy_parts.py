"""What a privacy policy covers: whole ones, parts missing, copied, foreign, no policy at all."""

import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from checks.evidence.base import Cause
from checks.evidence.page import Link
from checks.parsing.policy_parts import PARTS, covered
from checks.parsing.text import folded
from checks.rules.privacy import privacy_policy_covers
from checks.spec import Outcome
from tests.builders.web import ask, page, pages

CORPUS = tomllib.loads(
    (Path(__file__).parents[1] / "policies" / "cases.toml").read_text(encoding="utf-8")
)
WORDS: dict[str, str] = CORPUS["paragraph"]
ALL = {"required_parts": list(PARTS)}
LETTERS = dict(zip("csphk", PARTS, strict=True))


def text_of(case: dict[str, Any]) -> str:
    """The page, with the menu and the foot of its site."""
    around = ([], []) if case.get("bare") else (["menu"], ["foot"])
    text = " ".join(WORDS[name] for name in (*around[0], *case["paragraphs"], *around[1]))
    if case.get("unaccented"):
        text = folded(text)
    if case.get("caps"):
        text = text.upper()
    return unicodedata.normalize("NFD" if case.get("nfd") else "NFC", text)


@pytest.mark.parametrize("case", [pytest.param(one, id=one["name"]) for one in CORPUS["case"]])
def test_a_policy(case: dict[str, Any]) -> None:
    """Exactly the parts that a reader finds, and the answer that follows from them."""
    text = text_of(case)
    parts = {LETTERS[letter] for letter in case["parts"]}
    assert covered(text) == parts
    found = ask(privacy_policy_covers, pages(policy=page(text)), limits=ALL)
    usual = ("met", "") if parts == set(PARTS) else ("needs-review", "parts-missing")
    assert (found.outcome, found.reason) == (
        case.get("outcome", usual[0]),
        case.get("reason", usual[1]),
    )
    named = {one.name for one in found.measured}
    for part in set(PARTS) - parts:
        assert f"no-{part}" in named or found.reason == "little-text"


def test_the_corpus_is_large_enough() -> None:
    """Full, partial, copied, foreign."""
    assert len(CORPUS["case"]) >= 25


FULL = text_of(CORPUS["case"][0])
HALF = text_of({"paragraphs": ["title", "intro", "c1", "s1"]})


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        pytest.param({"policy": page(FULL)}, Outcome.MET, "", id="full"),
        pytest.param({"policy": page(FULL, truncated=True)}, Outcome.MET, "", id="found-then-cut"),
        pytest.param({"policy": page(HALF, truncated=True)}, Outcome.NOT_TESTED, "", id="cut"),
        pytest.param({"policy": page(HALF, words=9_000)}, Outcome.NOT_TESTED, "", id="text-cut"),
        pytest.param({"policy": page(status=404)}, Outcome.NOT_MET, "unreachable", id="404"),
        pytest.param({"policy": page(status=403)}, Outcome.NOT_MET, "unreachable", id="403"),
        pytest.param({"policy": page(status=429)}, Outcome.NOT_TESTED, "", id="429"),
        pytest.param({"policy": page(status=503)}, Outcome.NOT_TESTED, "", id="503"),
        pytest.param(
            {"policy": page(FULL, content_type="application/pdf")},
            Outcome.NEEDS_REVIEW,
            "not-html",
            id="pdf",
        ),
        pytest.param({"policy": None}, Outcome.NOT_TESTED, "", id="not-asked"),
        pytest.param(
            {"policy_url": "", "policy": None, "home": page(links=())},
            Outcome.NOT_MET,
            "no-link",
            id="no-policy-no-parts",
        ),
        pytest.param(
            {"policy_url": "", "policy": None, "home": page(links=(), truncated=True)},
            Outcome.NOT_TESTED,
            "",
            id="home-cut",
        ),
        pytest.param(
            {"policy_url": "", "policy": None, "home": page("Xin chào", links=())},
            Outcome.NEEDS_REVIEW,
            "little-text",
            id="home-of-pictures",
        ),
        pytest.param(
            {
                "policy_url": "",
                "policy": None,
                "home": page(links=(Link(href="https://x.vn/privacy", text="Privacy"),)),
            },
            Outcome.NEEDS_REVIEW,
            "other-host",
            id="elsewhere",
        ),
    ],
)
def test_in_step_with_the_policy_itself(
    changed: dict[str, Any], outcome: Outcome, reason: str
) -> None:
    """Without a policy its parts are not there; what was not seen is not judged."""
    found = ask(privacy_policy_covers, pages(**changed), limits=ALL)
    assert (found.outcome, found.reason) == (outcome, reason)
    if outcome is Outcome.NOT_TESTED:
        assert found.cause is not Cause.INTERNAL_ERROR


@pytest.mark.parametrize(
    ("words", "outcome"),
    [(199, Outcome.NEEDS_REVIEW), (200, Outcome.NOT_MET), (20, Outcome.NEEDS_REVIEW)],
)
def test_how_long_a_text_must_be_to_be_called_no_policy(words: int, outcome: Outcome) -> None:
    """A short one may be a beginning."""
    text = " ".join((WORDS["rules"] * 2).split()[:words])
    found = ask(privacy_policy_covers, pages(policy=page(text)), limits=ALL)
    assert found.outcome is outcome


@pytest.mark.parametrize("part", PARTS)
def test_only_the_parts_asked_for_count(part: str) -> None:
    """The label asks for them in rows of their own."""
    without = {
        "collection": "c1",
        "storage-and-use": "s1",
        "protection": "p1",
        "problem-handling": "h1",
        "contact": "k1",
    }
    names = ["title", "intro", *(one for key, one in without.items() if key != part)]
    seen = pages(policy=page(text_of({"paragraphs": names})))
    for asked in PARTS:
        found = ask(privacy_policy_covers, seen, limits={"required_parts": [asked]})
        assert found.outcome is (Outcome.NEEDS_REVIEW if asked == part else Outcome.MET)
    for wrong in ([], ["cookies"]):
        broken = ask(privacy_policy_covers, seen, limits={"required_parts": wrong})
        assert broken.outcome is Outcome.BROKEN


def test_the_practice_policy_is_whole() -> None:
    """What the practice schools publish serves as a model."""
    from scanner.practice.pages import _POLICY

    text = _POLICY.safe_substitute(name="Trường THCS Thực Hành", zone="thuchanh.edu.vn", line="111")
    assert covered(text) == set(PARTS)
