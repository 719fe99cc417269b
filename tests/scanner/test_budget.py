"""What one site may cost."""

import asyncio

import pytest

from checks.evidence.base import Cause
from scanner.budget import Allowance, Budget, Failed


def test_bytes() -> None:
    """The last byte allowed is free; the next one is not."""
    spend = Budget(Allowance(received_bytes=10))
    spend.receive(10)
    with pytest.raises(Failed) as failed:
        spend.receive(1)
    assert failed.value.missing.cause is Cause.BUDGET_BYTES


def test_events() -> None:
    """The same of protocol events."""
    spend = Budget(Allowance(events=2))
    spend.event()
    spend.event()
    with pytest.raises(Failed) as failed:
        spend.event()
    assert failed.value.missing.cause is Cause.BUDGET_EVENTS


def test_questions() -> None:
    """And of DNS questions."""
    spend = Budget(Allowance(questions=1))
    spend.question()
    with pytest.raises(Failed) as failed:
        spend.question()
    assert failed.value.missing.cause is Cause.BUDGET_EVENTS


async def test_deadline() -> None:
    """A wish is cut to what is left; nothing left is a cause of its own."""
    spend = Budget(Allowance(wall_s=0.05))
    assert spend.limit_s(10.0) <= 0.05
    await asyncio.sleep(0.06)
    assert spend.left_s() == 0.0
    with pytest.raises(Failed) as failed:
        spend.limit_s(10.0)
    assert failed.value.missing.cause is Cause.DEADLINE


async def test_own_waits_do_not_count() -> None:
    """Not while they last, not when they overlap, not afterwards."""
    spend = Budget(Allowance())
    with spend.own_wait():
        await asyncio.sleep(0.03)
        with spend.own_wait():
            await asyncio.sleep(0.03)
            assert spend.spent_s() < 0.03
    assert spend.spent_s() < 0.03


async def test_a_site_that_talks_pays_while_others_of_its_looks_wait() -> None:
    """A drip on one connection must not stop the clock by making the rest queue."""
    spend = Budget(Allowance())
    with spend.own_wait(), spend.talking():
        await asyncio.sleep(0.05)
        assert spend.spent_s() >= 0.05
    assert spend.spent_s() >= 0.05


def test_details_are_bounded() -> None:
    """Whatever a server says, a cause keeps 500 characters of it."""
    assert len(Failed(Cause.RESET, "x" * 5_000).missing.detail) == 500
