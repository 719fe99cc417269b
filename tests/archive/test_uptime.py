"""Samples, roll-ups and outages: exact whatever order they come in, however often, and whatever is killed."""

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from checks.availability import Counts, latencies
from scanner.archive.store import Store, StoreBusy
from scanner.archive.tables import watch_days, watch_hours, watch_samples
from scanner.archive.uptime import (
    Batch,
    First,
    HoldRow,
    Keeping,
    OutageRow,
    SampleRow,
    State,
    UptimeLog,
    city_day,
    first_hour,
    packed_buckets,
    unpacked_buckets,
    watch_lock,
)
from scanner.archive.uptime_book import UptimeBook
from tests.archive.conftest import Opened
from tests.cli.command import HOME, database, environment

START_S = first_hour(city_day(495_000)) * 3600
"""Midnight in Đà Nẵng."""
DAY_S = 86_400
A, B = "https://a.edu.vn/", "https://b.edu.vn/"


class Kept:
    """A store with two sites and one vantage, sampled every ten minutes."""

    def __init__(self, store: Store, vantage: str = "da-nang", interval_s: float = 600.0) -> None:
        self.store = store
        self.log = UptimeLog(store)
        self.book = UptimeBook(store)
        self.vantage = self.log.vantage(vantage, interval_s, START_S)
        ids = self.log.sites({A: ["u1"], B: ["u2", "u3"]})
        self.a, self.b = ids[A], ids[B]

    def keep(self, *rows: SampleRow) -> None:
        self.log.keep(self.vantage, Batch(samples=rows))

    def rows(self, table: object) -> int:
        with self.store.engine.connect() as db:
            return db.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]

    def counts(self, start_s: int, end_s: int, site: int | None = None) -> Counts:
        seen = self.book.span(start_s, end_s)
        return seen[site or self.a][0].counts


@pytest.fixture
def kept(store: Store) -> Kept:
    return Kept(store)


def run_of(site: int, letters: str, start_s: int = START_S, every_s: int = 600) -> list[SampleRow]:
    """Samples as letters: up, slow, down, silent, unknown, paused."""
    states = dict(zip("uwds-p", State, strict=True))
    return [
        SampleRow(
            site, start_s + n * every_s, states[letter], 70 if letter in "uw" else None,
            "refused" if letter == "d" else None,
        )
        for n, letter in enumerate(letters)
        if letter != " "
    ]  # fmt: skip


def counted(letters: Iterable[str]) -> Counts:
    many = Counter(letters)
    return Counts(
        up=many["u"] + many["w"],
        slow=many["w"],
        down=many["d"] + many["s"],
        silent=many["s"],
        unknown=many["-"],
        paused=many["p"],
    )


LETTERS = st.text("uuuuwds-p ", min_size=1, max_size=320)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LETTERS, LETTERS, st.lists(st.integers(0, 320), max_size=6), st.booleans())
def test_counts_are_those_of_the_samples(
    tmp_path_factory: pytest.TempPathFactory, a: str, b: str, cuts: list[int], prunes: bool
) -> None:
    """Rolled up at whatever moments, written twice, pruned or not: every span of days adds up exactly."""
    store = Store.open(database(tmp_path_factory.mktemp("up") / "s.sqlite"))
    try:
        kept = Kept(store)
        rows = sorted(
            [*run_of(kept.a, a), *run_of(kept.b, b)], key=lambda sample: (sample.at_s, sample.site)
        )
        at = 0
        for cut in (*sorted(cut for cut in cuts if cut < len(rows)), len(rows)):
            kept.keep(*rows[at:cut])
            # A watcher that was killed after writing, and writes its last samples again.
            kept.keep(*rows[max(0, at - 3) : cut])
            now_s = rows[cut - 1].at_s if rows[:cut] else START_S
            kept.log.roll_up(kept.vantage, now_s)
            kept.log.roll_up(kept.vantage, now_s)
            if prunes:
                kept.log.prune(kept.vantage, now_s, Keeping(samples_h=2, hours_days=0))
            at = cut
        end_s = START_S + 3 * DAY_S
        seen = kept.book.span(START_S, end_s)
        for site, letters in ((kept.a, a), (kept.b, b)):
            wanted = counted(letter for letter in letters if letter != " ")
            found = seen[site][0].counts if site in seen else Counts()
            assert found == wanted
            if site in seen:
                assert seen[site][0].latencies.total == wanted.up
        by_day = [kept.book.span(START_S + n * DAY_S, START_S + (n + 1) * DAY_S) for n in range(3)]
        for site, letters in ((kept.a, a), (kept.b, b)):
            for n, day in enumerate(by_day):
                wanted = counted(letters[n * 144 : (n + 1) * 144].replace(" ", ""))
                assert (day[site][0].counts if site in day else Counts()) == wanted
    finally:
        store.close()


