"""Facts of pages: what visitors see, bounded and masked, from any bytes."""

import time

import pytest

from checks.evidence.page import PageFacts
from checks.parsing.badge import badges
from checks.parsing.html.decoding import decoded
from checks.parsing.html.facts import page_facts

URL = "https://a.edu.vn/tin/"


def facts(
    body: str | bytes, content_type: str = "text/html; charset=utf-8", url: str = URL
) -> PageFacts:
    sent = body.encode() if isinstance(body, str) else body
    return page_facts(sent, url=url, status=200, content_type=content_type, truncated=False)


def test_a_whole_page() -> None:
    """Title, language, generator, text, links and pictures of an ordinary page."""
    found = facts(
        "<!doctype html><html lang=vi><head><title> Trường\n A </title><meta name=Generator content='NukeViet v4.5'>"
        "<meta http-equiv=Refresh content='5; url=/moi'><meta name=x content=y></head><body><h1>Xin</h1><p>ch<b>ào</b>"
        "<!-- kín --><script>var x = 1</script><noscript>bật script</noscript><template><a href=/t>t</a></template>"
        "<a href='/b?x=1'>Tin <img src=i.png alt='Ảnh'> mới</a><a>neo</a><svg><title>s</title></svg></body></html>"
    )
    assert (found.title, found.lang, found.generator) == ("Trường A", "vi", ("NukeViet v4.5",))
    assert found.refresh == "https://a.edu.vn/moi"
    assert found.text == "Xin chào Tin mớineo"
    assert [(link.href, link.text, link.images) for link in found.links] == [
        ("https://a.edu.vn/b?x=1", "Tin mới", ("https://a.edu.vn/tin/i.png",))
    ]
    assert [(image.src, image.alt, image.linked) for image in found.images] == [
        ("https://a.edu.vn/tin/i.png", "Ảnh", True)
    ]
    assert (found.words, found.bytes > 0, found.links_total, found.images_total) == (
        len(found.text.split()),
        True,
        1,
        1,
    )


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b"\xef\xbb\xbf\xc6\xb0", "text/html; charset=windows-1252", "ư"),
        ("ư".encode("utf-16"), "", "ư"),
        (b"\xfe\xff" + "ư".encode("utf-16-be"), "", "ư"),
        (b"\xe9", "text/html; charset=ISO-8859-1", "é"),
        ("ư".encode("cp1258"), 'text/html; charset="windows-1258"', "ư"),
        ("ư".encode("utf-16-le"), "text/html; charset=utf-16le", "ư"),
        (b"<meta charset=latin1>\xe9", "text/html", "<meta charset=latin1>é"),
        (b"<meta charset=utf-16>\xc6\xb0", "text/html", "<meta charset=utf-16>ư"),
        (b"<meta charset=punycode>\xc6\xb0", "text/html; charset=unicode_escape", None),
        (b"\xff\x41", "text/html", "\ufffdA"),
        (b"a\x1b", "", "a\x1b"),
        (b"\xc6\xb0", "", "ư"),
    ],
)
def test_decoding(body: bytes, content_type: str, expected: str | None) -> None:
    """Byte order mark, header, meta element, UTF-8: in this order, from a closed list."""
    text = decoded(body, content_type)
    assert text == expected if expected else text.endswith("ư")


