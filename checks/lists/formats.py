"""The published forms of block lists: a text in, a list out.  docs/operations.md says which file is read how."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import chain
from typing import Any, Final

from checks.lists import Purpose
from checks.lists.block import Gathering, NamedList
from checks.lists.unreadable import UnreadableList
from checks.parsing.text import display

_LINE_CHARS: Final = 65_536
_UNREADABLE_SHARE: Final = 0.1
"""Tables hold addresses as attackers wrote them; beyond this share the column is another one."""
_LEAST_ROWS: Final = 10
_ANYWHERE: Final = "0.0.0.0"  # noqa: S104  No socket is bound: lists send names there.
_LOCAL: Final = frozenset(
    {"localhost", "localhost.localdomain", "local", "broadcasthost", _ANYWHERE}
    | {f"ip6-{name}" for name in ("localhost", "loopback", "localnet", "mcastprefix")}
    | {f"ip6-{name}" for name in ("allnodes", "allrouters", "allhosts")}
)
"""What every hosts file begins with."""
_NOWHERE: Final = frozenset({_ANYWHERE, "127.0.0.1", "127.0.1.1", "::", "::1", "0", "::0"})
_WHOLE: Final = frozenset({"", "all", "doc", "document", "important", "popup", "all,important"})
"""Options of a filter rule that leave it a rule against the whole site."""
_COLUMNS: Final = (
    ("url", "link", "phishing_url", "địa chỉ web", "địa chỉ trang web", "đường dẫn", "liên kết"),
    ("domain", "domain_name", "domain name", "host", "hostname", "fqdn", "tên miền", "ten mien"),
    ("website", "trang web", "tên miền/địa chỉ", "ioc"),
    ("dst_ip", "ip", "ip_address", "địa chỉ ip"),
)
"""Which column names whom: of several the first row decides."""
_OVER: Final = {
    "url_status": {"offline"},
    "online": {"no"},
    "verified": {"no"},
    "c2_status": {"offline"},
}
"""What the list itself calls past or unproven."""


def parse_block(
    text: str, form: str, name: str, purpose: Purpose, dated: date, sha256: str
) -> NamedList:
    """The list that a text of this form is; ``UnreadableList`` where it is none, or names nobody."""
    if "\0" in text:
        raise UnreadableList("no text: a NUL", text.count("\n", 0, text.index("\0")) + 1)
    found = Gathering()
    FORMS[form](text, found)
    made = found.done(name, purpose, dated, sha256)
    if not made.entries:
        raise UnreadableList("names nobody")
    return made


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers."""
    for number, whole in enumerate(_pieces(text), 1):
        line = whole.strip()
        if line and line[0] not in "#!;[" and not line.startswith("//"):
            yield number, line


def _pieces(text: str) -> Iterator[str]:
    """The lines with their ends, one after the other: a file of fifty megabytes is not held twice."""
    start, number = 0, 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        number += 1
        if end - start > _LINE_CHARS:
            raise UnreadableList(f"a line of more than {_LINE_CHARS} characters", number)
        yield text[start:end]
        start = end


def _plain(text: str, found: Gathering) -> None:
    """Names, addresses of pages, IP addresses, hosts lines and filter rules, in any mixture."""
    for number, line in _lines(text):
        if found.plain(line) or _filter_rule(line, found) or _words(line, found, number):
            continue
        raise UnreadableList(f"{_shown(line)} is no name, web address or IP address", number)


def _hosts(text: str, found: Gathering) -> None:
    """A hosts file: where a name leads to, then the name."""
    for number, line in _lines(text):
        if not _words(line, found, number):
            raise UnreadableList(f"{_shown(line)} is no line of a hosts file", number)


def _addresses(text: str, found: Gathering) -> None:
    """One IP address or network a line."""
    for number, line in _lines(text):
        word = line.split("#", 1)[0].split(";", 1)[0].strip()
        if not found.network(word):
            raise UnreadableList(f"{_shown(line)} is no IP address or network", number)


def _words(line: str, found: Gathering, number: int) -> bool:
    """A hosts line, or an entry with a comment behind it."""
    words = line.split()
    if len(words) == 2 and words[0] in _NOWHERE and found.plain(words[1]):
        return True
    for at, word in enumerate(words):
        if at and word[0] == "#":
            del words[at:]
            break
    if len(words) == 1:
        return found.entry(words[0])
    names = [word for word in words[1:] if word.lower() not in _LOCAL]
    if not names:
        return True
    if words[0] not in _NOWHERE:
        return False
    for name in names:
        if not found.entry(name):
            raise UnreadableList(f"{_shown(name)} is no name", number)
    return True


