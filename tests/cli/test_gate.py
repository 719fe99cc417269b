"""``tinnhiem gate`` and ``baseline``: exit codes over stored runs of real evidence, files, and a git repository."""

import contextlib
import json
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from inventory.model import Excuse
from inventory.readers.lines import site_lines
from scanner.archive.baselines import Baselines
from scanner.archive.store import Store
from scanner.cli import cli
from scanner.cli.gate import gate_command
from tests.builders.runs import (
    AT,
    EDITION,
    UNITS,
    WELL,
    kept_run,
    silent,
    site_of,
    titled,
    unit_of,
    without_header,
)
from tests.cli.command import COMMAND, HOME, Ended, ask, database, environment, told_once
from tests.reports.test_gate_outputs import JUNIT, SARIF, commands, metrics

NO_HSTS = without_header("strict-transport-security")
PLANTED = {WELL: NO_HSTS}
Gate = Callable[..., Ended]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new store."""
    made = Store.open(database(tmp_path / "store.sqlite"))
    yield made
    made.close()


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """``gate`` on that store."""

    def of(*words: object) -> Ended:
        return ask("gate", "--db", database(tmp_path / "store.sqlite"), "--lang", "en", *words)

    return of


def baseline(tmp_path: Path, *words: object) -> Ended:
    """``baseline`` on that store."""
    return ask("baseline", *words, "--db", database(tmp_path / "store.sqlite"))


# ---- stored runs ------------------------------------------------------------------------------------


def test_the_planted_regression_and_nothing_else(store: Store, gate: Gate) -> None:
    """10 on it, with its name; 0 on the same evidence, and 0 when it is mended."""
    kept_run(store, "run-1")
    kept_run(store, "run-2", day=1)
    assert gate().code == 0
    kept_run(store, "run-3", PLANTED, day=2)
    ended = gate()
    assert ended.code == 10
    assert ended.out == ""
    shown = [line for line in ended.err.splitlines() if line.startswith("  ")]
    assert len(shown) == 1
    assert WELL in shown[0]
    assert "hsts-enforced" in shown[0]
    kept_run(store, "run-4", day=3)
    ended = gate()
    assert ended.code == 0
    assert "1 answer got better." in ended.err
    assert gate("--run", "run-3").code == 10


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param((), 10, id="plain"),
        pytest.param(("--fail-on", "to-review,new"), 0, id="other-kinds"),
        pytest.param(("--fail-on", "regressed,not-met"), 10, id="two-kinds"),
        pytest.param(("--fail-on", "new", "--fail-on", "regressed"), 10, id="repeated"),
        pytest.param(("--unit", WELL), 10, id="its-unit"),
        pytest.param(("--unit", UNITS[1]), 0, id="another-unit"),
        pytest.param(("--site", site_of(WELL).host), 10, id="its-host"),
        pytest.param(("--site", site_of(UNITS[1]).url), 0, id="another-address"),
        pytest.param(("--level", "required"), 10, id="its-level"),
        pytest.param(("--baseline", "run-1"), 10, id="by-id"),
        pytest.param(("--baseline", "main"), 10, id="by-name"),
        pytest.param(("--baseline", "gone"), 11, id="no-such-name"),
        pytest.param(("--baseline", "gone.json"), 11, id="no-such-file"),
        pytest.param(("--baseline", "run-2"), 11, id="itself"),
        pytest.param(("--confirmed",), 11, id="no-second-look"),
        pytest.param(("--require-ready", "--fail-on", "new"), 10, id="not-ready"),
        pytest.param(("--criteria", EDITION), 10, id="the-same-criteria"),
        pytest.param(("--criteria", "tin-nhiem-mang-2026-11"), 0, id="criteria-that-do-not-ask"),
        pytest.param(("--fail-on", "worse"), 2, id="no-such-kind"),
        pytest.param(("--unit", "nobody"), 2, id="no-such-unit"),
        pytest.param(("--site", "nobody.vn"), 2, id="no-such-site"),
        pytest.param(("--run", "run-9"), 2, id="no-such-run"),
        pytest.param(("--run", "run-1", "--baseline", "run-2"), 2, id="later-baseline"),
        pytest.param(("--annotations-file", "x"), 2, id="file-of-nothing"),
        pytest.param(("--max-untested", "101"), 2, id="no-share"),
        pytest.param(
            ("--write-baseline", "b.json", "--fail-on", "new"), 2, id="nothing-to-compare"
        ),
    ],
)
def test_options(planted: str, tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    """Each against one planted regression; a wrong use is one sentence."""
    with contextlib.chdir(tmp_path):
        ended = ask("gate", "--db", planted, "--lang", "en", *words)
    assert ended.code == code, str(ended)
    if code == 2:
        assert ended.out == ""
        assert len([line for line in ended.err.splitlines() if line]) <= 5


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with a baseline called main, and the planted regression after it."""
    url = database(tmp_path_factory.mktemp("planted") / "store.sqlite")
    made = Store.open(url)
    try:
        Baselines(made).keep("main", kept_run(made, "run-1"), AT)
        kept_run(made, "run-2", PLANTED, day=1)
    finally:
        made.close()
    return url


