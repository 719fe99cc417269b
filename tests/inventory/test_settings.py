"""The settings file: what may stand in it, and what is said of what may not."""

from datetime import time
from pathlib import Path

import pytest

from inventory.readers.settings import read_settings
from inventory.settings import DEFAULTS, Settings

WHOLE = """
targets:
  - {name: Hết năm 2026, ready_pct: 50, by: 2026-12-31}
  - {name: Hải Châu, ready_pct: 80.5, by: 2027-06-30, commune: "20242", kinds: [thcs, thpt]}
confirm: {look_again_after_s: 30, runs: 2, of_runs: 3, hold_share_pct: 25}
watch:
  interval_s: 300
  pauses:
    - {why: Bảo trì máy chủ, hosts: [a.edu.vn], starts: 2026-12-01T22:00, ends: 2026-12-02T04:00}
    - {why: Sao lưu hằng đêm, begin: "01:00", end: "02:00", days: [mon, fri]}
alerts:
  channels:
    - {name: thu, url_env: TINNHIEM_MAIL}
    - {name: nhom, url_file: /etc/tinnhiem/telegram}
  rules:
    - {name: moi, to: [thu, nhom], events: [regressed, site-down], managers: ["20242"]}
schedule:
  jobs:
    - {name: hang-dem, run: [scan, truong.xlsx, --out, bao-cao], at: 02:30}
    - {name: kiem, run: [inventory, check, truong.xlsx], at: ["14:30", "02:30", "02:30"], days: [mon]}
  quiet:
    - {why: Giờ học, begin: "07:00", end: "17:00", days: [mon, fri]}
"""


def told(tmp_path: Path, text: str) -> tuple[Settings | None, list[tuple[int | None, str, str]]]:
    """The settings of a text, and each problem's line, column and code."""
    file = tmp_path / "tinnhiem.yaml"
    file.write_text(text, encoding="utf-8")
    settings, problems = read_settings(file, "en")
    return settings, [(p.line, p.column or "", p.code) for p in problems]


def test_a_whole_file(tmp_path: Path) -> None:
    """Every part is read into its type."""
    settings, problems = told(tmp_path, WHOLE)
    assert problems == []
    assert settings is not None
    assert settings.targets[1].ready_pct == 80.5
    assert settings.confirm.hold_share_pct == 25
    assert settings.watch.pauses[1].days == ("mon", "fri")
    assert settings.alerts.rules[0].to == ("thu", "nhom")
    assert settings.alerts.rules[0].least == "required"
    assert settings.schedule.jobs[0].at == (time(2, 30),)
    assert settings.schedule.jobs[1].at == (time(2, 30), time(14, 30))
    assert settings.schedule.quiet[0].end == time(17)


def test_parts_may_be_left_out(tmp_path: Path) -> None:
    """What is not said is as it comes with the program."""
    settings, _ = told(tmp_path, "confirm: {runs: 3}\n")
    assert settings is not None
    assert settings.watch == DEFAULTS.watch
    assert settings.confirm.runs == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "watch:\n  intervall_s: 300\n", (2, "watch.intervall_s", "key-unknown"), id="key"
        ),
        pytest.param(
            "watch:\n  interval_s: 5m\n", (2, "watch.interval_s", "setting"), id="unit-in-it"
        ),
        pytest.param(
            "watch:\n  interval_s: -1\n", (2, "watch.interval_s", "setting"), id="negative"
        ),
        pytest.param(
            "targets:\n - name: x\n   ready_pct: 50\n", (2, "targets.0.by", "needed"), id="needed"
        ),
        pytest.param("confirm:\n  runs: 4\n  of_runs: 3\n", (1, "confirm", "setting"), id="4-of-3"),
        pytest.param(
            "alerts:\n  rules:\n   - {name: a, to: [b]}\n", (1, "alerts", "setting"), id="channel"
        ),
        pytest.param(
            "alerts:\n  channels:\n   - {name: a}\n",
            (3, "alerts.channels.0", "setting"),
            id="no-url",
        ),
        pytest.param(
            "watch:\n  pauses:\n   - {why: x, begin: '01:00', end: '02:00', zone: Asia/Saigonn}\n",
            (3, "watch.pauses.0.zone", "setting"),
            id="zone",
        ),
        pytest.param(
            "watch:\n  pauses:\n   - {why: x}\n", (3, "watch.pauses.0", "setting"), id="no-time"
        ),
        pytest.param(
            "watch:\n  pauses:\n   - {why: x, starts: 2026-12-02, ends: 2026-12-01}\n",
            (3, "watch.pauses.0", "setting"),
            id="backwards",
        ),
        pytest.param(
            "schedule:\n  jobs:\n   - {name: a, run: [runs], at: '02:30', days: [1]}\n",
            (3, "schedule.jobs.0.days.0", "setting"),
            id="day-by-number",
        ),
        pytest.param(
            "schedule:\n  jobs:\n   - {name: a, run: [runs], at: '02:30:15'}\n",
            (3, "schedule.jobs.0.at", "setting"),
            id="seconds",
        ),
        pytest.param(
            "schedule:\n  jobs:\n   - {name: a, run: [runs], at: '02:30Z'}\n",
            (3, "schedule.jobs.0.at", "setting"),
            id="zone-in-the-time",
        ),
        pytest.param(
            "schedule:\n  jobs:\n   - {name: a, run: [runs], at: [25:00]}\n",
            (3, "schedule.jobs.0.at.0", "setting"),
            id="25-hours",
        ),
        pytest.param(
            "schedule:\n  jobs:\n   - {name: a, run: [runs], at: []}\n",
            (3, "schedule.jobs.0.at", "needed"),
            id="no-time-of-day",
        ),
        pytest.param(
            "schedule:\n  jobs:\n   - {name: a, run: [runs], at: '02:30'}\n"
            "   - {name: A, run: [runs], at: '03:30'}\n",
            (1, "schedule", "setting"),
            id="one-name-twice",
        ),
        pytest.param(
            "schedule:\n  quiet:\n   - {why: x, begin: '07:00', end: '07:00'}\n",
            (3, "schedule.quiet.0", "setting"),
            id="quiet-for-no-time",
        ),
        pytest.param("watch: [\n", (2, "", "yaml-syntax"), id="syntax"),
        pytest.param("", (None, "", "file-empty"), id="empty"),
    ],
)
def test_what_is_wrong(tmp_path: Path, text: str, expected: tuple[int | None, str, str]) -> None:
    """The line, the setting, and which problem; nothing of the file is used."""
    settings, problems = told(tmp_path, text)
    assert settings is None
    assert problems == [expected]


def test_a_near_key_is_suggested(tmp_path: Path) -> None:
    """Whoever mistypes is told what was meant."""
    file = tmp_path / "s.yaml"
    file.write_text("watch:\n  intervall_s: 300\n", encoding="utf-8")
    _, problems = read_settings(file, "en")
    assert 'did you mean "interval_s"' in problems[0].mend


@pytest.mark.parametrize("name", ["s.csv", "s.txt"])
def test_another_kind_of_file(tmp_path: Path, name: str) -> None:
    """Settings are YAML or JSON."""
    file = tmp_path / name
    file.write_text("watch: {}", encoding="utf-8")
    _, problems = read_settings(file, "en")
    assert [p.code for p in problems] == ["file-kind"]


def test_json_is_read_too(tmp_path: Path) -> None:
    """As the inventory is."""
    file = tmp_path / "s.json"
    file.write_text('{"confirm": {"runs": "1"}}', encoding="utf-8")
    settings, _ = read_settings(file, "en")
    assert settings is not None
    assert settings.confirm.runs == 1
