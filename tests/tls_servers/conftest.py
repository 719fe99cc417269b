"""The fleet, started once for each file of tests that asks for it."""

import os
from collections.abc import Iterator

import pytest

from scanner.clock import now
from tests.tls_servers.fleet import Fleet, missing, played


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Every server, ended after the last test of the file."""
    lacks = ", ".join(missing())
    if lacks:
        if os.environ.get("TINNHIEM_REQUIRE_NGINX") == "1":
            pytest.fail(f"the TLS servers need {lacks}, and TINNHIEM_REQUIRE_NGINX=1 asks for them")
        pytest.skip(f"the TLS servers need {lacks}")
    with played(tmp_path_factory.mktemp("tls"), now()) as running:
        yield running
