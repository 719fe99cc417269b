"""Betting and hidden links over a whole site: what accuses, what asks for a person, what stays open."""

from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured, Payload
from checks.evidence.page import Code, CodeMark, Hiding, Link, Script
from checks.evidence.samples import Chosen, Samples
from checks.parsing.text import defanged
from checks.rules.content import no_gambling_content, no_hidden_links
from checks.spec import Finding, Outcome
from tests.builders.web import HOST, ask, page, pages, sample, samples

MET, NOT_MET, REVIEW, UNTESTED = (
    Outcome.MET,
    Outcome.NOT_MET,
    Outcome.NEEDS_REVIEW,
    Outcome.NOT_TESTED,
)
BETTING = Link(
    href="https://nhacai.vip/x",
    text="nhà cái uy tín",
    hidden=(Hiding.POSITION,),
    within="footer div.k",
)
STRANGE = Link(href="https://cong-ty.example/", text="Công ty", hidden=(Hiding.SIZE,))
WARNING = (
    "Công an tuyên truyền phòng chống cờ bạc. Các em được cảnh báo về nhà cái, tài xỉu online, nổ hũ, game bài đổi thưởng"
    " như kubet, 8xbet, và Điều 321 Bộ luật Hình sự. "
)  # fmt: skip
ADVERTISEMENT = (
    "Nhà cái KUBET: link vào, nổ hũ đổi thưởng, tài xỉu online, nạp rút trong một phút. "
)


def of_home(check: Any, **changed: Any) -> Finding:
    return ask(check, pages(home=page(**changed)), samples())


def told(finding: Finding) -> dict[str, Any]:
    return {one.name: one.value for one in finding.measured}


def test_a_clean_site() -> None:
    """Home page, policy and two inner pages, nothing in them."""
    finding = ask(no_gambling_content, pages(), samples())
    assert (finding.outcome, told(finding)["pages"]) == (MET, 4)
    assert ask(no_hidden_links, pages(), samples()).outcome is MET


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        pytest.param({"links": (BETTING,)}, NOT_MET, "links", id="hidden-link"),
        pytest.param({"links": (Link(href="https://kubet.vip/", text="KUBET nhà cái"),)}, NOT_MET, "links", id="visible-link"),
        pytest.param({"links": (Link(href="https://kubet.vip/", text="."),)}, REVIEW, "single-sign", id="host-alone"),
        pytest.param({"frames": ("https://kubet.vip/",)}, NOT_MET, "elements", id="frame"),
        pytest.param({"canonical": "https://kubet.vip/"}, NOT_MET, "elements", id="canonical"),
        pytest.param({"alternates": ("https://kubet.vip/",)}, NOT_MET, "elements", id="alternate"),
        pytest.param({"refresh": "https://kubet.vip/"}, NOT_MET, "elements", id="refresh"),
        pytest.param({"code": (Code(marks=(CodeMark.MOVES,), moves=("https://kubet.vip/",)),)}, NOT_MET, "elements", id="script"),
        pytest.param({"text": ADVERTISEMENT * 3}, REVIEW, "words", id="words-alone"),
        pytest.param({"title": "Nhà cái uy tín, link vào KUBET"}, REVIEW, "words", id="title-alone"),
        pytest.param({"text": WARNING * 3}, MET, "", id="warning"),
        pytest.param({"text": WARNING * 3, "links": (BETTING,)}, NOT_MET, "links", id="warning-and-link"),
        pytest.param({"title": "Cảnh báo nhà cái lừa đảo"}, MET, "", id="headline"),
        pytest.param({"text": "trõng thờị đạỉ cá cượç nhà cáí uý tín, tàí xỉũ ônliné "}, REVIEW, "words", id="altered"),
    ],
)  # fmt: skip
def test_the_home_page(changed: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """Links and elements accuse; words alone ask for a person; warnings stay well."""
    finding = of_home(no_gambling_content, **changed)
    assert (finding.outcome, finding.reason) == (outcome, reason)


def test_what_a_reader_is_told() -> None:
    """The words, the defanged target, the page and the place on it; the points one by one."""
    found = told(of_home(no_gambling_content, links=(BETTING,)))
    assert (
        found["link-position"]
        == f"“nhà cái uy tín” → hxxps://nhacai[.]vip/x · https://{HOST}/ footer div.k"
    )
    assert {name for name in found if name.startswith("points_")} >= {
        "points_links",
        "points_words",
        "points_hiding",
    }
    assert found["hosts"] == "nhacai[.]vip"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        pytest.param(
            "https://a.b.vip/x.html?u=1.2", "hxxps://a[.]b[.]vip/x.html?u=1.2", id="address"
        ),
        pytest.param("http://a.b", "hxxp://a[.]b", id="no-path"),
        pytest.param("a.b.vip", "a[.]b[.]vip", id="host"),
        pytest.param("//a.b/x", "//a[.]b/x", id="schemeless"),
    ],
)
def test_defanged(url: str, shown: str) -> None:
    """Nobody opens it by mistake."""
    assert defanged(url) == shown


