"""The command ``tinnhiem``: one module per command group, loaded when it is asked for."""

import gc
import importlib
import sys

import click

_COMMANDS = {
    "scan": ("scanner.cli.scan", "scan_command", "Look at every site and write what was found."),
    "judge": ("scanner.cli.judge", "judge_command", "Judge a stored run again, without a packet."),
    "gate": ("scanner.cli.gate", "gate_command", "Say whether a run may pass, for CI jobs."),
    "baseline": (
        "scanner.cli.baseline",
        "baseline_group",
        "Name runs that the gate compares with.",
    ),
    "runs": ("scanner.cli.runs", "runs_command", "List the stored runs, newest first."),
    "compare": (
        "scanner.cli.compare",
        "compare_command",
        "Tell what changed between two stored runs.",
    ),
    "history": (
        "scanner.cli.history",
        "history_command",
        "Tell how a unit, a commune or the city came to be as it is.",
    ),
    "excuse": ("scanner.cli.excuse", "excuse_group", "Accept a finding for a while."),
    "attest": ("scanner.cli.attest", "attest_group", "Enter documents that decide criteria."),
    "alerts": ("scanner.cli.alerts", "alerts_group", "Tell people what happened."),
    "watch": ("scanner.cli.watch", "watch_command", "Sample every site, all the time."),
    "uptime": (
        "scanner.cli.uptime",
        "uptime_command",
        "Tell how much of the time sites were there.",
    ),
    "demo": ("scanner.cli.demo", "demo_command", "Scan imagined schools on this machine alone."),
    "init": ("scanner.cli.inventory", "init_command", "Write a commented example inventory."),
    "schedule": (
        "scanner.cli.schedule",
        "schedule_command",
        "Have the system run a command at set times.",
    ),
    "serve-schedule": (
        "scanner.cli.serve_schedule",
        "serve_command",
        "Run the jobs of a settings file.",
    ),
    "inventory": ("scanner.cli.inventory", "inventory_group", "Check an inventory file."),
}
"""Name → module, command, and what it does in one line: help needs no more than this table."""


class _Lazy(click.Group):
    """Imports a command's module only when that command is used: ``--help`` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name, _ = _COMMANDS[cmd_name]
        found = getattr(importlib.import_module(module), name)
        assert isinstance(found, click.Command)  # noqa: S101  The table above says so; for mypy.
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table above; Click's own way would import every command for one line of help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, row[2]) for name, row in _COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tinnhiem", prog_name="tinnhiem")
def cli() -> None:
    """Network-security compliance of school websites, toward the national network trust label."""


def main() -> None:
    """Run the command; a terminal or file that is not UTF-8 never stops a Vietnamese word."""
    # A run makes records by the hundred thousand and hardly a cycle: looking for cycles thirty times less
    # often saves about a fifteenth of the CPU.
    gc.set_threshold(20_000, 20, 20)
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
