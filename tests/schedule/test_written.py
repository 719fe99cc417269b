"""What is written for systemd, cron and Windows says what was asked for, whatever stands in names of files."""

import io
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st

from inventory.settings import Day
from scanner.schedule import cron, systemd, windows
from scanner.schedule.installing import written
from scanner.schedule.plan import CannotWrite, Plan
from scanner.schedule.timetable import DAYS, Timetable

ANALYZE = shutil.which("systemd-analyze")
needs_analyze = pytest.mark.skipif(ANALYZE is None, reason="this system has no systemd-analyze")
posix = pytest.mark.skipif(sys.platform == "win32", reason="there is no cron and no sh")
NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
HCM = "Asia/Ho_Chi_Minh"
NASTY = (
    'a "b" c',
    "it's",
    "100%",
    "%H %n",
    "$HOME",
    "${x}",
    ";",
    "Sở Giáo dục & Đào tạo",
    "",
    "#x",
)
PLAN = Plan(
    name="hang-dem",
    program=(sys.executable,),
    words=("scan", "trường học.xlsx", "--out", "100% xong"),
    folder=Path(__file__).parent,
    timetable=Timetable((time(2, 30), time(14, 5)), ("mon", "thu"), HCM),
)
WORDS = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" ")),
    max_size=5,
).map(tuple)


# systemd


def words_of_systemd(line: str) -> list[str]:
    """A command line as systemd.service(5) and systemd.syntax(7) read it: all words in double quotes."""
    words = [
        re.sub(r"\\(.)", r"\1", quoted).replace("%%", "%")
        for quoted in re.findall(r'"((?:[^"\\]|\\.)*)"', line)
    ]
    assert not re.search(r"(?<!\$)(\$\$)*\$(?!\$)", " ".join(words[1:]))
    return [words[0], *(word.replace("$$", "$") for word in words[1:])]


def setting(text: str, name: str) -> list[str]:
    """The values of a setting of a unit file."""
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{name}=")]


@given(WORDS)
def test_systemd_reads_back_the_words(words: tuple[str, ...]) -> None:
    """Quotes, per cent, dollars, semicolons and blanks arrive as they were."""
    plan = replace(PLAN, words=words + NASTY)
    service = systemd.unit_files(plan)["tinnhiem-hang-dem.service"]
    assert words_of_systemd(setting(service, "ExecStart")[0]) == list(plan.command)


def test_systemd_timer() -> None:
    """One line for each time, days by name, the zone said; missed runs are made up for."""
    timer = systemd.unit_files(replace(PLAN, delay_min=10))["tinnhiem-hang-dem.timer"]
    assert setting(timer, "OnCalendar") == [
        f"Mon,Thu *-*-* {t}:00 {HCM}" for t in ("02:30", "14:05")
    ]
    assert setting(timer, "Persistent") == ["true"]
    assert setting(timer, "RandomizedDelaySec") == ["10min"]
    without = systemd.unit_files(replace(PLAN, catch_up=False))["tinnhiem-hang-dem.timer"]
    assert setting(without, "Persistent") == ["false"]


@needs_analyze
def test_systemd_accepts_it(tmp_path: Path) -> None:
    """systemd's own checker has nothing to say, and would say something of a key that it does not know."""
    folder = tmp_path / "Sở GD 100%"
    folder.mkdir()
    plan = replace(
        PLAN, words=NASTY, folder=folder, env_file=folder / "biến môi trường", delay_min=5
    )
    files = systemd.unit_files(plan)
    assert verified(tmp_path, files) == ""
    broken = {name: text.replace("Nice=", "Nicee=") for name, text in files.items()}
    assert "Unknown key" in verified(tmp_path, broken)


