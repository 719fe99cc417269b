"""The only file writer: a whole report into a new folder, then renamed into place, or nothing at all."""

import contextlib
import hashlib
import json
import logging
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any, Final

from reports.addresses import harmless

MANIFEST: Final = "manifest.json"
MADE_BY: Final = "tinnhiem"
_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_LOG = logging.getLogger("tinnhiem.reports")


class WriteRefused(Exception):  # noqa: N818  Nothing failed: what was asked is not done.
    """The report was not written, because something that is not ours would suffer; says what to do."""


Files = Mapping[str, bytes] | Iterable[tuple[str, bytes]]


def write(files: Files, out: Path, say: Callable[[str], None] = _LOG.warning) -> Path:
    """Write ``files`` and their manifest as the folder ``out``; returns where the report stands.

    ``files`` are taken one by one, so that they need not exist together.  An existing folder is replaced
    only if it is empty or an earlier report.  Until the last rename the old report stands untouched.
    Where the system will not let go of it (a file open on Windows), the new one takes a name with a suffix
    and ``say`` is told.  Files in the old folder that no report wrote are kept in a folder beside it.
    """
    out = Path(os.path.abspath(out))  # noqa: PTH100  resolve() would follow the link that is refused below
    old = _replaceable(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(6)
    new = out.parent / f".{out.name}.{token}.new"
    new.mkdir()
    try:
        _fill(new, files.items() if isinstance(files, Mapping) else files)
        return _put(new, out, old, out.parent / f".{out.name}.{token}.old", say)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def check_out(out: Path) -> None:
    """Refuse early what ``write`` would refuse at the end: ``WriteRefused`` where ``out`` must not be replaced."""
    _replaceable(out)


def row_of(data: bytes) -> dict[str, Any]:
    """What the manifest keeps of one file."""
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def manifest(rows: Mapping[str, Any]) -> bytes:
    """Names, sizes and hashes of all files, in the order of their names."""
    row = {"schema": 1, "made_by": MADE_BY, "files": {name: rows[name] for name in sorted(rows)}}
    return (json.dumps(row, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def _parts(name: str) -> tuple[str, ...]:
    parts = PurePosixPath(name).parts
    if not parts or "/".join(parts) != name or not all(harmless(p, 100) for p in parts):
        raise WriteRefused(f"{name!r} is no path inside a report")
    if name.lower() == MANIFEST:
        raise WriteRefused(f"{MANIFEST} is written by write() itself")
    return parts


def _replaceable(out: Path) -> list[str] | None:
    """The files of the earlier report at ``out``; ``None`` where there is none, an empty list for an empty folder."""
    try:
        mode = out.lstat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(mode):
        raise WriteRefused(f"{out} is a symbolic link; name the folder itself")
    if not stat.S_ISDIR(mode):
        raise WriteRefused(f"{out} is not a folder; choose another --out")
    if not any(out.iterdir()):
        return []
    try:
        known = out / MANIFEST
        if known.is_symlink():
            raise ValueError
        row = json.loads(known.read_bytes())
        if row["made_by"] != MADE_BY:
            raise ValueError
        return [MANIFEST, *map(str, row["files"])]
    except (OSError, ValueError, KeyError, TypeError):
        raise WriteRefused(
            f"{out} holds files and no {MANIFEST} of ours; choose a new or empty folder"
        ) from None


def _fill(new: Path, files: Iterable[tuple[str, bytes]]) -> None:
    rows: dict[str, Any] = {}
    taken: dict[str, bool] = {}
    written: list[Path] = []
    for name, data in files:
        parts = _parts(name)
        _take(name, parts, taken)
        path = new.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_one(path, data)
        rows[name] = row_of(data)
        written.append(path)
    _sync_files(written)
    # Last, so that a folder with a manifest is a whole report.
    _write_one(new / MANIFEST, manifest(rows))
    _sync_files([new / MANIFEST])
    for folder in {new, *(p for p in new.rglob("*") if p.is_dir())}:
        _sync_folder(folder)


def _take(name: str, parts: tuple[str, ...], taken: dict[str, bool]) -> None:
    """Refuse a name that stands for two things, also on a system that ignores case."""
    lower = [part.lower() for part in parts]
    above = ["/".join(lower[:depth]) for depth in range(1, len(lower))]
    whole = "/".join(lower)
    if whole in taken or any(taken.get(folder, False) for folder in above):
        raise WriteRefused(f"{name!r} stands for two things")
    # True: a file; False: a folder that files lie in.
    taken |= dict.fromkeys(above, False)
    taken[whole] = True


def _write_one(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o666), "wb") as file:
        file.write(data)


def _sync_files(paths: list[Path]) -> None:
    """Make files durable, several at a time: a system commits what waits together at once."""

    def sync(path: Path) -> None:
        with path.open("r+b") as file:
            os.fsync(file.fileno())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(sync, paths))


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    # Some network file systems know no fsync of a folder; the files themselves are safe by then.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _put(
    new: Path, out: Path, old: list[str] | None, aside: Path, say: Callable[[str], None]
) -> Path:
    if old is None:
        os.rename(new, out)  # noqa: PTH104  the same call throughout, so that one test can lock it
        _sync_folder(out.parent)
        return out
    try:
        os.rename(out, aside)  # noqa: PTH104
    except PermissionError:
        free = _free_name(out)
        os.rename(new, free)  # noqa: PTH104
        _sync_folder(out.parent)
        say(f"{out} is in use and could not be replaced; the report stands in {free}")
        return free
    try:
        os.rename(new, out)  # noqa: PTH104
    except BaseException:
        os.rename(aside, out)  # noqa: PTH104
        raise
    _sync_folder(out.parent)
    _discard(aside, old, say)
    return out


def _free_name(out: Path) -> Path:
    for n in range(2, 1000):
        free = out.with_name(f"{out.name}-{n}")
        if not os.path.lexists(free):
            return free
    raise WriteRefused(f"{out} is in use, and so are its other names")


def _discard(aside: Path, ours: list[str], say: Callable[[str], None]) -> None:
    """Delete what a report wrote; what somebody else put there is kept."""
    known = {name.lower() for name in ours}
    try:
        for folder, _, names in os.walk(aside, topdown=False):
            here = Path(folder)
            for name in names:
                inside = (here / name).relative_to(aside).as_posix().lower()
                if inside in known or name.lower() in _LITTER:
                    (here / name).unlink()
            if not any(here.iterdir()):
                here.rmdir()
    except OSError as trouble:
        say(f"the old report could not be deleted wholly: {trouble}")
    if aside.exists():
        kept = _free_name(aside.with_name(f"{aside.name[1:].rsplit('.', 2)[0]}-kept"))
        with contextlib.suppress(OSError):
            os.rename(aside, kept)  # noqa: PTH104
        say(f"files that no report wrote were kept in {kept}")