def test_a_late_sample_is_counted(kept: Kept) -> None:
    """Its hour and its day are rolled up again; nothing else changes."""
    late, *rest = run_of(kept.a, "u" * 144 + "d" * 20)
    kept.keep(*rest)
    kept.log.roll_up(kept.vantage, START_S + 2 * DAY_S)
    assert kept.counts(START_S, START_S + DAY_S).up == 143
    kept.keep(late)
    kept.log.roll_up(kept.vantage, START_S + 2 * DAY_S)
    assert kept.counts(START_S, START_S + DAY_S) == Counts(up=144)
    assert kept.counts(START_S, START_S + 2 * DAY_S) == Counts(up=144, down=20)


def test_a_sample_of_a_time_thrown_away_changes_nothing(kept: Kept) -> None:
    """Its hour could not be rolled up whole any more."""
    late, *rest = run_of(kept.a, "u" * 300)
    kept.keep(*rest)
    kept.log.roll_up(kept.vantage, START_S + 2 * DAY_S)
    kept.log.prune(kept.vantage, START_S + 2 * DAY_S, Keeping(samples_h=24))
    kept.keep(late)
    kept.log.roll_up(kept.vantage, START_S + 2 * DAY_S)
    assert kept.counts(START_S, START_S + DAY_S).up == 143


def test_what_is_kept_how_long(kept: Kept) -> None:
    """Samples for two days, hours for sixty, days for ever; and no less than what is not rolled up yet."""
    days = 70
    for day in range(days):
        kept.keep(*run_of(kept.a, "u" * 24, START_S + day * DAY_S, 3600))
    kept.log.prune(kept.vantage, START_S + days * DAY_S, Keeping())
    assert kept.rows(watch_samples) == days * 24
    kept.log.roll_up(kept.vantage, START_S + days * DAY_S)
    kept.log.prune(kept.vantage, START_S + days * DAY_S, Keeping())
    kept.log.prune(kept.vantage, START_S + days * DAY_S, Keeping())
    assert kept.rows(watch_samples) == 48
    assert kept.rows(watch_hours) == 60 * 24
    assert kept.rows(watch_days) == days
    assert kept.counts(START_S, START_S + days * DAY_S).up == days * 24


def test_a_span_of_hours_that_are_gone_counts_its_whole_day(kept: Kept) -> None:
    """Said in the docs: of old times only days are known."""
    kept.keep(*run_of(kept.a, "u" * 48 * 10, START_S, 1800))
    kept.log.roll_up(kept.vantage, START_S + 10 * DAY_S)
    kept.log.prune(kept.vantage, START_S + 10 * DAY_S, Keeping(samples_h=1, hours_days=2))
    noon_s = START_S + DAY_S // 2
    assert kept.counts(noon_s, noon_s + DAY_S).up == 48
    young_s = START_S + 8 * DAY_S + DAY_S // 2
    assert kept.counts(young_s, young_s + DAY_S).up == 48


def test_vantages_stay_apart(store: Store) -> None:
    """Two watchers on one database: each has its own samples, marks and outages."""
    near, far = Kept(store, "da-nang"), Kept(store, "ha-noi", 300.0)
    near.keep(*run_of(near.a, "u" * 144))
    far.keep(*run_of(far.a, "d" * 144))
    near.log.roll_up(near.vantage, START_S + DAY_S)
    seen = near.book.span(START_S, START_S + DAY_S)[near.a]
    assert [(one.vantage, one.counts.up, one.counts.down) for one in seen] == [
        ("da-nang", 144, 0),
        ("ha-noi", 0, 144),
    ]
    assert [one.planned for one in seen] == [144, 288]


