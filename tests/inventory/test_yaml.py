"""YAML and JSON: text stays text, and nothing hostile is built."""

import time
from pathlib import Path

import pytest

from inventory.readers import read
from tests.inventory.written import (
    HOA_NANG,
    LEAVE,
    SONG_XANH,
    codes,
    write,
    write_json,
    write_yaml,
)


def yaml_codes(folder: Path, content: str, name: str = "list.yaml") -> list[str]:
    return codes(read(write(folder, name, content), lang="en"))


@pytest.mark.parametrize("top", ["rows", "units", "Đơn vị"])
def test_healthy(tmp_path: Path, top: str) -> None:
    """Rows stand under rows or units."""
    path = write_yaml(tmp_path, [HOA_NANG, SONG_XANH], LEAVE)
    path.write_text(path.read_text("utf-8").replace("rows:", f"{top}:"), "utf-8")
    result = read(path)
    assert result.problems == ()
    assert result.inventory is not None
    assert result.inventory.permission is not None


def test_json_with_tabs(tmp_path: Path) -> None:
    """JSON is read as YAML is, lines and all."""
    result = read(write_json(tmp_path, [HOA_NANG, SONG_XANH | {"kind": "what"}], LEAVE), lang="en")
    assert [(p.code, p.line) for p in result.problems] == [("kind", 13)]


def test_json_numbers_nulls_and_halves(tmp_path: Path) -> None:
    """Numbers are kept as written, null is blank, two halves make one character."""
    content = (
        '[{"unit_id": 0.50, "unit_name": "A \\ud83d\\ude00", "kind": "thcs", "commune": 20200,'
        ' "url": "https:\\/\\/a.vn\\/", "contact": null}]'
    )
    result = read(write(tmp_path, "list.json", content))
    assert codes(result) == []
    assert result.inventory is not None
    unit = result.inventory.units[0]
    assert (unit.id, unit.name, unit.contact) == ("0.50", "A \U0001f600", "")


def test_plain_words_stay_text(tmp_path: Path) -> None:
    """IN-24: no, 0123, 1e3 and dates as ids are what was written."""
    rows = "".join(
        f"  - {{unit_id: {code}, unit_name: N{code}, kind: thcs, commune: 20200, url: a{n}.vn}}\n"
        for n, code in enumerate(["no", "0123", "1e3", "2026-01-01", "22:30", "0x1F"])
    )
    result = read(write(tmp_path, "list.yaml", f"rows:\n{rows}"))
    assert result.inventory is not None
    assert [unit.id for unit in result.inventory.units] == [
        "no",
        "0123",
        "1e3",
        "2026-01-01",
        "22:30",
        "0x1F",
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param("a: &x [1]\nrows: [*x]", "yaml-alias", id="IN-22-alias"),
        pytest.param("rows: !!python/object/apply:os.system [x]", "yaml-tag", id="IN-23-python"),
        pytest.param("rows: !mine []", "yaml-tag", id="IN-23-own-tag"),
        pytest.param("rows: []\nrows: []", "key-twice", id="IN-24-key-twice"),
        pytest.param("rows:\n - unit_id: 1\n   unit_id: 2", "key-twice", id="IN-24-in-a-row"),
        pytest.param("[" * 25, "yaml-depth", id="IN-25-deep"),
        pytest.param("--- {}\n--- {}", "yaml-documents", id="two-documents"),
        pytest.param("rows: [", "yaml-syntax", id="unfinished"),
        pytest.param("a: b: c", "yaml-syntax", id="syntax"),
        pytest.param("\tx: 1", "yaml-syntax", id="tab"),
        pytest.param("a: \x1b", "yaml-syntax", id="escape"),
        pytest.param('a: "\\ud800"', "surrogate", id="half-a-character"),
        pytest.param("? [a]\n: b", "yaml-syntax", id="list-as-key"),
        pytest.param("", "file-empty", id="empty"),
        pytest.param("# only a comment", "file-empty", id="comment"),
        pytest.param("{}", "file-empty", id="empty-mapping"),
        pytest.param("just text", "shape", id="text"),
    ],
)
def test_refused_whole(tmp_path: Path, content: str, code: str) -> None:
    """What no list of schools needs ends the reading, with its line."""
    assert yaml_codes(tmp_path, content) == [code]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param("[" * 100_000, "yaml-depth", id="IN-25-deep"),
        pytest.param('[{"unit_id": NaN}]', "yaml-syntax", id="IN-25-nan"),
        pytest.param('[{"unit_id": "\\ud800"}]', "surrogate", id="IN-25-half-a-character"),
        pytest.param("[{'unit_id': 1}]", "yaml-syntax", id="yaml-in-json"),
        pytest.param('{"rows": [], "rows": []}', "key-twice", id="key-twice"),
    ],
)
def test_json_refused_whole(tmp_path: Path, content: str, code: str) -> None:
    """IN-25: at once and without a traceback."""
    started = time.process_time()
    assert yaml_codes(tmp_path, content, "list.json") == [code]
    assert time.process_time() - started < 20


