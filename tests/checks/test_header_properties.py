"""How header fields are written, ordered, folded, split and repeated changes no verdict that it should not.

The real checks answer over built evidence; where a rule is of the wire, the fields pass through h11 as they do
in a scan.  That the grammars read any text is tried beside each of them (test_csp, test_cookies,
test_structured_fields, test_security_txt, test_web_causes, test_page_loads).
"""

from collections.abc import Iterable, Mapping
from typing import Any

import h11
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from checks.catalogue import CATALOGUE
from checks.evidence.http import Exchange, Hop
from checks.parsing.scripts import pins, runs
from checks.spec import Check, Finding, Outcome
from tests.builders.web import ADDRESS, HOST, TWIN, ask, exchange, hop, http, page, pages
from tests.checks.test_headers import BAR, tls
from tests.checks.test_hsts_preload import names

MODULES = {f"checks.rules.{name}" for name in ("headers", "policies", "cookies")}
CHECKS: tuple[Check[Any], ...] = tuple(
    check for check in CATALOGUE.values() if check.ask.__module__ in MODULES
)
Fields = tuple[tuple[str, str], ...]
HS, HP = f"https://{HOST}/", f"http://{HOST}/"
TLS, NAMES, PAGES = tls(), names(), pages(home=page(url=HS))
TRIES = settings(max_examples=60)

CSP, XFO, NOSNIFF = "Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options"
HSTS, REFERRER = "Strict-Transport-Security", "Referrer-Policy"
FEATURES = "Permissions-Policy"
ISOLATION = tuple(f"Cross-Origin-{one}-Policy" for one in ("Resource", "Opener", "Embedder"))

VALUES: Mapping[str, tuple[str, ...]] = {
    HSTS: (
        "max-age=31536000; includeSubDomains; preload",
        "max-age=31536000",
        "max-age=0",
        'MAX-AGE="31536000" ; includeSubDomains',
        "max-age=1; max-age=2",
        "preload",
        "",
    ),
    CSP: (
        "default-src 'self'; object-src 'none'; base-uri 'self'",
        "script-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
        "frame-ancestors *",
        "default-src *; sandbox",
        "script-src 'nonce-(varies)' 'strict-dynamic'; object-src 'none'; base-uri 'none'",
        "; ;",
        "",
    ),
    f"{CSP}-Report-Only": ("default-src 'self'", "frame-ancestors 'none'"),
    XFO: ("DENY", "sameorigin", "ALLOW-FROM https://a.example", "ALLOWALL", "x", ""),
    NOSNIFF: ("nosniff", "NoSniff", "none", ""),
    REFERRER: ("no-referrer", "unsafe-url", "origin, future", "Same-Origin", "x", ""),
    FEATURES: (
        "camera=(), microphone=(), geolocation=()",
        "camera=*",
        'camera=(self "https://a.example"), microphone=()',
        "geolocation=();report-to=x",
        "camera 'none'",
        "",
    ),
    "Feature-Policy": ("camera 'none'",),
    ISOLATION[0]: ("same-origin", "same-site", "Same-Origin", "x"),
    ISOLATION[1]: ("same-origin", 'same-origin;report-to="x"', "unsafe-none", '"same-origin"'),
    ISOLATION[2]: ("require-corp", "credentialless", "x y"),
    "Server": ("nginx", "nginx/1.18.0", "Apache2"),
    "X-Powered-By": ("PHP/8.1.2", "ASP.NET"),
    "Set-Cookie": (
        "PHPSESSID=(26 characters); Path=/; Secure; HttpOnly; SameSite=Lax",
        "PHPSESSID=(26 characters); Path=/",
        "__Host-sid=(9 characters); Secure; HttpOnly; SameSite=None",
        "XSRF-TOKEN=(40 characters); Secure; SameSite=Strict",
        "SERVERID=(2 characters)",
        "lang=(2 characters); Secure; Max-Age=0",
        "theme=(4 characters); Secure",
    ),
    "Content-Type": ("text/html; charset=utf-8", "application/json"),
}
LISTS = (CSP, f"{CSP}-Report-Only", XFO, NOSNIFF, REFERRER, FEATURES, *ISOLATION)
"""Fields whose lines may be joined with commas (RFC 9110, 5.3).

Set-Cookie and Strict-Transport-Security are none of them: a date holds a comma, and of several lines of the
latter the first counts (RFC 6797, 8.1).
"""
ONCE = frozenset(ISOLATION)
"""One token, so twice the same is no token (RFC 9651, 4.2; the Fetch standard for the first): invalid."""

