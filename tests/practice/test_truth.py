"""The written truth is whole, and every check is tried from both sides."""

import csv
from collections import Counter
from importlib import resources
from pathlib import Path

import pytest

from checks.evidence.base import Cause
from checks.spec import Outcome
from inventory.model import Unit, UnitKind
from scanner.practice.communes import NAMES
from scanner.practice.schools import ALL
from scanner.practice.site import PracticeSite
from scanner.practice.truth import CHECKS, healthy
from tests.practice.sides import ONE_SIDED

SITES = [pytest.param(site, id=site.id) for site in ALL]
OUTCOMES = {outcome.value for outcome in Outcome} - {Outcome.BROKEN.value}


def test_the_checks() -> None:
    """The list is the one agreed on."""
    assert len(CHECKS) == len(set(CHECKS)) == 102
    assert set(CHECKS) > ONE_SIDED


@pytest.mark.parametrize("site", SITES)
def test_the_truth_of_a_site_is_whole(site: PracticeSite) -> None:
    """Every check has an outcome, and only what is not tested has causes."""
    assert set(site.truth) == set(CHECKS)
    assert set(site.truth.values()) <= OUTCOMES
    for check, causes in site.right_causes.items():
        assert site.truth[check] == Outcome.NOT_TESTED
        assert causes <= {cause.value for cause in Cause}


@pytest.mark.parametrize("check", sorted(set(CHECKS) - ONE_SIDED))
def test_every_check_is_met_somewhere_and_unmet_elsewhere(check: str) -> None:
    """A check that always answers the same would be found out."""
    answers = {site.truth[check] for site in ALL}
    assert {Outcome.MET, Outcome.NOT_MET} <= answers


def test_the_population_is_varied() -> None:
    """Enough sites, communes, kinds and both managers."""
    assert 45 <= len(ALL) <= 120
    assert len({site.commune for site in ALL}) >= 7
    assert len({site.kind for site in ALL}) >= 7
    assert {site.manager for site in ALL} == {"commune", "so-gddt"}


def test_nothing_is_named_twice() -> None:
    """Ids, names, hosts and zones are each site's own."""
    for values in (
        [site.id for site in ALL],
        [site.name for site in ALL],
        [site.host for site in ALL],
        [site.registered for site in ALL],
    ):
        assert [value for value, times in Counter(values).items() if times > 1] == []


@pytest.mark.parametrize("site", SITES)
def test_the_inventory_would_take_each_unit(site: PracticeSite) -> None:
    """Kinds and communes are real."""
    Unit(
        id=site.id,
        name=site.name,
        kind=UnitKind(site.kind),
        commune=site.commune,
        manager=site.commune if site.manager == "commune" else site.manager,
    )


def test_the_communes_are_real() -> None:
    """Codes and names agree with the list of the 94."""
    text = resources.files("inventory").joinpath("communes.csv").read_text(encoding="utf-8")
    real = {
        row["code"]: f"{row['kind']} {row['name']}" for row in csv.DictReader(text.splitlines())
    }
    assert {code: real.get(code) for code in NAMES} == NAMES


def test_a_misspelt_check_is_refused() -> None:
    """A truth about a check that does not exist is a mistake."""
    with pytest.raises(ValueError, match="no such check"):
        healthy(certificate_trustd="met")


@pytest.mark.parametrize("site", SITES)
def test_the_documentation_lists_the_site(site: PracticeSite) -> None:
    """The table of docs/practice.md is whole."""
    text = (Path(__file__).parents[2] / "docs" / "practice.md").read_text(encoding="utf-8")
    assert f"| `{site.id}` | {site.fault} |" in text
