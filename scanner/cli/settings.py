"""``--settings FILE.yaml``: read once, or every problem told and exit 2."""

from pathlib import Path

import click

from inventory.settings import DEFAULTS, Settings
from scanner.cli.options import Language, stop


def load_settings(file: Path | None, lang: Language = "vi") -> Settings:
    """The settings of a file; those that come with the program where none is given."""
    if file is None:
        return DEFAULTS
    from inventory.readers.settings import read_settings  # noqa: PLC0415  It pulls YAML.

    settings, problems = read_settings(file, lang)
    if settings is None:
        from scanner.cli.inventory import problem_told  # noqa: PLC0415

        for problem in problems:
            click.echo(problem_told(problem, lang), err=True)
        stop(f"{file.name}: not used; every problem stands above")
    return settings
