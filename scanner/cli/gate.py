"""``tinnhiem gate``: may this run pass?  Held against a baseline, told in the formats of CI jobs."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from checks.baselines import baseline_of, written
from checks.criteria.model import Level
from checks.gating import FailOn, Result
from reports.gate_view import GateView, gate_view
from scanner.cli.gating import GateRequest, baseline_file, decided, places_in
from scanner.cli.lists import load_lists
from scanner.cli.options import EXIT_COULD_NOT_TELL, EXIT_OURS, EXIT_SHUT, database_option, stop
from scanner.cli.stored import opened
from scanner.clock import now
from scanner.whole_file import write_whole

CODE_QUALITY = Path("gl-code-quality-report.json")
SHOWN_ROWS = 20
_EXITS = {
    Result.PASSED: 0,
    Result.FAILED: EXIT_SHUT,
    Result.COULD_NOT_TELL: EXIT_COULD_NOT_TELL,
}


def _fail_on(
    _context: click.Context, _option: click.Parameter, given: Iterable[str]
) -> frozenset[FailOn] | None:
    words = [word.strip() for text in given for word in text.split(",")]
    known = [choice.value for choice in FailOn]
    for word in words:
        if word not in known:
            raise click.BadParameter(f"{word!r} is none of {', '.join(known)}")
    return frozenset(map(FailOn, words)) if words else None


_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("gate")
@click.option("--run", "run_id", metavar="ID", help="Run to judge (default: the newest one).")
@click.option(
    "--baseline",
    metavar="latest-before|NAME|RUN|FILE.json",
    help="What it is held against: the complete run before it (the default), a name given by "
    "`tinnhiem baseline set`, the id of a run, or a file of --write-baseline.",
)
@click.option(
    "--write-baseline",
    type=_FILE,
    metavar="FILE.json",
    help="Write how this run stands as a baseline for git; with --baseline only if the gate passes.",
)
@click.option(
    "--fail-on",
    multiple=True,
    callback=_fail_on,
    metavar="WHAT[,WHAT]",
    help="What shuts the gate: regressed (the default), new, to-review, not-met.",
)
@click.option(
    "--level",
    type=click.Choice([level.value for level in Level]),
    default=Level.RECOMMENDED.value,
    show_default=True,
    help="The least strict level that counts.",
)
@click.option("--unit", "units", multiple=True, metavar="ID", help="Only this unit, repeatable.")
@click.option(
    "--site", "sites", multiple=True, metavar="URL|HOST", help="Only this address, repeatable."
)
@click.option("--require-ready", is_flag=True, help="Every unit must be ready to apply.")
@click.option(
    "--max-untested",
    type=click.FloatRange(0, 100),
    default=20.0,
    show_default=True,
    metavar="PCT",
    help="Beyond this share of answers that were met before and could not be found now: could not tell.",
)
@click.option(
    "--confirmed",
    is_flag=True,
    help="Count only what a second look of the same run confirmed; the rest is: could not tell.",
)
@click.option(
    "--inventory",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Inventory in the repository, so that findings point at the line of their site.",
)
@click.option("--sarif", type=_FILE, metavar="FILE", help="Write SARIF 2.1.0 for code scanning.")
@click.option(
    "--docs-url",
    default="",
    metavar="URL",
    help="Where the docs/ of this program can be read: SARIF then links each check to its page.",
)
@click.option("--junit", type=_FILE, metavar="FILE", help="Write JUnit XML.")
@click.option(
    "--annotations",
    type=click.Choice(["github", "gitlab"]),
    help="Workflow commands for GitHub Actions on standard output, or GitLab's Code Quality file.",
)
@click.option(
    "--annotations-file",
    type=_FILE,
    metavar="FILE",
    help=f"Where annotations go instead (gitlab: {CODE_QUALITY}).",
)
@click.option(
    "--markdown",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE|-",
    help="Write a summary in Markdown.",
)
@click.option(
    "--prometheus", type=_FILE, metavar="FILE", help="Write gauges for the textfile collector."
)
@click.option(
    "--criteria",
    multiple=True,
    metavar="NAME|FILE.toml",
    help="Edition to judge both runs by, repeatable (default: those of the run).",
)
@click.option(
    "--lists",
    type=click.Path(exists=True, path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder of dated lists, as for `scan`.",
)
@database_option
@click.option(
    "--lang",
    type=click.Choice(["vi", "en"]),
    default="vi",
    show_default=True,
    help="Language of what is written.",
)
def gate_command(**given: Any) -> None:
    """Say whether a run may pass, by its exit code and in the formats of CI jobs.

    Exit code 0: nothing that counts got worse. 10: something did, or what is required is not so.
    11: could not tell. 2: used wrongly.
    """
    asked = GateRequest(**given)
    if asked.annotations_file is not None and asked.annotations is None:
        stop("--annotations-file needs --annotations github or gitlab")
    loaded = load_lists(asked.lists)
    file = baseline_file(asked.baseline)
    where = places_in(asked.inventory)
    with opened(asked.db) as store:
        decision, assessment = decided(asked, store, loaded, file)
    view = gate_view(decision, assessment, asked.lang, where)
    _write(asked, view)
    if asked.write_baseline is not None and decision.result is Result.PASSED:
        _write_file(asked.write_baseline, written(baseline_of(assessment)))
    _say(view)
    raise click.exceptions.Exit(_EXITS[decision.result])


def _write(asked: GateRequest, view: GateView) -> None:
    """Every output that is asked for, each whole or not at all."""
    if asked.sarif is not None:
        from reports import as_sarif  # noqa: PLC0415

        docs = asked.docs_url and asked.docs_url.rstrip("/") + "/"
        _write_file(asked.sarif, as_sarif.render(view, docs))
    if asked.junit is not None:
        from reports import as_junit  # noqa: PLC0415

        _write_file(asked.junit, as_junit.render(view))
    if asked.prometheus is not None:
        from reports import as_prometheus  # noqa: PLC0415

        _write_file(asked.prometheus, as_prometheus.render(view, now()))
    if asked.markdown is not None:
        from reports import as_markdown  # noqa: PLC0415

        _write_file(asked.markdown, as_markdown.render(view))
    _annotate(asked, view)


def _annotate(asked: GateRequest, view: GateView) -> None:
    from reports import as_annotations  # noqa: PLC0415

    if asked.annotations == "github":
        _write_file(asked.annotations_file or Path("-"), as_annotations.github(view))
    elif asked.annotations == "gitlab":
        _write_file(asked.annotations_file or CODE_QUALITY, as_annotations.gitlab(view))


def _write_file(file: Path, data: bytes) -> None:
    if str(file) == "-":
        click.echo(data.decode("utf-8"), nl=False)
        return
    try:
        write_whole(file, data)
    except OSError as error:
        stop(f"{file}: {error.strerror or error}", EXIT_OURS)


def _say(view: GateView) -> None:
    """The answer on standard error: standard output belongs to what a job reads."""
    from reports.as_annotations import plain  # noqa: PLC0415

    failing = view.failing
    rows = [
        f"  {row.state_word}: {row.unit}, {row.site}, {row.check}: {row.told}"
        for row in failing[:SHOWN_ROWS]
    ]
    more = [f"  … {len(failing) - SHOWN_ROWS}"] if len(failing) > SHOWN_ROWS else []
    lines = [f"{view.title}: {view.verdict}", *view.doubts, *view.lines, *rows, *more]
    for line in lines:
        click.echo(plain(line), err=True)
