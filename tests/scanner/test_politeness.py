"""Who may be contacted, how many at once, how fast."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack, suppress
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence.base import Cause
from inventory.model import Hours
from scanner.budget import Failed
from scanner.clock import monotonic_s, now
from scanner.door import Door
from scanner.politeness import (
    MAIL_PORTS,
    NAME_PORTS,
    NOTHING_IDLE,
    WEB_PORTS,
    NoPermission,
    Pace,
    require_permission,
    within_hours,
)
from scanner.probes.uptime import Window, sample_window
from scanner.visit import Visit
from tests.scanner.builders import (
    HOST,
    budget,
    door,
    hosts,
    pace,
    permission,
    site,
    tools_for,
    visiting,
)
from tests.scanner.chains import server_context
from tests.scanner.servers import Web, answer, over_tls, plainly, serving

LOOPBACK = "127.0.0.1"


def at(hour: int, minute: int = 0) -> datetime:
    """A moment on the day of the tests, in Vietnam's time."""
    return datetime(2026, 11, 22, (hour - 7) % 24, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "moment", "allowed"),
    [
        pytest.param(8, 17, at(8), True, id="at-the-start"),
        pytest.param(8, 17, at(7, 59), False, id="a-minute-early"),
        pytest.param(8, 17, at(16, 59), True, id="last-minute"),
        pytest.param(8, 17, at(17), False, id="at-the-end"),
        pytest.param(22, 5, at(22), True, id="night-begins"),
        pytest.param(22, 5, at(0), True, id="midnight"),
        pytest.param(22, 5, at(4, 59), True, id="night-ends"),
        pytest.param(22, 5, at(5), False, id="morning"),
        pytest.param(22, 5, at(21, 59), False, id="evening"),
    ],
)
def test_hours(start: int, end: int, moment: datetime, allowed: bool) -> None:
    """Local to the permission; a span may cross midnight."""
    leave = permission(hours=Hours(start=time(start), end=time(end)))
    assert within_hours(leave, moment) is allowed
    if allowed:
        assert require_permission(leave, moment) is leave
    else:
        with pytest.raises(NoPermission, match=f"only from {start:02}:00 to {end:02}:00"):
            require_permission(leave, moment)


def test_without_hours_any_time_will_do() -> None:
    """Hours are optional."""
    assert within_hours(permission(), at(3))


def test_no_permission_no_packet() -> None:
    """And the sentence says what to do."""
    with pytest.raises(NoPermission, match="--permission"):
        require_permission(None, at(12))


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        pytest.param(date(2026, 11, 21), True, id="first-day"),
        pytest.param(date(2026, 11, 22), False, id="not-yet"),
    ],
)
def test_the_first_day(day: date, holds: bool) -> None:
    """Local days count: 17:30 UTC is already tomorrow in Vietnam."""
    leave = permission(granted_on=day)
    moment = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
    if holds:
        require_permission(leave, moment)
    else:
        with pytest.raises(NoPermission, match="holds from"):
            require_permission(leave, moment)
        require_permission(leave, moment.replace(hour=17))


