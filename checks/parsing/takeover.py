"""Services whose unclaimed aliases others can take: the dated list, and what it says of a target and of a page."""

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

from checks.evidence.page import PageFacts

_LIST = "takeover-fingerprints.toml"
VULNERABLE, EDGE_CASE = "vulnerable", "edge-case"


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the list."""

    name: str
    names: tuple[str, ...]
    nxdomain: bool
    markers: tuple[str, ...]
    status: str

    @property
    def gives_to_anybody(self) -> bool:
        """Whether whoever asks for an unclaimed alias gets it."""
        return self.status == VULNERABLE


def service_of(target: str) -> Service | None:
    """The service that an alias with this target belongs to."""
    bare = target.rstrip(".").lower()
    for service in services():
        if any(fnmatchcase(bare, pattern) for pattern in service.names):
            return service
    return None


def marker_in(page: PageFacts, service: Service) -> str:
    """The words of an unclaimed alias that this page shows; empty where it shows none."""
    shown = _folded(f"{page.title}\n{page.text}")
    return next((marker for marker in service.markers if _folded(marker) in shown), "")


@cache
def services() -> tuple[Service, ...]:
    """The list, in its order."""
    loaded = tomllib.loads((files("checks.lists") / _LIST).read_text("utf-8"))
    return tuple(
        Service(
            name=row["name"],
            names=tuple(row["names"]),
            nxdomain=row.get("nxdomain", False),
            markers=tuple(row.get("markers", ())),
            status=row["status"],
        )
        for row in loaded["service"]
    )


def _folded(text: str) -> str:
    return " ".join(text.replace("’", "'").casefold().split())
