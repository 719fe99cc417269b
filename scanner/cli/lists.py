"""``--lists DIR``: dated lists read from files, the newest of each kind, before anything else is done."""

import hashlib
import re
from datetime import date, timedelta
from pathlib import Path
from typing import NoReturn

import click

from checks.assessment import ListUsed
from checks.lists import NO_LISTS, Lists, PreloadList
from checks.lists.preload import UnreadableList, parse
from scanner.cli.options import stop
from scanner.clock import now

PRELOAD = "hsts-preload"
_DATED = re.compile(r"hsts-preload-(.*)\.json")
_EXAMPLE = f"{PRELOAD}-2026-11-01.json"
# Where the day begins first it is fourteen hours later than in UTC.
_AHEAD = timedelta(hours=14)


def load_lists(folder: Path | None) -> Lists:
    """The lists in a folder; one clear sentence and exit 2 where one of them cannot be used."""
    if folder is None:
        return NO_LISTS
    try:
        files = sorted(file for file in folder.iterdir() if not file.name.startswith("."))
    except OSError as error:
        stop(f"--lists {folder}: {error.strerror or error}")
    dated: dict[date, Path] = {}
    for file in files:
        named = _DATED.fullmatch(file.name)
        if named is None and not file.name.startswith(PRELOAD):
            click.echo(
                f"tinnhiem: --lists: {file.name} is no list that is known; left out", err=True
            )
        else:
            dated[_day(file.name, named[1] if named else "")] = file
    if not dated:
        click.echo(f"tinnhiem: --lists {folder}: no {_EXAMPLE} or the like in it", err=True)
        return NO_LISTS
    newest = max(dated)
    return Lists(preload=_preload(dated[newest], newest))


def lists_used(lists: Lists) -> tuple[ListUsed, ...]:
    """What the record of a run says of them."""
    preload = lists.preload
    if preload is None:
        return ()
    entries = len(preload.include_subdomains)
    return (ListUsed(name=PRELOAD, dated=preload.dated, sha256=preload.sha256, entries=entries),)


def _day(name: str, told: str) -> date:
    try:
        # Not every form of ISO 8601: one name for one day.
        day = date.fromisoformat(told) if len(told) == 10 else None
    except ValueError:
        day = None
    if day is None:
        stop(
            f"--lists: {name} has no date in its name: rename it after the day it was fetched, as {_EXAMPLE}"
        )
    if day > (now() + _AHEAD).date():
        stop(
            f"--lists: {name} is dated in the future: rename it after the day it was fetched, as {_EXAMPLE}"
        )
    return day


def _preload(file: Path, dated: date) -> PreloadList:
    try:
        data = file.read_bytes()
    except OSError as error:
        stop(f"--lists: {file.name}: {error.strerror or error}")
    try:
        return parse(data.decode("utf-8"), dated, hashlib.sha256(data).hexdigest())
    except UnicodeDecodeError as error:
        _unreadable(file, "no UTF-8", data.count(b"\n", 0, error.start) + 1)
    except UnreadableList as error:
        _unreadable(file, error.why, error.line)


def _unreadable(file: Path, why: str, line: int) -> NoReturn:
    at = f"{file.name}, line {line}" if line else file.name
    stop(f"--lists: {at}: {why}; fetch Chromium's transport_security_state_static.json anew, whole")
