"""Cells and rows: what people type, what it stands for, and rows that disagree."""

import re
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from inventory.model import SO_GDDT, Role, Site, Unit, UnitKind, UnitState
from inventory.readers import read, words
from inventory.readers.messages import MESSAGES
from inventory.readers.problems import Place, Problems, visible
from inventory.spelling import bare
from tests.inventory.written import HOA_NANG, SONG_XANH, Row, codes, read_rows, school, write_csv


def only(folder: Path, **changes: str) -> tuple[Unit, Site]:
    result = read_rows(folder, {n: v for n, v in school(**changes).items() if v})
    assert codes(result, "error") == []
    assert result.inventory is not None
    return result.inventory.units[0], result.inventory.sites[0]


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("Mầm non", UnitKind.MAM_NON),
        ("mau giao", UnitKind.MAM_NON),
        ("TIỂU HỌC", UnitKind.TIEU_HOC),
        ("TH", UnitKind.TIEU_HOC),
        ("Trường THCS", UnitKind.THCS),
        ("THPT", UnitKind.THPT),
        ("TH&THCS", UnitKind.TH_THCS),
        ("Tiểu học và THCS", UnitKind.TH_THCS),
        ("th-thcs", UnitKind.TH_THCS),
        ("THCS - THPT", UnitKind.THCS_THPT),
        ("TH, THCS và THPT", UnitKind.THCS_THPT),
        ("PT DTNT", UnitKind.PTDTNT),
        ("ptdtbt", UnitKind.PTDTBT),
        ("Trung tâm GDTX", UnitKind.GDTX),
        ("GDNN-GDTX", UnitKind.GDTX),
        ("Chuyên biệt", UnitKind.CHUYEN_BIET),
        ("Sở GD&ĐT", UnitKind.SO),
        ("Khác", UnitKind.KHAC),
        (unicodedata.normalize("NFD", "Trung tâm giáo dục thường xuyên"), UnitKind.GDTX),
    ],
)
def test_kinds(tmp_path: Path, written: str, kind: UnitKind) -> None:
    """Names of kinds as offices write them."""
    assert only(tmp_path, kind=written)[0].kind is kind


@pytest.mark.parametrize(
    ("kind", "manager", "expected"),
    [
        ("thcs", "", "20200"),
        ("thpt", "", SO_GDDT),
        ("PTDTNT THCS", "", "20200"),
        ("PTDTNT", "", SO_GDDT),
        ("thcs", "xã", "20200"),
        ("thcs", "UBND phường", "20200"),
        ("thcs", "commune", "20200"),
        ("thcs", "so-gddt", SO_GDDT),
        ("thcs", "Sở Giáo dục và Đào tạo", SO_GDDT),
        ("thcs", "20209", "20209"),
        ("thcs", "UBND phường Thanh Khê", "20209"),
    ],
)
def test_managers(tmp_path: Path, kind: str, manager: str, expected: str) -> None:
    """Blank follows the law; what is written wins."""
    unit, _ = only(tmp_path, unit_name="Trường Sao Mai", kind=kind, manager=manager)
    assert unit.manager == expected


def test_optional_cells(tmp_path: Path) -> None:
    """Every optional field, as text."""
    unit, site = only(
        tmp_path,
        roles="Cổng thông tin; mail",
        http_port="8080",
        mail_domain="Vi-Du.edu.vn",
        dkim_selectors="default, s1",
        gateway="trục A",
        platform="NukeViet",
        label_entry="https://nhan.vi-du.vn/1",
        state="Sáp nhập: vào TH-002",
        contact="Văn thư",
        tags="biển; cụm 1",
        registration_expires_on="31/1/2027",
        attestations="security-level-approved|12/QĐ|2026-01-15|2028-01-15|2; plan|13/KH|1.2.2026",
        excuses="hsts|chờ nhà cung cấp|Phó Giám đốc|2026-12-31",
    )
    assert site.roles == {Role.PORTAL, Role.MAIL}
    assert (site.http_port, site.mail_domain) == (8080, "vi-du.edu.vn")
    assert site.dkim_selectors == ("default", "s1")
    assert (site.gateway, site.platform) == ("trục A", "NukeViet")
    assert site.tags == ("biển", "cụm 1")
    assert site.registration_expires_on == date(2027, 1, 31)
    assert (unit.state, unit.state_note, unit.contact) == (
        UnitState.MERGED,
        "vào TH-002",
        "Văn thư",
    )
    assert [(a.check, a.level) for a in unit.attestations] == [
        ("security-level-approved", 2),
        ("plan", None),
    ]
    assert unit.attestations[1].issued_on == date(2026, 2, 1)
    assert unit.excuses[0].until_on == date(2026, 12, 31)
    assert (unit.excuses[0].number, unit.excuses[0].site, unit.excuses[0].granted_on) == (
        "",
        "",
        None,
    )


