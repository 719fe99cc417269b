"""Light samples of whether a site answers, at a fixed interval, over one kept connection."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from checks.evidence.base import SIDE_OF, Cause, Side
from checks.evidence.uptime import Sample, Uptime
from scanner.budget import Allowance, Budget, Failed
from scanner.clock import monotonic_s, now
from scanner.door import SeenNotTls, SeenRefused
from scanner.follow import endpoint_urls
from scanner.http1 import PLAIN, Asking
from scanner.together import together
from scanner.visit import Fetched, Visit

SAMPLE_S = 10.0
BEAT_S = 0.25
BODY_BYTES = 16_384
"""Enough to tell a page from a challenge; a sample is light."""
_ONCE_MORE = frozenset({Cause.RESET, Cause.CLOSED_EARLY, Cause.CONNECT_TIMEOUT, Cause.DNS_TIMEOUT})
SILENT = _ONCE_MORE | {Cause.NO_ANSWER, Cause.TLS_TIMEOUT, Cause.DEADLINE, Cause.BODY_TRUNCATED}
"""Nothing was heard, or not enough."""
STALLED_S = 1.0
"""A process that stood still for longer does not blame a site for being slow."""
LONGEST_INLINE_S = 120.0
"""A window longer than this is for the watcher, not for a scan."""

LIGHT = Asking(body_bytes=BODY_BYTES)
"""For looks that lie too far apart to keep a connection for: the rest of a long page is not sent for."""


@dataclass(frozen=True, slots=True)
class Window:
    """How many samples, and how far apart, a criterion's edition calls for."""

    samples: int
    interval_s: float

    @property
    def fits_a_scan(self) -> bool:
        """Whether a scan can wait for the whole window."""
        return self.samples * self.interval_s <= LONGEST_INLINE_S


GLANCE = Window(3, 1.0)
"""What a scan takes where the window that is asked for is the watcher's: enough for a median of the first byte."""


async def sample_window(visit: Visit, window: Window) -> Uptime:
    """Take every sample of a short window at its moment, also while an earlier one still waits."""
    started = monotonic_s()
    sampler = visit.again(visit.budget)

    async def at_its_moment(number: int) -> Sample:
        await asyncio.sleep(max(0.0, started + number * window.interval_s - monotonic_s()))
        return await sample_once(sampler)

    try:
        samples = await together(at_its_moment(n) for n in range(window.samples))
    finally:
        await sampler.close()
    return Uptime(planned=window.samples, interval_s=window.interval_s, samples=tuple(samples))


async def sample_once(visit: Visit) -> Sample:
    """One sample.  Silence is listened to once more before it counts; an error that was sent counts at once."""
    at = now()
    sample = await look_once(visit, at)
    if sample.up is False and sample.cause in _ONCE_MORE:
        sample = await look_once(visit, at)
    return sample


async def look_once(visit: Visit, at: datetime, asking: Asking = PLAIN) -> Sample:
    """One look: up, down, or (where nothing can be concluded) neither."""
    one = visit.again(Budget(Allowance(wall_s=SAMPLE_S, response_s=SAMPLE_S)))
    pulse = _Pulse()
    try:
        sample = await _asked(one, at, asking)
    finally:
        await one.end_fetches()
        stalled_s = pulse.stop()
    if stalled_s <= STALLED_S:
        return sample
    # We stood still ourselves: whatever ran out of time meanwhile, or came late, says nothing of the site.
    if sample.up is False and sample.cause in SILENT:
        return Sample(at=at, up=None, cause=Cause.INTERNAL_ERROR)
    return sample.model_copy(update={"first_byte_ms": None})


async def _asked(visit: Visit, at: datetime, asking: Asking) -> Sample:
    https_url, http_url = endpoint_urls(visit, visit.site.host)
    try:
        try:
            fetched = await visit.fetch(https_url, asking=asking)
        except (SeenRefused, SeenNotTls):
            fetched = await visit.fetch(http_url, asking=asking)
    except SeenRefused:
        return Sample(at=at, up=False, cause=Cause.REFUSED)
    except SeenNotTls:
        return Sample(at=at, up=False, cause=Cause.NOT_TLS)
    except Failed as failed:
        cause = failed.missing.cause
        return Sample(at=at, up=None if _unknown(cause) else False, cause=cause)
    return sample_of(at, fetched)


class _Pulse:
    """How long this process itself stood still while somebody waited for an answer."""

    def __init__(self) -> None:
        self._longest_s = 0.0
        self._beaten_at = monotonic_s()
        self._task = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            self._note()

    def _note(self) -> None:
        moment = monotonic_s()
        self._longest_s = max(self._longest_s, moment - self._beaten_at - BEAT_S)
        self._beaten_at = moment

    def stop(self) -> float:
        """The longest standstill, in seconds."""
        self._task.cancel()
        self._note()
        return self._longest_s


def sample_of(at: datetime, fetched: Fetched) -> Sample:
    """What one answer says of being up: a page for robots says nothing, an error of the server is down."""
    answer = fetched.answer
    first_byte_ms = round(answer.first_byte_ms, 1)
    blocked = fetched.blocked.cause if fetched.blocked else None
    if answer.status == 429 or blocked is Cause.CHALLENGE_PAGE:
        return Sample(at=at, up=None, cause=blocked or Cause.RATE_LIMITED)
    if answer.status >= 500:
        return Sample(at=at, up=False, cause=Cause.SERVER_ERROR, first_byte_ms=first_byte_ms)
    return Sample(at=at, up=True, first_byte_ms=first_byte_ms)


def _unknown(cause: Cause) -> bool:
    """Whether a cause says nothing of being up: ours, a rule that forbids the look, or a site that speaks
    and does not let us in."""
    return SIDE_OF[cause] is Side.US or cause in (
        Cause.BLOCKED_ADDRESS,
        Cause.RATE_LIMITED,
        Cause.CLIENT_CERT_REQUIRED,
        Cause.TLS_ALERT,
        Cause.TLS_PROTOCOL,
    )
