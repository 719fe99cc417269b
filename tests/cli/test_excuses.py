"""The life of an excuse through the command line and a real database; documents; files of records."""

import csv
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from checks.days import day_of
from inventory.model import Inventory, Source, UnitState
from inventory.settings import DEFAULTS
from scanner.archive.store import RunRow, Store
from scanner.cli.judging import assess_run, load_editions
from scanner.cli.past import Remembered, conclude
from scanner.clock import now
from tests.builders.judged import unit
from tests.builders.web import exchange, hop, http, site
from tests.cli.command import Ended, Row, ask, database, told_once

EDITION = """
schema_version = 1
label = "thu"
edition = "2026-11"
title_vi = "Thử"
title_en = "Trial"
issued_on = 2026-11-01

[[criterion]]
id = "cookies"
text_vi = "Cookie"
text_en = "Cookies"
level = "required"
cites = ["khuyen-nghi-ky-thuat"]
[[criterion.all_of]]
check = "cookies-protected"

[[criterion]]
id = "reach"
text_vi = "Vào được"
text_en = "Reached"
level = "required"
cites = ["khuyen-nghi-ky-thuat"]
[[criterion.all_of]]
check = "site-reachable"

[[criterion]]
id = "backup"
text_vi = "Khôi phục thử"
text_en = "Restored"
level = "required"
cites = ["khuyen-nghi-ky-thuat"]
attested = "backup-restored"
evidence_max_age_days = 365
"""

OPEN_COOKIE = "PHPSESSID=1; Secure; SameSite=Lax"
"""Without HttpOnly."""
WIDE_COOKIE = "PHPSESSID=1; Secure"
"""Without HttpOnly and SameSite."""
GOOD_COOKIE = "PHPSESSID=1; Secure; HttpOnly; SameSite=Lax"
CHECK = "cookies-protected"