def test_planned_follows_the_interval(kept: Kept) -> None:
    """Half a day every ten minutes, half a day every five."""
    kept.log.vantage("da-nang", 300.0, START_S + DAY_S // 2)
    kept.log.vantage("da-nang", 300.0, START_S + DAY_S // 2 + 60)
    kept.keep(*run_of(kept.a, "u" * 10))
    (one,) = kept.book.span(START_S, START_S + DAY_S)[kept.a]
    assert (one.planned, one.interval_s) == (72 + 144, 600.0)


def test_a_site_counts_from_when_it_was_watched(kept: Kept) -> None:
    """A school that joined at noon owes nobody the morning."""
    noon_s = START_S + DAY_S // 2
    batch = Batch(run_of(kept.a, "u" * 72, noon_s), firsts={kept.a: First(noon_s, noon_s)})
    kept.log.keep(kept.vantage, batch)
    (one,) = kept.book.span(START_S, START_S + DAY_S)[kept.a]
    assert (one.planned, one.counts.taken) == (72, 72)
    assert one.starts_at == datetime.fromtimestamp(noon_s, UTC)
    assert kept.log.firsts(kept.vantage) == {kept.a: First(noon_s, noon_s)}


def test_windows_for_judging(kept: Kept) -> None:
    """The last whole hours, from rows of hours and from samples not rolled up yet; a stopped watcher owes the rest."""
    kept.keep(*run_of(kept.a, "u" * 144))
    kept.log.roll_up(kept.vantage, START_S + DAY_S // 2)
    at = datetime.fromtimestamp(START_S + DAY_S + 1200, UTC)
    (one,) = kept.book.windows(DAY_S, at)[A]
    assert (one.planned, one.counts.up) == (144, 144)
    assert B not in kept.book.windows(DAY_S, at)
    later = datetime.fromtimestamp(START_S + DAY_S + 6 * 3600, UTC)
    (one,) = kept.book.windows(DAY_S, later)[A]
    assert (one.planned, one.counts.up) == (144, 108)


def test_days_for_the_strip(kept: Kept) -> None:
    """One entry a day and vantage, the present day with what is known of it."""
    kept.keep(*run_of(kept.a, "u" * 144 + "d" * 36))
    kept.log.roll_up(kept.vantage, START_S + DAY_S + 3600)
    now = datetime.fromtimestamp(START_S + DAY_S + 6 * 3600, UTC)
    strip = kept.book.days(now, 5)
    first = date(1970, 1, 1).toordinal() + city_day(START_S // 3600)
    assert [(day.day.toordinal() - first, day.counts) for day in strip[A]] == [
        (0, Counts(up=144)),
        (1, Counts(down=36)),
    ]
    assert strip[A][0].p50_ms == strip[A][0].p95_ms == pytest.approx(240, rel=0.05)
    assert strip[A][1].p50_ms is None
    assert kept.book.days(now, 1)[A] == strip[A][1:]


def test_outages_are_written_over(kept: Kept) -> None:
    """The same site and start is the same outage; what was told of it stays told."""
    began = OutageRow(kept.a, START_S, START_S, "refused")
    kept.log.keep(kept.vantage, Batch(outages=[began], holds=[HoldRow(START_S, 3)]))
    assert kept.log.outages(kept.vantage) == [began]
    assert kept.log.outages(kept.vantage, untold=True) == [began]
    assert kept.log.holds(kept.vantage, untold=True) == [HoldRow(START_S, 3)]
    kept.log.told(kept.vantage, [replace(began, told=1)], kept.log.holds(kept.vantage))
    assert kept.log.outages(kept.vantage, untold=True) == []
    ended = replace(began, ended_s=START_S + 1800, last_down_s=START_S + 1200, unseen_s=600)
    ended_hold = HoldRow(START_S, 9, START_S + 60)
    kept.log.keep(kept.vantage, Batch(outages=[ended], holds=[ended_hold]))
    assert kept.log.outages(kept.vantage) == []
    assert kept.log.outages(kept.vantage, untold=True) == [replace(ended, told=1)]
    assert kept.log.holds(kept.vantage) == []
    (outage,) = kept.book.outages(START_S, START_S + 3600)
    assert (outage.site, outage.vantage, outage.lasted_s) == (A, "da-nang", 1200)
    assert kept.book.outages(START_S + 1800, START_S + 3600) == []
    (hold,) = kept.book.holds(START_S, START_S + 3600)
    assert hold.samples == 9
    kept.keep(*run_of(kept.a, "d"))
    (one,) = kept.book.span(START_S, START_S + 3600)[kept.a]
    assert one.longest_outage_s == 1200


def test_what_answered_before_a_restart(kept: Kept) -> None:
    """An outage that waits for its second success goes on waiting for one, not for two."""
    outage = OutageRow(kept.a, START_S, START_S + 600, "refused")
    kept.keep(*run_of(kept.a, "dduu"))
    assert kept.log.up_since(kept.vantage, [outage]) == {kept.a: START_S + 1200}
    assert kept.log.up_since(kept.vantage, [replace(outage, last_down_s=START_S + 1800)]) == {}


@given(st.dictionaries(st.integers(0, 127), st.integers(1, 10**6)))
def test_packing(buckets: dict[int, int]) -> None:
    """What is packed is what is unpacked, in few bytes."""
    packed = packed_buckets(sorted(buckets.items()))
    assert dict(unpacked_buckets(packed)) == buckets
    assert len(packed) <= 4 * len(buckets)


def test_latencies_survive_the_roll_up(kept: Kept) -> None:
    """The same buckets as those of the values themselves."""
    values = [50.0, 120.0, 120.0, 3000.0, 3001.0]
    (buckets,) = (latencies(values).buckets,)
    flat = [bucket for bucket, count in buckets for _ in range(count)]
    kept.keep(*(SampleRow(kept.a, START_S + n, State.UP, bucket) for n, bucket in enumerate(flat)))
    for _ in range(2):
        assert kept.book.span(START_S, START_S + DAY_S)[kept.a][0].latencies.buckets == buckets
        kept.log.roll_up(kept.vantage, START_S + 2 * DAY_S)


def test_one_watcher_a_vantage(db: Path) -> None:
    """A second one with the same name is refused; another name is welcome, and so is the first after it ended."""
    url = database(db)
    with watch_lock(url, "da-nang"):
        with pytest.raises(StoreBusy, match="'da-nang'"), watch_lock(url, "da-nang"):
            pass
        with watch_lock(url, "ha-noi"):
            pass
    with watch_lock(url, "da-nang"):
        pass


_WRITER = """
import sys
from scanner.archive.store import Store
from scanner.archive.uptime import *
store = Store.open(sys.argv[1])
log = UptimeLog(store)
vantage = log.vantage("da-nang", 600.0, int(sys.argv[2]))
site = log.sites({"https://a.edu.vn/": ["u1"]})["https://a.edu.vn/"]
print("ready", flush=True)
for n in range(100_000):
    at_s = int(sys.argv[2]) + n * 600
    state = State.DOWN if n % 10 == 0 else State.UP
    log.keep(vantage, Batch([SampleRow(site, at_s, state)]))
    print(n, flush=True)
    log.roll_up(vantage, at_s)
    log.prune(vantage, at_s, Keeping(samples_h=2, hours_days=1))
"""


def test_killed_at_any_moment(db: Path, opened: Opened) -> None:
    """Again and again, between and in the middle of transactions: what was acknowledged is counted once."""
    acknowledged = -1
    for turn in range(8):
        process = subprocess.Popen(  # noqa: S603  Our own interpreter.
            [sys.executable, "-c", _WRITER, database(db), str(START_S)],
            cwd=HOME, env=environment(), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.15 + 0.037 * turn)
        process.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        told, _ = process.communicate()
        # The next one begins from the first sample again, as after a clock that was set back.
        numbers = [int(line) for line in told.splitlines() if line]
        acknowledged = max([acknowledged, *numbers])
    kept = Kept(opened())
    kept.log.roll_up(kept.vantage, START_S + 400 * DAY_S)
    seen = kept.book.span(START_S, START_S + 400 * DAY_S)[kept.a][0].counts
    assert acknowledged >= 0
    assert seen.seen in (acknowledged + 1, acknowledged + 2)
    assert seen.down == -(-seen.seen // 10)