@pytest.mark.parametrize(
    ("base", "href", "expected"),
    [
        ("", "/x", "https://a.edu.vn/x"),
        ("", "x", "https://a.edu.vn/tin/x"),
        ("", "//b.vn/x", "https://b.vn/x"),
        ("", "/x//y", "https://a.edu.vn/x//y"),
        ("", " \n/x\ty ", "https://a.edu.vn/xy"),
        ("", "http://[", "http://["),
        ("", "javascript:alert(1)", "javascript:alert(1)"),
        ("", "mailto:abc@a.vn", "mailto:•••@a.vn"),
        ("<base href=/goc/>", "x", "https://a.edu.vn/goc/x"),
        ("<base href=http://b.vn/c/>", "/x", "http://b.vn/x"),
        ("<base href=ftp://b.vn/>", "x", "https://a.edu.vn/tin/x"),
        ("<base href>", "x", "https://a.edu.vn/tin/x"),
        ("<base href='http://['>", "x", "https://a.edu.vn/tin/x"),
        ("<base target=_top><base href=/goc/><base href=/b/>", "x", "https://a.edu.vn/goc/x"),
        ("", "x/y.min.js?v=3.7.1", "https://a.edu.vn/tin/x/y.min.js?v=3.7.1"),
        ("", "/x.y/z.tar.gz", "https://a.edu.vn/x.y/z.tar.gz"),
        ("", "x/../y", "https://a.edu.vn/tin/y"),
        ("", "x?", "https://a.edu.vn/tin/x"),
        ("", "?a=1", "https://a.edu.vn/tin/?a=1"),
        ("", "#muc", "https://a.edu.vn/tin/#muc"),
        ("", "http://b.vn/x", "http://b.vn/x"),
        ("", "https://b.vn:8443/x/../y//z", "https://b.vn:8443/x/../y//z"),
        ("", "https://zalo.me/0905123456", "https://zalo.me/••••••••••"),
        ("", "tel:0905123456", "tel:••••••••••"),
        ("<base href=https://zalo.me/a/>", "0905123456", "https://zalo.me/a/••••••••••"),
        ("<base href=http://b.vn/an.b@c.vn/d/>", "x", "http://b.vn/••.•@c.vn/d/x"),
        ("<base href=HTTP://B.vn/c/>", "x.y.z", "http://B.vn/c/x.y.z"),
    ],
)
def test_targets(base: str, href: str, expected: str) -> None:
    """Targets are made absolute as a browser does; nonsense stays as it is."""
    assert facts(f"{base}<a href='{href}'>x</a>").links[0].href == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<img src=a.png>", ["a.png"]),
        ("<img src=data:image/gif;base64,AA data-src=a.png>", ["a.png"]),
        ("<img srcset='a.png 1x, b.png 2x'>", ["a.png"]),
        ("<picture><source srcset='a.webp 1x'><img src=a.png></picture>", ["a.webp", "a.png"]),
        ("<img src='data:image/png;base64,AAAA'>", ["data:"]),
        ("<img><img src='  '>", []),
        ("<body><noscript><img src=a.png></noscript>", []),
    ],
)
def test_pictures(html: str, expected: list[str]) -> None:
    """The address that is loaded, also lazily; none for a picture without one."""
    joined = [e if e == "data:" else URL + e for e in expected]
    assert [image.src for image in facts(html).images] == joined


def test_a_lazy_badge_is_a_badge() -> None:
    """The trust label's code is found as the page builders of schools write it."""
    html = (
        "<a href='https://tinnhiemmang.vn/danh-ba-tin-nhiem/aeduvn-1626681072' target=_blank>"
        "<img src='data:,' data-src='https://tinnhiemmang.vn/handle_cert?id=a.edu.vn' width=360px></a>"
    )
    (found,) = badges(facts(html))
    assert (found.slug, found.id) == ("aeduvn", "a.edu.vn")


def test_image_maps_are_links() -> None:
    """An area leads somewhere; its words are its alternative text."""
    found = facts("<map><area href=/x alt='Chính sách'><area></map>")
    assert [(link.href, link.text) for link in found.links] == [
        ("https://a.edu.vn/x", "Chính sách")
    ]


def test_empty_and_odd() -> None:
    """No bytes, no facts; a second title, an endless refresh and a nested anchor do no harm."""
    assert facts(b"").text == ""
    found = facts(
        "<title>a</title><title>b</title><meta http-equiv=refresh content='x'>"
        "<meta http-equiv=refresh content='0;/y'><svg><a href=/1>m<a href=/2>n</a></a></svg>"
        + "<img src=x>"
        * 9
    )
    assert (found.title, found.links_total) == ("a", 2)
    many = "<a href=/x>" + "<img src=x>" * 9 + "</a>" + "<meta name=generator content=x>" * 9
    found = facts(many)
    assert (len(found.links[0].images), len(found.generator)) == (5, 5)