@dataclass
class World:
    """A database of runs, one a day from today on, and what a command says of it."""

    folder: Path
    edition: Path
    days: int = 0

    @property
    def db(self) -> str:
        """Its address."""
        return database(self.folder / "store.sqlite")

    def today(self, days: int = 0) -> str:
        """So many days from today, in Vietnam."""
        return (day_of(now()) + timedelta(days)).isoformat()

    def at(self, days: int) -> datetime:
        """The moment of the run of that day: a while after everything that is entered today."""
        return now() + timedelta(days=days, hours=0, minutes=1)

    def ran(self, cookie: str | None, *, held: str = "", state: str = "complete") -> str:
        """The next day's run saw this cookie (``None``: saw nothing); its id."""
        self.days += 1
        moment = self.at(self.days)
        store = Store.open(self.db)
        try:
            run = self._kept(store, f"run-{self.days}", cookie, moment, held, state)
            editions = load_editions((str(self.edition),))
            assess = Remembered(
                lambda row: assess_run(store, row, editions, row.judged_at or moment)
            )
            if run.state == "complete":
                conclude(store, run, assess, DEFAULTS)
        finally:
            store.close()
        return run.id

    def _kept(
        self, store: Store, name: str, cookie: str | None, at: datetime, held: str, state: str
    ) -> RunRow:
        school, closed = unit("school-1"), unit("school-2", state=UnitState.CLOSED)
        inventory = Inventory(
            units=(school, closed),
            sites=(site(),),
            permission=None,
            source=Source(file="a.yaml", sha256="", rows_in=1, rows_accepted=1),
        )
        plan = {
            "families": ["reach", "http"],
            "trust_stores": [],
            "user_agent": "",
            "criteria": [{"name": "thu.toml", "text": self.edition.read_text(encoding="utf-8")}],
        }
        run = store.begin_run(
            id=name,
            started_at=at,
            version="1",
            vantage="",
            inventory=inventory.model_dump_json().encode(),
            plan=json.dumps(plan, sort_keys=True).encode(),
            sites_planned=1,
        )
        if cookie is not None:
            seen = http(https=exchange(hop(changed={"Set-Cookie": cookie})))
            store.keep_look(
                run, site().url, {"http": seen}, captured_at=at, duration_ms=1.0, volatile={}
            )
        store.end_run(run, state=state, ended_at=at, judged_at=at, held=held)
        return store.run(name)

    def excuse(self, *words: object) -> Ended:
        """``tinnhiem excuse …`` on this database."""
        return ask("excuse", *words, "--db", self.db)

    def attest(self, *words: object) -> Ended:
        """``tinnhiem attest …`` on this database."""
        return ask("attest", *words, "--db", self.db)

    def added(self, *words: object) -> str:
        """The id of an excuse that was just added."""
        asked = ("--reason", "chờ nhà cung cấp", "--by", "Phó Giám đốc Sở")
        ended = self.excuse("school-1", CHECK, "--until", self.today(60), *asked, *words)
        assert ended.code == 0, str(ended)
        return ended.out.split()[1].rstrip(":")

    def judged(self, run: str, *words: object) -> Ended:
        """``tinnhiem judge`` of a run."""
        out = self.folder / "out"
        return ask("judge", "--run", run, "--db", self.db, "--out", out, *words)

    def status(self, run: str, *words: object, criterion: str = "cookies") -> tuple[str, str]:
        """The verdict on a criterion in a run, as judged now, with and without excuses."""
        ended = self.judged(run, *words)
        assert ended.code == 0, str(ended)
        lines = (self.folder / "out" / "data" / "verdicts.jsonl").read_bytes().splitlines()
        (row,) = [row for row in map(json.loads, lines) if row["criterion"] == criterion]
        return row["status"], row["status_without_excuses"]

    def listed(self, *words: object) -> list[Row]:
        """``tinnhiem excuse list --json``."""
        ended = self.excuse("list", "--json", *words)
        assert ended.code == 0, str(ended)
        rows: list[Row] = json.loads(ended.out)
        return rows


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A database with one complete run, which saw a cookie without HttpOnly."""
    edition = tmp_path / "thu.toml"
    edition.write_text(EDITION, encoding="utf-8")
    made = World(tmp_path, edition)
    made.ran(OPEN_COOKIE)
    return made


EXCUSED, ACCUSED = ("excused", "unfulfilled"), ("unfulfilled", "unfulfilled")
MET, UNKNOWN = ("fulfilled", "fulfilled"), ("unknown", "unknown")


@pytest.mark.parametrize(
    ("cookies", "expected", "why"),
    [
        pytest.param([OPEN_COOKIE], [EXCUSED], None, id="as-it-was"),
        pytest.param([WIDE_COOKIE], [ACCUSED], "changed", id="another-weak-spot"),
        pytest.param([GOOD_COOKIE, OPEN_COOKIE], [MET, ACCUSED], "mended", id="mended-and-back"),
        pytest.param([None, OPEN_COOKIE], [UNKNOWN, EXCUSED], None, id="not-tested-between"),
        pytest.param([WIDE_COOKIE, OPEN_COOKIE], [ACCUSED, ACCUSED], "changed", id="dead-stays-dead"),
    ],
)  # fmt: skip
def test_a_life_in_runs(
    world: World, cookies: list[str | None], expected: list[tuple[str, str]], why: str | None
) -> None:
    """Judged by the command from the database, run after run; and judged again, each says the same."""
    world.added()
    runs = [world.ran(cookie) for cookie in cookies]
    for _ in range(2):
        assert [world.status(run) for run in runs] == expected
    (row,) = world.listed(*(["--dead"] if why else []))
    assert (row["alive"], row["why"]) == (why is None, why)


def test_it_is_bound_to_what_was_there_when_it_was_granted(world: World) -> None:
    """Not to whatever the next run finds."""
    world.added()
    (row,) = world.listed()
    assert row["finding"].startswith("r")
    assert "not-met" in row["finding"].split()
    assert world.status(world.ran(WIDE_COOKIE)) == ACCUSED


@pytest.mark.parametrize("how", [{"held": "our line"}, {"state": "stopped"}])
def test_a_held_or_partial_run_ends_no_life(world: World, how: dict[str, str]) -> None:
    """What our own bad day shows is nobody's fault."""
    world.added()
    world.ran(GOOD_COOKIE, **how)
    assert world.status(world.ran(OPEN_COOKIE)) == EXCUSED


