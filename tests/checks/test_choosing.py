"""Which pages are worth a look, and what robots.txt and sitemaps say of them."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.page import Hiding, Image, Link
from checks.evidence.samples import Chosen
from checks.parsing.choosing import CONSIDERED, Choice, addresses_of, choose
from checks.parsing.robots import ROBOTS_BYTES, RULES, STARS, TooManyRules, read_robots
from checks.parsing.sitemaps import NAMED, Named, read_sitemap
from checks.parsing.slugs import oddness
from checks.parsing.trimming import LINKS, TEXT_BYTES, trimmed
from tests.builders.web import HOST, TWIN, page, site

HOME = f"https://{HOST}/"
ROBOTS = f"{HOME}robots.txt"


def link(path: str, text: str = "Mục") -> Link:
    return Link(href=path if "//" in path else f"https://{HOST}{path}", text=text)


def known(*paths: str) -> list[str]:
    """Which of these links are considered."""
    found = addresses_of(site(), HOME, [link(path) for path in paths])
    return [one.key for one in found]


def picked(*links: Link, named: tuple[Named, ...] = (), room: int = 10) -> dict[str, Chosen]:
    """Chosen paths and why."""
    chosen = choose(addresses_of(site(), HOME, links, named), room)
    return {one.url.removeprefix(f"https://{HOST}"): one.chosen for one in chosen}


@pytest.mark.parametrize(
    "path",
    [
        "/gioi-thieu",
        "/lich-su-nha-truong",
        "/tuyen-dung/dang-ky-xet-tuyen-lop-6",
        "/index.php?language=vi&nv=news&op=tin-tuc",
        "/trai-tim-nhan-ai.html",
        "/?p=123",
        f"https://{TWIN}/tin",
        "/tiếng-việt",
    ],
)
def test_what_is_considered(path: str) -> None:
    """Pages of the site's own host or twin."""
    assert len(known(path)) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/#top",
        "/ke-hoach.pdf",
        "/anh/khai-giang.JPG",
        "/tai-lieu.docx?x=1",
        "/wp-login.php",
        "/wp-admin/",
        "/dang-nhap",
        "/users/login/",
        "/index.php?nv=users&op=logout",
        "/administrator/index.php",
        "/lich/2026-11",
        "/calendar?month=12",
        "/events",
        "/search?q=a",
        "/tim-kiem/abc",
        "/?s=a",
        "/tin/1?print=1",
        "/in-an/5",
        "/feed/",
        "/a?b=1&c=2&d=3&e=4",
        f"/a?{'x' * 151}",
        "/a/b/a/b/a/b",
        "/a" * 11,
        f"/{'a' * 500}",
        "/•••@danang",
        "/cut…",
        "/a b",
        "/a\\b",
        "https://khac.edu.vn/tin",
        f"https://{HOST}:8443/tin",
        f"http://{HOST}:8080/tin",
        f"https://ai@{HOST}/tin",
        f"ftp://{HOST}/tin",
        "mailto:•••@danang.edu.vn//",
        f"https://{HOST}:99999/",
        "https://[::1/tin",
    ],
)
def test_what_is_left_alone(path: str) -> None:
    """Files, doors, what answers for ever, what is masked, and every other host."""
    assert known(path) == []


def test_each_once() -> None:
    """However it is spelt; and of those that differ in their query, three."""
    assert known("/a", "/a/", "/a#x", f"https://{TWIN}/a", f"http://{HOST}/a") == ["/a"]
    assert len(known(*(f"/tin.php?thang={n}" for n in range(50)))) == 3
    assert len(known(*(f"/tin-{n}" for n in range(2 * CONSIDERED)))) == CONSIDERED


def test_why_pages_are_chosen() -> None:
    """Odd ones, the newest by date, by number and by place, what only the sitemap names, the deepest, sections."""
    found = picked(
        link("/gioi-thieu"),
        link("/tin-tuc/hoi-khoe-phu-dong", "Hội khỏe Phù Đổng cấp trường năm nay"),
        link("/2026/11/05/khai-giang"),
        link("/2025/01/05/tet"),
        link("/thong-bao-981.html"),
        link("/thong-bao-12.html"),
        link("/a/b/c/d/e"),
        link("/123456/viewspace-123456.html"),
        named=(Named(f"{HOME}goc-be-ngoan"), Named(f"{HOME}gioi-thieu")),
        room=8,
    )
    assert list(found.items()) == [
        ("/123456/viewspace-123456.html", Chosen.ODD),
        ("/2026/11/05/khai-giang", Chosen.NEWEST),
        ("/thong-bao-981.html", Chosen.NEWEST),
        ("/tin-tuc/hoi-khoe-phu-dong", Chosen.NEWEST),
        ("/goc-be-ngoan", Chosen.SITEMAP),
        ("/a/b/c/d/e", Chosen.DEEPEST),
        ("/gioi-thieu", Chosen.SECTION),
        ("/thong-bao-12.html", Chosen.SECTION),
    ]