FIELD = st.sampled_from([(name, value) for name, values in VALUES.items() for value in values])
FIELDS = st.lists(FIELD, max_size=10).map(tuple)
UNREAD = st.sampled_from(
    [
        ("X-Strict-Transport-Security", "max-age=31536000"),
        ("Strict-Transport-Security-", "max-age=31536000"),
        ("X-Content-Security-Policy", "default-src 'self'"),
        ("X-WebKit-CSP", "default-src 'self'"),
        ("Cross-Origin-Opener-Policy-Report-Only", "same-origin"),
        ("Permissions-Policy-Report-Only", "camera=()"),
        ("Referrer", "no-referrer"),
        ("Set-Cookie2", "a=b"),
        ("Cookie", "PHPSESSID=1"),
        ("X-XSS-Protection", "1; mode=block"),
        ("Date", "(varies)"),
        ("X-Empty", ""),
    ]
)


def answered(fields: Fields) -> Exchange:
    """The https answer of the host with nothing but these fields."""
    return exchange(Hop(url=HS, address=ADDRESS, status=200, headers=fields, body_bytes=5_000))


def found(fields: Fields, **changed: Any) -> dict[str, Finding]:
    """What the checks say of the host's https answer; the page holds no policy of its own."""
    seen = http(https=answered(fields), **changed)
    return {
        one.id: ask(one, seen, TLS, NAMES, PAGES, limits=BAR if one.id == "hsts-enforced" else {})
        for one in CHECKS
    }


def verdicts(said: Mapping[str, Finding]) -> dict[str, tuple[Outcome, str]]:
    """Without what was measured, which quotes the fields as they were written."""
    return {check: (one.outcome, one.reason) for check, one in said.items()}


def delivered(lines: Iterable[bytes]) -> Fields:
    """The fields of an answer as a scan gets them (see scanner.http1)."""
    wire = h11.Connection(h11.CLIENT)
    wire.send(h11.Request(method="GET", target="/", headers=[("Host", HOST)]))
    wire.send(h11.EndOfMessage())
    wire.receive_data(b"\r\n".join([b"HTTP/1.1 200 OK", *lines, b"Content-Length: 0", b"", b""]))
    head = wire.next_event()
    assert isinstance(head, h11.Response)
    read = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in head.headers.raw_items()
    ]
    return tuple(field for field in read if field[0] != "Content-Length")


def test_every_header_check_is_tried() -> None:
    """The list is taken from the catalogue; these are its checks today."""
    assert {one.id for one in CHECKS} == {
        "hsts-enforced",
        "hsts-preload-ready",
        "framing-restricted",
        "nosniff-set",
        "referrer-private",
        "software-version-hidden",
        "csp-effective",
        "permissions-limited",
        "isolation-headers-valid",
        "cookies-protected",
    }


def test_the_fields_reach_every_side() -> None:
    """Else the properties would hold of nothing: each check is met by some field and missed by another."""
    said = [found(((name, value),)) for name, values in VALUES.items() for value in values]
    for check in CHECKS:
        outcomes = {one[check.id].outcome for one in said}
        assert {Outcome.MET, Outcome.NOT_MET} <= outcomes, check.id


@TRIES
@given(FIELDS.flatmap(lambda fields: st.tuples(st.just(fields), st.permutations(fields))))
def test_the_order_of_names_changes_nothing(both: tuple[Fields, list[tuple[str, str]]]) -> None:
    """Lines of one name keep their order (RFC 9110, 5.3); between names it means nothing."""
    fields, turned = both
    waiting = {name: iter([one for one in fields if one[0] == name]) for name, _ in fields}
    assert found(tuple(next(waiting[name]) for name, _ in turned)) == found(fields)


@TRIES
@given(FIELDS, st.randoms(use_true_random=False))
def test_the_case_of_names_changes_nothing(fields: Fields, dice: Any) -> None:
    """Names are compared without case (RFC 9110, 5.1)."""
    shaken = tuple(("".join(dice.choice((c.lower(), c.upper())) for c in n), v) for n, v in fields)
    assert found(shaken) == found(fields)


@TRIES
@given(FIELDS, st.lists(UNREAD, min_size=1, max_size=4), st.integers(0, 10))
def test_other_fields_change_nothing(
    fields: Fields, others: list[tuple[str, str]], place: int
) -> None:
    """Names that only begin or end alike are other names."""
    assert found((*fields[:place], *others, *fields[place:])) == found(fields)


BLANKS = st.text(" \t", max_size=3)


@TRIES
@given(FIELDS, st.data())
def test_blanks_around_values_change_nothing(fields: Fields, data: st.DataObject) -> None:
    """Blanks and tabs between the colon and the value, and after it (RFC 9110, 5.5)."""
    lines = [
        f"{name}:{data.draw(BLANKS)}{value}{data.draw(BLANKS)}".encode("latin-1")
        for name, value in fields
    ]
    assert found(delivered(lines)) == found(fields)


