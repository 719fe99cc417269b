"""Recorded evidence is judged as expected, byte for byte, without a network."""

import json
import shutil
import socket
from pathlib import Path
from typing import NoReturn

import pytest

from checks.evidence.base import Cause
from tests import replay


@pytest.fixture(scope="module")
def recording() -> replay.Row:
    """The recorded sites."""
    told: replay.Row = json.loads(replay.RECORDING.read_bytes())
    return told


def test_recorded_runs_give_the_expected_findings(
    recording: replay.Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed line is a changed answer: look at it, then `python -m tests.replay --accept`."""

    def refused(*_: object, **__: object) -> NoReturn:
        raise OSError("judging needs no network, not even loopback")

    monkeypatch.setattr(socket, "socket", refused)
    found = replay.judged(recording)
    expected = replay.EXPECTED.read_bytes()
    assert list(replay.differences(expected, found)) == []
    assert found == expected


def test_judging_twice_gives_the_same_bytes(recording: replay.Row) -> None:
    """Nothing of the first judging is left over in the second."""
    assert replay.judged(recording) == replay.judged(recording)


def test_every_recorded_payload_is_still_read(recording: replay.Row) -> None:
    """A schema that changed needs a new recording; until then nothing would be replayed."""
    expired = [
        f"{seen.site}: {kind.kind}"
        for seen in replay._evidence(recording["sites"])
        for kind, found in seen.evidence.items()
        if getattr(found, "cause", None) is Cause.EVIDENCE_EXPIRED
    ]
    assert expired == []


def test_the_recording_is_small_and_says_where_it_is_from(recording: replay.Row) -> None:
    """Reviewable: under a megabyte, a dozen sites, no loopback port and no key."""
    text = replay.RECORDING.read_text(encoding="utf-8")
    assert len(text.encode()) < 2_000_000
    assert "practice fleet" in recording["origin"]
    assert len(recording["sites"]) == len(replay.CHOSEN)
    assert "127.0.0." not in text
    assert "PRIVATE KEY" not in text


def test_a_changed_answer_is_told_and_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1 and one line per change; after ``--accept`` exit 0."""
    expected = tmp_path / "expected.jsonl"
    shutil.copy(replay.EXPECTED, expected)
    text = expected.read_text(encoding="utf-8")
    expected.write_text(text.replace('"outcome":"met"', '"outcome":"not-met"', 1), encoding="utf-8")
    assert replay.main([], expected) == 1
    said = capsys.readouterr().out
    assert said.count("→") == 1
    assert "not-met" in said
    assert replay.main(["--accept"], expected) == 0
    assert expected.read_bytes() == replay.judged(json.loads(replay.RECORDING.read_bytes()))
    capsys.readouterr()
    assert replay.main([], expected) == 0
    assert "0 changed" in capsys.readouterr().out