def test_the_day_of_a_sitemap_counts() -> None:
    """The newest may be known by that alone."""
    named = tuple(Named(f"{HOME}bai-{c}", f"2026-0{n}-01") for n, c in enumerate("abc", 1))
    assert next(iter(picked(named=named, room=1))) == "/bai-c"


def test_the_policy_and_what_was_taken() -> None:
    """One page is asked for by name; what was chosen before is not chosen again."""
    links = [link(f"/muc-{n}") for n in range(20)]
    every = addresses_of(site(), HOME, links)
    chosen = choose(every, 2, f"{HOME}muc-7")
    assert chosen[0] == Choice(f"{HOME}muc-7", Chosen.SECTION)
    rest = choose(every, 20, taken=[one.url for one in chosen])
    assert len(rest) == 18
    assert not {one.url for one in chosen} & {one.url for one in rest}
    assert choose(every, 0) == ()


def test_the_same_pages_every_time() -> None:
    """The order of the links of a menu does not decide which sections are seen."""
    links = [link(f"/muc-{letter}") for letter in "abcdefghijklmnop"]
    first = picked(*links, room=4)
    random.Random(7).shuffle(links)  # noqa: S311  An order, no secret.
    assert picked(*links, room=4) == first


@pytest.mark.parametrize(
    "path",
    [
        "/sitemap.php?ID=Q0/ph-bet.shtml",
        "/news-176596.index.html",
        "/123456/",
        "/123456",
        "/lop-1/viewspace-123456.html",
        "/kuwin-tra-cuu-diem-thi",
        "/t%C3%A0i-x%E1%BB%89u-online",
        "/nhà-cái-uy-tín",
        "/slot-gacor-hari-ini",
        "/xk7f2q9z1b4.html",
        "/%E8%B5%8C%E5%9C%BA/x",
        "/8xbet",
        "/abc88",
        "/tin.shtml",
    ],
)
def test_odd_addresses(path: str) -> None:
    """Shapes that doorways have."""
    assert oddness(path) > 0


@pytest.mark.parametrize(
    "path",
    [
        "/tin-tuc/hoi-khoe-phu-dong",
        "/thong-bao-so-123-2026",
        "/gioi-thieu/co-cau-to-chuc-58.html",
        "/index.php?language=vi&nv=news&op=tin-tuc",
        "/alphabet",
        "/darwin",
        "/vi/news/Tin-tuc/Ho-so-tuyen-sinh-lop-6-12.html",
        "/2026/11/05/hoi-thi",
        "/bai-viet/2026110512",
        "/?p=123",
    ],
)
def test_ordinary_addresses(path: str) -> None:
    """What the usual systems of schools make by themselves."""
    assert oddness(path) == 0


# robots.txt


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        pytest.param("", "/a", True, id="empty"),
        pytest.param("User-agent: *\nDisallow: /a", "/a/b", False, id="everybody"),
        pytest.param("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b", True, id="longer-wins"),
        pytest.param("User-agent: tinnhiem\nDisallow: /a", "/a", False, id="us"),
        pytest.param("User-agent: TinNhiem/1.0\nDisallow: /a", "/a", False, id="us-otherwise"),
        pytest.param(
            "User-agent: *\nDisallow: /\n\nUser-agent: tinnhiem\nDisallow: /b",
            "/a",
            True,
            id="ours-decides",
        ),
        pytest.param("User-agent: t\nDisallow: /", "/a", True, id="a-letter-of-ours"),
        pytest.param("User-agent: Googlebot\nDisallow: /", "/a", True, id="another"),
        pytest.param(
            "User-agent: Googlebot\nUser-agent: *\nDisallow: /", "/a", False, id="shared-group"
        ),
        pytest.param("\ufeffUser-agent: *\nDisallow: /a", "/a", False, id="bom"),
        pytest.param("User-agent: *\r\nDisallow: /*.php$", "/a.php", False, id="star"),
        pytest.param("<!DOCTYPE html>\nUser-agent: *\nDisallow: /", "/a", True, id="page"),
        pytest.param("Disallow: /", "/a", True, id="no-group"),
    ],
)
def test_robots(text: str, path: str, allowed: bool) -> None:
    """RFC 9309, for our name and for everybody."""
    assert read_robots(text.encode(), ROBOTS).allow(f"https://{HOST}{path}") is allowed


def test_what_robots_tell() -> None:
    """Rules, pauses and sitemaps, made absolute and few."""
    text = "User-agent: *\nCrawl-delay: 2.5\nDisallow: /a\nAllow: /b\n" + "Sitemap: /s.xml\n" * 9
    rules = read_robots(text.encode(), ROBOTS)
    assert (rules.there, rules.disallows, rules.delay_s) == (True, 1, 2.5)
    assert rules.sitemaps == (f"{HOME}s.xml",) * 5
    assert read_robots(b"Sitemap: http://[\nSitemap: /s", ROBOTS).sitemaps == (f"{HOME}s",)
    assert read_robots(b"Sitemap: /" + b"s" * 501, ROBOTS).sitemaps == ()
    assert not rules.allow(HOME + "x" * 500)


