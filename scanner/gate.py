"""The gate's files: a baseline read within bounds, and results written whole or not at all."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from checks.baselines import LIMIT_BYTES, Baseline, BaselineError, read_baseline

_READABLE = 0o644


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


def write_whole(file: Path, data: bytes) -> None:
    """The file with this content, or as it was: whoever reads it meanwhile never sees half of it."""
    number, name = tempfile.mkstemp(prefix=f".{file.name[:40]}.", suffix=".new", dir=file.parent)
    new = Path(name)
    try:
        with os.fdopen(number, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        # A temporary file is its owner's alone; the collector of metrics is another user.
        new.chmod(_READABLE)
        new.replace(file)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
