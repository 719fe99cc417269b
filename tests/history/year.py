"""A year of daily runs over imagined schools, by a clock of its own: planted changes, and a scanner that has bad days.

Evidence is built, everything after it is real: the store, the rules, judging anew, standings, events.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from checks.assessment import Assessment
from checks.catalogue import CATALOGUE
from checks.changes import compare
from checks.criteria.loader import parse
from checks.events import Event, EventKind
from checks.evidence.base import Cause, NotCaptured, Payload
from checks.evidence.certificates import PathState
from checks.evidence.http import Http
from checks.evidence.names import Names
from checks.evidence.tls import Tls
from inventory.model import Inventory, Site, Source, Unit, UnitKind, UnitState
from inventory.settings import Confirming
from scanner.archive.history import History
from scanner.archive.store import RunRow, Store
from scanner.cli.judging import EditionFile, assess_run, findings_by_site
from scanner.history import settle, sites_to_look_again
from tests.builders import network, web

START = datetime(2026, 1, 1, 19, 0, tzinfo=UTC)
CONFIRM = Confirming()
YEAR_S, HALF_A_YEAR_S = 31_536_000, 15_552_000
HELD_OUT = EventKind.HELD

EDITION = """
schema_version = 1
label = "nam"
edition = "{edition}"
title_vi = "Một năm"
title_en = "A year"
issued_on = 2026-01-01
[[criterion]]
id = "c1"
text_vi = "Trang trả lời"
text_en = "It answers"
level = "required"
cites = ["bo-khcn-2025"]
all_of = [{{ check = "site-reachable" }}, {{ check = "name-resolves" }}]
[[criterion]]
id = "c2"
text_vi = "HTTPS"
text_en = "HTTPS"
level = "required"
cites = ["bo-khcn-2025"]
all_of = [{{ check = "https-offered" }}, {{ check = "certificate-trusted" }}, {{ check = "certificate-in-date" }}, {{ check = "certificate-matches-host" }}, {{ check = "http-redirects-to-https" }}, {{ check = "old-tls-off" }}]
[[criterion]]
id = "c3"
text_vi = "Tiêu đề"
text_en = "Headers"
level = "recommended"
cites = ["bo-khcn-2025"]
all_of = [{{ check = "hsts-enforced", limits = {{ min_max_age_s = {age} }} }}, {{ check = "nosniff-set" }}{more}]
"""


def edition(name: str, age: int, more: str = "") -> EditionFile:
    """A small edition with this bar on HSTS."""
    text = EDITION.format(edition=name, age=age, more=more)
    return EditionFile(name, text, parse(text.encode(), f"{name}.toml", CATALOGUE))


FIRST = edition("2026-01", HALF_A_YEAR_S)
STRICTER = edition("2026-04", YEAR_S, ', { check = "referrer-private" }')
"""A higher bar, and one more question."""

Payloads = dict[str, Payload | NotCaptured]


class Look(NamedTuple):
    """What a server shows on one look: a variant of the healthy site."""

    down: bool = False
    silent: bool = False
    blocked: bool = False
    no_hsts: bool = False
    short_hsts: bool = False
    no_nosniff: bool = False
    untrusted: bool = False
    expires_on: datetime | None = None


@dataclass
class School:
    """One school: what it shows at a moment, and which changes were planted."""

    unit: Unit
    site: Site
    shows: Callable[[int, int], Look]
    """By day and number of the look in the run."""
    planted: dict[int, str] = field(default_factory=dict)
    """Day → ``regressed`` or ``recovered``: what is to be told once, within two runs that count."""
    opens: int = 0
    """First day in the inventory."""
    closes: int = 10_000


Make = Callable[[random.Random, int], tuple[Callable[[int, int], Look], dict[int, str]]]


def steady(look: Look) -> Make:
    """Always the same."""
    return lambda _random, _days: (lambda _day, _number: look, {})


def worse_from(change: Look, *, mended: bool) -> Make:
    """A fault that begins on some day, and is perhaps mended weeks later."""

    def make(random: random.Random, days: int) -> tuple[Callable[[int, int], Look], dict[int, str]]:
        day = random.randrange(5, days - 30)
        until = day + random.randrange(6, 25) if mended else 10_000
        planted = {day: "regressed"} | ({until: "recovered"} if mended else {})
        return (lambda at, _n: change if day <= at < until else Look()), planted

    return make


def expiring(random: random.Random, days: int) -> tuple[Callable[[int, int], Look], dict[int, str]]:
    """A certificate that nobody renews in time, and somebody then does."""
    day = random.randrange(20, days - 30)
    renewed = day + random.randrange(4, 12)
    ends = START + timedelta(days=day, hours=-3)
    healthy = START + timedelta(days=2000)

    def shows(at: int, _number: int) -> Look:
        return Look(expires_on=ends if at < renewed else healthy)

    return shows, {day: "regressed", renewed: "recovered"}


def flapping(chance: float) -> Make:
    """Any single look may fail."""

    def make(
        random: random.Random, _days: int
    ) -> tuple[Callable[[int, int], Look], dict[int, str]]:
        fails: dict[tuple[int, int], bool] = {}

        def shows(day: int, number: int) -> Look:
            return Look(down=fails.setdefault((day, number), random.random() < chance))

        return shows, {}

    return make


def every_other_day(
    random: random.Random, days: int
) -> tuple[Callable[[int, int], Look], dict[int, str]]:
    """For a month it is down on every other day, all day long: one alert, and one end of it, however often it turns."""
    begin = random.randrange(12, days - 34)

    def shows(at: int, _number: int) -> Look:
        return Look(down=begin <= at < begin + 30 and (at - begin) % 2 == 0)

    return shows, {begin: "unsteady", begin + 29: "recovered"}


def one_bad_day(
    random: random.Random, days: int
) -> tuple[Callable[[int, int], Look], dict[int, str]]:
    """A single day, seen by both looks of its run."""
    day = random.randrange(5, days - 10)
    return (lambda at, _n: Look(down=at == day)), {}


def blocked_week(
    random: random.Random, days: int
) -> tuple[Callable[[int, int], Look], dict[int, str]]:
    """A wall stands before the site for a week."""
    day = random.randrange(5, days - 20)
    return (lambda at, _n: Look(blocked=day <= at < day + 7)), {}


def on(day: int, back: int, change: Look) -> Make:
    """A fault of these days."""
    return lambda _random, _days: (
        (lambda at, _n: change if day <= at < back else Look()),
        {day: "regressed", back: "recovered"},
    )


@dataclass(frozen=True)
class Plan:
    """The days on which something happens to all, as shares of the year."""

    days: int

    @property
    def rules(self) -> int:
        """From this day the stricter edition is in force."""
        return self.days * 30 // 100

    @property
    def offline(self) -> int:
        """Our own line is down."""
        return self.days * 45 // 100

    @property
    def broken_store(self) -> int:
        """Our list of roots is broken: every chain is untrusted."""
        return self.days * 55 // 100

    @property
    def stopped(self) -> int:
        """The run is cut off."""
        return self.days * 20 // 100

    @property
    def builder(self) -> int:
        """A builder's server breaks for all its schools."""
        return self.days * 65 // 100


