"""``--lists DIR``: dated lists read from files, the newest of each name, before anything else is done."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NoReturn

import click

from checks.assessment import ListUsed
from checks.lists import NO_LISTS, BlockList, Lists, PreloadList, Purpose
from checks.lists.cms import CmsList
from checks.lists.cms import parse as parse_cms
from checks.lists.formats import FORMS, parse_block
from checks.lists.preload import parse
from checks.lists.unreadable import UnreadableList
from checks.parsing.betting.words import BettingWords, extended
from scanner.cli.options import stop
from scanner.clock import now

PRELOAD = "hsts-preload"
CMS, BETTING = "cms-versions", "betting"
PREFIXES = {"blocklist": Purpose.HARM, "national": Purpose.NATIONAL, "botnet": Purpose.BOTNET}
"""What a file's name begins with, and what its entries are said to do."""
LARGEST_BYTES = 512 * 1024 * 1024
_EXAMPLES = {
    PRELOAD: f"{PRELOAD}-2026-11-01.json",
    "blocklist": "blocklist-urlhaus-2026-11-01.csv",
    "national": "national-2026-11-01.txt",
    "botnet": "botnet-feodo-2026-11-01.netset",
    CMS: f"{CMS}-2026-11-01.toml",
    BETTING: f"{BETTING}-2026-11-01.toml",
}
_ONLY = {PRELOAD: "json", CMS: "toml", BETTING: "toml"}
"""Kinds of which there is one list, in one form."""
_KIND = re.compile(rf"({'|'.join(_EXAMPLES)})(?=[-.]|$)")
_DATED = re.compile(r"(?P<name>.+)-(?P<day>[^-]*-[^-]*-[^-]*)\.(?P<form>[a-z]+)")
# Where the day begins first it is fourteen hours later than in UTC.
_AHEAD = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class _Dated:
    """A file of the folder by its name."""

    file: Path
    kind: str
    name: str
    form: str
    day: date


def load_lists(folder: Path | None) -> Lists:
    """The lists in a folder; one clear sentence and exit 2 where one of them cannot be used."""
    if folder is None:
        return NO_LISTS
    try:
        files = sorted(file for file in folder.iterdir() if not file.name.startswith("."))
    except OSError as error:
        stop(f"--lists {folder}: {error.strerror or error}")
    found: dict[str, list[_Dated]] = {}
    for file in files:
        kind = _KIND.match(file.name)
        if kind is None:
            _say(f"--lists: {file.name} is no list that is known; left out")
            continue
        dated = _dated(file, kind[1])
        found.setdefault(dated.name, []).append(dated)
    if not found:
        told = " or ".join(_EXAMPLES.values())
        _say(f"--lists {folder}: no {told} or the like in it")
        return NO_LISTS
    newest = {name: _newest(files) for name, files in found.items()}
    preload, cms, betting = (newest.pop(name, None) for name in _ONLY)
    return Lists(
        preload=_preload(preload) if preload else None,
        cms=_cms(cms) if cms else None,
        betting=_betting(betting) if betting else None,
        block=tuple(_block(newest[name]) for name in sorted(newest)),
    )


def lists_used(lists: Lists) -> tuple[ListUsed, ...]:
    """What the record of a run says of them."""
    preload, cms, betting = lists.preload, lists.cms, lists.betting
    first: list[ListUsed] = []
    if preload is not None:
        entries = len(preload.include_subdomains)
        first.append(
            ListUsed(name=PRELOAD, dated=preload.dated, sha256=preload.sha256, entries=entries)
        )
    if cms is not None:
        first.append(
            ListUsed(name=CMS, dated=cms.dated, sha256=cms.sha256, entries=len(cms.products))
        )
    if betting is not None:
        first.append(
            ListUsed(
                name=BETTING, dated=betting.dated, sha256=betting.sha256, entries=betting.entries
            )
        )
    return (*first, *map(_used, lists.block))