@pytest.mark.parametrize(
    "text",
    [
        "User-agent: *\n" + "Disallow: /a\n" * (RULES + 1),
        "User-agent: *\nDisallow: /" + "*a" * (STARS + 1),
    ],
)
def test_too_many_rules(text: str) -> None:
    """Each rule and each star costs time at each address."""
    with pytest.raises(TooManyRules):
        read_robots(text.encode(), ROBOTS)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "".join(f"User-agent: a{n}\n" for n in range(3000)) + "Disallow: /a\n" * 900,
            id="agents",
        ),
        pytest.param(("User-agent: *\n" + "Disallow: /" + "*a" * 12 + "*b$\n") * 38, id="stars"),
        pytest.param("user-agent" + " " * 60_000, id="blanks"),
        pytest.param("Disallow: /" + "%" * 60_000, id="escapes"),
        pytest.param("User-agent: *\nDisallow: /" + "$" * 60_000, id="dollars"),
    ],
)
def test_hostile_robots_are_quick(text: str) -> None:
    """Reading and 500 questions, well within a second."""
    began = time.process_time()
    rules = read_robots(text.encode()[:ROBOTS_BYTES], ROBOTS)
    for n in range(500):
        rules.allow(f"https://{HOST}/{'a' * 400}{n}")
    assert time.process_time() - began < 1.0


@given(st.binary() | st.text().map(str.encode))
def test_no_file_makes_its_readers_fail(body: bytes) -> None:
    """Any bytes give rules and addresses."""
    rules = read_robots(body, ROBOTS)
    rules.allow(HOME)
    addresses_of(site(), HOME, (), read_sitemap(body).names)


@given(st.lists(st.text(max_size=40)))
def test_no_link_makes_choosing_fail(hrefs: list[str]) -> None:
    """Any addresses; at most as many as there is room for."""
    links = [Link(href=href, text=href) for href in hrefs]
    links += [link(f"/{href}", href) for href in hrefs]
    assert len(choose(addresses_of(site(), HOME, links), 5)) <= 5


# Sitemaps


def test_sitemaps() -> None:
    """Addresses and days, in whatever clothes."""
    found = read_sitemap(
        b'<?xml version="1.0"?><urlset><url><loc> https://a.vn/1?x=1&amp;y=2 </loc><lastmod>2026-11-02T10:00:00Z</lastmod></url>'
        b"<url><loc><![CDATA[https://a.vn/2]]></loc></url><s:url><s:loc>https://a.vn/3</s:loc><s:lastmod>x</s:lastmod></s:url>"
        b"<url><loc>/relative</loc></url></urlset>"
    )
    assert found.names == (
        Named("https://a.vn/1?x=1&y=2", "2026-11-02"),
        Named("https://a.vn/2"),
        Named("https://a.vn/3"),
    )
    assert not found.index
    assert read_sitemap(b"<sitemapindex><sitemap><loc>http://a.vn/s</loc>").index
    assert read_sitemap(b"https://a.vn/1\nrubbish\nhttp://a.vn/2").names == (
        Named("https://a.vn/1"),
        Named("http://a.vn/2"),
    )
    many = b"<url><loc>https://a.vn/</loc></url>" * (NAMED + 5)
    assert len(read_sitemap(many).names) == NAMED


def test_entities_are_not_read() -> None:
    """A bomb of them stays what it is: a few signs."""
    bomb = b'<!DOCTYPE x [<!ENTITY a "https://a.vn/"><!ENTITY b "&a;&a;&a;&a;">]><urlset><url><loc>https://a.vn/&b;</loc></url>'
    assert read_sitemap(bomb).names == (Named("https://a.vn/&b;"),)


@pytest.mark.parametrize(
    "body",
    [
        b"<loc>" * 120_000,
        (b"<loc>" + b" " * 99) * 5_000,
        b"<loc><![CDATA[" * 40_000,
        b"<loc>" + b"a" * 500_000,
        b"<aaaaaaaaaaaaaaaaaaaaa:" * 22_000,
        b"<loc" + b" " * 500_000,
    ],
)
def test_hostile_sitemaps_are_quick(body: bytes) -> None:
    """Half a megabyte, well within a second."""
    began = time.process_time()
    read_sitemap(body)
    assert time.process_time() - began < 0.5


# Trimming


def test_what_is_kept_of_an_inner_page() -> None:
    """Links elsewhere first, then hidden ones; both ends of the text; no pictures; true counts."""
    own = [link(f"/{n}") for n in range(400)]
    hidden = Link(href=f"{HOME}an", text="x", hidden=(Hiding.DISPLAY,))
    away = [Link(href=f"https://khac{n}.example/", text="x") for n in range(5)]
    whole = page(
        "đầu " + "giữa " * 9_000 + "cuối", links=(*own, hidden, *away), images=(Image(src="a"),)
    )
    short = trimmed(whole)
    assert len(short.links) == LINKS
    assert short.links[:6] == (*away, hidden)
    assert short.links[6] == own[0]
    assert len(short.text.encode()) <= TEXT_BYTES
    assert short.text.startswith("đầu")
    assert short.text.endswith("cuối")
    assert short.images == ()
    assert (short.links_total, short.images_total, short.words) == (406, 1, 9_002)
    assert trimmed(page()).text == page().text
