"""A reporter is a name and a way to render; this is the one list of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from checks.assessment import Assessment
from checks.past import NO_PAST, Past
from reports import as_csv, as_html, as_json
from reports.judged import Judged
from reports.words import Language


@dataclass(frozen=True, slots=True)
class Reporter:
    """Renders files with their paths in the report; pure, and the same bytes for the same judged run."""

    name: str
    files: Callable[[Judged, Language], Iterable[tuple[str, bytes]]]


REPORTERS: Final[tuple[Reporter, ...]] = (
    Reporter("html", as_html.pages),
    Reporter("json", lambda judged, lang: as_json.render(judged, lang).items()),
    Reporter("csv", lambda judged, lang: as_csv.render(judged, lang).items()),
)


def render_all(
    assessment: Assessment,
    lang: Language,
    reporters: Sequence[Reporter] = REPORTERS,
    past: Past = NO_PAST,
) -> Iterator[tuple[str, bytes]]:
    """The files of all reporters, one by one: a city's pages never stand in memory together."""
    judged = Judged(assessment, past)
    written_by: dict[str, str] = {}
    for reporter in reporters:
        for path, data in reporter.files(judged, lang):
            if path in written_by:
                raise ValueError(
                    f"{reporter.name} writes {path}, a file of another reporter: {written_by[path]}"
                )
            written_by[path] = reporter.name
            yield path, data


def _sarif(judged: Judged, lang: Language) -> Iterable[tuple[str, bytes]]:
    from reports import as_sarif  # noqa: PLC0415  These pull what most reports never need.
    from reports.gate_view import report_view  # noqa: PLC0415

    yield "data/findings.sarif", as_sarif.render(report_view(judged.assessment, lang))


def _junit(judged: Judged, lang: Language) -> Iterable[tuple[str, bytes]]:
    from reports import as_junit  # noqa: PLC0415
    from reports.gate_view import report_view  # noqa: PLC0415

    yield "data/junit.xml", as_junit.render(report_view(judged.assessment, lang))


def _prometheus(judged: Judged, lang: Language) -> Iterable[tuple[str, bytes]]:
    from reports import as_prometheus  # noqa: PLC0415
    from reports.gate_view import report_view  # noqa: PLC0415

    yield "data/metrics.prom", as_prometheus.render(report_view(judged.assessment, lang))


EXTRA: Final[tuple[Reporter, ...]] = (
    Reporter("sarif", _sarif),
    Reporter("junit", _junit),
    Reporter("prometheus", _prometheus),
)
"""Written only where they are asked for: nothing is compared, whatever is not met counts."""
