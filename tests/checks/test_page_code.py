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


@pytest.mark.parametrize(
    ("code", "marks"),
    [
        pytest.param(f"if(document.referrer.indexOf('google')>0)location='{AWAY}'", (CodeMark.MOVES_SEARCHERS,), id="searchers"),
        pytest.param("new CoinHive.Anonymous('k').start()", (CodeMark.MINER,), id="miner"),
        pytest.param(f"eval(atob('{CODED}'))", (CodeMark.RUNS_DECODED,), id="runs-decoded"),
        pytest.param(f"document.write(unescape('%3Cscript%3E{CODED}'))", (CodeMark.RUNS_DECODED,), id="writes-decoded"),
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
