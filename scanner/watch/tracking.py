"""From samples to outages: what is down long enough, what flaps, and what failed together and accuses nobody."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from checks.evidence.base import Cause
from scanner.archive.uptime import Batch, First, HoldRow, OutageRow, SampleRow, State

FAILURES_TO_OPEN = 3
"""Looks in a row that must fail before an outage begins; a sample's retries are looks too."""
SUCCESSES_TO_CLOSE = 2
SETTLE_LEAST_S = 30.0
SETTLE_SAMPLES = 50
"""A failure waits until so many samples of others tell whether it is the site's own."""
_DOWN = frozenset({State.DOWN, State.SILENT})
_LINE = Cause.LOCAL_NETWORK_DOWN.value


@dataclass(frozen=True, slots=True)
class Taken:
    """One sample as it came about."""

    site: int
    at_s: int
    """When it was due: its name."""
    done_s: float
    """When its answer was known."""
    state: State
    bucket: int | None = None
    cause: str | None = None
    looks: int = 1
    """How many looks failed in it."""


@dataclass(frozen=True)
class HoldRule:
    """How much must fail newly at once for nobody to be accused."""

    share_pct: float = 20.0
    least: int = 10


@dataclass(slots=True)
class _Site:
    """A site that is not simply up."""

    fails: int = 0
    first_fail_s: int = 0
    cause: str = ""
    ups: int = 0
    first_up_s: int = 0
    known_s: int = 0
    outage: OutageRow | None = None