def test_its_last_day_and_the_day_after(world: World) -> None:
    """The same run, judged on both sides of midnight in Vietnam."""
    world.added()
    run = world.ran(OPEN_COOKIE)
    last = world.today(60)
    assert world.status(run, "--as-of", f"{last}T23:59:59+07:00") == EXCUSED
    after = datetime.fromisoformat(f"{last}T23:59:59+07:00") + timedelta(seconds=1)
    assert world.status(run, "--as-of", after.isoformat()) == ACCUSED


def test_an_old_run_is_judged_by_what_was_alive_then(world: World) -> None:
    """Not by what came later, and not by what was ended later, unless it is asked as of later."""
    before = "run-1"
    name = world.added()
    assert world.status(before, "--as-of", (now() - timedelta(days=1)).isoformat()) == ACCUSED
    assert world.status(before, "--as-of", world.at(1).isoformat()) == EXCUSED
    run = world.ran(OPEN_COOKIE)
    killer = world.ran(WIDE_COOKIE)
    assert world.status(killer) == ACCUSED
    assert world.status(run) == EXCUSED
    assert world.listed("--dead")[0]["id"] == name


def test_before_and_after_are_counted(world: World) -> None:
    """On the pages, in run.json and in units.csv."""
    world.attest("school-1", "backup-restored", "--number", "9/BB", "--issued-on", world.today(-9))
    world.added("--number", "12/TB")
    world.judged(world.ran(OPEN_COOKIE), "--lang", "vi")
    out = world.folder / "out"
    totals = json.loads((out / "data" / "run.json").read_bytes())["totals"]
    assert (totals["ready"], totals["not-ready"]) == (1, 0)
    assert totals["without_excuses"] == {"ready": 0, "not-ready": 1, "undecided": 0}
    assert totals["excused"] == {"units": 1, "criteria": 1}
    text = (out / "data" / "units.csv").read_text(encoding="utf-8-sig")
    (row,) = list(csv.DictReader(text.splitlines()))
    assert (row["readiness"], row["readiness_without_excuses"]) == ("ready", "not-ready")
    assert (row["required_excused"], row["unfulfilled_without_excuses"]) == ("1", "1")
    city = (out / "index.html").read_text(encoding="utf-8")
    assert "1 đơn vị có tiêu chí bắt buộc đang được tạm chấp nhận." in city
    counts = "Không kể phần tạm chấp nhận: 0 sẵn sàng, 1 chưa sẵn sàng, 0 chưa kết luận được."
    assert counts in city
    page = (out / "units" / "school-1.html").read_text(encoding="utf-8")
    assert "Không kể phần tạm chấp nhận: Chưa sẵn sàng, 1 tiêu chí bắt buộc không đạt." in page
    assert "(người chấp nhận: Phó Giám đốc Sở, 12/TB)" in page


def test_somebody_ends_it(world: World) -> None:
    """From then on; told once, and told apart from an id that never was."""
    name = world.added()
    ended = world.excuse("end", name)
    assert (ended.code, ended.out) == (0, f"{name}: ended\n")
    assert world.status(world.ran(OPEN_COOKIE)) == ACCUSED
    (row,) = world.listed("--dead")
    assert (row["why"], row["died_on"]) == ("ended", world.today())
    again = world.excuse("end", name)
    assert (again.code, "ended on" in told_once(again)) == (2, True)
    assert "no such record" in told_once(world.excuse("end", "ffff"))
    assert world.attest("end", name).code == 2


