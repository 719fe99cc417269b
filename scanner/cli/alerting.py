"""What happened, told to whom the settings name, at the end of a command that found it out."""

from collections.abc import Iterator

from inventory.settings import Settings
from scanner.archive.store import Store


def alerted(store: Store, settings: Settings) -> Iterator[str]:
    """Plan and send what is due; what the operator must know of it, line by line.  Never stops the command."""
    if not settings.alerts.channels:
        return
    from scanner.alerts.rounds import plan_and_send  # noqa: PLC0415  Only where alerts are set up.

    went = plan_and_send(store, settings)
    if went.trouble:
        yield f"alerts: {went.trouble}; they are kept, and the next command sends them"
    if went.waiting:
        yield f"alerts: {went.waiting} messages wait: `tinnhiem alerts send` tries again"
    if went.dead:
        yield f"alerts: {went.dead} messages were given up: see `tinnhiem alerts list --dead`"
