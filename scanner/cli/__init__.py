"""The command ``tinnhiem``: one module per command group, loaded when it is asked for."""

import importlib
import sys

import click

_COMMANDS = {
    "scan": ("scanner.cli.scan", "scan_command"),
    "judge": ("scanner.cli.judge", "judge_command"),
    "runs": ("scanner.cli.runs", "runs_command"),
    "demo": ("scanner.cli.demo", "demo_command"),
    "init": ("scanner.cli.inventory", "init_command"),
    "inventory": ("scanner.cli.inventory", "inventory_group"),
}


class _Lazy(click.Group):
    """Imports a command's module only when that command is used: ``--help`` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        found = getattr(importlib.import_module(module), name)
        assert isinstance(found, click.Command)  # noqa: S101  The table above says so; for mypy.
        return found


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tinnhiem", prog_name="tinnhiem")
def cli() -> None:
    """Network-security compliance of school websites, toward the national network trust label."""


def main() -> None:
    """Run the command; a terminal or file that is not UTF-8 never stops a Vietnamese word."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
    try:
        cli()
    except BrokenPipeError:
        # The reader of a pipe went away (`| head`): not an error worth a traceback.
        sys.stderr.close()
        sys.exit(0)