def test_the_last_day() -> None:
    """It holds to its end, and not a minute longer."""
    leave = permission(expires_on=date(2026, 11, 22))
    require_permission(leave, datetime(2026, 11, 22, 16, 59, tzinfo=UTC))
    with pytest.raises(NoPermission, match="ask So GDDT"):
        require_permission(leave, datetime(2026, 11, 22, 17, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("pattern", "host", "covered"),
    [
        ("truong.edu.vn", "truong.edu.vn", True),
        ("truong.edu.vn", "www.truong.edu.vn", False),
        ("*.truong.edu.vn", "truong.edu.vn", True),
        ("*.truong.edu.vn", "a.b.truong.edu.vn", True),
        ("*.truong.edu.vn", "xtruong.edu.vn", False),
        ("*.truong.edu.vn", "truong.edu.vn.evil.example", False),
        ("truong.edu.vn", "", False),
        ("truong.edu.vn", "127.0.0.1", False),
    ],
)
def test_hosts(pattern: str, host: str, covered: bool) -> None:
    """Exact names, or a suffix at a dot."""
    keeper = Pace(permission(hosts=(pattern,)), allow_private=True)
    if covered:
        keeper.check_host(host)
    else:
        with pytest.raises(Failed) as failed:
            keeper.check_host(host)
        assert failed.value.missing.cause is Cause.NOT_PERMITTED


@pytest.mark.parametrize(
    ("address", "port", "cause"),
    [
        pytest.param(LOOPBACK, 443, None, id="permitted"),
        pytest.param(LOOPBACK, 22, Cause.NOT_PERMITTED, id="other-port"),
        pytest.param("10.0.0.1", 443, Cause.BLOCKED_ADDRESS, id="other-network"),
    ],
)
def test_targets(address: str, port: int, cause: Cause | None) -> None:
    """Address and port are asked at every connection."""
    if cause is None:
        pace(443).check_target(address, port)
    else:
        with pytest.raises(Failed) as failed:
            pace(443).check_target(address, port)
        assert failed.value.missing.cause is cause


@pytest.mark.parametrize(
    ("address", "port", "ports", "cause"),
    [
        pytest.param("8.8.8.8", 25, MAIL_PORTS, None, id="mail"),
        pytest.param("8.8.8.8", 587, MAIL_PORTS, Cause.NOT_PERMITTED, id="where-users-log-in"),
        pytest.param("8.8.8.8", 80, MAIL_PORTS, Cause.NOT_PERMITTED, id="web-for-mail"),
        pytest.param("8.8.8.8", 25, WEB_PORTS, Cause.NOT_PERMITTED, id="mail-for-web"),
        pytest.param("8.8.8.8", 8443, MAIL_PORTS, Cause.NOT_PERMITTED, id="in-the-permission"),
        pytest.param(LOOPBACK, 8443, MAIL_PORTS, None, id="private-and-in-the-permission"),
        pytest.param(LOOPBACK, 8444, MAIL_PORTS, Cause.NOT_PERMITTED, id="private-and-not"),
        pytest.param("10.0.0.1", 25, MAIL_PORTS, Cause.BLOCKED_ADDRESS, id="private-elsewhere"),
    ],
)
def test_ports_of_auxiliary_hosts(
    address: str, port: int, ports: frozenset[int], cause: Cause | None
) -> None:
    """What a site's own evidence names is asked on the ports of the purpose alone."""
    if cause is None:
        pace(8443).check_auxiliary(address, port, ports)
        return
    with pytest.raises(Failed) as failed:
        pace(8443).check_auxiliary(address, port, ports)
    assert failed.value.missing.cause is cause


def test_a_run_may_outlast_the_hours() -> None:
    """The clock is asked again at the door."""
    local = now().hour + 7
    closed = Hours(start=time((local + 5) % 24), end=time((local + 6) % 24))
    with pytest.raises(Failed) as failed:
        pace(443, hours=closed).check_target(LOOPBACK, 443)
    assert failed.value.missing.cause is Cause.NOT_PERMITTED


@pytest.mark.parametrize("places", [1, 2, 5])
async def test_places_at_an_address_are_never_exceeded(places: int) -> None:
    """Counted at the server, over many connections that all want in at once."""

    async def lingers(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async with serving(lingers) as server:
        through = door(server.port, connections_per_address=places)

        async def once() -> None:
            async with await through.open(LOOPBACK, server.port, budget()):
                await asyncio.sleep(0.01)

        await asyncio.gather(*(once() for _ in range(12)))
        assert server.connections == 12
        assert server.most_at_once <= places


async def test_places_in_a_neighbourhood() -> None:
    """Two addresses of one /24 share what the network allows."""
    keeper = pace(443, connections_per_address=2, connections_per_network=3)
    held = 0
    most = 0

    async def once(address: str) -> None:
        nonlocal held, most
        async with keeper.connection(address, budget(), NOTHING_IDLE):
            held += 1
            most = max(most, held)
            await asyncio.sleep(0.01)
            held -= 1

    await asyncio.gather(*(once(f"127.0.0.{1 + n % 2}") for n in range(10)))
    assert most == 3


async def test_new_connections_keep_their_distance() -> None:
    """Five a tenth of a second: the sixth comes no earlier; and the wait is not the site's."""
    keeper = pace(443, new_connections_per_second=50)
    spend = budget()
    started = asyncio.get_running_loop().time()
    for _ in range(6):
        async with keeper.connection(LOOPBACK, spend, NOTHING_IDLE):
            pass
    assert asyncio.get_running_loop().time() - started >= 0.095
    assert spend.spent_s() < 0.05


async def test_requests_keep_their_distance() -> None:
    """A short burst is saved up; the average holds all the same."""
    keeper = pace(80, requests_per_minute=600)
    spend = budget()
    started = asyncio.get_running_loop().time()
    for _ in range(103):
        await keeper.request(LOOPBACK, 80, spend)
    assert asyncio.get_running_loop().time() - started >= 0.19
    assert spend.spent_s() < 0.1


async def test_complaints_halve_the_pace_and_the_third_ends_it() -> None:
    """For that port alone; another port of the address goes on, slower."""
    keeper = pace(80, 443, new_connections_per_second=100)
    for _ in range(2):
        keeper.back_off(LOOPBACK, 80)
        await keeper.request(LOOPBACK, 80, budget())
    keeper.back_off(LOOPBACK, 80)
    with pytest.raises(Failed) as failed:
        await keeper.request(LOOPBACK, 80, budget())
    assert failed.value.missing.cause is Cause.RATE_LIMITED
    await keeper.request(LOOPBACK, 443, budget())
    started = asyncio.get_running_loop().time()
    for _ in range(2):
        async with keeper.connection(LOOPBACK, budget(), NOTHING_IDLE):
            pass
    assert asyncio.get_running_loop().time() - started >= 0.075


async def test_a_server_that_complains_is_left_alone() -> None:
    """Counted at the server: the third 429 is the last request."""
    web = Web({f"/{n}": answer(429) for n in range(6)})
    async with serving(plainly(web.speak)) as server:
        at_once = door(server.port)
        async with visiting(site(443, server.port), hosts(HOST), at_once) as visit:
            causes = []
            for n in range(6):
                try:
                    await visit.fetch(f"http://{HOST}:{server.port}/{n}")
                except Failed as failed:
                    causes.append(failed.missing.cause)
    assert sum(web.asked.values()) == 3
    assert causes == [Cause.RATE_LIMITED] * 3


@pytest.mark.parametrize("places", [1, 2])
async def test_idle_connections_never_lock_anyone_out(places: int) -> None:
    """Many schools at one address, each keeping a connection for its next request, all get through."""
    schools = [f"s{n}.{HOST}" for n in range(10)]
    pages = {f"/{n}": answer(body=b"x") for n in range(3)}
    web = Web(pages)
    async with serving(plainly(web.speak)) as server, serving(plainly(web.speak)) as other:
        through = door(server.port, other.port, connections_per_address=places)
        async with tools_for(hosts(*schools), through) as tools:

            async def look(host: str) -> int:
                visit = Visit(site(443, server.port, host), tools, budget())
                try:
                    urls = [
                        f"http://{host}:{port}/{n}"
                        for n in range(3)
                        for port in (server.port, other.port)
                    ]
                    found = await asyncio.gather(*(visit.fetch(url) for url in urls))
                    return sum(one.answer.status == 200 for one in found)
                finally:
                    await visit.close()

            async with asyncio.timeout(8):
                assert await asyncio.gather(*map(look, schools)) == [6] * 10
        assert max(server.most_at_once, other.most_at_once) <= places


async def test_samples_share_the_place_of_the_visit() -> None:
    """With one place only, the samples of a site wait for its other requests and are not locked out."""
    web = Web({"/": answer(body=b"x"), "/slow": answer(body=b"x")}, pause_s=0.05)
    with_one = {"connections_per_address": 1}
    async with serving(over_tls(server_context(), web.speak)) as server:
        through = Door(pace(server.port, **with_one), confirm_refusal_after_s=0.01)
        of = site(server.port, server.port)
        async with visiting(of, hosts(HOST), through) as visit, AsyncExitStack() as after:
            slow = asyncio.create_task(visit.fetch(f"https://{HOST}:{server.port}/slow"))
            after.push_async_callback(asyncio.gather, slow)
            await asyncio.sleep(0.02)
            async with asyncio.timeout(3):
                found = await sample_window(visit, Window(2, 0.02))
    assert found.planned == 2
    assert [sample.up for sample in found.samples] == [True, True]


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 4), st.booleans()), min_size=5, max_size=60
    )
)
@settings(max_examples=40, deadline=None)
async def test_everybody_gets_in_in_the_end(wishes: list[tuple[int, int, bool]]) -> None:
    """Whoever waits for whatever limit, some of them cut off: none too many, nobody forgotten, all given back."""
    keeper = pace(443, connections_per_address=2, connections_per_network=3)
    held: Counter[str] = Counter()
    through = 0

    async def once(last: int, turns: int) -> None:
        nonlocal through
        address = f"127.0.{last % 2}.{last}"
        async with keeper.connection(address, budget(), NOTHING_IDLE):
            held[address] += 1
            held[address[:8]] += 1
            assert held[address] <= 2
            assert held[address[:8]] <= 3
            try:
                for _ in range(turns):
                    await asyncio.sleep(0)
            finally:
                held[address] -= 1
                held[address[:8]] -= 1
            through += 1

    tasks = [asyncio.create_task(once(last, turns)) for last, turns, _ in wishes]
    for _ in range(3):
        await asyncio.sleep(0)
    for task, (_, _, cut) in zip(tasks, wishes, strict=True):
        if cut:
            task.cancel()
    async with asyncio.timeout(5):
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(end is None or isinstance(end, asyncio.CancelledError) for end in ends)
    assert sum(end is None for end in ends) == through >= sum(not cut for *_, cut in wishes)
    # Every place is free again.
    async with asyncio.timeout(5), AsyncExitStack() as all_of_them:
        for _ in range(2):
            await all_of_them.enter_async_context(
                keeper.connection("127.0.0.0", budget(), NOTHING_IDLE)
            )


