"""Where each site stands in an inventory file, for those who point at the line."""

from collections.abc import Mapping
from pathlib import Path

from inventory.readers.fields import Filled, site_fields, unit_id
from inventory.readers.files import decoded, hold
from inventory.readers.from_csv import rows_of_csv
from inventory.readers.from_yaml import rows_of_yaml
from inventory.readers.problems import Problems, Refusal
from inventory.readers.table import RawRow

Site = tuple[str, str]
"""Unit and canonical address."""


def site_lines(path: Path) -> Mapping[Site, int]:
    """The line of each site's row; none for a workbook, which has rows and no lines of text.

    ``ValueError`` where the file cannot be read at all.  What is wrong in a single row hides that row only.
    """
    problems = Problems(path.name, "en")
    try:
        rows = _rows(path, problems)
    except Refusal:
        noted = problems.noted[-1]
        raise ValueError(f"{noted.message}; {noted.mend}") from None
    found: dict[Site, int] = {}
    for row in rows:
        filled = Filled(row, problems)
        unit = unit_id(filled)
        fields = site_fields(filled, None, address_needed=False)
        if unit and fields and row.place.line is not None:
            found.setdefault((unit, fields["url"]), row.place.line)
    return found


def _rows(path: Path, problems: Problems) -> list[RawRow]:
    held = hold(path, problems)
    if held.format == "xlsx":
        return []
    text = decoded(held.data, problems)
    if held.format == "csv":
        return rows_of_csv(text, problems)
    return rows_of_yaml(text, problems, is_json=held.format == "json")[0]
