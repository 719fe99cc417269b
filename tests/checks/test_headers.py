"""Header fields: what browsers obey and what they ignore."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import Certificate, Path, PathCertificate, PathState
from checks.evidence.http import Ended, Exchange
from checks.evidence.tls import Handshake, HandshakeState, Offer, Tls
from checks.rules.headers import (
    framing_restricted,
    hsts_enforced,
    nosniff_set,
    referrer_private,
    software_version_hidden,
)
from checks.spec import Outcome
from tests.builders.web import (
    ADDRESS,
    AS_OF,
    HOST,
    TWIN,
    ask,
    exchange,
    hop,
    http,
    page,
    pages,
    redirected,
)

HS, TS = f"https://{HOST}/", f"https://{TWIN}/"
BAR = {"min_max_age_s": 31_536_000}
Value = str | Iterable[str] | None


def tls(
    state: PathState = PathState.TRUSTED,
    *,
    covers: tuple[str, ...] = (HOST,),
    not_after: datetime = datetime(2027, 1, 1, tzinfo=UTC),
    address: str = ADDRESS,
    handshake: Handshake | NotCaptured | None = None,
    **changed: Any,
) -> Tls:
    """One address with a certificate that browsers accept, unless told otherwise."""
    not_before = datetime(2026, 6, 1, tzinfo=UTC)
    leaf = Certificate(
        der=b"", sha256="00", covers=covers, malformed=changed.pop("malformed", None)
    )
    step = PathCertificate(
        sha256="00",
        subject="",
        not_before=not_before,
        not_after=not_after,
        key_kind="EC",
        key_bits=256,
        signature_hash="sha256",
        served=True,
    )
    path = Path(state=state, certificates=(step,), store="Mozilla", store_date="2026-10-01")
    whole = Handshake(
        **{"state": HandshakeState.COMPLETED, "chain": (leaf,), "path": path, **changed}
    )
    offer = Offer(host=HOST, address=address, port=443, handshake=handshake or whole, versions={})
    return Tls(offers=(offer,), addresses_total=1)


def with_hsts(value: Value) -> Exchange:
    return exchange(hop(HS, changed={"Strict-Transport-Security": value}))


@pytest.mark.parametrize(
    ("sent", "outcome", "reason"),
    [
        pytest.param("max-age=31536000", Outcome.MET, "", id="exactly-at-the-bar"),
        pytest.param("max-age=31535999", Outcome.NOT_MET, "short", id="one-second-short"),
        pytest.param("MAX-AGE = 63072000 ; IncludeSubDomains;preload", Outcome.MET, "", id="case"),
        pytest.param('max-age="31536000"', Outcome.MET, "", id="quoted"),
        pytest.param(r'max-age="3153\6000"', Outcome.MET, "", id="quoted-pair"),
        pytest.param(";; max-age=31536000;;", Outcome.MET, "", id="empty-directives"),
        pytest.param("max-age=31536000; x=y", Outcome.MET, "", id="unknown-directive"),
        pytest.param("max-age=" + "9" * 400, Outcome.MET, "", id="endless-number"),
        pytest.param("max-age=31536000" + " " * 8_000, Outcome.MET, "", id="8-kb-of-blanks"),
        pytest.param(("max-age=31536000", "max-age=0"), Outcome.MET, "", id="first-header-only"),
        pytest.param(
            ("max-age=0", "max-age=31536000"), Outcome.NOT_MET, "zero", id="removal-first"
        ),
        pytest.param(None, Outcome.NOT_MET, "missing", id="none"),
        pytest.param("", Outcome.NOT_MET, "invalid", id="empty"),
        pytest.param("max-age=soon", Outcome.NOT_MET, "invalid", id="not-a-number"),
        pytest.param("max-age", Outcome.NOT_MET, "invalid", id="no-value"),
        pytest.param("max-age=", Outcome.NOT_MET, "invalid", id="empty-value"),
        pytest.param("max-age=-1", Outcome.NOT_MET, "invalid", id="negative"),
        pytest.param("max-age=31536000; max-age=1", Outcome.NOT_MET, "invalid", id="twice"),
        pytest.param("max-age=31536000, max-age=1", Outcome.NOT_MET, "invalid", id="comma"),
        pytest.param("includeSubDomains", Outcome.NOT_MET, "invalid", id="no-max-age"),
        pytest.param(
            "max-age=31536000; includeSubDomains=1", Outcome.NOT_MET, "invalid", id="odd-value"
        ),
        pytest.param("max-age=31536000; (", Outcome.NOT_MET, "invalid", id="no-token"),
    ],
)
def test_hsts_header(sent: Value, outcome: Outcome, reason: str) -> None:
    """RFC 6797 decides what a browser obeys; then only the length of time counts."""
    found = ask(hsts_enforced, http(https=with_hsts(sent)), tls(), limits=BAR)
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("offer", "outcome", "reason", "cause"),
    [
        pytest.param(tls(), Outcome.MET, "", None, id="good"),
        pytest.param(tls(address="192.0.2.99"), Outcome.MET, "", None, id="another-address"),
        pytest.param(tls(not_after=AS_OF), Outcome.MET, "", None, id="last-second"),
        pytest.param(
            tls(not_after=AS_OF - timedelta(seconds=1)),
            Outcome.NOT_MET,
            "certificate-not-valid",
            None,
            id="expired",
        ),
        pytest.param(
            tls(covers=(TWIN,)), Outcome.NOT_MET, "certificate-not-valid", None, id="other-name"
        ),
        pytest.param(
            tls(PathState.SELF_SIGNED),
            Outcome.NOT_MET,
            "certificate-not-valid",
            None,
            id="self-signed",
        ),
        pytest.param(
            tls(malformed="bad version"),
            Outcome.NOT_MET,
            "certificate-not-valid",
            None,
            id="malformed",
        ),
        pytest.param(
            tls(chain=()), Outcome.NOT_MET, "certificate-not-valid", None, id="no-certificate"
        ),
        pytest.param(
            tls(PathState.ISSUER_MISSING),
            Outcome.NOT_TESTED,
            "",
            Cause.ISSUER_MISSING,
            id="incomplete-chain",
        ),
        pytest.param(tls(path=None), Outcome.NOT_TESTED, "", Cause.NOT_RUN, id="no-path"),
        pytest.param(
            tls(path=NotCaptured(cause=Cause.SCANNER_CANNOT)),
            Outcome.NOT_TESTED,
            "",
            Cause.SCANNER_CANNOT,
            id="path-not-captured",
        ),
        pytest.param(
            tls(handshake=NotCaptured(cause=Cause.TLS_TIMEOUT)),
            Outcome.NOT_TESTED,
            "",
            Cause.TLS_TIMEOUT,
            id="handshake-not-captured",
        ),
        pytest.param(
            tls(handshake=Handshake(state=HandshakeState.REFUSED)),
            Outcome.NOT_TESTED,
            "",
            Cause.REFUSED,
            id="refused-meanwhile",
        ),
        pytest.param(
            tls(handshake=Handshake(state=HandshakeState.NOT_TLS)),
            Outcome.NOT_TESTED,
            "",
            Cause.NOT_TLS,
            id="not-tls-meanwhile",
        ),
    ],
)
def test_hsts_needs_a_valid_certificate(
    offer: Tls, outcome: Outcome, reason: str, cause: Cause | None
) -> None:
    """A browser ignores the header over a certificate that it refuses."""
    found = ask(hsts_enforced, http(), offer, limits=BAR)
    assert (found.outcome, found.reason, found.cause) == (outcome, reason, cause)


@pytest.mark.parametrize(
    ("https", "outcome", "reason"),
    [
        pytest.param(redirected(HS, TS), Outcome.MET, "", id="redirect-of-the-own-host"),
        pytest.param(exchange(hop(HS, 401)), Outcome.MET, "", id="login"),
        pytest.param(exchange(hop(HS, 500)), Outcome.NOT_TESTED, "", id="server-error"),
        pytest.param(exchange(hop(HS, 404)), Outcome.NOT_TESTED, "", id="error-page"),
        pytest.param(exchange(hop(HS, 429)), Outcome.NOT_TESTED, "", id="rate-limited"),
        pytest.param(
            exchange(start_url=HS, end=Ended.REFUSED), Outcome.NOT_MET, "no-https", id="closed"
        ),
        pytest.param(
            exchange(start_url=HS, end=Ended.NOT_TLS), Outcome.NOT_MET, "no-https", id="not-tls"
        ),
        pytest.param(exchange(start_url=HS, end=Ended.LOOP), Outcome.NOT_TESTED, "", id="nothing"),
        pytest.param(
            exchange(
                hop(HS, changed={"Strict-Transport-Security": None}, location=TS),
                hop(TS),
            ),
            Outcome.NOT_MET,
            "missing",
            id="only-the-target-sends-it",
        ),
    ],
)
def test_hsts_is_read_from_the_first_answer(https: Exchange, outcome: Outcome, reason: str) -> None:
    """The host's own first answer protects the host; nothing else does."""
    found = ask(hsts_enforced, http(https=https), tls(), limits=BAR)
    assert (found.outcome, found.reason) == (outcome, reason)