def test_a_first_run_has_nothing_to_be_held_against(store: Store, gate: Gate) -> None:
    """11 and the mend; what needs no baseline is answered all the same."""
    assert gate().code == 11
    kept_run(store, "run-1")
    ended = gate()
    assert (ended.code, "There is no baseline: latest-before" in ended.err) == (11, True)
    assert gate("--fail-on", "not-met").code == 10


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        pytest.param({"state": "stopped"}, 11, id="stopped"),
        pytest.param({"state": "running"}, 11, id="running"),
        pytest.param({"held": "the line was down"}, 11, id="held"),
        pytest.param({}, 10, id="sound"),
    ],
)
def test_a_run_that_accuses_nobody(
    store: Store, gate: Gate, changed: dict[str, Any], code: int
) -> None:
    """Stopped, running or held: could not tell, and no word of worse; the newest run is meant, not the one before."""
    kept_run(store, "run-1")
    kept_run(store, "run-2", PLANTED, day=1, **changed)
    ended = gate()
    assert ended.code == code
    assert ("got worse:" in ended.err) is (code == 10)


@pytest.mark.parametrize("changed", [{"state": "stopped"}, {"held": "the line was down"}])
def test_a_baseline_that_accuses_nobody(
    store: Store, gate: Gate, tmp_path: Path, changed: dict[str, Any]
) -> None:
    """``latest-before`` passes it by; named itself it leaves the gate without an answer; it gets no name."""
    kept_run(store, "run-1")
    kept_run(store, "run-2", {WELL: silent}, day=1, **changed)
    kept_run(store, "run-3", PLANTED, day=2)
    assert gate().code == 10
    assert "held against run-1" in gate().err
    assert gate("--baseline", "run-2").code == 11
    refused = baseline(tmp_path, "set", "main", "--run", "run-2")
    assert refused.code == 2
    assert "baseline" in told_once(refused)


def test_silence(store: Store, gate: Gate) -> None:
    """A site that timed out is no regression; beyond the share it is *could not tell*."""
    kept_run(store, "run-1")
    kept_run(store, "run-2", {WELL: silent}, day=1)
    ended = gate()
    assert ended.code == 11
    assert "Too many answers could not be found" in ended.err
    assert gate("--max-untested", "50").code == 0


def stricter(folder: Path) -> str:
    """The shipped edition under another bar for HSTS, which no site meets."""
    text = (HOME / f"checks/criteria/data/{EDITION}.toml").read_text(encoding="utf-8")
    assert text.count("31_536_000") == 1
    file = folder / "stricter.toml"
    file.write_text(text.replace("31_536_000", "999_999_999"), encoding="utf-8")
    return str(file)


