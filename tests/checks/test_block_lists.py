"""Block lists as they are published: what each form means, whom an entry accuses, what is refused, what it costs."""

import json
import time
import tracemalloc
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.lists import Purpose
from checks.lists.block import Gathering, NamedList, page_key
from checks.lists.formats import FORMS, parse_block
from checks.lists.unreadable import UnreadableList

DAY = date(2026, 11, 1)
# abuse.ch's URLhaus dump, as downloaded; the names are made up.
URLHAUS = (
    "################################################################\r\n"
    "# abuse.ch URLhaus Database Dump (CSV - recent URLs only)      #\r\n"
    "# Last updated: 2026-10-31 12:05:20 (UTC)                      #\r\n"
    "#                                                              #\r\n"
    "# Terms Of Use: https://urlhaus.abuse.ch/api/                  #\r\n"
    "################################################################\r\n"
    "#\r\n"
    "# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter\r\n"
    '"3","2026-10-31 12:05:20","http://198.18.0.9:58801/i","online","2026-10-31 12:05:20",'
    '"malware_download","32-bit,elf,mips,Mozi","https://urlhaus.abuse.ch/url/3/","r"\r\n'
    '"2","2026-10-31 11:00:00","https://Xau.example.com/wp/a.exe?x=1,2","online","",'
    '"malware_download","None","https://urlhaus.abuse.ch/url/2/","r"\r\n'
    '"1","2026-10-30 11:00:00","http://sach.example.com/","offline","",'
    '"malware_download","None","https://urlhaus.abuse.ch/url/1/","r"\r\n'
)
PHISHTANK = json.dumps(
    [
        {
            "phish_id": "1",
            "url": "https://xau.example.com/login",
            "phish_detail_url": "http://www.phishtank.com/phish_detail.php?phish_id=1",
            "submission_time": "2026-10-30T10:00:00+00:00",
            "verified": "yes",
            "verification_time": "2026-10-30T11:00:00+00:00",
            "online": "yes",
            "details": [{"ip_address": "192.0.2.1", "cidr_block": "192.0.2.0/24"}],
            "target": "Other",
        },
        {"phish_id": "2", "url": "https://chua.example.com/", "verified": "no", "online": "yes"},
        {"phish_id": "3", "url": "https://tat.example.com/", "verified": "yes", "online": "no"},
    ]
)


def read(text: str, form: str = "txt") -> NamedList:
    """The list of a text."""
    return parse_block(text, form, "thu", Purpose.HARM, DAY, "ab")


