"""What the gate writes for machines: valid by the schemas of others, stable, and inert whatever a server or a school wrote."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml
from markdown_it import MarkdownIt
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from checks.assessment import Assessment
from checks.changes import compare
from checks.criteria.model import Level
from checks.evidence.base import Cause
from checks.gating import Decision, Doubt, FailOn, Policy, Result, Why, decide_gate, past_of_run
from checks.parsing.text import display
from checks.spec import Outcome
from inventory.model import Excuse
from reports import as_annotations, as_junit, as_markdown, as_prometheus, as_sarif
from reports.gate_view import GateView, Place, State, gate_view, report_view
from reports.words import LANGUAGES, Language, words
from tests.builders.judged import (
    answer,
    assessed,
    criterion,
    edition,
    figure,
    rich,
    run,
    site,
    telling,
    unit,
    untested,
)

SCHEMAS = Path(__file__).parents[1] / "schemas"
SARIF = jsonschema.Draft4Validator(
    json.loads((SCHEMAS / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
)
JUNIT = [xmlschema.XMLSchema(SCHEMAS / f"junit-{name}.xsd") for name in ("windyroad", "jenkins")]

PAYLOADS = [
    pytest.param("Trường THCS Hải Châu", id="plain"),
    pytest.param("<script>alert(1)</script>", id="script"),
    pytest.param("<img src=x onerror=alert(1)>", id="image"),
    pytest.param("]]><!-- --><![CDATA[", id="cdata"),
    pytest.param("&lt;&amp;&#60;&bogus;", id="entities"),
    pytest.param("x\n::error file=a.py,line=1::planted", id="command-on-a-line"),
    pytest.param("::error::planted", id="command"),
    pytest.param("::stop-commands::token", id="stop-commands"),
    pytest.param("##[error]planted ##[add-mask]x", id="older-command"),
    pytest.param("##vso[task.setvariable variable=x]y", id="command-of-azure"),
    pytest.param("a\r\nb\rc\u2028d\u2029e\x85f\x0bg\x0ch", id="line-ends"),
    pytest.param("\x00\x01\x07\x08\x1b[31mred\x1b[0m\x7f", id="controls"),
    pytest.param("\ufffe\uffff\ufdd0", id="no-characters"),
    pytest.param("\u202egpj.exe\u2066\u200b\ufeff", id="bidi-and-unseen"),
    pytest.param("| a | b |\n| --- | --- |\n| c | d |", id="table"),
    pytest.param("# head\n\n- list\n\n    code\n\n```\nfence", id="blocks"),
    pytest.param("[link](https://evil.example) ![image](https://evil.example/x)", id="links"),
    pytest.param("https://evil.example www.evil.example <https://evil.example>", id="autolinks"),
    pytest.param("**bold** _it_ `code` ~~gone~~ \\| $x$ :tada:", id="inline"),
    pytest.param("@everyone #1 owner/repo@abc", id="mentions"),
    pytest.param("%0A%0D%25%3A%2C", id="percent"),
    pytest.param("a,title=b:c,line=9", id="properties"),
    pytest.param("{0} {{1}} [a](0) %s ${x} {{7*7}}", id="placeholders"),
    pytest.param('quote" back\\slash \\n end"} 1\n# HELP x y', id="exposition"),
    pytest.param("section_start:1:x\r\x1b[0Kfold", id="sections-of-gitlab"),
    pytest.param("=cmd|' /C calc'!A0", id="formula"),
    pytest.param("a" * 499, id="long"),
    pytest.param("e\u0301" * 240, id="marks"),
    pytest.param("שלום עולם", id="right-to-left"),
]
CHECKS = ("old-tls-off", "hsts-enforced", "nosniff-set", "https-offered", "caa-published")
LEVELS = (Level.REQUIRED, Level.RECOMMENDED, Level.ADVANCED, Level.REQUIRED, Level.RECOMMENDED)


def assessment(payload: str, outcomes: dict[str, Outcome], id: str) -> Assessment:
    """Two units; wherever a stranger may write, the payload stands.  The hostile one comes first in every order."""
    excuse = Excuse(
        unit=f"a{payload}",
        check="nosniff-set",
        reason=payload,
        granted_by=payload,
        until_on=date(2027, 1, 1),
    )
    hostile = unit(f"a{payload}", payload, excuses=(excuse,))
    plain = unit("zz", "Trường khác", manager="so-gddt")
    measured = figure("accepted", payload)
    units = []
    for of in (hostile, plain):
        place = site(of, "hostile.edu.vn" if of is hostile else "khac.edu.vn")
        said = {
            check: untested(Cause.RESET)
            if outcome is Outcome.NOT_TESTED
            else answer(outcome, "", None, measured)
            for check, outcome in outcomes.items()
        }
        units.append((of, [(place, telling(place, said))]))
    rules = [
        criterion(check, check, level=level) for check, level in zip(CHECKS, LEVELS, strict=True)
    ]
    return assessed((edition(*rules),), units, of_run=run(id=id))


BEFORE = dict.fromkeys(CHECKS, Outcome.MET)
AFTER = {
    "old-tls-off": Outcome.NOT_MET,
    "hsts-enforced": Outcome.NEEDS_REVIEW,
    "nosniff-set": Outcome.NOT_MET,
    "https-offered": Outcome.NOT_TESTED,
    "caa-published": Outcome.BROKEN,
}
ALL = Policy(fail_on=frozenset(FailOn), level=Level.ADVANCED)


def decided(payload: str) -> tuple[Decision, Assessment]:
    """A decision with something of everything: worse, to review, excused, untested, broken, doubts."""
    before, now = assessment(payload, BEFORE, "earlier"), assessment(payload, AFTER, "now")
    past = past_of_run(compare(before.findings, before, now), before.findings, before)
    return decide_gate(ALL, now, past, [Why(Doubt.NO_BASELINE, payload)]), now


def view_of(payload: str = "plain", lang: Language = "en", place: Place | None = None) -> GateView:
    """Its view."""
    decision, now = decided(payload)
    return gate_view(decision, now, lang, lambda unit, site: place)


AT_LINE = Place("inventory/trường học.csv", 12)


# ---- SARIF ------------------------------------------------------------------------------------------


def sarif(view: GateView, docs_url: str = "") -> dict[str, Any]:
    """The log, which is valid."""
    log: dict[str, Any] = json.loads(as_sarif.render(view, docs_url))
    assert [f"{e.json_path}: {e.message[:200]}" for e in SARIF.iter_errors(log)] == []
    return log


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sarif_of_a_city(lang: Language) -> None:
    """Every outcome and every cause of the shipped editions: valid, and each result has its rule."""
    log = sarif(report_view(rich(), lang))
    (of_run,) = log["runs"]
    rules = of_run["tool"]["driver"]["rules"]
    assert of_run["results"]
    for one in of_run["results"]:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
    assert all(rule["help"]["text"] and rule["shortDescription"]["text"] for rule in rules)


def test_sarif_uris_and_moments() -> None:
    """What the schema leaves to a format: URIs that parse and hold no blank, moments with a zone."""
    log = sarif(view_of(place=AT_LINE), "https://docs.example/tinnhiem/")
    text = json.dumps(log)
    uris = re.findall(r'"(?:uri|helpUri)": "([^"]*)"', text)
    assert uris
    assert all(re.fullmatch(r"[!-~]+", one) and "\\" not in one for one in uris)
    helps = {rule["helpUri"] for rule in log["runs"][0]["tool"]["driver"]["rules"]}
    assert "https://docs.example/tinnhiem/checks/old-tls-off.md" in helps
    assert all(urlsplit(one).scheme == "https" for one in helps)
    told = log["runs"][0]["invocations"][0]
    assert datetime.fromisoformat(told["endTimeUtc"]).tzinfo is not None


def test_pages_that_rules_point_at_are_there() -> None:
    """Relative to the docs of the project."""
    root = Path(__file__).parents[2]
    for rule in sarif(view_of())["runs"][0]["tool"]["driver"]["rules"]:
        assert "helpUri" not in rule, "a relative help URI is none (SARIF 2.1.0, 3.49.12)"
        assert (root / rule["properties"]["docs"]).is_file()


def test_sarif_levels_kinds_and_baseline() -> None:
    """Level by criterion level; a question has none; an excuse suppresses; silence is no result."""
    results = {
        one["ruleId"]: one
        for one in sarif(view_of())["runs"][0]["results"]
        if one["properties"]["unit"] == "aplain"
    }
    told = {
        rule: (one["kind"], one["level"], one.get("baselineState"), one["properties"]["state"])
        for rule, one in results.items()
    }
    assert told == {
        "old-tls-off": ("fail", "error", "new", "regressed"),
        "hsts-enforced": ("review", "none", "new", "to-review"),
        "nosniff-set": ("fail", "note", None, "excused"),
        "https-offered": ("open", "none", None, "lost"),
    }
    (suppressed,) = [one for one in results.values() if "suppressions" in one]
    assert suppressed["suppressions"][0]["status"] == "accepted"


def test_sarif_says_what_it_could_not_tell() -> None:
    """As notifications, and as an execution that did not succeed."""
    before = assessment("plain", BEFORE, "now")
    decision = decide_gate(Policy(), before, None, [Why(Doubt.NO_BASELINE, "main")])
    told = sarif(gate_view(decision, before, "en"))["runs"][0]["invocations"][0]
    assert told["executionSuccessful"] is False
    assert any(
        "no baseline: main" in n["message"]["text"] for n in told["toolExecutionNotifications"]
    )
    assert sarif(view_of())["runs"][0]["invocations"][0]["executionSuccessful"] is True


def test_fingerprints_are_stable() -> None:
    """Another run, another line, another language, another measured value: the same finding keeps its name."""

    def names(view: GateView) -> list[tuple[str, str]]:
        results = sarif(view)["runs"][0]["results"]
        return [
            (one["ruleId"] + one["properties"]["unit"], json.dumps(one["partialFingerprints"]))
            for one in results
        ]

    first = names(view_of())
    assert len({name for _, name in first}) == len(first)
    assert names(view_of(place=AT_LINE, lang="vi")) == first
    assert names(report_view(assessment("plain", AFTER, "another"), "en")) != []
    both = dict(names(report_view(assessment("plain", AFTER, "another"), "en"))).items() & set(
        first
    )
    assert len(both) >= 4


def test_sarif_location() -> None:
    """The line of the site in the inventory, where it is known; else its address."""
    (place,) = {
        json.dumps(one["locations"][0]["physicalLocation"], sort_keys=True)
        for one in sarif(view_of(place=AT_LINE))["runs"][0]["results"]
    }
    assert json.loads(place) == {
        "artifactLocation": {
            "uri": "inventory/tr%C6%B0%E1%BB%9Dng%20h%E1%BB%8Dc.csv",
            "uriBaseId": "%SRCROOT%",
        },
        "region": {"startLine": 12},
    }
    no_line = sarif(view_of(place=Place("a.xlsx", None)))["runs"][0]["results"][0]
    assert "region" not in no_line["locations"][0]["physicalLocation"]
    alone = sarif(view_of())["runs"][0]["results"][0]["locations"][0]
    assert alone["physicalLocation"]["artifactLocation"]["uri"] == "https://hostile.edu.vn/"


# ---- JUnit ------------------------------------------------------------------------------------------


def junit(view: GateView) -> ElementTree.Element:
    """The file, which is valid by both schemas and is read back by the library that wrote it."""
    data = as_junit.render(view)
    for schema in JUNIT:
        assert [f"{e.path}: {e.reason}" for e in schema.iter_errors(data.decode("utf-8"))] == []
    assert isinstance(JUnitXml.fromstring(data), JUnitXml)
    return ElementTree.fromstring(data)  # noqa: S314  We wrote it a moment ago.


@pytest.mark.parametrize("lang", LANGUAGES)
def test_junit_of_a_city(lang: Language) -> None:
    """A suite for each unit, numbered; the sums are those of the cases."""
    view = report_view(rich(), lang)
    suites = junit(view).findall("testsuite")
    assert [suite.get("id") for suite in suites] == [str(at) for at in range(len(suites))]
    assert len(suites) == len({row.unit for row in view.rows})
    for suite in suites:
        for sum_, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(sum_, "")) == len(suite.findall(f"testcase/{tag}"))
        cases = [(case.get("classname"), case.get("name")) for case in suite.findall("testcase")]
        assert len(cases) == len(set(cases)) == int(suite.get("tests", ""))


def test_junit_says_what_is_what() -> None:
    """What shuts the gate fails, silence and excuses are skipped with the reason, a fault of ours is an error."""
    (suite,) = [s for s in junit(view_of()).findall("testsuite") if s.get("name") == "aplain"]
    told = {
        case.get("name"): [(part.tag, part.get("type")) for part in case]
        for case in suite.findall("testcase")
    }
    assert told == {
        "old-tls-off": [("failure", "regressed")],
        "hsts-enforced": [("failure", "to-review")],
        "nosniff-set": [("skipped", None)],
        "https-offered": [("skipped", None)],
        "caa-published": [("error", "broken")],
    }
    texts = {case.get("name"): "".join(case.itertext()) for case in suite.findall("testcase")}
    assert "excused until" in texts["nosniff-set"]
    assert "met before, could not be told now" in texts["https-offered"]


def test_only_what_is_met_has_passed() -> None:
    """Not applicable and not tested are no success."""
    view = report_view(rich(), "en")
    passed = [c for c in junit(view).iter("testcase") if len(c) == 0]
    assert len(passed) == sum(row.state is State.MET for row in view.rows)


# ---- Prometheus -------------------------------------------------------------------------------------

AT = datetime(2026, 11, 22, 0, 58, tzinfo=UTC)
_ABBREVIATED = {"s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"}
_NOT_BASE = {
    "milliseconds", "minutes", "hours", "days", "weeks", "kilobytes", "megabytes", "gigabytes",
    "bits", "percent", "percents", "milligrams", "kelvin", "fahrenheit",
}  # fmt: skip
_TYPES = {"counter", "gauge", "histogram", "summary"}


def metrics(data: bytes) -> list[Metric]:
    """The families, read by the client library's own parser, and held against the rules of promtool."""
    text = data.decode("utf-8")
    assert text.endswith("\n")
    families = list(text_string_to_metric_families(text))
    assert list(problems(text, families)) == []
    return families