def test_every_part_of_an_excuse(tmp_path: Path) -> None:
    """The later parts may be left out, one by one; a year and a day is the longest."""
    host = school()["url"].split("/")[2]
    texts = [
        f"hsts|chờ|Sở|2026-12-31|1/QĐ|{host}|2025-12-30|r1 not-met",
        "csp|chờ|Sở|2026-12-31||",
        "dmarc|chờ|Sở|2026-12-31|||1/12/2026",
    ]
    result = read_rows(tmp_path, school(excuses="; ".join(texts)))
    assert result.inventory is not None, result.problems
    whole, short, later = result.inventory.units[0].excuses
    assert (whole.number, whole.site, whole.finding) == ("1/QĐ", host, "r1 not-met")
    assert whole.granted_on == date(2025, 12, 30)
    assert (short.number, short.site, short.granted_on) == ("", "", None)
    assert later.granted_on == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("unit_id", "", "needed"),
        ("unit_name", "", "needed"),
        ("commune", "", "needed"),
        ("url", "", "needed"),
        ("unit_id", "A\0B", "control"),
        ("unit_id", "A\u200bB", "control"),
        ("unit_id", "x" * 501, "id-long"),
        ("unit_name", "x" * 501, "text-long"),
        ("unit_name", "Tr\u00adêng TiÓu häc", "legacy-text"),
        ("unit_name", "Tröôøng Tieåu hoïc", "legacy-text"),
        ("kind", "đại học", "kind"),
        ("commune", "20195", "commune"),
        ("commune", "Thạch Thang", "commune"),
        ("manager", "Phòng GDĐT", "manager"),
        ("roles", "portal; blog", "role"),
        ("state", "sleeping", "state"),
        ("http_port", "eighty", "number"),
        ("http_port", "65536", "number"),
        ("mail_domain", "a@b@c", "address-host"),
        ("dkim_selectors", "a b", "selector"),
        ("registration_expires_on", "30/02/2026", "date"),
        ("attestations", "check only", "attestation"),
        ("attestations", "a|b|2026-01-01||9", "attestation"),
        ("attestations", "a|b|2026-01-01|||x", "attestation"),
        ("attestations", "a|b|2026-01-02|2026-01-01", "dates-order"),
        ("excuses", "hsts|why|who", "excuse"),
        ("excuses", "hsts|why|who|soon", "excuse"),
        ("excuses", "hsts|why|who|2026-12-31|1/QĐ||soon", "excuse"),
        ("excuses", "hsts|why|who|2026-12-31|1/QĐ||2027-01-01", "dates-order"),
        ("excuses", "hsts|why|who|2026-12-31|1/QĐ||2025-12-29", "excuse-long"),
        ("excuses", "hsts|why|who|2026-12-31|1/QĐ|other.vn", "excuse-site"),
        ("excuses", "hsts|why|who|2026-12-31|1/QĐ||2026-01-01|r1|x", "excuse"),
        ("tags", "x" * 101, "text-long"),
        ("url", "ftp://a.vn/", "address-scheme"),
        ("url", "https://u:hunter2@a.vn/", "address-secret"),
    ],
)
def test_refused_cells(tmp_path: Path, field: str, value: str, code: str) -> None:
    """The cell, its line, its column; and no inventory."""
    result = read_rows(tmp_path, HOA_NANG | {"unit_id": "OK"}, school(**{field: value}))
    errors = [p for p in result.problems if p.severity == "error"]
    assert [(p.code, p.line, p.column) for p in errors] == [(code, errors[0].line, field)]
    assert errors[0].line is not None
    assert errors[0].line > 6
    assert (result.rows_in, result.rows_accepted, result.rows_refused) == (2, 1, 1)
    assert result.inventory is None
    assert "hunter2" not in result.model_dump_json()


def test_suggestions(tmp_path: Path) -> None:
    """Near misses are named."""
    result = read_rows(tmp_path, school(commune="phường Hòa Khan", kind="tieuhok"))
    mends = {p.code: p.mend for p in result.problems}
    assert "Hòa Khánh ward, 20200" in mends["commune"]
    assert "tieu-hoc" in mends["kind"]


@pytest.mark.parametrize("mark", ["\u202e", "\u200b", "\u2066", "\x7f", "\0", "\x1b"])
def test_unseen_signs_in_names(tmp_path: Path, mark: str) -> None:
    """IN-15: kept as text, in a form that can be seen and cannot reorder a line."""
    result = read(write_csv(tmp_path, [school(unit_name=f"A{mark}B")]))
    assert codes(result) == ["unseen"]
    assert result.inventory is not None
    assert result.inventory.units[0].name == f"A<U+{ord(mark):04X}>B"


@pytest.mark.parametrize("code", ["../../x", "/abs", "-rf", "CON", "nul.txt", "x" * 500, "a b"])
def test_ids_are_stored_as_given(tmp_path: Path, code: str) -> None:
    """IN-7, IN-8: an id is never a file name, so it may be anything that can be seen."""
    assert only(tmp_path, unit_id=f" {code} ")[0].id == code