def test_new_rules_are_no_regression(store: Store, gate: Gate, tmp_path: Path) -> None:
    """A stricter edition finds the same evidence wanting: before as now, so nothing got worse."""
    file = tmp_path / "baseline.json"
    kept_run(store, "run-1")
    assert gate("--write-baseline", file).code == 0
    kept_run(store, "run-2", day=1, criteria=(stricter(tmp_path),))
    ended = gate()
    assert ended.code == 0
    assert "because the rules changed" in ended.err
    assert gate("--fail-on", "not-met", "--unit", WELL).code == 10
    ended = gate("--baseline", file)
    assert ended.code == 0
    assert "because the rules changed" in ended.err
    # What is met by the old rules alone is counted among what nobody can tell.
    assert gate("--baseline", file, "--max-untested", "0").code == 11


def test_an_excuse(store: Store, gate: Gate) -> None:
    """While it lives its finding shuts nothing and is counted; the day after it does."""
    excuse = Excuse(
        unit=WELL,
        check="hsts-enforced",
        reason="nhà cung cấp đang thay máy chủ",
        granted_by="Sở GDĐT",
        until_on=date(2026, 11, 23),
    )
    kept_run(store, "run-1")
    kept_run(store, "run-2", PLANTED, day=1, excuses=(excuse,))
    ended = gate()
    assert (ended.code, "1 finding is excused." in ended.err) == (0, True)
    kept_run(store, "run-3", PLANTED, day=2, excuses=(excuse,))
    assert gate("--baseline", "run-1").code == 10


def test_confirmed(store: Store, gate: Gate) -> None:
    """With the second look of the same run a regression counts."""
    kept_run(store, "run-1")
    kept_run(store, "run-2", PLANTED, day=1, looked_again=(WELL,))
    assert gate("--confirmed").code == 10


def test_a_newer_program_wrote_the_evidence(store: Store, gate: Gate) -> None:
    """Evidence of another schema cannot be judged anew: nothing of it is held against the site."""

    def of_another_schema(evidence: dict[str, Any]) -> dict[str, Any]:
        return {
            kind: told | ({"schema": 99} if "schema" in told else {})
            for kind, told in evidence.items()
        }

    kept_run(store, "run-1", dict.fromkeys(UNITS, of_another_schema))
    kept_run(store, "run-2", PLANTED, day=1)
    assert gate().code == 11


# ---- names ------------------------------------------------------------------------------------------


def test_names(store: Store, tmp_path: Path) -> None:
    """Set, moved, listed, removed; the run stays."""
    kept_run(store, "run-1")
    kept_run(store, "run-2", day=1)
    assert baseline(tmp_path, "list").out == ""
    assert baseline(tmp_path, "set", "main").out == "main: run-2\n"
    assert baseline(tmp_path, "set", "main", "--run", "run-1").out == "main: run-1\n"
    assert baseline(tmp_path, "set", "a.b_c-1").code == 0
    lines = baseline(tmp_path, "list").out.splitlines()
    assert [line.split()[:2] for line in lines] == [["a.b_c-1", "run-2"], ["main", "run-1"]]
    assert baseline(tmp_path, "remove", "main").code == 0
    assert told_once(baseline(tmp_path, "remove", "main")).startswith("no baseline 'main'")
    assert [row.id for row in store.runs()] == ["run-2", "run-1"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a b",
        "../x",
        "-x",
        "x.json",
        "latest",
        "latest-before",
        "run-1",
        "x" * 65,
        "tên",
        "a\nb",
    ],
)
def test_what_is_no_name(store: Store, tmp_path: Path, name: str) -> None:
    """Refused with exit 2 and no name kept."""
    kept_run(store, "run-1")
    ended = ask("baseline", "set", "--db", database(tmp_path / "store.sqlite"), "--", name)
    assert ended.code == 2
    told_once(ended)
    assert Baselines(store).all() == []