def test_lists_keep_both_ends() -> None:
    """The foot of a page names who is responsible, so its links are kept too."""
    found = facts("".join(f"<a href=/{n}>x</a><img src=/{n}>" for n in range(800)))
    assert (len(found.links), found.links_total) == (500, 800)
    assert (len(found.images), found.images_total) == (200, 800)
    assert (found.links[0].href[-2:], found.links[-1].href[-4:]) == ("/0", "/799")


@pytest.mark.parametrize("words", [20_000, 60_000])
def test_text_keeps_both_ends(words: int) -> None:
    """Text beyond 64 KiB is cut in the middle; words count the whole."""
    found = facts("đầu " + "chữ " * words + " cuối 0905 123 456")
    assert found.words == words + 5
    assert len(found.text.encode()) <= 65_536
    assert found.text.startswith("đầu")
    assert found.text.endswith("cuối •••• ••• •••")


def test_long_words_in_a_link_are_cut() -> None:
    """A link shows at most 300 characters, of many texts or of one."""
    assert len(facts("<a href=/x>" + "chữ " * 90 + "</a>").links[0].text) == 300
    assert len(facts("<a href=/x>" + "<i>chữ </i>" * 900 + "</a>").links[0].text) == 300


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000,
        "<div>" * 5_000 + "x" + "</div>" * 5_000 + "<a href=/x>sau</a>",
        "<b><p>" * 50_000,
        "<ul><li>" * 50_000,
        "<font a=1>" * 40_000 + "<p>x" * 40_000,
        "<div><span></div>" * 30_000,
        "<!--" * 100_000,
        "<!-- <div> -->" * 20_000,
        "<script>" * 50_000,
        "<script><div></script>" * 20_000,
        "</p>" * 50_000 + "</b>" * 50_000,
        "<b></b>" * 50_000,
        "<svg>" + "<a href=x>" * 30_000,
        "0 " * 200_000,
        "a@" * 200_000,
        "•" * 200_000,
        "(" * 200_000,
        "<title>" * 30_000,
    ],
    ids=lambda html: html[:12],
)
def test_hostile_pages_end(html: str) -> None:
    """Depth, repetition and open ends take no more than linear time (generous for slow machines)."""
    start = time.perf_counter()
    facts(html)
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize(
    "between",
    [
        "<script><div></script>",
        "<!-- <div> -->",
        "<b></b>" * 60,
        "</script></style>",
        "<noscript><div></noscript>",
        "<p><i><b></i></b></p>",
        "</div><div>",
    ],
)
def test_deep_pages_are_read_to_their_end(between: str) -> None:
    """Scripts, comments, formatting and stray ends in a page that is too deep change nothing."""
    html = "<div>" * 600 + between + "</div>" * 600 + "<a href=/x>sau</a>"
    assert facts(html).links[0].text == "sau"


@pytest.mark.parametrize("opened", ["<script>", "<!--", "<style>"])
def test_deep_pages_that_are_left_open(opened: str) -> None:
    """What never ends swallows the rest, as in browsers."""
    assert facts("<div>" * 600 + "x" + opened + "<a href=/x>sau</a>").links_total == 0


def test_a_stray_end_hides_no_depth() -> None:
    """An end of a script that never began was once taken for its beginning."""
    start = time.perf_counter()
    facts("</script>" + "<div>" * 60_000)
    assert time.perf_counter() - start < 10


def test_parts_that_no_page_has_so_many_of() -> None:
    """Unscripted parts, templates and tables are kept up to a bound; tables beyond it are told."""
    row = "<table><tr><th>Họ tên học sinh<th>Ngày sinh<tr><td>Lê Văn Mây<td>12/03/2015</table>"
    assert facts(row * 9).personal_cut is False
    assert facts(row * 300).personal_cut is True
    assert facts(f"<table><tr>{'<td>1' * 13_000}").personal_cut is True
    part = (
        "<noscript><a href=//n{0}.vn>c</a></noscript><template><a href=//t{0}.vn>c</a></template>"
    )
    many = facts("".join(part.format(n) for n in range(30)))
    assert (len(many.links), many.links_total) == (40, 60)
    long = facts(f"<noscript>{'<a href=//n.vn>c</a> ' * 2_000}</noscript>")
    assert len(long.links) == 100
    assert long.links_total > 1_900
    assert facts("<noscript><p>a</noscript>" * 60).links_total == 0


