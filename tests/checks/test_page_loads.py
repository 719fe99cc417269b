"""What a page asks, runs, shows and loads: forms, scripts, frames, loads over http, policies of its head."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.page import Load, PageFacts, Script, Written
from checks.parsing.html.facts import page_facts
from checks.parsing.scripts import pins, runs

URL = "https://a.edu.vn/tin/"
WHOLE, SCHEMELESS, RELATIVE = Written


def facts(html: str, url: str = URL) -> PageFacts:
    return page_facts(
        html.encode(), url=url, status=200, content_type="text/html; charset=utf-8", truncated=False
    )


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        pytest.param("<form></form>", "get https://a.edu.vn/tin/ 0", id="html-no-action"),
        pytest.param("<form action=''>", "get https://a.edu.vn/tin/ 0", id="html-empty-action"),
        pytest.param(
            "<base href=http://b.vn/><form action=''>",
            "get https://a.edu.vn/tin/ 0",
            id="html-empty-action-is-no-base",
        ),
        pytest.param(
            "<base href=http://b.vn/><form action=x>", "get http://b.vn/x 0", id="html-base"
        ),
        pytest.param("<form action=' /x '>", "get https://a.edu.vn/x 0", id="url-blanks"),
        pytest.param("<form action=//b.vn/x>", "get https://b.vn/x 0", id="url-scheme-relative"),
        pytest.param("<form action=http://b.vn/>", "get http://b.vn/ 0", id="url-absolute"),
        pytest.param(
            "<form action='javascript:go()'>", "get javascript:go() 0", id="html-javascript-action"
        ),
        pytest.param(
            "<form action='mailto:abc@a.vn'>", "get mailto:•••@a.vn 0", id="masked-like-links"
        ),
        pytest.param("<form method=POST>", "post https://a.edu.vn/tin/ 0", id="html-method-case"),
        pytest.param("<form method=put>", "get https://a.edu.vn/tin/ 0", id="html-method-unknown"),
        pytest.param("<form method=dialog>", "dialog https://a.edu.vn/tin/ 0", id="html-dialog"),
        pytest.param(
            "<form><input><input type=hidden><input type=submit><input type=date><select></select>"
            "<textarea></textarea><button></button></form>",
            "get https://a.edu.vn/tin/ 4",
            id="fields-that-are-filled-in",
        ),
        pytest.param(
            "<form><input type=PassWord></form>",
            "get https://a.edu.vn/tin/ 1 p",
            id="html-type-case",
        ),
        pytest.param(
            "<form><input type=' password'></form>",
            "get https://a.edu.vn/tin/ 1",
            id="html-type-is-not-trimmed",
        ),
        pytest.param(
            "<form><button formaction=http://b.vn/>x</button></form>",
            "get https://a.edu.vn/tin/ 0 > http://b.vn/",
            id="html-formaction-button",
        ),
        pytest.param(
            "<form><input type=image formaction=/y src=x></form>",
            "get https://a.edu.vn/tin/ 0 > https://a.edu.vn/y",
            id="html-formaction-image",
        ),
        pytest.param(
            "<form><input formaction=/y><button type=button formaction=/y></form>",
            "get https://a.edu.vn/tin/ 1",
            id="html-formaction-of-what-does-not-send",
        ),
        pytest.param(
            "<form><input type=submit formaction></form>",
            "get https://a.edu.vn/tin/ 0 > https://a.edu.vn/tin/",
            id="html-formaction-empty",
        ),
        pytest.param(
            "<form id=f></form><input form=f type=password>",
            "get https://a.edu.vn/tin/ 1 p",
            id="html-form-attribute-after",
        ),
        pytest.param(
            "<input form=f type=password><form id=f></form>",
            "get https://a.edu.vn/tin/ 1 p",
            id="html-form-attribute-before",
        ),
        pytest.param(
            "<form action=/1 id=f><input></form>",
            "get https://a.edu.vn/1 1",
            id="html-form-with-id",
        ),
        pytest.param(
            "<form id=f action=/1></form><form id=f action=/2><input></form>",
            "get https://a.edu.vn/1 0; get https://a.edu.vn/2 1",
            id="html-form-id-twice",
        ),
        pytest.param(
            "<form action=/1><form action=/2><input></form>",
            "get https://a.edu.vn/1 1",
            id="html-forms-never-nest",
        ),
        pytest.param(
            "<table><tr><form action=/1><td><input type=password></tr></form></table>",
            "get https://a.edu.vn/1 1 p",
            id="html-form-in-a-table",
        ),
        pytest.param("<template><form></form></template>", "", id="html-template"),
        pytest.param("<noscript><form></form></noscript>", "", id="html-noscript"),
        pytest.param("<!-- <form></form> -->", "", id="html-comment"),
    ],
)
def test_forms(html: str, expected: str) -> None:
    """Where each form sends and what it asks, as browsers have it."""
    found = facts(html)
    told = [
        " ".join(
            [form.method, form.action, str(form.fields)]
            + ["p"] * form.password
            + ["> " + one for one in form.further]
        )
        for form in found.forms
    ]
    assert "; ".join(told) == expected
    assert found.forms_total == len(told)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        pytest.param("<input type=password>", 1, id="no-form"),
        pytest.param("<form></form><input type=password>", 1, id="after-the-form"),
        pytest.param("<form><input type=password></form>", 0, id="in-the-form"),
        pytest.param("<input form=g type=password>", 1, id="html-form-attribute-of-no-form"),
        pytest.param(
            "<form><input form='' type=password></form>", 1, id="html-form-attribute-empty"
        ),
        pytest.param("<object><input type=password></object>", 1, id="inside-an-object"),
        pytest.param("<noscript><input type=password></noscript>", 0, id="html-noscript"),
    ],
)
def test_loose_passwords(html: str, expected: int) -> None:
    """Password fields that no form owns."""
    assert facts(html).loose_passwords == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        pytest.param("<script>x</script>", {}, id="inline"),
        pytest.param(
            "<script src=/a.js></script>",
            {"src": "https://a.edu.vn/a.js", "written": RELATIVE},
            id="relative",
        ),
        pytest.param(
            "<script src=//c.vn/a.js></script>",
            {"src": "https://c.vn/a.js", "written": SCHEMELESS},
            id="url-scheme",
        ),
        pytest.param(
            "<script src='/\t/c.vn/a.js'></script>",
            {"src": "https://c.vn/a.js", "written": SCHEMELESS},
            id="url-tab",
        ),
        pytest.param(
            "<script src='HTTPS://c.vn/a.js'></script>",
            {"src": "https://c.vn/a.js", "written": WHOLE},
            id="url-whole",
        ),
        pytest.param(
            "<script src='data:text/javascript,x'></script>",
            {"src": "data:", "written": WHOLE},
            id="data",
        ),
        pytest.param(
            "<script src=a.js integrity=' sha256-x  sha384-y '></script>",
            {"src": URL + "a.js", "written": RELATIVE, "integrity": " sha256-x  sha384-y "},
            id="sri-as-sent",
        ),
        pytest.param(
            "<script src=a.js crossorigin></script>",
            {"src": URL + "a.js", "written": RELATIVE, "crossorigin": ""},
            id="html-crossorigin-empty",
        ),
        pytest.param(
            "<script src=a.js crossorigin=anonymous></script>",
            {"src": URL + "a.js", "written": RELATIVE, "crossorigin": "anonymous"},
            id="html-crossorigin",
        ),
        pytest.param("<script nonce=abc>x</script>", {"nonce": True}, id="csp-nonce-not-kept"),
        pytest.param("<script type=module>x</script>", {"type": "module"}, id="html-module"),
    ],
)
def test_scripts(html: str, expected: dict[str, Any]) -> None:
    """What each script element says of itself."""
    found = facts(html)
    assert found.scripts == (Script(**expected),)
    assert found.scripts_total == 1


def test_a_long_integrity_is_cut() -> None:
    """At most 300 characters of it are kept."""
    assert len(facts(f"<script src=a integrity={'x' * 999}></script>").scripts[0].integrity) == 300


@pytest.mark.parametrize("html", ["<template><script></script></template>", "<!--<script>-->"])
def test_no_scripts(html: str) -> None:
    """What is not run is not there."""
    assert facts(html).scripts_total == 0


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param("", True, id="html-no-type"),
        pytest.param("text/javascript", True, id="mime-sniffing-usual"),
        pytest.param(" Text/JavaScript ", True, id="html-trimmed-and-folded"),
        pytest.param("application/x-ecmascript", True, id="mime-sniffing-ecmascript"),
        pytest.param("text/javascript1.5", True, id="mime-sniffing-numbered"),
        pytest.param("text/javascript1.6", False, id="mime-sniffing-not-numbered"),
        pytest.param("text/jscript", True, id="mime-sniffing-jscript"),
        pytest.param("module", True, id="html-module"),
        pytest.param("text/javascript; charset=utf-8", False, id="html-essence-only"),
        pytest.param("application/ld+json", False, id="html-data-block"),
        pytest.param("importmap", False, id="html-importmap"),
        pytest.param("text/template", False, id="html-template-block"),
        pytest.param(" ", False, id="html-blank-is-not-empty"),
    ],
)
def test_types_that_run(kind: str, expected: bool) -> None:
    """Everything else is a block of data."""
    assert runs(kind) is expected


@pytest.mark.parametrize(
    ("integrity", "expected"),
    [
        pytest.param("sha256-" + "A" * 43 + "=", True, id="sri-sha256"),
        pytest.param("sha256-" + "A" * 42 + "=", False, id="sri-sha256-one-short"),
        pytest.param("sha256-" + "A" * 44 + "=", False, id="sri-sha256-one-long"),
        pytest.param("sha384-" + "b" * 64, True, id="sri-sha384"),
        pytest.param("sha384-" + "b" * 63, False, id="sri-sha384-one-short"),
        pytest.param("sha384-" + "b" * 65, False, id="sri-sha384-one-long"),
        pytest.param("sha512-" + "+/-_09" * 14 + "zz==", True, id="sri-sha512"),
        pytest.param("sha512-" + "+/-_09" * 14 + "zz=", False, id="sri-sha512-half-padded"),
        pytest.param("SHA256-" + "A" * 43 + "=", True, id="sri-case-of-the-kind"),
        pytest.param("sha256-" + "A" * 43 + "=?ct=x", True, id="sri-options"),
        pytest.param("md5-x sha384-" + "b" * 64, True, id="sri-unknown-beside-known"),
        pytest.param("md5-1B2M2Y8AsgTpgAmY7PhCfg==", False, id="sri-unknown-alone"),
        pytest.param("sha1-" + "A" * 27 + "=", False, id="sri-sha1"),
        pytest.param("sha256-" + "é" * 43 + "=", False, id="sri-not-base64"),
        pytest.param("", False, id="sri-empty"),
        pytest.param("sha256", False, id="sri-no-value"),
    ],
)
def test_integrity(integrity: str, expected: bool) -> None:
    """One well-formed hash of a known kind is enough; without any, browsers load whatever comes."""
    assert pins(integrity) is expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<iframe src=//b.vn/x></iframe>", ["https://b.vn/x"]),
        ("<iframe src=http://b.vn/ srcdoc=x></iframe>", []),
        ("<iframe></iframe><iframe src=' '></iframe>", []),
        ("<frameset><frame src=/x></frameset>", ["https://a.edu.vn/x"]),
        ("<embed src=a.swf>", [URL + "a.swf"]),
        ("<object data=a.pdf><embed src=b.pdf></object>", [URL + "a.pdf", URL + "b.pdf"]),
        ("<object><object data=c></object></object>", [URL + "c"]),
        ("<iframe src='data:text/html,x'></iframe>", ["data:"]),
        ("<template><iframe src=/x></iframe></template>", []),
    ],
)
def test_frames(html: str, expected: list[str]) -> None:
    """What is shown inside the page."""
    found = facts(html)
    assert list(found.frames) == expected
    assert found.frames_total == len(expected)


B = "http://b.vn/x"


@pytest.mark.parametrize(
    ("html", "tag"),
    [
        pytest.param(f"<script src={B}></script>", "script", id="mix-script"),
        pytest.param(f"<svg><script src={B}></script></svg>", "script", id="mix-script-in-svg"),
        pytest.param(f"<link rel=stylesheet href={B}>", "link", id="mix-style"),
        pytest.param(f"<link rel='alternate StyleSheet' href={B}>", "link", id="html-rel-words"),
        pytest.param(f"<link rel=manifest href={B}>", "link", id="mix-manifest"),
        pytest.param(f"<link rel=modulepreload href={B}>", "link", id="mix-modulepreload"),
        pytest.param(f"<link rel=preload as=script href={B}>", "link", id="mix-preload-script"),
        pytest.param(f"<link rel=preload as=font href={B}>", "link", id="mix-preload-font"),
        pytest.param(f"<iframe src={B}></iframe>", "iframe", id="mix-iframe"),
        pytest.param(f"<frameset><frame src={B}></frameset>", "frame", id="mix-frame"),
        pytest.param(f"<object data={B}></object>", "object", id="mix-object"),
        pytest.param(f"<embed src={B}>", "embed", id="mix-embed"),
        pytest.param(f"<style>@import '{B}';</style>", "style", id="css-import"),
        pytest.param(f"<style>@IMPORT url({B});</style>", "style", id="css-import-url"),
        pytest.param(f"<script src='HTTP:{B[5:]}'></script>", "script", id="url-scheme-case"),
        pytest.param(f"<script src=' ht\ntp:{B[5:]} '></script>", "script", id="url-line-ends"),
        pytest.param(
            "<base href=http://b.vn/y/><script src=/x></script>", "script", id="html-base-path"
        ),
        pytest.param(
            "<base href=http://b.vn/y/><script src=//b.vn/x></script>",
            "script",
            id="html-base-host",
        ),
        pytest.param(f"<video><script src={B}></script></video>", "script", id="mix-in-a-video"),
    ],
)
def test_active_loads(html: str, tag: str) -> None:
    """Blockable: what could change the page."""
    (found,) = facts(html).plain_loads
    assert (found.url.lower(), found.tag, found.active) == (B, tag, True)


@pytest.mark.parametrize(
    ("html", "tag"),
    [
        pytest.param(f"<img src={B}>", "img", id="mix-image"),
        pytest.param(f"<img data-src={B} src=data:,>", "img", id="loaded-lazily"),
        pytest.param(f"<img srcset='/y 1x, {B} 2x'>", "srcset", id="html-srcset"),
        pytest.param(f"<picture><source srcset='{B}'></picture>", "srcset", id="html-picture"),
        pytest.param(f"<audio src={B}></audio>", "audio", id="mix-audio"),
        pytest.param(f"<video src={B}></video>", "video", id="mix-video"),
        pytest.param(f"<video poster={B}></video>", "video", id="mix-poster"),
        pytest.param(f"<video><source src={B}></video>", "source", id="mix-source"),
        pytest.param(f"<video><track src={B}></video>", "track", id="mix-track"),
        pytest.param(f"<video><img src={B}></video>", "img", id="mix-image-in-a-video"),
        pytest.param(f"<canvas><img src={B}></canvas>", "img", id="mix-image-in-a-canvas"),
        pytest.param(f"<input type=image src={B}>", "input", id="mix-input-image"),
        pytest.param(f"<link rel='shortcut icon' href={B}>", "link", id="mix-icon"),
        pytest.param(f"<link rel=apple-touch-icon href={B}>", "link", id="mix-touch-icon"),
        pytest.param(f"<link rel=preload as=image href={B}>", "link", id="mix-preload-image"),
        pytest.param(f"<style>a{{b:url('{B}')}}</style>", "style", id="css-url"),
        pytest.param(f"<p style='background: url({B})'>x", "style", id="css-attribute"),
        pytest.param(f"<p STYLE='background: URL({B.upper()})'>x", "style", id="css-case"),
        pytest.param(f"<body background={B}>", "background", id="html-background"),
        pytest.param(
            f"<table><tr><td background={B}></table>", "background", id="html-background-cell"
        ),
    ],
)
def test_passive_loads(html: str, tag: str) -> None:
    """Optionally blockable: what is only shown or heard."""
    (found,) = facts(html).plain_loads
    assert (found.url.lower(), found.tag, found.active) == (B, tag, False)


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(f"<a href={B}>x</a><area href={B}>", id="mix-links-load-nothing"),
        pytest.param(f"<form action={B}></form>", id="mix-forms-load-nothing"),
        pytest.param(f"<script type=text/template src={B}></script>", id="html-data-block"),
        pytest.param("<img src=//b.vn/x><img src=/x><img src=https://b.vn/x>", id="url-https"),
        pytest.param(
            "<base href=http://b.vn/><img src=https://b.vn/x><img src=''>", id="html-base"
        ),
        pytest.param(f"<img src=/x><base href={B}>", id="html-base-comes-after"),
        pytest.param(f"<link rel=stylesheet disabled href={B}>", id="html-disabled"),
        pytest.param(f"<link rel=preload href={B}>", id="html-preload-without-as"),
        pytest.param(f"<link rel=canonical href={B}><link href={B}>", id="html-other-relations"),
        pytest.param(f"<template><img src={B}></template>", id="html-template"),
        pytest.param(f"<noscript><img src={B}></noscript>", id="html-noscript"),
        pytest.param(f"<body><noscript><img src={B}></noscript>", id="html-noscript-in-body"),
        pytest.param(
            f"<video><noscript><img src={B}></noscript></video>", id="html-noscript-in-video"
        ),
        pytest.param(f"<!-- <img src={B}> -->", id="html-comment"),
        pytest.param(f"<style>/* url({B}) */</style>", id="css-comment"),
        pytest.param(f"<style>/* url({B})</style>", id="css-comment-left-open"),
        pytest.param(f"<style>@namespace url({B});</style>", id="css-namespace"),
        pytest.param(f"<style>a{{b:'{B}'}}</style><style>a{{b:c}}</style>", id="css-words"),
        pytest.param(f"<iframe srcdoc=x src={B}></iframe>", id="html-srcdoc"),
        pytest.param(f"<input src={B}>", id="html-input-without-picture"),
        pytest.param(f"<p title='url({B})' style=x background=/y>", id="html-title"),
        pytest.param(
            f"<template><p style='a:url({B})' background={B}></template><video><template><img src={B}></video>",
            id="css-in-a-template",
        ),
    ],
)
def test_nothing_loaded_in_the_clear(html: str) -> None:
    """What looks like a load and is none."""
    found = facts(html)
    assert (found.plain_loads, found.plain_loads_total) == ((), 0)


def test_a_page_on_http_mixes_nothing() -> None:
    """All of it is in the clear anyway."""
    found = facts(f"<img src={B}><p style='b:url({B})'>", "http://a.edu.vn/")
    assert found.plain_loads_total == 0


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<head><meta http-equiv=Content-Security-Policy content=' a;\nb'>", (" a;\nb",)),
        ("<body><p><meta http-equiv=content-security-policy content=a>", ()),
        ("<head><meta http-equiv=content-security-policy>", ()),
        (
            "<meta http-equiv=content-security-policy content=\"script-src 'Nonce-xyz' 'self'\">",
            ("script-src 'nonce-(varies)' 'self'",),
        ),
        (
            "<meta http-equiv=content-security-policy content='report-uri /r?an.binh@a.vn'>",
            ("report-uri /r?••.••••@a.vn",),
        ),
        ("<meta http-equiv=content-security-policy content=x>" * 11, ("x",) * 10),
        (f"<meta http-equiv=content-security-policy content={'x' * 9000}>", ("x" * 8192,)),
        ("<meta http-equiv=content-security-policy-report-only content=x>", ()),
    ],
)
def test_policies_of_the_head(html: str, expected: tuple[str, ...]) -> None:
    """In order, without nonces and personal data; outside the head a policy is none."""
    assert facts(html).csp_meta == expected


def test_referrer_policies() -> None:
    """All of them, in order; the last one that a browser knows decides."""
    html = "<meta name=Referrer content=unsafe-url><meta name=referrer content=same-origin><meta name=referrer>"
    assert facts(html).referrer_meta == ("unsafe-url", "same-origin")


def test_lists_are_cut_and_counted() -> None:
    """Active loads are never crowded out by pictures; totals count all."""
    form = "<form>" + f"<button formaction={B}></button>" * 12 + "</form>"
    found = facts(
        f"<img src={B}>" * 120
        + f"<script src={B}></script>" * 210
        + form * 55
        + f"<iframe src={B}></iframe>" * 60
        + f"<style>{f'b{{c:url({B})}}' * 30}</style>"
    )
    assert (len(found.forms), found.forms_total) == (50, 55)
    assert (len(found.forms[0].further), found.forms[0].further_total) == (10, 12)
    assert (len(found.scripts), found.scripts_total) == (200, 210)
    assert (len(found.frames), found.frames_total) == (50, 60)
    active = [load for load in found.plain_loads if load.active]
    assert (len(active), len(found.plain_loads)) == (50, 100)
    assert found.plain_loads_total == 120 + 210 + 60 + 20


def test_personal_data_in_loads() -> None:
    """Addresses are masked as those of links are."""
    found = facts("<img src=http://b.vn/?to=an@a.vn><iframe src=//b.vn/?to=an@a.vn></iframe>")
    assert found.plain_loads == (Load(url="http://b.vn/?to=••@a.vn", tag="img", active=False),)
    assert found.frames == ("https://b.vn/?to=••@a.vn",)


PIECES = st.sampled_from(
    [
        "<form action=",
        "<form>",
        "</form>",
        "<input type=password form=f>",
        "<button formaction=",
        "<table><tr>",
        "<script src=",
        "</script>",
        "<object data=",
        "<video><source srcset='",
        "</video>",
        "<style>@import ",
        "</style>",
        "<link rel=stylesheet href=",
        "<base href=http://b.vn/>",
        "<p style='a:url(",
        "<td background=",
        "<template>",
        "<noscript>",
        "http://b.vn/",
        "http://[",
        " id=f",
        ">",
        "'>",
        ", ",
        "<svg>",
        "<frameset><frame src=",
    ]
)


@given(st.binary() | st.lists(PIECES | st.text(max_size=4)).map(lambda p: "".join(p).encode()))
def test_no_bytes_make_the_reader_fail(body: bytes) -> None:
    """Any bytes give facts within their bounds."""
    found = page_facts(body, url=URL, status=200, content_type="", truncated=False)
    assert len(found.forms) <= 50
    assert len(found.forms) <= found.forms_total
    assert len(found.plain_loads) <= min(100, found.plain_loads_total)
    assert PageFacts.model_validate_json(found.model_dump_json()) == found


ELEMENTS = [
    ("script", {"src": B, "integrity": "sha256-x", "crossorigin": "", "type": "module"}),
    ("link", {"rel": "preload", "as": "image", "href": B}),
    ("iframe", {"src": B, "title": "x", "loading": "lazy"}),
    ("input", {"type": "image", "src": B, "formaction": "/y", "form": "f"}),
    ("form", {"action": B, "method": "post", "id": "f"}),
    ("meta", {"http-equiv": "content-security-policy", "content": "a"}),
    ("img", {"src": B, "srcset": f"{B} 2x", "alt": "x"}),
    ("p", {"style": f"b:url({B})", "class": "c"}),
]


@given(st.data())
def test_the_order_of_attributes_changes_nothing(data: st.DataObject) -> None:
    """Only the first of equal attributes counts, and there are none here."""

    def written(shuffled: bool) -> str:
        html = ""
        for tag, given_ones in ELEMENTS:
            pairs = list(given_ones.items())
            pairs = data.draw(st.permutations(pairs)) if shuffled else pairs
            html += (
                f"<{tag}" + "".join(f' {name}="{value}"' for name, value in pairs) + f"></{tag}>"
            )
        return html

    assert facts(written(shuffled=True)).model_dump(exclude={"bytes"}) == facts(
        written(shuffled=False)
    ).model_dump(exclude={"bytes"})
