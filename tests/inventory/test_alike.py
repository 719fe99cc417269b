"""CSV, XLSX, YAML and JSON say the same; order of columns does not matter; no row is lost."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.model import Inventory, ReadResult
from inventory.readers import read
from inventory.readers.words import ROW_FIELDS, names_of
from tests.inventory.written import (
    Row,
    columns,
    csv_text,
    write,
    write_csv,
    write_json,
    write_xlsx,
    write_yaml,
)

LETTERS = st.characters(
    codec="utf-8",
    categories=("L", "N", "P", "S", "Zs"),
    exclude_characters="\ufffe\uffff",
)
CELLS = st.one_of(st.text(LETTERS, max_size=12), st.text(max_size=8))
FIELDS = st.fixed_dictionaries(
    {
        "unit_id": st.one_of(st.sampled_from(["A", "a", "B", "C", "0012", ""]), CELLS),
        "unit_name": st.one_of(st.sampled_from(["Trường A", "Trường B", 'X "Y", Z;']), CELLS),
        "kind": st.sampled_from(["thcs", "Mầm non", "THPT", "wrong", ""]),
        "commune": st.sampled_from(["20200", "Hải Châu", "Hoà Khánh", "nowhere", ""]),
        "url": st.sampled_from(["https://a.vn/", "b.vn", "http://c.vn", "ftp://d", "x y", ""]),
    },
    optional={
        "roles": st.sampled_from(["portal", "Cổng thông tin; mail", "?"]),
        "tags": st.sampled_from(["x; y", "z"]),
        "http_port": st.sampled_from(["80", "8080", "no"]),
        "state": st.sampled_from(["active", "Sáp nhập: vào B"]),
        "excuses": st.sampled_from(["hsts|a|b|2026-12-31", "bad"]),
    },
)
# Texts that XLSX cannot hold are for the other formats' own tests.
PLAIN = FIELDS.filter(
    lambda row: all(
        value == value.strip() and value.isprintable() and "_x" not in value
        for value in row.values()
    )
)


def what_it_says(inventory: Inventory | None) -> object:
    """All but the source: the same whatever the file."""
    return inventory and (inventory.units, inventory.sites, inventory.permission)


def faults(result: ReadResult) -> list[tuple[str, str]]:
    return sorted((p.code, p.severity) for p in result.problems)


@settings(max_examples=40, deadline=None)
@given(st.lists(PLAIN, min_size=1, max_size=4))
def test_all_formats_agree(rows: list[Row]) -> None:
    """The same rows give the same inventory and the same problems."""
    # A row that is blank, or the header again, is no row of a table.
    rows = [row | {"contact": f"c{at}"} for at, row in enumerate(rows)]
    with tempfile.TemporaryDirectory() as folder:
        results = [
            read(make(Path(folder), rows))
            for make in (write_csv, write_xlsx, write_yaml, write_json)
        ]
    first = results[0]
    for other in results[1:]:
        assert faults(other) == faults(first)
        assert what_it_says(other.inventory) == what_it_says(first.inventory)
        assert (other.rows_in, other.rows_accepted) == (first.rows_in, first.rows_accepted)


@settings(max_examples=100, deadline=None)
@given(rows=st.lists(FIELDS, max_size=5), extra=st.text(max_size=30), data=st.data())
def test_no_row_is_lost(rows: list[Row], extra: str, data: st.DataObject) -> None:
    """Rows in = accepted + refused, whatever somebody typed into the file."""
    text = csv_text([row | {"contact": "c"} for row in rows] or [{"unit_id": "", "url": ""}])
    at = data.draw(st.integers(0, len(text)))
    with tempfile.TemporaryDirectory() as folder:
        content = (text[:at] + extra + text[at:]).encode("utf-8", "surrogatepass")
        result = read(write(Path(folder), "list.csv", content))
    assert result.rows_in == result.rows_accepted + result.rows_refused
    assert result.rows_accepted >= 0
    assert result.rows_refused >= 0
    has_error = any(problem.severity == "error" for problem in result.problems)
    assert (result.inventory is None) is has_error
    if result.inventory is not None:
        assert result.rows_refused == 0
        assert result.rows_in > 0


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["csv", "xlsx", "yaml", "json"]))
def test_any_bytes_are_told_not_raised(content: bytes, suffix: str) -> None:
    """No file brings a traceback."""
    with tempfile.TemporaryDirectory() as folder:
        result = read(write(Path(folder), f"list.{suffix}", content))
    assert result.inventory is None
    assert result.problems


@settings(max_examples=50, deadline=None)
@given(st.text("abc:-[]{}#&*!|>'\"%@`? \n,0", max_size=60), st.sampled_from(["yaml", "json"]))
def test_any_marks_are_told_not_raised(content: str, suffix: str) -> None:
    """The same for texts made of YAML's own signs."""
    with tempfile.TemporaryDirectory() as folder:
        result = read(write(Path(folder), f"list.{suffix}", content))
    assert result.inventory is None
    assert result.problems


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(PLAIN, min_size=1, max_size=3), order=st.randoms())
def test_order_of_columns_does_not_matter(rows: list[Row], order: object) -> None:
    """A header says where each field stands."""
    rows = [row | {"contact": f"c{at}"} for at, row in enumerate(rows)]
    names = columns(rows)
    order.shuffle(names)  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as folder:
        plain = read(write_csv(Path(folder), rows))
        mixed = read(write_csv(Path(folder), rows, names))
    assert faults(plain) == faults(mixed)
    assert what_it_says(plain.inventory) == what_it_says(mixed.inventory)


@pytest.mark.parametrize("make", [write_csv, write_xlsx, write_yaml])
def test_every_vietnamese_header(tmp_path: Path, make: object) -> None:
    """A list whose headers are all Vietnamese is the same list."""
    row = {
        "unit_id": "1",
        "unit_name": "A",
        "kind": "thcs",
        "commune": "20200",
        "manager": "xã",
        "url": "https://a.vn/",
        "roles": "portal",
        "http_port": "80",
        "mail_domain": "a.vn",
        "dkim_selectors": "s",
        "gateway": "g",
        "platform": "p",
        "label_entry": "l",
        "state": "active",
        "contact": "c",
        "tags": "t",
        "registration_expires_on": "2027-01-01",
        "attestations": "a|b|2026-01-01",
        "excuses": "a|b|c|2026-01-01",
    }
    assert set(row) == set(ROW_FIELDS)
    vietnamese = {names_of(ROW_FIELDS[name])[0]: value for name, value in row.items()}
    english = read(make(tmp_path, [row]))  # type: ignore[operator]
    local = read(make(tmp_path, [vietnamese]))  # type: ignore[operator]
    assert english.inventory is not None
    assert what_it_says(local.inventory) == what_it_says(english.inventory)
