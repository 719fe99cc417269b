"""Check × evidence → finding: the border at which a bug of ours becomes a finding about us."""

import traceback
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from checks.evidence.base import Cause, NotCaptured, Payload
from checks.lists import NO_LISTS, Lists
from checks.spec import Answer, Check, Finding, Limits, Outcome, Seen, Untested
from inventory.model import Site

AnyCheck = Check[Any]


def bar_of(check: AnyCheck, limits: Mapping[str, Any]) -> Limits | Answer:
    """The limits as the check reads them, or the *broken* answer where they are not its limits."""
    try:
        bar: Limits = check.limits.model_validate(dict(limits))
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        return _broken(f"limits of {check.id}: {name}: {first['msg']}")
    return bar


def judge(
    check: AnyCheck,
    limits: Mapping[str, Any],
    unit: str,
    site: Site,
    evidence: Mapping[type[Payload], Payload | NotCaptured],
    as_of: datetime,
    evidence_ids: tuple[str, ...] = (),
    bar: Limits | Answer | None = None,
    lists: Lists = NO_LISTS,
    before: Mapping[type[Payload], Payload | NotCaptured] | None = None,
) -> Finding:
    """Ask one check about one site.  Pure: the same arguments give the same finding, byte for byte.

    Evidence that was not captured ends in *not-tested* with its cause; an exception of ours in *broken*.
    ``before`` is what the run before saw.  ``bar`` spares reading the limits once more, where ``bar_of`` already read them for another site.
    """
    if bar is None:
        bar = bar_of(check, limits)
    answer = _asked(check, bar, Seen(site, evidence, as_of, lists, before))
    return Finding(
        unit=unit,
        site=site.url,
        check=check.id,
        revision=check.revision,
        family=check.family,
        outcome=answer.outcome,
        reason=answer.reason,
        cause=answer.cause,
        measured=answer.measured,
        note=answer.note,
        address=answer.address,
        limits=limits,
        evidence=evidence_ids,
        as_of=as_of,
    )


def _asked(check: AnyCheck, bar: Limits | Answer, seen: Seen) -> Answer:
    if isinstance(bar, Answer):
        return bar
    try:
        answer = check.ask(seen, bar)
    except Untested as nothing:
        missing = nothing.missing
        return Answer(Outcome.NOT_TESTED, cause=missing.cause, note=missing.detail)
    except Exception as bug:  # noqa: BLE001  A bug of ours is a finding about us, not the end of the run.
        return _broken(_last_frame(bug))
    if answer.reason and answer.reason not in check.reasons:
        return _broken(f"undeclared reason {answer.reason!r}")
    return answer


def _broken(note: str) -> Answer:
    return Answer(Outcome.BROKEN, cause=Cause.INTERNAL_ERROR, note=note[:500])


def _last_frame(bug: Exception) -> str:
    """Where it broke, without paths of the machine it broke on."""
    frame = traceback.extract_tb(bug.__traceback__)[-1]
    file = frame.filename.replace("\\", "/").rpartition("/")[2]
    return f"{type(bug).__name__}: {bug} ({file}:{frame.lineno}, in {frame.name})"


def not_built(
    check_id: str,
    family: str,
    limits: Mapping[str, Any],
    unit: str,
    site: Site,
    as_of: datetime,
    cause: Cause = Cause.NOT_BUILT,
) -> Finding:
    """The finding for a check that the catalogue names and nobody has written yet, or that was skipped."""
    return Finding(
        unit=unit,
        site=site.url,
        check=check_id,
        revision=0,
        family=family,
        outcome=Outcome.NOT_TESTED,
        cause=cause,
        limits=limits,
        as_of=as_of,
    )
