"""What lists say of a site: whom a hit accuses, how old a list may be, and when nothing is concluded."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.names import Names, Said
from checks.evidence.reputation import Reputation, Word, Zone
from checks.lists import OLD_AFTER, BlockList, Lists, Purpose
from checks.lists.formats import parse_block
from checks.rules.reputation import (
    address_not_in_botnet,
    not_on_blocklists,
    not_on_national_list,
)
from checks.spec import Finding, Outcome
from tests.builders import network
from tests.builders.web import AS_OF, HOST, TWIN, ask, site

MET, NOT_MET, REVIEW, UNTESTED = (
    Outcome.MET,
    Outcome.NOT_MET,
    Outcome.NEEDS_REVIEW,
    Outcome.NOT_TESTED,
)
TODAY = AS_OF.date()
ADDRESS, ADDRESS6 = "203.0.113.10", "2001:db8::10"
NOT_ASKED = NotCaptured(cause=Cause.NOT_ENABLED)
SILENT = NotCaptured(cause=Cause.DNS_TIMEOUT)


def listed(
    text: str,
    purpose: Purpose = Purpose.HARM,
    days: int = 0,
    name: str = "blocklist-thu",
) -> BlockList:
    """A list of these lines, so many days old."""
    return parse_block(text, "txt", name, purpose, TODAY - timedelta(days=days), "ab" * 32)


def names(host: str = HOST, registrable: str | None = HOST, **fields: Any) -> Names:
    """A host with one IPv4 address."""
    return network.names(host=network.host_names(host, **fields), registrable=registrable)


def harm(*lists: BlockList, host: str = HOST, registrable: str | None = HOST, **of: Any) -> Finding:
    """What the block lists say."""
    seen = names(host, registrable)
    return ask(not_on_blocklists, seen, of=site(host, **of), lists=Lists(block=lists))


def measured(found: Finding) -> Mapping[str, Any]:
    """What was measured, by name."""
    return {one.name: one.value for one in found.measured}


@pytest.mark.parametrize(
    ("entry", "outcome", "reason"),
    [
        pytest.param(HOST, NOT_MET, "host-named", id="host"),
        pytest.param(TWIN, NOT_MET, "host-named", id="twin"),
        pytest.param(f"https://{HOST}/", NOT_MET, "host-named", id="root"),
        pytest.param(f"https://{TWIN}/", NOT_MET, "host-named", id="root-of-the-twin"),
        pytest.param(f"http://{HOST}/a.exe", REVIEW, "page-named", id="a-page"),
        pytest.param(f"http://{TWIN}/a.exe", REVIEW, "page-named", id="a-page-of-the-twin"),
        pytest.param(f"http://a.{HOST}/", MET, "", id="a-page-of-another-host"),
        pytest.param("edu.vn", MET, "", id="public-suffix"),
        pytest.param("vn", MET, "", id="top-level"),
        pytest.param(f"a.{HOST}", MET, "", id="name-below"),
        pytest.param("khac.edu.vn", MET, "", id="neighbour"),
        pytest.param(f"x{HOST}", MET, "", id="alike"),
    ],
)
def test_named(entry: str, outcome: Outcome, reason: str) -> None:
    """The site itself is accused; a page of it is for a person to see; others are others."""
    found = harm(listed(f"{entry}\nkhac.example.com"))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_what_is_told_of_a_hit() -> None:
    """The list, its day, its hash and the entry; and which lists were asked."""
    found = harm(listed(HOST, days=3), listed("khac.vn", name="blocklist-khac"))
    told = measured(found)
    assert told["list"] == "blocklist-thu"
    assert told["dated"] == (TODAY - timedelta(days=3)).isoformat()
    assert told["entry"] == HOST
    assert told["sha256"] == "ab" * 32
    assert "blocklist-khac" in str(told["lists"])


@pytest.mark.parametrize(
    ("host", "registrable", "entry", "outcome"),
    [
        pytest.param(f"a.{HOST}", HOST, HOST, NOT_MET, id="registered-name"),
        pytest.param(f"a.b.{HOST}", HOST, f"b.{HOST}", NOT_MET, id="between"),
        pytest.param("a.weebly.com", "weebly.com", "weebly.com", MET, id="platform"),
        pytest.param("a.blogspot.com", "a.blogspot.com", "blogspot.com", MET, id="listed-platform"),
        pytest.param("a.weebly.com", "weebly.com", "a.weebly.com", NOT_MET, id="one-on-a-platform"),
    ],
)
def test_names_above(host: str, registrable: str, entry: str, outcome: Outcome) -> None:
    """Down to the registered name; strangers on a platform are not meant."""
    found = harm(listed(f"{entry}\nkhac.vn"), host=host, registrable=registrable)
    assert found.outcome is outcome
    above = outcome is NOT_MET and entry != host
    assert (found.reason == "name-above") is above


@pytest.mark.parametrize(
    ("entry", "outcome", "reason"),
    [
        pytest.param(f"https://{HOST}/truong-a/", NOT_MET, "host-named", id="its-own-address"),
        pytest.param(f"https://{HOST}/truong-a/x", REVIEW, "page-named", id="below-it"),
        pytest.param(f"https://{HOST}/truong-b/", MET, "", id="of-another-school"),
        pytest.param(f"https://{HOST}/truong-ab/", MET, "", id="alike"),
    ],
)
def test_a_school_below_a_path(entry: str, outcome: Outcome, reason: str) -> None:
    """On a platform of paths only its own pages count."""
    found = harm(listed(entry), url=f"https://{HOST}/truong-a/", path="/truong-a/")
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("days", "entry", "outcome", "reason", "cause"),
    [
        pytest.param(OLD_AFTER.days, HOST, NOT_MET, "host-named", None, id="at-the-bar"),
        pytest.param(OLD_AFTER.days + 1, HOST, REVIEW, "only-old-list", None, id="a-day-beyond"),
        pytest.param(OLD_AFTER.days, "khac.vn", MET, "", None, id="silent-at-the-bar"),
        pytest.param(
            OLD_AFTER.days + 1, "khac.vn", UNTESTED, "", Cause.LIST_OLD, id="silent-beyond"
        ),
        pytest.param(-400, HOST, NOT_MET, "host-named", None, id="newer-than-the-look"),
    ],
)
def test_age(days: int, entry: str, outcome: Outcome, reason: str, cause: Cause | None) -> None:
    """An old list neither acquits nor accuses."""
    found = harm(listed(entry, days=days))
    assert (found.outcome, found.reason, found.cause) == (outcome, reason, cause)


def test_a_fresh_list_beside_an_old_one() -> None:
    """The fresh one acquits; what only the old one says is for a person; the fresh one's accusation comes first."""
    fresh, old = listed("khac.vn"), listed("khac.vn", days=99, name="cu")
    found = harm(fresh, old)
    assert found.outcome is MET
    assert "cu" in str(measured(found)["old_lists"])
    assert harm(fresh, listed(HOST, days=99)).reason == "only-old-list"
    assert harm(listed(HOST), listed(HOST, days=99)).outcome is NOT_MET


