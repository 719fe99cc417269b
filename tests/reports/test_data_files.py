"""Data files hold exactly the promised fields, in one order; spreadsheets run nothing of them."""

import csv
import io
import json

import pytest

from checks.evidence.base import Cause
from checks.spec import Finding, Measured, Outcome
from reports import as_csv, as_json
from reports.as_csv import COLUMNS, cell
from reports.judged import Judged
from reports.reporter import render_all
from tests.builders.judged import AT, FORMULA, HOSTILE, rich

FINDING = [
    "unit",
    "site",
    "check",
    "outcome",
    "cause",
    "measured",
    "note",
    "address",
    "reason",
    "limits",
    "revision",
    "as_of",
]
VERDICT = ["unit", "site", "label", "criterion", "status", "because", "status_without_excuses"]


def lines(name: str) -> list[dict[str, object]]:
    """Records of one file."""
    return [json.loads(line) for line in as_json.render(Judged(rich()), "vi")[name].splitlines()]


def test_findings_hold_the_promised_fields() -> None:
    """In the promised order, one line each, sorted."""
    rows = lines("data/findings.jsonl")
    assert all(list(row) == FINDING for row in rows)
    keys = [(row["unit"], row["site"], row["check"]) for row in rows]
    assert keys == sorted(keys)
    assert len(rows) == len(rich().findings)
    assert {row["outcome"] for row in rows} == {o.value for o in Outcome}


def test_verdicts_hold_the_promised_fields() -> None:
    """Nothing more."""
    rows = lines("data/verdicts.jsonl")
    assert all(list(row) == VERDICT for row in rows)
    assert len(rows) == len(rich().verdicts)


def test_the_run_counts_what_the_pages_count() -> None:
    """With every denominator."""
    row = json.loads(as_json.render(Judged(rich()), "vi")["data/run.json"])
    assert row["schema"] == 1
    assert list(row["run"]) == ["id", "started_at", "ended_at", "version", "vantage"]
    assert row["run"]["started_at"] == "2026-11-21T19:30:00Z"
    assert row["criteria"][0]["label"] == "tin-nhiem-mang"
    assert len(row["criteria"][0]["sha256"]) == 64
    seen = row["coverage"]
    total = row["totals"]
    assert seen["tested"] + seen["blocked"] + seen["unreachable"] + seen["not_looked"] == 8
    assert total["ready"] + total["not-ready"] + total["undecided"] == total["counted"] == 8
    assert sum(total["findings"].values()) == len(rich().findings)


def test_what_json_has_no_word_for() -> None:
    """Infinite figures, names given twice and line separators stay one readable record."""
    finding = Finding(
        unit="u",
        site="https://a.edu.vn/",
        check="caa-published",
        revision=1,
        family="dns",
        outcome=Outcome.NOT_TESTED,
        cause=Cause.RESET,
        measured=(
            Measured(name="x", value=float("nan")),
            Measured(name="x", value="a\u2028b\n\x85"),
        ),
        limits={"names": {"b", "a"}, "day": AT.date()},
        as_of=AT,
    )
    made = rich().model_copy(update={"findings": (finding,)})
    (line,) = as_json.render(Judged(made), "vi")["data/findings.jsonl"].decode().splitlines()
    row = json.loads(line)
    assert row["measured"] == {"x": "nan", "x 2": "a\u2028b\n\x85"}
    assert row["limits"] == {"names": ["a", "b"], "day": "2026-11-21"}
    assert row["cause"] == "reset"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Trường THCS", "Trường THCS"),
        ("a-b=c+d@e", "a-b=c+d@e"),
        (FORMULA, "'=cmd|' /C calc'!A0"),
        ("+84", "'+84"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'␉x"),
        ("\r=x", "'␍=x"),
        ("  =1", "'  =1"),
        ("a;=1", "a;'=1"),
        ('a",=1', "a\",'=1"),
        ("＝1", "'＝1"),
        ("", ""),
    ],
)
def test_cells_that_a_spreadsheet_would_run(text: str, expected: str) -> None:
    """They are shown with a mark before them."""
    assert cell(text) == expected


def test_units_csv() -> None:
    """With the mark that spreadsheets need, a row per unit, and the page of each."""
    made = rich()
    data = as_csv.render(Judged(made), "vi")["data/units.csv"]
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(made.units)
    pages = dict(render_all(made, "vi"))
    assert all(row["page"] in pages for row in rows)
    by_id = {row["unit_id"]: row for row in rows}
    assert by_id["CON"]["page"].startswith("units/con-")
    assert by_id["48 201/500"]["unit_name"].startswith("'=")
    assert by_id["48201305"]["readiness"] == "not-ready"
    assert by_id["48201400"]["coverage"] == "blocked"
    assert HOSTILE not in data.decode()
    for row in rows:
        required = [int(v) for k, v in row.items() if k.startswith("required_")]
        assert sum(required) == 12
