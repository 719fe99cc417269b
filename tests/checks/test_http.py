"""Redirects and security.txt: both sides of every bar."""

from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import TEXT_KEPT_BYTES, Ended, Exchange, Http, WellKnown
from checks.rules.http import (
    http_redirects_to_https,
    https_stays_https,
    redirects_end,
    security_txt_published,
)
from checks.spec import Outcome
from tests.builders.web import (
    HOST,
    SECURITY_TXT,
    TWIN,
    ask,
    exchange,
    hop,
    http,
    redirected,
    well_known,
)

H, HS, T, TS = f"http://{HOST}/", f"https://{HOST}/", f"http://{TWIN}/", f"https://{TWIN}/"
TIMEOUT = NotCaptured(cause=Cause.CONNECT_TIMEOUT)
CLOSED = exchange(start_url=H, end=Ended.REFUSED)


@pytest.mark.parametrize(
    ("plain", "outcome", "reason"),
    [
        pytest.param(redirected(H, HS), Outcome.MET, "", id="straight"),
        pytest.param(
            redirected(H, f"https://{HOST.upper()}./x"), Outcome.MET, "", id="case-and-dot"
        ),
        pytest.param(redirected(H, HS, end=TIMEOUT), Outcome.MET, "", id="seen-then-silence"),
        pytest.param(
            exchange(hop(H, location="//" + HOST + "/"), end=Ended.LOOP, next_url=HS),
            Outcome.MET,
            "",
            id="target-noted-only",
        ),
        pytest.param(CLOSED, Outcome.MET, "port-closed", id="closed"),
        pytest.param(exchange(hop(H)), Outcome.NOT_MET, "no-redirect", id="page-over-http"),
        pytest.param(exchange(hop(H, 404)), Outcome.NOT_MET, "no-redirect", id="404-over-http"),
        pytest.param(exchange(hop(H, 401)), Outcome.NOT_MET, "no-redirect", id="401-over-http"),
        pytest.param(redirected(H, TS), Outcome.NOT_MET, "other-host-first", id="twin-first"),
        pytest.param(redirected(H, T, TS), Outcome.NOT_MET, "stays-on-http", id="http-twin-first"),
        pytest.param(
            redirected(H, "http://[broken", end=TIMEOUT), Outcome.NOT_TESTED, "", id="then-silence"
        ),
        pytest.param(
            exchange(hop(H, 302), end=Ended.BAD_LOCATION),
            Outcome.NOT_MET,
            "bad-location",
            id="no-location",
        ),
        pytest.param(
            exchange(hop(H, location="http://[x"), end=Ended.BAD_LOCATION),
            Outcome.NOT_MET,
            "bad-location",
            id="unreadable-location",
        ),
        pytest.param(
            exchange(
                hop(H, 302, changed={"Location": (HS, TS)}), end=Ended.BAD_LOCATION, next_url=HS
            ),
            Outcome.NOT_MET,
            "bad-location",
            id="two-locations",
        ),
        pytest.param(
            exchange(hop(H, location="/"), end=Ended.LOOP, next_url=H),
            Outcome.NOT_MET,
            "stays-on-http",
            id="to-itself",
        ),
        pytest.param(exchange(hop(H, 503)), Outcome.NOT_TESTED, "", id="server-error"),
        pytest.param(exchange(hop(H, 429)), Outcome.NOT_TESTED, "", id="rate-limited"),
        pytest.param(
            exchange(start_url=H, end=Ended.NOT_TLS), Outcome.NOT_TESTED, "", id="no-answer"
        ),
    ],
)
def test_the_first_hop_decides(plain: Exchange, outcome: Outcome, reason: str) -> None:
    """Only a first hop to https on the same host, or a closed port, is good."""
    found = ask(http_redirects_to_https, http(http=plain))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_the_twin_is_asked_too() -> None:
    """A twin that answers over http is the worse place and is named; a twin that is not there is not asked."""
    found = ask(http_redirects_to_https, http(twin_http=exchange(hop(T))))
    assert (found.outcome, found.address) == (Outcome.NOT_MET, T)
    alone = http(twin_http=None, twin_https=None)
    assert ask(http_redirects_to_https, alone).outcome is Outcome.MET
    assert ask(https_stays_https, alone).outcome is Outcome.MET
    assert ask(redirects_end, alone, limits={"max_hops": 10}).outcome is Outcome.MET


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        pytest.param({}, Outcome.MET, "", id="healthy"),
        pytest.param(
            {"https": redirected(HS, H, end=Ended.LOOP)}, Outcome.NOT_MET, "downgraded", id="back"
        ),
        pytest.param(
            {"https": redirected(HS, "http://other.vn/", end=Ended.LEFT_SCOPE)},
            Outcome.NOT_MET,
            "downgraded",
            id="not-followed",
        ),
        pytest.param(
            {"https": redirected(HS, H, end=TIMEOUT)},
            Outcome.NOT_MET,
            "downgraded",
            id="seen-first",
        ),
        pytest.param(
            {"http": redirected(H, HS, H, HS)}, Outcome.NOT_MET, "downgraded", id="in-the-middle"
        ),
        pytest.param(
            {"https": exchange(start_url=HS, end=TIMEOUT)}, Outcome.NOT_TESTED, "", id="silence"
        ),
        pytest.param(
            {
                "https": exchange(
                    hop(HS, 302, changed={"Location": (TS, " http:\\\\x")}), end=Ended.BAD_LOCATION
                )
            },
            Outcome.NOT_MET,
            "downgraded",
            id="a-bad-target-over-http",
        ),
        pytest.param(
            {"https": exchange(hop(HS, 302, location="https:\\\\x"), end=Ended.BAD_LOCATION)},
            Outcome.MET,
            "",
            id="a-bad-target-over-https",
        ),
        pytest.param(
            {"http": exchange(hop(H, 302, location="http:x"), end=Ended.BAD_LOCATION)},
            Outcome.MET,
            "",
            id="a-bad-target-of-http",
        ),
        pytest.param(
            {
                "http": exchange(hop(H)),
                "https": exchange(start_url=HS, end=Ended.REFUSED),
                "twin_http": None,
                "twin_https": None,
            },
            Outcome.NOT_APPLICABLE,
            "no-https",
            id="no-https",
        ),
    ],
)
def test_never_back_to_http(changed: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """One hop from https to http is enough, followed or not."""
    found = ask(https_stays_https, http(**changed))
    assert (found.outcome, found.reason) == (outcome, reason)


TEN = [f"{HS}{n}" for n in range(11)]


@pytest.mark.parametrize(
    ("https", "outcome", "reason"),
    [
        pytest.param(exchange(), Outcome.MET, "", id="no-redirect"),
        pytest.param(redirected(*TEN), Outcome.MET, "", id="exactly-ten"),
        pytest.param(redirected(*TEN, f"{HS}11"), Outcome.NOT_MET, "too-many", id="eleven"),
        pytest.param(
            redirected(HS, f"{HS}a", end=Ended.TOO_MANY), Outcome.NOT_MET, "too-many", id="gave-up"
        ),
        pytest.param(redirected(HS, HS, end=Ended.LOOP), Outcome.NOT_MET, "loop", id="loop"),
        pytest.param(
            exchange(
                hop(HS, location="/a", changed={"Set-Cookie": "a=(1 characters)"}),
                hop(f"{HS}a", location="/"),
                end=Ended.LOOP,
                next_url=HS,
            ),
            Outcome.NEEDS_REVIEW,
            "cookie-loop",
            id="loop-with-a-cookie",
        ),
        pytest.param(
            exchange(hop(HS, 302), end=Ended.BAD_LOCATION),
            Outcome.NOT_MET,
            "bad-location",
            id="nowhere",
        ),
        pytest.param(
            redirected(HS, TS, end=Ended.REFUSED), Outcome.NOT_MET, "dead-end", id="closed-port"
        ),
        pytest.param(
            redirected(HS, "https://other.vn/", end=Ended.LEFT_SCOPE),
            Outcome.NEEDS_REVIEW,
            "elsewhere",
            id="elsewhere",
        ),
        pytest.param(redirected(HS, TS), Outcome.MET, "", id="on-the-twin"),
        pytest.param(redirected(HS, TS, end=TIMEOUT), Outcome.NOT_TESTED, "", id="silence"),
    ],
)
def test_redirects_end(https: Exchange, outcome: Outcome, reason: str) -> None:
    """Loops, dead ends and long chains are faults; strange ends need a person."""
    found = ask(redirects_end, http(https=https), limits={"max_hops": 10})
    assert (found.outcome, found.reason) == (outcome, reason)


def test_closed_ports_have_no_redirects() -> None:
    """Where nothing answers there is nothing to end."""
    closed = exchange(start_url=HS, end=Ended.REFUSED)
    dead = Http(http=CLOSED, https=closed, twin_http=None, twin_https=None)
    found = ask(redirects_end, dead, limits={"max_hops": 10})
    assert (found.outcome, found.reason) == (Outcome.NOT_APPLICABLE, "nothing-there")


SIGNED = f"""-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

- -# dashes: kept
{SECURITY_TXT}
-----BEGIN PGP SIGNATURE-----

iQ==
-----END PGP SIGNATURE-----
"""


@pytest.mark.parametrize(
    ("text", "outcome", "reason"),
    [
        pytest.param(SECURITY_TXT, Outcome.MET, "", id="healthy"),
        pytest.param("\ufeff# hi\r\n" + SECURITY_TXT, Outcome.MET, "", id="mark-and-comment"),
        pytest.param(
            "Contact: tel:+84-236-3-822-345\nexpires: 2027-01-01t00:00:60.5+07:00\nPolicy: http://x\n"
            "Preferred-Languages: vi\nPreferred-Languages: en\nnonsense",
            Outcome.MET,
            "",
            id="small-faults-do-not-void",
        ),
        pytest.param(SIGNED, Outcome.MET, "", id="signed"),
        pytest.param(
            SIGNED.replace("- -#", "-#"), Outcome.NOT_MET, "signature-broken", id="dash-not-escaped"
        ),
        pytest.param(
            SIGNED.replace("Contact", "- Contact"), Outcome.MET, "", id="dash-escaped-needlessly"
        ),
        pytest.param(
            f"Contact: mailto:a@b.vn\n{SIGNED.replace('Contact', 'Hiring')}",
            Outcome.NOT_MET,
            "contact-missing",
            id="contact-outside-the-signature",
        ),
        pytest.param(
            f"{SECURITY_TXT}Canonical: https://{HOST}:443/.well-known/security.txt\n",
            Outcome.MET,
            "",
            id="canonical-here",
        ),
        pytest.param(
            f"{SECURITY_TXT}Canonical: https://{TWIN}/.well-known/security.txt\n",
            Outcome.NOT_MET,
            "canonical-elsewhere",
            id="canonical-elsewhere",
        ),
        pytest.param(
            "-----BEGIN PGP SIGNED MESSAGE-----",
            Outcome.NOT_MET,
            "contact-missing",
            id="cut-armour",
        ),
        pytest.param(
            SIGNED.partition("-----BEGIN PGP SIGNATURE")[0],
            Outcome.NOT_MET,
            "signature-broken",
            id="no-signature",
        ),
        pytest.param(
            "Expires: 2027-06-30T00:00:00Z", Outcome.NOT_MET, "contact-missing", id="no-contact"
        ),
        pytest.param("", Outcome.NOT_MET, "contact-missing", id="empty"),
        pytest.param(
            "Contact: a@b.vn\nExpires: 2027-06-30T00:00:00Z",
            Outcome.NOT_MET,
            "contact-invalid",
            id="no-uri",
        ),
        pytest.param(
            "Contact: http://b.vn\nExpires: 2027-06-30T00:00:00Z",
            Outcome.NOT_MET,
            "contact-invalid",
            id="http-contact",
        ),
        pytest.param("Contact: mailto:a@b.vn", Outcome.NOT_MET, "expires-missing", id="no-expires"),
        pytest.param(
            SECURITY_TXT + "Expires: 2028-01-01T00:00:00Z",
            Outcome.NOT_MET,
            "expires-repeated",
            id="two-expires",
        ),
        pytest.param(
            "Contact: mailto:a@b.vn\nExpires: 30/06/2027",
            Outcome.NOT_MET,
            "expires-invalid",
            id="local-date",
        ),
        pytest.param(
            "Contact: mailto:a@b.vn\nExpires: 2027-02-30T00:00:00Z",
            Outcome.NOT_MET,
            "expires-invalid",
            id="no-such-day",
        ),
        pytest.param(
            "Contact: mailto:a@b.vn\nExpires: 2026-11-22T03:00:00Z",
            Outcome.NOT_MET,
            "expired",
            id="ends-this-moment",
        ),
        pytest.param(
            "Contact: mailto:a@b.vn\nExpires: 2026-11-22T03:00:01Z",
            Outcome.MET,
            "",
            id="one-second-left",
        ),
    ],
)
def test_what_the_file_says(text: str, outcome: Outcome, reason: str) -> None:
    """Contact and one future Expires decide; smaller faults are only listed."""
    found = ask(security_txt_published, well_known(text))
    assert (found.outcome, found.reason) == (outcome, reason)


URL = f"{HS}.well-known/security.txt"


@pytest.mark.parametrize(
    ("sent", "outcome", "reason"),
    [
        pytest.param(exchange(hop(URL, 404)), Outcome.NOT_MET, "missing", id="404"),
        pytest.param(exchange(hop(URL, 403)), Outcome.NOT_MET, "not-public", id="403"),
        pytest.param(exchange(hop(URL)), Outcome.NOT_MET, "html", id="soft-404"),
        pytest.param(
            exchange(hop(URL, changed={"Content-Type": None})),
            Outcome.NOT_MET,
            "wrong-type",
            id="no-type",
        ),
        pytest.param(
            redirected(URL, f"http://{HOST}/s.txt"), Outcome.NOT_MET, "not-https", id="over-http"
        ),
        pytest.param(
            exchange(start_url=URL, end=Ended.REFUSED), Outcome.NOT_MET, "no-https", id="closed"
        ),
        pytest.param(
            redirected(URL, URL, end=Ended.LOOP), Outcome.NOT_MET, "unreachable", id="loop"
        ),
        pytest.param(exchange(hop(URL, 500)), Outcome.NOT_TESTED, "", id="server-error"),
        pytest.param(exchange(hop(URL, 429)), Outcome.NOT_TESTED, "", id="rate-limited"),
        pytest.param(
            redirected(URL, "https://other.vn/", end=Ended.LEFT_SCOPE),
            Outcome.NOT_TESTED,
            "",
            id="out-of-scope",
        ),
        pytest.param(
            exchange(start_url=URL, end=Ended.LOOP), Outcome.NOT_TESTED, "", id="no-answer-at-all"
        ),
        pytest.param(
            exchange(hop(URL, changed={"Content-Type": "text/plain"}, body_truncated=True)),
            Outcome.NOT_TESTED,
            "",
            id="too-long",
        ),
        pytest.param(
            exchange(hop(URL, changed={"Content-Type": "text/plain"}, body_bytes=TEXT_KEPT_BYTES)),
            Outcome.MET,
            "",
            id="exactly-64-kib",
        ),
        pytest.param(
            exchange(
                hop(URL, changed={"Content-Type": "text/plain"}, body_bytes=TEXT_KEPT_BYTES + 1)
            ),
            Outcome.NOT_TESTED,
            "",
            id="one-byte-more",
        ),
        pytest.param(
            exchange(
                hop(URL, changed={"Location": ("/a", "/b")}, status=302), end=Ended.BAD_LOCATION
            ),
            Outcome.NOT_MET,
            "unreachable",
            id="two-locations",
        ),
        pytest.param(
            redirected(f"https://{TWIN}/s.txt", URL), Outcome.NOT_MET, "html", id="html-elsewhere"
        ),
    ],
)
def test_how_the_file_is_served(sent: Exchange, outcome: Outcome, reason: str) -> None:
    """Soft-404 pages, other types and plain http do not count as published."""
    ports = http() if sent.hops else http(https=exchange(start_url=HS, end=sent.end))
    found = ask(security_txt_published, WellKnown(security_txt=sent, text=SECURITY_TXT), ports)
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("kind", "text", "faults"),
    [
        pytest.param("text/plain; charset=UTF-8", SECURITY_TXT, "", id="utf-8"),
        pytest.param('text/plain;charset="utf-8"', SECURITY_TXT, "", id="quoted"),
        pytest.param(
            "text/plain; charset=iso-8859-1", SECURITY_TXT, "charset-not-utf-8", id="latin"
        ),
        pytest.param(
            "text/plain", SECURITY_TXT.replace("2027-06-30", "2027-11-23"), "", id="a-year-ahead"
        ),
        pytest.param(
            "text/plain",
            SECURITY_TXT.replace("2027-06-30", "2027-11-24"),
            "expires-far",
            id="farther",
        ),
    ],
)
def test_what_is_only_told(kind: str, text: str, faults: str) -> None:
    """Charset and a far Expires are listed and void nothing."""
    found = ask(security_txt_published, well_known(text, changed={"Content-Type": kind}), http())
    assert found.outcome is Outcome.MET
    assert [one.value for one in found.measured if one.name == "faults"] == [faults]


def test_a_site_that_is_down_is_not_told_to_publish() -> None:
    """With both ports closed nobody knows whether the file is there."""
    closed = exchange(start_url=HS, end=Ended.REFUSED)
    asked = WellKnown(security_txt=exchange(start_url=URL, end=Ended.REFUSED))
    found = ask(security_txt_published, asked, http(https=closed, http=CLOSED))
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.REFUSED)
