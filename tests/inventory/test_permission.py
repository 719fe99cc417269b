"""The written leave: whole, sane, and told apart from the list."""

from datetime import date, time
from pathlib import Path

import pytest

from inventory.model import Permission
from inventory.readers import read
from tests.inventory.written import (
    HOA_NANG,
    LEAVE,
    Row,
    codes,
    read_rows,
    school,
    write,
    write_csv,
    write_yaml,
)


def leave_of(folder: Path, **changes: str) -> tuple[Permission | None, list[str]]:
    fields: Row = {name: value for name, value in (LEAVE | changes).items() if value}
    result = read_rows(folder, HOA_NANG, permission=fields)
    return result.inventory.permission if result.inventory else None, codes(result)


def test_defaults(tmp_path: Path) -> None:
    """What need not be written has the model's values."""
    leave, found = leave_of(tmp_path)
    assert found == []
    assert leave is not None
    assert leave.ports == (25, 53, 80, 443)
    assert leave.requests_per_minute == 60
    assert (leave.granted_on, leave.expires_on) == (date(2026, 11, 1), date(2027, 11, 1))


def test_every_field(tmp_path: Path) -> None:
    """All fields, as texts."""
    leave, found = leave_of(
        tmp_path,
        hosts="*.Vi-Du.edu.vn; trường.vn\nso.vi-du.vn.",
        networks="10.20.0.0/16, 127.0.0.0/8; fd00::/8",
        families="exposure; zone",
        requests_per_minute="600",
        hours="18:00-06:30 Asia/Ho_Chi_Minh",
        ports="443; 8443",
        connections_per_address="4",
        new_connections_per_second="2,5",
        connections_per_network="16",
        controls="control.vi-du.vn:443; 127.0.0.1:8443; [::1]:8443",
        search_agent="Mozilla/5.0 (compatible; tim-kiem; +https://vi-du.vn/lien-he)",
    )
    assert found == []
    assert leave is not None
    assert leave.hosts == ("*.vi-du.edu.vn", "xn--trng-rib8295b.vn", "so.vi-du.vn")
    assert [str(network) for network in leave.networks] == [
        "10.20.0.0/16",
        "127.0.0.0/8",
        "fd00::/8",
    ]
    assert leave.families == {"exposure", "zone"}
    assert leave.hours is not None
    assert (leave.hours.start, leave.hours.end) == (time(18), time(6, 30))
    assert leave.ports == (443, 8443)
    assert leave.new_connections_per_second == 2.5
    assert leave.controls == ("control.vi-du.vn:443", "127.0.0.1:8443", "[::1]:8443")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("reference", "", "needed"),
        ("contact", "", "needed"),
        ("hosts", "", "needed"),
        ("granted_on", "soon", "date"),
        ("expires_on", "31/02/2027", "date"),
        ("expires_on", "2025-01-01", "dates-order"),
        ("hosts", "https://a.vn/", "permission-host"),
        ("hosts", "*", "permission-host"),
        ("hosts", "a.*.vn", "permission-host"),
        ("hosts", "10.0.0.1", "permission-host"),
        ("networks", "10.20", "network"),
        ("networks", "169.254.0.0/16", "network-never"),
        ("networks", "0.0.0.0/0", "network-never"),
        ("networks", "fe80::/10", "network-never"),
        ("requests_per_minute", "0", "number"),
        ("requests_per_minute", "many", "number"),
        ("new_connections_per_second", "0", "number"),
        ("ports", "0", "number"),
        ("ports", "443; 70000", "number"),
        ("hours", "at night", "hours"),
        ("hours", "25:00-26:00", "hours"),
        ("hours", "7:00-8:00 Asia/Nowhere", "hours"),
        ("controls", "control.vi-du.vn", "control-host"),
        ("controls", "-x:443", "control-host"),
    ],
)
def test_refused(tmp_path: Path, field: str, value: str, code: str) -> None:
    """Without a whole permission there is no inventory to scan."""
    leave, found = leave_of(tmp_path, **{field: value})
    assert leave is None
    assert code in found


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("hosts", "*.edu.vn; *.vi-du.edu.vn", "permission-wide"),
        ("networks", "8.8.8.0/24", "network-public"),
        ("families", "vulnerabilty", "family"),
    ],
)
def test_warned(tmp_path: Path, field: str, value: str, code: str) -> None:
    """Odd, but for the giver to decide."""
    leave, found = leave_of(tmp_path, **{field: value})
    assert leave is not None
    assert found == [code]