def test_an_inner_page() -> None:
    """The home page is clean; a post is not, and it is named."""
    finding = ask(no_gambling_content, pages(), samples(sample("/tin/hoi-thao", links=(BETTING,))))
    assert (finding.outcome, finding.address) == (NOT_MET, f"https://{HOST}/tin/hoi-thao")


def test_a_redirect_of_an_inner_page() -> None:
    """Where a path leads out to a betting house."""
    away = sample("/x", Chosen.UNKNOWN, left_to="https://kubet.vip/a")
    finding = ask(no_gambling_content, pages(), samples(away, sample("/tin-1")))
    assert (finding.outcome, finding.reason) == (NOT_MET, "elements")


def test_what_only_searchers_see() -> None:
    """The same page, clean for visitors, betting for who comes from a search engine."""
    seen = samples(
        searched=(sample("/", Chosen.HOME, title="Nhà cái KUBET", text=ADVERTISEMENT * 3),)
    )
    finding = ask(no_gambling_content, pages(), seen)
    assert (finding.outcome, finding.reason) == (NOT_MET, "for-searchers")


def test_searchers_who_see_the_same_betting() -> None:
    """What everybody sees is told as what everybody sees."""
    bad: dict[str, Any] = {"title": "Nhà cái KUBET", "text": ADVERTISEMENT * 3}
    seen = samples(searched=(sample("/", Chosen.HOME, **bad),))
    finding = ask(no_gambling_content, pages(home=page(**bad)), seen)
    assert (finding.outcome, finding.reason) == (REVIEW, "words")


def test_searchers_who_are_led_away() -> None:
    """A redirect for them alone needs no more than a host of the trade's shape."""
    seen = samples(searched=(sample("/", Chosen.HOME, left_to="https://abc88.vip/x"),))
    finding = ask(no_gambling_content, pages(), seen)
    assert (finding.outcome, finding.reason) == (NOT_MET, "elements")
    silent = samples(searched=(sample("/", Chosen.HOME, missing=Cause.NO_ANSWER),))
    assert ask(no_gambling_content, pages(), silent).outcome is MET


ENGLISH = (
    "Welcome to our page where you can read about many interesting things and enjoy the games of this season. "
    * 3
)


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        pytest.param({"text": ENGLISH}, MET, id="in-english"),
        pytest.param({"text": ENGLISH, "links": (Link(href="https://abc.example/", text="here"),)}, MET, id="ordinary-link"),
        pytest.param({"text": ENGLISH, "links": (Link(href="https://abcxyz.top/", text="here"),)}, REVIEW, id="odd-link"),
        pytest.param({"text": ENGLISH, "links": (Link(href="https://kubet.vip/", text="here"),)}, NOT_MET, id="betting-link"),
        pytest.param({"text": "Welcome", "links": (Link(href="https://abcxyz.top/", text="here"),)}, MET, id="few-words"),
        pytest.param({"links": (Link(href="https://abcxyz.top/", text="here"),)}, MET, id="in-vietnamese"),
    ],
)  # fmt: skip
def test_a_page_in_another_language(changed: dict[str, Any], outcome: Outcome) -> None:
    """Schools have such pages; doorway pages lead to strange hosts."""
    finding = ask(no_gambling_content, pages(), samples(sample("/en/x", **changed)))
    assert finding.outcome is outcome


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        pytest.param({"scripts": (Script(src="https://kubet.vip/a.js"),)}, NOT_MET, id="script-of-a-betting-house"),
        pytest.param({"code": (Code(hosts=("kubet.vip",)),)}, NOT_MET, id="named-in-a-script"),
        pytest.param({"code": (Code(loads=("https://abc88.vip/a",)),)}, REVIEW, id="shape-loaded"),
        pytest.param({"code": (Code(hosts=("cdn.example",)),)}, MET, id="ordinary-host"),
        pytest.param({"links": tuple(Link(href=f"https://abc{n}.top/", text="x") for n in range(3))}, REVIEW, id="a-crowd-of-odd-hosts"),
        pytest.param({"links": tuple(Link(href=f"https://abc{n}.top/", text="x") for n in range(2))}, MET, id="two-odd-hosts"),
        pytest.param({"text": "Nạp 20k tặng ngay 20k, hoàn tiền 2% cược thua. " + ENGLISH}, REVIEW, id="offers"),
        pytest.param({"url": f"https://{HOST}/nha-cai-uy-tin"}, REVIEW, id="address"),
        pytest.param({"url": f"https://{HOST}/384756/", "text": "Nhà cái. " * 9}, REVIEW, id="doorway-address"),
        pytest.param({"title": "Vào nhà cái, tài xỉu"}, REVIEW, id="title-with-a-topic"),
        pytest.param({"title": "Phóng sự Ma trận nhà cái"}, MET, id="one-word-in-a-title"),
        pytest.param({"title": "Cảnh báo: nhà cái, nổ hũ, soi cầu, link vào"}, REVIEW, id="a-warning-too-many"),
    ],
)  # fmt: skip
def test_further_signs(changed: dict[str, Any], outcome: Outcome) -> None:
    """Scripts, crowds of odd hosts, offers, addresses and titles."""
    finding = of_home(no_gambling_content, **changed)
    assert finding.outcome is outcome


