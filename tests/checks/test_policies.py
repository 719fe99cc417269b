"""Permissions-Policy and the headers that keep pages apart."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.http import VALUE_KEPT
from checks.rules.policies import isolation_headers_valid, permissions_limited
from checks.spec import Outcome
from tests.builders.web import HOST, ask, exchange, hop, http

HS = f"https://{HOST}/"
NAME = "Permissions-Policy"
Value = str | Iterable[str] | None
MET, NOT_MET, ASIDE = Outcome.MET, Outcome.NOT_MET, Outcome.NOT_APPLICABLE
REST = "microphone=(), geolocation=()"


@pytest.mark.parametrize(
    ("sent", "outcome", "reason", "features"),
    [
        # Permissions Policy, 5 and 9.2; MDN, Permissions-Policy.
        pytest.param(f"camera=(), {REST}", MET, "", None, id="mdn-nobody"),
        pytest.param(f"camera=(self), {REST}", MET, "", None, id="mdn-self"),
        pytest.param(f"camera=self, {REST}", MET, "", None, id="self-without-brackets"),
        pytest.param(f'camera=("https://a.vn"), {REST}', MET, "", None, id="mdn-origin"),
        pytest.param(
            f'camera=(self "https://a.vn" "https://*.b.vn"), {REST}',
            MET,
            "",
            None,
            id="mdn-several",
        ),
        pytest.param(("camera=()", REST), MET, "", None, id="two-lines"),
        pytest.param(f"fullscreen=*, camera=(), {REST}", MET, "", None, id="others-are-not-asked"),
        pytest.param(f"camera=*, camera=(), {REST}", MET, "", None, id="last-of-equals"),
        pytest.param(f"camera=();report-to=x, {REST}", MET, "", None, id="parameters"),
        # 9.2: whatever is neither a star nor an origin lets nobody in.
        pytest.param(f"camera=none, {REST}", MET, "", None, id="unknown-token-lets-nobody-in"),
        pytest.param(f"camera=?0, {REST}", MET, "", None, id="boolean-lets-nobody-in"),
        pytest.param(f"camera, {REST}", MET, "", None, id="bare-key-lets-nobody-in"),
        pytest.param(f'camera=("*"), {REST}', MET, "", None, id="a-string-is-no-star"),
        pytest.param(f"camera=*, {REST}", NOT_MET, "open-to-all", "camera", id="mdn-star"),
        pytest.param(
            f"camera=(*), {REST}", NOT_MET, "open-to-all", "camera", id="star-in-brackets"
        ),
        pytest.param(
            f"camera=(self *), {REST}", NOT_MET, "open-to-all", "camera", id="star-beside-self"
        ),
        pytest.param(
            f"camera=(), camera=*, {REST}", NOT_MET, "open-to-all", "camera", id="last-star"
        ),
        pytest.param(
            "camera=*, geolocation=*", NOT_MET, "open-to-all", "camera, geolocation", id="two-stars"
        ),
        pytest.param(REST, NOT_MET, "missing-feature", "camera", id="one-unsaid"),
        pytest.param(
            "interest-cohort=()",
            NOT_MET,
            "missing-feature",
            "camera, microphone, geolocation",
            id="only-floc",
        ),
        pytest.param("", NOT_MET, "missing-feature", "camera, microphone, geolocation", id="empty"),
        pytest.param(f"Camera=(), {REST}", NOT_MET, "invalid", None, id="rfc9651-upper-case-key"),
        pytest.param(f"camera=() {REST}", NOT_MET, "invalid", None, id="no-comma"),
        pytest.param(f"camera=(), {REST},", NOT_MET, "invalid", None, id="trailing-comma"),
        pytest.param(f"camera 'none'; {REST}", NOT_MET, "invalid", None, id="old-syntax"),
        pytest.param(f"camera=('self'), {REST}", NOT_MET, "invalid", None, id="single-quotes"),
        pytest.param(f"camera=(self,*), {REST}", NOT_MET, "invalid", None, id="commas-in-brackets"),
        pytest.param(("camera=()", "x;;"), NOT_MET, "invalid", None, id="one-line-voids-the-other"),
        pytest.param(None, NOT_MET, "missing", None, id="none"),
    ],
)
def test_permissions(sent: Value, outcome: Outcome, reason: str, features: str | None) -> None:
    """The three features are named, and none is open to all."""
    found = ask(permissions_limited, http(https=exchange(hop(HS, changed={NAME: sent}))))
    assert (found.outcome, found.reason) == (outcome, reason)
    said = {one.name: one.value for one in found.measured}
    assert said.get("features") == features


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        pytest.param(
            {NAME: None, "Feature-Policy": "camera 'none'"},
            NOT_MET,
            "only-feature-policy",
            id="old",
        ),
        pytest.param(
            {NAME: None, f"{NAME}-Report-Only": f"camera=(), {REST}"},
            NOT_MET,
            "missing",
            id="report-only",
        ),
        pytest.param({NAME: None, "Content-Type": "text/plain"}, ASIDE, "not-html", id="text"),
        pytest.param({NAME: "a" * VALUE_KEPT}, Outcome.NOT_TESTED, "", id="cut-at-capture"),
    ],
)
def test_no_permissions(changed: dict[str, Value], outcome: Outcome, reason: str) -> None:
    """Another header does not say it."""
    found = ask(permissions_limited, http(https=exchange(hop(HS, changed=changed))))
    assert (found.outcome, found.reason) == (outcome, reason)


@given(st.permutations(["camera=()", "microphone=(self)", "geolocation=*", "usb=()"]))
def test_the_order_of_features_changes_nothing(members: list[str]) -> None:
    """One open feature is told, wherever it stands."""
    answer = exchange(hop(HS, changed={NAME.lower(): ", ".join(members)}))
    found = ask(permissions_limited, http(https=answer))
    assert (found.reason, found.measured[0].value) == ("open-to-all", "geolocation")


CORP, COOP, COEP = (f"Cross-Origin-{one}-Policy" for one in ("Resource", "Opener", "Embedder"))


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        pytest.param({}, ASIDE, "none-sent", id="none"),
        pytest.param({f"{COOP}-Report-Only": "x"}, ASIDE, "none-sent", id="report-only"),
        # Fetch standard, 3.7: one exact value.
        pytest.param({CORP: "same-origin"}, MET, "", id="fetch-same-origin"),
        pytest.param({CORP: "same-site"}, MET, "", id="fetch-same-site"),
        pytest.param({CORP: "cross-origin"}, MET, "", id="fetch-cross-origin"),
        pytest.param({CORP: "Same-Origin"}, NOT_MET, "invalid", id="fetch-case-counts"),
        pytest.param({CORP: "same-origin; x"}, NOT_MET, "invalid", id="fetch-no-parameters"),
        pytest.param({CORP: '"same-origin"'}, NOT_MET, "invalid", id="fetch-no-quotes"),
        pytest.param({CORP: ("same-site", "same-site")}, NOT_MET, "invalid", id="fetch-two-lines"),
        pytest.param({CORP: ""}, NOT_MET, "invalid", id="fetch-empty"),
        # HTML standard, 7.1.3.1: a structured item.
        pytest.param({COOP: "same-origin"}, MET, "", id="html-same-origin"),
        pytest.param({COOP: 'same-origin; report-to="x"'}, MET, "", id="html-report-to"),
        pytest.param({COOP: "same-origin-allow-popups"}, MET, "", id="html-popups"),
        pytest.param({COOP: "noopener-allow-popups"}, MET, "", id="html-noopener"),
        pytest.param({COOP: "unsafe-none"}, MET, "", id="html-default"),
        pytest.param({COOP: "sameorigin"}, NOT_MET, "invalid", id="html-misspelt"),
        pytest.param({COOP: "Same-Origin"}, NOT_MET, "invalid", id="html-case-counts"),
        pytest.param({COOP: '"same-origin"'}, NOT_MET, "invalid", id="html-a-string-is-no-token"),
        pytest.param({COOP: "same-origin, same-origin"}, NOT_MET, "invalid", id="html-a-list"),
        pytest.param({COOP: ("same-origin",) * 2}, NOT_MET, "invalid", id="html-two-lines"),
        pytest.param({COOP: "require-corp"}, NOT_MET, "invalid", id="html-value-of-the-other"),
        # HTML standard, 7.1.4
        pytest.param({COEP: "require-corp"}, MET, "", id="html-require-corp"),
        pytest.param({COEP: "credentialless"}, MET, "", id="html-credentialless"),
        pytest.param({COEP: "unsafe-none"}, MET, "", id="html-embedder-default"),
        pytest.param({COEP: "require-corp;"}, NOT_MET, "invalid", id="rfc9651-empty-parameter"),
        pytest.param({COEP: "same-origin"}, NOT_MET, "invalid", id="html-embedder-other"),
        pytest.param(
            {COEP: "require-corp", COOP: "same-origin", CORP: "x"}, NOT_MET, "invalid", id="one-bad"
        ),
        pytest.param({CORP: "same-site", "Content-Type": "image/png"}, MET, "", id="any-content"),
    ],
)
def test_isolation(changed: dict[str, Value], outcome: Outcome, reason: str) -> None:
    """Where sent, a value is one that browsers know."""
    found = ask(isolation_headers_valid, http(https=exchange(hop(HS, changed=changed))))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_only_the_wrong_one_is_told() -> None:
    """Who mends it need not guess which."""
    answer = exchange(hop(HS, changed={COEP: "require-corp", COOP: "self", CORP: "none"}))
    found = ask(isolation_headers_valid, http(https=answer))
    assert found.measured[0].value == f"{CORP}: none; {COOP}: self"