def test_the_gravest_word_comes_first() -> None:
    """Whatever the order of the lists."""
    page, host = listed(f"http://{HOST}/a"), listed(HOST)
    assert harm(page, host).reason == harm(host, page).reason == "host-named"
    assert measured(harm(page, host))["naming"] == 2


@pytest.mark.parametrize(
    ("check", "purpose"),
    [
        (not_on_blocklists, Purpose.HARM),
        (not_on_national_list, Purpose.NATIONAL),
        (address_not_in_botnet, Purpose.BOTNET),
    ],
)
def test_lists_of_another_purpose_are_no_list(check: Any, purpose: Purpose) -> None:
    """Not tested, and the step that would decide it is to load one."""
    others = [one for one in Purpose if one is not purpose]
    lists = Lists(block=tuple(listed(f"{HOST}\n{ADDRESS}", one) for one in others))
    for given in (lists, Lists()):
        found = ask(check, names(), missing={Reputation: NOT_ASKED}, lists=given)
        assert (found.outcome, found.cause) == (UNTESTED, Cause.NO_LIST)


@pytest.mark.parametrize(
    ("entry", "fields", "outcome", "reason", "cause"),
    [
        pytest.param(HOST, {}, NOT_MET, "host-named", None, id="host"),
        pytest.param(ADDRESS, {}, REVIEW, "address-named", None, id="address"),
        pytest.param(f"{HOST}\n{ADDRESS}", {}, NOT_MET, "host-named", None, id="both"),
        pytest.param("khac.vn", {"a": SILENT}, MET, "", None, id="names-need-no-address"),
        pytest.param("45.9.8.7", {}, MET, "", None, id="another-address"),
        pytest.param(
            "45.9.8.7", {"a": SILENT}, UNTESTED, "", Cause.DNS_TIMEOUT, id="address-not-looked-up"
        ),
    ],
)
def test_the_national_list(
    entry: str, fields: dict[str, Any], outcome: Outcome, reason: str, cause: Cause | None
) -> None:
    """Names as in a block list; addresses too, where the list holds some."""
    lists = Lists(block=(listed(entry, Purpose.NATIONAL),))
    found = ask(not_on_national_list, names(**fields), lists=lists)
    assert (found.outcome, found.reason, found.cause) == (outcome, reason, cause)