def test_lists(world: World) -> None:
    """In words and for programs; by what is due."""
    assert "no excuse that holds" in world.excuse("list").out
    name = world.added("--number", "12/TB")
    line = world.excuse("list").out
    assert all(
        word in line for word in (name, CHECK, "12/TB", "Phó Giám đốc Sở", "(60 days)", "database")
    )
    assert world.listed("--due", 59) == []
    assert [row["id"] for row in world.listed("--due", 60)] == [name]
    assert "no excuse that has died" in world.excuse("list", "--dead").out
    world.ran(GOOD_COOKIE)
    assert "the fault was mended" in world.excuse("list", "--dead").out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("school-9", CHECK), "no unit 'school-9': did you mean 'school-", id="unit"),
        pytest.param(("school-1", "cookie-protected"), "did you mean 'cookies-protected'", id="check"),
        pytest.param(("school-1", "backup-restored"), "decided by a document", id="attested"),
        pytest.param(("school-1", CHECK, "--until", "2020-01-01"), "is over", id="past"),
        pytest.param(("school-1", CHECK, "--until", "2099-01-01"), "not for ever", id="for-ever"),
        pytest.param(("school-1", CHECK, "--site", "other.edu.vn"), "no such address", id="site"),
        pytest.param(("school-1", CHECK, "--reason", " "), "--reason is blank", id="blank"),
        pytest.param(("school-1", CHECK, "--by", "x" * 501), "--by is longer", id="long"),
    ],
)  # fmt: skip
def test_what_is_refused(world: World, words: tuple[str, ...], says: str) -> None:
    """At once, in one sentence, and nothing is kept."""
    given = {"--until": world.today(9), "--reason": "r", "--by": "b"}
    rest = [part for key, value in given.items() if key not in words for part in (key, value)]
    ended = world.excuse("add", *words, *rest)
    assert ended.code == 2, str(ended)
    assert says in told_once(ended)
    assert world.listed() == []


def test_the_longest_excuse(world: World) -> None:
    """366 days are taken, 367 are not."""
    words = ("school-1", CHECK, "--reason", "r", "--by", "b", "--until")
    assert world.excuse(*words, world.today(366)).code == 0
    ended = world.excuse(*words, world.today(367))
    assert (ended.code, world.today(366) in told_once(ended)) == (2, True)
    assert "no day such as" in world.excuse(*words, "soon").err


@pytest.mark.parametrize(
    ("cookie", "says"), [(GOOD_COOKIE, "is met in run run-2"), (None, "found no answer")]
)
def test_a_check_that_is_met_is_warned_of(world: World, cookie: str | None, says: str) -> None:
    """It is taken all the same: somebody may know of what is to come."""
    world.ran(cookie)
    asked = ("school-1", CHECK, "--until", world.today(9), "--reason", "r", "--by", "b")
    ended = world.excuse(*asked)
    assert (ended.code, says in ended.err) == (0, True), str(ended)
    (row,) = world.listed()
    assert row["finding"] == ""
    assert world.status(world.ran(OPEN_COOKIE)) == EXCUSED


def test_one_address_of_the_unit(world: World) -> None:
    """By its host or its whole address."""
    world.added("--site", site().host)
    (row,) = world.listed()
    assert row["site"] == site().url


def test_an_excuse_whose_address_is_gone(world: World) -> None:
    """It is still listed, and can be ended."""
    asked = ("--until", world.today(9), "--reason", "r", "--by", "b")
    assert world.excuse("school-2", CHECK, *asked).code == 0
    (row,) = world.listed()
    assert (row["unit"], row["site"]) == ("school-2", "")
    assert world.excuse("end", row["id"]).code == 0