def test_no_run_to_name(store: Store, tmp_path: Path) -> None:
    """Told."""
    assert "no run at all" in told_once(baseline(tmp_path, "set", "main"))
    assert "no run x" in told_once(baseline(tmp_path, "set", "main", "--run", "x"))


def test_a_damaged_store(tmp_path: Path) -> None:
    """Exit 1, one sentence, nothing written."""
    file = tmp_path / "store.sqlite"
    file.write_bytes(b"no database at all" * 100)
    for words in (("gate", "--sarif", tmp_path / "x"), ("baseline", "list")):
        ended = ask(*words, "--db", database(file))
        assert ended.code == 1
        told_once(ended)
    assert not (tmp_path / "x").exists()


# ---- files ------------------------------------------------------------------------------------------


def test_a_baseline_file(store: Store, gate: Gate, tmp_path: Path) -> None:
    """Written by one run; the next is held against it, and takes its place only where the gate passes."""
    file = tmp_path / "baseline.json"
    kept_run(store, "run-1")
    assert gate("--write-baseline", file).code == 0
    first = file.read_bytes()
    assert gate("--baseline", file).code == 0
    kept_run(store, "run-2", PLANTED, day=1)
    ended = gate("--baseline", file, "--write-baseline", file)
    assert ended.code == 10
    assert file.read_bytes() == first
    kept_run(store, "run-3", day=2)
    assert gate("--baseline", file, "--write-baseline", file).code == 0
    assert json.loads(file.read_bytes())["run"] == "run-3"
    assert gate("--baseline", file, "--run", "run-1").code == 2
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("changed", [{"state": "stopped"}, {"held": "line"}])
def test_no_baseline_of_a_run_that_accuses_nobody(
    store: Store, gate: Gate, tmp_path: Path, changed: dict[str, Any]
) -> None:
    """11, and no file."""
    kept_run(store, "run-1", **changed)
    assert gate("--write-baseline", tmp_path / "b.json").code == 11
    assert not (tmp_path / "b.json").exists()


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"schema": 2, "sites": []}'])
def test_a_file_that_is_no_baseline(
    store: Store, gate: Gate, tmp_path: Path, content: bytes
) -> None:
    """One sentence with the mend, exit 2: a broken file is no missing one."""
    kept_run(store, "run-1")
    file = tmp_path / "b.json"
    file.write_bytes(content)
    assert "write it anew" in told_once(gate("--baseline", file))
    assert gate("--baseline", file).code == 2
    folder = tmp_path / "folder.json"
    folder.mkdir()
    assert gate("--baseline", folder).code == 2


def test_every_output_at_once(store: Store, gate: Gate, tmp_path: Path) -> None:
    """Valid by the schemas of others; what is there is replaced whole; what cannot be written is told."""
    kept_run(store, "run-1")
    kept_run(
        store, "run-2", {WELL: NO_HSTS}, day=1, names={WELL: "x\n::error::<b>|a|</b> ##[error]"}
    )
    (tmp_path / "a.sarif").write_bytes(b"older")
    ended = gate(
        *("--sarif", tmp_path / "a.sarif", "--junit", tmp_path / "a.xml"),
        *("--prometheus", tmp_path / "a.prom", "--markdown", tmp_path / "a.md"),
        *("--annotations", "github", "--docs-url", "https://docs.example/d"),
    )
    assert ended.code == 10
    log = json.loads((tmp_path / "a.sarif").read_bytes())
    assert list(SARIF.iter_errors(log)) == []
    rule = log["runs"][0]["tool"]["driver"]["rules"][0]
    assert rule["helpUri"] == f"https://docs.example/d/checks/{rule['id']}.md"
    for schema in JUNIT:
        schema.validate((tmp_path / "a.xml").read_text(encoding="utf-8"))
    assert metrics((tmp_path / "a.prom").read_bytes())
    assert (tmp_path / "a.md").read_text(encoding="utf-8").startswith("## ❌")
    (told,) = commands(ended.out.encode())
    assert told[0] == "error"
    assert not any("##[" in line or line.startswith("::") for line in ended.err.splitlines())
    refused = gate("--sarif", tmp_path / "nowhere" / "a.sarif")
    assert refused.code == 1
    assert "a.sarif" in refused.err


