"""What an error page gives away: a program's stack, files of the server, words of its database.

The patterns are the shapes that the programs themselves print, with their numbers and punctuation; prose about
such errors does not have them.
"""

import re
from enum import StrEnum
from typing import NamedTuple


class Leak(StrEnum):
    """What kind of thing an error page shows."""

    DEBUG = "debug-page"
    STACK = "stack-trace"
    SQL = "sql-text"
    PATH = "file-path"


class Told(NamedTuple):
    """One leak and the words that show it, at most 120 characters."""

    leak: Leak
    shown: str


_FOLDER = r"(?:/(?:var|home|usr|srv|opt|www|etc|mnt|data|app)/|[A-Za-z]:\\)[^\s<>\"'|:*?]{2,160}"

# In this order: the first kind that is found is the one that is told.
_PATTERNS: tuple[tuple[Leak, re.Pattern[str]], ...] = (
    (
        Leak.DEBUG,
        re.compile(
            r"You're seeing this error because you have DEBUG = True"  # Django
            r"|Werkzeug powered traceback interpreter|The debugger caught an exception in your WSGI"
            r"|Whoops\\Exception|Whoops, looks like something went wrong\. \S+Exception"
            r"|Illuminate\\[A-Z]\w+\\"  # Laravel
            r"|Symfony\\Component\\[A-Z]\w+"
            r"|yii\\base\\\w+Exception|CodeIgniter\\[A-Z]\w+\\"
            r"|Action Controller: Exception caught"  # Rails
            r"|Version Information: Microsoft \.NET Framework Version:[\d.]+"
        ),
    ),
    (
        Leak.STACK,
        re.compile(
            r"Traceback \(most recent call last\):"
            r"|\bat (?:[\w$]+\.)+[\w$<>]+\((?:[\w$]+\.(?:java|kt|scala):\d+|Native Method|Unknown Source)\)"
            r"|\bat (?:[\w`]+\.)+[\w`<>.]+\([^()]{0,200}\) in [A-Za-z]:\\[^\n]{2,160}:line \d+"
            r"|\bat [^\n()]{1,80} \((?:file://)?/[^\s()]{2,160}\.[cm]?js:\d+:\d+\)"  # Node
            r"|Stack trace: #0 |Stack Trace: \[\w+Exception"
            r"|#0 " + _FOLDER + r"\(\d+\): "
            r"|goroutine \d+ \[running\]:"
        ),
    ),
    (
        Leak.SQL,
        re.compile(
            r"You have an error in your SQL syntax; check the manual"
            r"|SQLSTATE\[\w{5}\]"
            r"|Unclosed quotation mark (?:after|before) the character string"
            r"|\bORA-\d{5}: "
            r"|Microsoft OLE DB Provider for (?:SQL Server|ODBC Drivers) error"
            r"|\[Microsoft\]\[ODBC [^\]]{3,40}\]"
            r"|Warning: (?:mysqli?|pg|sqlite3?|oci)_\w+\(\)"
            r"|PG::\w+Error: |psycopg2?\.errors\.\w+|System\.Data\.SqlClient\.SqlException"
            r"|Table '[\w$-]+\.[\w$-]+' doesn't exist",
        ),
    ),
    (
        Leak.PATH,
        re.compile(
            r"(?:Warning|Notice|Deprecated|Fatal error|Parse error): [^\n]{3,400}? in "
            + _FOLDER
            + r" on line \d+"
            r"|Failed opening required '"
            + _FOLDER
            + r"|No such file or directory in "
            + _FOLDER
            + r"|Physical Path:? ?[A-Za-z]:\\[^\s<>\"|*?]{2,160}"  # IIS detailed errors
            r"|Source File: ?[A-Za-z]:\\[^\n]{2,160}? Line: ?\d+"  # ASP.NET
        ),
    ),
)


def gives_away(text: str) -> Told | None:
    """The first leak of a page's visible text (blanks folded), the gravest kind before others."""
    for leak, pattern in _PATTERNS:
        found = pattern.search(text)
        if found:
            return Told(leak, found[0][:120])
    return None