@pytest.mark.parametrize("check", [no_gambling_content, no_hidden_links])
@pytest.mark.parametrize(
    ("home", "seen", "cause"),
    [
        pytest.param({}, NotCaptured(cause=Cause.DEADLINE), Cause.DEADLINE, id="no-further-page"),
        pytest.param({"truncated": True}, samples(), Cause.BODY_TRUNCATED, id="home-cut"),
        pytest.param({"links_total": 900}, samples(), Cause.BODY_TRUNCATED, id="links-cut"),
        pytest.param({"code_cut": True}, samples(), Cause.BUDGET_CPU, id="scripts-cut"),
        pytest.param({"text": "", "words": 0, "links": ()}, samples(), Cause.UNDECODABLE, id="nothing-to-read"),
        pytest.param({"status": 503}, samples(), Cause.SERVER_ERROR, id="error"),
        pytest.param(
            {},
            samples(*(sample(f"/{n}", missing=Cause.NO_ANSWER) for n in range(3))),
            Cause.NO_ANSWER,
            id="three-of-five-not-read",
        ),
    ],
)  # fmt: skip
def test_too_little_was_seen(check: Any, home: dict[str, Any], seen: Any, cause: Cause) -> None:
    """Nothing stands in for missing evidence."""
    missing: dict[type[Payload], NotCaptured] = {}
    if isinstance(seen, NotCaptured):
        missing[Samples] = seen
    given = () if missing else (seen,)
    finding = ask(check, pages(home=page(**home)), *given, missing=missing)
    assert (finding.outcome, finding.cause) == (UNTESTED, cause)


def test_half_of_the_pages_is_enough() -> None:
    """Two of four were read."""
    seen = samples(*(sample(f"/{n}", missing=Cause.NO_ANSWER) for n in range(2)))
    assert ask(no_gambling_content, pages(), seen).outcome is MET


def test_what_was_seen_accuses_though_not_all_was() -> None:
    """A fault that was seen stands, whatever else was not."""
    finding = ask(
        no_gambling_content,
        pages(home=page(links=(BETTING,), truncated=True)),
        missing={Samples: NotCaptured(cause=Cause.DEADLINE)},
    )
    assert finding.outcome is NOT_MET


def hidden(*links: Link) -> Finding:
    return of_home(no_hidden_links, links=links)


def away(number: int, *ways: Hiding, text: str = "Công ty", within: str = "") -> Link:
    return Link(href=f"https://cong-ty-{number}.example/", text=text, hidden=ways, within=within)


@pytest.mark.parametrize(
    ("links", "outcome", "reason"),
    [
        pytest.param((away(1),), MET, "none", id="seen"),
        pytest.param((away(1, Hiding.DISPLAY),), MET, "toggled", id="switched-off"),
        pytest.param((away(1, Hiding.SIZE),), REVIEW, "hidden", id="one-tiny"),
        pytest.param(tuple(away(n, Hiding.SIZE) for n in range(4)), REVIEW, "hidden", id="four-tiny"),
        pytest.param(tuple(away(n, Hiding.SIZE) for n in range(5)), REVIEW, "many", id="five-tiny"),
        pytest.param((away(1, Hiding.COLOUR, text="Thiết kế bởi A"),), MET, "credit", id="credit"),
        pytest.param((away(1, Hiding.COLOUR, text="Design"), away(2, Hiding.SIZE, text="Design")), REVIEW, "hidden", id="two-credits"),
        pytest.param(tuple(away(1, Hiding.SIZE) for _ in range(9)), REVIEW, "hidden", id="one-host-often"),
        pytest.param(tuple(away(n, Hiding.DISPLAY) for n in range(9)), MET, "toggled", id="a-folded-menu"),
        pytest.param((away(1, Hiding.DISPLAY, text="vay tiền nhanh"),), NOT_MET, "spam", id="sells"),
        pytest.param((BETTING,), NOT_MET, "spam", id="betting"),
        pytest.param((Link(href="https://moet.gov.vn/", text="Bộ", hidden=(Hiding.SIZE,)),), MET, "toggled", id="known"),
        pytest.param((away(1, Hiding.POSITION, within="a.sr-only"),), MET, "toggled", id="for-listeners"),
        pytest.param((Link(href=f"https://www.{HOST}/x", text="x", hidden=(Hiding.SIZE,)),), MET, "none", id="own-twin"),
    ],
)  # fmt: skip
def test_hidden_links(links: tuple[Link, ...], outcome: Outcome, reason: str) -> None:
    """What sells accuses; strange hosts that only machines read ask for a person, three of them accuse."""
    finding = hidden(*links)
    assert (finding.outcome, finding.reason) == (outcome, reason)
