"""What the daemon remembers of each job: the last due time it took up, in a small file that survives a crash."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from scanner.whole_file import write_whole

SCHEMA = 1


@dataclass(frozen=True)
class Remembered:
    """The last due time of a job that was taken up, and what became of it."""

    timetable: str
    """The times it was due by: other times are another job."""
    due: datetime
    began_at: datetime | None = None
    ended_at: datetime | None = None
    """``None`` after ``began_at``: cut off, by a crash or because the daemon was stopped."""
    exit_code: int | None = None
    tries: int = 0


class Memory:
    """The file; every change is durable before it is acted on."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.lost = ""
        """Why an earlier memory could not be read, where that was so."""
        self._jobs = self._read()

    def of(self, job: str) -> Remembered | None:
        """What is remembered of a job."""
        return self._jobs.get(job)

    def keep(self, job: str, remembered: Remembered) -> None:
        """Remember, on disk."""
        jobs = {**self._jobs, job: remembered}
        told = {"schema": SCHEMA, "jobs": {name: _plain(jobs[name]) for name in jobs}}
        write_whole(self._file, json.dumps(told, indent=1).encode())
        self._jobs = jobs

    def _read(self) -> dict[str, Remembered]:
        try:
            told = json.loads(self._file.read_text(encoding="utf-8"))
            if told["schema"] != SCHEMA:
                raise ValueError(f"schema {told['schema']}")
            return {name: _remembered(row) for name, row in told["jobs"].items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            aside = self._file.with_name(f"{self._file.name}.unreadable")
            self._file.replace(aside)
            self.lost = f"{self._file} could not be read ({error}); it is kept as {aside.name}"
            return {}


def _plain(remembered: Remembered) -> dict[str, Any]:
    def text(moment: datetime | None) -> str | None:
        return moment.isoformat() if moment is not None else None

    return {
        "timetable": remembered.timetable,
        "due": text(remembered.due),
        "began_at": text(remembered.began_at),
        "ended_at": text(remembered.ended_at),
        "exit_code": remembered.exit_code,
        "tries": remembered.tries,
    }


def _remembered(row: Mapping[str, Any]) -> Remembered:
    def moment(text: str | None) -> datetime | None:
        return _aware(text) if text is not None else None

    return Remembered(
        timetable=str(row["timetable"]),
        due=_aware(row["due"]),
        began_at=moment(row["began_at"]),
        ended_at=moment(row["ended_at"]),
        exit_code=row["exit_code"],
        tries=int(row["tries"]),
    )


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} names no zone")
    return moment