def verified(tmp_path: Path, files: dict[str, str]) -> str:
    """What `systemd-analyze verify` says."""
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(  # noqa: S603  The system's own checker, no shell.
        [str(ANALYZE), "--user", "verify", *(str(tmp_path / name) for name in files)],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@needs_analyze
@pytest.mark.parametrize("days", [(), ("mon",), ("sat", "sun"), ("tue", "wed", "thu", "fri")])
def test_systemd_means_the_same_times(days: tuple[Day, ...]) -> None:
    """The next six times by systemd's own reckoning are ours."""
    table = Timetable((time(2, 30),), days, HCM)
    event = systemd.calendar(replace(PLAN, timetable=table), time(2, 30))
    done = subprocess.run(  # noqa: S603  The system's own tool, no shell.
        [
            str(ANALYZE),
            "calendar",
            f"--base-time={NOW:%Y-%m-%d %H:%M:%S} UTC",
            "--iterations=6",
            event,
        ],
        env={**os.environ, "TZ": "UTC", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    told = re.findall(r"(?:elapse|#\d): \w+ (\S+ \S+) UTC", done.stdout)
    ours = table.after(NOW)
    assert told == [f"{next(ours):%Y-%m-%d %H:%M:%S}" for _ in range(6)]


# cron


def cron_reads(line: str) -> tuple[list[str], str]:
    """The five fields and the command, as crontab(5) and Debian's do_command read them."""
    *fields, command = line.split(" ", 5)
    ran, escaped = "", False
    for character in command:
        if escaped:
            ran = ran[:-1] + character if character in "%\\" else ran + character
            escaped = False
        elif character == "%":
            break
        else:
            ran += character
            escaped = character == "\\"
    return fields, ran


@posix
def test_cron_runs_the_very_words(tmp_path: Path) -> None:
    """A real shell gets the decoded line: folder, file of variables and every nasty word arrive."""
    folder = tmp_path / "Sở GD 100%"
    folder.mkdir()
    (folder / "env").write_text("PGPASSWORD='bí mật'\n", encoding="utf-8")
    shown = "import os, sys; print([os.getcwd(), os.environ['PGPASSWORD'], *sys.argv[1:]])"
    plan = replace(
        PLAN,
        program=(sys.executable, "-c", shown),
        words=NASTY,
        folder=folder,
        env_file=folder / "env",
    )
    _, command = cron_reads(cron.block(plan).splitlines()[1])
    done = subprocess.run(  # noqa: S603  Our own line, as cron would run it.
        ["/bin/sh", "-c", command], capture_output=True, check=True
    )
    assert done.stdout.decode() == f"{[str(folder), 'bí mật', *NASTY]}\n"


def test_cron_times() -> None:
    """A line for each day and time; Monday is called mon, which no cron reads as another day."""
    fields = [cron_reads(line)[0] for line in cron.block(PLAN).splitlines()[1:-1]]
    assert sorted(" ".join(one) for one in fields) == [
        "30 2 * * mon",
        "30 2 * * thu",
        "5 14 * * mon",
        "5 14 * * thu",
    ]
    daily = replace(PLAN, timetable=Timetable((time(0, 0),), (), HCM))
    assert cron_reads(cron.block(daily).splitlines()[1])[0] == ["0", "0", "*", "*", "*"]


TABLE = "# của tôi\nMAILTO=a@b.vn\n5 4 * * * /bin/true\n"


def test_other_lines_of_a_crontab_stay() -> None:
    """Written twice there is one block; taken away, the table is as it was."""
    once = cron.with_block(TABLE, PLAN)
    assert once == TABLE + cron.block(PLAN)
    assert cron.with_block(once, PLAN) == once
    other = cron.with_block(once, replace(PLAN, name="hang-tuan"))
    assert cron.without_block(other, "hang-tuan") == once
    assert cron.without_block(once, PLAN.name) == TABLE
    assert cron.without_block("", PLAN.name) == ""


@pytest.mark.parametrize("lines", [["begin"], ["end"], ["begin", "begin", "end"], ["end", "begin"]])
def test_half_a_block_is_not_guessed_at(lines: list[str]) -> None:
    """A mark without the other is for a person: what stands between might be his."""
    table = TABLE + "".join(f"# tinnhiem hang-dem: {line}\n" for line in lines)
    with pytest.raises(CannotWrite, match="mend it by hand"):
        cron.without_block(table, "hang-dem")


# Windows


def words_of_windows(line: str) -> list[str]:
    """A command line as the C runtime of Windows splits it (parsing of C++ command-line arguments)."""
    words: list[str] = []
    word, quoted, any_yet = "", False, False
    for run, rest in re.findall(r"(\\*)([^\\]|$)", line):
        if rest == '"':
            word += "\\" * (len(run) // 2)
            any_yet = True
            if len(run) % 2:
                word += '"'
            else:
                quoted = not quoted
            continue
        word += run
        any_yet = any_yet or bool(run)
        if rest in (" ", "\t", "") and not quoted:
            if any_yet:
                words.append(word)
            word, any_yet = "", False
        else:
            word += rest
            any_yet = True
    return words


FOR_WINDOWS = replace(
    PLAN,
    program=(r"C:\Program Files\tinnhiem\tinnhiem.exe",),
    words=("scan", r"D:\Sở GD & ĐT\trường.xlsx", "--out", r"D:\b c\\", "<x>", 'a"b', "", "50%"),
    delay_min=10,
)
SCHEMA = Path(__file__).parent / "task.xsd"


def element(document: bytes, path: str) -> str:
    """The text of an element."""
    found = parsed(document).find(
        "/".join(f"{{{windows.NAMESPACE}}}{step}" for step in path.split("/"))
    )
    assert found is not None
    return found.text or ""


def parsed(document: bytes) -> ET.Element:
    """The document as a reader of XML sees it."""
    return ET.parse(io.BytesIO(document)).getroot()  # noqa: S314  We wrote it.


def test_windows_reads_back_the_words() -> None:
    """Through XML and the rules of quoting; blanks, quotes, trailing backslashes and an empty word."""
    document = windows.task(FOR_WINDOWS, NOW)
    assert element(document, "Actions/Exec/Command") == FOR_WINDOWS.program[0]
    said = element(document, "Actions/Exec/Arguments")
    assert words_of_windows(said) == list(FOR_WINDOWS.words)


@given(WORDS)
def test_windows_quoting(words: tuple[str, ...]) -> None:
    """Whatever the words are; what the scheduler would expand is refused."""
    plan = replace(FOR_WINDOWS, words=words)
    try:
        document = windows.task(plan, NOW)
    except CannotWrite:
        assert any(windows._EXPANDED.search(word) for word in words)
        return
    assert words_of_windows(element(document, "Actions/Exec/Arguments")) == list(words)


@pytest.mark.parametrize("days", [(), ("mon",), DAYS])
@pytest.mark.parametrize("delay_min", [0, 10])
def test_windows_follows_the_schema(days: tuple[Day, ...], delay_min: int) -> None:
    """Its elements, their order and their types."""
    plan = replace(FOR_WINDOWS, timetable=Timetable((time(2, 30),), days, HCM), delay_min=delay_min)
    document = windows.task(plan, NOW)
    schema = xmlschema.XMLSchema(str(SCHEMA))
    schema.validate(io.BytesIO(document))
    late = document.decode("utf-16").replace(
        "</StartBoundary>", "</StartBoundary><Enabled>true</Enabled>"
    )
    assert not schema.is_valid(io.BytesIO(late.encode("utf-16")))


def test_windows_settings() -> None:
    """Missed runs are made up for, a second one is not begun beside the first, no password stands there."""
    document = windows.task(FOR_WINDOWS, NOW)
    assert document.startswith(b"\xff\xfe<\x00?\x00x\x00m\x00l\x00")
    assert element(document, "Settings/StartWhenAvailable") == "true"
    assert element(document, "Settings/MultipleInstancesPolicy") == "IgnoreNew"
    assert element(document, "Settings/ExecutionTimeLimit") == "PT12H"
    assert element(document, "Principals/Principal/LogonType") == "InteractiveToken"
    assert "assword" not in document.decode("utf-16")


def test_windows_begins_at_the_next_time_of_its_days() -> None:
    """A beginning in the past would be made up for at once; it has no offset, so it is the machine's time."""
    top = parsed(windows.task(FOR_WINDOWS, NOW))
    starts = [one.text for one in top.iter(f"{{{windows.NAMESPACE}}}StartBoundary")]
    # NOW is Monday, 01:00 in Đà Nẵng.
    assert starts == ["2026-11-23T02:30:00", "2026-11-23T14:05:00"]
    assert all(
        datetime.fromisoformat(str(one)).replace(tzinfo=ZoneInfo(HCM)) > NOW for one in starts
    )
    days = [
        one.tag.partition("}")[2] for one in next(top.iter(f"{{{windows.NAMESPACE}}}DaysOfWeek"))
    ]
    assert days == ["Monday", "Thursday"]


# What no format holds


@pytest.mark.parametrize(
    ("kind", "changed", "says"),
    [
        pytest.param("systemd", {"words": ("a\nb",)}, "control character", id="line-end"),
        pytest.param("systemd", {"folder": Path("/a\\")}, "backslash", id="systemd-backslash"),
        pytest.param("cron", {"words": ("a\rb",)}, "control character", id="carriage-return"),
        pytest.param("cron", {"words": ("a\\b",)}, "backslash", id="cron-backslash"),
        pytest.param("cron", {"words": ("x" * 999,)}, "characters", id="cron-too-long"),
        pytest.param("cron", {"delay_min": 1}, "--delay", id="cron-delay"),
        pytest.param("windows", {"words": ("%PATH%",)}, "variables", id="windows-variable"),
        pytest.param("windows", {"words": ("$(Arg0)",)}, "variables", id="windows-argument"),
        pytest.param("windows", {"env_file": Path("/e")}, "setx", id="windows-env-file"),
    ],
)
@posix
def test_what_can_not_be_written(kind: str, changed: dict[str, object], says: str) -> None:
    """A clear sentence instead of a line that means something else."""
    plan = replace(PLAN, **changed)  # type: ignore[arg-type]  # each row is right for its field
    with pytest.raises(CannotWrite, match=re.escape(says)):
        written(kind, plan, NOW)
