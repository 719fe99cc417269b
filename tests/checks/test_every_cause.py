"""Nothing stands in for missing evidence: every check of the catalogue, every cause, all evidence gone."""

from typing import Any

import pytest

from checks.catalogue import CATALOGUE
from checks.criteria.loader import load_shipped, shipped
from checks.evidence.base import Cause, NotCaptured
from checks.judge import AnyCheck
from checks.spec import Outcome
from tests.builders.web import ask

LIMITS: dict[str, dict[str, Any]] = {
    clause.check: clause.limits
    for name in shipped()
    for criterion in load_shipped(name).criteria
    for clause in criterion.clauses
}


@pytest.mark.parametrize("check", CATALOGUE.values(), ids=lambda check: check.id)
def test_no_evidence_no_answer(check: AnyCheck) -> None:
    """Not tested, for that cause; whatever the family."""
    for cause in Cause:
        missing = dict.fromkeys(check.needs, NotCaptured(cause=cause))
        found = ask(check, missing=missing, limits=LIMITS.get(check.id, {}))
        assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, cause)