def test_a_site_that_is_down_is_not_told_to_send_hsts() -> None:
    """With both ports closed nobody knows what it sends; that it is down is told once, elsewhere."""
    closed = {"https": CLOSED, "http": exchange(start_url="http://x/", end=Ended.REFUSED)}
    found = ask(hsts_enforced, http(**closed), tls(), limits=BAR)
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.REFUSED)


CSP, XFO = "Content-Security-Policy", "X-Frame-Options"


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        pytest.param({XFO: "DENY"}, Outcome.MET, "", id="deny"),
        pytest.param({XFO: "sameorigin "}, Outcome.MET, "", id="case"),
        pytest.param({XFO: ("SAMEORIGIN", "SAMEORIGIN")}, Outcome.MET, "", id="twice-the-same"),
        pytest.param({XFO: ("DENY", "SAMEORIGIN")}, Outcome.MET, "conflicting", id="conflicting"),
        pytest.param({XFO: "DENY, ALLOWALL"}, Outcome.MET, "conflicting", id="joined"),
        pytest.param({XFO: None}, Outcome.NOT_MET, "missing", id="none"),
        pytest.param({XFO: " , "}, Outcome.NOT_MET, "missing", id="empty"),
        pytest.param({XFO: "ALLOW-FROM https://a.vn"}, Outcome.NOT_MET, "ignored-value", id="from"),
        pytest.param({XFO: "ALLOWALL"}, Outcome.NOT_MET, "ignored-value", id="allowall"),
        pytest.param({XFO: "x, y"}, Outcome.NOT_MET, "ignored-value", id="two-unknown"),
        pytest.param({XFO: None, CSP: "frame-ancestors 'self'"}, Outcome.MET, "", id="policy"),
        pytest.param({XFO: None, CSP: "frame-ancestors"}, Outcome.MET, "", id="policy-of-nobody"),
        pytest.param(
            {XFO: None, CSP: "script-src *; FRAME-ANCESTORS https://a.vn *.b.vn:443"},
            Outcome.MET,
            "",
            id="hosts",
        ),
        pytest.param(
            {XFO: "DENY", CSP: "frame-ancestors *"}, Outcome.NOT_MET, "allows-everyone", id="star"
        ),
        pytest.param(
            {CSP: "frame-ancestors 'self' https:"}, Outcome.NOT_MET, "allows-everyone", id="scheme"
        ),
        pytest.param(
            {CSP: "frame-ancestors https://*:*"}, Outcome.NOT_MET, "allows-everyone", id="any-host"
        ),
        pytest.param(
            {CSP: "frame-ancestors *.vn"}, Outcome.NOT_MET, "allows-everyone", id="top-level"
        ),
        pytest.param(
            {XFO: None, CSP: "frame-ancestors\u00a0'self'"},
            Outcome.NOT_MET,
            "missing",
            id="no-ascii",
        ),
        pytest.param(
            {CSP: "frame-ancestors *; frame-ancestors 'none'"},
            Outcome.NOT_MET,
            "allows-everyone",
            id="first-duplicate-wins",
        ),
        pytest.param(
            {XFO: None, CSP: "frame-ancestors *, frame-ancestors 'none'"},
            Outcome.MET,
            "",
            id="both-policies-hold",
        ),
        pytest.param(
            {XFO: None, CSP: ("default-src 'self'", ";;")}, Outcome.NOT_MET, "missing", id="other"
        ),
        pytest.param(
            {XFO: None, f"{CSP}-Report-Only": "frame-ancestors 'none'"},
            Outcome.NOT_MET,
            "missing",
            id="report-only",
        ),
        pytest.param(
            {XFO: None, "Content-Type": "application/json"},
            Outcome.NOT_APPLICABLE,
            "not-html",
            id="json",
        ),
        pytest.param(
            {XFO: None, "Content-Type": None}, Outcome.NOT_MET, "missing", id="type-unsaid"
        ),
    ],
)
def test_framing(changed: dict[str, Value], outcome: Outcome, reason: str) -> None:
    """What a browser would do with a frame decides."""
    found = ask(framing_restricted, http(https=exchange(hop(HS, changed=changed))))
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("sent", "outcome", "reason"),
    [
        pytest.param("nosniff", Outcome.MET, "", id="plain"),
        pytest.param(" NoSniff ,x", Outcome.MET, "", id="first-counts"),
        pytest.param(("nosniff", "nosniff"), Outcome.MET, "", id="twice"),
        pytest.param("x, nosniff", Outcome.NOT_MET, "ignored-value", id="second-does-not"),
        pytest.param('"nosniff"', Outcome.NOT_MET, "ignored-value", id="quoted"),
        pytest.param(None, Outcome.NOT_MET, "missing", id="none"),
        pytest.param("", Outcome.NOT_MET, "missing", id="empty"),
    ],
)
def test_nosniff(sent: Value, outcome: Outcome, reason: str) -> None:
    """The first value decides, as the Fetch standard has it."""
    answer = exchange(hop(HS, changed={"X-Content-Type-Options": sent}))
    found = ask(nosniff_set, http(https=answer))
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("sent", "outcome", "reason"),
    [
        pytest.param("no-referrer", Outcome.MET, "", id="none-sent"),
        pytest.param("unsafe-url, same-origin", Outcome.MET, "", id="last-counts"),
        pytest.param(("unsafe-url", "Origin, future"), Outcome.MET, "", id="last-known-counts"),
        pytest.param(("same-origin", "unsafe-url"), Outcome.NOT_MET, "tells-all", id="unsafe"),
        pytest.param("no-referrer-when-downgrade", Outcome.NOT_MET, "tells-all", id="old-default"),
        pytest.param("never", Outcome.NOT_MET, "unknown-value", id="unknown"),
        pytest.param(None, Outcome.NOT_MET, "missing", id="none"),
    ],
)
def test_referrer(sent: Value, outcome: Outcome, reason: str) -> None:
    """The last token that browsers know decides; without one the site has not said it."""
    answer = exchange(hop(HS, changed={"Referrer-Policy": sent}))
    found = ask(referrer_private, http(https=answer))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_a_file_has_no_referrer_rule() -> None:
    """What is no page leads nowhere."""
    answer = exchange(hop(HS, changed={"Content-Type": "application/pdf"}))
    assert ask(referrer_private, http(https=answer)).reason == "not-html"


