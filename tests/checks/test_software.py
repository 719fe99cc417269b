"""Software and libraries by what a page shows of them: stated, guessed, unseen, unknown."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.base import Cause
from checks.evidence.http import Http
from checks.evidence.page import Image, Link, PageFacts, Script
from checks.lists import Lists
from checks.lists.cms import CmsList, parse, shipped
from checks.lists.unreadable import UnreadableList
from checks.parsing.cms import found_cms
from checks.parsing.libraries import mended_in, recognised
from checks.parsing.versions import below, version
from checks.rules.software import cms_supported, libraries_safe
from checks.spec import Finding, Outcome
from tests.builders.web import HOST, ask, exchange, hop, http, page, pages

OWN = f"https://{HOST}"
AFTER = datetime(2026, 12, 10, tzinfo=UTC)


def measured(found: Finding, name: str) -> Any:
    """One measured value."""
    return next(one.value for one in found.measured if one.name == name)


def made_by(generator: str = "", **other: Any) -> PageFacts:
    """A home page that names its maker."""
    return page(generator=(generator,) if generator else (), **other)


def scripted(*sources: str, **other: Any) -> PageFacts:
    """A home page that loads these scripts."""
    return page(scripts=tuple(Script(src=one) for one in sources), **other)


@pytest.mark.parametrize(
    ("generator", "outcome", "reason"),
    [
        pytest.param("WordPress 4.6.29", Outcome.NOT_MET, "end-of-life", id="wp-ended"),
        pytest.param("WordPress 4.7", Outcome.NEEDS_REVIEW, "support-not-promised", id="wp-bar"),
        pytest.param("WordPress 6.8.3", Outcome.NEEDS_REVIEW, "support-not-promised", id="wp-old"),
        pytest.param("WordPress 6.9.1", Outcome.MET, "", id="wp-newest-of-list"),
        pytest.param("WordPress 6.9", Outcome.MET, "patch-level-unseen", id="wp-branch"),
        pytest.param("WordPress 7.0.2", Outcome.MET, "", id="newer-than-the-list"),
        pytest.param("WordPress", Outcome.MET, "version-unseen", id="wp-hidden"),
        pytest.param("NukeViet v4.5", Outcome.MET, "patch-level-unseen", id="nukeviet"),
        pytest.param("NukeViet", Outcome.MET, "version-unseen", id="nukeviet-hidden"),
        pytest.param("NukeViet v3.4", Outcome.NEEDS_REVIEW, "support-not-promised", id="nv-old"),
        pytest.param("Drupal 7 (https://www.drupal.org)", Outcome.NOT_MET, "end-of-life", id="d7"),
        pytest.param("Drupal 8 (https://www.drupal.org)", Outcome.NOT_MET, "end-of-life", id="d8"),
        pytest.param("Drupal 9 (https://www.drupal.org)", Outcome.NOT_MET, "end-of-life", id="d9"),
        pytest.param("Drupal 10 (x)", Outcome.MET, "patch-level-unseen", id="d10-before-its-end"),
        pytest.param("Drupal 11 (x)", Outcome.MET, "patch-level-unseen", id="d11"),
        pytest.param("Joomla! 1.5 - Open Source", Outcome.NOT_MET, "end-of-life", id="joomla-15"),
        pytest.param("Joomla! - Open Source", Outcome.MET, "version-unseen", id="joomla-hidden"),
        pytest.param("Moodle 4.4.12", Outcome.NOT_MET, "end-of-life", id="moodle-ended"),
        pytest.param("Moodle 4.5.10", Outcome.MET, "", id="moodle-lts"),
        pytest.param("DotNetNuke ", Outcome.MET, "version-unseen", id="dnn"),
        pytest.param("Elementor 3.1.0", Outcome.NOT_APPLICABLE, "none-recognised", id="a-plugin"),
        pytest.param("", Outcome.NOT_APPLICABLE, "none-recognised", id="none"),
    ],
)
def test_what_the_generator_states(generator: str, outcome: Outcome, reason: str) -> None:
    """Only a stated version that a source calls ended is accused."""
    found = ask(cms_supported, pages(home=made_by(generator)))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_a_day_decides() -> None:
    """Drupal 10 ends on 9 December 2026: fine the day before."""
    home = pages(home=made_by("Drupal 10"))
    found = [
        ask(cms_supported, home, as_of=at).outcome
        for at in (datetime(2026, 12, 8, tzinfo=UTC), AFTER)
    ]
    assert found == [Outcome.MET, Outcome.NOT_MET]


@pytest.mark.parametrize(
    ("shown", "outcome", "reason"),
    [
        pytest.param(
            {"scripts": (Script(src=f"{OWN}/wp-includes/js/wp-embed.min.js?ver=4.5.2"),)},
            Outcome.NOT_MET,
            "end-of-life",
            id="core-script",
        ),
        pytest.param(
            {"scripts": (Script(src=f"{OWN}/wp-content/themes/x/a.js?ver=4.5.2"),)},
            Outcome.MET,
            "version-unseen",
            id="a-theme's-version-is-not-the-core's",
        ),
        pytest.param(
            {"scripts": (Script(src=f"{OWN}/wp-includes/js/wp-embed.min.js"),)},
            Outcome.MET,
            "version-unseen",
            id="core-script-without-version",
        ),
        pytest.param(
            {"images": (Image(src=f"{OWN}/wp-content/uploads/a.jpg"),)},
            Outcome.MET,
            "version-unseen",
            id="picture",
        ),
        pytest.param(
            {"images": (Image(src="https://bao.example/wp-content/uploads/a.jpg"),)},
            Outcome.NOT_APPLICABLE,
            "none-recognised",
            id="a-picture-of-somebody-else",
        ),
        pytest.param(
            {"scripts": (Script(src=f"{OWN}/media/jui/js/jquery.min.js"),)},
            Outcome.NEEDS_REVIEW,
            "end-of-life-by-shape",
            id="joomla-3-by-shape",
        ),
        pytest.param(
            {"scripts": (Script(src=f"{OWN}/core/misc/drupal.js?v=10.2.3"),)},
            Outcome.NOT_MET,
            "end-of-life",
            id="drupal-minor-ended",
        ),
        pytest.param(
            {"scripts": (Script(src=f"{OWN}/misc/drupal.js?abc"),)},
            Outcome.NEEDS_REVIEW,
            "end-of-life-by-shape",
            id="drupal-7-by-shape",
        ),
        pytest.param(
            {"links": (Link(href=f"{OWN}/index.php?option=com_content", text="a"),)},
            Outcome.MET,
            "version-unseen",
            id="joomla-link",
        ),
        pytest.param({"truncated": True}, Outcome.NOT_TESTED, "", id="cut"),
        pytest.param({"scripts_total": 300}, Outcome.NOT_TESTED, "", id="too-many-scripts"),
        pytest.param({"status": 404}, Outcome.NOT_TESTED, "", id="error"),
    ],
)
def test_what_addresses_tell(shown: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """Of the own host alone."""
    found = ask(cms_supported, pages(home=page(**shown)))
    assert (found.outcome, found.reason) == (outcome, reason)


def sent(**headers: str) -> Http:
    """The answer of the home page with further headers."""
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    return http(https=exchange(hop(changed=changed)))


@pytest.mark.parametrize(
    ("answer", "product", "outcome"),
    [
        pytest.param(sent(X_Generator="Drupal 9 (x)"), "Drupal", Outcome.NOT_MET, id="x-generator"),
        pytest.param(
            sent(Liferay_Portal="Liferay Community Edition Portal 6.2.5 CE GA6"),
            "Liferay",
            Outcome.MET,
            id="never-accused-without-a-source",
        ),
        pytest.param(sent(X_Drupal_Cache="HIT"), "Drupal", Outcome.MET, id="cache"),
    ],
)
def test_what_headers_tell(answer: Http, product: str, outcome: Outcome) -> None:
    """Where they were seen; the page alone decides where not."""
    found = ask(cms_supported, pages(home=made_by()), answer)
    assert (found.outcome, measured(found, "product")) == (outcome, product)


def test_a_newer_list_of_the_operator() -> None:
    """Replaces the shipped one, and its day is told."""
    text = '[[product]]\nname = "NukeViet"\ngenerators = ["nukeviet"]\n[[product.ended]]\nbelow = "5"\non = 2026-11-01\n'
    newer = parse(text, date(2026, 11, 20), "abc")
    found = ask(cms_supported, pages(home=made_by("NukeViet v4.5")), lists=Lists(cms=newer))
    assert found.outcome is Outcome.NOT_MET
    assert measured(found, "list_dated") == "2026-11-20"


@pytest.mark.parametrize(
    "text",
    [
        "x = [",
        "x = " + "[" * 50_000,
        "",
        "product = 1",
        "[[product]]\n",
        "[[product]]\nname = 1\n",
        '[[product]]\nname = "a"\n[[product.ended]]\non = 2026-01-01\n',
        '[[product]]\nname = "a"\n[[product.ended]]\nbelow = "1"\non = "soon"\n',
        '[[product]]\nname = "a"\n[[product.shapes]]\naddress = "x"\n',
    ],
)
def test_a_list_that_is_none(text: str) -> None:
    """Is refused with a sentence."""
    with pytest.raises(UnreadableList):
        parse(text, date(2026, 11, 20), "")


def test_the_shipped_list() -> None:
    """Has products, each recognisable in some way, and ends in order."""
    listed = shipped()
    assert {"NukeViet", "WordPress", "Joomla", "Drupal", "Moodle", "Liferay", "DNN"} <= {
        one.name for one in listed.products
    }
    assert all(one.generators or one.addresses or one.headers for one in listed.products)


CDN = "https://cdnjs.cloudflare.com/ajax/libs"


@pytest.mark.parametrize(
    ("src", "library", "stated"),
    [
        (f"{OWN}/js/jquery-1.12.4.min.js", "jQuery", "1.12.4"),
        (f"{OWN}/js/jquery-3.7.1.slim.min.js", "jQuery", "3.7.1"),
        (f"{OWN}/js/jquery.min.js", "jQuery", ""),
        (f"{OWN}/js/JQUERY.JS?v=9", "jQuery", ""),
        (f"{OWN}/js/jquery-1.12.4-wp.js", "jQuery", ""),
        ("https://ajax.googleapis.com/ajax/libs/jquery/1.11.3/jquery.min.js", "jQuery", "1.11.3"),
        (f"{CDN}/jquery/3.6.0/jquery.min.js", "jQuery", "3.6.0"),
        ("https://cdn.jsdelivr.net/npm/jquery@3.4.1/dist/jquery.min.js", "jQuery", "3.4.1"),
        ("https://cdn.jsdelivr.net/npm/jquery@3/dist/jquery.min.js", "jQuery", ""),
        (f"{OWN}/wp-includes/js/jquery/jquery.min.js?ver=3.7.1", "jQuery", "3.7.1"),
        (f"{OWN}/wp-includes/js/jquery/jquery.js?ver=1.12.4-wp", "jQuery", ""),
        (f"{OWN}/wp-includes/js/jquery/ui/core.min.js?ver=1.13.3", "jQuery UI", "1.13.3"),
        (f"{OWN}/wp-includes/js/jquery/jquery-migrate.min.js?ver=3.4.1", "jQuery Migrate", "3.4.1"),
        (f"{OWN}/wp-content/themes/a/js/bootstrap.min.js?ver=3.3.7", "Bootstrap", ""),
        (f"{OWN}/themes/3.3.7/js/bootstrap.min.js", "Bootstrap", ""),
        (
            "https://maxcdn.bootstrapcdn.com/bootstrap/3.3.7/js/bootstrap.min.js",
            "Bootstrap",
            "3.3.7",
        ),
        (
            "https://stackpath.bootstrapcdn.com/bootstrap/4.3.1/js/bootstrap.bundle.min.js",
            "Bootstrap",
            "4.3.1",
        ),
        ("https://code.jquery.com/ui/1.12.1/jquery-ui.js", "jQuery UI", "1.12.1"),
        (f"{OWN}/js/jquery-ui-1.12.1.custom.min.js", "jQuery UI", "1.12.1"),
        ("https://cdn.datatables.net/1.10.25/js/jquery.dataTables.min.js", "DataTables", "1.10.25"),
        ("https://cdn.ckeditor.com/4.22.1/standard/ckeditor.js", "CKEditor 4", "4.22.1"),
        (f"{CDN}/moment.js/2.29.1/moment.min.js", "Moment", "2.29.1"),
        (f"{CDN}/Chart.js/2.9.3/Chart.min.js", "Chart.js", "2.9.3"),
        ("https://cdn.jsdelivr.net/npm/vue@2.6.14", "Vue 2", "2.6.14"),
    ],
)
def test_a_library_is_recognised(src: str, library: str, stated: str) -> None:
    """With its version only where the address cannot mean anything else."""
    found = recognised(src)
    assert [(one.library.name, one.version) for one in found] == [(library, stated)]


@pytest.mark.parametrize(
    "src",
    [
        f"{OWN}/js/main.js",
        f"{OWN}/js/chart.js",
        f"{OWN}/js/video.js",
        f"{OWN}/js/jquery.js.php",
        f"{OWN}/wp-includes/js/comment-reply.min.js?ver=6.4",
        f"{OWN}/npm/nobody@1.2.3/a.js",
        "http://[/wp-includes/js/a.js",
        f"{OWN}/js/jquery.countdown-2.2.0.min.js",
        f"{OWN}/js/jquery.menu.js",
        f"{OWN}/js/bootstrap-datepicker.1.9.0.js",
        f"{OWN}/js/",
        "http://[",
        "",
    ],
)
def test_what_is_no_library(src: str) -> None:
    """Plugins and the school's own scripts."""
    assert recognised(src) == ()


