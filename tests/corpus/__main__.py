"""Prints what the checks come to over the corpus: ``python -m tests.corpus [tune|held]``, and each case that was missed or accused wrongly.

Look at ``held`` only when nothing is changed afterwards; whoever changes something because of it moves the case to ``tune``.
"""

import sys

from checks.spec import Outcome
from tests.corpus.cases import Part
from tests.corpus.judged import FOUND, Told, figures, told


def main(parts: list[str]) -> int:
    """One table a part; the exit code says whether the bars hold."""
    short = False
    for part in parts or ["tune", "held"]:
        short |= not _part("held" if part == "held" else "tune")
    return int(short)


def _part(part: Part) -> bool:
    injected, lawful = told(part, "injected"), told(part, "lawful")
    counts = figures(injected, lawful)
    _say(
        f"{part}: {counts.injected} injected, {counts.lawful} lawful;"
        f" precision {counts.precision:.4f} ({counts.accused_rightly}/{counts.accused}),"
        f" recall {counts.recall:.4f} ({counts.found}/{counts.injected})"
    )
    for side, cases in (("injected", injected), ("lawful", lawful)):
        outcomes = {one: sum(1 for case in cases if case.outcome is one) for one in Outcome}
        _say(f"  {side}: " + ", ".join(f"{one} {n}" for one, n in outcomes.items() if n))
    for one in (*injected, *lawful):
        if _worth_telling(one):
            reasons = ", ".join(f"{f.check}: {f.reason or f.note}" for f in one.findings)
            _say(
                f"  {one.case.name} ({one.case.kind}, {one.case.expect}): {one.outcome} [{reasons}]"
            )
    return counts.precision >= 0.99 and counts.recall >= 0.95


def _worth_telling(one: Told) -> bool:
    if one.case.expect == "met":
        return one.outcome is not Outcome.MET
    if one.case.expect == "review":
        return one.outcome not in (*FOUND, Outcome.MET)
    return one.outcome not in FOUND


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