def test_no_run_yet(tmp_path: Path) -> None:
    """Then nobody knows the units; an inventory does."""
    db = database(tmp_path / "empty.sqlite")
    words = ("excuse", "a", CHECK, "--until", "2099-01-01", "--reason", "r", "--by", "b")
    words = (*words[:4], (day_of(now()) + timedelta(9)).isoformat(), *words[5:])
    ended = ask(*words, "--db", db)
    assert (ended.code, "--inventory FILE" in told_once(ended)) == (2, True)
    assert ask("excuse", "list", "--db", db).out == "no excuse that holds\n"
    assert ask("attest", "list", "--db", db).out == "no document\n"
    unusable = ask("excuse", "list", "--db", "nonsense")
    assert (unusable.code, "--db" in told_once(unusable)) == (1, True)


# --- documents


def test_a_document_decides(world: World) -> None:
    """From the day on which it is entered, until it is taken back."""
    run = world.ran(OPEN_COOKIE)
    assert world.status(run, criterion="backup")[0] == "unknown"
    words = ("--number", "9/BB", "--issued-on", world.today(-340))
    ended = world.attest("school-1", "backup-restored", *words)
    assert ended.code == 0, str(ended)
    name = ended.out.split()[1].rstrip(":")
    assert world.status(world.ran(OPEN_COOKIE), criterion="backup")[0] == "fulfilled"
    # It grows too old for the criterion before it has a last day of its own.
    (row,) = json.loads(world.attest("list", "--json", "--due", 30).out)
    assert (row["id"], row["days_left"], row["ends_on"]) == (name, 25, world.today(25))
    assert json.loads(world.attest("list", "--json", "--due", 24).out) == []
    assert "9/BB" in world.attest("list").out
    assert world.attest("end", name).code == 0
    assert world.status(world.ran(OPEN_COOKIE), criterion="backup")[0] == "unknown"
    assert world.attest("list").out == "no document\n"


@pytest.mark.parametrize(
    ("check", "words", "says"),
    [
        pytest.param("backup-restore", (), "did you mean 'backup-restored'", id="check"),
        pytest.param("zzz", (), "it is one of advanced-assessment", id="no-such"),
        pytest.param(CHECK, (), "looked at by a probe", id="probed"),
        pytest.param("backup-restored", ("--issued-on", "2099-01-01"), "is to come", id="future"),
        pytest.param("backup-restored", ("--expires-on", "2021-01-01"), "is over", id="expired"),
    ],
)
def test_documents_that_are_refused(
    world: World, check: str, words: tuple[str, ...], says: str
) -> None:
    """At once, in one sentence."""
    issued = () if "--issued-on" in words else ("--issued-on", "2020-01-01")
    ended = world.attest("add", "school-1", check, "--number", "1", *issued, *words)
    assert ended.code == 2, str(ended)
    assert says in told_once(ended)


# --- files


def file_of(world: World, text: str, name: str = "records.yaml") -> Path:
    """A file of records."""
    path = world.folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_of_records_is_judged_by(world: World) -> None:
    """``--records`` of ``judge``; bound by the text in the file, too."""
    run = world.ran(OPEN_COOKIE)
    file = world.folder / "records.yaml"
    asked = ("--until", world.today(30), "--reason", "chờ máy", "--by", "Sở", "--file", file)
    ended = world.excuse("school-1", CHECK, *asked)
    assert ended.code == 0, str(ended)
    document = ("--number", "1/QĐ", "--issued-on", world.today(-1), "--file", file)
    assert world.attest("school-1", "backup-restored", *document).code == 0
    text = file.read_text(encoding="utf-8")
    assert "reason: chờ máy" in text
    assert "finding: r" in text
    assert world.listed() == []
    assert world.status(run) == ACCUSED
    assert world.status(run, "--records", file) == EXCUSED
    assert world.status(run, "--records", file, criterion="backup")[0] == "fulfilled"
    changed = world.ran(WIDE_COOKIE)
    assert world.status(changed, "--records", file) == ACCUSED