def test_several_in_one_address() -> None:
    """As a delivery network joins them."""
    src = "https://cdn.jsdelivr.net/combine/npm/jquery@3.4.1,npm/bootstrap@3.3.7/dist/js/bootstrap.min.js"
    assert {(one.library.name, one.version) for one in recognised(src)} == {
        ("jQuery", "3.4.1"),
        ("Bootstrap", "3.3.7"),
    }


@pytest.mark.parametrize(
    ("sources", "outcome", "reason"),
    [
        pytest.param(["jquery-3.4.1.js"], Outcome.NOT_MET, "known-holes", id="one-below-the-bar"),
        pytest.param(["jquery-3.5.0.js"], Outcome.MET, "", id="at-the-bar"),
        pytest.param(["bootstrap-3.4.0.js"], Outcome.NOT_MET, "known-holes", id="branch-3"),
        pytest.param(["bootstrap-3.4.1.js"], Outcome.MET, "", id="branch-3-mended"),
        pytest.param(["bootstrap-4.3.0.js"], Outcome.NOT_MET, "known-holes", id="branch-4"),
        pytest.param(["bootstrap-4.6.2.js"], Outcome.MET, "", id="withdrawn-entries-do-not-count"),
        pytest.param(["jquery.min.js"], Outcome.NOT_TESTED, "", id="version-unseen"),
        pytest.param(["jquery.min.js", "moment-2.29.4.js"], Outcome.MET, "some-unseen", id="some"),
        pytest.param(["menu.js"], Outcome.NOT_APPLICABLE, "none-recognised", id="none"),
        pytest.param([], Outcome.NOT_APPLICABLE, "none-recognised", id="no-script"),
    ],
)
def test_holes(sources: list[str], outcome: Outcome, reason: str) -> None:
    """A version that cannot be seen is neither accused nor counted."""
    found = ask(libraries_safe, pages(home=scripted(*(f"{OWN}/js/{one}" for one in sources))))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_what_is_told_of_holes() -> None:
    """The library, the holes, and the version that has none of them."""
    found = ask(libraries_safe, pages(home=scripted(f"{OWN}/js/jquery-1.12.4.min.js")))
    assert measured(found, "faulty") == "jQuery 1.12.4"
    assert (
        measured(found, "holes") == "CVE-2015-9251, CVE-2019-11358, CVE-2020-11022, CVE-2020-11023"
    )
    assert measured(found, "mended") == "jQuery 3.5.0"