def test_long_number(tmp_path: Path) -> None:
    """IN-25: a number of 100,000 digits is a cell over 4 KiB."""
    assert "cell-long" in yaml_codes(tmp_path, f'[{{"unit_id": {"9" * 100_000}}}]', "list.json")


def test_laughs(tmp_path: Path) -> None:
    """IN-22: the alias bomb is over before it begins."""
    laughs = "a: &a [lol, lol]\n" + "".join(
        f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    started = time.process_time()
    assert yaml_codes(tmp_path, laughs) == ["yaml-alias"]
    assert time.process_time() - started < 20


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        ("rows: 5", "shape", 1),
        ("rows:\n  - just text", "shape", 2),
        ("rows:\n  - unit_id: {a: b}", "shape", 2),
        ("rows:\n  - unit_id: 1\n    kidn: thcs", "key-unknown", 3),
        ("rows:\n  - unit_id: 1\n    Mã đơn vị: 2", "key-twice", 3),
        ("rosw: []", "key-unknown", 1),
        ("rows: []\nunits: []", "key-twice", 2),
    ],
)
def test_told_by_line(tmp_path: Path, content: str, code: str, line: int) -> None:
    """Shapes that do not fit are told where they stand."""
    result = read(write(tmp_path, "list.yaml", content), lang="en")
    assert (code, line) in [(p.code, p.line) for p in result.problems]
    assert result.inventory is None


def test_near_key(tmp_path: Path) -> None:
    """Did you mean."""
    result = read(write(tmp_path, "list.yaml", "rows:\n  - kidn: thcs"), lang="en")
    assert 'did you mean "kind"?' in next(
        p.mend for p in result.problems if p.code == "key-unknown"
    )


def test_lists(tmp_path: Path) -> None:
    """Lists of texts, and lists of mappings for documents and excuses."""
    content = """
rows:
  - unit_id: 1
    unit_name: A
    kind: thcs
    commune: "20200"
    url: https://a.vn/
    roles: [portal, mail]
    tags: [x, y]
    attestations:
      - {check: security-level-approved, number: 1/QĐ, issued_on: 2026-01-15, level: 2}
    excuses:
      - check: hsts
        reason: vendor, soon
        granted_by: B
        until_on: 31/12/2026
"""
    result = read(write(tmp_path, "list.yaml", content))
    assert codes(result) == []
    assert result.inventory is not None
    unit, site = result.inventory.units[0], result.inventory.sites[0]
    assert {str(role) for role in site.roles} == {"portal", "mail"}
    assert site.tags == ("x", "y")
    assert unit.attestations[0].level == 2
    assert (unit.excuses[0].unit, unit.excuses[0].reason) == ("1", "vendor, soon")


def test_too_large_for_yaml(tmp_path: Path) -> None:
    """The pure parser has a smaller limit, and says so."""
    result = read(write(tmp_path, "list.yaml", "#" * (10 * 1024 * 1024 + 1)), lang="en")
    assert codes(result) == ["file-too-large"]
    assert "10 MiB" in result.problems[0].message