@pytest.mark.parametrize(
    ("form", "text", "named", "spared"),
    [
        pytest.param("hosts", "0.0.0.0 xau.vn", "xau.vn", "tot.vn", id="hosts"),
        pytest.param("hosts", "127.0.0.1\txau.vn # why", "xau.vn", "why", id="hosts-comment"),
        pytest.param("hosts", ":: a.vn xau.vn", "xau.vn", "tot.vn", id="hosts-two-names"),
        pytest.param(
            "hosts",
            "127.0.0.1 localhost\n255.255.255.255 broadcasthost\nfe80::1%lo0 localhost\n"
            "0.0.0.0 0.0.0.0\n0.0.0.0 xau.vn",
            "xau.vn",
            "localhost",
            id="hosts-head",
        ),
        pytest.param("txt", "xau.vn", "xau.vn", "tot.vn", id="name"),
        pytest.param(
            "txt", "# a\n! b\n; c\n// d\n[Adblock Plus]\n\nxau.vn", "xau.vn", "a.vn", id="comments"
        ),
        pytest.param("txt", "xau.vn # a.vn", "xau.vn", "a.vn", id="comment-behind"),
        pytest.param("txt", "XAU.Vn.", "xau.vn", "tot.vn", id="capitals-and-dot"),
        pytest.param("txt", "*.xau.vn", "a.xau.vn", "tot.vn", id="wildcard"),
        pytest.param("txt", ".xau.vn", "xau.vn", "tot.vn", id="dot-in-front"),
        pytest.param("txt", "xấu.vn", "xn--xu-r5s.vn", "tot.vn", id="letters-of-unicode"),
        pytest.param("txt", "xau[.]vn", "xau.vn", "tot.vn", id="not-to-be-clicked"),
        pytest.param("txt", "hxxps://xau[.]vn", "xau.vn", "tot.vn", id="nor-this"),
        pytest.param("txt", "xau.vn:443", "xau.vn", "tot.vn", id="usual-port"),
        pytest.param("txt", "xau.vn:8080", "", "xau.vn", id="odd-port-is-a-page"),
        pytest.param("txt", "xau.vn/", "xau.vn", "tot.vn", id="slash"),
        pytest.param("txt", "https://xau.vn/", "xau.vn", "a.xau.vn", id="root-of-a-host"),
        pytest.param("txt", "https://xau.vn", "www.xau.vn", "a.xau.vn", id="root-of-its-twin"),
        pytest.param("txt", "https://xau.vn/a", "", "xau.vn", id="page"),
        pytest.param("txt", "||xau.vn^", "xau.vn", "tot.vn", id="filter"),
        pytest.param(
            "txt",
            "||xau.vn^$document\n||tot.vn^$third-party",
            "xau.vn",
            "tot.vn",
            id="filter-options",
        ),
        pytest.param(
            "txt",
            "xau.vn\n||tot.vn/a^\ntot.vn##.ad\n@@||tot.vn/x",
            "xau.vn",
            "tot.vn",
            id="parts-of-pages",
        ),
        pytest.param(
            "txt", "||xau.vn^\n||tot.vn^\n@@||tot.vn^", "xau.vn", "tot.vn", id="taken-back"
        ),
        pytest.param("txt", "xau.vn\r\na.vn\r\n", "xau.vn", "b.vn", id="line-ends"),
        pytest.param(
            "csv", "tên miền;lý do\nxau.vn;lừa đảo\n", "xau.vn", "tot.vn", id="semicolons"
        ),
        pytest.param("csv", 'stt,"Tên miền"\n1,xau.vn\n2,\n', "xau.vn", "tot.vn", id="empty-cell"),
        pytest.param("csv", "xau.vn\na.vn\n", "xau.vn", "tot.vn", id="one-column"),
        pytest.param("csv", "domain\nxau.vn\n", "xau.vn", "tot.vn", id="one-column-with-a-title"),
        pytest.param("json", '[{"url": "http://xau.vn/"}]', "xau.vn", "tot.vn", id="json"),
    ],
)
def test_a_name_is_named(form: str, text: str, named: str, spared: str) -> None:
    """Whatever the form, and however the name is written; the other side is not."""
    found = read(text, form)
    assert (not named) or found.host_hit(named)
    assert found.host_hit(spared) == ""


@pytest.mark.parametrize(
    ("entry", "host", "hit"),
    [
        pytest.param("xau.vn", "xau.vn", "xau.vn", id="itself"),
        pytest.param("xau.vn", "a.b.xau.vn", "xau.vn", id="below"),
        pytest.param("xau.vn", "www.xau.vn", "xau.vn", id="its-www"),
        pytest.param("www.xau.vn", "xau.vn", "www.xau.vn", id="of-its-www"),
        pytest.param("www.xau.vn", "a.xau.vn", "", id="www-speaks-of-no-brother"),
        pytest.param("a.xau.vn", "xau.vn", "", id="not-above"),
        pytest.param("xau.vn", "khongxau.vn", "", id="not-a-part-of-a-label"),
        pytest.param("xau.vn", "XAU.VN.", "xau.vn", id="asked-in-capitals"),
        pytest.param("xau.vn", "xấu.vn", "", id="other-letters"),
        pytest.param("edu.vn", "school.edu.vn", "", id="public-suffix"),
        pytest.param("gov.vn", "a.gov.vn", "", id="another"),
        pytest.param("blogspot.com", "truong.blogspot.com", "", id="platform"),
        pytest.param("*.weebly.com", "truong.weebly.com", "", id="platform-as-wildcard"),
        pytest.param("www.weebly.com", "truong.weebly.com", "", id="its-www-too"),
        pytest.param("weebly.com", "weebly.com", "weebly.com", id="of-itself-alone"),
        pytest.param("x.weebly.com", "x.weebly.com", "x.weebly.com", id="one-on-a-platform"),
        pytest.param("http://edu.vn/", "school.edu.vn", "", id="root-of-a-suffix"),
        pytest.param("198.51.100.7", "198.51.100.7", "198.51.100.7", id="address-as-host"),
        pytest.param("http://198.51.100.7/", "198.51.100.7", "198.51.100.7/", id="its-root"),
        pytest.param("xau.vn", "", "", id="nobody"),
    ],
)
def test_whom_an_entry_of_a_name_accuses(entry: str, host: str, hit: str) -> None:
    """The name, its twin and what is below; never everybody on a platform."""
    assert read(f"{entry}\nkhac.example.com").host_hit(host) == hit