def test_two_sites_of_one_unit(tmp_path: Path) -> None:
    """One unit, two rows; what is blank in one is taken from the other."""
    second: Row = {"unit_id": "TH-001", "url": "https://b.vi-du.edu.vn/", "contact": "Văn thư"}
    result = read_rows(tmp_path, HOA_NANG, second)
    assert codes(result) == []
    assert result.inventory is not None
    assert len(result.inventory.units) == 1
    assert result.inventory.units[0].contact == "Văn thư"
    assert [site.unit for site in result.inventory.sites] == ["TH-001", "TH-001"]


def test_same_name_in_two_spellings_agrees(tmp_path: Path) -> None:
    """IN-4: NFD and old tone placement are the same name."""
    name = unicodedata.normalize("NFD", "Trường Tiểu học Hoà Khánh")
    first, second = school(unit_name="Trường Tiểu học Hòa Khánh"), school(unit_name=name)
    result = read_rows(tmp_path, first, second | {"url": "https://b.vi-du.edu.vn/"})
    assert codes(result) == []


def test_contradiction_names_both_lines(tmp_path: Path) -> None:
    """IN-5: one id, two schools: an error on both lines; neither silently wins."""
    other = SONG_XANH | {"unit_id": "TH-001"}
    result = read_rows(tmp_path, HOA_NANG, other)
    found = [(p.line, p.column) for p in result.problems if p.code == "contradiction"]
    assert [column for _, column in found].count("unit_name") == 2
    assert len({line for line, _ in found if line}) == 6
    assert (result.rows_accepted, result.rows_refused) == (0, 2)


def test_shared_site(tmp_path: Path) -> None:
    """IN-6: one canonical address, two units: a warning, two rows."""
    first = school(url="HTTPS://OK.vi-du.edu.vn:443")
    second = SONG_XANH | {"url": "https://ok.vi-du.edu.vn/"}
    result = read_rows(tmp_path, first, second)
    assert codes(result) == ["site-shared"]
    assert result.inventory is not None
    assert len({site.url for site in result.inventory.sites}) == 1
    assert result.inventory.sites[0].shown == "HTTPS://OK.vi-du.edu.vn:443"


def test_same_site_twice(tmp_path: Path) -> None:
    """The second row is refused and names the first."""
    result = read_rows(tmp_path, HOA_NANG, HOA_NANG)
    assert codes(result) == ["site-twice"]
    assert (result.rows_in, result.rows_refused) == (2, 1)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"unit_id": "th-001", "unit_name": "Khác"}, "id-case"),
        ({"unit_id": "X", "unit_name": "TRƯỜNG TIỂU HỌC HOA NẮNG"}, "name-twice"),
    ],
)
def test_look_alikes(tmp_path: Path, changes: Row, code: str) -> None:
    """IN-4, IN-7: probably one unit; a person decides."""
    result = read_rows(tmp_path, HOA_NANG, school(**changes) | {"url": "https://b.vi-du.edu.vn/"})
    assert codes(result) == [code]
    assert result.inventory is not None


def test_merged_school_needs_no_site(tmp_path: Path) -> None:
    """A unit that is gone may have lost its site; an active one may not."""
    gone = school(state="Đã giải thể")
    del gone["url"]
    result = read_rows(tmp_path, gone)
    assert codes(result) == []
    assert result.inventory is not None
    assert result.inventory.sites == ()


def test_every_fault_of_a_row_at_once(tmp_path: Path) -> None:
    """One pass tells all."""
    bad = {"unit_id": "", "kind": "x", "commune": "y", "manager": "z", "url": "ftp:q", "state": "w"}
    assert set(codes(read_rows(tmp_path, school(**bad)))) == {
        "needed",
        "kind",
        "commune",
        "manager",
        "address-scheme",
        "state",
    }


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        (words.ROW_FIELDS, words.ROW_KEYS),
        (words.PERMISSION_FIELDS, words.PERMISSION_KEYS),
        (words._KINDS, words.KINDS),
        (words._ROLES, words.ROLES),
        (words._STATES, words.STATES),
        (words._MANAGERS, words.MANAGERS),
    ],
)
def test_no_word_means_two_things(table: dict[str, str], keys: dict[str, str]) -> None:
    """Each name in a table of words leads back to its own row."""
    for meant, names in table.items():
        assert {keys[bare(name)] for name in words.names_of(names)} == {str(meant)}


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("code", MESSAGES)
def test_messages_are_whole(code: str, lang: str) -> None:
    """Four texts each, with the same placeholders in both languages."""
    told = MESSAGES[code]
    assert all(told[:4])
    used = [set(re.findall(r"{(\w+)}", text)) for text in told[:4]]
    assert (used[0], used[1]) == (used[2], used[3])
    problems = Problems("x", "vi" if lang == "vi" else "en")
    problems.note(code, Place(), "v", **dict.fromkeys(used[0] | used[1], "{w}"))
    assert problems.noted[0].message


def test_values_are_shown_safely() -> None:
    """Escaped, and cut at 80."""
    assert visible("a\x1b[31m\n\u202e\ud800") == "a<U+001B>[31m<U+000A><U+202E><U+D800>"
    assert len(visible("x" * 1000)) == 80
