"""What a check is: its needs, its limits, its six possible outcomes, and the answer it gives."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, NamedTuple, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict

from checks.evidence.base import Cause, NotCaptured, Payload
from checks.lists import NO_LISTS, Lists
from inventory.model import Site

P = TypeVar("P", bound=Payload)
T = TypeVar("T")


class Outcome(StrEnum):
    """Three answers about the site, three about the scan; never fold one kind into the other."""

    MET = "met"
    NOT_MET = "not-met"
    NEEDS_REVIEW = "needs-review"
    NOT_APPLICABLE = "not-applicable"
    NOT_TESTED = "not-tested"
    BROKEN = "broken"


class Limits(BaseModel):
    """The bar of a check; no field has a default, because the bar belongs to the criterion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class NoLimits(Limits):
    """For a check whose question has no number in it."""


Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure or word that was measured, beside what is asked."""

    name: str
    value: Value
    required: Value = None
    unit: str = ""


class Answer(NamedTuple):
    """What a check says of one site.

    ``reason`` is one of the check's declared reasons (a slug that keys the reader's words), ``address``
    the address or endpoint that the answer is about where several were looked at, ``note`` free text for
    the technical annex.
    """

    outcome: Outcome
    measured: tuple[Measured, ...] = ()
    reason: str = ""
    note: str = ""
    address: str = ""
    cause: Cause | None = None


class Untested(Exception):  # noqa: N818  Not an error: the look ended in nothing to conclude from.
    """Raised while judging when a fact that the answer hangs on was not captured."""

    def __init__(self, missing: NotCaptured) -> None:
        super().__init__(missing.cause)
        self.missing = missing


def captured(value: T | NotCaptured) -> T:
    """The value, or ``Untested`` with the cause: nothing stands in for missing evidence."""
    if isinstance(value, NotCaptured):
        raise Untested(value)
    return value


def untested(cause: Cause, detail: str = "") -> NoReturn:
    """Say that nothing can be concluded, and why."""
    raise Untested(NotCaptured(cause=cause, detail=detail[:500]))


_NEVER_LOOKED_FOR = NotCaptured(cause=Cause.NOT_RUN)


@dataclass(frozen=True)
class Seen:
    """The evidence of one site, as a check may read it, and the lists that it may be held against."""

    site: Site
    payloads: Mapping[type[Payload], Payload | NotCaptured]
    as_of: datetime
    lists: Lists = NO_LISTS
    before: Mapping[type[Payload], Payload | NotCaptured] | None = None
    """What the complete run before this one saw of the site, as far as checks ask; ``None``: there was none."""

    def get(self, kind: type[P]) -> P:
        """The payload of this kind; ``Untested`` where it was not captured or never looked for."""
        found = self.payloads.get(kind, _NEVER_LOOKED_FOR)
        payload = captured(found)
        if not isinstance(payload, kind):
            raise TypeError(f"{kind.__name__} holds a {type(payload).__name__}")
        return payload


L = TypeVar("L", bound=Limits)


@dataclass(frozen=True)
class Check(Generic[L]):
    """One row of the catalogue, able to answer.

    ``needs`` are the payloads it reads.  ``reasons`` is the closed list of reasons it may give, each of
    which has words for readers.  ``revision`` goes up whenever the same evidence may get another answer.
    """

    id: str
    title: str
    family: str
    needs: tuple[type[Payload], ...]
    limits: type[L]
    ask: Callable[[Seen, L], Answer]
    reasons: frozenset[str]
    revision: int = 1
    spots: frozenset[str] = frozenset()
    """Names of measured values that each tell one weak spot; those that are reasons too need not stand here."""
    names: frozenset[str] = frozenset()
    """Names of measured values that say what is at fault: with another value it is another fault (``checks.excuses``)."""


def check(
    *,
    id: str,
    title: str,
    family: str,
    needs: tuple[type[Payload], ...],
    limits: type[L],
    reasons: Iterable[str] = (),
    revision: int = 1,
    spots: Iterable[str] = (),
    names: Iterable[str] = (),
) -> Callable[[Callable[[Seen, L], Answer]], Check[L]]:
    """Make a check of a function that answers it; the docstring of the function stays its documentation."""

    def wrap(ask: Callable[[Seen, L], Answer]) -> Check[L]:
        return Check(
            id,
            title,
            family,
            needs,
            limits,
            ask,
            frozenset(reasons),
            revision,
            frozenset(spots),
            frozenset(names),
        )

    return wrap


WORST_FIRST = (
    Outcome.BROKEN,
    Outcome.NOT_MET,
    Outcome.NOT_TESTED,
    Outcome.NEEDS_REVIEW,
    Outcome.MET,
    Outcome.NOT_APPLICABLE,
)


def worst(asked: Iterable[tuple[str, Callable[[], Answer]]]) -> Answer:
    """The worst answer over several places (addresses, hosts), naming its place.

    One unmet place decides; else one that could not be looked at leaves the question open; else one that
    needs a person; else met.  Places where the question makes no sense are set aside.  With no place at
    all nothing was seen, and nothing is concluded.
    """
    answers: list[Answer] = []
    for place, ask in asked:
        try:
            answer = ask()
        except Untested as nothing:
            missing = nothing.missing
            answer = Answer(Outcome.NOT_TESTED, cause=missing.cause, note=missing.detail)
        answers.append(
            answer
            if answer.address
            else Answer(
                answer.outcome, answer.measured, answer.reason, answer.note, place, answer.cause
            )
        )
    if not answers:
        untested(Cause.NO_ADDRESS)
    return min(answers, key=lambda answer: WORST_FIRST.index(answer.outcome))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check's answer on one site for one unit, at one moment, under one set of limits.

    A plain slotted record: a city has a hundred thousand of them.
    """

    unit: str
    site: str
    check: str
    revision: int
    family: str
    outcome: Outcome
    reason: str = ""
    cause: Cause | None = None
    measured: tuple[Measured, ...] = ()
    note: str = ""
    address: str = ""
    limits: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    as_of: datetime