@TRIES
@given(FIELDS, st.data())
def test_folded_lines_are_one_line(fields: Fields, data: st.DataObject) -> None:
    """A fold reads as a blank (RFC 9112, 5.2), wherever a blank stood."""
    lines = []
    for name, value in fields:
        words = value.split(" ")
        folds = [data.draw(st.sampled_from([" ", "\r\n ", " \r\n\t  "])) for _ in words[1:]]
        text = "".join(word + fold for word, fold in zip(words, [*folds, ""], strict=True))
        lines.append(f"{name}: {text}".encode("latin-1"))
    assert verdicts(found(delivered(lines))) == verdicts(found(fields))


@TRIES
@given(st.sampled_from(LISTS), st.data())
def test_lines_and_commas_are_the_same(name: str, data: st.DataObject) -> None:
    """A list may be spread over lines (RFC 9110, 5.3)."""
    values = data.draw(st.lists(st.sampled_from(VALUES[name]), min_size=1, max_size=4))
    comma = data.draw(st.sampled_from([",", ", ", " ,\t"]) if name not in ONCE else st.just(", "))
    split = tuple((name, value) for value in values)
    assert verdicts(found(((name, comma.join(values)),))) == verdicts(found(split))


@TRIES
@given(FIELDS, st.integers(0, 9), st.integers(1, 3))
def test_a_line_repeated_changes_nothing(fields: Fields, place: int, times: int) -> None:
    """Twice the same says it once; the preload list and single tokens are the exceptions, each by its own rule."""
    assume(fields)
    line = fields[place % len(fields)]
    # An empty line beside another leaves a comma without a member (RFC 9651, 4.2).
    assume(line != (FEATURES, ""))
    at = fields.index(line)
    once, again = found(fields), found((*fields[:at], *[line] * times, *fields[at:]))
    told, anew = verdicts(once), verdicts(again)
    if line[0] == HSTS:
        assert anew.pop("hsts-preload-ready") == (Outcome.NOT_MET, "several-headers")
        del told["hsts-preload-ready"]
    if line[0] in ONCE:
        assert anew.pop("isolation-headers-valid") == (Outcome.NOT_MET, "invalid")
        del told["isolation-headers-valid"]
    assert anew == told


@TRIES
@given(FIELDS, FIELDS)
def test_fields_of_the_redirect_over_http_promise_nothing(fields: Fields, plain: Fields) -> None:
    """Only cookies and versions count over http; the promises of a page are those of the page (RFC 6797, 8.1)."""
    kept = tuple(field for field in plain if field[0] != "Set-Cookie")
    first = Hop(url=HP, address=ADDRESS, status=301, headers=(*kept, ("Location", HS)))
    page_hop = answered(fields).hops[0]
    changed = {"http": exchange(first, page_hop)}
    bare = {"http": exchange(first.model_copy(update={"headers": (("Location", HS),)}), page_hop)}
    assert found(fields, **changed) == found(fields, **bare)


@TRIES
@given(FIELDS, FIELDS)
def test_the_worse_of_host_and_twin_counts(fields: Fields, others: Fields) -> None:
    """A page of the twin's own never makes an answer better."""
    own = hop(f"https://{TWIN}/").model_copy(update={"headers": others})
    both = found(fields, twin_https=exchange(own))
    for check, alone in found(fields, twin_https=None, twin_http=None).items():
        if alone.outcome is Outcome.NOT_MET:
            assert both[check].outcome is Outcome.NOT_MET, check


# Every byte that h11 lets through in a value; it refuses the other controls, and with them the answer.
SENT = st.binary(max_size=60).map(lambda b: b.decode("latin-1"))
JUNK = st.one_of(
    SENT,
    st.lists(
        st.sampled_from([*"=;,:()*'\"%@? \t\\", "max-age", "camera", "é", "\xa0", "\x00", "9" * 20])
    ).map("".join),
)


@given(st.lists(st.tuples(st.sampled_from(list(VALUES)), JUNK), max_size=6).map(tuple))
def test_no_field_breaks_a_check(fields: Fields) -> None:
    """Whatever bytes came, every check ends in an answer, and in one that it declares."""
    for check, said in zip(CHECKS, found(fields).values(), strict=True):
        assert said.outcome is not Outcome.BROKEN, said.note
        assert said.reason in {"", *check.reasons}
        assert all("\x00" not in str(one.value) for one in said.measured)


@given(
    st.text()
    | st.lists(st.sampled_from(["sha256-", "=", "a" * 43, "?", " ", "text/", "é"])).map("".join)
)
def test_no_script_attribute_makes_its_reader_fail(text: str) -> None:
    """A type or an integrity is either, for any text."""
    assert pins(text) in (True, False)
    assert runs(text) in (True, False)


@pytest.mark.parametrize("line", [b"Referrer-Policy : no-referrer", b"X-Frame-Options: DE\x00NY"])
def test_what_the_wire_refuses(line: bytes) -> None:
    """No smuggled field counts as a pass: h11 gives up on the whole answer."""
    with pytest.raises(h11.RemoteProtocolError):
        delivered([line])
