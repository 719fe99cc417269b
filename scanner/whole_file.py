"""Files that are written whole or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

_READABLE = 0o644


def write_whole(file: Path, data: bytes) -> None:
    """The file with this content, or as it was: whoever reads it meanwhile never sees half of it.

    ``OSError`` names the file itself: that of the temporary one is another at each try, and tells nobody anything.
    """
    try:
        _write(file, data)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(file)) from None


def _write(file: Path, data: bytes) -> None:
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