def test_files_are_readable_by_others(store: Store, gate: Gate, tmp_path: Path) -> None:
    """The collector of metrics is another user."""
    kept_run(store, "run-1")
    gate("--prometheus", tmp_path / "a.prom")
    if os.name == "posix":
        assert (tmp_path / "a.prom").stat().st_mode & 0o777 == 0o644


def test_markdown_and_annotations_go_where_they_are_sent(
    store: Store, gate: Gate, tmp_path: Path
) -> None:
    """To standard output by ``-``, to a file by its name, GitLab's to its usual name."""
    kept_run(store, "run-1")
    kept_run(store, "run-2", PLANTED, day=1)
    assert gate("--markdown", "-").out.startswith("## ❌")
    with contextlib.chdir(tmp_path):
        assert gate("--annotations", "gitlab").out == ""
        gate("--annotations", "github", "--annotations-file", "a.txt")
    assert json.loads((tmp_path / "gl-code-quality-report.json").read_bytes())
    assert commands((tmp_path / "a.txt").read_bytes())


def test_reports_of_one_run_alone(store: Store, tmp_path: Path) -> None:
    """``judge --also``: the same formats in a report, valid, and none of them unasked."""
    kept_run(store, "run-1")
    url = database(tmp_path / "store.sqlite")
    asked = [word for name in ("sarif", "junit", "prometheus") for word in ("--also", name)]
    assert ask("judge", "--db", url, "--out", tmp_path / "a", *asked).code == 0
    data = tmp_path / "a" / "data"
    log = json.loads((data / "findings.sarif").read_bytes())
    assert list(SARIF.iter_errors(log)) == []
    assert log["runs"][0]["results"]
    for schema in JUNIT:
        schema.validate((data / "junit.xml").read_text(encoding="utf-8"))
    assert metrics((data / "metrics.prom").read_bytes())
    assert ask("judge", "--db", url, "--out", tmp_path / "b").code == 0
    assert not {"findings.sarif", "junit.xml", "metrics.prom"} & {
        file.name for file in (tmp_path / "b" / "data").iterdir()
    }


INVENTORY = "unit_id,unit_name,kind,commune,url\n"


def inventory_rows(units: tuple[str, ...]) -> str:
    """The inventory of these units as a file."""
    rows = [
        f"{unit},{unit_of(unit).name},{unit_of(unit).kind.value},{unit_of(unit).commune},{site_of(unit).url}"
        for unit in units
    ]
    return INVENTORY + "\n".join(rows) + "\n"


@pytest.mark.parametrize("form", ["csv", "yaml", "json"])
def test_lines_of_an_inventory(tmp_path: Path, form: str) -> None:
    """Each site at its row, whatever else is wrong with the file."""
    file = tmp_path / f"a.{form}"
    if form == "csv":
        file.write_text(inventory_rows(UNITS) + ",,,,\nx,,,,not an address\n", encoding="utf-8")
        wanted = {(unit, site_of(unit).url): at for at, unit in enumerate(UNITS, 2)}
    elif form == "yaml":
        text = "rows:\n" + "".join(f"  - unit_id: {u}\n    url: {site_of(u).url}\n" for u in UNITS)
        file.write_text(text, encoding="utf-8")
        wanted = {(unit, site_of(unit).url): 2 + 2 * at for at, unit in enumerate(UNITS)}
    else:
        rows = ",\n".join(json.dumps({"unit_id": u, "url": site_of(u).url}) for u in UNITS)
        file.write_text('{"rows": [\n' + rows + "\n]}\n", encoding="utf-8")
        wanted = {(unit, site_of(unit).url): 2 + at for at, unit in enumerate(UNITS)}
    assert dict(site_lines(file)) == wanted