@pytest.mark.parametrize(
    ("name", "value", "outcome"),
    [
        ("Server", "nginx", Outcome.MET),
        ("Server", "nginx/1.18.0", Outcome.NOT_MET),
        ("Server", "Apache (Win64) OpenSSL/1.1.1f", Outcome.NOT_MET),
        ("Server", "Apache2", Outcome.MET),
        ("Server", "web-01", Outcome.MET),
        ("Server", "Microsoft-IIS/10.0", Outcome.NOT_MET),
        ("Server", "proxy-2.4", Outcome.NOT_MET),
        ("X-Powered-By", "ASP.NET", Outcome.MET),
        ("X-Powered-By", "PHP/8.1.2", Outcome.NOT_MET),
        ("X-AspNet-Version", "4.0.30319", Outcome.NOT_MET),
        ("X-AspNetMvc-Version", "5.2", Outcome.NOT_MET),
        ("X-Generator", "Drupal 10 (https://www.drupal.org)", Outcome.NOT_MET),
        ("X-Other", "x/1.0", Outcome.MET),
    ],
)
def test_version_in_a_header(name: str, value: str, outcome: Outcome) -> None:
    """A number after a product's name is a version; a number within a name is not."""
    answer = exchange(hop(HS, changed={name: value}))
    assert ask(software_version_hidden, http(https=answer), pages()).outcome is outcome


