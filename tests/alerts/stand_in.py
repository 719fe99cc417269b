"""A stand-in for a scan that ends: commits the events of one round, then plans and sends alerts.

``python -m tests.alerts.stand_in DB SETTINGS ROUND``.  A round run again keeps nothing new.
"""

import sys
from datetime import timedelta
from pathlib import Path

from checks.events import Event, EventKind
from inventory.readers.settings import read_settings
from scanner.alerts.rounds import Pace, plan_and_send
from scanner.archive.events import Events
from scanner.archive.store import Store
from tests.alerts.building import DAY0, ends, event

QUICK = Pace(round_s=9.0, hand_over_s=1.5, margin_s=0.3, first_pause_s=0.1)
A_ROUND = 3
"""How many sites fail newly in a round."""


def events_of(number: int) -> list[Event]:
    """What happens in one round: new faults, one of them of another check, and the end of an older one."""
    at = DAY0 + timedelta(hours=number)
    run = f"run-{number}"
    checks = ("certificate-trusted", "certificate-trusted", "https-offered")
    happened = [
        event(unit=f"u{number}-{n}", check=check, at=at, run=run, note=f"mark-{number}-{n};")
        for n, check in enumerate(checks)
    ]
    if number >= 2:
        before = events_of(number - 2)[0]
        happened.append(ends(before, at=at, run=run, note=f"mark-{number}-end;"))
    if number % 5 == 4:
        happened.append(
            event(
                EventKind.RULES_CHANGED,
                "",
                at=at,
                run=run,
                cause="rules",
                note=f"mark-{number}-rules;",
            )
        )
    return happened


def main() -> None:
    """One round."""
    db, settings_file, number = sys.argv[1:4]
    settings, problems = read_settings(Path(settings_file))
    if settings is None:
        sys.exit(f"{problems}")
    store = Store.open(db)
    try:
        Events(store).keep(events_of(int(number)))
        plan_and_send(store, settings, pace=QUICK)
    finally:
        store.close()


if __name__ == "__main__":
    main()