def problems(text: str, families: Iterable[Metric]) -> Iterator[str]:
    """What `promtool check metrics` objects to, rule by rule (prometheus/client_golang, promlint)."""
    names = [family.name for family in families]
    for name in {one for one in names if names.count(one) > 1}:
        yield f"{name}: twice"
    for family in families:
        name, words = family.name, family.name.split("_")
        for line in ("HELP", "TYPE"):
            if len(re.findall(rf"(?m)^# {line} {name} .", text)) != 1:
                yield f"{name}: {line} is not there once"
        if not re.fullmatch(r"[a-z_][a-z0-9_]*", name):
            yield f"{name}: colons or capitals"
        if _TYPES & set(words) or _ABBREVIATED & set(words) or _NOT_BASE & set(words):
            yield f"{name}: a type, an abbreviation, or no base unit in its name"
        if family.type != "counter" and name.endswith("_total"):
            yield f"{name}: only a counter ends in _total"
        if family.type == "gauge" and name.endswith(("_count", "_sum", "_bucket", "_info")):
            yield f"{name}: an end that belongs to another type"
        seen = set()
        for sample in family.samples:
            if sample.labels.keys() & {"le", "quantile", "instance", "job"}:
                yield f"{name}: reserved label"
            if any(not re.fullmatch(r"[a-z][a-z0-9_]*", label) for label in sample.labels):
                yield f"{name}: label that is not snake_case"
            seen.add((sample.name, *sorted(sample.labels.items())))
            if family.type == "counter" and not sample.name.endswith("_total"):
                yield f"{name}: a counter ends in _total"
        if len(seen) != len(family.samples):
            yield f"{name}: a sample twice"


