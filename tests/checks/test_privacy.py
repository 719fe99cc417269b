"""The privacy policy: linked, there, in Vietnamese, long enough."""

from typing import Any

import pytest

from checks.evidence.page import Link
from checks.parsing.policy_links import policy_link
from checks.parsing.text import is_vietnamese
from checks.rules.privacy import privacy_policy_published
from checks.spec import Outcome
from tests.builders.web import HEALTHY_TEXT, HOST, POLICY_TEXT, TWIN, ask, page, pages

BAR = {"min_words": 200}
HOME = f"https://{HOST}/"
WORDS = POLICY_TEXT.split()
ENGLISH = "We collect personal data of pupils only with the consent of their parents. " * 30


def unlinked(*links: Link, **home: Any) -> dict[str, Any]:
    """Pages of a site on which no policy was found to fetch."""
    return {"policy_url": "", "policy": None, "home": page(links=links, **home)}


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        pytest.param({}, Outcome.MET, "", id="healthy"),
        pytest.param({"policy": page(" ".join(WORDS[:200]))}, Outcome.MET, "", id="exactly-200"),
        pytest.param(
            {"policy": page(" ".join(WORDS[:199]))}, Outcome.NOT_MET, "too-short", id="one-short"
        ),
        pytest.param(
            {"policy": page(" ".join(WORDS[:199]), truncated=True)},
            Outcome.NOT_TESTED,
            "",
            id="cut-before-the-bar",
        ),
        pytest.param(
            {"policy": page(POLICY_TEXT, truncated=True)}, Outcome.MET, "", id="cut-after"
        ),
        pytest.param({"policy": page(ENGLISH)}, Outcome.NOT_MET, "not-vietnamese", id="english"),
        pytest.param({"policy": page(status=404)}, Outcome.NOT_MET, "unreachable", id="404"),
        pytest.param({"policy": page(status=403)}, Outcome.NOT_MET, "unreachable", id="403"),
        pytest.param({"policy": page(status=429)}, Outcome.NOT_TESTED, "", id="rate-limited"),
        pytest.param({"policy": page(status=500)}, Outcome.NOT_TESTED, "", id="server-error"),
        pytest.param({"policy": page(status=302)}, Outcome.NOT_TESTED, "", id="not-followed"),
        pytest.param(
            {"policy": page(content_type="application/pdf")},
            Outcome.NEEDS_REVIEW,
            "not-html",
            id="pdf",
        ),
        pytest.param({"policy": None}, Outcome.NOT_TESTED, "", id="not-asked"),
        pytest.param(unlinked(), Outcome.NOT_MET, "no-link", id="no-link"),
        pytest.param(unlinked(truncated=True), Outcome.NOT_TESTED, "", id="cut-home"),
        pytest.param(
            unlinked(text="Xin chào", words=2), Outcome.NEEDS_REVIEW, "little-text", id="pictures"
        ),
        pytest.param(
            unlinked(Link(href="javascript:open()", text="Chính sách bảo mật")),
            Outcome.NEEDS_REVIEW,
            "link-not-openable",
            id="script",
        ),
        pytest.param(
            unlinked(Link(href=HOME + "#x", text="Chính sách bảo mật")),
            Outcome.NEEDS_REVIEW,
            "link-not-openable",
            id="same-page",
        ),
        pytest.param(
            unlinked(Link(href="https://vendor.vn/privacy", text="Privacy Policy")),
            Outcome.NEEDS_REVIEW,
            "other-host",
            id="elsewhere",
        ),
        pytest.param(
            unlinked(Link(href=HOME + "a", text="Chính sách bảo mật")),
            Outcome.NOT_MET,
            "no-link",
            id="link-that-the-probe-did-not-take",
        ),
    ],
)
def test_policy(changed: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """Linked, reachable, in Vietnamese, at least the words asked."""
    found = ask(privacy_policy_published, pages(**changed), limits=BAR)
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        pytest.param([], "", id="none"),
        pytest.param([(HOME + "a", "Chính sách bảo mật")], HOME + "a", id="accents"),
        pytest.param([(HOME + "a", "CHINH SACH BAO MAT")], HOME + "a", id="no-accents"),
        pytest.param([(HOME + "a#x", "Privacy policy")], HOME + "a", id="fragment"),
        pytest.param([(f"http://{TWIN}/a", "Quyền riêng tư")], f"http://{TWIN}/a", id="twin"),
        pytest.param(
            [(HOME + "a", "Privacy"), (HOME + "b", "Chính sách quyền riêng tư")],
            HOME + "b",
            id="best-words",
        ),
        pytest.param(
            [(HOME + "b", "Chính sách bảo mật"), (HOME + "a", "Chính sách bảo mật")],
            HOME + "b",
            id="first-of-equals",
        ),
        pytest.param([(HOME + "chinh-sach-bao-mat.html", "")], HOME + "chinh-sach-bao-mat.html"),
        pytest.param([("https://other.vn/a", "Chính sách bảo mật")], "", id="other-host"),
        pytest.param([("javascript:x", "Chính sách bảo mật")], "", id="script"),
        pytest.param([(HOME + "#", "Chính sách bảo mật")], "", id="same-page"),
        pytest.param([("http://[", "Chính sách bảo mật")], "", id="broken"),
        pytest.param(
            [
                (
                    HOME + "tin",
                    "Hội nghị tập huấn cho giáo viên toàn trường về bảo vệ dữ liệu cá nhân năm học mới",
                )
            ],
            "",
            id="headline",
        ),
    ],
)
def test_which_link(links: list[tuple[str, str]], expected: str) -> None:
    """The best words on the same host win."""
    home = page(links=tuple(Link(href=href, text=text) for href, text in links))
    assert policy_link(home) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEALTHY_TEXT, True),
        (
            "Nha truong chi thu thap du lieu khi duoc phu huynh va nguoi hoc cho phep trong nam",
            True,
        ),
        (ENGLISH, False),
        ("Nous protégeons les données à caractère personnel des élèves et des parents", False),
        ("", False),
    ],
)
def test_is_vietnamese(text: str, expected: bool) -> None:
    """By letters, or by the commonest words where accents are missing."""
    assert is_vietnamese(text) is expected
