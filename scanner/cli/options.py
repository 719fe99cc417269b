"""Options that several commands share, and how their words become values."""

import ipaddress
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar

import click

from inventory.hosts import AddressError, host_name

EXIT_OURS = 1
EXIT_USAGE = 2
EXIT_BUSY = 3
EXIT_STOPPED = 4
EXIT_SHUT = 10
EXIT_COULD_NOT_TELL = 11

DEFAULT_EDITIONS = ("tin-nhiem-mang-2026-11", "nen-tang-website-2026-11", "cap-do-2-2026-11")
TLS_LOOKS = ("full", "brief", "sslyze")
FAMILIES = ("reach", "tls", "http", "content", "reputation", "dns", "mail")

Language = Literal["vi", "en"]

F = TypeVar("F", bound=Callable[..., Any])


def stop(message: str, code: int = EXIT_USAGE) -> NoReturn:
    """One clear sentence on standard error, and an exit code."""
    click.echo(f"tinnhiem: {message}", err=True)
    raise click.exceptions.Exit(code)


class Moment(click.ParamType[datetime]):
    """An ISO 8601 moment; without a zone it is UTC."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The moment, aware, UTC."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no moment such as 2026-11-22T02:30:00Z", param, ctx)
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC)


class HostPort(click.ParamType[tuple[str, int]]):
    """``HOST[:PORT]`` with a default port; IPv6 in brackets."""

    name = "host[:port]"

    def __init__(self, default_port: int, *, literal: bool) -> None:
        self._default = default_port
        self._literal = literal

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Host and port."""
        if isinstance(value, tuple):
            return value
        host, port = split_host_port(value, self._default)
        if port is None:
            self.fail(f"{value!r} has no usable port", param, ctx)
        if self._literal:
            try:
                ipaddress.ip_address(host)
            except ValueError:
                self.fail(f"{value!r}: give the resolver as an IP address", param, ctx)
        return host, port