def test_the_rules_catch_what_promtool_catches() -> None:
    """Each of them; a rule that nothing breaks would prove nothing."""
    bad = """# TYPE a_total gauge
a_total 1
# HELP b_milliseconds x
# TYPE b_milliseconds gauge
b_milliseconds 1
b_milliseconds 2
# HELP camelCase x
# TYPE camelCase gauge
camelCase{jobName="x"} 1
# HELP c_gauge x
# TYPE c_gauge gauge
c_gauge{le="1"} 1
# HELP d_count x
# TYPE d_count gauge
d_count 1
"""
    told = " ".join(problems(bad, list(text_string_to_metric_families(bad))))
    for part in (
        "HELP is not",
        "only a counter",
        "base unit",
        "a sample twice",
        "capitals",
        "snake",
    ):
        assert part in told
    for part in ("reserved label", "belongs to another type"):
        assert part in told


def value(families: list[Metric], name: str, **labels: str) -> float | None:
    """One sample; ``None`` where there is none."""
    for family in families:
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
    return None


def test_prometheus() -> None:
    """States of units, findings by state, the answer, the age; no more series than the inventory allows."""
    found = metrics(as_prometheus.render(view_of(), AT))
    assert value(found, "tinnhiem_findings", state="regressed") == 3
    assert value(found, "tinnhiem_regressions") == 3
    assert value(found, "tinnhiem_gate_result", result="failed") == 1
    assert value(found, "tinnhiem_gate_result", result="passed") == 0
    assert value(found, "tinnhiem_units", state="not-ready") == 2
    assert value(found, "tinnhiem_last_run_age_seconds") == 5 * 3600
    assert value(found, "tinnhiem_unit_ready", unit="zz", manager="so-gddt") == 0
    assert value(found, "tinnhiem_unit_failing", unit="zz", manager="so-gddt") == 3
    assert value(found, "tinnhiem_lost_ratio") == pytest.approx(0.4)
    labels = {label for family in found for sample in family.samples for label in sample.labels}
    assert labels <= {"unit", "manager", "state", "result"}