def city(units: int, days: int, seed: int) -> list[School]:
    """The schools with their planted truth."""
    dice = random.Random(seed)  # noqa: S311  Nothing secret is drawn.
    plan = Plan(days)
    tenth = max(1, units // 30)
    kinds: list[tuple[str, int, Make]] = [
        ("faulty", tenth * 2, steady(Look(no_nosniff=True))),
        ("short-hsts", tenth * 3, steady(Look(short_hsts=True))),
        ("regress", tenth * 3, worse_from(Look(no_nosniff=True), mended=False)),
        ("mended", tenth * 3, worse_from(Look(no_hsts=True), mended=True)),
        ("down", tenth * 2, worse_from(Look(down=True), mended=True)),
        ("expiring", tenth, expiring),
        ("flapping", tenth * 2, flapping(0.05)),
        ("every-other", tenth, every_other_day),
        ("one-day", tenth * 2, one_bad_day),
        ("blocked", tenth, blocked_week),
        ("silent", tenth, steady(Look(silent=True))),
        ("builder", tenth * 3, on(plan.builder, plan.builder + 9, Look(no_nosniff=True))),
        ("closing", tenth, steady(Look())),
        ("opening", tenth, steady(Look(no_nosniff=True))),
        ("merging", tenth, worse_from(Look(no_hsts=True), mended=False)),
    ]
    schools: list[School] = []
    for name, many, make in kinds:
        schools += [_school(f"{name}-{n}", name, make, dice, days) for n in range(many)]
    well = range(units - len(schools))
    schools += [_school(f"well-{n}", "well", steady(Look()), dice, days) for n in well]
    return schools


def _school(id: str, kind: str, make: Make, dice: random.Random, days: int) -> School:
    shows, planted = make(dice, days)
    unit = Unit(id=id, name=f"Trường {id}", kind=UnitKind.THCS, commune="20242", manager="20242")
    host = f"{id}.edu.vn"
    site = Site(
        unit=id,
        url=f"https://{host}/",
        host=host,
        platform="Công ty Web Một" if kind == "builder" else None,
    )
    school = School(unit, site, shows, planted)
    if kind == "closing":
        school.closes = dice.randrange(10, days - 5)
    if kind == "opening":
        school.opens = dice.randrange(10, days - 5)
    if kind == "merging":
        # It closes while its fault is open: what was told is told to be over.
        school.closes = min(planted) + 5
        school.planted = dict(planted)
    return school


def inventory(schools: list[School], day: int) -> Inventory:
    """Who is in the list on a day."""
    here = [s for s in schools if s.opens <= day]
    return Inventory(
        units=tuple(
            s.unit if day < s.closes else s.unit.model_copy(update={"state": UnitState.MERGED})
            for s in here
        ),
        sites=tuple(s.site for s in here),
        source=Source(file="nam.yaml", sha256="", rows_in=len(here), rows_accepted=len(here)),
    )


@cache
def _template(look: Look, *, untrusted: bool) -> dict[str, str]:
    """The evidence of one variant, as JSON for the builders' host."""
    url = f"https://{web.HOST}/"
    changed: dict[str, str | None] = {}
    if look.no_hsts:
        changed["Strict-Transport-Security"] = None
    if look.short_hsts:
        changed["Strict-Transport-Security"] = f"max-age={HALF_A_YEAR_S}"
    if look.no_nosniff:
        changed["X-Content-Type-Options"] = None
    begin, end = START - timedelta(days=30), START + timedelta(days=2000)
    leaf = network.certificate(not_before=begin, not_after=look.expires_on or end)
    issuer = network.intermediate(not_before=begin, not_after=end)
    paths = {"state": PathState.UNKNOWN_ROOT} if untrusted or look.untrusted else {}
    shaken = network.handshake(chain=(leaf, issuer), path=network.path(**paths))
    found: dict[str, Payload] = {
        Names.kind: network.names(),
        Tls.kind: network.tls(
            network.offer(handshake=shaken),
            twins=(network.offer(host=network.TWIN, versions={}, handshake=shaken),),
        ),
        Http.kind: web.http(https=web.exchange(web.hop(url, 502 if look.down else 200, changed))),
    }
    return {kind: payload.model_dump_json() for kind, payload in found.items()}


KINDS: dict[str, type[Payload]] = {kind.kind: kind for kind in (Names, Tls, Http)}


def payloads(school: School, look: Look, *, untrusted: bool) -> Payloads:
    """What a run keeps of one look."""
    if look.silent or look.blocked:
        cause = Cause.CONNECT_TIMEOUT if look.silent else Cause.CHALLENGE_PAGE
        missing = NotCaptured(cause=cause)
        return {Names.kind: network.names(), Tls.kind: missing, Http.kind: missing}
    return {
        kind: KINDS[kind].model_validate_json(
            text.replace(web.HOST, school.site.host).replace(network.HOST, school.site.host)
        )
        for kind, text in _template(look, untrusted=untrusted).items()
    }


@dataclass
class Outcome:
    """What a year brought."""

    counted: list[int]
    """Days whose run counts."""
    events: list[tuple[int, Event]]
    held: list[int]


class Year:
    """The runs, one a day."""

    def __init__(self, file: Path, units: int, days: int, seed: int = 7) -> None:
        self.days, self.plan = days, Plan(days)
        self.schools = city(units, days, seed)
        self.store = Store.open(f"sqlite:///{file.as_posix()}")
        self._judged: dict[tuple[str, str], Assessment] = {}

    def run(self) -> Outcome:
        """All days."""
        result = Outcome([], [], [])
        for day in range(self.days):
            for event in self._day(day, result):
                result.events.append((day, event))
        return result

    def _day(self, day: int, result: Outcome) -> Iterator[Event]:
        rules = STRICTER if day >= self.plan.rules else FIRST
        at = START + timedelta(days=day)
        listed = inventory(self.schools, day)
        active = [s for s in self.schools if s.opens <= day < s.closes]
        run = self.store.begin_run(
            id=f"day-{day:03}",
            started_at=at,
            version="1",
            vantage="",
            inventory=listed.model_dump_json().encode(),
            plan=json.dumps(
                {
                    "families": ["reach", "tls", "http", "dns"],
                    "trust_stores": [],
                    "user_agent": "",
                    "criteria": [],
                }
            ).encode(),
            sites_planned=len(active),
        )
        offline = day == self.plan.offline
        untrusted = day == self.plan.broken_store
        for school in active:
            self._keep(run, school, day, 0, at, offline=offline, untrusted=untrusted)
            if day == self.plan.stopped and school.unit.id > "m":
                break
        if day == self.plan.stopped:
            self._end(run, at, "stopped")
            return
        self._look_again(run, rules, at, day, active, untrusted=untrusted)
        self._end(run, at, "complete", "300 of 300 sites: local-network-down" if offline else "")
        run = self.store.run(run.id)
        assessment = self._assess(run, rules)
        self.store.keep_findings(run, findings_by_site(assessment))
        settled = settle(self.store, run, lambda row: self._assess(row, rules), CONFIRM)
        (result.held if settled.hold else result.counted).append(day)
        yield from settled.events

    def _end(self, run: RunRow, at: datetime, state: str, held: str = "") -> None:
        self.store.end_run(run, state=state, ended_at=at, judged_at=at, held=held)

    def _look_again(
        self,
        run: RunRow,
        rules: EditionFile,
        at: datetime,
        day: int,
        active: list[School],
        *,
        untrusted: bool,
    ) -> None:
        history = History(self.store)
        baseline = history.baseline(run)
        if baseline is None:
            return
        before = self._assess(baseline, rules)
        now = assess_run(self.store, run, (rules,), at)
        stood = history.standings()
        again = sites_to_look_again(compare((), before, now), before, now, stood, CONFIRM)
        for school in active:
            if school.site.url in again:
                self._keep(run, school, day, 1, at, untrusted=untrusted)

    def _keep(
        self,
        run: RunRow,
        school: School,
        day: int,
        number: int,
        at: datetime,
        *,
        offline: bool = False,
        untrusted: bool = False,
    ) -> None:
        found: Payloads
        if offline:
            missing = NotCaptured(cause=Cause.LOCAL_NETWORK_DOWN)
            found = dict.fromkeys(KINDS, missing)
        else:
            found = payloads(school, school.shows(day, number), untrusted=untrusted)
        keep = self.store.keep_look if number == 0 else self.store.replace_look
        keep(run, school.site.url, found, captured_at=at, duration_ms=1.0, volatile={})

    def _assess(self, run: RunRow, rules: EditionFile) -> Assessment:
        key = run.id, rules.name
        if key not in self._judged:
            found = assess_run(self.store, run, (rules,), run.judged_at or run.started_at)
            # One run back is all that is ever asked for.
            self._judged = {
                k: v
                for k, v in self._judged.items()
                if k[0] >= run.id[:-3] + f"{int(run.id[-3:]) - 4:03}"
            }
            self._judged[key] = found
        return self._judged[key]


BETTER = frozenset({EventKind.RECOVERED})
WORSE = frozenset({EventKind.REGRESSED, EventKind.NEW_FAULT})
ODD = frozenset({EventKind.UNSTEADY})


@dataclass
class Table:
    """Planted against told."""

    planted: Counter[str] = field(default_factory=Counter)
    told_once: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    false_worse: list[str] = field(default_factory=list)
    false_better: list[str] = field(default_factory=list)
    unsteady: Counter[str] = field(default_factory=Counter)
    rules_changed: Counter[str] = field(default_factory=Counter)
    over: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        rows = [f"{'planted':<14}{'n':>5}{'told once, within two runs':>28}"]
        rows += [f"{k:<14}{n:>5}{self.told_once[k]:>28}" for k, n in sorted(self.planted.items())]
        rows += [
            f"missed {len(self.missed)}, late {len(self.late)}, told twice {len(self.twice)}",
            f"false regressions {len(self.false_worse)}, false recoveries {len(self.false_better)}",
            f"unsteady {dict(self.unsteady)}",
            f"rules changed {dict(self.rules_changed)}",
            f"over because closed or asked no more {sum(self.over.values())}",
        ]
        return "\n".join(rows)


def table(year: Year, outcome: Outcome) -> Table:
    """Every planted change against what was told of its school."""
    found = Table()
    of_unit: dict[str, list[tuple[int, Event]]] = {}
    for day, event in outcome.events:
        of_unit.setdefault(event.unit, []).append((day, event))
        if event.kind is EventKind.RULES_CHANGED:
            found.rules_changed[event.check] += int(event.note)
    for school in year.schools:
        kind = school.unit.id.rpartition("-")[0]
        told = of_unit.get(school.unit.id, [])
        matched: set[int] = set()
        for day, what in school.planted.items():
            if day >= school.closes:
                continue
            row = f"{kind} {what}"
            found.planted[row] += 1
            kinds = {"regressed": WORSE, "unsteady": WORSE | ODD, "recovered": BETTER}[what]
            # What one fault breaks is one change: a server that is down fails every check that it reaches.
            # Every second day takes three runs to show itself, and three equal ones to be over.
            within = 3 if kind == "every-other" else 2
            runs = [d for d in outcome.counted if d >= day][:within]
            hits = [
                n
                for n, (d, e) in enumerate(told)
                if e.kind in kinds and d in runs and n not in matched
            ]
            later = [
                n for n, (d, e) in enumerate(told) if e.kind in kinds and d > max(runs, default=0)
            ]
            checks = Counter(told[n][1].check for n in hits)
            matched.update(hits)
            if not hits:
                (found.late if later else found.missed).append(f"{school.unit.id} day {day} {what}")
            elif max(checks.values()) > 1:
                found.twice.append(f"{school.unit.id} day {day} {what}")
            else:
                found.told_once[row] += 1
        for n, (day, event) in enumerate(told):
            if n in matched:
                continue
            text = f"{school.unit.id} day {day} {event.kind.value} {event.check} {event.reason}"
            if event.kind in WORSE:
                found.false_worse.append(text)
            elif event.kind is EventKind.UNSTEADY:
                found.unsteady[kind] += 1
            elif event.reason in ("unit-gone", "no-longer-asked"):
                found.over[kind] += 1
            elif event.kind is EventKind.RECOVERED:
                found.false_better.append(text)
    return found
