"""Content-Security-Policy beside a parser that browsers' developers use, and beside Google's evaluator."""

import itertools
import random
from pathlib import Path
from typing import Any

import pytest

from checks.parsing import csp
from checks.parsing.csp import Weak
from tests.beside import node

pytestmark = [pytest.mark.beside, pytest.mark.xdist_group("beside")]

DRIVER = Path(__file__).with_name("grammars.mjs")
SOURCES = (
    "'self'",
    "'none'",
    "'unsafe-inline'",
    "'unsafe-eval'",
    "'nonce-q2VyaWVz'",
    "'sha256-K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols='",
    "'strict-dynamic'",
    "https:",
    "http:",
    "data:",
    "*",
    "truong.edu.vn",
    "'report-sample'",
    "'wasm-unsafe-eval'",
    "'unsafe-hashes'",
)
OBJECTS = ("", "object-src 'none'", "object-src 'self'", "object-src *")
BASES = ("", "base-uri 'none'", "base-uri 'self'", "base-uri *")
# The evaluator's own numbers (its finding.js).
MISSING, INLINE, EVAL, SCHEME, WILDCARD = 300, 301, 302, 303, 304
HIGH = 10


def policies() -> list[str]:
    """Every way to write one to three sources, for scripts or for all, each with some other directives."""
    chosen = random.Random(20_261_122)  # noqa: S311  The same policies in every run.
    found = []
    for size in (1, 2, 3):
        for sources in itertools.combinations(SOURCES, size):
            for directive in ("script-src", "default-src"):
                said = (
                    f"{directive} {' '.join(sources)}",
                    chosen.choice(OBJECTS),
                    chosen.choice(BASES),
                )
                found.append("; ".join(one for one in said if one))
    return found


ODD = (
    "",
    ";",
    " ; ;",
    "default-src",
    "DEFAULT-SRC 'Self'",
    "default-src 'self' ; default-src *",
    "  script-src\t'self'\nhttps://a.vn/x  ;object-src 'none'",
    "script-src 'self'; SCRIPT-SRC *; style-src 'self'",
    "upgrade-insecure-requests; block-all-mixed-content",
    "sandbox allow-scripts allow-forms",
    "report-uri /csp; report-to nhom",
    "default-src https://a.vn:443/path;frame-ancestors 'none'",
)


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What the two packages say of each policy."""
    node.need("content-security-policy-parser", "csp_evaluator", "tough-cookie")
    asked = [*policies(), *ODD]
    return dict(zip(asked, node.run(DRIVER, {"policies": asked})["policies"], strict=True))


def test_the_same_directives(told: dict[str, Any]) -> None:
    """Names, values, and which of two equal names counts."""
    for text, theirs in told.items():
        ours = {
            name: list(values) for policy in csp.parse([text]) for name, values in policy.items()
        }
        assert ours == theirs["directives"], text


def test_the_same_holes(told: dict[str, Any]) -> None:
    """Scripts written into the page, evaluated text, and scripts from anywhere: the same policies are weak."""
    asked = policies()
    assert len(asked) > 1_000
    for text in asked:
        ours = {spot.weak for spot in csp.weak_spots(csp.parse([text]))}
        findings = told[text]["findings"]
        of_scripts = [
            one["type"]
            for one in findings
            if one["directive"] in ("script-src", "default-src")
            and (one["severity"] == HIGH or one["type"] == EVAL)
        ]
        assert (Weak.UNSAFE_INLINE in ours) == (INLINE in of_scripts), text
        assert (Weak.UNSAFE_EVAL in ours) == (EVAL in of_scripts), text
        broad = bool(ours & {Weak.ANY_HOST, Weak.DATA_SCRIPTS})
        assert broad == bool({SCHEME, WILDCARD} & set(of_scripts)), text


def test_what_is_missing(told: dict[str, Any]) -> None:
    """Where the evaluator misses a rule for plug-ins or for base elements, so do we.

    We ask for base-uri always, as the catalogue does; it asks only where a nonce or a hash makes it matter.
    """
    wanted = {"object-src": Weak.OBJECTS_UNLIMITED, "base-uri": Weak.BASE_UNLIMITED}
    seen = dict.fromkeys(wanted, 0)
    for text in policies():
        ours = {spot.weak for spot in csp.weak_spots(csp.parse([text]))}
        for one in told[text]["findings"]:
            if one["type"] == MISSING and one["directive"] in wanted:
                seen[one["directive"]] += 1
                assert wanted[one["directive"]] in ours, text
    assert min(seen.values()) > 50
