"""From findings, criteria and citations to sentences."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from checks.criteria.model import Citation, Level, Sureness
from checks.evidence.base import SIDE_OF
from checks.parsing.text import PASTED, display
from checks.spec import Finding, Measured, Outcome, Value
from checks.verdicts import ReadinessState, Status
from inventory.model import Site
from reports.addresses import safe_href
from reports.view import Basis, Chip, Segment
from reports.words import SHOWN, Words, fill, isolated, places, slug_of


def said(finding: Finding, words: Words) -> tuple[str, str]:
    """What was seen, in one or two sentences, and advice where nothing could be seen."""
    if finding.outcome is Outcome.BROKEN:
        tell, do = words.cause(None)
        return f"{tell} {words.ui('side.us')}.", do
    if finding.outcome is Outcome.NOT_TESTED:
        tell, do = words.cause(finding.cause)
        if finding.cause is None:
            return tell, do
        return f"{tell} ({words.ui(f'side.{SIDE_OF[finding.cause].value}')})", do
    known = words.check(finding.check)
    text = known.reasons.get(finding.reason) or known.said.get(finding.outcome)
    if not text:
        return words.ui(f"outcome.{finding.outcome.value}"), ""
    wanted = places(text)
    if not wanted:
        return text, ""
    return fill(text, values(finding, wanted, words), missing=words.ui("common.unclear")), ""


def spots(finding: Finding, words: Words) -> tuple[str, ...]:
    """Each weak spot that was measured, in words."""
    known = words.check(finding.check).spots
    return tuple(
        fill(known[measured.name], {"where": isolated(display(str(measured.value), SHOWN))})
        for measured in finding.measured[:20]
        if measured.name in known
    )


def lines_to_set(finding: Finding) -> tuple[str, ...]:
    """The lines that mend this very site, as the check made them."""
    return tuple(
        display(str(measured.value), SHOWN + PASTED)
        for measured in finding.measured
        if measured.name == "suggested"
    )


def values(finding: Finding, wanted: frozenset[str], words: Words) -> dict[str, str]:
    """What the wanted places may name: measured values, their limits, the limits of the criterion, the address asked."""
    measures: dict[str, Value] = {
        slug_of(name): value
        for name, value in finding.limits.items()
        if isinstance(value, str | int | float)
    }
    for measured in finding.measured:
        slug = slug_of(measured.name)
        measures[slug] = measured.value
        if measured.required is not None:
            measures[f"{slug}_required"] = measured.required
    told = {name: words.value(measures[name]) for name in wanted & measures.keys()}
    for name, asked in (("address", finding.address or finding.site), ("site", finding.site)):
        if name in wanted and name not in told:
            told[name] = isolated(display(asked, SHOWN))
    return told


def measured_line(measured: Measured, words: Words) -> str:
    """``days left: 12 days (limit 21 days)`` for the technician."""
    line = words.ui(
        "common.colon",
        label=display(measured.name, 60),
        value=words.with_unit(measured.value, measured.unit),
    )
    if measured.required is None:
        return line
    return f"{line} ({words.ui('unit.required', value=words.with_unit(measured.required, measured.unit))})"


def limit_lines(limits: Mapping[str, Any]) -> tuple[str, ...]:
    """The limits as they stand in the criteria file."""
    return tuple(f"{display(k, 60)} = {display(str(limits[k]), 120)}" for k in sorted(limits))


def basis(citation_id: str, citation: Citation | None, on: date, words: Words) -> Basis:
    """A legal text with how sure it is; what is not read in its source, or not in force, says so."""
    anchor = f"basis-{re.sub('[^a-z0-9]+', '-', citation_id.lower())}"
    if citation is None:
        missing = words.ui("sureness.missing", id=display(citation_id, 80))
        return Basis(
            anchor, missing, missing, detail="", sureness="", caveat="", sure=False, href=None
        )
    title = citation.title_vi if words.lang == "vi" else citation.title_en
    note = citation.note_vi if words.lang == "vi" else citation.note_en
    caveats = [words.ui(f"sureness.{citation.sureness.value}")]
    if citation.verified_by and citation.verified_on is not None:
        caveats.append(
            words.ui(
                "sureness.verified",
                by=display(citation.verified_by, 80),
                date=words.day(citation.verified_on),
            )
        )
    elif citation.sureness is Sureness.SEEN:
        caveats.append(words.ui("sureness.unchecked"))
    sure = citation.sureness is Sureness.SEEN and citation.in_force(on)
    if citation.valid_to is not None and on > citation.valid_to:
        caveats.insert(0, words.ui("sureness.lapsed", date=words.day(citation.valid_to)))
    if citation.valid_from is not None and on < citation.valid_from:
        caveats.insert(0, words.ui("sureness.not_yet", date=words.day(citation.valid_from)))
    numbered = [part for part in (citation.number, citation.article, note) if part]
    number = " ".join(part for part in (citation.number, citation.article) if part)
    return Basis(
        anchor=anchor,
        brief=display(number or title, 90),
        title=display(title, SHOWN),
        detail=display(" · ".join(part for part in numbered if part not in title), SHOWN),
        sureness="; ".join(caveats),
        # Advice of our own claims no source, so there is none to doubt; its note says so among the sources.
        caveat=caveats[0].partition(":")[0] if citation.source or citation.number else "",
        sure=sure,
        href=safe_href(citation.source),
    )


def site_shown(site: Site) -> str:
    """The address as people write it, without the scheme and a lone slash."""
    shown = site.shown or site.url
    bare = shown.partition("://")[2] or shown
    return isolated(display(bare.removesuffix("/"), 120))


_STATUS_CHIP = {
    Status.FULFILLED: "good",
    Status.UNFULFILLED: "bad",
    Status.REVIEW: "look",
    Status.UNKNOWN: "open",
    Status.EXCUSED: "held",
    Status.NOT_APPLICABLE: "none",
}
_OUTCOME_CHIP = {
    Outcome.MET: "good",
    Outcome.NOT_MET: "bad",
    Outcome.NEEDS_REVIEW: "look",
    Outcome.NOT_APPLICABLE: "none",
    Outcome.NOT_TESTED: "open",
    Outcome.BROKEN: "open",
}
_LEVEL_CHIP = {Level.REQUIRED: "required", Level.RECOMMENDED: "advised", Level.ADVANCED: "advised"}
_READINESS_CHIP = {
    ReadinessState.READY: "good",
    ReadinessState.NOT_READY: "bad",
    ReadinessState.UNDECIDED: "open",
}


# The same few chips on every page: the members of each enum, in each language.
@cache
def status_chip(status: Status, words: Words) -> Chip:
    """A criterion's status."""
    return Chip(_STATUS_CHIP[status], words.ui(f"status.{status.value}"))


