"""A reporter is a name and a way to render; this is the one list of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from checks.assessment import Assessment
from reports import as_csv, as_html, as_json
from reports.words import Language


@dataclass(frozen=True, slots=True)
class Reporter:
    """Renders files by their path in the report; pure, and the same bytes for the same assessment."""

    name: str
    render: Callable[[Assessment, Language], dict[str, bytes]]


REPORTERS: Final[tuple[Reporter, ...]] = (
    Reporter("html", as_html.render),
    Reporter("json", as_json.render),
    Reporter("csv", as_csv.render),
)


def render_all(
    assessment: Assessment, lang: Language, reporters: Sequence[Reporter] = REPORTERS
) -> dict[str, bytes]:
    """The files of all reporters, in the order of their paths."""
    files: dict[str, bytes] = {}
    for reporter in reporters:
        made = reporter.render(assessment, lang)
        twice = files.keys() & made.keys()
        if twice:
            raise ValueError(f"{reporter.name} writes files of another reporter: {sorted(twice)}")
        files |= made
    return dict(sorted(files.items()))
