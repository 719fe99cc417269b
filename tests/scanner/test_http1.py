"""One GET against servers that answer as no server should."""

import gzip
import sys
import tracemalloc
import zlib

import brotli
import pytest

from checks.evidence.base import Cause
from scanner.budget import Failed
from scanner.http1 import HttpAnswer, get
from tests.scanner.builders import AGENT, HOST, budget, channel
from tests.scanner.servers import Talk, answer, closes, drips, resets, says, serving, silent

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

OK = b"HTTP/1.1 200 OK\r\n"


async def got(talk: Talk | bytes, **limits: float) -> HttpAnswer:
    """What one request to this server brings."""
    quick = {"response_s": 0.4} | limits
    async with serving(says(talk) if isinstance(talk, bytes) else talk) as server:
        opened = await channel(server.port, budget(**quick))
        async with opened:
            return await get(opened, HOST, "/", AGENT)


async def cause(talk: Talk | bytes) -> Cause:
    """Why it came to nothing."""
    with pytest.raises(Failed) as failed:
        await got(talk)
    return failed.value.missing.cause


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n", head: bytes = b"") -> bytes:
    """A chunked answer."""
    sent = b"".join(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" for chunk in chunks)
    return OK + head + b"Transfer-Encoding: chunked\r\n\r\n" + sent + end


async def test_an_ordinary_answer() -> None:
    """Headers keep order, case and duplicates; the connection may serve again."""
    sent = [("X-Frame-Options", "DENY"), ("x-frame-options", "SAMEORIGIN"), ("Set-Cookie", "a=b")]
    found = await got(says(answer(200, b"hello", sent), then_holds=True))
    assert (found.status, found.body, found.truncated, found.reusable) == (
        200,
        b"hello",
        False,
        True,
    )
    assert found.headers == (*sent, ("Content-Length", "5"))
    assert found.first_byte_ms > 0


@pytest.mark.parametrize(
    ("sent", "status", "body"),
    [
        pytest.param(b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, b"", id="no-reason"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\nold", 200, b"old", id="http-1.0"),
        pytest.param(OK + b"\r\nuntil the end", 200, b"until the end", id="no-length"),
        pytest.param(b"HTTP/1.1 204 No\r\n\r\n", 204, b"", id="no-content"),
        pytest.param(chunked(b"ab", b"cd"), 200, b"abcd", id="chunked"),
        pytest.param(
            b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + answer(200, b"x"),
            200,
            b"x",
            id="early-hints",
        ),
        pytest.param(OK + b"X: \xff\xfe\r\nContent-Length: 1\r\n\r\nx", 200, b"x", id="latin-1"),
    ],
)
async def test_odd_but_readable(sent: bytes, status: int, body: bytes) -> None:
    """Answers that browsers take."""
    found = await got(sent)
    assert (found.status, found.body, found.truncated) == (status, body, False)


@pytest.mark.parametrize(
    ("talk", "expected"),
    [
        pytest.param(silent, Cause.NO_ANSWER, id="silent"),
        pytest.param(resets, Cause.RESET, id="reset"),
        pytest.param(says(b""), Cause.CLOSED_EARLY, id="closed"),
        pytest.param(OK + b"X-Half: he", Cause.CLOSED_EARLY, id="closed-inside-the-head"),
        pytest.param(drips(b"a", first=OK + b"X: "), Cause.NO_ANSWER, id="head-dripped"),
        pytest.param(OK + b"X: " + b"a" * 200_000, Cause.HEAD_TOO_LARGE, id="endless-line"),
        pytest.param(
            OK + b"A: b\r\n" * 100_000 + b"\r\n", Cause.HEAD_TOO_LARGE, id="100,000-fields"
        ),
        pytest.param(
            OK + b"A: b\r\n" * 201 + b"Content-Length: 0\r\n\r\n",
            Cause.HEAD_TOO_LARGE,
            id="202-fields",
        ),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\n" * 5_000, Cause.BUDGET_EVENTS, id="interim-storm"
        ),
        pytest.param(b"<html>hello</html>", Cause.NOT_HTTP, id="http-0.9"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", Cause.NOT_HTTP, id="ssh"),
        pytest.param(bytes(range(256)) * 50, Cause.NOT_HTTP, id="garbage"),
        pytest.param(b"HTTP/9.9 999999 x\r\n\r\n", Cause.HTTP_MALFORMED, id="http-9.9"),
        pytest.param(OK + b"X: a\x00b\r\n\r\n", Cause.HTTP_MALFORMED, id="nul"),
        pytest.param(OK + b"no colon here\r\n\r\n", Cause.HTTP_MALFORMED, id="no-colon"),
        pytest.param(
            OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
            Cause.HTTP_MALFORMED,
            id="two-lengths",
        ),
        pytest.param(OK + b"Content-Length: -1\r\n\r\n", Cause.HTTP_MALFORMED, id="negative"),
        pytest.param(OK + b"Content-Length: 1e3\r\n\r\n", Cause.HTTP_MALFORMED, id="no-number"),
        pytest.param(
            b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n", Cause.HTTP_MALFORMED, id="switching"
        ),
    ],
)
async def test_no_whole_head(talk: Talk | bytes, expected: Cause) -> None:
    """Each has its cause; none is a verdict."""
    assert await cause(talk) is expected


async def test_at_the_limit_of_fields() -> None:
    """Two hundred are read."""
    found = await got(OK + b"A: b\r\n" * 199 + b"Content-Length: 0\r\n\r\n")
    assert len(found.headers) == 200


async def test_eight_interim_answers() -> None:
    """The eighth is borne, the ninth is not."""
    one = b"HTTP/1.1 100 Continue\r\n\r\n"
    assert (await got(one * 8 + answer(200, b"x"))).status == 200
    assert await cause(one * 9 + answer(200, b"x")) is Cause.BUDGET_EVENTS


@pytest.mark.parametrize(
    ("talk", "body"),
    [
        pytest.param(OK + b"Content-Length: 100\r\n\r\nshort", b"short", id="too-short"),
        pytest.param(chunked(b"ab", end=b""), b"ab", id="no-last-chunk"),
        pytest.param(chunked(b"ab", end=b"zz\r\n"), b"ab", id="bad-chunk"),
        pytest.param(chunked(b"ab", end=b"f" * 40 + b"\r\n"), b"ab", id="chunk-overflow"),
        pytest.param(chunked(b"ab", end=b"1;" + b"x" * 100_000), b"ab", id="endless-extension"),
        pytest.param(drips(b"x", first=OK + b"Content-Length: 999\r\n\r\n"), None, id="dripped"),
        pytest.param(OK + b"Content-Length: 1099511627776\r\n\r\nx", b"x", id="a-terabyte"),
    ],
)
async def test_a_body_that_stops_short_is_cut_and_marked(
    talk: Talk | bytes, body: bytes | None
) -> None:
    """The head is judged all the same."""
    found = await got(talk)
    assert (found.status, found.truncated, found.reusable) == (200, True, False)
    assert body is None or found.body == body


async def test_a_body_that_is_too_long() -> None:
    """Exactly the limit is whole; one byte more is cut."""
    whole = await got(answer(200, b"x" * 1_000), body_bytes=1_000)
    assert (len(whole.body), whole.truncated) == (1_000, False)
    cut = await got(answer(200, b"x" * 1_001), body_bytes=1_000)
    assert (len(cut.body) <= 1_000, cut.truncated) == (True, True)


async def test_many_chunks() -> None:
    """One byte at a time, ten thousand times."""
    found = await got(chunked(*[b"x"] * 2_000), chunks=1_000)
    assert found.truncated
    assert len(found.body) <= 1_001


async def test_more_than_its_length() -> None:
    """Bytes past the end are nobody's answer, and the connection is not used again."""
    found = await got(answer(200, b"hello") + b"HTTP/1.1 200 OK\r\n\r\nsmuggled")
    assert (found.body, found.truncated, found.reusable) == (b"hello", False, False)


async def test_connection_close_is_heeded() -> None:
    """No further request on a connection that will be closed."""
    assert not (await got(answer(200, b"x", [("Connection", "close")]))).reusable


def packed(data: bytes, coding: str = "gzip") -> bytes:
    """An answer labelled so."""
    return answer(200, data, [("Content-Encoding", coding)])


PACKERS = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstd.compress}
every_coding = pytest.mark.parametrize("coding", PACKERS)


@every_coding
async def test_what_is_opened(coding: str) -> None:
    """One layer; br and zstd too, which we do not ask for."""
    found = await got(packed(PACKERS[coding](b"xin ch\xc3\xa0o" * 50), coding))
    assert (found.body, found.truncated, found.undecodable) == (b"xin ch\xc3\xa0o" * 50, False, "")


@every_coding
async def test_a_bomb_is_bounded(coding: str) -> None:
    """Fifty megabytes in a few kilobytes stop at the limit, in little memory."""
    bomb = packed(PACKERS[coding](bytes(50_000_000)), coding)
    tracemalloc.start()
    try:
        found = await got(bomb, body_bytes=10_000)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(found.body), found.truncated) == (10_000, True)
    assert most < 2_000_000 + len(bomb)


