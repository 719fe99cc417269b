"""The gate's answer as a text file for Prometheus (textfile collector): gauges only, labels bounded by the inventory."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from checks.gating import Result
from checks.verdicts import ReadinessState
from reports.gate_view import GateView, State

Sample = tuple[tuple[str, ...], float]


def render(view: GateView, at: datetime | None = None) -> bytes:
    """The file; ``at`` is the moment of writing, from which the age of the run is reckoned."""
    # It brings an HTTP server along, which nobody asked for.
    from prometheus_client import CollectorRegistry, Gauge, generate_latest  # noqa: PLC0415

    registry = CollectorRegistry()

    def gauge(name: str, about: str, labels: tuple[str, ...], samples: Iterable[Sample]) -> None:
        made = Gauge(f"tinnhiem_{name}", about, labels, registry=registry)
        for values, number in samples:
            (made.labels(*values) if labels else made).set(number)

    ready = Counter(unit.ready for unit in view.units)
    states = Counter(row.state for row in view.rows)
    gauge(
        "units",
        "Units by whether they are ready to apply for the label.",
        ("state",),
        [((state.value,), ready[state]) for state in ReadinessState],
    )
    gauge(
        "findings",
        "Findings at the levels that count, by what they are to the gate.",
        ("state",),
        [((state.value,), states[state]) for state in State],
    )
    gauge(
        "gate_result",
        "1 for the answer that the gate gave, 0 for the others.",
        ("result",),
        [((result.value,), float(result is view.result)) for result in Result],
    )
    gauge(
        "gate_failing",
        "Findings that keep the gate shut.",
        (),
        [((), sum(row.fails for row in view.rows))],
    )
    if view.compared and view.result is not Result.COULD_NOT_TELL:
        gauge(
            "regressions", "Findings that were met before and are not.", (), [((), view.regressed)]
        )
    if view.met_before:
        ratio = view.lost / view.met_before
        gauge(
            "lost_ratio",
            "Share of what was met before that nobody can tell now.",
            (),
            [((), ratio)],
        )
    gauge("sites_planned", "Sites that the run was to look at.", (), [((), view.sites_planned)])
    gauge("sites_looked", "Sites that the run looked at.", (), [((), view.sites_done)])
    ended = view.ended_at.timestamp()
    gauge("last_run_timestamp_seconds", "When the run ended.", (), [((), ended)])
    if at is not None:
        age = max(at.timestamp() - ended, 0.0)
        gauge("last_run_age_seconds", "Age of the run when this file was written.", (), [((), age)])
    _of_units(view, gauge)
    return bytes(generate_latest(registry))


def _of_units(view: GateView, gauge: object) -> None:
    assert callable(gauge)  # noqa: S101  For mypy.
    labels = ("unit", "manager")
    # An undecided unit has no sample: nothing stands in for an answer that is not there.
    told = [unit for unit in view.units if unit.ready is not ReadinessState.UNDECIDED]
    gauge(
        "unit_ready",
        "1 where the unit is ready to apply for the label, 0 where it is not; undecided: no sample.",
        labels,
        [((u.id, u.manager), float(u.ready is ReadinessState.READY)) for u in told],
    )
    for name, about, of in (
        ("unit_not_met", "Findings of the unit that are not met.", "not_met"),
        ("unit_failing", "Findings of the unit that keep the gate shut.", "failing"),
        ("unit_untested", "Answers of the unit that could not be found.", "untested"),
    ):
        gauge(name, about, labels, [((u.id, u.manager), getattr(u, of)) for u in view.units])