def test_scripts_that_are_not_read_to_their_end() -> None:
    """It is told, so that nobody takes the page for whole."""
    call = "document.write('<b>');"
    assert not facts(f"<script>{call}</script><script> </script>").code_cut
    assert facts(f"<script>{call * 9_000}</script>").code_cut
    # What does nothing that anybody asks about may be long.
    assert not facts(f"<script>var a = '{'x' * 200_000}'</script>").code_cut
    assert facts("<script>" + "</script><script>".join([call * 4_000] * 9) + "</script>").code_cut
    odd = "<script>s.src='//h{0}.example/a.js'</script>"
    assert not facts("".join(odd.format(n) for n in range(20))).code_cut
    assert facts("".join(odd.format(n) for n in range(21))).code_cut


def test_addresses_of_an_odd_base() -> None:
    """A base that holds personal data itself is masked with all that is joined to it."""
    assert facts("<base href=https://zalo.me/><a href=/0905123456>x</a>").links[0].href == (
        "https://zalo.me/••••••••••"
    )


def test_what_follows_a_deep_part_is_still_read() -> None:
    """Tags beyond a sane depth are left out; the page goes on after them."""
    found = facts("<div>" * 3_000 + "x" + "</div>" * 3_000 + "<a href=/x>sau</a>")
    assert found.links[0].text == "sau"
    assert found.text.endswith("sau")


@pytest.mark.parametrize(
    ("form", "boxes"),
    [
        pytest.param("<label><input type=checkbox> Tôi đồng ý</label>", ("Tôi đồng ý",), id="in-its-label"),
        pytest.param("<p><span><input type=checkbox></span> Đồng ý</p>", ("Đồng ý",), id="beside"),
        pytest.param("<i><i><i><i><input type=checkbox></i></i></i></i> xa", ("",), id="too-far"),
        pytest.param("<input type=checkbox>", ("",), id="alone"),
    ],
)  # fmt: skip
def test_what_stands_beside_a_box(form: str, boxes: tuple[str, ...]) -> None:
    """The nearest words around it, inside the form."""
    (found,) = facts(f"<form>{form}<input name=ten></form>").forms
    assert found.boxes == boxes


def test_what_a_form_says() -> None:
    """Labels, placeholders and names of fields, and all of its text, masked."""
    (found,) = facts(
        "<form><label>Họ và tên <input name=a></label><input placeholder='Số điện thoại'><select name=lop></select>"
        "Gọi 0905 123 456</form>"
    ).forms
    assert found.labels == ("Họ và tên", "a", "Số điện thoại", "lop")
    assert found.text == "Họ và tên Gọi •••• ••• •••"


def test_what_is_told_of_a_page_elsewhere() -> None:
    """Description, canonical address, other forms of the page, JSON-LD, Open Graph and key words; clicks and templates."""
    found = facts(
        "<head><meta name=description content='Mô tả'><link rel=canonical href=/c><link rel=alternate hreflang=vi"
        " href=https://xa.example/vi><link rel=amphtml href=//amp.example/><meta property=og:url content=https://og.example/>"
        "<meta property=og:title content='Tiêu đề khác'><meta name=keywords content='một, hai'>"
        '<script type=application/ld+json>{"@type":"X","name":"Tr\\u01b0\u1eddng","url":"https://a.b/"}</script></head>'
        "<body><h1>Một</h1><h2></h2><template><a href=https://mau.example/>m</a></template>"
        "<noscript><meta http-equiv=refresh content='0;url=https://khac.example/'></noscript>"
        "<div onclick=\"window.open('https://bam.example/')\">x</div>"
    )
    assert (found.description, found.canonical) == ("Mô tả", "https://a.edu.vn/c")
    assert found.alternates == (
        "https://xa.example/vi",
        "https://amp.example/",
        "https://og.example/",
    )
    assert "Tiêu đề khác" in found.structured
    assert "một, hai" in found.structured
    assert found.headings == ("Một",)
    assert found.refresh == "https://khac.example/"
    assert [link.href for link in found.links] == ["https://mau.example/"]
    assert [code.hosts for code in found.code] == [("bam.example",)]
    assert not any(code.moves for code in found.code)
