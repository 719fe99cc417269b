"""Every case of the corpus through the real parser and the real checks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from checks.catalogue import CATALOGUE
from checks.evidence.base import Cause, NotCaptured, Payload
from checks.evidence.http import Http
from checks.evidence.page import PageFacts, Pages
from checks.evidence.samples import Chosen, Robots, Sample, Samples
from checks.judge import judge
from checks.lists import Lists, Purpose
from checks.lists.formats import parse_block
from checks.parsing.html.facts import page_facts
from checks.spec import Finding, Outcome
from inventory.model import Site
from tests.builders.web import exchange, hop, redirected
from tests.corpus.cases import Case, Page, Part, Side, load

FINDERS = (
    "no-gambling-content",
    "no-hidden-links",
    "no-foreign-redirect",
    "no-malicious-script",
)
"""What the label's seventh criterion asks."""
LISTS = Lists(
    block=(parse_block("khong-ai.example\n", "txt", "none", Purpose.HARM, date(2026, 11, 20), ""),)
)
"""A block list on which none of these pages is."""
AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
FOUND = frozenset({Outcome.NOT_MET, Outcome.NEEDS_REVIEW})


@dataclass(frozen=True)
class Told:
    """What the checks said of one case: the worst of them."""

    case: Case
    outcome: Outcome
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Figures:
    """Of one part: how many there were, how many were accused, how many found."""

    injected: int
    lawful: int
    accused: int
    accused_rightly: int
    found: int

    @property
    def precision(self) -> float:
        """Of those accused, the share that was injected."""
        return self.accused_rightly / self.accused if self.accused else 1.0

    @property
    def recall(self) -> float:
        """Of those injected, the share that was accused or given to a person."""
        return self.found / self.injected


def told(part: Part, side: Side) -> tuple[Told, ...]:
    """All cases of a part and side, judged."""
    return tuple(map(_told, load(part, side)))


def figures(injected: Iterable[Told], lawful: Iterable[Told]) -> Figures:
    """Counts over both sides."""
    injected, lawful = tuple(injected), tuple(lawful)
    rightly = sum(1 for one in injected if one.outcome is Outcome.NOT_MET)
    wrongly = sum(1 for one in lawful if one.outcome is Outcome.NOT_MET)
    return Figures(
        len(injected),
        len(lawful),
        rightly + wrongly,
        rightly,
        sum(1 for one in injected if one.outcome in FOUND),
    )


def evidence(case: Case) -> dict[type[Payload], Payload | NotCaptured]:
    """What our probes would have kept of a case's pages."""
    home: PageFacts | None = None
    samples: list[Sample] = []
    searched: list[Sample] = []
    for page in case.pages:
        seen = _page(page)
        if home is None and not page.searched and isinstance(seen, PageFacts):
            home = seen
            continue
        sample = Sample(
            url=page.url,
            chosen=page.chosen,
            through=page.through,
            left_to=page.left_to,
            page=seen,
        )
        (searched if page.searched else samples).append(sample)
    first = case.pages[0].url
    if not any(sample.chosen is Chosen.UNKNOWN for sample in samples):
        samples.append(_quiet_unknown(first))
    return {
        Http: _plain_http(urlsplit(first).netloc),
        Pages: Pages(home=home or _plain_home(first)),
        Samples: Samples(
            robots=Robots(there=False),
            pages=tuple(samples),
            known=len(case.pages),
            searched=tuple(searched),
            rendered=NotCaptured(cause=Cause.NOT_ENABLED),
        ),
    }


def _plain_http(host: str) -> Http:
    """Redirects as they should be: what a case plants stands in its pages."""
    secure = f"https://{host}/"
    https = exchange(hop(secure))
    return Http(
        http=redirected(f"http://{host}/", secure),
        https=https,
        twin_http=None,
        twin_https=None,
        canonical_url=secure,
    )


def _quiet_unknown(url: str) -> Sample:
    """The made-up path of a site that says plainly that there is nothing."""
    page = page_facts(
        b"<title>404</title><p>Not found</p>",
        url=f"https://{urlsplit(url).netloc}/tinnhiem-unknown",
        status=404,
        content_type="text/html",
        truncated=False,
    )
    return Sample(url=page.url, chosen=Chosen.UNKNOWN, page=page)


def _page(page: Page) -> PageFacts | NotCaptured:
    if page.left_to:
        return NotCaptured(cause=Cause.REDIRECT_OUT_OF_SCOPE)
    return page_facts(
        page.html.encode("utf-8", "surrogatepass"),
        url=page.url,
        status=page.status,
        content_type=page.content_type,
        truncated=False,
    )


def _plain_home(url: str) -> PageFacts:
    """The home page of a case that is one inner page, or a redirect alone."""
    parts = urlsplit(url)
    text = "Trang thông tin của nhà trường, nơi đăng tin hoạt động của thầy và trò."
    html = f"<html lang=vi><title>Trường</title><body><p>{text * 5}</p><a href=/tin>Tin</a></body></html>"
    return page_facts(
        html.encode(),
        url=f"{parts.scheme}://{parts.netloc}/",
        status=200,
        content_type="text/html; charset=utf-8",
        truncated=False,
    )


def _told(case: Case) -> Told:
    host = urlsplit(case.pages[0].url).hostname or ""
    site = Site(unit="truong", url=f"https://{host}/", host=host)
    seen = evidence(case)
    findings = tuple(
        judge(CATALOGUE[check], {}, "truong", site, seen, AT, lists=LISTS) for check in FINDERS
    )
    outcomes = {finding.outcome for finding in findings}
    order = (
        Outcome.BROKEN,
        Outcome.NOT_MET,
        Outcome.NEEDS_REVIEW,
        Outcome.NOT_TESTED,
        Outcome.MET,
    )
    return Told(case, next(one for one in order if one in outcomes), findings)