KEPT = """\
# Kept by the office; every change is reviewed.
excuses:
    - unit: school-1            # the old platform
      check: "hsts-enforced"
      reason: >
        Nhà cung cấp thay máy chủ
        trong tháng 12
      granted_by: Sở
      until_on: 31/12/2026
# Documents, by unit

attestations:
  - {unit: school-1, check: backup-restored, number: '7', issued_on: 2026-01-02}
"""


def test_a_file_keeps_its_lines(world: World) -> None:
    """Comments, order, quotes and line ends stay; the record comes at the end of its list."""
    for line_end in ("\n", "\r\n"):
        file = world.folder / "records.yaml"
        file.write_bytes(KEPT.replace("\n", line_end).encode())
        asked = ("--until", world.today(30), "--reason", "chờ: máy", "--by", "Sở", "--file", file)
        assert world.excuse("school-1", CHECK, *asked).code == 0
        words = ("--number", "0012", "--issued-on", "2026-02-03", "--level", 2, "--file", file)
        assert world.attest("school-1", "security-level-approved", *words).code == 0
        text = file.read_bytes().decode()
        assert text.count("\r\n") == (text.count("\n") if line_end == "\r\n" else 0)
        lines = text.splitlines()
        assert [line for line in KEPT.splitlines() if line not in lines] == []
        added = lines.index("    - unit: school-1", 5)
        assert (
            lines.index("# Documents, by unit") > added > lines.index("      until_on: 31/12/2026")
        )
        assert "  - unit: school-1" in lines[lines.index("attestations:") :]
        assert "    number: '0012'" in lines
        assert list(world.folder.glob(".*")) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("", 0, id="empty"),
        pytest.param("# nothing yet\n", 0, id="comments-only"),
        pytest.param("excuses:\n", 0, id="an-empty-list"),
        pytest.param("excuses:", 0, id="no-line-end"),
        pytest.param("attestations:\n", 0, id="the-other-list"),
        pytest.param("excuses: []\n", 2, id="brackets"),
        pytest.param("- a\n", 2, id="no-records"),
        pytest.param("excuses:\n- unit: x\n", 2, id="a-broken-one"),
    ],
)
def test_files_as_they_come(world: World, text: str, code: int) -> None:
    """What cannot be added to is told, and left as it is."""
    file = file_of(world, text)
    words = ("--until", world.today(30), "--reason", "r", "--by", "b", "--file", file)
    ended = world.excuse("school-1", CHECK, *words)
    assert ended.code == code, str(ended)
    if code:
        assert file.read_text(encoding="utf-8") == text
        assert told_once(ended)
    else:
        assert file.read_text(encoding="utf-8").startswith(text)
        assert world.status(world.ran(OPEN_COOKIE), "--records", file) == EXCUSED
    assert list(world.folder.glob(".*")) == []


