"""One process that begins jobs as children when they are due, and ends with none of them left behind."""

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scanner.clock import monotonic_s
from scanner.schedule.deciding import Adopt, Begin, NotYet, Quiet, decide
from scanner.schedule.memory import Memory, Remembered
from scanner.schedule.timetable import Span, Timetable

OURSELVES = (sys.executable, "-m", "scanner.cli")
STOP_WITHIN_S = 60.0
"""How long a child that was told to stop may take; a scan needs a few seconds."""
_SAID_BY_CODE = {
    0: "done",
    1: "an error of ours",
    2: "refused",
    3: "another run holds the database",
    4: "stopped early",
    10: "the gate: regressed",
    11: "the gate: could not tell",
}


@dataclass(frozen=True)
class Planned:
    """A job as the daemon sees it."""

    name: str
    words: tuple[str, ...]
    timetable: Timetable
    database: str | None
    """What it must have for itself alone; ``None``: nothing."""
    quiet: tuple[Span, ...] = ()
    """Times in which it never begins."""


@dataclass
class _Running:
    job: Planned
    child: "subprocess.Popen[bytes]"
    began_s: float


class Daemon:
    """Looks, when told to, which jobs are due.  Safe to be told from several threads."""

    def __init__(
        self,
        jobs: Sequence[Planned],
        memory: Memory,
        *,
        clock: Callable[[], datetime],
        tell: Callable[[str], None],
        program: Sequence[str] = OURSELVES,
    ) -> None:
        self._jobs = tuple(jobs)
        self._memory = memory
        self._clock = clock
        self._tell = tell
        self._program = tuple(program)
        self._lock = threading.RLock()
        self._running: dict[str, _Running] = {}
        self._waiters: list[threading.Thread] = []
        self._told: dict[str, str] = {}
        self._stopping = False

    def look(self) -> None:
        """Begin what is due and may begin."""
        with self._lock:
            if self._stopping:
                return
            for job in self._jobs:
                if job.name not in self._running:
                    try:
                        self._look_at(job, self._clock())
                    except OSError as error:
                        # What can not be remembered is not begun: it would be begun for ever.
                        self._tell_once(job, f"can not be begun: {error}")

    def _look_at(self, job: Planned, moment: datetime) -> None:
        decided = decide(job.timetable, job.quiet, self._memory.of(job.name), moment)
        match decided:
            case NotYet():
                pass
            case Adopt(due, why):
                self._memory.keep(job.name, Remembered(str(job.timetable), due))
                following = job.timetable.next(moment)
                self._tell(f"job {job.name} {why}; it is due next at {_shown(following)}")
            case Quiet(due, until):
                self._tell_once(
                    job,
                    f"was due at {_shown(due)}; it waits for quiet hours to end at {_shown(until)}",
                )
            case Begin(due, again):
                holder = self._holder_of(job.database)
                if holder:
                    self._tell_once(
                        job, f"was due at {_shown(due)}; it waits for job {holder}: one database"
                    )
                else:
                    self._begin(job, due, moment, again=again)

    def _holder_of(self, database: str | None) -> str:
        if database is None:
            return ""
        return next(
            (one.job.name for one in self._running.values() if one.job.database == database), ""
        )

    def _begin(self, job: Planned, due: datetime, moment: datetime, *, again: bool) -> None:
        before = self._memory.of(job.name)
        tries = before.tries + 1 if before is not None and again else 1
        began = Remembered(str(job.timetable), due, began_at=moment, tries=tries)
        # Before the child: a crash between the two begins it again, and never twice unknowingly.
        self._memory.keep(job.name, began)
        why = ", once more, because that run was cut off" if again else ""
        self._tell(f"job {job.name} begins: due at {_shown(due)}{why}")
        self._told.pop(job.name, None)
        child = subprocess.Popen(  # noqa: S603  Our own program, no shell; the words were checked.
            [*self._program, *job.words],
            stdin=subprocess.DEVNULL,
            # A group of its own: Ctrl-C is for us, and we tell our children.
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        running = _Running(job, child, monotonic_s())
        self._running[job.name] = running
        waiter = threading.Thread(target=self._wait_for, args=(running,), daemon=True)
        self._waiters.append(waiter)
        waiter.start()

    def _wait_for(self, running: _Running) -> None:
        code = running.child.wait()
        with self._lock:
            self._ended(running, code)
            self._waiters.remove(threading.current_thread())
        self.look()

    def _ended(self, running: _Running, code: int) -> None:
        job = running.job
        del self._running[job.name]
        took_s = monotonic_s() - running.began_s
        said = _SAID_BY_CODE.get(code, "killed" if code < 0 else "unknown")
        self._tell(f"job {job.name} ended with exit code {code} ({said}) after {took_s:.0f} s")
        before = self._memory.of(job.name)
        cut_off = self._stopping and code != 0
        if before is None or cut_off:
            return
        try:
            ended = replace(before, ended_at=self._clock(), exit_code=code)
            self._memory.keep(job.name, ended)
        except OSError as error:
            self._tell(f"job {job.name}: its end could not be written down: {error}")

    def stop(self, within_s: float = STOP_WITHIN_S) -> None:
        """Begin nothing more, tell the children, wait for them, and kill who does not listen."""
        with self._lock:
            self._stopping = True
            running = list(self._running.values())
            waiters = list(self._waiters)
            for one in running:
                self._tell(f"job {one.job.name} is told to stop")
                _tell_to_stop(one.child)
        until_s = monotonic_s() + within_s
        for one in running:
            try:
                one.child.wait(max(0.0, until_s - monotonic_s()))
            except subprocess.TimeoutExpired:
                self._tell(f"job {one.job.name} did not stop within {within_s:.0f} s: it is killed")
                one.child.kill()
        for waiter in waiters:
            waiter.join()

    def _tell_once(self, job: Planned, said: str) -> None:
        if self._told.get(job.name) != said:
            self._told[job.name] = said
            self._tell(f"job {job.name} {said}")


def _tell_to_stop(child: "subprocess.Popen[bytes]") -> None:
    try:
        if sys.platform == "win32":
            import signal  # noqa: PLC0415

            child.send_signal(signal.CTRL_BREAK_EVENT)
        else:
            child.terminate()
    except OSError:
        # It ended by itself, or is no process of this console; whoever waits for it sees.
        pass


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