@pytest.mark.parametrize("status", [429, 503])
async def test_a_server_that_names_a_moment_is_asked_again_then(status: int) -> None:
    """A second later, and the answer is the page; meanwhile nobody else of the visit asks either."""
    busy = answer(status, b"", [("Retry-After", "1")])
    web = Web({"/": [busy, answer(body=b"page")], "/other": answer(body=b"other")})
    async with serving(plainly(web.speak)) as server:
        through = door(server.port)
        async with visiting(site(443, server.port), hosts(HOST), through) as visit:
            started = asyncio.get_running_loop().time()
            first = asyncio.create_task(visit.fetch(f"http://{HOST}:{server.port}/"))
            await asyncio.sleep(0.3)
            second = await visit.fetch(f"http://{HOST}:{server.port}/other")
            page = await first
            took_s = asyncio.get_running_loop().time() - started
            assert visit.budget.spent_s() < 0.9
    assert (page.answer.body, second.answer.body) == (b"page", b"other")
    assert took_s >= 1.0
    assert web.asked == {"/": 2, "/other": 1}


@pytest.mark.parametrize(
    ("says", "requests"),
    [
        pytest.param([("Retry-After", "3600")], 1, id="an-hour-is-not-waited-for"),
        pytest.param([("Retry-After", "soon")], 2, id="no-moment-named"),
        pytest.param([], 2, id="nothing-said"),
        pytest.param([("Retry-After", "0")], 3, id="at-once-three-times"),
    ],
)
async def test_a_server_that_stays_busy(says: list[tuple[str, str]], requests: int) -> None:
    """It is left alone in the end, and nothing is concluded."""
    web = Web({f"/{n}": answer(429, b"", says) for n in range(2)})
    async with serving(plainly(web.speak)) as server:
        through = door(server.port)
        async with visiting(site(443, server.port), hosts(HOST), through) as visit:
            for n in range(2):
                with suppress(Failed):
                    await visit.fetch(f"http://{HOST}:{server.port}/{n}")
    assert sum(web.asked.values()) == requests


