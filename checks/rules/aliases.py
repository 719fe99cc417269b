"""Records that point into the void, and names that exist for everybody."""

from collections.abc import Iterable, Iterator
from functools import partial
from urllib.parse import urlsplit

from checks.evidence.aliases import Aliases, Asked, Points, Target
from checks.evidence.base import Cause
from checks.evidence.http import Exchange, Http
from checks.evidence.names import Look, Lookup, Said
from checks.evidence.page import PageFacts, Pages
from checks.parsing.takeover import Service, marker_in, service_of
from checks.spec import (
    WORST_FIRST,
    Answer,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    Untested,
    captured,
    check,
    untested,
)

GONE = ("registrable", "claimable", "gone")


@check(
    id="no-dangling-alias",
    title="No record points to a name that is gone or can be claimed",
    family="dns",
    needs=(Aliases,),
    limits=NoLimits,
    reasons=(*GONE, "perhaps-claimable", "service-without-page", "no-names"),
)
def no_dangling_alias(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does every target of the aliases (CNAME), name servers and mail exchangers of the host, its twin, its
        zone and its mail domain exist?  A target that does not, said twice, is not met: worst where the name
        above it is not registered either, or where a service gives the alias to whoever asks.  An alias to a
        service of the dated list is held against the page it leads to: the words of an unclaimed one are not
        met where anybody can claim it, else needs review; an error instead of a page: needs review.

        NXDOMAIN of a target: not met.  NODATA or bogus of a target: the name exists, which is enough.
        Timeout, SERVFAIL, refusal or loop at one of our names or at a target, and a bogus answer at one of our
        names: not tested, with the cause, unless another target decides.  An alias to a listed service whose
        page could not be seen (timeout, reset, blocked): not tested.  A refused connection there: needs review.
        No name of the site exists: not applicable.

    Why it matters
        Whoever registers the forgotten target speaks in the school's name: pages, letters, even certificates.

    How to fix
        Remove the record, or point it to a name that the school holds.

    Not tested by this check
        Names below the zone that nobody told us, and whether a target that exists is still the school's own.
    """
    found = seen.get(Aliases)
    if _no_names(found):
        return Answer(Outcome.NOT_APPLICABLE, reason="no-names")
    answers = [_answered(ask) for ask in _questions(seen, found)]
    worst = min(answers, key=lambda answer: WORST_FIRST.index(answer.outcome))
    if worst.outcome is Outcome.MET:
        kept = ", ".join(dict.fromkeys(target.name for target in found.targets))
        return Answer(
            Outcome.MET,
            (Measured("targets", found.targets_total), Measured("names", kept[:300])),
        )
    if worst.outcome is Outcome.NOT_TESTED:
        return worst
    alike = [answer for answer in answers if answer.outcome is worst.outcome]
    # The gravest of several is told first: a name that anybody can register.
    alike.sort(key=lambda a: GONE.index(a.reason) if a.reason in GONE else 0)
    spots = tuple(Measured(a.reason, _where(a)) for a in alike) if len(alike) > 1 else ()
    return alike[0]._replace(measured=(*alike[0].measured, *spots))


def _where(answer: Answer) -> str:
    told = {one.name: one.value for one in answer.measured}
    return f"{told['owner']} {told['record']} {told['target']}"


def _no_names(found: Aliases) -> bool:
    looks = (found.zone.look, *(asked.look for asked in found.asked))
    return not found.targets and all(_is_gone(look) for look in looks)


def _is_gone(look: Look) -> bool:
    return isinstance(look, Lookup) and look.said is Said.NXDOMAIN and not look.aliases


def _questions(seen: Seen, found: Aliases) -> Iterator["partial[Answer]"]:
    for asked in found.asked:
        yield partial(_all_seen, asked)
    yield partial(_all_kept, found)
    for target in found.targets:
        yield partial(_exists, seen, target)


def _answered(ask: "partial[Answer]") -> Answer:
    try:
        return ask()
    except Untested as nothing:
        missing = nothing.missing
        return Answer(Outcome.NOT_TESTED, cause=missing.cause, note=missing.detail)


def _all_seen(asked: Asked) -> Answer:
    """Met where every record at one of our names was seen; ``Untested`` else."""
    look = captured(asked.look)
    if look.said is Said.BOGUS:
        untested(Cause.DNS_SERVFAIL, f"{asked.name} {asked.type}: bogus")
    if look.total > len(look.records):
        untested(Cause.BUDGET_EVENTS, f"{asked.name}: {len(look.records)} of {look.total} records")
    return Answer(Outcome.MET)


def _all_kept(found: Aliases) -> Answer:
    if found.targets_total > len(found.targets):
        untested(
            Cause.BUDGET_EVENTS, f"{len(found.targets)} of {found.targets_total} targets asked"
        )
    return Answer(Outcome.MET)


def _exists(seen: Seen, target: Target) -> Answer:
    look = captured(target.look)
    service = service_of(target.name) if target.by is Points.CNAME else None
    measured = (
        Measured("owner", target.owner),
        Measured("record", target.by.value),
        Measured("target", target.name),
        *((Measured("service", service.name),) if service else ()),
    )
    if _is_gone(look):
        if target.registered is not None and _is_gone(target.registered):
            above = (Measured("above", target.registrable),)
            return Answer(Outcome.NOT_MET, (*measured, *above), "registrable")
        claimable = service is not None and service.nxdomain and service.gives_to_anybody
        return Answer(Outcome.NOT_MET, measured, "claimable" if claimable else "gone")
    if service is None or not service.markers:
        return Answer(Outcome.MET)
    if target.owner not in (seen.site.host, seen.site.twin):
        return Answer(Outcome.MET)
    return _claimed(seen, target.owner, service, measured)


def _claimed(seen: Seen, owner: str, service: Service, measured: tuple[Measured, ...]) -> Answer:
    """Whether an alias to a service is somebody's: by the home page, else by the answers of that host."""
    home = _home(seen, owner)
    if home is not None:
        marker = marker_in(home, service)
        if marker:
            told = (*measured, Measured("marker", marker))
            if service.gives_to_anybody:
                return Answer(Outcome.NOT_MET, told, "claimable")
            return Answer(Outcome.NEEDS_REVIEW, told, "perhaps-claimable")
        if home.status < 400:
            return Answer(Outcome.MET)
        return Answer(Outcome.NEEDS_REVIEW, measured, "service-without-page")
    http = seen.get(Http)
    twin = owner == seen.site.twin
    ways = (http.twin_https, http.twin_http) if twin else (http.https, http.http)
    asked = [way for way in ways if way is not None]
    if not asked:
        untested(Cause.NO_ADDRESS, f"{owner} was not asked for a page")
    if any(status < 400 for status in _statuses(asked, owner)):
        return Answer(Outcome.MET)
    for way in asked:
        if not way.hops:
            captured(way.end)
    return Answer(Outcome.NEEDS_REVIEW, measured, "service-without-page")


def _home(seen: Seen, owner: str) -> PageFacts | None:
    """The home page, where it lies at this very host; ``Untested`` where it could not be seen at the site's own."""
    pages = seen.payloads.get(Pages)
    if owner == seen.site.host:
        home = captured(seen.get(Pages).home)
        return home if urlsplit(home.url).hostname == owner else None
    if isinstance(pages, Pages) and isinstance(pages.home, PageFacts):
        return pages.home if urlsplit(pages.home.url).hostname == owner else None
    return None


def _statuses(ways: Iterable[Exchange], owner: str) -> Iterator[int]:
    for way in ways:
        for hop in way.hops:
            if urlsplit(hop.url).hostname == owner:
                yield hop.status


@check(
    id="wildcard-understood",
    title="No wildcard answers for names that nobody made",
    family="dns",
    needs=(Aliases,),
    limits=NoLimits,
    reasons=("answers", "no-names"),
)
def wildcard_understood(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does a made-up label under the zone, and under the host, get an address, an alias or a text?  Then a
        wildcard answers for every name, which may be wanted: needs review.

        NXDOMAIN or NODATA for the label: met; some name servers say NODATA of names that do not exist.
        Timeout, SERVFAIL, refusal, loop or bogus: not tested, with the cause, unless another answer shows the
        wildcard.  No zone: not applicable.  Refused, reset and blocked connections play no part: only the DNS
        is asked.

    Why it matters
        Under a wildcard every invented name leads somewhere: handy for forged addresses in the school's name,
        and misspelt records are never noticed.

    How to fix
        Remove the wildcard record, or write down what it is for.

    Not tested by this check
        Wildcards deeper in the zone, and what stands at the address that the wildcard gives.
    """
    found = seen.get(Aliases)
    if _is_gone(found.zone.look) and all(_is_gone(asked.look) for asked in found.wildcard):
        return Answer(Outcome.NOT_APPLICABLE, reason="no-names")
    if not found.wildcard:
        untested(Cause.NOT_RUN)
    for asked in found.wildcard:
        look = asked.look
        if isinstance(look, Lookup) and (look.aliases or look.said is Said.FOUND):
            told = (*look.aliases, *look.records)
            measured = (
                Measured("at", asked.name.partition(".")[2]),
                Measured("record", "CNAME" if look.aliases else asked.type),
                Measured("answer", ", ".join(told)[:300]),
            )
            return Answer(Outcome.NEEDS_REVIEW, measured, "answers")
    for asked in found.wildcard:
        look = captured(asked.look)
        if look.said is Said.BOGUS:
            untested(Cause.DNS_SERVFAIL, f"{asked.name} {asked.type}: bogus")
    return Answer(Outcome.MET, (Measured("asked", len(found.wildcard)),))