def zone(*codes: str, listed: Any = ("127.0.0.2",), unlisted: Any = (), **changed: Any) -> Zone:
    """A list asked by DNS that works, and what it says of the address."""
    tests = (
        Word(address="127.0.0.2", answers=listed),
        Word(address="127.0.0.1", answers=unlisted),
        Word(address="::ffff:7f00:2", answers=changed.get("listed6", listed)),
        Word(address="::ffff:7f00:1", answers=unlisted),
    )
    said = changed.get("said", codes)
    words = tuple(Word(address=one, answers=said) for one in (ADDRESS, ADDRESS6))
    return Zone(zone="xbl.example.org", tests=tests, words=words)


def botnet(*lists: BlockList, zones: tuple[Zone, ...] | None = None, **fields: Any) -> Finding:
    """What lists of addresses say."""
    evidence = [] if zones is None else [Reputation(zones=zones)]
    return ask(
        address_not_in_botnet,
        names(**fields),
        *evidence,
        missing={Reputation: NOT_ASKED} if zones is None else None,
        lists=Lists(block=lists),
    )


@pytest.mark.parametrize(
    ("entry", "days", "outcome", "cause"),
    [
        pytest.param(ADDRESS, 0, NOT_MET, None, id="address"),
        pytest.param("203.0.113.0/24\n45.9.8.7", 0, MET, None, id="network-of-nobody"),
        pytest.param("45.9.8.7", 0, MET, None, id="another"),
        pytest.param(ADDRESS, 31, REVIEW, None, id="old"),
        pytest.param("45.9.8.7", 31, UNTESTED, Cause.LIST_OLD, id="old-and-silent"),
    ],
)
def test_addresses(entry: str, days: int, outcome: Outcome, cause: Cause | None) -> None:
    """The list's word, with its age; the address is named."""
    found = botnet(listed(entry, Purpose.BOTNET, days))
    assert (found.outcome, found.cause, found.address) == (outcome, cause, ADDRESS)


def test_one_of_several_addresses() -> None:
    """The one that is named decides, and is told."""
    both = {"aaaa": network.look(HOST, "AAAA", ADDRESS6)}
    found = botnet(listed(ADDRESS6, Purpose.BOTNET), zones=None, **both)
    assert (found.outcome, found.address) == (NOT_MET, ADDRESS6)


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        pytest.param({"a": SILENT}, Cause.DNS_TIMEOUT, id="silence"),
        pytest.param({"aaaa": SILENT}, Cause.DNS_TIMEOUT, id="silence-about-ipv6"),
        pytest.param(
            {"a": network.look(HOST, "A", said=Said.NXDOMAIN)}, Cause.NO_ADDRESS, id="nxdomain"
        ),
    ],
)
def test_addresses_that_nobody_knows(fields: dict[str, Any], cause: Cause) -> None:
    """Nothing is concluded."""
    found = botnet(listed("45.9.8.7", Purpose.BOTNET), **fields)
    assert (found.outcome, found.cause) == (UNTESTED, cause)


