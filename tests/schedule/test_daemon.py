"""The daemon with real children and a clock that is told: one at a time, once, and none left behind."""

import signal
import sys
import threading
import time as real_time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from inventory.settings import Quiet
from scanner.schedule.daemon import Daemon, Planned
from scanner.schedule.memory import Memory, Remembered
from scanner.schedule.timetable import Timetable

NIGHTLY = Timetable((time(2, 30),), (), "Asia/Ho_Chi_Minh")
DUE = datetime(2026, 11, 22, 19, 30, tzinfo=UTC)
DAY = timedelta(days=1)
posix = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no signals between processes"
)

CHILD = """
import pathlib, signal, sys, time
what, file, code = sys.argv[1:]
with open(file, "a") as told:
    told.write(f"{what}\\n")
if what == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(file + ".ready").touch()
if what == "polite":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(4))
if what != "quick":
    time.sleep(60)
sys.exit(int(code))
"""


@dataclass
class World:
    """A clock that is set by hand, a memory, and what was told."""

    folder: Path
    moment: datetime = DUE
    said: list[str] = field(default_factory=list)
    daemons: list[Daemon] = field(default_factory=list)

    def job(self, what: str, name: str = "quet", code: int = 0, **more: object) -> Planned:
        """A job whose child writes a line, and ends at once, or when told, or never."""
        words = (what, str(self.folder / name), str(code))
        return Planned(name, words, NIGHTLY, **{"database": name, **more})  # type: ignore[arg-type]

    def daemon(self, *jobs: Planned) -> Daemon:
        """A daemon over the memory on disk, as after a start of the machine."""
        made = Daemon(
            jobs,
            Memory(self.folder / "state.json"),
            clock=lambda: self.moment,
            tell=self.said.append,
            program=(sys.executable, "-c", CHILD),
        )
        self.daemons.append(made)
        return made

    def missed(self, *names: str) -> None:
        """Let these jobs have been due."""
        memory = Memory(self.folder / "state.json")
        for name in names:
            memory.keep(name, Remembered(str(NIGHTLY), self.moment - 5 * DAY))

    def remembered(self, name: str = "quet") -> Remembered:
        """What stands on disk."""
        found = Memory(self.folder / "state.json").of(name)
        assert found is not None
        return found

    def begun(self, name: str = "quet") -> int:
        """How often the job's child ran."""
        file = self.folder / name
        return len(file.read_text().splitlines()) if file.exists() else 0

    def ready(self, name: str = "quet") -> bool:
        """Whether the child hears signals."""
        return (self.folder / f"{name}.ready").exists()

    def heard(self, part: str) -> int:
        """How many sentences held this."""
        return sum(part in one for one in self.said)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Its children end with the test."""
    made = World(tmp_path)
    yield made
    for daemon in made.daemons:
        daemon.stop(within_s=0)


def until(what: Callable[[], object]) -> None:
    """Wait for another process or thread."""
    for _ in range(400):
        if what():
            return
        real_time.sleep(0.025)
    raise AssertionError("it did not come about within ten seconds")


def test_missed_runs_are_made_up_for_once(world: World) -> None:
    """Five nights asleep are one run; its exit code is told; the next comes with the next night."""
    world.missed("quet")
    daemon = world.daemon(world.job("quick", code=3))
    daemon.look()
    until(lambda: world.heard("exit code 3 (another run holds the database)"))
    for _ in range(3):
        daemon.look()
    assert world.begun() == 1
    assert (world.remembered().due, world.remembered().exit_code) == (DUE, 3)
    world.moment += DAY - timedelta(minutes=1)
    daemon.look()
    assert world.heard("begins") == 1
    world.moment += timedelta(minutes=1)
    daemon.look()
    until(lambda: world.begun() == 2)


def test_a_new_job_waits_for_its_time(world: World) -> None:
    """What was due before anybody asked for it is not made up for."""
    daemon = world.daemon(world.job("quick"))
    daemon.look()
    assert world.heard("is new; it is due next at 2026-11-23 19:30 UTC") == 1
    assert world.heard("begins") == 0
    world.moment += DAY
    daemon.look()
    until(lambda: world.begun() == 1)


def test_quiet_hours_are_waited_for_once(world: World) -> None:
    """Told once, begun once when they end."""
    school = Quiet(why="giờ học", begin=time(2), end=time(17))
    world.missed("quet")
    daemon = world.daemon(world.job("quick", quiet=((school, "Asia/Ho_Chi_Minh"),)))
    for _ in range(3):
        daemon.look()
    assert world.heard("waits for quiet hours to end at 2026-11-23 10:00 UTC") == 1
    assert world.heard("begins") == 0
    world.moment = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    daemon.look()
    until(lambda: world.heard("ended with exit code 0"))
    daemon.look()
    assert world.heard("begins") == 1


def test_one_database_one_run(world: World) -> None:
    """The second job of a database begins when the first has ended; that of another at once."""
    world.missed("a", "b", "c")
    daemon = world.daemon(
        world.job("polite", "a", database="one"),
        world.job("quick", "b", database="one"),
        world.job("quick", "c", database="two"),
    )
    daemon.look()
    until(lambda: world.heard("job c ended") and world.ready("a"))
    daemon.look()
    assert world.begun("b") == 0
    assert world.heard("job b was due at 2026-11-22 19:30 UTC; it waits for job a") == 1
    daemon._running["a"].child.terminate()
    until(lambda: world.heard("job b ended"))
    assert (world.begun("a"), world.begun("b")) == (1, 1)


def test_looks_from_many_threads_begin_it_once(world: World) -> None:
    """A due time and a pulse may come in the same moment."""
    world.missed("quet")
    daemon = world.daemon(world.job("quick"))
    looks = [threading.Thread(target=daemon.look) for _ in range(8)]
    for look in looks:
        look.start()
    for look in looks:
        look.join()
    until(lambda: world.heard("ended"))
    assert world.begun() == 1


@posix
@pytest.mark.parametrize(("what", "code"), [("polite", 4), ("deaf", -signal.SIGKILL)])
def test_stopped_and_begun_once_more(world: World, what: str, code: int) -> None:
    """A child that is told ends by itself, one that is deaf is killed; the next daemon begins it again, once."""
    world.missed("quet")
    daemon = world.daemon(world.job(what))
    daemon.look()
    until(world.ready)
    began = real_time.monotonic()
    daemon.stop(within_s=10 if what == "polite" else 0.5)
    assert real_time.monotonic() - began < 8
    assert world.heard(f"ended with exit code {code} ") == 1
    assert world.remembered().ended_at is None
    daemon.look()
    assert world.heard("begins") == 1
    (world.folder / "quet.ready").unlink()
    again = world.daemon(world.job(what))
    again.look()
    until(world.ready)
    assert world.heard("once more, because that run was cut off") == 1
    again.stop(within_s=0)
    third = world.daemon(world.job(what))
    third.look()
    assert world.heard("begins") == 2


def test_what_can_not_be_remembered_is_not_begun(world: World) -> None:
    """Else it would be begun at every look."""
    world.missed("quet")
    daemon = world.daemon(world.job("quick"))
    (world.folder / "state.json").unlink()
    (world.folder / "state.json").mkdir()
    for _ in range(3):
        daemon.look()
    assert world.begun() == 0
    assert world.heard("can not be begun") == 1
    (world.folder / "state.json").rmdir()
    daemon.look()
    until(lambda: world.begun() == 1)
