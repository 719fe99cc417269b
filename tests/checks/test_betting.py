"""Words, hosts and links of betting: what counts, and what only looks like it."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.page import Hiding, Link
from checks.lists.unreadable import UnreadableList
from checks.parsing.betting.found import find
from checks.parsing.betting.hosts import HostKind, kind_of
from checks.parsing.betting.links import rate, without_use
from checks.parsing.betting.reading import bare, read
from checks.parsing.betting.words import Said, extended, shipped_words

WORDS = shipped_words()
ZWSP = "\u200b"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("nhà cái uy tín", "nhà cái uy tín", id="plain"),
        pytest.param("NHÀ CÁI", "nhà cái", id="capitals"),
        pytest.param("nhà\u0300 cái", "nhà cái", id="stray-mark"),
        pytest.param("nha\u0300 ca\u0301i", "nhà cái", id="decomposed"),
        pytest.param("nha cai uy tin link vao", "nhà cái uy tín", id="no-marks-at-all"),
        pytest.param("nhà cáí ũý tín thờị đạỉ", "nhà cái uy tín", id="two-tones"),
        pytest.param("n h à  c á i", "nhà cái", id="spelt-out"),
        pytest.param("n.h.à.c.á.i", "nhà cái", id="dots-between"),
        pytest.param("nhacaiuytin", "nhà cái", id="joined"),
        pytest.param("nh4 c4i", "nhà cái", id="digits-for-letters"),
        pytest.param("nhà с\u0430\u0301i", "nhà cái", id="cyrillic"),
        pytest.param("ｎｈà ｃáｉ", "nhà cái", id="full-width"),
        pytest.param(f"n{ZWSP}hà c{ZWSP}ái", "nhà cái", id="unseen-signs"),
        pytest.param("nhà cãi nhau", None, id="quarrelling"),
        pytest.param("nhà cải tạo", None, id="rebuilding"),
        pytest.param("trong cả cuộc đời", None, id="a-whole-life"),
        pytest.param("ban ca đoàn của trường", None, id="choir"),
        pytest.param("đề phòng và lo đề ra kế hoạch", None, id="planning"),
        pytest.param("nhà trường cai quản", None, id="between-words"),
        pytest.param("các em ngồi đúng slot của mình trong lớp 8/8", None, id="harmless-figures"),
    ],
)
def test_words(text: str, found: str | None) -> None:
    """Words of the trade however they are written, and words that share their letters."""
    said = find(text, WORDS)
    phrases = said.first(Said.PROMOTION, Said.TOPIC, Said.BRAND)
    assert (found in phrases) if found else phrases == ()


def test_a_longer_phrase_covers_the_shorter() -> None:
    """“nhà cái uy tín” is one phrase, not two."""
    assert find("nhà cái uy tín", WORDS).of(Said.PROMOTION) == 1


def test_words_of_those_who_warn() -> None:
    """Reports name what they are about."""
    said = find("Công an cảnh báo cá độ bóng đá qua mạng", WORDS)
    assert said.of(Said.REPORT) == 2
    assert said.of(Said.PROMOTION) == 0


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        pytest.param("nhacai-uytin.vip", HostKind.BETTING, id="word"),
        pytest.param("www.kubet.com", HostKind.BETTING, id="brand"),
        pytest.param("789-club.net", HostKind.BETTING, id="brand-in-two"),
        pytest.param("kubet77.app", HostKind.BETTING, id="brand-and-figures"),
        pytest.param("abc.bet", HostKind.BETTING, id="top-level"),
        pytest.param("lode247.info", HostKind.BETTING, id="part-and-figures"),
        pytest.param("vip368.top", HostKind.SHAPED, id="shape"),
        pytest.param("abcbet99.net", HostKind.SHAPED, id="shape-with-bet"),
        pytest.param("moet.gov.vn", HostKind.KNOWN, id="authority"),
        pytest.param("vnexpress.net", HostKind.KNOWN, id="press"),
        pytest.param("thcs-abc.edu.vn", HostKind.KNOWN, id="school"),
        pytest.param("t.me", HostKind.OPEN, id="open"),
        pytest.param("bkns.vn", HostKind.OTHER, id="company"),
        pytest.param("alphabet.vn", HostKind.OTHER, id="alphabet"),
        pytest.param("avocado.com", HostKind.OTHER, id="avocado"),
        pytest.param("explode.io", HostKind.OTHER, id="explode"),
        pytest.param("windows.com", HostKind.OTHER, id="windows"),
    ],
)
def test_hosts(host: str, kind: HostKind) -> None:
    """Names that tell, and names that only share letters with them."""
    assert kind_of(host, WORDS) is kind


@pytest.mark.parametrize(
    ("link", "sure", "likely"),
    [
        pytest.param(Link(href="https://kubet.vip/", text="nhà cái uy tín"), True, True, id="words-and-host"),
        pytest.param(Link(href="https://abc.example/", text="nhà cái uy tín"), False, True, id="words-alone"),
        pytest.param(Link(href="https://kubet.vip/", text=","), False, True, id="host-alone"),
        pytest.param(
            Link(href="https://abc.example/", text="nhà cái", hidden=(Hiding.POSITION,)), True, True, id="words-hidden"
        ),
        pytest.param(
            Link(href="https://vnexpress.net/triet-pha-duong-day-ca-do-8xbet", text="Triệt phá đường dây cá độ 8xbet"),
            False,
            False,
            id="press",
        ),
        pytest.param(Link(href="https://abc.example/", text="Công an cảnh báo nhà cái lừa đảo"), False, False, id="headline"),
        pytest.param(Link(href="https://bkns.vn/", text="Thiết kế web", hidden=(Hiding.SIZE,)), False, False, id="credit"),
        pytest.param(Link(href="https://truong-khac.edu.vn/a", text="tài xỉu online", hidden=(Hiding.SIZE,)), True, True, id="hidden-to-a-hacked-school"),
    ],
)  # fmt: skip
def test_links(link: Link, sure: bool, likely: bool) -> None:
    """Points add up to a bar; one part alone is seldom enough."""
    rated = rate(link, WORDS)
    assert (rated.sure, rated.likely) == (sure, likely)


def test_what_is_hidden_for_those_who_listen() -> None:
    """Words for readers of pages are pushed off the window, too."""
    assert without_use(
        Link(href="https://a.example/", text="x", hidden=(Hiding.POSITION,), within="div.k")
    )
    assert not without_use(
        Link(
            href="https://a.example/",
            text="x",
            hidden=(Hiding.POSITION,),
            within="article h2.sr-only",
        )
    )
    assert not without_use(Link(href="https://a.example/", text="x", hidden=(Hiding.DISPLAY,)))


def test_the_operators_words_are_added() -> None:
    """A file of the same form brings new brands and a newer date."""
    more = extended('dated = 2027-01-01\nbrands = ["nhà mới 99"]', "ab")
    assert more.dated == date(2027, 1, 1)
    assert find("vào nhà mới 99 ngay", more).of(Said.BRAND) == 1
    assert find("nhà cái uy tín", more).of(Said.PROMOTION) == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("brands = [", "no TOML", id="no-toml"),
        pytest.param('brands = ["a"]', "no date", id="no-date"),
        pytest.param("dated = 2027-01-01\nbrand = []", "unknown section", id="unknown-section"),
        pytest.param("dated = 2027-01-01\nbrands = [1]", "a list of texts", id="no-texts"),
    ],
)
def test_files_that_are_no_such_list(text: str, why: str) -> None:
    """The mend is in the sentence."""
    with pytest.raises(UnreadableList, match=why):
        extended(text, "ab")


@given(st.text(max_size=300))
def test_reading_keeps_words_and_bare_words_together(text: str) -> None:
    """For any text there is one bare word for each word."""
    reading = read(text)
    assert len(reading.words) == len(reading.bare)
    assert all(0 <= at < len(reading.words) for at in reading.altered)
    find(text, WORDS)


@given(st.text(max_size=100))
def test_bare_is_bare(text: str) -> None:
    """What is bare stays as it is."""
    assert bare(bare(text)) == bare(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a " * 30_000, id="single-letters"),
        pytest.param("nhà " * 16_000, id="beginnings"),
        pytest.param("cáí" * 20_000, id="altered"),
        pytest.param("a1" * 30_000, id="one-mixed-word"),
        pytest.param("a1 " * 20_000, id="mixed-words"),
        pytest.param(ZWSP.join("nhacai") * 10_000, id="unseen"),
        pytest.param("à\u0300" * 20_000, id="marks"),
        pytest.param("nhacaiuytin" * 5_000, id="joined"),
    ],
)
def test_crafted_texts_take_bounded_time(text: str) -> None:
    """64 KiB of anything is read in a fraction of a second."""
    began = time.process_time()
    find(text, WORDS)
    assert time.process_time() - began < 1


def test_an_entry_of_signs_alone_is_no_phrase() -> None:
    """Nothing matches it."""
    more = extended('dated = 2027-01-01\nbrands = ["\u0301"]', "ab")
    assert find("\u0301 và", more).of(Said.BRAND) == 0


@pytest.mark.parametrize(
    ("link", "weak"),
    [
        pytest.param(Link(href="https://t.me/keotaixiu_vip88", text="Telegram"), True, id="name-on-an-open-platform"),
        pytest.param(Link(href="https://zalo.me/0905", text="Zalo"), False, id="ordinary-chat"),
        pytest.param(Link(href="https://t.me/kubetvip", text="x"), True, id="brand-on-an-open-platform"),
        pytest.param(Link(href="https://strava.com/clubs/sunwinrunning", text="x"), False, id="a-club-with-such-a-name"),
        pytest.param(Link(href="https://abc.example/", text="", images=("https://a.example/sky88-casino.gif",)), True, id="file-name"),
        pytest.param(Link(href="https://vn88id.chat/", text="vn88id"), True, id="its-own-name"),
        pytest.param(Link(href="https://a.example/canh-bao-nha-cai-lua-dao", text="x"), False, id="headline-as-address"),
    ],
)  # fmt: skip
def test_weak_signs(link: Link, weak: bool) -> None:
    """What a person should look at."""
    assert rate(link, WORDS).weak is weak


def test_one_sign_that_is_several_words() -> None:
    """As many words without marks as with them: a sign that stands for a phrase stays one word."""
    found = read("xin ﷺ chào")
    assert found.words == ("xin", "ﷺ", "chào")
    assert len(found.bare) == 3
