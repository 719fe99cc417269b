"""Which links of a page its readers do not see, and how they are hidden: each way, and its lawful look-alike."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.page import Hiding, Link
from checks.parsing.html.facts import page_facts

AWAY = '<a href="https://xa.example/">x</a>'


def links(body: str, head: str = "") -> tuple[Link, ...]:
    html = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
    return page_facts(
        html.encode(),
        url="https://truong.edu.vn/",
        status=200,
        content_type="text/html; charset=utf-8",
        truncated=False,
    ).links


def ways(body: str, head: str = "") -> tuple[Hiding, ...]:
    return links(body, head)[0].hidden


@pytest.mark.parametrize(
    ("body", "head", "hidden"),
    [
        pytest.param(AWAY, "", (), id="plain"),
        pytest.param(f'<p style="display:none">{AWAY}</p>', "", (Hiding.DISPLAY,), id="display"),
        pytest.param(f'<p style="DISPLAY : None !important">{AWAY}</p>', "", (Hiding.DISPLAY,), id="display-shouted"),
        pytest.param(f'<p style="display:block">{AWAY}</p>', "", (), id="display-block"),
        pytest.param(f"<p hidden>{AWAY}</p>", "", (Hiding.DISPLAY,), id="hidden-attribute"),
        pytest.param(f'<div style="display:none"><ul><li>{AWAY}</ul></div>', "", (Hiding.DISPLAY,), id="from-above"),
        pytest.param(f'<p style="visibility:hidden">{AWAY}</p>', "", (Hiding.VISIBILITY,), id="visibility"),
        pytest.param(
            f'<p style="visibility:hidden"><b style="visibility:visible">{AWAY}</b></p>', "", (), id="visible-again"
        ),
        pytest.param(f'<p style="opacity:0">{AWAY}</p>', "", (Hiding.OPACITY,), id="opacity"),
        pytest.param(f'<p style="opacity:.05">{AWAY}</p>', "", (Hiding.OPACITY,), id="opacity-at-the-bar"),
        pytest.param(f'<p style="opacity:.06">{AWAY}</p>', "", (), id="opacity-above-the-bar"),
        pytest.param(f'<p style="font-size:0">{AWAY}</p>', "", (Hiding.SIZE,), id="font-size"),
        pytest.param(f'<p style="font-size:1px">{AWAY}</p>', "", (Hiding.SIZE,), id="one-pixel"),
        pytest.param(f'<p style="font-size:2px">{AWAY}</p>', "", (), id="two-pixels"),
        pytest.param(f'<p style="font-size:0"><b style="font-size:14px">{AWAY}</b></p>', "", (), id="size-again"),
        pytest.param(f'<p style="font:0/0 a">{AWAY}</p>', "", (Hiding.SIZE,), id="font-shorthand"),
        pytest.param(f'<p style="height:1px;overflow:hidden">{AWAY}</p>', "", (Hiding.SIZE,), id="box"),
        pytest.param(f'<p style="height:1px">{AWAY}</p>', "", (), id="box-overflowing"),
        pytest.param(f'<p style="position:absolute;left:-9999px">{AWAY}</p>', "", (Hiding.POSITION,), id="left"),
        pytest.param(f'<p style="position:absolute;top:-500em">{AWAY}</p>', "", (Hiding.POSITION,), id="top"),
        pytest.param(f'<p style="position:absolute;left:-280px">{AWAY}</p>', "", (), id="drawer"),
        pytest.param(f'<p style="left:-9999px">{AWAY}</p>', "", (), id="left-without-position"),
        pytest.param(f'<p style="border-left:-9999px;position:absolute">{AWAY}</p>', "", (), id="another-left"),
        pytest.param(f'<p style="text-indent:-9999px">{AWAY}</p>', "", (Hiding.POSITION,), id="indent"),
        pytest.param(f'<p style="margin-left:-5000px">{AWAY}</p>', "", (Hiding.POSITION,), id="margin"),
        pytest.param(f'<p style="clip:rect(0,0,0,0)">{AWAY}</p>', "", (Hiding.CLIPPED,), id="clip"),
        pytest.param(f'<p style="clip-path:inset(50%)">{AWAY}</p>', "", (Hiding.CLIPPED,), id="clip-path"),
        pytest.param(f"<marquee height=0>{AWAY}</marquee>", "", (Hiding.MARQUEE,), id="marquee"),
        pytest.param(f"<marquee height=30>{AWAY}</marquee>", "", (), id="marquee-seen"),
        pytest.param(f'<p style="color:#fff">{AWAY}</p>', "", (Hiding.COLOUR,), id="white-on-white"),
        pytest.param(f'<p style="color:#fff">{AWAY}</p>', "<link rel=stylesheet href=a.css>", (), id="white-on-who-knows"),
        pytest.param(f'<p style="color:white;background:#000">{AWAY}</p>', "", (), id="white-on-black"),
        pytest.param(f'<p style="color:#000"><b style="background:black">{AWAY}</b></p>', "", (Hiding.COLOUR,), id="black-on-black"),
        pytest.param(f"<table bgcolor=#ffffff><tr><td><font color=#fefefe>{AWAY}</font></table>", "", (Hiding.COLOUR,), id="old-attributes"),
        pytest.param(f'<p style="color:#fff;background:url(a.png)">{AWAY}</p>', "", (), id="on-a-picture"),
        pytest.param(f"<noscript>{AWAY}</noscript>", "", (Hiding.NOSCRIPT,), id="noscript"),
        pytest.param(f"<p class=k>{AWAY}</p>", "<style>.k{position:absolute;left:-9999px}</style>", (Hiding.POSITION,), id="class"),
        pytest.param(f"<p id=k>{AWAY}</p>", "<style>p#k,.z{display:none}</style>", (Hiding.DISPLAY,), id="id"),
        pytest.param(f"<div class=f><p>{AWAY}</p></div>", "<style>.f > p{opacity:0}</style>", (Hiding.OPACITY,), id="child"),
        pytest.param(f"<p class=k>{AWAY}</p>", "<style>@media(max-width:700px){.k{display:none}}</style>", (), id="on-telephones"),
        pytest.param(f"<p class=k>{AWAY}</p>", "<style>@media print{.k{display:none}}</style>", (), id="in-print"),
        pytest.param(
            f"<p class=k>{AWAY}</p>",
            "<style>.k{display:none}@media(min-width:700px){.k{display:block}}</style>",
            (),
            id="shown-on-larger-ones",
        ),
        pytest.param(f"<p class=k>{AWAY}</p>", "<style>.k:hover{display:none}</style>", (), id="state"),
        pytest.param(f"<p id=k>{AWAY}</p><script>document.getElementById('k').style.display='none'</script>", "", (Hiding.DISPLAY, Hiding.SCRIPT), id="by-script"),
        pytest.param(f"<p class=k>{AWAY}</p><script>jQuery;$('.k').hide()</script>", "", (Hiding.DISPLAY, Hiding.SCRIPT), id="by-jquery"),
        pytest.param(
            f"<script>document.write('<style>.k{{position:absolute;left:-999px}}</style>')</script><p class=k>{AWAY}</p>",
            "",
            (Hiding.POSITION, Hiding.SCRIPT),
            id="by-written-style",
        ),
        pytest.param("<script>document.write('<a href=\"https://xa.example/\">x</a>')</script>", "", (Hiding.SCRIPT,), id="written"),
    ],
)  # fmt: skip
def test_ways_of_hiding(body: str, head: str, hidden: tuple[Hiding, ...]) -> None:
    """A link is hidden by what it stands in; what only some screens or moments hide is not hidden."""
    assert ways(body, head) == hidden


@pytest.mark.parametrize(
    "style",
    [
        pytest.param("font:bold arial", id="font-without-size"),
        pytest.param("opacity:none", id="opacity-without-number"),
        pytest.param("color:#12345", id="colour-of-five-digits"),
        pytest.param("color:rgba(255,255,255,.2)", id="see-through"),
        pytest.param("width:50%;overflow:hidden", id="share"),
        pytest.param("left:50%;position:absolute", id="half-way"),
        pytest.param("color:transparent", id="no-colour"),
    ],
)
def test_styles_that_hide_nothing(style: str) -> None:
    """What cannot be read hides nothing."""
    assert ways(f'<p style="{style}">{AWAY}</p>') == ()


def test_selectors_that_no_parser_knows() -> None:
    """They match nothing, and the page is read on."""
    assert ways(f"<p class=k>{AWAY}</p>", "<style>.k[=x]{display:none}>>{opacity:0}</style>") == ()
    assert ways(f"<p class=k>{AWAY}</p>", "<style>> .k >{display:none}</style>") in (
        (),
        (Hiding.DISPLAY,),
    )


def test_many_lines_of_code_that_hide_are_cut() -> None:
    """Fifty are looked at."""
    lines = "".join(f"document.getElementById('x{n}').style.display='none';" for n in range(60))
    assert ways(f"<p id=x59>{AWAY}</p><script>{lines}</script>") == ()
    assert ways(f"<p id=x9>{AWAY}</p><script>{lines}</script>") == (Hiding.DISPLAY, Hiding.SCRIPT)


def test_links_of_the_own_host_are_not_asked() -> None:
    """Menus fold; only what leads elsewhere matters."""
    assert ways('<p style="display:none"><a href="/tin">x</a></p>') == ()
    assert ways('<p style="display:none"><a href="https://truong.edu.vn/tin">x</a></p>') == ()


def test_the_place_is_named() -> None:
    """The landmark, and the element that hides."""
    found = links(f'<footer><div id=d class="a b" style="opacity:0"><p>{AWAY}</p></div></footer>')
    assert found[0].within == "footer div#d.a.b"


def test_outbound_links_are_kept_among_many_own_ones() -> None:
    """Nobody hides a link by drowning it in a menu."""
    own = "".join(f"<a href=/{n}>x</a>" for n in range(2_000))
    found = links(own + AWAY + own)
    assert any(link.href == "https://xa.example/" for link in found)


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("<style>" + ".k{display:none}" * 20_000 + "</style>" + f"<p class=k>{AWAY}" * 500, id="rules"),
        pytest.param("<style>" + "a" * 190 + "!{display:none}" * 3_000 + "</style>" + AWAY, id="long-selectors"),
        pytest.param("<style>" + "{" * 200_000 + "</style>" + AWAY, id="braces"),
        pytest.param("<style>" + "/*" * 100_000 + "</style>" + AWAY, id="comments"),
        pytest.param('<div style="opacity:0">' * 400 + AWAY * 300, id="deep"),
        pytest.param('<p style="' + "a:b;" * 50_000 + f'">{AWAY}', id="long-style"),
        pytest.param("<script>" + "document.write('<a href=" * 20_000 + "</script>" + AWAY, id="script"),
        pytest.param("<script>" + "function f(){" * 20_000 + "location='https://a.b/';" * 50 + "</script>" + AWAY, id="braces-of-code"),
    ],
)  # fmt: skip
def test_crafted_pages_take_bounded_time(page: str) -> None:
    """Nothing a page holds takes long; the bar is far above what it takes here."""
    began = time.process_time()
    links(page)
    assert time.process_time() - began < 2


@given(st.text(alphabet=".#k{}:;,>*[]=\"'/ \n!-0px%(display)none@media", max_size=300))
def test_any_style_sheet_can_be_read(sheet: str) -> None:
    """Style sheets are hostile text."""
    links(f'<p class=k style="{sheet}">{AWAY}</p>', f"<style>{sheet}</style>")
