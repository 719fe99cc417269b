"""Signed certificate timestamps, from wherever they came."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.certificates import SctSource
from scanner.certificates import load_der
from scanner.probes.tls.transparency import KEPT, in_certificate, in_handshake
from tests.scanner.builders import HOST
from tests.scanner.chains import made, timestamp, timestamps

LOG = bytes(range(32))
AT_MS = 1_795_312_800_123


def test_of_a_handshake() -> None:
    """Log and moment, to the millisecond."""
    (one,) = in_handshake([timestamp(LOG, AT_MS)])
    assert (one.log_id, one.source) == (LOG.hex(), SctSource.HANDSHAKE)
    assert one.logged_at == dt.datetime.fromtimestamp(AT_MS // 1000, dt.UTC) + dt.timedelta(
        milliseconds=123
    )


def test_of_a_certificate() -> None:
    """The issuer wrote two of two logs, one of them twice."""
    sent = [timestamp(LOG, AT_MS), timestamp(bytes(32), AT_MS), timestamp(LOG, AT_MS)]
    leaf = made(HOST, extra=[timestamps(*sent)])
    found = in_certificate(load_der(leaf.der))
    assert {(one.log_id, one.source) for one in found} == {
        (LOG.hex(), SctSource.CERTIFICATE),
        (bytes(32).hex(), SctSource.CERTIFICATE),
    }
    assert len(found) == 2
    assert in_certificate(made(HOST).certificate) == ()


def test_both_ways_agree() -> None:
    """The library's reading of a certificate and ours of a handshake are the same."""
    sent = [timestamp(bytes([n]) * 32, AT_MS + n) for n in range(5)]
    written = in_certificate(load_der(made(HOST, extra=[timestamps(*sent)]).der))
    heard = in_handshake(sent)
    assert [(one.log_id, one.logged_at) for one in written] == [
        (one.log_id, one.logged_at) for one in heard
    ]


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x01" + timestamp(LOG, AT_MS)[1:], id="version"),
        pytest.param(timestamp(LOG, AT_MS)[:-1], id="cut"),
        pytest.param(timestamp(LOG, AT_MS) + b"\x00", id="more-after-the-end"),
        pytest.param(timestamp(LOG, 1 << 63), id="beyond-the-calendar"),
        pytest.param(bytes(46), id="extensions-without-end"),
        pytest.param(bytes(41) + b"\xff\xff" + bytes(60), id="extensions-too-long"),
    ],
)
def test_what_no_client_reads(entry: bytes) -> None:
    """It is no promise of a log."""
    assert in_handshake([entry]) == ()


def test_many() -> None:
    """Bounded."""
    assert len(in_handshake(timestamp(LOG, n) for n in range(500))) == KEPT


@given(st.binary(max_size=200))
def test_noise(entry: bytes) -> None:
    """At most one promise, and no exception."""
    assert len(in_handshake([entry])) <= 1
