"""The commands `inventory check` and `init`."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from inventory.readers import read
from scanner.cli.inventory import EXAMPLES, init_command, inventory_group
from tests.inventory.written import HOA_NANG, SONG_XANH, write_csv


def check(*arguments: object) -> Result:
    return CliRunner().invoke(inventory_group, ["check", *map(str, arguments)])


def test_check_a_good_list(tmp_path: Path) -> None:
    """Counts by kind and manager; without a permission it is still a good list."""
    result = check(write_csv(tmp_path, [HOA_NANG, SONG_XANH]), "--lang", "en")
    assert result.exit_code == 0
    assert "Rows: 2 in = 2 accepted + 0 refused" in result.output
    assert "Primary school" in result.output
    assert "Department of Education and Training" in result.output
    assert "there is no permission" in result.output


def test_check_a_bad_list(tmp_path: Path) -> None:
    """Every row is told, with line and column; exit code 2."""
    result = check(write_csv(tmp_path, [HOA_NANG, SONG_XANH | {"kind": "what", "url": ""}]))
    assert result.exit_code == 2
    assert "LỖI  list.csv dòng 3 “kind”" in result.output
    assert "LỖI  list.csv dòng 3 “url”" in result.output
    assert "Hàng: 2 đọc vào = 1 nhận + 1 từ chối" in result.output


def test_check_a_missing_file(tmp_path: Path) -> None:
    """A missing file is a problem like another."""
    assert check(tmp_path / "missing.csv").exit_code == 2


@pytest.mark.parametrize("arguments", [("inventory.yaml",), ("inventory.csv", "permission.yaml")])
def test_examples_are_good(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """What init writes passes check without a word, permission and all."""
    made = CliRunner().invoke(init_command, [str(tmp_path / "new"), "--today", "2026-11-22"])
    assert made.exit_code == 0
    result = read(*(tmp_path / "new" / name for name in arguments))
    assert result.problems == ()
    assert result.inventory is not None
    assert len(result.inventory.units) == 4
    leave = result.inventory.permission
    assert leave is not None
    assert (leave.granted_on, leave.expires_on) == (date(2026, 11, 22), date(2027, 11, 22))


def test_both_examples_are_the_same_schools(tmp_path: Path) -> None:
    """The CSV shows the same list as the YAML."""
    CliRunner().invoke(init_command, [str(tmp_path)])
    csv, yaml = (read(tmp_path / name).inventory for name in ("inventory.csv", "inventory.yaml"))
    assert csv is not None
    assert yaml is not None
    assert [site.url for site in csv.sites] == [site.url for site in yaml.sites]
    assert [(u.id, u.manager) for u in csv.units] == [(u.id, u.manager) for u in yaml.units]


def test_init_never_overwrites(tmp_path: Path) -> None:
    """A file that exists is left as it is; the others are written."""
    (tmp_path / "inventory.yaml").write_text("mine", encoding="utf-8")
    result = CliRunner().invoke(init_command, [str(tmp_path)])
    assert result.exit_code == 0
    assert (tmp_path / "inventory.yaml").read_text(encoding="utf-8") == "mine"
    assert all((tmp_path / name).exists() for name in EXAMPLES)
