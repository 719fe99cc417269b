"""AL-6: whatever a site or an inventory says, a message is plain text that nobody can click on or be called by."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.events import EventKind
from inventory.settings import Channel
from reports.words import LANGUAGES, words
from scanner.alerts.cleaning import clean, clean_address
from scanner.alerts.planning import What, messages_for
from tests.alerts.building import RULE, day, event, held, unit

HOSTILE = [
    "x\r\nBcc: everyone@so.test",
    "@everyone @here <!channel> <!here|x> <@U123> <at>Ban</at>",
    "[giải thưởng](http://evil.com/a) <https://evil.com|bấm vào đây>",
    "*đậm* _nghiêng_ `mã` ```khối``` ~gạch~ # tiêu đề",
    "evil.com EVIL.COM www.evil.vn javascript://x data://y tg://resolve?domain=x",
    "пример.рф 例え.テスト xn--e1afmkfd.xn--p1ai",
    "\x00\x1b[31m\u202e\u200b\u2066 ẩn",
    "<b onmouseover=alert(1)>x</b> &lt;script&gt;",
    "{alerts.key} {0} %s ${HOME}",
]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param("a\r\nBcc: x@y.vn", "a Bcc: x＠y[.]vn", id="a-header"),
        pytest.param("@everyone", "＠everyone", id="a-mention"),
        pytest.param("<!channel>", "‹!channel›", id="of-slack"),
        pytest.param("https://evil.com/a.b", "hxxps://evil[.]com/a.b", id="a-link"),
        pytest.param("HTTP://EVIL.COM", "hxxp://EVIL[.]COM", id="in-capitals"),
        pytest.param("ftp://x.vn tg://y", "ftp[:]//x[.]vn tg[:]//y", id="schemes"),
        pytest.param("TP.Đà Nẵng, Q.Hải Châu", "TP.Đà Nẵng, Q.Hải Châu", id="as-one-writes"),
        pytest.param("TLS 1.2, nginx 1.18.0", "TLS 1.2, nginx 1.18.0", id="versions"),
        pytest.param("a\x1bb", "a b", id="a-control"),
        pytest.param("a\u202eb", "a‹U+202E›b", id="turned-round"),
        pytest.param("  ", "", id="blank"),
    ],
)
def test_values_made_harmless(sent: str, expected: str) -> None:
    """What a service could act on is broken; what one writes in Vietnamese stays."""
    assert clean(sent) == expected


def test_an_address_is_told_and_not_linked() -> None:
    """A broken-into site is not one click away."""
    assert clean_address("https://thcs-a.edu.vn/tin.tuc") == "hxxps://thcs-a[.]edu[.]vn/tin[.]tuc"
    assert clean_address("https://x.vn/\r\n@everyone") == "hxxps://x[.]vn/＠everyone"


_LINK = re.compile(r"https?:|\w://|\w\.(com|vn|рф|テスト|xn--p1ai)\b", re.IGNORECASE)


def _harmless(text: str, *, lines: bool) -> bool:
    controls = {one for one in text if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    allowed = {"\n"} if lines else set()
    return controls <= allowed and not set("@<>") & set(text)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("sent", HOSTILE)
def test_hostile_text_in_every_place(sent: str, lang: str) -> None:
    """Name, address, note, check, cause: nothing of it acts in subject or body."""
    channel = Channel.model_validate({"name": "so", "url_env": "X", "lang": lang})
    bad = event(
        unit=sent[:200],
        site=f"https://x.vn/{sent}",
        check=sent,
        cause=f"platform:{sent}",
        note=sent,
    )
    named = event(EventKind.SITE_DOWN, "u1", note=sent, cause=f"address:{sent}")
    whole = held("r9", note=sent)
    units = {"u1": unit("u1", name=sent)}
    made = messages_for(channel, (RULE,), [bad, named, whole], units, at=day(0))
    assert len(made.messages) == 3
    for message in made.messages:
        assert _harmless(message.subject, lines=False), message.subject
        assert _harmless(message.body, lines=True), message.body
        told = f"{message.subject}\n{message.body}"
        assert not _LINK.search(re.sub(r"hxxps?://", "", told)), told
        assert message.key in message.body.splitlines()[-1]


@given(st.text(st.characters(codec=None), max_size=60))
def test_any_text_is_one_harmless_line(sent: str) -> None:
    """Encodable, without controls, and the same when it is cleaned again."""
    for made in (clean(sent), clean_address(sent)):
        made.encode("utf-8")
        assert "\n" not in made
        assert "\r" not in made
        assert not set("@<>") & set(made)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_has_words(lang: str) -> None:
    """A new kind of event without words is caught here."""
    told = words("vi" if lang == "vi" else "en")
    wanted = [f"alerts.{part}.{kind.value}" for kind in EventKind for part in ("headline", "kind")]
    wanted += [f"alerts.look.{what.value}" for what in What if what is not What.TEST]
    assert [key for key in wanted if not told.has(key)] == []


def test_a_message_says_what_where_since_when_and_what_to_do() -> None:
    """In the words of the reader."""
    channel = Channel(name="so", url_env="X", lang="vi", digest_over=2)
    events = [event(unit=f"u{n}", note="hết hạn") for n in range(4)]
    units = {f"u{n}": unit(f"u{n}", name=f"Trường THCS Số {n}") for n in range(4)}
    (message,) = messages_for(channel, (RULE,), events, units, at=day(0)).messages
    assert message.subject == "[An ninh mạng] Có mục trước đạt, nay không đạt: 4 đơn vị"
    lines = message.body.splitlines()
    assert lines[0] == "Trước đạt, nay không đạt: Chứng chỉ được trình duyệt tin cậy"
    assert lines[1:5] == [
        "Tất cả 4 đơn vị, gồm:",
        "- Trường THCS Số 0, từ 08:00 ngày 01/09/2026, hxxps://u0[.]edu[.]vn/: hết hạn",
        "- Trường THCS Số 1, từ 08:00 ngày 01/09/2026, hxxps://u1[.]edu[.]vn/: hết hạn",
        "và 2 đơn vị nữa; xem đủ trong báo cáo.",
    ]
    assert lines[5].startswith("Việc cần làm: ")
    assert lines[-1] == f"Mã thông báo: {message.key}"
