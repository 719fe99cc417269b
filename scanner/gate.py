"""The gate's file: a baseline, read within bounds."""

import stat
from pathlib import Path

from checks.baselines import LIMIT_BYTES, Baseline, BaselineError, read_baseline


def baseline_in(file: Path) -> Baseline:
    """The baseline in a file; ``FileNotFoundError`` where there is none, ``BaselineError`` where it is another thing."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise BaselineError("is no file")
        with file.open("rb") as opened:
            data = opened.read(LIMIT_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BaselineError(f"cannot be read: {error.strerror or error}") from None
    return read_baseline(data)
