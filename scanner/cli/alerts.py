"""``tinnhiem alerts``: test channels, send what is due, see and retry what waits."""

from pathlib import Path

import click

from inventory.settings import Channel, Settings
from scanner.cli.options import EXIT_OURS, database_option, settings_option, stop
from scanner.cli.settings import load_settings
from scanner.cli.stored import opened

SHOWN = 200


@click.group("alerts")
def alerts_group() -> None:
    """Tell people what happened, by mail, chat or webhook."""


@alerts_group.command("test")
@click.argument("channels", nargs=-1, metavar="[CHANNEL]...")
@settings_option
def test_command(channels: tuple[str, ...], settings: Path | None) -> None:
    """Send a test message to these channels, or to all; say which worked."""
    known = _with_channels(settings)
    chosen = [one for one in known.alerts.channels if not channels or one.name in channels]
    for name in channels:
        if name not in {one.name for one in chosen}:
            names = ", ".join(one.name for one in known.alerts.channels)
            stop(f"there is no channel {name} in the settings, only: {names}")
    results = [(one.name, _try(one)) for one in chosen]
    for name, why in results:
        click.echo(f"{name}: {'FAILED: ' + why if why else 'sent'}")
    if any(why for _, why in results):
        raise click.exceptions.Exit(EXIT_OURS)


def _try(channel: Channel) -> str:
    """Empty where the channel took the message; else why not."""
    import secrets  # noqa: PLC0415

    from reports.words import words  # noqa: PLC0415
    from scanner import clock  # noqa: PLC0415
    from scanner.alerts.addresses import NoAddress, address_of  # noqa: PLC0415
    from scanner.alerts.courier import Courier, Errand  # noqa: PLC0415
    from scanner.alerts.rounds import HAND_OVER_S  # noqa: PLC0415
    from scanner.alerts.telling import test_message  # noqa: PLC0415

    key = secrets.token_hex(16)
    moment = words(channel.lang).moment(clock.now())
    subject, body = test_message(channel.name, channel.lang, moment, key)
    try:
        courier = Courier(address_of(channel), HAND_OVER_S)
    except NoAddress as missing:
        return str(missing)
    try:
        handed = courier.ready() or courier.hand_over(Errand(key, key, subject, body))
    finally:
        courier.stop()
    return "" if handed.outcome == "sent" else handed.why


@alerts_group.command("send")
@settings_option
@database_option
@click.option(
    "--within",
    type=click.FloatRange(30, 3600),
    default=90.0,
    show_default=True,
    metavar="SECONDS",
    help="Come back after so long; what is not sent by then waits for the next call.",
)
def send_command(settings: Path | None, db: str | None, within: float) -> None:
    """Plan and send what is due; for cron, every few minutes."""
    from scanner.alerts.rounds import Pace, plan_and_send  # noqa: PLC0415

    known = _with_channels(settings)
    with opened(db) as store:
        done = plan_and_send(store, known, pace=Pace(round_s=within, patient=False))
    for went in done.went:
        said = f"{went.channel}: {went.sent} sent"
        if went.failed:
            said += f", {went.failed} tries failed: {went.why}"
        click.echo(said)
    click.echo(f"{done.planned} messages planned, {done.waiting} wait")
    if done.dead:
        click.echo(
            f"tinnhiem: {done.dead} messages were given up: `tinnhiem alerts list --dead` shows them, "
            "`tinnhiem alerts retry --all` tries again",
            err=True,
        )
    if done.trouble:
        stop(f"alerts wait in the outbox: {done.trouble}", EXIT_OURS)


@alerts_group.command("list")
@database_option
@click.option("--open", "which", flag_value="open", default=True, help="What waits (default).")
@click.option("--dead", "which", flag_value="dead", help="What was given up.")
@click.option("--all", "which", flag_value="all", help="Everything, sent ones too.")
@click.option("--limit", type=click.IntRange(1), default=SHOWN, show_default=True)
def list_command(db: str | None, which: str, limit: int) -> None:
    """List messages, oldest first."""
    from scanner.archive.outbox import DEAD, OPEN, SENT, Outbox  # noqa: PLC0415

    states = {"open": OPEN, "dead": (DEAD,), "all": (*OPEN, DEAD, SENT)}[which]
    with opened(db) as store:
        letters = Outbox(store).letters(states, limit)
    if not letters:
        click.echo("no such messages")
    for one in letters:
        said = f"{one.id:>6}  {one.state:<7}  {one.created_at:%Y-%m-%d %H:%M} UTC  {one.channel}  {one.what}  {one.subject}"
        if one.tries and one.state != SENT:
            said += f"\n        tried {one.tries} times, {one.unsure} without an answer"
            said += f"; next at {one.due_at:%Y-%m-%d %H:%M} UTC" if one.state in OPEN else ""
            said += f": {one.error}" if one.error else ""
        click.echo(said)


@alerts_group.command("retry")
@click.argument("ids", nargs=-1, type=int, metavar="[ID]...")
@click.option("--all", "everything", is_flag=True, help="Every message that waits or was given up.")
@database_option
def retry_command(ids: tuple[int, ...], everything: bool, db: str | None) -> None:  # noqa: FBT001
    """Let messages be tried again at once; `tinnhiem alerts send` sends them."""
    from scanner import clock  # noqa: PLC0415
    from scanner.archive.outbox import Outbox  # noqa: PLC0415

    if bool(ids) == everything:
        stop("give the numbers that `tinnhiem alerts list --dead` shows, or --all")
    with opened(db) as store:
        number = Outbox(store).retry(None if everything else ids, clock.now())
    click.echo(f"{number} messages will be tried again by `tinnhiem alerts send`")


def _with_channels(settings: Path | None) -> Settings:
    known = load_settings(settings)
    if not known.alerts.channels:
        stop(
            "no channel is set: give --settings FILE.yaml with alerts.channels, see docs/alerts.md"
        )
    return known
