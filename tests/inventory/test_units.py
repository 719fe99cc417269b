"""Communes, kinds and who manages whom."""

import unicodedata

import pytest

from inventory.model import Inventory, Source, Unit, UnitKind
from inventory.spelling import bare, folded
from inventory.units import (
    KIND_NAMES,
    Commune,
    by_kind,
    commune,
    communes,
    manager_name,
    manager_of,
    managers,
    nearest_commune,
)


def test_the_table_is_whole() -> None:
    """94 communes: 23 wards, 70 communes, one special zone; no code or name twice."""
    kinds = [one.kind for one in communes()]
    assert (kinds.count("phường"), kinds.count("xã"), kinds.count("đặc khu")) == (23, 70, 1)
    assert len({one.code for one in communes()}) == len({one.name for one in communes()}) == 94


@pytest.mark.parametrize("one", communes(), ids=lambda one: one.code)
def test_every_commune_is_found(one: Commune) -> None:
    """By code, name, full title, capitals, NFD, and without accents."""
    spelled = [
        one.code,
        one.name,
        one.title(),
        one.title().upper(),
        unicodedata.normalize("NFD", one.title()),
        f"UBND {one.title()}, TP. Đà Nẵng",
        bare(one.name),
    ]
    assert {commune(text) for text in spelled} == {one}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Hoà Khánh", "20200"),
        ("phường  hoà   cường", "20257"),
        ("P. Hải Châu", "20242"),
        ("xã A Vương", "20458"),
        ("Phuong Hoa Khanh", "20200"),
        ("Ðồng Dương", "20818"),
        ("La Êê", "20698"),
    ],
)
def test_spellings(written: str, code: str) -> None:
    """Old tone placement, abbreviations, blanks and the eth of old keyboards."""
    found = commune(written)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("written", ["", "Hải Chau", "Thạch Thang", "20195", "xã", "Hà Nội"])
def test_not_a_commune(written: str) -> None:
    """Wrong accents, old wards and draft codes are not guessed."""
    assert commune(written) is None


def test_near_miss() -> None:
    """Perhaps this one was meant."""
    near = nearest_commune("phường Hải Chao")
    assert near is not None
    assert near.name == "Hải Châu"
    assert nearest_commune("zzzzzz") is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Hoà", "Hòa", True),
        ("Thuỷ", "Thủy", True),
        ("Khoẻ", "KHỎE", True),
        ("Trường", unicodedata.normalize("NFD", "Trường"), True),
        ("Hoa", "Hòa", False),
        ("Đông", "Dông", False),
        ("Tân", "Tan", False),
    ],
)
def test_same_word(one: str, other: str, *, same: bool) -> None:
    """Placement of the tone is spelling; the tone itself is not."""
    assert (folded(one) == folded(other)) is same


@pytest.mark.parametrize(
    ("kind", "name", "manager"),
    [
        (UnitKind.MAM_NON, "", "20200"),
        (UnitKind.TIEU_HOC, "", "20200"),
        (UnitKind.THCS, "", "20200"),
        (UnitKind.TH_THCS, "", "20200"),
        (UnitKind.KHAC, "", "20200"),
        (UnitKind.THPT, "", "so-gddt"),
        (UnitKind.THCS_THPT, "", "so-gddt"),
        (UnitKind.GDTX, "", "so-gddt"),
        (UnitKind.CHUYEN_BIET, "", "so-gddt"),
        (UnitKind.SO, "", "so-gddt"),
        (UnitKind.PTDTNT, "Trường PTDTNT Sao Mai", "so-gddt"),
        (UnitKind.PTDTNT, "Trường PTDTNT THCS Sao Mai", "20200"),
        (UnitKind.PTDTNT, "Trường PTDTNT THCS&THPT Sao Mai", "so-gddt"),
        (UnitKind.PTDTBT, "Trường PTDTBT Tiểu học Sao Mai", "20200"),
        (UnitKind.PTDTBT, "Trường PTDTBT THCS và THPT Sao Mai", "so-gddt"),
    ],
)
def test_manager_by_law(kind: UnitKind, name: str, manager: str) -> None:
    """Upper secondary level decides, and special schools are the department's."""
    assert manager_of(kind, "20200", name) == manager


def test_roll_up() -> None:
    """The department first, then communes by code."""
    units = [
        Unit(id=code, name=code, kind=UnitKind.THCS, commune="20200", manager=manager)
        for code, manager in [("a", "20209"), ("b", "so-gddt"), ("c", "20200"), ("d", "20209")]
    ]
    source = Source(file="x", sha256="0", rows_in=4, rows_accepted=4)
    rolled = managers(Inventory(units=tuple(units), sites=(), source=source))
    assert {m: [u.id for u in of] for m, of in rolled.items()} == {
        "so-gddt": ["b"],
        "20200": ["c"],
        "20209": ["a", "d"],
    }
    assert list(rolled) == ["so-gddt", "20200", "20209"]
    assert by_kind(units) == {UnitKind.THCS: 4}


def test_names_for_readers() -> None:
    """Every kind and manager has a name in both languages."""
    assert set(KIND_NAMES) == set(UnitKind)
    assert all(set(names) == {"vi", "en"} for names in KIND_NAMES.values())
    assert manager_name("20333") == "Đặc khu Hoàng Sa"
    assert manager_name("20333", "en") == "Hoàng Sa special zone"
    assert manager_name("so-gddt") == "Sở Giáo dục và Đào tạo"
    assert manager_name("99999") == "99999"