def test_only_yaml_is_written(world: World) -> None:
    """A file of another kind is not touched."""
    file = file_of(world, "{}", "records.json")
    words = ("--until", world.today(30), "--reason", "r", "--by", "b", "--file", file)
    assert "named .yaml" in told_once(world.excuse("school-1", CHECK, *words))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("- unit: school-7\n  check: {check}", ["line 2", "no unit", "did you mean"], id="unit"),
        pytest.param("- unit: school-1\n  check: cookies", ["line 3", 'no check "cookies"'], id="check"),
        pytest.param("- unit: school-1\n  check: backup-restored", ["line 3", "decided by a document"], id="attested"),
        pytest.param("- unit: school-1\n  check: {check}\n  site: x.vn", ["line 4", "x.vn is no address"], id="site"),
        pytest.param("- unit: school-1\n  check: {check}\n  wer: x", ["line 4", "unknown key"], id="key"),
        pytest.param("- unit: school-1\n  check: {check}\n  site: [a]", ["line 4", "expected"], id="a-list"),
        pytest.param("- school-1", ["line 2", "expected unit"], id="no-mapping"),
        pytest.param("- unit: school-1\n  check: {check}\n  granted_on: 2020-01-01", ["excuse for more than 366 days"], id="long"),
        pytest.param("- unit: school-1\n  check: {check}\n  granted_on: 2098-01-01", ["until_on lies before granted_on"], id="order"),
        pytest.param("- unit: school-1\n  check: {check}\n  granted_on: soon", ["line 4"], id="day"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_with_its_lines(world: World, text: str, says: list[str]) -> None:
    """And nothing is judged by half of it."""
    rest = f"\n  reason: r\n  granted_by: b\n  until_on: {world.today(30)}\n"
    body = text.replace("{check}", CHECK) + (rest if "unit:" in text else "\n")
    file = file_of(world, f"excuses:\n{body}")
    ended = world.judged("run-1", "--records", file, "--lang", "en")
    assert ended.code == 2, str(ended)
    assert told_once(ended) == "records.yaml: not used; every problem stands above"
    first = ended.err.splitlines()
    assert all(word in "\n".join(first[:2]) for word in says), ended.err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("- unit: school-1\n  check: cookies-protected", "is not decided by a document", id="probed"),
        pytest.param("- unit: school-3\n  check: backup-restored", "no unit", id="unit"),
        pytest.param("- unit: school-1\n  check: backup-restored\n  level: 9", "less than or equal to 5", id="level"),
        pytest.param("- unit: school-1\n  check: backup-restored\n  expires_on: 2020-01-01", "before issued_on", id="order"),
        pytest.param("- unit: school-1", "check is missing", id="missing"),
    ],
)  # fmt: skip
def test_a_wrong_document_is_told(world: World, text: str, says: str) -> None:
    """The same for documents."""
    rest = "\n  number: 1\n  issued_on: 2026-01-01\n"
    file = file_of(world, f"attestations:\n{text}{rest}excusses:\n")
    ended = world.judged("run-1", "--records", file, "--lang", "en")
    assert ended.code == 2
    assert says in ended.err
    assert 'did you mean "excuses"' in ended.err


def test_files_that_are_none(world: World) -> None:
    """No file, another kind of file, a list at the top, a text for a list."""
    for name, text, says in (
        ("none.yaml", None, "cannot be opened"),
        ("records.csv", "a,b\n", "unknown kind"),
        ("list.yaml", "- a\n", "expected"),
        ("word.yaml", "excuses: none\n", "expected"),
    ):
        file = world.folder / name
        if text is not None:
            file.write_text(text, encoding="utf-8")
        ended = world.judged("run-1", "--records", file, "--lang", "en")
        assert (ended.code, says in ended.err) == (2, True), str(ended)


def test_an_excuse_of_a_file_cannot_be_ended_here(world: World) -> None:
    """It is taken out where it stands."""
    words = ("school-1", CHECK, "--until", world.today(30), "--reason", "r", "--by", "b")
    file = world.folder / "records.yaml"
    assert world.excuse(*words, "--file", file).code == 0
    store = Store.open(world.db)
    try:
        run = store.run("run-1")
        plan = json.loads(store.blob(run.plan_sha256))
        row = {"unit": "school-1", "check": CHECK, "reason": "r", "granted_by": "b"}
        row["until_on"] = world.today(30)
        plan["records"] = {"excuses": [row], "attestations": []}
        store.begin_run(
            id="run-f",
            started_at=world.at(9),
            version="1",
            vantage="",
            inventory=store.blob(run.inventory_sha256),
            plan=json.dumps(plan).encode(),
            sites_planned=1,
        )
    finally:
        store.close()
    (listed,) = world.listed()
    assert listed["source"] == "file"
    ended = world.excuse("end", listed["id"])
    assert (ended.code, "take it out there" in told_once(ended)) == (2, True)
    # A run that was given such a file is judged by it again without being told.
    assert world.status("run-f") == UNKNOWN
