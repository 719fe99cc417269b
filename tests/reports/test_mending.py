"""What is weak, spot by spot, and the line that mends this very site, as its page tells them; and the lists that were used."""

import re
from datetime import timedelta

import pytest

from checks.assessment import ListUsed
from checks.lists import OLD_AFTER as BLOCK_OLD_AFTER
from checks.rules.cookies import cookies_protected
from checks.rules.policies import csp_effective
from checks.spec import Finding, Outcome
from reports.reporter import render_all
from reports.run_view import OLD_AFTER, run_facts
from reports.words import LANGUAGES, Language, words
from tests.builders.judged import (
    AT,
    Answer,
    assessed,
    criterion,
    edition,
    rich,
    site,
    telling,
    unit,
)
from tests.builders.web import HOST, ask, exchange, hop, http, pages

HOSTILE = "</code></pre><script>alert(1)</script>"


def page(lang: Language, *found: Finding) -> str:
    """The page of one unit of which these findings were made."""
    one = unit()
    place = site(one)
    said: dict[str, Answer] = {f.check: (f.outcome, f.reason, f.cause, f.measured) for f in found}
    rows = tuple(criterion(f.check, f.check) for f in found)
    made = assessed((edition(*rows),), [(one, [(place, telling(place, said))])])
    rendered = dict(render_all(made, lang))
    (told,) = [body for path, body in rendered.items() if path.startswith("units/")]
    return told.decode()


def sent(**headers: str | tuple[str, ...]) -> tuple[Finding, Finding]:
    """What is found of policy and cookies where a page sends these headers."""
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    seen = http(https=exchange(hop(f"https://{HOST}/", changed=changed)))
    return ask(csp_effective, seen, pages()), ask(cookies_protected, seen)


WEAK = sent(
    Content_Security_Policy="default-src 'self'; script-src 'self' 'unsafe-inline' https://cdn.vn",
    Set_Cookie=("PHPSESSID=x; path=/", "lang=vi; path=/; SameSite=Lax"),
)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_spot_and_each_line(lang: Language) -> None:
    """In the words of the language, with the site's own policy and the names of its cookies."""
    told = page(lang, *WEAK)
    (spots, cookie_spots) = re.findall(r'<ul class="spots">(.*?)</ul>', told)
    assert spots.count("<li") == 2
    assert "script-src &#39;unsafe-inline&#39;" in spots
    assert "base-uri" in spots
    assert cookie_spots.count("<li") == 3
    lines = re.findall(r'<pre class="to-set" tabindex="0"><code>(.*?)</code>', told, re.DOTALL)
    assert [line.strip().replace("&#39;", "'") for line in lines] == [
        "Content-Security-Policy: default-src 'self'; script-src 'self' https://cdn.vn; base-uri 'self'",
        "Set-Cookie: PHPSESSID=…; Path=/; Secure; HttpOnly; SameSite=Lax\n"
        "Set-Cookie: lang=…; Path=/; Secure; SameSite=Lax",
    ]
    assert words(lang).ui("unit.to_set") in told


def test_what_is_well_is_not_told_to_change() -> None:
    """No list of spots, and no line."""
    told = page("vi", *sent(Set_Cookie="PHPSESSID=x; Secure; HttpOnly; SameSite=Lax"))
    assert 'class="spots"' not in told
    assert 'class="to-set"' not in told


def test_a_hostile_site_writes_nothing_into_its_page() -> None:
    """What it sent is shown as text, and bounded."""
    policy = f"script-src 'unsafe-inline' {HOSTILE.replace(' ', '')}; img-src {'x' * 5000}.vn"
    found = sent(Content_Security_Policy=policy, Set_Cookie=(f"{HOSTILE}=x", f"{'n' * 3000}=x"))
    assert all(one.outcome is Outcome.NOT_MET for one in found)
    assert max(len(str(m.value)) for one in found for m in one.measured) <= 1_100
    told = page("vi", *found)
    assert "<script>alert" not in told
    assert "n" * 400 not in told


@pytest.mark.parametrize("lang", LANGUAGES)
def test_lists_are_told_with_their_dates(lang: Language) -> None:
    """That none was loaded, which ones were, and which are old."""
    told = words(lang)
    run = rich().run

    def shown(*lists: ListUsed) -> list[str]:
        made = rich().model_copy(update={"run": run.model_copy(update={"lists": lists})})
        return [f.value for f in run_facts(made, told) if f.label == told.ui("run.lists")]

    assert shown() == [told.ui("run.no_lists")]
    day = AT.date() - OLD_AFTER
    fresh = ListUsed(name="hsts-preload", dated=day, sha256="ab" * 32, entries=150_000)
    old = fresh.model_copy(update={"dated": day - timedelta(days=1)})
    other = fresh.model_copy(update={"name": "never-heard-of"})
    ((one,), (late,), (unknown,)) = shown(fresh), shown(old), shown(other)
    assert told.ui("list.hsts-preload") in one
    assert told.day(day) in one
    assert told.number(150_000) in one
    assert "ab" * 32 in one
    assert told.ui("run.list_old", days=180) not in one
    assert late.endswith(told.ui("run.list_old", days=180))
    assert "never-heard-of" in unknown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_block_lists_are_told_with_their_age(lang: Language) -> None:
    """What they say of whom, how old they are, and what they hold that accuses nobody."""
    told = words(lang)
    run = rich().run
    day = AT.date() - BLOCK_OLD_AFTER
    fresh = ListUsed(name="blocklist-a", dated=day, sha256="ab" * 32, entries=7, purpose="harm")
    old = fresh.model_copy(update={"dated": day - timedelta(days=1)})
    shared = fresh.model_copy(update={"shared": 2, "left_out": 3})
    made = rich().model_copy(
        update={
            "run": run.model_copy(
                update={"lists": (fresh, old, shared), "dnsbl": ("xbl.example.org",)}
            )
        }
    )
    facts = run_facts(made, told)
    one, late, counted = (f.value for f in facts if f.label == told.ui("run.lists"))
    assert told.ui("list_purpose.harm") in one
    assert told.ui("run.list_age", days=30) in one
    assert told.ui("run.list_old", days=30) not in one
    assert late.endswith(told.ui("run.list_old", days=30))
    assert counted.endswith(told.ui("run.list_shared", shared=2, left_out=3))
    (asked,) = (f.value for f in facts if f.label == told.ui("run.dnsbl"))
    assert asked == "xbl.example.org"
