"""The gate's answer as JUnit XML: a suite for each unit, a case for each check on each of its sites."""

import io
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from checks.parsing.text import legal
from reports.gate_view import GateView, RowView, State

if TYPE_CHECKING:
    from junitparser import TestCase, TestSuite


def render(view: GateView) -> bytes:
    """One file.  What shuts the gate fails, a fault of ours is an error, and only what is met has passed."""
    from junitparser import Attr, JUnitXml, TestSuite  # noqa: PLC0415  Only where it is asked for.

    class Suite(TestSuite):
        """A suite with the two attributes that the schema of Ant asks for."""

        package = Attr()
        id = Attr()

    log = JUnitXml()
    for at, (unit, rows) in enumerate(groupby(view.rows, key=lambda row: row.unit)):
        suite = Suite(fit(unit) or "-")
        suite.package, suite.id = fit(unit) or "-", str(at)
        log.append(_filled(suite, list(rows), view))  # type: ignore[no-untyped-call]
    file = io.BytesIO()
    log.write(file)
    return file.getvalue()


def fit(text: str) -> str:
    """Fit for XML, and for an attribute that blanks are collapsed in."""
    return " ".join(legal(text).split())


def _filled(suite: "TestSuite", rows: list[RowView], view: GateView) -> "TestSuite":
    from junitparser.junitparser import SystemErr, SystemOut  # noqa: PLC0415

    suite.hostname = "localhost"
    suite.timestamp = _moment(view.ended_at)
    suite.add_property("run", fit(view.run))
    suite.add_property("unit_name", fit(rows[0].unit_name))
    suite.add_property("manager", fit(rows[0].manager))
    for row in rows:
        suite.append(_case(row))  # type: ignore[no-untyped-call]
    # Once: adding cases one by one through the suite counts all of them again each time.
    suite.update_statistics()  # type: ignore[no-untyped-call]
    lines = (view.verdict, *view.doubts, *view.lines)
    suite.append(SystemOut("\n".join(legal(line) for line in lines)))  # type: ignore[no-untyped-call]
    suite.append(SystemErr(""))  # type: ignore[no-untyped-call]
    return suite


def _case(row: RowView) -> "TestCase":
    from junitparser import Error, Failure, Skipped, TestCase  # noqa: PLC0415

    name = f"{row.check} {row.limits}" if row.limits else row.check
    case = TestCase(fit(name), classname=fit(f"{row.unit} {row.site}"), time=0)
    told = legal(" ".join(part for part in (row.title, row.told, row.advice, row.excuse) if part))
    result: Error | Failure | Skipped
    if row.fails:
        result = Failure(fit(row.state_word), row.state.value)
    elif row.state is State.BROKEN:
        result = Error(fit(row.state_word), row.state.value)
    elif row.state is State.MET:
        return case
    else:
        # The schema of Jenkins knows no attribute of a skipped case.
        result, told = Skipped(), f"{row.state_word}: {told}"
    result.text = told
    case.result = [result]
    return case


def _moment(moment: datetime) -> str:
    """Without a zone, as the schema of Ant has it: the time is UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
