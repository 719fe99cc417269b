"""Block lists asked by DNS, of a scripted name server: what is asked, how often, and what is kept."""

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.reputation import Reputation, Word
from scanner.door import Door
from scanner.politeness import Pace
from scanner.probes.reputation import look_reputation, question, shown_zone
from scanner.visit import Visit
from tests.scanner.builders import (
    HOST,
    NXDOMAIN,
    budget,
    door,
    permission,
    says_nothing,
    says_records,
    site,
    tools_for,
)
from tests.scanner.servers import Answering, NameScript

ZONE = "xbl.example.org"
LISTED, UNLISTED = question("127.0.0.2", ZONE), question("127.0.0.1", ZONE)
PUBLIC = "8.8.4.4"


def script(answers: dict[str, Answering] | None = None, *addresses: str) -> NameScript:
    """The host, and a list that works."""
    at = addresses or (PUBLIC,)
    known: dict[tuple[str, str], Answering] = {
        (HOST, "A"): says_records("A", *(one for one in at if ":" not in one)),
        (HOST, "AAAA"): says_records("AAAA", *(one for one in at if ":" in one)),
        (LISTED, "A"): says_records("A", "127.0.0.2"),
        (question("::ffff:7f00:2", ZONE), "A"): says_records("A", "127.0.0.2"),
    }
    return NameScript(known | {(name, "A"): say for name, say in (answers or {}).items()}, NXDOMAIN)


async def looked(
    names: NameScript, *zones: str, through: Door | None = None, times: int = 1
) -> Reputation:
    """What is seen, at the last of some visits of one run."""
    async with tools_for(names, through or door(443), try_s=(0.2, 0.2)) as tools:
        looks = [
            await look_reputation(Visit(site(443, 80), tools, budget()), zones or (ZONE,))
            for _ in range(times)
        ]
        return looks[-1]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        # RFC 5782, 2.1 and 2.4
        ("192.0.2.99", "99.2.0.192.bad.example.com"),
        (
            "2001:db8:1:2:3:4:567:89ab",
            "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.bad.example.com",
        ),
    ],
)
def test_the_question(address: str, expected: str) -> None:
    """Backwards, by numbers or by nibbles."""
    assert question(address, "bad.example.com") == expected


async def test_not_listed() -> None:
    """The list is seen to work, and has no such name."""
    names = script()
    (zone,) = (await looked(names)).zones
    assert zone.zone == ZONE
    assert zone.words == (Word(address=PUBLIC, answers=()),)
    assert zone.tests == (
        Word(address="127.0.0.2", answers=("127.0.0.2",)),
        Word(address="127.0.0.1", answers=()),
    )


async def test_listed() -> None:
    """With its codes, in order."""
    say = says_records("A", "127.0.0.4", "127.0.0.10")
    (zone,) = (await looked(script({question(PUBLIC, ZONE): say}))).zones
    assert zone.words == (Word(address=PUBLIC, answers=("127.0.0.10", "127.0.0.4")),)


async def test_both_families() -> None:
    """Each with the two tests of its own."""
    (zone,) = (await looked(script(None, PUBLIC, "2a00:1::7"))).zones
    assert [word.address for word in zone.words] == [PUBLIC, "2a00:1::7"]
    assert [word.address for word in zone.tests] == [
        "127.0.0.2",
        "127.0.0.1",
        "::ffff:7f00:2",
        "::ffff:7f00:1",
    ]


async def test_silence() -> None:
    """A cause, and nothing else."""
    (zone,) = (await looked(script({question(PUBLIC, ZONE): says_nothing}))).zones
    (word,) = zone.words
    assert isinstance(word.answers, NotCaptured)
    assert word.answers.cause is Cause.DNS_TIMEOUT


async def test_each_question_is_asked_once_per_run() -> None:
    """Also where the answer is that there is no such name, and whoever shares the address."""
    names = script()
    await looked(names, times=3)
    asked = {name: times for (name, _), times in names.asked.items() if name.endswith(ZONE)}
    assert asked == {LISTED: 1, UNLISTED: 1, question(PUBLIC, ZONE): 1}


async def test_private_addresses_are_nobodys_business() -> None:
    """Without --allow-private they are not told to a list."""
    names = script(None, "10.1.2.3")
    public_only = Door(Pace(permission(443), allow_private=False), controls=())
    (zone,) = (await looked(names, through=public_only)).zones
    assert zone.words == zone.tests == ()
    assert not [name for name, _ in names.asked if name.endswith(ZONE)]


def test_a_key_is_not_told() -> None:
    """Some lists give each subscriber a zone with a key in its name."""
    assert shown_zone(f"{'k1' * 13}.zen.example.net") == "•.zen.example.net"
    assert shown_zone("xbl.example.org") == "xbl.example.org"
