"""A baseline in a file: the same again after reading, strict about what it is, honest about other rules."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import baselines
from checks.assess import Rules, assess
from checks.assessment import ListUsed
from checks.baselines import ON_LISTS, Baseline, BaselineError, baseline_of, past_of_file, written
from checks.baselines import read_baseline as read
from checks.catalogue import CATALOGUE, RECORDED
from checks.changes import ChangeKind
from checks.criteria.loader import citations, known_checks, load_shipped, shipped
from checks.gating import Past
from checks.lists import Lists
from checks.spec import Outcome
from inventory.model import Inventory, Site, Source, Unit
from tests import replay
from tests.builders.judged import HOSTILE, rich

Row = dict[str, Any]


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    """A whole city's, with every outcome and hostile names in it."""
    return baseline_of(rich())


def test_written_and_read(baseline: Baseline) -> None:
    """Nothing is lost, and the same run gives the same bytes."""
    data = written(baseline)
    assert read(data) == baseline
    assert written(read(data)) == data
    assert written(baseline_of(rich())) == data
    assert data.endswith(b"}\n")


def test_one_answer_a_line(baseline: Baseline) -> None:
    """A reviewer sees in the diff which answer changed."""
    answers = sum(len(site.answers) for site in baseline.sites)
    lines = written(baseline).decode().splitlines()
    assert sum('"check"' in line for line in lines) == answers
    assert all(line.count('"check"') <= 1 for line in lines)


def test_what_it_holds(baseline: Baseline) -> None:
    """The run, when it was, by which rules; no title, no note, nothing that a server said."""
    row = json.loads(written(baseline))
    assert row["schema"] == 1
    assert (row["run"], row["at"]) == ("2026-11-22-a1", "2026-11-21T19:30:00Z")
    assert {one["label"] for one in row["editions"]} == {
        "tin-nhiem-mang",
        "nen-tang-website",
        "cap-do-2",
    }
    assert HOSTILE not in json.dumps(row, ensure_ascii=False)


def changed(**to: object) -> Callable[[Row], None]:
    """Some fields of the file otherwise."""
    return lambda row: row.update(to)


def _cut(row: Row) -> None:
    del row["editions"]


def _answer(**to: object) -> Callable[[Row], None]:
    return lambda row: row["sites"][0]["answers"][0].update(to)


def _twice(row: Row) -> None:
    row["sites"][0]["answers"].append(row["sites"][0]["answers"][0])


def _site_twice(row: Row) -> None:
    row["sites"].append(row["sites"][0])


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        pytest.param(changed(schema=2), "has schema 2, and this program reads 1", id="newer"),
        pytest.param(changed(schema=True), "schema", id="a-bool-is-no-number"),
        pytest.param(changed(schema="1"), "schema", id="a-text-is-no-number"),
        pytest.param(changed(extra=1), "extra", id="unknown-field"),
        pytest.param(_cut, "editions", id="cut"),
        pytest.param(changed(editions=[]), "editions", id="no-edition"),
        pytest.param(changed(at="yesterday"), "at", id="no-moment"),
        pytest.param(changed(at="2026-11-21T19:30:00"), "at", id="no-zone"),
        pytest.param(changed(run=""), "run", id="no-run"),
        pytest.param(changed(shipped_lists="x"), "shipped_lists", id="no-hash"),
        pytest.param(changed(sites={}), "sites", id="no-list"),
        pytest.param(changed(sites=[1]), "sites", id="no-site"),
        pytest.param(_answer(outcome="fine"), "outcome", id="no-outcome"),
        pytest.param(_answer(cause="moon"), "cause", id="no-cause"),
        pytest.param(_answer(revision="1"), "revision", id="revision-as-text"),
        pytest.param(_answer(revision=-1), "revision", id="negative"),
        pytest.param(_answer(limits="../../x"), "limits", id="no-short-hash"),
        pytest.param(_answer(note="x"), "note", id="unknown-field-below"),
        pytest.param(_answer(check="x" * 501), "check", id="too-long"),
        pytest.param(_twice, "tells twice of", id="answer-twice"),
        pytest.param(_site_twice, "tells twice of", id="site-twice"),
    ],
)
def test_what_is_none(baseline: Baseline, spoil: Callable[[Row], None], says: str) -> None:
    """One sentence that names the place."""
    row = json.loads(written(baseline))
    spoil(row)
    with pytest.raises(BaselineError, match=says) as told:
        read(json.dumps(row).encode())
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 600


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is no JSON"),
        (b"\xff", "is no UTF-8"),
        (b"[]", "is no baseline"),
        (b'{"schema": 1}', "is no baseline"),
        (b'{"schema": NaN, "sites": []}', "NaN is no number"),
        (b'{"schema": 1, "sites": [', "is no JSON"),
        (b"[" * 200_000, "nested too deep"),
    ],
)
def test_what_is_no_json(data: bytes, says: str) -> None:
    """Told, and never guessed."""
    with pytest.raises(BaselineError, match=says):
        read(data)


def test_bounds(baseline: Baseline) -> None:
    """A file that is too large is not even parsed; one with too many answers is refused."""
    with pytest.raises(BaselineError, match="larger than 64 MiB"):
        read(b" " * (baselines.LIMIT_BYTES + 1))
    head, _, _ = written(baseline).partition(b'"sites": [')
    answer = b'{"check": "x", "revision": 1, "outcome": "met"}'
    many = b",".join([answer] * (baselines.LIMIT_ANSWERS + 1))
    with pytest.raises(BaselineError, match="more than 500000 answers"):
        read(head + b'"sites": [{"unit": "a", "site": "b", "answers": [' + many + b"]}]}")


