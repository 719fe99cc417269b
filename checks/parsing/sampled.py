"""The pages of a site that were seen: the home page, the policy, and those that a sampler chose."""

from dataclasses import dataclass

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.page import PageFacts, Pages
from checks.evidence.samples import Chosen, Sample, Samples
from checks.parsing.answers import home_page, is_html
from checks.spec import Seen, untested

READ_SHARE = 0.5
"""Of the pages asked for at least so many must have been read before a site is said to hold nothing."""


@dataclass(frozen=True)
class SampledSite:
    """What was seen of a site's pages; ``missing`` says why no further ones were looked at."""

    home: PageFacts
    pages: tuple[PageFacts, ...]
    """The home page first, the policy, then those sampled; each once."""
    asked: int
    left: tuple[Sample, ...]
    """Those that led elsewhere."""
    searched: tuple[Sample, ...] = ()
    missing: NotCaptured | None = None

    def nothing_found(self) -> None:
        """``Untested`` where too little was seen to say that there is nothing."""
        if self.missing is not None:
            untested(self.missing.cause, f"home page alone: {self.missing.detail}")
        home = self.home
        if not (home.words or home.links_total or home.images_total or home.frames_total):
            untested(Cause.UNDECODABLE, "neither words nor links nor pictures")
        if home.truncated or home.links_total > len(home.links):
            untested(Cause.BODY_TRUNCATED, home.url)
        if home.code_cut:
            untested(Cause.BUDGET_CPU, "scripts in the page too long to be read to their end")
        if len(self.pages) + len(self.left) < READ_SHARE * self.asked:
            untested(Cause.NO_ANSWER, f"{len(self.pages)} of {self.asked} pages read")


def sampled_site(seen: Seen) -> SampledSite:
    """All that was seen; ``Untested`` where the home page itself was not."""
    pages = seen.get(Pages)
    home = home_page(pages)
    found = {home.url: home}
    policy = pages.policy
    if isinstance(policy, PageFacts) and is_html(policy.content_type):
        found.setdefault(policy.url, policy)
    asked = 1 + bool(pages.policy_url)
    samples = seen.payloads.get(Samples, NotCaptured(cause=Cause.NOT_RUN))
    if not isinstance(samples, Samples):
        missing = samples if isinstance(samples, NotCaptured) else None
        return SampledSite(home, tuple(found.values()), asked, (), missing=missing)
    for sample in samples.pages:
        page = sample.page
        if isinstance(page, PageFacts) and is_html(page.content_type):
            found.setdefault(page.url, page)
        elif isinstance(page, PageFacts) or sample.left_to or sample.chosen is Chosen.UNKNOWN:
            # A file, a way out, a path that nobody made: nothing there was left unread.
            asked -= 1
        asked += 1
    searched = samples.searched if isinstance(samples.searched, tuple) else ()
    left = tuple(sample for sample in samples.pages if sample.left_to)
    return SampledSite(home, tuple(found.values()), max(asked, len(found)), left, searched)
