"""What schools show of pupils is found and told, and not one value of it is kept anywhere."""

import asyncio
import contextlib
import datetime as dt
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.archive import codec
from scanner.practice.fleet import Fleet
from scanner.practice.schools.personal import PERSONAL_DATA, PLANTED
from tests.cli.command import Ended, database, run

pytestmark = [pytest.mark.fleet]

CHECK = "no-personal-data-exposed"
IN_WORDS = ("0905990777", "048315990777", "me.cua.hong")
"""What the words of a link and the name of a file say."""
LINK = (
    '<p><a href="/tep/ds.csv?lien-he=me.cua.hong%40thuchanh.example">'
    "Danh sách lớp của cháu 048315990777, gọi 0905990777, me.cua.hong@thuchanh.example</a></p>\n"
)


async def test_nothing_of_it_is_kept(tmp_path: Path) -> None:
    """The truth is found on every school; no id, telephone or day of birth is in the store or in any report."""
    first, *others = PERSONAL_DATA
    page = first.web.page
    telling = replace(first, web=replace(first.web, page=replace(page, body=page.body + LINK)))
    schools = (telling, *others)
    async with Fleet.start(dt.datetime.now(dt.UTC), schools) as fleet:  # noqa: TID251  No clock of ours runs here.
        fleet.write(tmp_path / "fleet")
        ended = await asyncio.to_thread(_scan, tmp_path)
        truth = json.loads((tmp_path / "fleet" / "truth.json").read_bytes())
    assert ended.code == 0, str(ended)
    lines = (tmp_path / "out" / "data" / "findings.jsonl").read_text(encoding="utf-8").splitlines()
    found = [row for row in map(json.loads, lines) if row["check"] == CHECK]
    expected = {site: told["outcomes"][CHECK] for site, told in truth.items()}
    assert {row["site"]: row["outcome"] for row in found} == expected
    wrong = sorted(
        f"{place}: {value}"
        for place, text in _kept(tmp_path)
        for value in (*PLANTED, *IN_WORDS)
        if value in text
    )
    assert wrong == []
    # The same search finds what is there: the shapes were kept.
    assert any("••/••/••••" in text for _, text in _kept(tmp_path))


def _scan(folder: Path) -> Ended:
    fleet = folder / "fleet"
    words: list[object] = ["scan", fleet / "inventory.yaml", "--out", folder / "out"]
    words += ["--db", database(folder / "store.sqlite"), "--allow-private"]
    words += ["--resolver", (fleet / "resolver").read_text(encoding="ascii")]
    words += ["--trust-store", fleet / "trust.pem", "--root-hints", fleet / "root-hints"]
    words += ["--port-map", fleet / "port-map", "--trust-anchor", fleet / "trust-anchor"]
    words += ["--smtp-port", (fleet / "smtp-port").read_text(encoding="ascii").strip()]
    return run(*words, "--only", "content", "--criteria", "nen-tang-website-2026-11")


def _kept(folder: Path) -> Iterator[tuple[str, str]]:
    """Everything that a scan leaves behind, as text: files, and the rows of the store, unpacked where they are packed."""
    for path in (folder / "out").rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes().decode("utf-8", "replace")
    with sqlite3.connect(folder / "store.sqlite") as store:
        tables = [
            name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        for table in tables:
            for row in store.execute(f'SELECT * FROM "{table}"'):  # noqa: S608  Names from the store itself.
                for value in row:
                    yield table, _text(value)
    store.close()


def _text(value: object) -> str:
    if not isinstance(value, bytes):
        return str(value)
    with contextlib.suppress(ValueError):
        value = codec.unpacked(value)
    return value.decode("utf-8", "replace")
