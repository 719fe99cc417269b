"""What registries answer: honest, odd and hostile."""

import contextlib
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.registration import Registered, Source
from checks.parsing.registry import (
    REGISTRAR_CHARS,
    STATUSES_KEPT,
    Unreadable,
    day_of,
    read_rdap,
    read_whois,
)

NAME = "truong.com"
SERVER = "rdap.example"
END = {"eventAction": "expiration", "eventDate": "2027-01-31T10:00:00Z"}
LAST = date(2027, 1, 31)


def domain(**changed: Any) -> bytes:
    """A domain object as registries send it, some members replaced or (``None``) left out."""
    whole: dict[str, Any] = {
        "objectClassName": "domain",
        "ldhName": "TRUONG.COM",
        "status": ["client transfer prohibited"],
        "events": [{"eventAction": "registration", "eventDate": "2020-01-31T10:00:00Z"}, END],
        "entities": [
            {
                "objectClassName": "entity",
                "roles": ["registrar"],
                "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "PA"]]],
            }
        ],
        "rdapConformance": ["rdap_level_0"],
    }
    kept = {key: value for key, value in (whole | changed).items() if value is not None}
    return json.dumps(kept).encode()


def ending(*dates: str, action: str = "expiration") -> list[dict[str, str]]:
    """Events of one kind."""
    return [{"eventAction": action, "eventDate": text} for text in dates]


@pytest.mark.parametrize(
    ("body", "ends_on"),
    [
        pytest.param(domain(), LAST, id="as-usual"),
        pytest.param(b"\xef\xbb\xbf" + domain(), LAST, id="byte-order-mark"),
        pytest.param(domain(ldhName="truong.com."), LAST, id="last-dot"),
        pytest.param(domain(ldhName=None, unicodeName="truong.com"), LAST, id="unicode-name"),
        pytest.param(domain(objectClassName="Domain"), LAST, id="class-in-capitals"),
        pytest.param(domain(events=None), None, id="no-events"),
        pytest.param(domain(events=[]), None, id="empty-events"),
        pytest.param(domain(events=ending("2020-01-01", action="registration")), None, id="others"),
        pytest.param(
            domain(events=ending("2027-01-31", action="registrar expiration")),
            LAST,
            id="the-registrar's-end",
        ),
        pytest.param(
            domain(events=[*ending("2028-01-01", action="registrar expiration"), END]),
            LAST,
            id="the-registry's-end-counts",
        ),
        pytest.param(
            domain(events=ending("2027-01-31", action="Expiration ")), LAST, id="capitals-and-blank"
        ),
        pytest.param(domain(events=ending("2027-02-01T05:00:00+07:00")), LAST, id="the-day-in-utc"),
        pytest.param(domain(events=ending("2027-01-30T23:00:00-05:00")), LAST, id="west-of-utc"),
        pytest.param(
            domain(events=ending("2027-01-31T10:00:00.123456789Z")), LAST, id="nanoseconds"
        ),
        pytest.param(domain(events=ending("2027-01-31T10:00:00")), LAST, id="no-zone"),
        pytest.param(domain(events=ending("2027-01-31")), LAST, id="day-alone"),
        pytest.param(domain(events=[END, END]), LAST, id="said-twice"),
        pytest.param(domain(events=[7, None, [], "x", END]), LAST, id="events-of-other-kinds"),
        pytest.param(
            domain(events=[*ending("2020-01-01", action="last changed") * 3000, END]),
            LAST,
            id="three-thousand-events",
        ),
        pytest.param(domain(status="active"), LAST, id="status-is-text"),
        pytest.param(domain(status={"a": 1}), LAST, id="status-is-an-object"),
        pytest.param(domain(entities={"roles": ["registrar"]}), LAST, id="entities-are-an-object"),
        pytest.param(domain(entities=[None, {"roles": "registrar"}]), LAST, id="odd-entities"),
        pytest.param(
            domain(entities=[{"roles": ["registrar"], "vcardArray": ["vcard", {"fn": 1}]}]),
            LAST,
            id="odd-card",
        ),
        pytest.param(
            domain(entities=[{"roles": ["registrar"], "vcardArray": ["vcard", [["fn"]]]}]),
            LAST,
            id="a-card-without-a-name",
        ),
        pytest.param(domain(secureDNS=[[[[[[1]]]]]]), LAST, id="unknown-members"),
    ],
)
def test_rdap_that_is_read(body: bytes, ends_on: date | None) -> None:
    """The day is that of the registry's own event, in UTC."""
    found = read_rdap(body, NAME, SERVER)
    assert (found.source, found.server, found.found) == (Source.RDAP, SERVER, True)
    assert found.ends_on == ends_on


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>", id="html"),
        pytest.param(b"\xff\xfe{}", id="not-utf-8"),
        pytest.param(b"[]", id="a-list"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[" * 200_000, id="deep-lists"),
        pytest.param(b'{"a":' * 100_000, id="deep-objects"),
        pytest.param(b'{"events": ' + b"9" * 10_000 + b"}", id="a-number-of-ten-thousand-digits"),
        pytest.param(domain()[:-5], id="cut"),
        pytest.param(domain(objectClassName=None), id="no-class"),
        pytest.param(domain(objectClassName="nameserver"), id="another-class"),
        pytest.param(domain(objectClassName=["domain"]), id="class-is-a-list"),
        pytest.param(b'{"errorCode": 404, "title": "not found"}', id="an-error-with-status-200"),
        pytest.param(domain(ldhName="khac.com"), id="another-name"),
        pytest.param(domain(ldhName="www.truong.com"), id="a-name-below"),
        pytest.param(domain(ldhName=None), id="no-name"),
        pytest.param(domain(ldhName={"name": NAME}), id="name-is-an-object"),
        pytest.param(domain(events={"0": END}), id="events-are-an-object"),
        pytest.param(domain(events="2027-01-31"), id="events-are-text"),
        pytest.param(domain(events=ending("soon")), id="no-date"),
        pytest.param(domain(events=ending("31/01/2027")), id="a-date-to-guess"),
        pytest.param(domain(events=ending("2027-02-30")), id="no-such-day"),
        pytest.param(domain(events=ending("9999-12-31T23:00:00-05:00")), id="beyond-time"),
        pytest.param(domain(events=ending("0001-01-01")), id="before-the-internet"),
        pytest.param(domain(events=[{"eventAction": "expiration"}]), id="an-end-without-date"),
        pytest.param(
            domain(events=[{"eventAction": "expiration", "eventDate": 1801389600}]),
            id="a-number-of-seconds",
        ),
        pytest.param(domain(events=ending("2027-01-31", "2030-01-31")), id="two-different-ends"),
    ],
)
def test_rdap_that_proves_nothing(body: bytes) -> None:
    """No guess, no exception of another kind, and no endless work."""
    with pytest.raises(Unreadable):
        read_rdap(body, NAME, SERVER)


