"""The Observatory's arithmetic: which results a test may give, what each is worth, and the grade of the sum.

Source: ``src/grader`` and ``src/scanner`` of mdn/mdn-http-observatory; slugs are its own.  Two results of its table
are not here, because no answer of a server brings them out: ``html-not-parseable`` (every text can be read as HTML),
and ``…-implemented-with-universal-access`` of CORS, for which the code looks up a request header where there is none.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, NamedTuple

BEGIN: Final = 100
"""What a site has before its tests."""
BONUS_FROM: Final = 90
"""Bonuses count only where penalties alone leave this much."""


class Algorithm(IntEnum):
    """The two versions that are in use: the published package grades by 4, the public service by 6."""

    FOUR = 4
    SIX = 6


TESTS: Final[Mapping[str, Mapping[str, int]]] = {
    "content-security-policy": {
        "csp-implemented-with-no-unsafe-default-src-none": 10,
        "csp-implemented-with-no-unsafe": 5,
        "csp-implemented-with-unsafe-inline-in-style-src-only": 0,
        "csp-implemented-but-duplicate-directives": 0,
        "csp-implemented-with-insecure-scheme-in-passive-content-only": -10,
        "csp-implemented-with-unsafe-eval": -10,
        "csp-implemented-with-unsafe-inline": -20,
        "csp-implemented-with-insecure-scheme": -20,
        "csp-header-invalid": -25,
        "csp-not-implemented": -25,
        "csp-not-implemented-but-reporting-enabled": -25,
    },
    "cookies": {
        "cookies-secure-with-httponly-sessions-and-samesite": 5,
        "cookies-secure-with-httponly-sessions": 0,
        "cookies-not-found": 0,
        "cookies-without-secure-flag-but-protected-by-hsts": -5,
        "cookies-session-without-secure-flag-but-protected-by-hsts": -10,
        "cookies-without-secure-flag": -20,
        "cookies-samesite-flag-invalid": -20,
        "cookies-anticsrf-without-samesite-flag": -20,
        "cookies-session-without-httponly-flag": -30,
        "cookies-session-without-secure-flag": -40,
    },
    "cross-origin-resource-sharing": {
        "cross-origin-resource-sharing-not-implemented": 0,
        "cross-origin-resource-sharing-implemented-with-public-access": 0,
        "cross-origin-resource-sharing-implemented-with-restricted-access": 0,
    },
    "redirection": {
        "redirection-all-redirects-preloaded": 0,
        "redirection-to-https": 0,
        "redirection-not-needed-no-http": 0,
        "redirection-off-host-from-http": -5,
        "redirection-not-to-https-on-initial-redirection": -10,
        "redirection-not-to-https": -20,
        "redirection-missing": -20,
        "redirection-invalid-cert": -20,
    },
    "referrer-policy": {
        "referrer-policy-private": 5,
        "referrer-policy-not-implemented": 0,
        "referrer-policy-unsafe": -5,
        "referrer-policy-header-invalid": -5,
    },
    "strict-transport-security": {
        "hsts-preloaded": 5,
        "hsts-implemented-max-age-at-least-six-months": 0,
        "hsts-implemented-max-age-less-than-six-months": -10,
        "hsts-not-implemented": -20,
        "hsts-header-invalid": -20,
        "hsts-not-implemented-no-https": -20,
        "hsts-invalid-cert": -20,
    },
    "subresource-integrity": {
        "sri-implemented-and-all-scripts-loaded-securely": 5,
        "sri-implemented-and-external-scripts-loaded-securely": 5,
        "sri-not-implemented-response-not-html": 0,
        "sri-not-implemented-but-no-scripts-loaded": 0,
        "sri-not-implemented-but-all-scripts-loaded-from-secure-origin": 0,
        "sri-not-implemented-but-external-scripts-loaded-securely": -5,
        "sri-implemented-but-external-scripts-not-loaded-securely": -20,
        "sri-not-implemented-and-external-scripts-not-loaded-securely": -50,
    },
    "x-content-type-options": {
        "x-content-type-options-nosniff": 0,
        "x-content-type-options-not-implemented": -5,
        "x-content-type-options-header-invalid": -5,
    },
    "x-frame-options": {
        "x-frame-options-implemented-via-csp": 5,
        "x-frame-options-sameorigin-or-deny": 5,
        "x-frame-options-allow-from-origin": 0,
        "x-frame-options-not-implemented": -20,
        "x-frame-options-header-invalid": -20,
    },
    "cross-origin-resource-policy": {
        "corp-implemented-with-same-origin": 10,
        "corp-implemented-with-same-site": 10,
        "corp-implemented-with-cross-origin": 0,
        "corp-not-implemented": 0,
        "corp-header-invalid": -5,
    },
    "cross-origin-opener-policy": {
        "coop-implemented-with-same-origin": 10,
        "coop-implemented-with-same-origin-allow-popups": 10,
        "coop-implemented-with-noopener-allow-popups": 10,
        "coop-implemented-with-unsafe-none": 0,
        "coop-not-implemented": 0,
        "coop-header-invalid": -5,
    },
    "cross-origin-embedder-policy": {
        "coep-implemented-with-require-corp": 10,
        "coep-implemented-with-credentialless": 10,
        "coep-implemented-with-unsafe-none": 0,
        "coep-not-implemented": 0,
        "coep-header-invalid": -5,
    },
}
"""Every test by name, with its results and what each adds, in points, by algorithm 6."""
_ADDED_SINCE_FOUR = ("cross-origin-opener-policy", "cross-origin-embedder-policy")
_IN_FOUR = {"x-frame-options-sameorigin-or-deny": 0}

_LEAST_SCORE = (
    ("A+", 100),
    ("A", 90),
    ("A-", 85),
    ("B+", 80),
    ("B", 70),
    ("B-", 65),
    ("C+", 60),
    ("C", 50),
    ("C-", 45),
    ("D+", 40),
    ("D", 30),
    ("D-", 25),
    ("F", 0),
)
GRADES: Final = tuple(grade for grade, _ in _LEAST_SCORE)
"""Best first."""


class Scored(NamedTuple):
    """One test: its result and what that adds, in points."""

    test: str
    result: str
    modifier: int


class Grade(NamedTuple):
    """What it came to.  ``score`` begins at 0 and, with bonuses, passes 100."""

    grade: str
    score: int
    tests: tuple[Scored, ...]


def counted(algorithm: Algorithm) -> tuple[str, ...]:
    """The tests that an algorithm counts, in order."""
    left_out = _ADDED_SINCE_FOUR if algorithm is Algorithm.FOUR else ()
    return tuple(test for test in TESTS if test not in left_out)


def modifier(test: str, result: str, algorithm: Algorithm) -> int:
    """What a result of a test adds, in points."""
    added = TESTS[test][result]
    return _IN_FOUR.get(result, added) if algorithm is Algorithm.FOUR else added


def graded(results: Mapping[str, str], algorithm: Algorithm) -> Grade:
    """The grade of these results, one for each test of the algorithm."""
    tests = tuple(
        Scored(test, results[test], modifier(test, results[test], algorithm))
        for test in counted(algorithm)
    )
    left = BEGIN + sum(min(one.modifier, 0) for one in tests)
    bonus = sum(max(one.modifier, 0) for one in tests)
    score = max(left + bonus if left >= BONUS_FROM else left, 0)
    return Grade(next(grade for grade, least in _LEAST_SCORE if score >= least), score, tests)