@pytest.mark.parametrize(
    ("entry", "url", "hit"),
    [
        pytest.param("http://xau.vn/a", "https://xau.vn/a", "xau.vn/a", id="scheme-aside"),
        pytest.param("http://xau.vn/a", "http://xau.vn/A", "", id="path-has-case"),
        pytest.param("http://xau.vn/a", "http://xau.vn/a/b", "", id="not-below"),
        pytest.param("http://xau.vn/a", "http://xau.vn/", "", id="not-the-host"),
        pytest.param("http://xau.vn/a?x=1", "http://xau.vn/a?x=1", "xau.vn/a?x=1", id="query"),
        pytest.param("http://xau.vn/a?x=1", "http://xau.vn/a", "", id="another-query"),
        pytest.param("http://xau.vn/a#b", "http://xau.vn/a#c", "xau.vn/a", id="fragment"),
        pytest.param("http://xau.vn:8080/", "http://xau.vn:8080/", "xau.vn:8080/", id="port"),
        pytest.param("http://xau.vn:8080/", "http://xau.vn/", "", id="another-port"),
        pytest.param("http://XAU.vn./a", "http://xau.vn/a", "xau.vn/a", id="host-without-case"),
        pytest.param(
            "http://xau.vn/á b", "http://xau.vn/%C3%A1%20b", "xau.vn/%C3%A1%20b", id="escapes"
        ),
        pytest.param("http://xau.vn", "http://xau.vn/a", "xau.vn/", id="whole-host"),
        pytest.param("xau.vn", "http://a.xau.vn/a", "xau.vn", id="name-above"),
        pytest.param("xau.vn", "mailto:a@xau.vn", "", id="no-web-address"),
        pytest.param("xau.vn", "http://[xau.vn", "", id="unreadable"),
    ],
)
def test_whom_an_entry_of_a_page_accuses(entry: str, url: str, hit: str) -> None:
    """That page alone, unless it is the root of its host."""
    assert read(f"url\n{entry}\n", "csv").url_hit(url) == hit


@pytest.mark.parametrize(
    ("entry", "address", "hit"),
    [
        pytest.param("198.51.7.9", "198.51.7.9", "198.51.7.9", id="itself"),
        pytest.param("198.51.7.9", "198.51.7.8", "", id="neighbour"),
        pytest.param("45.9.8.0/22", "45.9.11.255", "45.9.8.0/22", id="last-of-a-network"),
        pytest.param("45.9.8.0/22", "45.9.12.0", "", id="first-beyond"),
        pytest.param("45.9.8.77/22", "45.9.8.1", "45.9.8.0/22", id="named-by-one-of-it"),
        pytest.param("45.9.8.0/22\n45.9.8.7", "45.9.8.7", "45.9.8.7", id="the-narrowest"),
        pytest.param("2a00:1::/32", "2a00:1:ffff::1", "2a00:1::/32", id="ipv6"),
        pytest.param("2A00:1::7", "2a00:1:0:0:0:0:0:7", "2a00:1::7", id="ipv6-written-otherwise"),
        pytest.param("2a00:1::/32", "198.51.7.9", "", id="other-family"),
        pytest.param("10.0.0.0/8\n1.2.3.4", "10.1.1.1", "", id="private-networks-say-nothing"),
        pytest.param("224.0.0.0/3\n1.2.3.4", "225.1.1.1", "", id="too-wide"),
        pytest.param("45.0.0.0/7\n1.2.3.4", "45.1.1.1", "", id="one-wider-than-the-bar"),
        pytest.param("45.0.0.0/8", "45.1.1.1", "45.0.0.0/8", id="at-the-bar"),
        pytest.param("127.0.0.9", "127.0.0.9", "127.0.0.9", id="one-private-address-is-meant"),
        pytest.param("1.2.3.4", "no address", "", id="asked-nonsense"),
    ],
)
@pytest.mark.parametrize("form", ["netset", "ipset", "txt"])
def test_whom_an_entry_of_an_address_accuses(form: str, entry: str, address: str, hit: str) -> None:
    """Every address of the network, and no other."""
    assert read(f"# head\n{entry}\n", form).address_hit(address) == hit