async def test_a_gzip_bomb_in_a_bomb() -> None:
    """One layer is opened, no more."""
    bomb = gzip.compress(bytes(50_000_000), 9)
    nested = await got(packed(gzip.compress(bomb)))
    assert zlib.decompress(nested.body, wbits=31)[:1] == b"\0"


@every_coding
async def test_what_is_cut_short_is_marked(coding: str) -> None:
    """Whole by its length, cut by its content."""
    found = await got(packed(PACKERS[coding](b"x" * 5_000 + bytes(range(256)))[:-20], coding))
    assert found.truncated


async def test_a_window_that_no_browser_grants() -> None:
    """RFC 9659: zstd over HTTP may ask for 8 MB of memory, and no more."""
    level: dict[int, int] = {
        zstd.CompressionParameter.window_log: 26,
        zstd.CompressionParameter.content_size_flag: 0,
    }
    greedy = zstd.ZstdCompressor(options=level)
    data = greedy.compress(b"x" * 1_000) + greedy.flush()
    assert "does not inflate" in (await got(packed(data, "zstd"))).undecodable


@pytest.mark.parametrize(
    ("coding", "says_why"),
    [
        pytest.param("gzip", "does not inflate", id="gzip-on-plain-text"),
        pytest.param("br", "does not inflate", id="brotli-on-plain-text"),
        pytest.param("zstd", "does not inflate", id="zstd-on-plain-text"),
        pytest.param("dcb", "dcb", id="a-dictionary-of-its-own"),
        pytest.param("gzip, gzip", "gzip, gzip", id="two-layers"),
    ],
)
async def test_what_is_not_opened(coding: str, says_why: str) -> None:
    """The head stands, the body is said to be closed."""
    plain = b"<!DOCTYPE html><title>Trang</title><p>plain text</p>" * 20
    found = await got(answer(200, plain, [("Content-Encoding", coding)]))
    assert found.body == b""
    assert says_why in found.undecodable


async def test_identity_and_empty() -> None:
    """Labels that mean nothing; and gzip of no bytes at all."""
    assert (await got(answer(200, b"x", [("Content-Encoding", "identity")]))).body == b"x"
    assert not (await got(packed(b""))).truncated


async def test_bytes_of_the_whole_site_are_counted() -> None:
    """A flood of head ends at the site's budget."""
    with pytest.raises(Failed) as failed:
        await got(says(b"A: b\r\n" * 50_000), received_bytes=1_000)
    assert failed.value.missing.cause is Cause.BUDGET_BYTES


async def test_closed_before_the_request() -> None:
    """Whichever way the close is met."""
    assert await cause(closes) in (Cause.CLOSED_EARLY, Cause.RESET)