def test_what_is_kept_is_bounded() -> None:
    """Of the registrant, and of endless texts, nothing or little stays."""
    card = ["vcard", [["fn", {}, "text", "A\x1b[31m\u202e" + "x" * 5000]]]
    who = ["vcard", [["fn", {}, "text", "Nguyen Van A"]]]
    found = read_rdap(
        domain(
            status=[f"odd {chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(300)],
            entities=[
                {"roles": ["registrant"], "vcardArray": who},
                {"roles": ["registrar"], "vcardArray": card},
            ],
        ),
        NAME,
        SERVER,
    )
    assert len(found.statuses) == STATUSES_KEPT
    assert len(found.registrar) == REGISTRAR_CHARS
    assert found.registrar.isprintable()
    assert "Nguyen" not in found.model_dump_json()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("redemption period", "redemptionperiod"),
        ("redemptionPeriod", "redemptionperiod"),
        ("client hold", "clienthold"),
        ("pendingDelete", "pendingdelete"),
    ],
)
def test_states_of_rdap_and_epp_are_one(sent: str, kept: str) -> None:
    """RFC 8056 only sets blanks between the words of RFC 5731."""
    assert read_rdap(domain(status=[sent]), NAME, SERVER).statuses == (kept,)


ICANN = """   Domain Name: TRUONG.COM
   Registry Domain ID: 1_DOMAIN_COM-VRSN
   Registrar WHOIS Server: whois.pa.vn
   Updated Date: 2026-01-01T00:00:00Z
   Creation Date: 2020-01-31T10:00:00Z
   Registry Expiry Date: 2027-01-31T10:00:00Z
   Registrar: P.A. Viet Nam
   Domain Status: clientTransferProhibited https://icann.org/epp#clientTransferProhibited
   Domain Status: clientHold https://icann.org/epp#clientHold
>>> Last update of whois database: 2026-11-22T00:00:00Z <<<

NOTICE: The expiration date displayed in this record is the date the
registrar's sponsorship of the domain name registration expires: 2099-01-01
"""
STYLES = {
    "icann": ICANN,
    "crlf": ICANN.replace("\n", "\r\n"),
    "educause": "Domain Name: TRUONG.COM\n\nRegistrant:\n   A school\n\nDomain record activated:    01-Jan-2001\n"
    "Domain expires:             31-Jan-2027\n",
    "nominet": "    Domain name:\n        truong.com\n\n    Registrar:\n        PA [Tag = PA]\n\n    Relevant dates:\n"
    "        Registered on: 01-Jan-2001\n        Expiry date:  31-Jan-2027\n",
    "afnic": "%%\n%% This is the WHOIS server.\n\ndomain:                        truong.com\nstatus:      ACTIVE\n"
    "Expiry Date:                   2027-01-31T10:00:00Z\n",
    "paid-till": "domain:        TRUONG.COM\nstate:         REGISTERED, DELEGATED\npaid-till:     2027-01-31T21:00:00Z\n",
    "brackets": "[Domain Name]                   TRUONG.COM\n\n[Expires on]                    2027/01/31\n[Status]  Active\n",
    "korean": "Domain Name                 : truong.com\nExpiration Date             : 2027. 01. 31.\n",
    "czech": "domain:       truong.com\nregistered:   01.01.2001 00:00:00\nexpire:       31.01.2027\n",
    "chinese": "Domain Name: truong.com\nDomain Status: ok\nExpiration Time: 2027-01-31 08:00:00\n",
    "polish": "DOMAIN NAME:           truong.com\nrenewal date:          2027.01.31 14:00:00\n",
    "registrar": "Domain Name: truong.com\nRegistrar Registration Expiration Date: 2027-01-31T10:00:00Z\n",
    "both-ends": "Domain Name: truong.com\nRegistrar Registration Expiration Date: 2030-01-31\n"
    "Registry Expiry Date: 2027-01-31\n",
}


