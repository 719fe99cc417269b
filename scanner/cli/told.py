"""What changed, as the command line tells it."""

from collections import Counter
from collections.abc import Sequence

from checks.changes import CHANGE_KINDS, Comparison
from checks.events import Event


def summary_line(comparison: Comparison, events: Sequence[Event]) -> str:
    """How a run differs from the one before, and what of it is confirmed, in one line."""
    kinds = Counter(change.kind for change in comparison.changes)
    told = Counter(event.kind.value for event in events)
    changes = ", ".join(f"{kind.value} {kinds[kind]}" for kind in CHANGE_KINDS if kinds[kind])
    confirmed = ", ".join(f"{kind} {n}" for kind, n in sorted(told.items()))
    return (
        f"against {comparison.earlier}: {changes or 'nothing changed'}; "
        f"confirmed: {confirmed or 'nothing new'}"
    )