def test_prometheus_of_a_city() -> None:
    """Undecided units have no sample of readiness; nothing compared, no count of regressions; no clock, no age."""
    assessed_now = rich()
    found = metrics(as_prometheus.render(report_view(assessed_now, "vi")))
    undecided = sum(r.state.value == "undecided" for r in assessed_now.readiness.values())
    ready = next(f for f in found if f.name == "tinnhiem_unit_ready")
    assert len(ready.samples) == len(assessed_now.units) - undecided
    assert value(found, "tinnhiem_regressions") is None
    assert value(found, "tinnhiem_last_run_age_seconds") is None


def test_a_clock_that_was_set_back() -> None:
    """No age below zero."""
    found = metrics(as_prometheus.render(view_of(), datetime(2020, 1, 1, tzinfo=UTC)))
    assert value(found, "tinnhiem_last_run_age_seconds") == 0


# ---- annotations ------------------------------------------------------------------------------------

_COMMAND = re.compile(r"::(error|warning|notice)(?: ([^:]*))?::(.*)", re.DOTALL)


def commands(data: bytes) -> list[tuple[str, dict[str, str], str]]:
    """What the runner of GitHub makes of a log: one command a line, and no line that is anything else."""
    told = []
    for line in data.decode("utf-8").split("\n")[:-1]:
        assert "##[" not in line, "the older form of a command may begin anywhere"
        assert "\r" not in line
        found = _COMMAND.fullmatch(line)
        assert found is not None, line
        pairs = [pair.partition("=") for pair in (found[2] or "").split(",") if pair]
        properties = {name: _decoded(text) for name, _, text in pairs}
        assert len(properties) == len(pairs)
        assert properties.keys() <= {"file", "line", "title"}, line
        told.append((found[1], properties, _decoded(found[3])))
    return told


