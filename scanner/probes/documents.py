"""The look at files: a few lists that the sampled pages link, read in a child and forgotten."""

import asyncio
from collections.abc import Iterable
from itertools import islice
from urllib.parse import urljoin

from checks.evidence.base import Cause, NotCaptured, Payload
from checks.evidence.http import Ended
from checks.evidence.page import PageFacts, Pages
from checks.evidence.personal import Document, Documents
from checks.evidence.samples import Samples
from checks.parsing.answers import BEHIND_LOGIN, home_page
from checks.parsing.documents.bounds import DOCUMENT_BYTES
from checks.parsing.html.targets import made_fit
from checks.parsing.linked_files import LinkedFile, further_pages, is_whole, linked_files
from checks.parsing.masking import mask, mask_file
from checks.parsing.robots import NO_RULES, ROBOTS_BYTES, Rules, TooManyRules, read_robots
from checks.parsing.text import display
from checks.spec import Untested
from scanner.budget import Failed
from scanner.follow import askable, follow, in_scope, unanswered
from scanner.http1 import Asking
from scanner.visit import Visit

DOCUMENTS = 3
PAUSE_S = 0.5
SHOWN = 300
ADDRESS = 2_048
_ASKING = Asking(body_bytes=DOCUMENT_BYTES)
_GONE = frozenset({404, 410})


async def look_documents(
    visit: Visit, pages: Payload | NotCaptured, samples: Payload | NotCaptured
) -> Documents | NotCaptured:
    """Ask for the likeliest files, one after the other; the looks at pages are over."""
    if not isinstance(pages, Pages):
        return pages if isinstance(pages, NotCaptured) else NotCaptured(cause=Cause.NOT_RUN)
    further = samples if isinstance(samples, Samples) else None
    try:
        home = home_page(pages)
    except Untested as nothing:
        return nothing.missing
    files = linked_files([home, *further_pages(further)], (visit.site.host, visit.site.twin))
    asked = await _permitted(visit, home, files) if files else ()
    if isinstance(asked, NotCaptured):
        return asked
    found: list[Document] = []
    for file, url in asked:
        with visit.budget.own_wait():
            await asyncio.sleep(PAUSE_S)
        found.append(await _read(visit, file, url))
    return Documents(
        documents=tuple(found), total=len(files), likely=sum(file.likely for file in files)
    )


async def _permitted(
    visit: Visit, home: PageFacts, files: Iterable[LinkedFile]
) -> list[tuple[LinkedFile, str]] | NotCaptured:
    """The first files that permission and robots.txt leave to us, with the address to ask."""
    rules = await _rules(visit, home.url)
    if isinstance(rules, NotCaptured):
        return rules
    asked = ((file, askable(file.url)) for file in files if is_whole(file.url))
    fit = ((file, url) for file, url in asked if url and in_scope(visit, url) and rules.allow(url))
    return list(islice(fit, DOCUMENTS))


async def _rules(visit: Visit, home: str) -> Rules | NotCaptured:
    """What robots.txt asks of us; rules that cannot be read forbid everything (RFC 9309, 2.3.1.4).

    The look at further pages asks for them in the same way, so that they are asked for once.
    """
    asking = Asking(body_bytes=ROBOTS_BYTES + 1)
    exchange = await follow(visit, urljoin(home, "/robots.txt"), asking=asking)
    last = exchange.last
    if isinstance(exchange.end, NotCaptured):
        return exchange.end
    if exchange.end is not Ended.ANSWERED or last is None or not 200 <= last.status < 300:
        failed = last is not None and last.status >= 500
        return NotCaptured(cause=Cause.SERVER_ERROR, detail="robots.txt") if failed else NO_RULES
    try:
        body = (await visit.fetch(last.url, asking=asking)).answer.body
        return read_robots(body, last.url)
    except TooManyRules:
        return NotCaptured(cause=Cause.BUDGET_EVENTS, detail="robots.txt: too many rules")
    except Failed as failed:
        return failed.missing


async def _read(visit: Visit, file: LinkedFile, url: str) -> Document:
    """What one file shows, or why that is not known; a link to what is gone shows nothing."""

    def nothing(kind: str, tables: tuple[()] | NotCaptured) -> Document:
        return Document(
            url=_masked(file.url),
            linked_from=made_fit(file.page),
            linked_as=display(mask(file.text), SHOWN),
            kind=kind,
            bytes=0,
            tables=tables,
        )

    exchange = await follow(visit, url, asking=_ASKING)
    missing, last = unanswered(exchange), exchange.last
    if missing is not None or last is None:
        return nothing("", missing or NotCaptured(cause=Cause.NO_ANSWER))
    if last.status in _GONE:
        return nothing("gone", ())
    if (missing := _no_file(last.status)) is not None:
        return nothing("", missing)
    try:
        answer = (await visit.fetch(last.url, asking=_ASKING)).answer
    except Failed as failed:
        return nothing("", failed.missing)
    if answer.undecodable:
        return nothing("", NotCaptured(cause=Cause.UNDECODABLE, detail=answer.undecodable[:200]))
    return await visit.tools.workers.document(
        answer.body,
        url=_masked(file.url),
        linked_from=made_fit(file.page),
        linked_as=display(mask(file.text), SHOWN),
        title=file.text,
        truncated=answer.truncated,
    )


def _masked(url: str) -> str:
    return display(mask_file(made_fit(url)), ADDRESS)


def _no_file(status: int) -> NotCaptured | None:
    """Why an answer holds no file to read."""
    if 200 <= status < 300:
        return None
    cause = Cause.RATE_LIMITED if status == 429 else Cause.SERVER_ERROR
    if status in BEHIND_LOGIN:
        cause = Cause.AUTHENTICATION_REQUIRED
    return NotCaptured(cause=cause, detail=f"status {status}")