def test_an_inventory_that_cannot_be_read(store: Store, gate: Gate, tmp_path: Path) -> None:
    """Exit 2 with its name."""
    kept_run(store, "run-1")
    file = tmp_path / "a.csv"
    file.write_bytes(b"\xff\xfe\x00")
    ended = gate("--inventory", file)
    assert (ended.code, "a.csv" in ended.err) == (2, True)


# ---- a git repository -------------------------------------------------------------------------------

CITY = (WELL, "thpt-hai-dang", "th-cau-vong", "mn-vang-anh", "thcs-cho-moi", "th-song-que")
GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@localhost",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@localhost",
    "GIT_TERMINAL_PROMPT": "0",
}


def git(folder: Path, *words: str) -> None:
    """One git command in a folder; nothing of the user's own settings."""
    subprocess.run(  # noqa: S603  No shell.
        ["git", *words],  # noqa: S607  Wherever git is.
        cwd=folder,
        env={**os.environ, **GIT},
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two commits for each way it may go on: inventory, store and baseline; then a changed one with the next run."""
    folder = tmp_path_factory.mktemp("repository")
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "inventory.csv").write_text(inventory_rows(CITY), encoding="utf-8")
    url = database(folder / "store.sqlite")
    made = Store.open(url)
    kept_run(made, "run-1", {"th-cau-vong": NO_HSTS}, units=CITY)
    made.close()
    with contextlib.chdir(folder):
        assert ask("gate", "--db", url, "--write-baseline", "baseline.json").code == 0
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Inventory and baseline")
    strict = stricter(tmp_path_factory.mktemp("rules"))
    ways: dict[str, dict[str, Any]] = {
        "harmless": {
            # A rule changed, one site could not be looked at, one got better, one has another title.
            "changed": {"th-song-que": silent, "thpt-hai-dang": titled("Tiêu đề mới")},
            "criteria": (strict,),
        },
        "regressed": {"changed": {"th-song-que": silent, **PLANTED}},
        "blind": {"changed": dict.fromkeys(CITY[:4], silent)},
        "held": {"changed": PLANTED, "held": "the line was down"},
        "stopped": {"changed": PLANTED, "state": "stopped", "only_looked": CITY[:3]},
    }
    for name, way in ways.items():
        git(folder, "checkout", "--quiet", "-b", name, "main")
        # A line more above the schools: findings point at where they stand now.
        text = inventory_rows(CITY).replace(INVENTORY, "# danh sách năm học mới,,,,\n" + INVENTORY)
        (folder / "inventory.csv").write_text(text, encoding="utf-8")
        made = Store.open(url)
        kept_run(made, "run-2", units=CITY, day=1, **way)
        made.close()
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", f"--message={name}")
    return folder


def steps(file: str) -> list[list[str]]:
    """The commands of ours in an example workflow, as a runner would split them."""
    told = YAML(typ="safe").load((HOME / "docs/examples" / file).read_text(encoding="utf-8"))
    jobs = told.get("jobs", told).values()
    runs: list[str] = []
    for job in (one for one in jobs if isinstance(one, dict)):
        runs += [step["run"] for step in job.get("steps", ()) if "run" in step]
        runs += job.get("script", ())
    return [words for words in map(shlex.split, runs) if words[0] == "tinnhiem"]


@pytest.mark.parametrize(
    ("branch", "code"),
    [("harmless", 0), ("regressed", 10), ("blind", 11), ("held", 11), ("stopped", 11)],
)
def test_the_gate_in_a_git_repository(
    repository: Path, tmp_path: Path, branch: str, code: int
) -> None:
    """A clone of the branch, and in it the very command of the example workflow, without a shell."""
    git(tmp_path, "clone", "--quiet", "--branch", branch, str(repository), "clone")
    clone = tmp_path / "clone"
    (words,) = [words for words in steps("github-actions.yml") if words[1] == "gate"]
    with contextlib.chdir(clone):
        ended = ask(*words[1:])
    assert ended.code == code, str(ended)
    log = json.loads((clone / "gate.sarif").read_bytes())
    worse = [
        (one["ruleId"], one["locations"][0]["physicalLocation"])
        for one in log["runs"][0]["results"]
        if one["properties"]["state"] == "regressed"
    ]
    place = {
        "artifactLocation": {"uri": "inventory.csv", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3},
    }
    assert worse == ([("hsts-enforced", place)] if code == 10 else [])
    assert (clone / "gate-junit.xml").read_text(encoding="utf-8").count("<failure") == len(worse)
    assert [kind for kind, *_ in commands(ended.out.encode())].count("error") == len(worse)


def test_the_gate_as_a_process_of_its_own(repository: Path, tmp_path: Path) -> None:
    """Exit code, both streams and files, as a CI job sees them."""
    git(tmp_path, "clone", "--quiet", "--branch", "regressed", str(repository), "clone")
    (words,) = [words for words in steps("gitlab-ci.yml") if words[1] == "gate"]
    done = subprocess.run(  # noqa: S603  Our own interpreter and module, no shell.
        [*COMMAND, *words[1:]],
        cwd=tmp_path / "clone",
        env=environment(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 10, done.stderr.decode()
    assert done.stdout == b""
    issues = json.loads((tmp_path / "clone" / "gl-code-quality-report.json").read_bytes())
    worse = [one for one in issues if one["severity"] != "info"]
    assert [one["check_name"] for one in worse] == ["hsts-enforced"]
    assert worse[0]["location"] == {"path": "inventory.csv", "lines": {"begin": 3}}
    assert b"Traceback" not in done.stderr


# ---- the examples -----------------------------------------------------------------------------------

EXAMPLES = sorted(path.name for path in (HOME / "docs/examples").glob("*.yml"))


def test_there_are_examples() -> None:
    """One for each of the two."""
    assert EXAMPLES == ["github-actions.yml", "gitlab-ci.yml"]


@pytest.mark.parametrize("file", EXAMPLES)
def test_examples_use_the_real_options(file: str) -> None:
    """Every command of ours in them is parsed by the command itself."""
    found = steps(file)
    assert {words[1] for words in found} == {"scan", "gate"}
    for words in found:
        command = cli.get_command(click.Context(cli), words[1])
        assert command is not None
        options = {name for param in command.params for name in param.opts}
        used = [word for word in words[2:] if word.startswith("--")]
        assert set(used) <= options, words
        if words[1] == "gate":
            given = [
                word if word != "inventory.csv" else str(HOME / "pyproject.toml")
                for word in words[2:]
            ]
            assert gate_command.make_context("gate", given).params["baseline"] == "baseline.json"


@pytest.mark.parametrize("file", EXAMPLES)
def test_examples_hold_no_secret_and_no_hole(file: str) -> None:
    """No value of a stranger in a command line, no token, no tab, and strict YAML without a key twice."""
    text = (HOME / "docs/examples" / file).read_text(encoding="utf-8")
    assert "${{ secrets" not in text
    assert "${{ github.event" not in text
    assert "\t" not in text
    assert not any(word in text.lower() for word in ("password", "token:", "api_key"))
    told = YAML(typ="safe").load(text)
    assert isinstance(told, dict)


def test_the_page_names_only_real_options() -> None:
    """Every ``--option`` in docs/gate.md is one of gate, baseline or scan."""
    import re

    text = (HOME / "docs/gate.md").read_text(encoding="utf-8")
    known = set()
    for name in ("gate", "scan", "judge"):
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        known |= {opt for param in command.params for opt in param.opts}
    used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    assert used <= known
    missing = {o for p in gate_command.params for o in p.opts if o.startswith("--")} - used
    assert missing == set(), "docs/gate.md tells of every option"