def _decoded(text: str) -> str:
    for sign, code in ((":", "%3A"), (",", "%2C"), ("\r", "%0D"), ("\n", "%0A"), ("%", "%25")):
        text = text.replace(code, sign)
    return text


def test_github() -> None:
    """The strictest first, at the line of the site; doubts as warnings."""
    told = commands(as_annotations.github(view_of(place=AT_LINE)))
    assert [kind for kind, _, _ in told] == ["error", "error", "warning", "warning", "notice"] + [
        "warning"
    ] * (len(told) - 5)
    _, properties, message = told[0]
    assert (properties["file"], properties["line"]) == (AT_LINE.file, "12")
    assert "hostile.edu.vn" in message
    assert any("no baseline: plain" in message for _, _, message in told)
    no_line = commands(as_annotations.github(view_of(place=Place("a.xlsx", None))))
    assert no_line[0][1].keys() == {"file", "title"}


def test_github_is_told_of_so_many_and_no_more() -> None:
    """The rest is counted."""
    view = view_of()
    row = next(one for one in view.rows if one.fails)
    many = view._replace(rows=(row,) * 60, doubts=())
    told = commands(as_annotations.github(many))
    assert len(told) == as_annotations.MOST + 1
    assert (told[-1][0], "+10" in told[-1][2]) == ("notice", True)