def test_urlhaus() -> None:
    """The heading stands in the comments; what is offline is past, and a bare address accuses its page alone."""
    found = read(URLHAUS, "csv")
    assert (found.entries, found.left_out) == (2, 1)
    assert found.url_hit("http://198.18.0.9:58801/i") == "198.18.0.9:58801/i"
    assert found.pages_hit("xau.example.com") == ("xau.example.com/wp/a.exe?x=1,2",)
    assert found.host_hit("sach.example.com") == found.host_hit("urlhaus.abuse.ch") == ""


def test_phishtank() -> None:
    """Only what was verified and is online."""
    found = read(PHISHTANK, "json")
    assert (found.entries, found.left_out) == (1, 2)
    assert found.url_hit("https://xau.example.com/login")
    assert found.host_hit("chua.example.com") == found.host_hit("www.phishtank.com") == ""


def test_feodo() -> None:
    """A table of addresses, with or without its heading in a comment."""
    head, row = (
        "first_seen_utc,dst_ip,dst_port,c2_status,malware",
        "2026-10-01,45.9.8.7,443,{},QakBot",
    )
    for lead in ("", "# "):
        found = read(f"{lead}{head}\n{row.format('online')}\n", "csv")
        assert found.address_hit("45.9.8.7") == "45.9.8.7"
    past = f"{head}\n{row.format('offline')}\n1,45.9.8.6,443,online,x\n"
    assert read(past, "csv").address_hit("45.9.8.7") == ""


def test_pages_of_a_host() -> None:
    """Those of this very host, below the path asked, five at most."""
    lines = [f"http://xau.vn/a/{n}" for n in range(9)] + ["http://xau.vn/ab", "http://b.xau.vn/a/1"]
    found = read("\n".join(lines))
    assert len(found.pages_hit("xau.vn")) == 5
    assert set(found.pages_hit("xau.vn", "/ab")) == {"xau.vn/ab"}
    assert found.pages_hit("xau.vn", "/a/3") == ("xau.vn/a/3",)
    assert found.pages_hit("vn") == found.pages_hit("au.vn") == ()


def test_what_was_not_taken_is_counted() -> None:
    """Platforms, rules for parts of pages, whole top levels, networks of nobody."""
    found = read("edu.vn\nweebly.com\nxau.vn\nabc.ck\n||a.vn^$image\ncom\n10.0.0.0/8\n")
    # www.ck is an exception of the public suffix list.
    assert read("www.ck").shared == 0
    assert (found.entries, found.shared, found.left_out) == (4, 3, 3)


@pytest.mark.parametrize(
    ("form", "text", "why", "line"),
    [
        pytest.param("txt", "a.vn\n<html>\n", "is no name, web address", 2, id="a-page"),
        pytest.param("txt", "a.vn\nxin chào\n", "is no name, web address", 2, id="prose"),
        pytest.param("txt", "a.vn\n1.2.3.999\n", "is no name, web address", 2, id="no-address"),
        pytest.param("txt", "", "names nobody", 0, id="empty"),
        pytest.param("netset", "# only\n# comments\n", "names nobody", 0, id="only-comments"),
        pytest.param("txt", "a.vn\nb\0.vn", "a NUL", 2, id="nul"),
        pytest.param("txt", "a.vn\n" + "x" * 10_000_000, "a line of more than", 2, id="one-line"),
        pytest.param("csv", "domain\n" + "x" * 10_000_000, "a line of more than", 2, id="one-row"),
        pytest.param("netset", "1.2.3.4\na.vn", "is no IP address", 2, id="name-in-a-netset"),
        pytest.param("netset", "1.2.3.4/33", "is no IP address", 1, id="no-such-length"),
        pytest.param("hosts", "8.8.8.8 a.vn", "no line of a hosts file", 1, id="leads-somewhere"),
        pytest.param("hosts", "0.0.0.0 a..vn", "is no name", 1, id="no-name-in-hosts"),
        pytest.param("csv", "a,b\n1,2\n", "no column is called", 1, id="no-column"),
        pytest.param("csv", "id,url\n" + "1,x y\n" * 9, "9 of 9 rows", 2, id="another-column"),
        pytest.param("json", "{", "no JSON", 1, id="no-json"),
        pytest.param("json", "[" * 100_000, "nested too deeply", 0, id="deep"),
        pytest.param("json", "[]", "no object has a url", 0, id="no-url"),
    ],
)
def test_unreadable(form: str, text: str, why: str, line: int) -> None:
    """What is wrong, in which line, and never the whole of it."""
    with pytest.raises(UnreadableList) as told:
        read(text, form)
    assert why in told.value.why
    assert told.value.line == line
    assert len(told.value.why) < 200