@cache
def outcome_chip(outcome: Outcome, words: Words) -> Chip:
    """A check's outcome."""
    return Chip(_OUTCOME_CHIP[outcome], words.ui(f"outcome.{outcome.value}"))


@cache
def readiness_chip(state: ReadinessState, words: Words) -> Chip:
    """A unit's readiness."""
    return Chip(_READINESS_CHIP[state], words.ui(f"readiness.{state.value}"))


@cache
def level_chip(level: Level, words: Words) -> Chip:
    """How much a criterion weighs."""
    return Chip(_LEVEL_CHIP[level], words.ui(f"level.{level.value}"))


def bar(parts: Iterable[tuple[str, str, int]], words: Words) -> tuple[Segment, ...]:
    """Parts of a whole (colour, word, how many) as segments of a bar; every part with its share."""
    rows = tuple(parts)
    of = sum(n for _, _, n in rows)
    segments: list[Segment] = []
    before = 0
    for kind, word, n in rows:
        share = words.percent(n, of) if of else ""
        x = round(100 * before / of, 3) if of else 0.0
        width = round(100 * n / of, 3) if of else 0.0
        segments.append(Segment(kind, word, n, share, x, width))
        before += n
    return tuple(segments)


def tally(statuses: Iterable[Status], words: Words) -> tuple[Segment, ...]:
    """How many criteria came to which status; statuses without one left out."""
    found = list(statuses)
    return bar(
        (
            (_STATUS_CHIP[status], words.ui(f"status.{status.value}"), found.count(status))
            for status in (
                Status.UNFULFILLED,
                Status.REVIEW,
                Status.UNKNOWN,
                Status.EXCUSED,
                Status.FULFILLED,
                Status.NOT_APPLICABLE,
            )
            if status in found
        ),
        words,
    )
