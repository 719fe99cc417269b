"""Every case against a real nsd: what we say is what was written by hand, and what delv says."""

import os
import re
import subprocess

import pytest

from checks.evidence.dnssec import State
from scanner.budget import Allowance, Budget
from scanner.clock import now
from scanner.dnssec.anchors import anchors_from_text
from scanner.dnssec.asking import AskingServers
from scanner.dnssec.chain import Validator
from scanner.resolver import Server
from tests.dnssec.cases import CASES, DELV_DIFFERS, Case
from tests.dnssec.conftest import DELV, Served

pytestmark = [pytest.mark.nsd, pytest.mark.xdist_group("dnssec")]

IDS = [one.id if one.plan is None else one.plan.origin.rstrip(".") for one in CASES]
SAID = (
    ("fully validated", State.SECURE),
    ("unsigned answer", State.INSECURE),
    # What is proven to be absent "fails" too, in words of its own.
    ("resolution failed: (?!ncache)", State.BOGUS),
)


@pytest.mark.parametrize("case", CASES, ids=IDS)
async def test_the_state_is_as_written(served: Served, case: Case) -> None:
    """State and reason of every case."""
    asking = AskingServers((Server("127.0.0.1", served.port),))
    validator = Validator(asking, anchors_from_text(served.anchors, "tests"), now)
    try:
        seen, cuts = await validator.validate(case.host, "A", Budget(Allowance()))
    finally:
        await asking.aclose()
    assert (seen.state, seen.why) == (case.state, case.why), (seen, cuts[-1])


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_delv_agrees(served: Served, case: Case) -> None:
    """BIND's validator, asked the same of the same server."""
    if DELV is None:
        if os.environ.get("TINNHIEM_REQUIRE_NSD"):
            pytest.fail("delv is required here and not installed")
        pytest.skip("delv is not installed")
    expected = case.delv or case.state
    assert (case.delv is not None) == (case.id in DELV_DIFFERS)
    words = [DELV, "@127.0.0.1", "-p", str(served.port), "-a", str(served.for_delv), "+root=."]
    ended = subprocess.run(  # noqa: S603  Our own words, no shell.
        [*words, f"{case.host}.", "A"], capture_output=True, text=True, timeout=60, check=False
    )
    said = ended.stdout + ended.stderr
    found = [state for words, state in SAID if re.search(words, said)]
    # An alias is told link by link; the worst is what counts.
    worst = [state for state in (State.BOGUS, State.INSECURE, State.SECURE) if state in found]
    assert worst[:1] == [expected], said
