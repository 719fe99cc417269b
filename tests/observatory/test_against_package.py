"""Our grade beside that of the Observatory's own package, over real probes: no difference but those explained here."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives import serialization

from checks.evidence.base import Cause
from checks.lists import Lists, PreloadList
from checks.parsing.observatory.grades import TESTS, Algorithm, Scored, counted
from checks.rules.observatory import recorded
from checks.spec import Answer, Outcome, Seen, Untested
from scanner.clock import now
from scanner.practice.certificates import Mint
from tests.beside import node
from tests.observatory.looked import looked_at
from tests.observatory.served import Imagined, Places, served
from tests.observatory.sites import SITES

pytestmark = [pytest.mark.observatory, pytest.mark.xdist_group("observatory")]

PACKAGE = "@mdn/mdn-http-observatory"
LEAST = 150
_COOKIES, _SHARING = "cookies", "cross-origin-resource-sharing"
_POLICY, _SCRIPTS = "content-security-policy", "subresource-integrity"
_NOT_OURS = "cookies-session-without-httponly-flag"


class Known(NamedTuple):
    """One test on which we differ on purpose: the package's result, ours, and why."""

    test: str
    theirs: str
    ours: str
    why: str


KNOWN_DIFFERENCES: Mapping[str, Known] = {
    "csp-meta-in-body": Known(
        _POLICY,
        "csp-implemented-with-no-unsafe",
        "csp-not-implemented",
        "Theirs: browsers ignore a policy outside the head (HTML standard, 4.2.5.3); the package counts it.",
    ),
    "sri-in-noscript": Known(
        _SCRIPTS,
        "sri-not-implemented-but-external-scripts-loaded-securely",
        "sri-not-implemented-but-no-scripts-loaded",
        "Theirs: it reads pages as a browser without scripts does, which would not load this one either.",
    ),
    "cookie-of-robots-mismatch": Known(
        _COOKIES,
        "cookies-session-without-secure-flag",
        "cookies-not-found",
        "Theirs: cookies of robots.txt fall into the jar only after a certificate failed.",
    ),
    "cookie-too-long": Known(
        _COOKIES,
        _NOT_OURS,
        "cookies-not-found",
        "Theirs: browsers void a cookie of more than 4096 octets (RFC 6265bis, 5.6); its jar keeps it.",
    ),
    "cors-preflight-refused": Known(
        _SHARING,
        f"{_SHARING}-not-implemented",
        f"{_SHARING}-implemented-with-public-access",
        "Ours asks with GET, as a page elsewhere would; the package with OPTIONS, of which an error counts as"
        " no answer. Every result of this test that can occur is worth 0.",
    ),
}
NEITHER = {
    "way-no-https-to-https": Cause.REFUSED,
    "status-404": Cause.SERVER_ERROR,
    "status-500": Cause.SERVER_ERROR,
}
"""Sites that neither grades, and our cause."""
NOT_BY_US: Mapping[str, tuple[Cause | str, str]] = {
    "way-elsewhere": (
        "only-redirects",
        "Theirs: it grades the page of another host as if it were the school's.",
    ),
    "way-elsewhere-over-http": (
        Cause.NOT_RUN,
        "http leads to another host, whose certificate we have no permission to look at.",
    ),
    "way-loop": (
        Cause.NO_ANSWER,
        "Theirs: it grades the tenth redirect, which shows nobody anything.",
    ),
    "certificate-incomplete": (
        Cause.ISSUER_MISSING,
        "It knows intermediates that we may have not fetched; which ones changes with its releases.",
    ),
}
"""Sites that only the package grades, with our cause or reason, and why."""

BOTH_GRADE = sorted({site.name for site in SITES} - NEITHER.keys() - NOT_BY_US.keys())
MOVED: Mapping[str, tuple[str, str, str]] = {
    "csp-comma-at-the-end": (_POLICY, "csp-implemented-with-no-unsafe", "csp-header-invalid"),
    "csp-two-different": (
        _POLICY,
        "csp-implemented-with-no-unsafe",
        "csp-implemented-with-no-unsafe-default-src-none",
    ),
    "csp-two-percent": (_POLICY, "csp-implemented-with-unsafe-inline", "csp-header-invalid"),
    "csp-meta-without-type": (
        _SCRIPTS,
        "sri-not-implemented-response-not-html",
        "sri-not-implemented-but-no-scripts-loaded",
    ),
    "sri-without-type": (
        _SCRIPTS,
        "sri-not-implemented-response-not-html",
        "sri-not-implemented-but-external-scripts-loaded-securely",
    ),
    "sri-base-away": (
        _SCRIPTS,
        "sri-not-implemented-but-external-scripts-loaded-securely",
        "sri-not-implemented-but-all-scripts-loaded-from-secure-origin",
    ),
}
"""What else algorithm 6 reads in another way: commas between policies, pages without a type, base elements."""


