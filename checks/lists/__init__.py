"""Dated lists that evidence is held against, as the operator gives them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class PreloadList:
    """The names that browsers know to be https only, each with whether its subdomains are too."""

    dated: date
    sha256: str
    include_subdomains: Mapping[str, bool]

    def covers(self, host: str) -> bool:
        """Whether a browser that carries this list goes to the host by https alone."""
        if host in self.include_subdomains:
            return True
        labels = host.split(".")
        return any(
            self.include_subdomains.get(".".join(labels[start:]), False)
            for start in range(1, len(labels))
        )


@dataclass(frozen=True)
class Lists:
    """All lists loaded for judging; ``None`` for one that nobody gave."""

    preload: PreloadList | None = None


NO_LISTS = Lists()