async def test_a_sample_does_not_wait() -> None:
    """A look at this very moment is a look now or none: it says that it was asked to stay away."""
    web = Web({"/": answer(429, b"", [("Retry-After", "20")])})
    async with serving(plainly(web.speak)) as server:
        through = door(server.port)
        async with visiting(site(443, server.port), hosts(HOST), through) as visit:
            url = f"http://{HOST}:{server.port}/"
            now_or_never = visit.again(budget())
            assert (await now_or_never.fetch(url)).answer.status == 429
            once_more = visit.again(budget())
            with pytest.raises(Failed) as failed:
                await once_more.fetch(url)
    assert failed.value.missing.cause is Cause.RATE_LIMITED
    assert web.asked == {"/": 1}


@pytest.mark.parametrize(
    ("address", "port", "names", "private", "cause"),
    [
        pytest.param("8.8.8.8", 53, True, False, None, id="a-name-server"),
        pytest.param("8.8.8.8", 80, False, False, None, id="an-authority"),
        pytest.param("8.8.8.8", 53, False, False, Cause.NOT_PERMITTED, id="a-certificate-names-53"),
        pytest.param("8.8.8.8", 80, True, False, Cause.NOT_PERMITTED, id="a-zone-names-80"),
        pytest.param("10.0.0.53", 53, True, True, Cause.BLOCKED_ADDRESS, id="not-in-the-networks"),
        pytest.param("127.0.0.1", 53, True, False, Cause.BLOCKED_ADDRESS, id="private"),
        pytest.param("127.0.0.1", 5300, True, True, None, id="private-on-a-permitted-port"),
        pytest.param("127.0.0.1", 5301, True, True, Cause.NOT_PERMITTED, id="private-elsewhere"),
    ],
)
def test_auxiliary_hosts(
    address: str, port: int, names: bool, private: bool, cause: Cause | None
) -> None:
    """Each kind of auxiliary host has its own ports; on private addresses the permission's count too."""
    asked = Pace(permission(5300), allow_private=private)
    open_ports = NAME_PORTS if names else WEB_PORTS
    if cause is None:
        asked.check_auxiliary(address, port, open_ports)
    else:
        with pytest.raises(Failed) as failed:
            asked.check_auxiliary(address, port, open_ports)
        assert failed.value.missing.cause is cause


async def test_questions_to_one_name_server_are_paced() -> None:
    """Four questions weigh as much as a connection; a second's worth may come at once."""
    slow = Pace(permission(new_connections_per_second=5.0), allow_private=True)
    spend = budget()
    begun = monotonic_s()
    for _ in range(24):
        await slow.question("127.0.0.1", spend)
    took_s = monotonic_s() - begun
    assert 0.1 < took_s < 1.0
    assert spend.spent_s() < took_s