@dataclass(frozen=True)
class Scores:
    """Every site as our probes saw it, and as the package scored it."""

    seen: Mapping[str, Seen]
    theirs: Mapping[str, Mapping[str, Any]]

    def answer(self, site: str, algorithm: Algorithm = Algorithm.FOUR) -> Answer | Cause:
        """Our own, or why there is none."""
        try:
            return recorded(self.seen[site], algorithm)
        except Untested as nothing:
            return nothing.missing.cause

    def grade(self, site: str, algorithm: Algorithm = Algorithm.FOUR) -> dict[str, Any]:
        """What was measured, by its name."""
        answer = self.answer(site, algorithm)
        assert isinstance(answer, Answer), answer
        return {one.name: one.value for one in answer.measured}


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scores]:
    """All sites, each looked at once by both."""
    node.need(PACKAGE)
    folder = tmp_path_factory.mktemp("observatory")
    mint = Mint(now())
    preloaded = {site.host: True for site in SITES if site.preloaded}
    lists = Lists(PreloadList(date(2026, 11, 1), "", preloaded))
    with served(folder, mint, SITES) as places:
        seen = asyncio.run(looked_at(SITES, places, mint.trust_store_pem, lists))
        yield Scores(seen, _theirs(folder, mint, places, preloaded))


def _theirs(
    folder: Path, mint: Mint, places: Places, preloaded: Mapping[str, bool]
) -> dict[str, Any]:
    """What the package says; it knows our root, and as in service the intermediates."""
    trusted = folder / "trusted.pem"
    above = mint.intermediate.certificate.public_bytes(serialization.Encoding.PEM)
    trusted.write_bytes(mint.trust_store_pem + above)
    asked = {
        "hosts": [site.host for site in SITES],
        "places": {host: _ports(places, site) for site in SITES for host in (site.host, site.twin)},
        "preload": {
            host: {"includeSubDomains": below, "mode": "force-https"}
            for host, below in preloaded.items()
        },
    }
    driver = Path(__file__).with_name("driver.mjs")
    found: dict[str, Any] = node.run(driver, asked, {"NODE_EXTRA_CA_CERTS": str(trusted)})
    return {site.name: found[site.host] for site in SITES}


def _ports(places: Places, site: Imagined) -> dict[str, int]:
    https, http = places.of(site)
    return {"443": https, "80": http}


def test_there_are_enough() -> None:
    """The figure that the claim about agreement rests on; names are each site's own."""
    names = [site.name for site in SITES]
    assert len(names) == len(set(names))
    assert len(BOTH_GRADE) >= LEAST
    assert {*KNOWN_DIFFERENCES, *NEITHER, *NOT_BY_US, *MOVED} <= set(names)


@pytest.mark.parametrize("site", BOTH_GRADE)
def test_same_score_grade_and_modifiers(scores: Scores, site: str) -> None:
    """By algorithm 4, which is the package's; where a difference is known, the sum differs by that alone."""
    theirs, ours = scores.theirs[site], scores.grade(site)
    assert theirs["algorithm"] == Algorithm.FOUR
    expected = [Scored(test, *theirs["tests"][test]) for test in counted(Algorithm.FOUR)]
    found = [_scored(test, ours[test]) for test in counted(Algorithm.FOUR)]
    known = KNOWN_DIFFERENCES.get(site)
    if known is None:
        assert found == expected
        assert (ours["score"], ours["grade"]) == (theirs["score"], theirs["grade"])
    else:
        differing = [(a, b) for a, b in zip(expected, found, strict=True) if a != b]
        told = [(a.test, a.result, b.result) for a, b in differing]
        assert told == [known[:3]]


def _scored(test: str, told: object) -> Scored:
    result, _, points = str(told).removesuffix(")").partition(" (")
    return Scored(test, result, int(points))


@pytest.mark.parametrize("site", NEITHER)
def test_graded_by_neither(scores: Scores, site: str) -> None:
    """An error page is nobody's grade."""
    assert "error" in scores.theirs[site]
    assert scores.answer(site) is NEITHER[site]


@pytest.mark.parametrize("site", NOT_BY_US)
def test_graded_by_the_package_alone(scores: Scores, site: str) -> None:
    """Where we cannot know, or it is another's page, we say so."""
    expected, _ = NOT_BY_US[site]
    assert "score" in scores.theirs[site]
    answer = scores.answer(site)
    if isinstance(answer, Answer):
        assert (answer.outcome, answer.reason) == (Outcome.NOT_APPLICABLE, expected)
    else:
        assert answer is expected


@pytest.mark.parametrize("site", BOTH_GRADE)
def test_what_moves_from_four_to_six(scores: Scores, site: str) -> None:
    """Two tests more, five points for X-Frame-Options, and the cases of ``MOVED``; nothing else."""
    four, six = (scores.grade(site, algorithm) for algorithm in Algorithm)
    added = set(TESTS) - set(counted(Algorithm.FOUR))
    assert six.keys() - four.keys() == added
    moved = [
        (before.test, before.result, after.result)
        for test in counted(Algorithm.FOUR)
        for before, after in [(_scored(test, four[test]), _scored(test, six[test]))]
        if before.result != after.result
    ]
    assert moved == ([MOVED[site]] if site in MOVED else [])
    for test in set(counted(Algorithm.FOUR)) - {one[0] for one in moved}:
        before, after = _scored(test, four[test]), _scored(test, six[test])
        framed = after.result == "x-frame-options-sameorigin-or-deny"
        assert after.modifier - before.modifier == (5 if framed else 0)
