"""What many schools have in common, as the city page tells it."""

from checks.clusters import Cluster, Shared
from checks.parsing.text import display
from reports.judged import Judged
from reports.unit_view import shown_name
from reports.view import ClusterRow, UnitLink
from reports.words import SHOWN, Words, isolated

ROWS = 30
"""How many are shown; ``data/clusters.jsonl`` holds all."""


def cluster_rows(judged: Judged, words: Words) -> tuple[ClusterRow, ...]:
    """A row each, with every school named."""
    return tuple(_row(judged, cluster, words) for cluster in judged.clusters[:ROWS])


def _row(judged: Judged, cluster: Cluster, words: Words) -> ClusterRow:
    known = [words.check(check) for check in cluster.checks]
    titles = tuple(one.task or one.title for one in known)
    n = len(cluster.units)
    if cluster.host:
        what = words.ui("clusters.host", host=isolated(display(cluster.host, SHOWN)))
    else:
        what = words.count("clusters.faults", len(titles))
    return ClusterRow(
        what=what,
        checks=titles,
        units_n=words.count("clusters.units", n),
        group=_group(cluster, words),
        units=tuple(
            UnitLink(shown_name(unit), f"units/{judged.pages[unit.id]}.html")
            for unit in judged.units
            if unit.id in set(cluster.units)
        ),
    )


def _group(cluster: Cluster, words: Words) -> str:
    if cluster.group is None:
        return words.ui("clusters.nothing")
    name = isolated(display(cluster.group.name, SHOWN))
    key = "platform" if cluster.group.shared is Shared.PLATFORM else "address"
    return words.ui(f"clusters.{key}", name=name, of=words.number(cluster.of))