def test_hours_as_mapping(tmp_path: Path) -> None:
    """Hours may be a mapping."""
    path = write_yaml(tmp_path, [HOA_NANG], LEAVE)
    text = path.read_text("utf-8").replace(
        "rows:", "  hours: {start: '07:00', end: '17:00'}\nrows:"
    )
    result = read(write(tmp_path, "list.yaml", text))
    assert result.inventory is not None
    assert result.inventory.permission is not None
    assert result.inventory.permission.hours is not None
    assert result.inventory.permission.hours.zone == "Asia/Ho_Chi_Minh"


@pytest.mark.parametrize("nested", [True, False])
def test_own_file(tmp_path: Path, *, nested: bool) -> None:
    """A file of its own, with or without the word permission on top."""
    indent = "  " if nested else ""
    lines = [f"{indent}{name}: '{value}'" for name, value in LEAVE.items()]
    leave = write(tmp_path, "leave.yaml", "\n".join(["permission:"] * nested + lines))
    result = read(write_csv(tmp_path, [HOA_NANG]), leave)
    assert result.problems == ()
    assert result.inventory is not None
    assert result.inventory.permission is not None


def test_own_file_with_faults(tmp_path: Path) -> None:
    """Its problems bear its name; the list is read all the same."""
    leave = write(tmp_path, "leave.yaml", "reference: x")
    result = read(write_csv(tmp_path, [HOA_NANG | {"kind": "what"}]), leave)
    assert {problem.file for problem in result.problems} == {"list.csv", "leave.yaml"}
    assert (result.rows_in, result.rows_accepted) == (1, 0)


def test_own_file_missing_or_not_yaml(tmp_path: Path) -> None:
    """Only YAML or JSON."""
    path = write_csv(tmp_path, [HOA_NANG])
    assert codes(read(path, tmp_path / "missing.yaml")) == ["file-missing"]
    assert codes(read(path, path)) == ["file-kind"]


def test_two_permissions(tmp_path: Path) -> None:
    """Which one holds is not guessed."""
    leave = write(tmp_path, "leave.yaml", "\n".join(f"{n}: '{v}'" for n, v in LEAVE.items()))
    result = read(write_yaml(tmp_path, [HOA_NANG], LEAVE), leave)
    assert codes(result) == ["permission-twice"]


def test_no_permission_is_a_warning(tmp_path: Path) -> None:
    """The list may be checked without; scanning is another matter."""
    result = read_rows(tmp_path, HOA_NANG)
    assert [p.code for p in result.problems] == ["permission-missing"]
    assert result.inventory is not None
    assert result.inventory.permission is None


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"url": "https://other.vn/"}, ["host-not-permitted"]),
        ({"url": "https://vi-du.edu.vn.evil.vn/"}, ["host-not-permitted"]),
        ({"url": "https://vi-du.edu.vn/"}, []),
        ({"url": "https://a.vi-du.edu.vn:22/"}, ["port-not-permitted"]),
        ({"url": "https://a.vi-du.edu.vn:443/"}, []),
        ({"url": "https://a.vi-du.edu.vn/", "http_port": "8080"}, ["port-not-permitted"]),
        ({"url": "https://a.vi-du.edu.vn/", "http_port": "80"}, []),
    ],
)
def test_sites_within_the_permission(
    tmp_path: Path, changes: dict[str, str], found: list[str]
) -> None:
    """A host or port outside is an error of its row."""
    result = read_rows(tmp_path, school(**changes), permission=LEAVE)
    assert codes(result) == found
    assert result.rows_refused == (1 if found else 0)


def test_ports_without_permission(tmp_path: Path) -> None:
    """IN-30: told, for the permission will have to name them."""
    result = read_rows(tmp_path, school(url="https://a.vn:8443/"))
    assert codes(result) == ["port-unusual"]
    assert result.inventory is not None


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        pytest.param("Mozilla/5.0 (tim kiem)", True, id="plain"),
        pytest.param("a" * 200, True, id="200"),
        pytest.param("a" * 201, False, id="201"),
        pytest.param("Trình duyệt", False, id="marks"),
        pytest.param("a\r\nX-Header: b", False, id="another-header"),
    ],
)
def test_the_name_for_searching(tmp_path: Path, text: str, taken: bool) -> None:
    """It goes over the wire as it stands: one line of ASCII, not long."""
    leave, found = leave_of(tmp_path, families="search-view", search_agent=text)
    if taken:
        assert leave is not None
        assert leave.search_agent == text
    else:
        assert found == ["search-agent"]
