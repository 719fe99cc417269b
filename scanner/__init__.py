"""What was seen, and the program itself."""

import importlib.util
from pathlib import Path


def _stop_on_foreign_packages() -> None:
    """The four packages are one application: another project's ``reports`` must not answer for ours."""
    home = Path(__file__).resolve().parent.parent
    for name in ("checks", "inventory", "reports"):
        spec = importlib.util.find_spec(name)
        found = Path(spec.origin).resolve() if spec is not None and spec.origin else None
        if found is None or found.parent.parent != home:
            raise ImportError(
                f"package {name!r} comes from {found}, not from {home}: install tinnhiem in an "
                "environment of its own (for example with pipx) and start it as `tinnhiem`"
            )


_stop_on_foreign_packages()