def _used(one: BlockList) -> ListUsed:
    return ListUsed(
        name=one.name,
        dated=one.dated,
        sha256=one.sha256,
        entries=one.entries,
        purpose=one.purpose.value,
        shared=one.shared,
        left_out=one.left_out,
    )


def _newest(files: list[_Dated]) -> _Dated:
    day = max(one.day for one in files)
    first, *others = [one for one in files if one.day == day]
    if others:
        stop(
            f"--lists: {first.file.name} and {others[0].file.name} are one list of one day: keep one"
        )
    return first


def _dated(file: Path, kind: str) -> _Dated:
    """Name, day and form out of a file's name."""
    read = _DATED.fullmatch(file.name)
    forms = (_ONLY[kind],) if kind in _ONLY else tuple(FORMS)
    day = _day(file.name, read["day"] if read else "", _EXAMPLES[kind])
    name, form = (read["name"], read["form"]) if read else ("", "")
    if form not in forms or (kind in _ONLY and name != kind):
        ends = " or ".join(f".{each}" for each in forms)
        stop(
            f"--lists: {file.name}: no such form of a list: it ends in {ends}, as {_EXAMPLES[kind]}"
        )
    return _Dated(file, kind, name, form, day)


def _day(name: str, told: str, example: str) -> date:
    try:
        # Not every form of ISO 8601: one name for one day.
        day = date.fromisoformat(told) if len(told) == 10 else None
    except ValueError:
        day = None
    if day is None:
        stop(
            f"--lists: {name} has no date in its name: rename it after the day it was fetched, as {example}"
        )
    if day > (now() + _AHEAD).date():
        stop(
            f"--lists: {name} is dated in the future: rename it after the day it was fetched, as {example}"
        )
    return day


def _preload(one: _Dated) -> PreloadList:
    mend = "fetch Chromium's transport_security_state_static.json anew, whole"
    text, sha256 = _text(one.file, mend)
    try:
        return parse(text, one.day, sha256)
    except UnreadableList as error:
        _unreadable(one.file, error.why, error.line, mend)


def _cms(one: _Dated) -> CmsList:
    mend = "write it as the list that comes with the program is written"
    text, sha256 = _text(one.file, mend)
    try:
        return parse_cms(text, one.day, sha256)
    except UnreadableList as error:
        _unreadable(one.file, error.why, error.line, mend)


def _betting(one: _Dated) -> BettingWords:
    mend = "write it as the list that comes with the program is written"
    text, sha256 = _text(one.file, mend)
    try:
        return extended(text, sha256)
    except UnreadableList as error:
        _unreadable(one.file, error.why, error.line, mend)


def _block(one: _Dated) -> BlockList:
    mend = "mend or take out what stands there, or fetch the list anew, whole"
    text, sha256 = _text(one.file, mend)
    try:
        return parse_block(text, one.form, one.name, PREFIXES[one.kind], one.day, sha256)
    except UnreadableList as error:
        _unreadable(one.file, error.why, error.line, mend)


def _text(file: Path, mend: str) -> tuple[str, str]:
    """The text of a file, and the hash of its bytes."""
    try:
        if file.stat().st_size > LARGEST_BYTES:
            _unreadable(file, f"larger than {LARGEST_BYTES // 1024**2} MiB", 0, mend)
        data = file.read_bytes()
    except OSError as error:
        stop(f"--lists: {file.name}: {error.strerror or error}")
    try:
        return data.decode("utf-8-sig"), hashlib.sha256(data).hexdigest()
    except UnicodeDecodeError as error:
        _unreadable(file, "no UTF-8", data.count(b"\n", 0, error.start) + 1, mend)


def _unreadable(file: Path, why: str, line: int, mend: str) -> NoReturn:
    at = f"{file.name}, line {line}" if line else file.name
    stop(f"--lists: {at}: {why}; {mend}")


def _say(text: str) -> None:
    click.echo(f"tinnhiem: {text}", err=True)
