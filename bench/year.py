"""A year of daily runs over 300 imagined schools: planted changes against what was told of them.

    python3 dev.py bench year [--units 300] [--days 365] [--folder /dev/shm]

Prints the table and writes it to bench/results/year.json.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from tests.history.year import Year, table

RESULTS = Path(__file__).parent / "results" / "year.json"


def main() -> int:
    """The whole year; 1 where a planted change was not told once, or anything was told falsely."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, default=300)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--folder", default=None, help="where the store goes; one in memory is quicker"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        file = Path(folder) / "year.sqlite"
        began = time.perf_counter()
        year = Year(file, asked.units, asked.days, asked.seed)
        outcome = year.run()
        took_s = time.perf_counter() - began
        year.store.close()
        store_mb = file.stat().st_size / 1e6
    found = table(year, outcome)
    print(found)
    print(f"days held {outcome.held}; {took_s:.0f} s; store {store_mb:.1f} MB")
    figures = {
        "units": asked.units,
        "days": asked.days,
        "seed": asked.seed,
        "runs_counted": len(outcome.counted),
        "days_held": outcome.held,
        "planted": dict(found.planted),
        "told_once_within_two_runs": dict(found.told_once),
        "missed": found.missed,
        "late": found.late,
        "told_twice": found.twice,
        "false_regressions": found.false_worse,
        "false_recoveries": found.false_better,
        "unsteady": dict(found.unsteady),
        "answers_changed_by_rules": dict(found.rules_changed),
        "over_with_the_school": sum(found.over.values()),
        "store_mb": round(store_mb, 1),
        "took_s": round(took_s, 1),
    }
    RESULTS.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    wrong = found.missed or found.late or found.twice or found.false_worse or found.false_better
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
