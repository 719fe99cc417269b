"""Which sites a fleet holds: each description once, copied, or a mixture of any size for measuring."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle

from scanner.practice.site import PracticeSite
from scanner.practice.truth import is_good

Member = tuple[PracticeSite, int]
"""A description and the number of the copy, from 1."""


def population(sites: Sequence[PracticeSite], copies: int, count: int | None) -> list[Member]:
    """The members of a fleet."""
    if count is None:
        return [(site, copy) for copy in range(1, copies + 1) for site in sites]
    mixture = _mixture(sites)
    made: Counter[str] = Counter()
    members: list[Member] = []
    for _ in range(count):
        site = next(mixture)
        made[site.id] += 1
        members.append((site, made[site.id]))
    return members


def _mixture(sites: Sequence[PracticeSite]) -> Iterator[PracticeSite]:
    """Good sites and faulty ones in turn, for ever, without those that keep a scanner waiting on purpose."""
    measured = [
        site for site in sites if site.bench and not site.hangs and not site.needs_second_address
    ]
    good = [site for site in measured if is_good(site.truth)]
    faulty = [site for site in measured if site not in good]
    if not good or not faulty:
        yield from cycle(measured)
    for well, ill in zip(cycle(good), cycle(faulty)):
        yield well
        yield ill
