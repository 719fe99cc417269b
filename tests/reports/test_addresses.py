"""Names of pages are harmless on every system, and links lead only where a link may lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.addresses import harmless, page_names, safe_href


@pytest.mark.parametrize(
    ("unit_id", "plain"),
    [
        pytest.param("48201305", True, id="school-code"),
        pytest.param("thcs_hai-chau.2", True, id="dots-and-dashes"),
        pytest.param("a" * 64, True, id="longest"),
        pytest.param("a" * 65, False, id="too-long"),
        pytest.param("CON", False, id="reserved"),
        pytest.param("nul.html", False, id="reserved-before-a-dot"),
        pytest.param("com1", False, id="reserved-port"),
        pytest.param("..", False, id="parent"),
        pytest.param(".hidden", False, id="leading-dot"),
        pytest.param("../../etc/passwd", False, id="traversal"),
        pytest.param("a/b", False, id="slash"),
        pytest.param("a\\b", False, id="backslash"),
        pytest.param("Trường THCS", False, id="accents"),
        pytest.param("", False, id="empty"),
        pytest.param("a\n", False, id="line-end"),
    ],
)
def test_which_ids_stay_as_they_are(unit_id: str, plain: bool) -> None:
    """An id is the page's name only where it is harmless."""
    name = page_names([unit_id])[unit_id]
    assert (name == unit_id) is plain
    assert harmless(name)


def test_ids_that_differ_by_case_alone_both_get_a_hash() -> None:
    """Neither depends on which was read first."""
    names = page_names(["abc", "ABC", "def"])
    assert names == page_names(["def", "ABC", "abc"])
    assert names["def"] == "def"
    assert names["abc"] != "abc"
    assert len({n.lower() for n in names.values()}) == 3


def test_a_slug_shows_the_letters() -> None:
    """A reader recognises the school in the address."""
    assert page_names(["Trường Đỗ Đăng"])["Trường Đỗ Đăng"].startswith("truong-do-dang-")


def test_a_hashed_name_never_meets_a_plain_one() -> None:
    """Even where somebody chose an id that looks like our slug."""
    taken = page_names(["a b"])["a b"]
    names = page_names(["a b", taken])
    assert names[taken] == taken
    assert names["a b"] != taken


@given(st.lists(st.text(max_size=80), max_size=20))
def test_names_are_harmless_and_unique_without_case(ids: list[str]) -> None:
    """Whatever the ids."""
    names = page_names(ids)
    assert set(names) == set(ids)
    assert all(harmless(n) for n in names.values())
    assert len({n.lower() for n in names.values()}) == len(names)


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://a.edu.vn/", "https://a.edu.vn/"),
        ("http://a.edu.vn:8080/x?y=1#z", "http://a.edu.vn:8080/x?y=1#z"),
        ("https://a.edu.vn/tệp", "https://a.edu.vn/t%E1%BB%87p"),
        ("HTTPS://a.edu.vn", "HTTPS://a.edu.vn"),
        ("javascript:alert(1)", None),
        ("java\tscript:alert(1)", None),
        ("data:text/html,x", None),
        ("//a.edu.vn/", None),
        ("https:///path", None),
        ("https://user:secret@a.edu.vn/", None),
        ("https://a.edu.vn:99999/", None),
        ("https://a.edu.vn:0/", None),
        ('https://a.edu.vn/"onclick=', None),
        ("https://a.edu.vn/<b>", None),
        ("https://a.edu.vn\\@b", None),
        ("https://[::1", None),
        ("https://a.edu.vn/\ud800", None),
        ("https://a.edu.vn/" + "a" * 3000, None),
        ("", None),
    ],
)
def test_safe_href(url: str, href: str | None) -> None:
    """Only http and https with a host become links."""
    assert safe_href(url) == href
