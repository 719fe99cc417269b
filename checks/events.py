"""What happened to a unit, fit to be told once: an event with a severity, a cause and a name that never changes."""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from checks.evidence.base import Fact


class EventKind(StrEnum):
    """What may be told."""

    REGRESSED = "regressed"
    """A check that was met is not met, confirmed."""
    NEW_FAULT = "new-fault"
    """A check that was never answered before, or made no sense, is not met."""
    TO_REVIEW = "to-review"
    """What was well now needs a person's eye."""
    RECOVERED = "recovered"
    """A fault that was told is mended, confirmed."""
    UNSTEADY = "unsteady"
    """Answers change from run to run; nothing is said of better or worse until they settle."""
    SITE_DOWN = "site-down"
    SITE_UP = "site-up"
    RULES_CHANGED = "rules-changed"
    """The same evidence gets another answer under new rules; no site changed."""
    HELD = "held"
    """A run accuses nobody: too much failed at once, or our own line did."""
    DUE = "due"
    """An excuse, a document, a permission or a certificate ends soon."""


class Severity(StrEnum):
    """How much it matters, least first."""

    INFO = "info"
    RECOMMENDED = "recommended"
    REQUIRED = "required"
    URGENT = "urgent"


SEVERITIES = tuple(Severity)
OPENING = frozenset(
    {
        EventKind.REGRESSED,
        EventKind.NEW_FAULT,
        EventKind.TO_REVIEW,
        EventKind.UNSTEADY,
        EventKind.SITE_DOWN,
    }
)
"""Kinds that stay open until another event resolves them."""
ENDING = frozenset({EventKind.RECOVERED, EventKind.SITE_UP})
"""Kinds that tell of an end, also of what nobody was told of."""

BROKEN_INTO = (
    "no-gambling-content",
    "no-malicious-script",
    "no-phishing-sign",
    "no-foreign-redirect",
    "not-defaced",
    "no-hidden-links",
)
"""Checks whose failing means that a stranger wrote on the site, the gravest first."""

Short = Annotated[str, StringConstraints(max_length=500)]


class Event(Fact):
    """One thing that happened."""

    key: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    """The same happening has the same key, whoever works it out and however often: see ``key_of``."""
    kind: EventKind
    severity: Severity
    at: datetime
    run: str = ""
    """Id of the run that saw it; empty where a watcher did."""
    unit: str = ""
    """Empty where the event is about the run as a whole."""
    site: str = ""
    check: str = ""
    cause: Short = ""
    """What makes several events one message: ``check:<id>``, ``platform:<name>``, ``address:<ip>``, ``run``."""
    resolves: str = ""
    """Key of the event that this one ends."""
    before: Short = ""
    """The outcome before, as the data files write it."""
    after: Short = ""
    reason: Short = ""
    note: Short = ""


def key_of(kind: EventKind, *parts: str) -> str:
    """The name of a happening: its kind, and whatever tells it from others of that kind."""
    text = "\x1f".join((kind.value, *parts))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