@pytest.mark.parametrize(
    ("generator", "outcome"),
    [
        ("NukeViet v4.5", Outcome.NOT_MET),
        ("WPML ver:4.6.3 stt:57", Outcome.NOT_MET),
        ("WordPress", Outcome.MET),
    ],
)
def test_version_in_the_page(generator: str, outcome: Outcome) -> None:
    """The generator element speaks as well as a header."""
    found = ask(software_version_hidden, http(), pages(home=page(generator=(generator,))))
    assert found.outcome is outcome


def test_version_without_a_page() -> None:
    """Clean headers prove nothing about a page that nobody saw; a version seen stays seen."""
    unseen = pages(home=NotCaptured(cause=Cause.DEADLINE))
    clean = ask(software_version_hidden, http(), unseen)
    assert (clean.outcome, clean.cause) == (Outcome.NOT_TESTED, Cause.DEADLINE)
    telling = http(https=exchange(hop(HS, changed={"Server": "nginx/1.2"})))
    assert ask(software_version_hidden, telling, unseen).outcome is Outcome.NOT_MET


CLOSED = exchange(start_url=HS, end=Ended.REFUSED)
BARE = exchange(hop(f"http://{HOST}/", changed={"X-Content-Type-Options": None}))


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        pytest.param({}, Outcome.MET, "", id="healthy"),
        pytest.param(
            {"https": redirected(HS, "https://o.vn/", end=Ended.LEFT_SCOPE)},
            Outcome.NOT_APPLICABLE,
            "only-redirects",
            id="left-the-scope",
        ),
        pytest.param(
            {"https": redirected(HS, HS, end=Ended.LOOP)},
            Outcome.NOT_APPLICABLE,
            "only-redirects",
            id="loop",
        ),
        pytest.param(
            {"https": CLOSED, "http": BARE}, Outcome.NOT_MET, "missing", id="http-instead"
        ),
        pytest.param(
            {"https": CLOSED, "http": exchange(start_url="http://x/", end=Ended.REFUSED)},
            Outcome.NOT_TESTED,
            "",
            id="both-closed",
        ),
        pytest.param(
            {"https": CLOSED, "http": redirected(f"http://{HOST}/", HS, end=Ended.NOT_TLS)},
            Outcome.NOT_TESTED,
            "",
            id="redirect-to-no-tls",
        ),
        pytest.param(
            {"https": exchange(hop(HS, 403, changed={"X-Content-Type-Options": None}))},
            Outcome.NOT_APPLICABLE,
            "behind-login",
            id="login",
        ),
        pytest.param(
            {"https": exchange(hop(HS, 204))}, Outcome.NOT_APPLICABLE, "no-content", id="empty"
        ),
        pytest.param({"https": exchange(hop(HS, 502))}, Outcome.NOT_TESTED, "", id="server-error"),
        pytest.param(
            {"https": exchange(start_url=HS, end=Ended.ANSWERED).model_copy(update={"hops": ()})},
            Outcome.NOT_APPLICABLE,
            "only-redirects",
            id="answered-without-an-answer",
        ),
        pytest.param(
            {"twin_https": exchange(hop(TS, changed={"X-Content-Type-Options": None}))},
            Outcome.NOT_MET,
            "missing",
            id="twin-with-a-page",
        ),
        pytest.param(
            {
                "twin_https": exchange(start_url=TS, end=Ended.REFUSED),
                "twin_http": exchange(start_url=f"http://{TWIN}/", end=Ended.REFUSED),
            },
            Outcome.MET,
            "",
            id="twin-closed",
        ),
        pytest.param(
            {"twin_https": exchange(start_url=TS, end=NotCaptured(cause=Cause.RESET))},
            Outcome.NOT_TESTED,
            "",
            id="twin-not-seen",
        ),
        pytest.param({"twin_https": None, "twin_http": None}, Outcome.MET, "", id="no-twin"),
    ],
)
def test_which_page_is_judged(changed: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """The page that visitors are shown, on the host and on a twin with one of its own."""
    found = ask(nosniff_set, http(**changed))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_a_version_counts_behind_a_login() -> None:
    """A server that asks for a password may still say its version; and pure redirects are set aside."""
    closed = http(https=exchange(hop(HS, 401, changed={"Server": "nginx/1.2"})))
    assert ask(software_version_hidden, closed, pages()).outcome is Outcome.NOT_MET
    away = http(https=redirected(HS, "https://o.vn/", end=Ended.LEFT_SCOPE))
    assert ask(software_version_hidden, away, pages()).outcome is Outcome.NOT_APPLICABLE
