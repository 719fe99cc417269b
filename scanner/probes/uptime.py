"""Light samples of whether a site answers, at a fixed interval, over one kept connection."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from checks.evidence.base import SIDE_OF, Cause, Side
from checks.evidence.uptime import Sample, Uptime
from checks.parsing.block_pages import recognise
from scanner.budget import Allowance, Budget, Failed
from scanner.clock import monotonic_s, now
from scanner.door import SeenNotTls, SeenRefused
from scanner.follow import endpoint_urls
from scanner.visit import Fetched, Visit

SAMPLE_S = 5.0
LONGEST_INLINE_S = 120.0
"""A window longer than this is for the watcher, not for a scan."""


@dataclass(frozen=True, slots=True)
class Window:
    """How many samples, and how far apart, a criterion's edition calls for."""

    samples: int
    interval_s: float

    @property
    def fits_a_scan(self) -> bool:
        """Whether a scan can wait for the whole window."""
        return self.samples * self.interval_s <= LONGEST_INLINE_S


async def sample_window(visit: Visit, window: Window) -> Uptime:
    """Take every sample of a short window at its moment, also while an earlier one still waits."""
    started = monotonic_s()
    sampler = visit.again(visit.budget)

    async def at_its_moment(number: int) -> Sample:
        await asyncio.sleep(max(0.0, started + number * window.interval_s - monotonic_s()))
        one = sampler.again(Budget(Allowance(wall_s=SAMPLE_S, response_s=SAMPLE_S)))
        try:
            return await _sample(one)
        finally:
            await one.end_fetches()

    try:
        samples = await asyncio.gather(*(at_its_moment(n) for n in range(window.samples)))
    finally:
        await sampler.close()
    return Uptime(planned=window.samples, interval_s=window.interval_s, samples=tuple(samples))


async def _sample(sampler: Visit) -> Sample:
    """One look: up, down, or (where nothing can be concluded) neither."""
    at = now()
    https_url, http_url = endpoint_urls(sampler, sampler.site.host)
    try:
        try:
            fetched = await sampler.fetch(https_url)
        except (SeenRefused, SeenNotTls):
            fetched = await sampler.fetch(http_url)
    except SeenRefused:
        return Sample(at=at, up=False, cause=Cause.REFUSED)
    except SeenNotTls:
        return Sample(at=at, up=False, cause=Cause.NOT_HTTP)
    except Failed as failed:
        cause = failed.missing.cause
        return Sample(at=at, up=None if _unknown(cause) else False, cause=cause)
    return sample_of(at, fetched)


def sample_of(at: datetime, fetched: Fetched) -> Sample:
    """What one answer says of being up: a page for robots says nothing, an error of the server is down."""
    answer = fetched.answer
    first_byte_ms = round(answer.first_byte_ms, 1)
    blocked = recognise(answer.status, answer.headers, answer.body, len(answer.body))
    if answer.status == 429 or blocked is Cause.CHALLENGE_PAGE:
        return Sample(at=at, up=None, cause=blocked or Cause.RATE_LIMITED)
    if answer.status >= 500:
        return Sample(at=at, up=False, cause=Cause.SERVER_ERROR, first_byte_ms=first_byte_ms)
    return Sample(at=at, up=True, first_byte_ms=first_byte_ms)


def _unknown(cause: Cause) -> bool:
    """Whether a cause says nothing of the site: ours, or a rule that forbids the look."""
    return SIDE_OF[cause] is Side.US or cause in (Cause.BLOCKED_ADDRESS, Cause.RATE_LIMITED)