@pytest.mark.parametrize(
    ("text", "data", "value"),
    [
        ("a%b", "a%25b", "a%25b"),
        ("a\r\nb", "a%0D%0Ab", "a%0D%0Ab"),
        ("a:b,c", "a:b,c", "a%3Ab%2Cc"),
        ("%0A", "%250A", "%250A"),
        ("x ##[error]", "x # #[error]", "x # #[error]"),
        ("###[error]", "# # #[error]", "# # #[error]"),
        ("::error::x", ": :error: :x", "%3A %3Aerror%3A %3Ax"),
    ],
)
def test_escaping_of_commands(text: str, data: str, value: str) -> None:
    """As the runner reads it; the percent sign first, so that nothing is escaped twice."""
    assert as_annotations.data(text) == data
    assert as_annotations.value(text) == value


@given(st.text())
def test_no_text_leaves_its_command(text: str) -> None:
    """Any text at all is one line, ends no property, and is read back (but for the marks of commands)."""
    escaped = as_annotations.value(text)
    assert not set(escaped) & set("\r\n:,")
    assert "##" not in escaped
    if "##" not in text and not text.lstrip().startswith("::"):
        assert _decoded(escaped) == text
        assert _decoded(as_annotations.data(text)) == text


def test_gitlab() -> None:
    """Every field that GitLab asks for, names that are unique, and only what shuts the gate above *info*."""
    view = view_of(place=AT_LINE)
    issues = json.loads(as_annotations.gitlab(view))
    assert issues
    for one in issues:
        assert one.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert one["location"] == {"path": AT_LINE.file, "lines": {"begin": 12}}
        assert one["severity"] in {"info", "minor", "major", "critical", "blocker"}
    assert len({one["fingerprint"] for one in issues}) == len(issues)
    assert sum(one["severity"] != "info" for one in issues) == len(view.failing)
    (alone, *_) = json.loads(as_annotations.gitlab(view_of()))
    assert alone["location"] == {"path": "hostile.edu.vn/", "lines": {"begin": 1}}


# ---- Markdown ---------------------------------------------------------------------------------------

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def shape(data: bytes) -> list[str]:
    """The kinds of everything in it, in order."""
    found: list[str] = []
    for token in READER.parse(data.decode("utf-8")):
        found.append(token.type)
        found += [child.type for child in token.children or () if child.type != "text"]
    return found


ALLOWED = {"inline", "strong_open", "strong_close", "text_special"}


def test_markdown() -> None:
    """The answer, what it is made of, and a table of what keeps the gate shut."""
    text = as_markdown.render(view_of()).decode("utf-8")
    assert text.startswith("## ❌ ")
    shown = READER.render(text)
    assert shown.count("<tr>") == 1 + len(view_of().failing)
    assert "old-tls-off" not in shown
    assert words("en").check("old-tls-off").title in shown


