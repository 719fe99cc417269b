"""What the pages load from elsewhere, what they load in the clear, and where their forms send."""

import re
from collections.abc import Callable, Iterable

from checks.evidence.base import Cause
from checks.evidence.page import Form, Load, PageFacts, Pages, Script
from checks.parsing import csp
from checks.parsing.answers import home_page, host_of, is_html, scheme_of
from checks.parsing.scripts import pins, runs
from checks.parsing.text import display
from checks.spec import Answer, Measured, NoLimits, Outcome, Seen, check, untested, worst
from inventory.hosts import AddressError, host_name

SHOWN = 300
_WEB = frozenset({"http", "https"})
_THIS_MACHINE = re.compile(r"(?:.+\.)?localhost|127(?:\.[0-9]{1,3}){3}|::1")


@check(
    id="scripts-pinned",
    title="Scripts from elsewhere are pinned",
    family="http",
    needs=(Pages,),
    limits=NoLimits,
    reasons=("unpinned", "no-foreign-scripts"),
    names=("hosts",),
)
def scripts_pinned(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Does every script that the home page (and the privacy policy, where it was seen) loads from another host
        carry an integrity attribute with a hash that browsers know (sha256, sha384 or sha512 of the right length), or
        is there none?  The page's own host, the site's host and their www/apex twins are not elsewhere.

        None from elsewhere: met.  One seen without: not-met, also on a page that was cut.  Page or list cut and none
        seen: not-tested.  Page not seen (refused, timeout, reset, NXDOMAIN, blocked), an error status, a login or no
        HTML: not-tested.

    Why it matters
        Whoever takes over the other host changes what every visitor of the school runs.

    How to fix
        Copy the script to the school's own site, or load one fixed version with ``integrity`` and ``crossorigin``.

    Not tested by this check
        What scripts load later by themselves, scripts inside frames and SVG pictures, whether the hash is the
        right one, and whether ``crossorigin`` stands beside it: browsers then refuse the script.
    """
    return _every_page(seen, lambda page: _pinned(page, _own_hosts(seen, page)))


def _pinned(page: PageFacts, own: frozenset[str]) -> Answer:
    foreign = [one for one in page.scripts if _runs(one) and _host_of(one) not in own]
    loose = [one for one in foreign if not pins(one.integrity)]
    measured = (
        Measured("scripts", len(foreign)),
        Measured("unpinned", len(loose)),
        Measured("hosts", _named(_host_of(one) for one in loose)),
    )
    if loose:
        return Answer(Outcome.NOT_MET, measured, "unpinned")
    _whole(page, page.scripts_total > len(page.scripts), "scripts")
    return Answer(Outcome.MET, measured, "" if foreign else "no-foreign-scripts")


def _runs(script: Script) -> bool:
    """Whether a browser fetches and runs it: not a block of data, not written into the page."""
    return runs(script.type) and scheme_of(script.src) in _WEB


def _host_of(script: Script) -> str:
    """The host in the form of the inventory; as it was written where it is no name."""
    host = host_of(script.src)
    try:
        return host if host.isascii() else host_name(host)
    except AddressError:
        return host


def _own_hosts(seen: Seen, page: PageFacts) -> frozenset[str]:
    """The hosts that are not elsewhere."""
    here = host_of(page.url).removeprefix("www.")
    return frozenset({seen.site.host, seen.site.twin, here, f"www.{here}"})


@check(
    id="no-mixed-content",
    title="A page on https loads nothing over http",
    family="http",
    needs=(Pages,),
    limits=NoLimits,
    reasons=("active", "passive", "upgraded", "no-https"),
)
def no_mixed_content(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Does the home page on https (and the privacy policy, where it was seen) load nothing over http?  Scripts,
        style sheets, frames, manifests and fonts are active: not-met.  Pictures, sounds, films and icons are passive:
        needs-review.  ``upgrade-insecure-requests`` in an enforced policy of header or head makes https of all:
        met (upgraded).  This machine's own names (localhost, 127.0.0.0/8) count as safe, as in browsers.

        Page on http: not-applicable.  Page cut and nothing active seen: not-tested.  Page not seen (refused, timeout,
        reset, NXDOMAIN, blocked), an error status, a login or no HTML: not-tested.

    Why it matters
        One script over http gives the whole page to anybody on the same network; browsers block it, so parts of
        the page are missing.

    How to fix
        Write every address with https, or send ``Content-Security-Policy: upgrade-insecure-requests``.

    Not tested by this check
        What scripts and style sheets load later by themselves, more than twenty addresses inside CSS, other pages, and
        whether another rule of the policy blocks the load.  Pictures to choose from (srcset) and subtitles count as
        passive, although browsers block them.
    """
    return _every_page(seen, _unmixed)


def _unmixed(page: PageFacts) -> Answer:
    if scheme_of(page.url) != "https":
        return Answer(Outcome.NOT_APPLICABLE, reason="no-https")
    loads = [load for load in page.plain_loads if not _on_this_machine(load.url)]
    active = [load for load in loads if load.active]
    measured = _loads_measured(active or loads, len(loads))
    if (loads or page.truncated) and _upgraded(page):
        return Answer(Outcome.MET, measured, "upgraded")
    if active:
        return Answer(Outcome.NOT_MET, measured, "active")
    # Active and passive ones are cut apart, so of those that were left out some of the kind are here.
    cut = page.plain_loads_total > len(page.plain_loads)
    _whole(page, cut and (not loads or any(load.active for load in page.plain_loads)), "loads")
    if loads:
        return Answer(Outcome.NEEDS_REVIEW, measured, "passive")
    return Answer(Outcome.MET, measured)


def _loads_measured(shown: list[Load], total: int) -> tuple[Measured, ...]:
    return (
        Measured("loads", total),
        Measured("targets", _named(load.url for load in shown)),
    )


@check(
    id="forms-submit-securely",
    title="Forms are sent over https only",
    family="http",
    needs=(Pages,),
    limits=NoLimits,
    reasons=("sent-over-http", "password-over-http", "upgraded", "no-forms", "no-https"),
    names=("targets",),
)
def forms_submit_securely(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Does every form of the home page on https (and of the privacy policy, where it was seen) send to https, its
        buttons too, and does no password field stand on a page on http?  A form without action, or with
        ``javascript:``, sends to its own page.  ``upgrade-insecure-requests`` makes https of every target: met
        (upgraded).  A form of the kind "dialog" sends nothing.

        No form: not-applicable.  Page on http without a password field: not-applicable.  One target on http seen:
        not-met, also on a page that was cut.  Page or list cut and none seen: not-tested.  Page not seen (refused,
        timeout, reset, NXDOMAIN, blocked), an error status, a login or no HTML: not-tested.

    Why it matters
        What parents and teachers type, passwords included, could be read by anybody on the same network.

    How to fix
        Begin the ``action`` of every form with https, or leave the scheme out; show login pages on https only.

    Not tested by this check
        What scripts send, forms inside frames, forms of other pages, targets of ``mailto:``.
    """
    return _every_page(seen, _secure_forms)


def _secure_forms(page: PageFacts) -> Answer:
    passwords = page.loose_passwords + sum(1 for form in page.forms if form.password)
    plain = [target for form in page.forms for target in _targets(form) if _is_plain(target)]
    measured = (
        Measured("forms", page.forms_total),
        Measured("passwords", passwords),
        Measured("targets", _named(plain)),
    )
    if scheme_of(page.url) != "https":
        if passwords:
            return Answer(Outcome.NOT_MET, measured, "password-over-http")
        _whole(page, page.forms_total > len(page.forms), "forms")
        return Answer(Outcome.NOT_APPLICABLE, measured, "no-https")
    if plain:
        if _upgraded(page):
            return Answer(Outcome.MET, measured, "upgraded")
        return Answer(Outcome.NOT_MET, measured, "sent-over-http")
    _whole(page, _forms_cut(page), "forms")
    if not page.forms and not passwords:
        return Answer(Outcome.NOT_APPLICABLE, measured, "no-forms")
    return Answer(Outcome.MET, measured)


def _targets(form: Form) -> tuple[str, ...]:
    """Where a form sends; one that only closes a dialog sends where its buttons say, if they do."""
    return form.further if form.method == "dialog" else (form.action, *form.further)


def _forms_cut(page: PageFacts) -> bool:
    return page.forms_total > len(page.forms) or any(
        form.further_total > len(form.further) for form in page.forms
    )


def _is_plain(url: str) -> bool:
    return scheme_of(url) == "http" and not _on_this_machine(url)


def _on_this_machine(url: str) -> bool:
    """Secure Contexts, 3.1: what never leaves the visitor's own machine is as good as encrypted."""
    return _THIS_MACHINE.fullmatch(host_of(url)) is not None


def _upgraded(page: PageFacts) -> bool:
    """Whether an enforced policy tells browsers to load and to send over https whatever is written."""
    policies = (*csp.parse(page.csp_header), *csp.parse_in_page(page.csp_meta))
    return any("upgrade-insecure-requests" in policy for policy in policies)


def _whole(page: PageFacts, cut: bool, what: str) -> None:  # noqa: FBT001  One fact beside another.
    """``Untested`` where something may stand in what was not kept."""
    if page.truncated:
        untested(Cause.BODY_TRUNCATED, f"{what} in what was kept show no fault")
    if cut:
        untested(Cause.BUDGET_CPU, f"too many {what} to keep; those kept show no fault")


def _named(values: Iterable[str]) -> str:
    """The first of several, each once."""
    return display(", ".join(dict.fromkeys(values)), SHOWN)


def _every_page(seen: Seen, ask: Callable[[PageFacts], Answer]) -> Answer:
    """The worst answer over the home page and the privacy policy, where that was seen to be a page."""
    pages = seen.get(Pages)
    places: list[tuple[str, Callable[[], Answer]]] = []
    home = pages.home
    places.append((_place(home, seen.site.url), lambda: ask(home_page(pages))))
    policy = pages.policy
    if (
        isinstance(policy, PageFacts)
        and 200 <= policy.status < 300
        and is_html(policy.content_type)
    ):
        places.append((display(policy.url, SHOWN), lambda: ask(policy)))
    return worst(places)


def _place(home: object, otherwise: str) -> str:
    return display(home.url, SHOWN) if isinstance(home, PageFacts) else otherwise