@pytest.mark.parametrize("style", STYLES)
def test_styles_of_whois(style: str) -> None:
    """Label and value, wherever they stand."""
    found = read_whois(STYLES[style].encode(), NAME, "whois.example")
    assert (found.found, found.ends_on, found.source) == (True, LAST, Source.WHOIS)


def test_what_whois_tells_beside() -> None:
    """Registrar and states."""
    found = read_whois(ICANN.encode(), NAME, "whois.example")
    assert found.registrar == "P.A. Viet Nam"
    assert found.statuses == ("clienttransferprohibited", "clienthold")


@pytest.mark.parametrize(
    "text",
    [
        'No match for domain "TRUONG.COM".\r\n>>> Last update',
        "NOT FOUND\n",
        "%% No entries found in the database.\n",
        "Domain not found.\n",
        "No Data Found\n",
        "Domain: truong.com\nStatus: free\n",
        "Domain Name: truong.com\nDomain Status: Available\n",
    ],
)
def test_whois_that_does_not_have_it(text: str) -> None:
    """A registry that says so is not one that says nothing."""
    found = read_whois(text.encode(), NAME, "whois.example")
    assert (found.found, found.ends_on) == (False, None)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("WHOIS LIMIT EXCEEDED - SEE WWW.PIR.ORG/WHOIS FOR DETAILS", id="limit"),
        pytest.param("Registry Expiry Date: 2027-01-31", id="about-nobody"),
        pytest.param("Domain Name: KHAC.COM\nRegistry Expiry Date: 2027-01-31", id="another-name"),
        pytest.param("Domain Name: truong.com\nRegistry Expiry Date: soon", id="no-date"),
        pytest.param("Domain Name: truong.com\nExpires: 01/02/2027", id="a-date-to-guess"),
        pytest.param(
            "Domain Name: truong.com\nExpires: 2027-01-31\nDomain Name: x.com\nExpires: 2028-01-31",
            id="two-names",
        ),
        pytest.param("\x00\xff" * 5000, id="garbage"),
        pytest.param(":" * 100_000, id="colons"),
        pytest.param(" " * 100_000 + "a", id="blanks"),
    ],
)
def test_whois_that_proves_nothing(text: str) -> None:
    """Nothing is concluded from it."""
    with pytest.raises(Unreadable):
        read_whois(text.encode(), NAME, "whois.example")


def test_a_name_without_an_end() -> None:
    """Some registries tell everything but the day."""
    assert read_whois(b"Domain: truong.com\nStatus: connect\n", NAME, "w").ends_on is None


@given(st.binary(max_size=400))
def test_no_bytes_make_the_readers_fail(body: bytes) -> None:
    """Unreadable is the only complaint."""
    for read in (read_rdap, read_whois):
        try:
            found = read(body, NAME, SERVER)
        except Unreadable:
            continue
        assert isinstance(found, Registered)


@given(st.text("0123456789-/. :TZ+janfebUGMC", max_size=30))
def test_no_text_makes_a_date_fail(text: str) -> None:
    """A day, or Unreadable."""
    with contextlib.suppress(Unreadable):
        assert isinstance(day_of(text), date)