@pytest.mark.parametrize(
    ("said", "outcome", "cause"),
    [
        pytest.param(zone(), MET, None, id="not-listed"),
        pytest.param(zone("127.0.0.4"), NOT_MET, None, id="listed"),
        pytest.param(zone("127.0.1.2", "127.0.0.4"), NOT_MET, None, id="listed-twice"),
        pytest.param(zone("127.255.255.254"), UNTESTED, Cause.NO_LIST, id="error-code"),
        pytest.param(zone("127.255.254.1"), NOT_MET, None, id="next-to-the-error-codes"),
        pytest.param(zone("127.0.0.1"), UNTESTED, Cause.NO_LIST, id="refused-code"),
        pytest.param(zone("192.0.2.1"), UNTESTED, Cause.NO_LIST, id="a-parked-name"),
        pytest.param(zone(said=SILENT), UNTESTED, Cause.DNS_TIMEOUT, id="silent"),
        pytest.param(zone(listed=()), UNTESTED, Cause.NO_LIST, id="no-such-list"),
        pytest.param(zone(listed=SILENT), UNTESTED, Cause.DNS_TIMEOUT, id="silent-when-tested"),
        pytest.param(zone(unlisted=("127.0.0.2",)), UNTESTED, Cause.NO_LIST, id="lists-all"),
        pytest.param(
            zone(listed=("127.255.255.254",)), UNTESTED, Cause.NO_LIST, id="does-not-serve-us"
        ),
    ],
)
def test_lists_asked_by_dns(said: Zone, outcome: Outcome, cause: Cause | None) -> None:
    """Only a list that is seen to work may acquit, and only a code of a listing accuses."""
    found = botnet(zones=(said,))
    assert (found.outcome, found.cause) == (outcome, cause)
    # A file that acquits does not stand in for the list that the operator wanted asked.
    beside = botnet(listed("45.9.8.7", Purpose.BOTNET), zones=(said,))
    assert (beside.outcome, beside.cause) == (outcome, cause)


def test_a_list_of_ipv4_alone_says_nothing_of_ipv6() -> None:
    """No fault of the list; another one may speak, else nothing is concluded."""
    only4 = zone(listed6=())
    of6 = {
        "a": network.look(HOST, "A"),
        "aaaa": network.look(HOST, "AAAA", ADDRESS6),
    }
    assert botnet(zones=(only4,), **of6).cause is Cause.NO_LIST
    assert botnet(zones=(only4, zone()), **of6).outcome is MET
    assert botnet(listed("45.9.8.7", Purpose.BOTNET), zones=(only4,), **of6).outcome is MET


def test_a_list_that_was_not_asked_about_an_address() -> None:
    """It cannot speak of that one."""
    other = zone().model_copy(update={"words": ()})
    assert botnet(zones=(other,)).cause is Cause.NO_LIST
    assert botnet(zones=(other, zone())).outcome is MET


def test_a_file_accuses_whatever_a_zone_says() -> None:
    """And a zone whatever the files say."""
    assert botnet(listed(ADDRESS, Purpose.BOTNET), zones=(zone(said=SILENT),)).outcome is NOT_MET
    found = botnet(listed("45.9.8.7", Purpose.BOTNET), zones=(zone("127.0.0.4"),))
    assert (found.outcome, found.reason) == (NOT_MET, "zone-lists")
    assert measured(found)["codes"] == "127.0.0.4"


def test_a_look_at_zones_that_ended_in_nothing() -> None:
    """The operator wanted it: not tested, with the cause."""
    found = ask(
        address_not_in_botnet,
        names(),
        missing={Reputation: NotCaptured(cause=Cause.DEADLINE)},
        lists=Lists(block=(listed("45.9.8.7", Purpose.BOTNET),)),
    )
    assert (found.outcome, found.cause) == (UNTESTED, Cause.DEADLINE)


def test_the_moment_of_judging_decides() -> None:
    """Not the day of the look."""
    old = listed(HOST, days=0)
    later = AS_OF + OLD_AFTER + timedelta(days=1)
    found = ask(not_on_blocklists, names(), of=site(), as_of=later, lists=Lists(block=(old,)))
    assert found.reason == "only-old-list"
    assert old.dated == date(2026, 11, 22)