@given(st.binary(max_size=200))
def test_anything_else_is_refused(data: bytes) -> None:
    """By the one error, never by another."""
    with pytest.raises(BaselineError):
        read(data)


def kinds(past: Past) -> set[ChangeKind]:
    """What became of all answers."""
    return set(past.kinds.values())


def test_the_same_run(baseline: Baseline) -> None:
    """Nothing changed and everything is compared."""
    now = rich()
    past = past_of_file(read(written(baseline)), now)
    assert (past.id, past.kinds, past.rules_changed) == ("2026-11-22-a1", {}, 0)
    assert len(past.outcomes) == len(now.findings)
    assert past.met_otherwise == frozenset()


def test_a_site_that_the_file_does_not_know(baseline: Baseline) -> None:
    """It is compared with nothing, and no rules changed by it."""
    less = baseline.model_copy(update={"sites": baseline.sites[1:]})
    past = past_of_file(less, rich())
    assert past.kinds == {}
    assert {(key[0], key[1]) for key in past.outcomes} == {(s.unit, s.site) for s in less.sites}


def test_a_question_that_the_file_does_not_know(baseline: Baseline) -> None:
    """Other limits or a new check: the rules changed; what was met by the old limits is remembered."""
    first = baseline.sites[0]
    met = next(a for a in first.answers if a.outcome is Outcome.MET and not a.limits)
    others = tuple(a for a in first.answers if a is not met)
    moved = met.model_copy(update={"limits": "0" * 16})
    for answers, remembered in (((*others, moved), True), (others, False)):
        one = first.model_copy(update={"answers": answers})
        past = past_of_file(baseline.model_copy(update={"sites": (one,)}), rich())
        key = (first.unit, first.site, met.check, "")
        assert past.kinds == {key: ChangeKind.RULES_CHANGED}
        assert (key in past.met_otherwise) is remembered
        assert key not in past.outcomes
        assert past.rules_changed == 1


def test_another_revision_but_of_nothing(baseline: Baseline) -> None:
    """What was built by nobody then has revision 0 and is simply open; otherwise a revision is other rules."""
    now = rich()
    by_key = {(f.unit, f.site, f.check): f for f in now.findings}
    site = baseline.sites[0]
    for before, revision, compared in ((1, 2, False), (0, 2, True), (2, 0, True), (3, 3, True)):
        told = site.answers[0]
        finding = replace(by_key[site.unit, site.site, told.check], revision=revision)
        one = site.model_copy(update={"answers": (told.model_copy(update={"revision": before}),)})
        past = past_of_file(
            baseline.model_copy(update={"sites": (one,)}),
            now.model_copy(update={"findings": (finding,)}),
        )
        assert bool(past.outcomes) is compared


def test_other_lists_of_the_operator(baseline: Baseline) -> None:
    """Only the checks that are held against them are not compared."""
    used = ListUsed(name="blocklist-a", dated=date(2026, 11, 1), sha256="ab" * 32, entries=3)
    now = rich()
    now = now.model_copy(update={"run": now.run.model_copy(update={"lists": (used,)})})
    past = past_of_file(baseline, now)
    assert kinds(past) == {ChangeKind.RULES_CHANGED}
    assert {key[2] for key in past.kinds} == ON_LISTS & {f.check for f in now.findings}
    with_list = baseline_of(now)
    assert [(one.name, one.sha256) for one in with_list.lists] == [("blocklist-a", "ab" * 32)]
    assert past_of_file(with_list, now).kinds == {}


def test_other_lists_of_the_program(baseline: Baseline) -> None:
    """Nothing is compared: any check may say something else of the same site."""
    other = baseline.model_copy(update={"shipped_lists": "0" * 64})
    past = past_of_file(other, rich())
    assert past.outcomes == {}
    assert kinds(past) == {ChangeKind.RULES_CHANGED}


class _Watched(Lists):
    """Lists that know who looked at them."""

    def __getattribute__(self, name: str) -> Any:
        if name in ("preload", "block", "betting", "cms"):
            _LOOKED.append(name)
        return super().__getattribute__(name)


_LOOKED: list[str] = []


def test_all_checks_that_read_the_operators_lists_are_known() -> None:
    """Judging the recorded sites shows which checks ask for a list; none of them is missing."""
    sites = json.loads(replay.RECORDING.read_bytes())["sites"]
    watched = {
        name: replace(check, ask=_told_of(check.ask, name)) for name, check in CATALOGUE.items()
    }
    asking.clear()
    rules = Rules(
        editions=tuple(load_shipped(name, CATALOGUE) for name in shipped()),
        citations=citations(),
        checks=watched,
        families={known.id: known.family for known in known_checks().values()},
        enabled=frozenset(check.family for check in CATALOGUE.values()),
        recorded=RECORDED,
        lists=_Watched(),
    )
    inventory = Inventory(
        units=tuple(Unit.model_validate(one["unit"]) for one in sites),
        sites=tuple(Site.model_validate(one["site"]) for one in sites),
        source=Source(file="recorded", sha256="", rows_in=len(sites), rows_accepted=len(sites)),
    )
    assess(replay._run(len(sites)), inventory, rules, replay._evidence(sites))
    assert asking, "nobody looked: the watching does not work"
    assert asking <= ON_LISTS
    assert CATALOGUE.keys() >= ON_LISTS


asking: set[str] = set()


def _told_of(ask: Callable[..., Any], name: str) -> Callable[..., Any]:
    def asked(seen: Any, limits: Any) -> Any:
        before = len(_LOOKED)
        try:
            return ask(seen, limits)
        finally:
            if len(_LOOKED) > before:
                asking.add(name)

    return asked
