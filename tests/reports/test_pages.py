"""Pages are inert whatever a site sent, self-contained, and the same bytes every time."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import Final

import pytest

from checks.assessment import Assessment
from reports import as_html
from reports.judged import Judged
from reports.reporter import REPORTERS, Reporter, render_all
from reports.words import LANGUAGES, Language
from tests.builders.judged import HOSTILE, many, rich

VOID: Final = {"meta", "link", "img", "br", "input", "hr", "rect"}


class Seen(HTMLParser):
    """Every tag with its attributes, and whether tags close in order."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.text = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    """The rich run, judged once."""
    return rich()


@pytest.fixture(scope="module", params=LANGUAGES)
def pages(request: pytest.FixtureRequest, assessment: Assessment) -> dict[str, bytes]:
    """All pages in one language."""
    return dict(as_html.pages(Judged(assessment), request.param))


def test_rendering_twice_gives_the_same_bytes(assessment: Assessment) -> None:
    """No clock, no chance, no order of a set."""
    turned = assessment.model_copy(
        update={
            "units": assessment.units[::-1],
            "sites": assessment.sites[::-1],
            "findings": assessment.findings[::-1],
            "verdicts": assessment.verdicts[::-1],
            "looks": dict(reversed(assessment.looks.items())),
        }
    )
    for lang in LANGUAGES:
        assert list(render_all(assessment, lang)) == list(render_all(turned, lang))


def test_pages_are_well_formed(pages: dict[str, bytes]) -> None:
    """Every tag closes where it should, and no id stands twice."""
    for path, page in pages.items():
        seen = Seen(page)
        assert seen.wrong == [], path
        assert seen.open == [], path
        ids = [a["id"] for _, a in seen.tags if "id" in a]
        assert len(ids) == len(set(ids)), path
        assert sum(tag == "h1" for tag, _ in seen.tags) == 1


def test_the_policy_is_first_and_fits_the_tags(pages: dict[str, bytes]) -> None:
    """The hashes are over exactly what stands between the tags."""
    for page in pages.values():
        text = page.decode()
        assert text.count("<style>") == text.count("<script>") == 1
        head = re.search(r"<head>\s*(<[^>]*>)", text)
        assert head is not None
        policy = re.fullmatch(
            r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', head[1]
        )
        assert policy is not None
        for tag in ("style", "script"):
            inside = re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
            assert inside is not None
            digest = base64.b64encode(hashlib.sha256(inside[1].encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{digest}'" in policy[1]
        assert policy[1].startswith("default-src 'none'; ")
        assert "unsafe" not in policy[1]
        assert "base-uri 'none'; form-action 'none'" in policy[1]


def test_nothing_hostile_becomes_markup(pages: dict[str, bytes]) -> None:
    """Only our tags, no handlers, no style attributes, no address but pages, anchors, http and https."""
    for path, page in pages.items():
        seen = Seen(page)
        assert {"img", "iframe", "object", "base", "form", "link"}.isdisjoint(
            t for t, _ in seen.tags
        )
        # No link tells where the reader comes from, or hands its window to the page that it opens.
        assert ("meta", {"name": "referrer", "content": "no-referrer"}) in [
            (tag, dict(attrs)) for tag, attrs in seen.tags
        ]
        for tag, attrs in seen.tags:
            assert "target" not in attrs
            assert not [a for a in attrs if a.startswith("on") or a in ("style", "src")], tag
            href = attrs.get("href")
            if href is None:
                continue
            if not href.startswith(("http://", "https://")):
                assert re.fullmatch(r"#[\w-]+|[\w./-]+\.html", href), href
        text = page.decode()
        assert "{{" not in re.sub(r"<(style|script)>.*?</\1>", "", text, flags=re.DOTALL).replace(
            "{{7*7}}", ""
        ), path
        # Controls and bidi signs were made visible.
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text), path


def test_hostile_words_are_shown_as_they_are(pages: dict[str, bytes]) -> None:
    """Nothing was computed from them, nothing was lost."""
    (page,) = (page for path, page in pages.items() if path.startswith("units/con-"))
    text = Seen(page).text
    assert "<script>alert(1)</script>" in text
    assert "{{7*7}} {0} %s ${x} ‹U+202E›gpj␛[31m" in text
    assert "javascript:alert(1)" in text
    assert HOSTILE not in page.decode()


def test_every_link_inside_the_report_leads_somewhere(pages: dict[str, bytes]) -> None:
    """Pages and anchors exist."""
    ids = {p: {a["id"] for _, a in Seen(page).tags if "id" in a} for p, page in pages.items()}
    for path, page in pages.items():
        for _, attrs in Seen(page).tags:
            href = attrs.get("href") or "https:"
            if href.startswith("#"):
                assert href[1:] in ids[path], (path, href)
            elif not href.startswith("http"):
                parts: list[str] = []
                for part in (PurePosixPath(path).parent / href).parts:
                    if part == "..":
                        parts.pop()
                    else:
                        parts.append(part)
                assert "/".join(parts) in pages, (path, href)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pages_name_their_language_and_never_a_granted_label(
    lang: Language, assessment: Assessment
) -> None:
    """For screen readers, and for the law."""
    for page in dict(as_html.pages(Judged(assessment), lang)).values():
        text = page.decode()
        assert f'<html lang="{lang}">' in text
        assert "được cấp nhãn" not in text.lower()
    marked = "[tiếng Anh]" in dict(as_html.pages(Judged(assessment), "vi"))["index.html"].decode()
    assert not marked


def test_no_reader_meets_an_unfilled_place(pages: dict[str, bytes]) -> None:
    """Words were filled wherever they are shown."""
    for path, page in pages.items():
        body = re.sub(r"<(style|script|pre)\b.*?</\1>", "", page.decode(), flags=re.DOTALL)
        body = body.replace("{0}", "").replace("${x}", "").replace('data-text="', "")
        found = set(re.findall(r"\{[a-z_]+\}", body)) - {"{shown}", "{of}"}
        assert found == set(), path


@pytest.mark.heavy
def test_sizes_of_a_large_city() -> None:
    """1,500 units stay under 2.5 MB."""
    path, page = next(as_html.pages(Judged(many(1500)), "vi"))
    assert path == "index.html"
    assert page.count(b"<tr data-c=") == 1500
    assert len(page) < 2_500_000


def test_sizes_of_rich_units(pages: dict[str, bytes]) -> None:
    """Also with three editions and two sites."""
    assert max(len(p) for path, p in pages.items() if path.startswith("units/")) < 300_000


def test_two_reporters_never_write_one_file(assessment: Assessment) -> None:
    """It would depend on their order which one stays."""
    with pytest.raises(ValueError, match="another reporter"):
        list(render_all(assessment, "vi", (*REPORTERS, Reporter("again", REPORTERS[1].files))))