def _filter_rule(line: str, found: Gathering) -> bool:
    """``||name^`` and ``@@||name^``; whether it was a filter rule.  Other rules are for parts of pages."""
    if line.startswith("||") and line.endswith("^") and found.plain(line[2:-1]):
        return True
    if "##" in line or "#@#" in line or "#?#" in line or "#$#" in line:
        found.left_out += 1
        return True
    spared = line.startswith("@@")
    rule = line.removeprefix("@@")
    if not rule.startswith("||"):
        found.left_out += spared
        return spared
    body, _, options = rule[2:].partition("$")
    name = body.rstrip("|").removesuffix("^")
    whole = not set("/^*?:") & set(name.removeprefix("*.")) and options in _WHOLE
    one = Gathering()
    if not whole or not one.entry(name):
        found.left_out += 1
    elif spared:
        found.spared |= one.names
    else:
        found.entry(name)
    return True


def _table(text: str, found: Gathering) -> None:
    """Rows with a column of addresses of pages, names or IP addresses; its name stands in the first row,
    or, as abuse.ch writes it, in the last line of comment above.
    """
    rows = _rows(text)
    column, over = -1, dict[int, set[str]]()
    bad, total, first_bad = 0, 0, 0
    for number, row in rows:
        if column < 0:
            column, over = _heading(row)
            if column >= 0:
                continue
            if len(row) > 1:
                raise UnreadableList("no column is called url, domain, host or ip", number)
            column = 0
        word = row[column].strip() if column < len(row) else ""
        if not word:
            continue
        total += 1
        if any(at < len(row) and row[at].strip().lower() in past for at, past in over.items()):
            found.left_out += 1
        elif not found.entry(word):
            bad, first_bad = bad + 1, first_bad or number
    _mostly_read(bad, total, first_bad, found)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The heading out of the comments, where it stands there, and the rows."""
    pieces = _pieces(text)
    heading, comments, first = "", 0, ""
    for first in pieces:
        if first.strip() and first[0] not in "#;":
            break
        comments += 1
        bare = first.strip("#; \r\n\t")
        if "," in bare and _heading(bare.split(","))[0] >= 0:
            heading = bare
    else:
        return
    if heading:
        yield comments, heading.split(",")
    marks = max(",;\t", key=(heading or first).count)
    rows = csv.reader(chain((first,), pieces), delimiter=marks)
    try:
        for row in rows:
            if row and not row[0].startswith("#"):
                yield comments + rows.line_num, row
    except csv.Error as wrong:
        raise UnreadableList(f"no table: {wrong}", comments + rows.line_num) from None


def _heading(row: Iterable[str]) -> tuple[int, dict[int, set[str]]]:
    """Where whom stands, and where it stands that an entry is past; -1 in a row that is no heading."""
    titles = [cell.strip(" \"'\ufeff").lower() for cell in row]
    over = {titles.index(title): past for title, past in _OVER.items() if title in titles}
    for known in _COLUMNS:
        for title in known:
            if title in titles:
                return titles.index(title), over
    return -1, {}


def _json(text: str, found: Gathering) -> None:
    """Objects with a ``url``, as PhishTank and URLhaus give them; an object is forgotten once it is read."""
    bad = total = 0

    def take(one: dict[str, Any]) -> Mapping[str, Any] | None:
        nonlocal bad, total
        url = one.get("url")
        if not isinstance(url, str):
            # What it holds was taken already.
            return None
        total += 1
        if any(str(one.get(title, "")).lower() in past for title, past in _OVER.items()):
            found.left_out += 1
        elif not found.entry(url.strip()):
            bad += 1
        return None

    try:
        json.loads(text, object_hook=take)
    except json.JSONDecodeError as wrong:
        raise UnreadableList(f"no JSON: {wrong.msg}", wrong.lineno) from None
    except RecursionError:
        raise UnreadableList("no JSON: nested too deeply") from None
    if not total:
        raise UnreadableList("no object has a url")
    _mostly_read(bad, total, 0, found)


def _mostly_read(bad: int, total: int, line: int, found: Gathering) -> None:
    if bad > _UNREADABLE_SHARE * max(total, _LEAST_ROWS):
        raise UnreadableList(f"{bad} of {total} rows name no address", line)
    found.left_out += bad


def _shown(text: str) -> str:
    return f"“{display(text, 60)}”"


FORMS: Final[Mapping[str, Callable[[str, Gathering], None]]] = {
    "hosts": _hosts,
    "txt": _plain,
    "netset": _addresses,
    "ipset": _addresses,
    "csv": _table,
    "json": _json,
}
"""By the end of the file's name."""