def test_markdown_of_a_passed_gate() -> None:
    """No table where there is nothing to show."""
    now = assessment("plain", BEFORE, "now")
    past = past_of_run(compare(now.findings, now, now), now.findings, now)
    decision = decide_gate(Policy(), now, past)
    assert decision.result is Result.PASSED
    text = as_markdown.render(gate_view(decision, now, "vi")).decode("utf-8")
    assert text.startswith("## ✅ ")
    assert "|" not in text


def test_markdown_of_very_much() -> None:
    """The rest is counted."""
    view = view_of()
    row = next(one for one in view.rows if one.fails)
    text = as_markdown.render(view._replace(rows=(row,) * 60)).decode("utf-8")
    assert READER.render(text).count("<tr>") == 1 + as_markdown.MOST
    assert "and 10 more" in text


@given(st.text(max_size=60))
def test_any_text_is_only_text(text: str) -> None:
    """In a cell and in a list it becomes no other thing than text."""
    inert = as_markdown.inert(display(text, 300))
    cell = READER.parse(f"| a | b |\n| --- | --- |\n| {inert} | x |\n")
    plain = READER.parse("| a | b |\n| --- | --- |\n| y | x |\n")
    assert [token.type for token in cell] == [token.type for token in plain]
    for token in cell:
        assert {child.type for child in token.children or ()} <= {"text", "text_special"}


# ---- hostile text, everywhere -----------------------------------------------------------------------

_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ufffe\uffff]")


@pytest.mark.parametrize(("lang", "place"), [("vi", AT_LINE), ("en", None)])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_is_inert(payload: str, lang: Language, place: Place | None) -> None:
    """Every output has the same shape as with a plain name, is valid, and holds no unseen sign."""
    view, plain = view_of(payload, lang, place), view_of("plain", lang, place)
    log, plain_log = sarif(view), sarif(plain)
    assert _keys(log) == _keys(plain_log)
    for message in _messages(log):
        assert not re.search(r"(?<!\\)(\\\\)*[\[\]]", message), "a link in a message"
        assert not set(message.replace("{{", "").replace("}}", "")) & set("{}"), "a placeholder"
    file, plain_file = junit(view), junit(plain)
    assert [one.tag for one in file.iter()] == [one.tag for one in plain_file.iter()]
    told = commands(as_annotations.github(view))
    assert [kind for kind, _, _ in told] == [
        kind for kind, _, _ in commands(as_annotations.github(plain))
    ]
    assert _keys(json.loads(as_annotations.gitlab(view))) == _keys(
        json.loads(as_annotations.gitlab(plain))
    )
    summary = as_markdown.render(view)
    assert _without_specials(shape(summary)) == _without_specials(shape(as_markdown.render(plain)))
    assert not re.search(r"(?im)^\s*(::|##\[)|\bwww\.|://", summary.decode("utf-8"))
    gauges = as_prometheus.render(view, AT)
    assert [(f.name, len(f.samples)) for f in metrics(gauges)] == [
        (f.name, len(f.samples)) for f in metrics(as_prometheus.render(plain, AT))
    ]
    assert value(
        metrics(gauges), "tinnhiem_unit_ready", unit=display(f"a{payload}", 500), manager="20242"
    ) in (0, None)
    for data in (
        as_sarif.render(view),
        as_junit.render(view),
        as_annotations.github(view),
        as_annotations.gitlab(view),
        summary,
        gauges,
    ):
        assert not _UNFIT.search(data.decode("utf-8"))


def _without_specials(kinds: list[str]) -> list[str]:
    return [kind for kind in kinds if kind != "text_special"]


def _keys(value: Any) -> Any:
    """The shape of JSON without its texts."""
    if isinstance(value, dict):
        return {key: _keys(one) for key, one in value.items()}
    return [_keys(one) for one in value] if isinstance(value, list) else type(value).__name__


def _messages(value: Any) -> Iterator[str]:
    """All texts of messages in results and notifications."""
    if isinstance(value, dict):
        if isinstance(value.get("message"), dict):
            yield value["message"]["text"]
        for one in value.values():
            yield from _messages(one)
    elif isinstance(value, list):
        for one in value:
            yield from _messages(one)