class Tracker:
    """Knows the state of every site from one vantage; has no clock and no store."""

    def __init__(
        self,
        interval_s: float,
        sites: int,
        rule: HoldRule,
        *,
        outages: Iterable[OutageRow] = (),
        ups: Mapping[int, int] | None = None,
        firsts: Mapping[int, First] | None = None,
        holds: Iterable[HoldRow] = (),
    ) -> None:
        self._interval_s = interval_s
        self._rule = rule
        self.settle_s = min(
            interval_s, max(SETTLE_LEAST_S, interval_s * SETTLE_SAMPLES / max(1, sites))
        )
        self._firsts = dict(firsts or {})
        self._sites = {
            outage.site: _Site(known_s=outage.last_down_s, outage=outage) for outage in outages
        }
        for up_site, up_s in (ups or {}).items():
            # It answered before the restart, and waits for a second time.
            self._sites[up_site].ups, self._sites[up_site].first_up_s = 1, up_s
            self._sites[up_site].known_s = up_s
        self._hold: HoldRow | None = next(iter(holds), None)
        self._waiting: dict[int, list[Taken]] = {}
        self._recent: deque[tuple[float, bool]] = deque()
        self._troubled = 0
        self._rows: list[SampleRow] = []
        self._changed: dict[tuple[int, int], OutageRow] = {}
        self._held: dict[int, HoldRow] = {}
        self._new_firsts: dict[int, First] = {}

    @property
    def holding(self) -> bool:
        """Whether too much fails at once just now."""
        return self._hold is not None

    def take(self, taken: Taken) -> None:
        """Take one sample."""
        taken = self._with_first(taken)
        waits = taken.site in self._waiting
        down = taken.state in _DOWN
        newly = down and not waits and self._outage(taken.site) is None
        if taken.state is not State.PAUSED:
            self._count(taken, troubled=newly or taken.cause == _LINE)
        if self._hold is not None and (down or taken.cause == _LINE):
            self._set_aside(taken)
        elif newly or waits:
            self._waiting.setdefault(taken.site, []).append(taken)
        else:
            self._apply(taken)

    def due(self, now_s: float, *, last: bool = False) -> Batch:
        """What is settled by now and not written yet; with ``last`` everything."""
        self._judge_together(now_s)
        settled = [
            site
            for site, waiting in self._waiting.items()
            if last or waiting[0].done_s <= now_s - self.settle_s
        ]
        for site in settled:
            for taken in self._waiting.pop(site):
                self._apply(taken)
        batch = Batch(
            self._rows,
            list(self._changed.values()),
            list(self._held.values()),
            self._new_firsts,
        )
        self._rows, self._changed, self._held, self._new_firsts = [], {}, {}, {}
        return batch

    def _outage(self, site: int) -> OutageRow | None:
        known = self._sites.get(site)
        return known.outage if known else None

    def _with_first(self, taken: Taken) -> Taken:
        """Note since when the site is watched and answers; silence of one that never answered is *unknown*."""
        first = self._firsts.get(taken.site)
        if first is not None and first.answered_s is not None:
            return taken
        answered_s = taken.at_s if taken.state in (State.UP, State.SLOW) else None
        if first is None or answered_s is not None:
            since_s = first.since_s if first else taken.at_s
            self._firsts[taken.site] = self._new_firsts[taken.site] = First(since_s, answered_s)
        return replace(taken, state=State.UNKNOWN) if taken.state is State.SILENT else taken

    # What fails together

    def _count(self, taken: Taken, *, troubled: bool) -> None:
        if taken.state is State.UNKNOWN and not troubled:
            return
        self._recent.append((taken.done_s, troubled))
        self._troubled += troubled
        self._judge_together(taken.done_s)

    def _judge_together(self, now_s: float) -> None:
        recent = self._recent
        while recent and recent[0][0] < now_s - self.settle_s:
            self._troubled -= recent.popleft()[1]
        much = max(self._rule.least, self._rule.share_pct / 100 * len(recent))
        if self._hold is None and self._troubled >= much:
            self._begin_hold(now_s)
        elif self._hold is not None and self._troubled < much / 2:
            self._hold = replace(self._hold, ended_s=int(now_s))
            self._held[self._hold.started_s] = self._hold
            self._hold = None

    def _begin_hold(self, now_s: float) -> None:
        waiting, self._waiting = self._waiting, {}
        begun = [taken.at_s for queue in waiting.values() for taken in queue]
        self._hold = HoldRow(min(begun, default=int(now_s)), 0)
        for queue in waiting.values():
            for taken in queue:
                if taken.state in _DOWN:
                    self._set_aside(taken)
                else:
                    self._apply(taken)

    def _set_aside(self, taken: Taken) -> None:
        if self._hold is not None:
            self._hold = replace(self._hold, samples=self._hold.samples + 1)
            self._held[self._hold.started_s] = self._hold
        self._rows.append(SampleRow(taken.site, taken.at_s, State.UNKNOWN, None, _LINE))

    # One site

    def _apply(self, taken: Taken) -> None:
        state = taken.state
        self._rows.append(SampleRow(taken.site, taken.at_s, state, taken.bucket, taken.cause))
        if state in _DOWN:
            self._failed(self._sites.setdefault(taken.site, _Site()), taken)
        elif state is State.UP or state is State.SLOW:
            site = self._sites.get(taken.site)
            if site is not None:
                self._answered(site, taken)

    def _failed(self, site: _Site, taken: Taken) -> None:
        if site.outage is not None:
            site.ups = 0
            site.outage = replace(
                site.outage, last_down_s=taken.at_s, unseen_s=self._unseen_s(site, taken)
            )
        else:
            if taken.at_s - site.known_s > 3 * self._interval_s:
                # What failed before nobody looked for a while is no part of a row.
                site.fails = 0
            if not site.fails:
                site.first_fail_s, site.cause = taken.at_s, taken.cause or ""
            site.fails += taken.looks
            if site.fails >= FAILURES_TO_OPEN:
                site.outage = OutageRow(taken.site, site.first_fail_s, taken.at_s, site.cause)
        site.known_s = taken.at_s
        self._note(site.outage)

    def _answered(self, site: _Site, taken: Taken) -> None:
        if site.outage is None:
            del self._sites[taken.site]
            return
        site.ups += 1
        if site.ups == 1:
            site.first_up_s = taken.at_s
            site.outage = replace(site.outage, unseen_s=self._unseen_s(site, taken))
        if site.ups >= SUCCESSES_TO_CLOSE:
            site.outage = replace(site.outage, ended_s=site.first_up_s)
            del self._sites[taken.site]
        site.known_s = taken.at_s
        self._note(site.outage)

    def _unseen_s(self, site: _Site, taken: Taken) -> int:
        """With the time since the last sample that said anything, where that is more than one interval."""
        assert site.outage is not None  # noqa: S101  Both callers know; for mypy.
        since_s = taken.at_s - site.known_s
        more_s = since_s - self._interval_s if since_s > 1.5 * self._interval_s else 0.0
        return site.outage.unseen_s + round(more_s)

    def _note(self, outage: OutageRow | None) -> None:
        if outage is not None:
            self._changed[outage.site, outage.started_s] = outage
