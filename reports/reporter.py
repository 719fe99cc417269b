"""A reporter is a name and a way to render; this is the one list of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from checks.assessment import Assessment
from reports import as_csv, as_html, as_json
from reports.words import Language


@dataclass(frozen=True, slots=True)
class Reporter:
    """Renders files with their paths in the report; pure, and the same bytes for the same assessment."""

    name: str
    files: Callable[[Assessment, Language], Iterable[tuple[str, bytes]]]


REPORTERS: Final[tuple[Reporter, ...]] = (
    Reporter("html", as_html.pages),
    Reporter("json", lambda assessment, lang: as_json.render(assessment, lang).items()),
    Reporter("csv", lambda assessment, lang: as_csv.render(assessment, lang).items()),
)


def render_all(
    assessment: Assessment, lang: Language, reporters: Sequence[Reporter] = REPORTERS
) -> Iterator[tuple[str, bytes]]:
    """The files of all reporters, one by one: a city's pages never stand in memory together."""
    written_by: dict[str, str] = {}
    for reporter in reporters:
        for path, data in reporter.files(assessment, lang):
            if path in written_by:
                raise ValueError(
                    f"{reporter.name} writes {path}, a file of another reporter: {written_by[path]}"
                )
            written_by[path] = reporter.name
            yield path, data
