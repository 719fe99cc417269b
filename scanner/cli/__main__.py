"""``python -m scanner.cli`` is the command ``tinnhiem``."""

from scanner.cli import main

main()
