"""Questions over shared sockets: forged, mangled and late replies, and sockets that do not stay."""

import asyncio
from contextlib import aclosing

import dns.message
import dns.name
import dns.rdatatype
import pytest

from scanner.dns_exchange import QUESTIONS_A_SOCKET, SOCKETS, Exchange, NoReply
from scanner.dns_messages import Question
from tests.scanner.builders import NXDOMAIN, closed_server, says_records
from tests.scanner.servers import NameScript, naming

ASKED = Question(dns.name.from_text("truong.edu.vn."), dns.rdatatype.A)
KNOWN = {("truong.edu.vn", "A"): says_records("A", "203.0.113.9")}


class Sender(asyncio.DatagramProtocol):
    """Sends these datagrams for every question, made from the true reply; remembers who asked."""

    def __init__(self, *forged: str) -> None:
        self.forged = forged
        self.ports: list[int] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.DatagramTransport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.ports.append(addr[1])
        query = dns.message.from_wire(data)
        made = dns.message.make_response(query, recursion_available=True)
        true = made.to_wire()
        other = (int.from_bytes(true[:2], "big") ^ 1).to_bytes(2, "big") + true[2:]
        cut = true[:6] + b"\x00\x05" + true[8:]
        for kind in self.forged:
            self.transport.sendto({"true": true, "other": other, "cut": cut, "": b""}[kind], addr)


async def served(sender: Sender, times: int = 1, wait_s: float = 5.0) -> list[object]:
    """What came of so many questions, one after another."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: sender, local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    found: list[object] = []
    try:
        async with aclosing(Exchange("127.0.0.1", port)) as exchange:
            for _ in range(times):
                try:
                    found.append(await exchange.ask(ASKED, wait_s))
                except NoReply as nothing:
                    found.append(nothing)
    finally:
        transport.close()
    return found


@pytest.mark.parametrize(
    ("forged", "answered"),
    [
        pytest.param(("other", "cut", "", "true"), True, id="the-true-one-last"),
        pytest.param(("true", "true"), True, id="twice"),
        pytest.param(("other",), False, id="another-number"),
        pytest.param(("cut",), False, id="mangled"),
        pytest.param((), False, id="silence"),
    ],
)
async def test_what_is_no_reply_is_waited_past(forged: tuple[str, ...], answered: bool) -> None:
    """A forger who does not know the number gets nothing in."""
    (found,) = await served(Sender(*forged), wait_s=5.0 if answered else 0.3)
    assert isinstance(found, NoReply) is not answered


async def test_a_port_does_not_stay() -> None:
    """Sockets are shared by questions, and left after a while."""
    sender = Sender("true")
    found = await served(sender, 2 * QUESTIONS_A_SOCKET)
    assert [repr(one) for one in found if isinstance(one, NoReply)] == []
    assert SOCKETS < len(set(sender.ports)) <= SOCKETS + 2


async def test_many_at_once() -> None:
    """Replies find their questions, whatever their order."""
    script = NameScript(KNOWN, NXDOMAIN)
    script.delay_s = 0.01
    async with naming(script) as port, aclosing(Exchange("127.0.0.1", port)) as exchange:
        found = await asyncio.gather(*(exchange.ask(ASKED, 5.0) for _ in range(300)))
    assert {len(reply.answers) for reply in found} == {1}


async def test_a_closed_port_is_no_reply() -> None:
    """Refused at once where the system says so, silent elsewhere."""
    with closed_server() as server:
        async with aclosing(Exchange(server.address, server.port)) as exchange:
            with pytest.raises(NoReply):
                await exchange.ask(ASKED, 0.3)


async def test_closing_ends_what_is_under_way() -> None:
    """Nobody waits on a socket that is gone."""
    sender = Sender()
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: sender, local_addr=("127.0.0.1", 0)
    )
    exchange = Exchange("127.0.0.1", transport.get_extra_info("sockname")[1])
    asking = asyncio.create_task(exchange.ask(ASKED, 30.0))
    await asyncio.sleep(0.05)
    await exchange.aclose()
    transport.close()
    async with asyncio.timeout(2.0):
        with pytest.raises(NoReply):
            await asking