def test_a_table_without_an_end() -> None:
    """A quote that is never closed would be one cell of a whole file."""
    with pytest.raises(UnreadableList, match="no table"):
        read('url,"\n' + "x\n" * 100_000, "csv")


def test_rows_that_say_nothing() -> None:
    """Empty rows and comments below the heading, objects whose address is none, addresses too long to be kept."""
    assert read("url\nhttp://a.vn/x\n\n# past\nhttp://b.vn/x\n", "csv").entries == 2
    good = ",".join(f'{{"url": "http://a{n}.vn/x"}}' for n in range(9))
    assert read(f'[{good}, {{"url": "x y"}}]', "json").entries == 9
    assert page_key(f"http://a.vn/{'x' * 9_000}") == ""
    assert page_key("http://a.1b2/x") == "a.1b2 /x"
    assert not Gathering().entry("http://[x/y")


PIECES = st.sampled_from(
    [
        "xau.vn",
        "||",
        "^",
        "@@",
        "$",
        "##",
        "*",
        ".",
        "/",
        ":",
        "://",
        "http",
        "https",
        "#",
        "!",
        ";",
        ",",
        '"',
        "\n",
        "\r\n",
        "\t",
        "0.0.0.0",
        "127.0.0.1",
        "10.0.0.0/8",
        "::1",
        "[",
        "]",
        "{",
        "}",
        "url",
        "domain",
        "xấu",
        "%zz",
        "é",
        "ß",
        "İ",
        "99999",
    ]
)


@settings(deadline=None)
@given(
    st.sampled_from(sorted(FORMS)),
    st.text() | st.lists(PIECES).map("".join) | st.lists(PIECES).map(" ".join),
    st.text() | PIECES,
)
def test_no_text_makes_a_reader_fail(form: str, text: str, asked: str) -> None:
    """A list, or one sentence; and whatever is asked of the list has an answer."""
    try:
        found = read(text, form)
    except UnreadableList:
        return
    assert found.entries > 0
    assert isinstance(found.host_hit(asked), str)
    assert isinstance(found.url_hit(asked), str)
    assert isinstance(found.address_hit(asked), str)
    assert isinstance(found.pages_hit(asked), tuple)


@given(st.sets(st.from_regex(r"[a-z]{1,5}(\.[a-z]{2,5}){1,3}", fullmatch=True), min_size=1))
def test_who_is_listed_is_found(names: set[str]) -> None:
    """Every name that stands in the list, as itself."""
    found = read("\n".join(names))
    assert [name for name in names if found.host_hit(name) != name] == []
    assert found.entries == len(names)


@given(st.ip_addresses(), st.integers(0, 128))
def test_a_network_holds_its_own(address: object, length: int) -> None:
    """Whatever its length, unless it is left out."""
    try:
        found = read(f"{address}/{length}\n8.8.8.8\n", "netset")
    except UnreadableList:
        assert length > 32
        return
    assert found.address_hit(str(address)) or found.left_out


def test_a_million_names() -> None:
    """All are read, and a thousand look-ups go by search, not one after the other."""
    text = "\n".join(f"0.0.0.0 {n * 7919 % 1_000_003:x}-{n}.example.com" for n in range(1_000_000))
    found = read(text, "hosts")
    assert found.entries == 1_000_000
    started = time.process_time()
    for n in range(1_000):
        assert found.host_hit(f"www.truong-{n}.edu.vn") == ""
    assert time.process_time() - started < 1


def test_lists_are_held_small() -> None:
    """Less than the text itself."""
    text = "\n".join(f"{n * 7919 % 100_003:x}-{n}.example.com" for n in range(100_000))
    tracemalloc.start()
    found = read(text)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.entries == 100_000
    assert held < 6_000_000
    assert peak < 60_000_000