def test_a_hole_on_another_page_names_it() -> None:
    """The policy page counts too."""
    url = f"{OWN}/chinh-sach-bao-mat"
    found = ask(libraries_safe, pages(policy=scripted(f"{OWN}/jquery-1.9.0.js", url=url)))
    assert (found.outcome, found.address) == (Outcome.NOT_MET, url)


@pytest.mark.parametrize(
    "cut", [{"truncated": True}, {"scripts_total": 300}, {"status": 500}, {"content_type": "a/b"}]
)
def test_cut_pages_of_scripts(cut: dict[str, Any]) -> None:
    """Nothing found in a part says nothing of the whole; a hole found stays found."""
    home = scripted(f"{OWN}/jquery-3.7.1.js", **cut)
    assert ask(libraries_safe, pages(home=home)).outcome is Outcome.NOT_TESTED
    if "status" not in cut and "content_type" not in cut:
        home = scripted(f"{OWN}/jquery-1.7.1.js", **cut)
        assert ask(libraries_safe, pages(home=home)).outcome is Outcome.NOT_MET


def test_the_cause_of_unseen_versions_is_ours() -> None:
    """The school is not blamed for an address without a number."""
    found = ask(libraries_safe, pages(home=scripted(f"{OWN}/jquery.min.js")))
    assert found.cause is Cause.SCANNER_CANNOT
    assert "jQuery" in found.note


@pytest.mark.parametrize(
    ("one", "other", "older"),
    [
        ("1.12.4", "3.5.0", True),
        ("3.5", "3.5.0", False),
        ("3.5.0", "3.5", False),
        ("3.10", "3.9", False),
        ("1", "1.0.1", True),
    ],
)
def test_versions_are_numbers(one: str, other: str, *, older: bool) -> None:
    """Ten is more than nine; what is not said is zero."""
    assert below(version(one), version(other)) is older


PARTS = st.sampled_from(
    [
        "jquery",
        "bootstrap",
        "@",
        "1.2.3",
        "/",
        "-",
        ".",
        ".js",
        "min",
        "?ver=",
        "1" * 400,
        "]",
        "[",
        "://",
    ]
)


@given(st.lists(PARTS | st.text(max_size=8), max_size=30).map("".join))
def test_no_address_makes_the_readers_fail(text: str) -> None:
    """Whatever is written, something or nothing is recognised."""
    for one in recognised(text):
        mended_in(one.library.holes_of(one.version))
    home = page(scripts=(Script(src=text),), generator=(text,))
    known: CmsList = shipped()
    found_cms(home, None, known)