def split_host_port(text: str, default: int) -> tuple[str, int | None]:
    """``host``, ``host:port``, ``[v6]:port`` or a bare IPv6 address."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    if not port:
        return host, default
    number = int(port) if port.isascii() and port.isdigit() else 0
    return host, number if 0 < number < 65536 else None


def _zones(
    _context: click.Context, _option: click.Parameter, given: Iterable[str]
) -> tuple[str, ...]:
    """Names of zones in their one form; a usage error for what is none."""
    try:
        zones = tuple(dict.fromkeys(host_name(text.strip()) for text in given))
    except AddressError:
        zones = ("",)
    if not all("." in zone for zone in zones):
        raise click.BadParameter("give the name of a list's zone, as xbl.example.org")
    return zones


def settings_option(command: F) -> F:
    """``--settings``, for every command that knows targets, changes, watching or alerts."""
    return click.option(
        "--settings",
        type=click.Path(path_type=Path),
        metavar="FILE.yaml",
        envvar="TINNHIEM_SETTINGS",
        help="Targets, how changes are confirmed, watching, alerts and schedules.",
    )(command)


def lists_option(command: F) -> F:
    """``--lists DIR``."""
    return click.option(
        "--lists",
        type=click.Path(exists=True, path_type=Path, file_okay=False),
        metavar="DIR",
        help="Folder of dated lists to hold sites against: hsts-preload-, blocklist-…-, national- and botnet-…-YYYY-MM-DD.",
    )(command)


def database_option(command: F) -> F:
    """``--db URL``."""
    return click.option("--db", metavar="URL", help="Database (default: the user's data folder).")(
        command
    )


def criteria_option(command: F) -> F:
    """``--criteria``."""
    return click.option(
        "--criteria",
        multiple=True,
        metavar="NAME|FILE.toml",
        help="Edition to judge by, repeatable; the first one decides readiness.",
    )(command)


def records_option(command: F) -> F:
    """``--records``, for every command that judges."""
    return click.option(
        "--records",
        type=click.Path(path_type=Path),
        multiple=True,
        metavar="FILE.yaml",
        help="Excuses and documents of units, repeatable; those of the database count too.",
    )(command)


def judging_options(command: F) -> F:
    """Options of everything that judges and writes."""
    for option in (
        click.option(
            "--as-of", type=Moment(), help="Judge as of this moment (default: the run's own)."
        ),
        click.option(
            "--lang", type=click.Choice(["vi", "en"]), default="vi", help="Language of the pages."
        ),
        lists_option,
        database_option,
        criteria_option,
        click.option(
            "--out",
            type=click.Path(path_type=Path, file_okay=False),
            required=True,
            help="Folder for the pages and data files; replaced as a whole.",
        ),
    ):
        command = option(command)
    return command


def collecting_options(command: F) -> F:
    """Options that every collecting command knows."""
    for option in (
        click.option("--vantage", default="", help="Where this scan looks from, in words."),
        click.option(
            "--tls",
            type=click.Choice(TLS_LOOKS),
            default="full",
            show_default=True,
            help="Everything that an address accepts; only what decides the criteria; or SSLyze's opinion.",
        ),
        click.option(
            "--fetch/--no-fetch",
            default=True,
            show_default=True,
            help="Ask hosts that certificates and records name (missing issuers, revocation, mail policy), and registries of names.",
        ),
        click.option(
            "--dnsbl",
            multiple=True,
            callback=_zones,
            metavar="ZONE",
            envvar="TINNHIEM_DNSBL",
            help="Ask this block list by DNS for each address, repeatable; its terms are yours to keep (default: none).",
        ),
        click.option(
            "--rdap-bootstrap",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            metavar="FILE.json",
            help="IANA's list of RDAP services (dns.json) to use instead of the dated copy of ours.",
        ),
        click.option(
            "--intermediates",
            multiple=True,
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            metavar="FILE.pem",
            help="Issuers to try where a server does not send its own, repeatable.",
        ),
        click.option(
            "--browser",
            is_flag=False,
            flag_value="",
            metavar="[PATH]",
            help="Run the scripts of a few pages in a local Chromium without network; needs tinnhiem[browser].",
        ),
        click.option("--engine", type=click.Choice(["local"]), default="local", show_default=True),
        click.option(
            "--skip", multiple=True, type=click.Choice(FAMILIES), help="Family to leave out."
        ),
        click.option(
            "--only", multiple=True, type=click.Choice(FAMILIES), help="Family to look at."
        ),
        click.option(
            "--control",
            multiple=True,
            type=HostPort(443, literal=True),
            help="IP[:PORT] of your own choice that is asked before a site is blamed for silence.",
        ),
        click.option(
            "--allow-private",
            is_flag=True,
            help="Contact private addresses in the networks that the permission lists.",
        ),
        click.option(
            "--trust-store",
            multiple=True,
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="PEM file of roots to trust besides Mozilla's; named in the report.",
        ),
        # Unprivileged servers of practice and tests; a public host is called on port 25 alone.
        click.option("--smtp-port", type=click.IntRange(1, 65535), default=25, hidden=True),
        click.option(
            "--root-hints",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            envvar="TINNHIEM_ROOT_HINTS",
            hidden=True,
            help="Root servers instead of the built-in list, for practice; an empty file: ask no name server.",
        ),
        click.option(
            "--port-map",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            hidden=True,
            help="Lines ADDRESS:PORT = ADDRESS:PORT, for practice: where name servers are played.",
        ),
        click.option(
            "--trust-anchor",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            metavar="FILE",
            help="DS or DNSKEY lines of a root of your own to validate DNSSEC from, for tests.",
        ),
        click.option(
            "--resolver",
            multiple=True,
            type=HostPort(53, literal=True),
            help="IP[:PORT] of a recursive name server; give two, so that each can confirm the other.",
        ),
    ):
        command = option(command)
    return command
