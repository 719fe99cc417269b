"""Records in the database: added, ended, never lost; and the lives of excuses, run by run."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest

from checks.excuses import Accepted, Death, Life
from inventory.model import Attestation, Excuse, Unit, UnitKind
from scanner.archive.records import ATTESTATION, EXCUSE, TOLD_AFTER, Records
from scanner.archive.store import RunRow, Store
from tests.archive.conftest import Opened

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SITE = "https://thcslequydon.edu.vn/"
UNITS = tuple(
    Unit(id=code, name=code, kind=UnitKind.THCS, commune="20242", manager="20242")
    for code in ("a", "b")
)


def excuse(reason: str = "chờ", record: str = "") -> Excuse:
    """An excuse of unit a."""
    return Excuse(
        unit="a",
        check="hsts-enforced",
        reason=reason,
        granted_by="Sở",
        until_on=date(2027, 1, 1),
        granted_on=date(2026, 11, 22),
        record=record,
    )


DOCUMENT = Attestation(check="backup-restored", number="7/BB", issued_on=date(2026, 1, 2))


def begun(store: Store, name: str) -> RunRow:
    """A run that is on."""
    return store.begin_run(
        id=name,
        started_at=AT,
        version="1",
        vantage="",
        inventory=b"{}",
        plan=b"{}",
        sites_planned=1,
    )


def stands(name: str, told: str, before: str = "", why: Death | None = None) -> Accepted:
    """How a run left an excuse."""
    life = Life(told, why, AT if why else None)
    return Accepted(name, excuse(), SITE, life, Life(before), covers=True)


def test_what_is_added_is_there_again(opened: Opened) -> None:
    """After the store was closed and opened, with the id that was told."""
    store = opened()
    name = Records(store).add("a", excuse("“chờ” máy"), AT)
    other = Records(store).add("b", DOCUMENT, AT)
    store.close()
    records = Records(opened())
    (one,) = records.kept(EXCUSE)
    assert (one.id, one.unit, one.added_at, one.ended_at) == (name, "a", AT, None)
    assert one.record == excuse("“chờ” máy", name)
    (document,) = records.kept(ATTESTATION)
    assert (document.id, document.unit, document.record) == (other, "b", DOCUMENT)


def test_ended_once(store: Store) -> None:
    """Of its own kind, and not a second time."""
    records = Records(store)
    name = records.add("a", excuse(), AT)
    assert not records.end(name, ATTESTATION, AT)
    assert records.end(name, EXCUSE, AT + DAY)
    assert not records.end(name, EXCUSE, AT + 2 * DAY)
    assert [one.ended_at for one in records.kept(EXCUSE)] == [AT + DAY]


@pytest.mark.parametrize(
    ("at", "excuses", "attestations"),
    [
        pytest.param(AT - timedelta(seconds=1), 0, 0, id="before"),
        pytest.param(AT, 1, 1, id="added"),
        pytest.param(AT + DAY - timedelta(seconds=1), 1, 1, id="last-moment"),
        pytest.param(AT + DAY, 1, 0, id="ended-and-told"),
        pytest.param(AT + DAY + TOLD_AFTER, 0, 0, id="told-long-enough"),
    ],
)
def test_units_with_their_records(
    store: Store, at: datetime, excuses: int, attestations: int
) -> None:
    """As they stood at a moment; of excuses that were ended the book tells."""
    records = Records(store)
    ids = [records.add("a", excuse(), AT), records.add("a", DOCUMENT, AT)]
    for name, kind in zip(ids, (EXCUSE, ATTESTATION), strict=True):
        records.end(name, kind, AT + DAY)
    a, b = records.with_records(UNITS, at)
    assert (len(a.excuses), len(a.attestations)) == (excuses, attestations)
    assert b is UNITS[1]
    ended = records.book(None, at).ended
    assert (ids[0] in ended) == (at >= AT + DAY)


def test_lives_of_the_runs_before(store: Store) -> None:
    """A run is judged by what the runs before it left, however often, and whatever came later."""
    records = Records(store)
    first, second, third = (begun(store, name) for name in ("r1", "r2", "r3"))
    records.keep_lives(first, [stands("x", "r1 not-met")])
    records.keep_lives(second, [stands("x", "r1 not-met", before="r1 not-met")])
    records.keep_lives(third, [stands("x", "r1 not-met", "r1 not-met", Death.CHANGED)])
    at = ("x", SITE)
    assert records.book(first, AT).lives == {}
    assert records.book(second, AT).lives == {at: Life("r1 not-met")}
    assert records.book(third, AT).lives == {at: Life("r1 not-met")}
    assert records.book(None, AT).lives == {at: Life("r1 not-met", Death.CHANGED, AT)}


def test_a_life_is_written_once_a_run(store: Store) -> None:
    """What a run said first stays; nothing to say writes nothing."""
    records = Records(store)
    run = begun(store, "r1")
    records.keep_lives(run, [])
    records.bind(run, "y", {})
    records.bind(run, "x", {SITE: "r1 a not-met"})
    records.keep_lives(run, [stands("x", "r1 b not-met")])
    assert records.book(None, AT).lives == {("x", SITE): Life("r1 a not-met")}


def test_many_at_once(opened: Opened) -> None:
    """Several people enter records while a scan writes: each is kept, under an id of its own."""
    opened()
    ids: list[str] = []

    def enter() -> None:
        records = Records(opened())
        ids.extend(records.add("a", excuse(str(n)), AT) for n in range(5))

    people = [threading.Thread(target=enter) for _ in range(4)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    kept = Records(opened()).kept(EXCUSE)
    assert len(kept) == 20
    assert {one.id for one in kept} == set(ids)
