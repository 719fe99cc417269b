"""The authority's own web server, where the lists of revoked certificates lie."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence

from scanner.practice.site import RevocationList
from scanner.practice.streams import hang_up

AUTHORITY_HOST = "chungthuc-thuchanh.example"
OPEN, CLOSED = "authority", "authority, given up"
"""Names of its two ports."""

_PATHS = {
    "/thu-hoi.crl": RevocationList.CURRENT,
    "/thu-hoi-cu.crl": RevocationList.OLD,
}
_PATIENCE_S = 10.0


def list_urls(ports: Mapping[str, int]) -> dict[RevocationList, Sequence[str]]:
    """What a leaf names for each of its plans."""
    here, gone = (f"http://{AUTHORITY_HOST}:{ports[name]}" for name in (OPEN, CLOSED))
    current, old = (f"{here}{path}" for path in _PATHS)
    return {
        RevocationList.CURRENT: (current,),
        RevocationList.OLD: (f"{gone}/thu-hoi.crl", old),
    }


async def hands_out(
    made: Callable[[RevocationList], bytes],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Answer one request."""
    with contextlib.suppress(OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
        async with asyncio.timeout(_PATIENCE_S):
            head = await reader.readuntil(b"\r\n\r\n")
            words = head.decode("latin-1").split(" ", 2)
            which = _PATHS.get(words[1]) if len(words) == 3 else None
            body = made(which) if which else b""
            status = "200 OK" if which else "404 Not Found"
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Type: application/pkix-crl\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
                + body
            )
            await writer.drain()
            await hang_up(reader, writer)
