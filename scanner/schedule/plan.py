"""What is to be written for a system's timer, whichever that is."""

from dataclasses import dataclass
from pathlib import Path

from scanner.schedule.timetable import Timetable


class CannotWrite(Exception):  # noqa: N818  The operator reads it as a sentence.
    """This system's format can not hold what was asked for."""


@dataclass(frozen=True)
class Plan:
    """A command and when it is run."""

    name: str
    program: tuple[str, ...]
    """How the program is called, by absolute path."""
    words: tuple[str, ...]
    """The command line after the program's name."""
    folder: Path
    """Relative paths of the words are meant from here."""
    timetable: Timetable
    delay_min: int = 0
    limit_hours: int = 12
    catch_up: bool = True
    env_file: Path | None = None

    @property
    def command(self) -> tuple[str, ...]:
        """The whole command line."""
        return self.program + self.words


def require_plain(plan: Plan) -> None:
    """Refuse what no format can hold: line ends and other control characters."""
    for text in (*plan.command, str(plan.folder), str(plan.env_file or "")):
        if not text.isprintable():
            raise CannotWrite(f"{text!r} holds a control character: a schedule can not hold it")
