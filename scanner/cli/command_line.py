"""A command line of this program that is to be run later: checked now, before it is written anywhere."""

import re
from collections.abc import Sequence
from pathlib import Path

import click

from inventory.model import Permission
from scanner.archive.store import database_file, default_url
from scanner.cli.options import stop

_PASSWORD = re.compile(r"://[^/\s:@]*:[^/\s@]+@|[?&]password=", re.IGNORECASE)
_NEVER = frozenset({"schedule", "serve-schedule"})


def checked_command(words: Sequence[str]) -> click.Context:
    """The command that these words would run, with its options read; a typo stops here."""
    from scanner.cli import cli  # noqa: PLC0415  It imports the module that imports this one.

    for word in words:
        if _PASSWORD.search(word):
            stop(
                "the command holds a password, which everybody on this machine could read: leave it "
                "out and set PGPASSWORD in the environment"
            )
    if words and words[0] in _NEVER:
        stop(f"a schedule does not run `{words[0]}`")
    context = click.Context(cli, info_name="tinnhiem")
    command: click.Command = cli
    left = list(words)
    try:
        while isinstance(command, click.Group):
            if not left:
                raise click.UsageError(
                    "name a command, such as `scan INVENTORY --out DIR`", context
                )
            name, found, left = command.resolve_command(context, left)
            assert found is not None  # noqa: S101  What is unknown was refused; for mypy.
            command = found
            if isinstance(found, click.Group):
                context = click.Context(found, info_name=name, parent=context)
            else:
                context = found.make_context(name, left, parent=context)
    except click.exceptions.Exit:
        stop("the command asks for help or the version, and is not for a run")
    except click.UsageError as error:
        stop(f"the command `{' '.join(words)}` would be refused: {error.format_message()}")
    return context


def database_of(command: click.Context) -> str | None:
    """The database that a command works with, in one spelling; ``None`` where it knows none."""
    if "db" not in command.params:
        return None
    url = str(command.params["db"] or default_url())
    file = database_file(url)
    return str(file.absolute()) if file is not None else url


def permission_of(command: click.Context) -> Permission | None:
    """The permission that bounds a command; ``None`` where it looks at nobody."""
    if command.info_name != "scan":
        return None
    from scanner.cli.scan import read_inventory  # noqa: PLC0415  It pulls the whole scanner.

    file, beside = command.params["inventory"], command.params["permission"]
    inventory = read_inventory(Path(file), beside, command.params["lang"])
    if inventory.permission is None:
        stop(f"{file} holds no scan permission: a schedule of it would be refused each time")
    return inventory.permission
