"""What the fleet's servers were asked: the figures that show how polite a scanner was."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Stats:
    """Counted at the servers."""

    connections: int = 0
    requests: int = 0
    queries: int = 0
    authority_queries: int = 0
    """Those to the servers that hold the zones."""
    canary_hits: int = 0
    mail_sessions: int = 0
    connections_by_host: Counter[str] = field(default_factory=Counter)
    requests_by_host: Counter[str] = field(default_factory=Counter)
    requests_by_path: Counter[str] = field(default_factory=Counter)
    """By ``host/path``."""

    def as_dict(self) -> dict[str, int | dict[str, int]]:
        """For a JSON line."""
        return {
            "connections": self.connections,
            "requests": self.requests,
            "queries": self.queries,
            "authority_queries": self.authority_queries,
            "canary_hits": self.canary_hits,
            "mail_sessions": self.mail_sessions,
            "connections_by_host": dict(self.connections_by_host),
            "requests_by_host": dict(self.requests_by_host),
            "requests_by_path": dict(self.requests_by_path),
        }
