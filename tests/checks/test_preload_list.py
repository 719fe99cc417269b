"""The browsers' preload list as Chromium writes it: what is taken, what is refused and where, and what it costs."""

import json
import time
import tracemalloc
from datetime import date

import pytest

from checks.lists.preload import parse
from checks.lists.unreadable import UnreadableList

DAY = date(2026, 11, 1)
HEAD = """// Copyright
// { "name": "in-a-comment.vn", "mode": "force-https" }

{
  // "pinsets" come first.
  "pinsets": [ { "name": "google", "static_spki_hashes": ["GoogleRoot"] } ],
  "entries": [
"""


def listed(*entries: str) -> dict[str, bool]:
    """The names of a list of these entries, in Chromium's form."""
    text = HEAD + ",\n".join(entries) + "\n  ]\n}\n"
    return dict(parse(text, DAY, "ab").include_subdomains)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        # chromium, net/http/transport_security_state_static.json
        pytest.param(
            '{ "name": "a.vn", "policy": "bulk-1-year", "mode": "force-https",'
            ' "include_subdomains": true }',
            {"a.vn": True},
            id="bulk",
        ),
        pytest.param(
            '{ "name": "a.vn", "policy": "custom", "mode": "force-https" }',
            {"a.vn": False},
            id="alone",
        ),
        pytest.param(
            '{ "name": "A.VN", "mode": "force-https", "include_subdomains": false }',
            {"a.vn": False},
            id="case",
        ),
        pytest.param(
            '// { "name": "b.vn", "mode": "force-https" }\n'
            '{ "name": "a.vn", "mode": "force-https" }',
            {"a.vn": False},
            id="comment-between",
        ),
        pytest.param(
            '{ "name": "a.vn", "mode": "force-https", "note": "https://a.vn//x" }',
            {"a.vn": False},
            id="slashes-in-text",
        ),
        pytest.param(
            '{ "name": "a.vn", "mode": "force-https" },\n'
            '{ "name": "b.vn", "pins": "google", "include_subdomains_for_pinning": true }',
            {"a.vn": False},
            id="pins-are-no-https",
        ),
        pytest.param(
            '{ "name": "a.vn", "mode": "force-https" },\n{ "name": "b.vn", "mode": "other" }',
            {"a.vn": False},
            id="other-mode",
        ),
    ],
)
def test_entries(entry: str, expected: dict[str, bool]) -> None:
    """Only what browsers reach by https alone is taken."""
    assert listed(entry) == expected


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        pytest.param("", "no JSON: Expecting value", 1, id="empty"),
        pytest.param("<html>\n", "no JSON: Expecting value", 1, id="a-page"),
        pytest.param(HEAD, "no JSON: Expecting value", 8, id="cut"),
        pytest.param(HEAD + '{ "name": "a.vn" }\n{ "name": "b.vn" }', "no JSON", 9, id="no-comma"),
        pytest.param("[" * 100_000, "nested too deeply", 0, id="deep"),
        pytest.param("[]", "no list of entries", 0, id="a-list"),
        pytest.param("{}", "no list of entries", 0, id="no-entries"),
        pytest.param('{"entries": {}}', "no list of entries", 0, id="entries-no-list"),
        pytest.param('{"entries": []}', "no entry has the mode", 0, id="nobody"),
        pytest.param('{"entries": [{"mode": "force-https"}]}', "has no name", 0, id="nameless"),
        pytest.param(
            '{"entries": [{"mode": "force-https", "name": 7}]}', "has no name", 0, id="number"
        ),
    ],
)
def test_unreadable(text: str, why: str, line: int) -> None:
    """What is wrong, and in which line of the file as it is."""
    with pytest.raises(UnreadableList) as told:
        parse(text, DAY, "ab")
    assert why in told.value.why
    assert told.value.line == line


@pytest.mark.parametrize(
    ("host", "covered"),
    [
        ("a.vn", True),
        ("www.a.vn", True),
        ("x.y.a.vn", True),
        ("b.vn", True),
        ("www.b.vn", False),
        ("aa.vn", False),
        ("vn", False),
    ],
)
def test_covers(host: str, covered: bool) -> None:
    """An entry speaks for names below it only where it says so."""
    text = '{"entries": [{"name": "a.vn", "mode": "force-https", "include_subdomains": true}, {"name": "b.vn", "mode": "force-https"}]}'
    assert parse(text, DAY, "ab").covers(host) is covered


def test_a_list_of_the_real_size_is_read_quickly_and_held_small() -> None:
    """As many entries as Chromium's, in some 20 MB; of all that only the names are held."""
    rows = (
        {
            "name": f"truong-so-{number}.edu.vn",
            "policy": "bulk-1-year",
            "mode": "force-https",
            "include_subdomains": True,
        }
        for number in range(150_000)
    )
    text = HEAD + ",\n".join(f"    {json.dumps(row)}" for row in rows) + "\n]}"
    started = time.process_time()
    found = parse(text, DAY, "ab")
    # A second on an idle machine has some room; other processes share this one.
    assert time.process_time() - started < 3
    assert len(found.include_subdomains) == 150_000
    del found
    tracemalloc.start()
    found = parse(text, DAY, "ab")
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.covers("truong-so-1.edu.vn")
    assert held < 30_000_000
    assert peak < 80_000_000
