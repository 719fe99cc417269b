"""``data/units.csv``: a row per unit for a spreadsheet, with no cell that a spreadsheet would run."""

import csv
import io
import re
from typing import Final

from checks.criteria.model import Level
from checks.parsing.text import display
from checks.verdicts import Status
from inventory.units import KIND_NAMES, commune, manager_name
from reports.judged import Judged
from reports.words import Language

COLUMNS: Final = (
    "unit_id",
    "unit_name",
    "kind",
    "kind_name",
    "commune",
    "commune_name",
    "manager",
    "manager_name",
    "state",
    "sites",
    "coverage",
    "readiness",
    "required_fulfilled",
    "required_unfulfilled",
    "required_review",
    "required_unknown",
    "required_excused",
    "required_not_applicable",
    "blocks",
    "undecided",
    "page",
    "readiness_without_excuses",
    "unfulfilled_without_excuses",
)
# At the start, and after anything that a spreadsheet with another separator would split at.
_FORMULA = re.compile('(^|[;,|\t\r\n"])([ \u00a0]*)([=+\\-@\t\r\uff1d\uff0b\uff0d\uff20])')


def render(judged: Judged, lang: Language) -> dict[str, bytes]:
    """UTF-8 with a mark that spreadsheets need; the header is the same in every language."""
    edition = judged.edition
    required = [c.id for c in edition.criteria if c.level is Level.REQUIRED] if edition else []
    out = io.StringIO()
    table = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for unit in judged.units:
        readiness = judged.readiness(unit.id)
        place = commune(unit.commune)
        sites = judged.sites.get(unit.id, ())
        came_to = judged.statuses(unit.id, edition) if edition else {}
        found = [came_to[criterion] for criterion in required]
        without = judged.statuses(unit.id, edition, bare=True) if edition else {}
        bare = [without[criterion] for criterion in required]
        table.writerow(
            cell(value)
            for value in (
                unit.id,
                unit.name,
                unit.kind.value,
                KIND_NAMES[unit.kind][lang],
                unit.commune,
                place.title(lang) if place else "",
                unit.manager,
                manager_name(unit.manager, lang),
                unit.state.value,
                " ".join(site.url for site in sites),
                judged.coverage(unit.id).value,
                readiness.state.value,
                *(str(found.count(status)) for status in Status),
                " ".join(readiness.blocks),
                " ".join(readiness.undecided),
                f"units/{judged.pages[unit.id]}.html",
                (readiness.without or readiness.state).value,
                str(bare.count(Status.UNFULFILLED)),
            )
        )
    return {"data/units.csv": b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")}


def cell(text: str) -> str:
    """Text fit for a cell: shown as it is, run as nothing, cut at what a spreadsheet holds."""
    begun = text[:1] in ("\t", "\r")
    return ("'" if begun else "") + _FORMULA.sub(r"\1'\2\3", display(text, 32_000))
