"""Papers that end within a month, and those that died within the last: excuses, documents, the permission."""

from collections.abc import Callable, Collection, Iterable

from checks.due import Due, DueKind
from checks.parsing.text import display
from inventory.model import Unit
from reports.judged import Judged
from reports.view import DueRow, DueView, UnitLink
from reports.words import SHOWN, Words, isolated

Linked = Callable[[str], UnitLink | None]


def due_view(
    judged: Judged, units: Collection[Unit], to_units: str | None, words: Words
) -> DueView:
    """What ends soon or ended lately for some units; ``to_units`` leads to their pages, ``None`` on a unit's own.

    The permission is everybody's, and told where pages are made for those who ask for it.
    """
    named = {unit.id: unit for unit in units}

    def link(unit: str) -> UnitLink | None:
        if to_units is None or unit not in named:
            return None
        shown = isolated(display(named[unit].name, 200))
        return UnitLink(shown, f"{to_units}{judged.pages[unit]}.html")

    def wanted(rows: Iterable[Due]) -> tuple[DueRow, ...]:
        return tuple(
            _row(one, link, words)
            for one in rows
            if one.unit in named or (one.kind is DueKind.PERMISSION and to_units is not None)
        )

    soon, late = judged.due
    return DueView(wanted(soon), wanted(late))


def _row(one: Due, link: Linked, words: Words) -> DueRow:
    title = words.check(one.check).title if one.check else ""
    sites = ", ".join(
        display(site.partition("://")[2].removesuffix("/"), 120) for site in one.sites
    )
    if one.why is not None:
        left = words.ui(f"due.why_{one.why.value}")
    elif one.days_left == 0:
        left = words.ui("due.today")
    else:
        left = words.count("due.left", one.days_left)
    return DueRow(
        unit=link(one.unit),
        what=words.ui(f"due.{one.kind.value}"),
        about=f"{title} ({isolated(sites)})" if sites else title,
        document=isolated(display(one.document, SHOWN)) or words.ui("common.none"),
        day=words.day(one.ends_on),
        left=left,
    )
