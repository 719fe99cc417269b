"""Clusters: what several schools have, and whom it points to; and what is no pattern."""

from checks.clusters import Cluster, Shared, clusters
from checks.criteria.model import Clause
from checks.spec import Measured, Outcome
from inventory.model import Site, Unit
from tests.builders import judged as build

HIDDEN = Clause(check="no-hidden-links")
SNIFF = Clause(check="nosniff-set")


def school(n: int, platform: str | None = None) -> tuple[Unit, Site]:
    unit = build.unit(f"truong-{n}")
    return unit, build.site(unit).model_copy(update={"platform": platform})


def found(
    schools: list[tuple[Unit, Site]],
    hosts: dict[int, str],
    faulty: frozenset[int] = frozenset(),
    addresses: dict[int, str] | None = None,
    unseen: frozenset[int] = frozenset(),
) -> tuple[Cluster, ...]:
    """The clusters of a city with these strange hosts and these schools without nosniff."""
    findings = []
    for n, (_, site) in enumerate(schools):
        outcome = Outcome.NOT_MET if n in hosts else Outcome.MET
        named = (Measured("hosts", hosts[n]),) if n in hosts else ()
        findings.append(build.finding(site, HIDDEN, build.answer(outcome, "", None, *named)))
        bad = Outcome.NOT_MET if n in faulty else Outcome.MET
        bad = Outcome.NOT_TESTED if n in unseen else bad
        findings.append(build.finding(site, SNIFF, build.answer(bad)))
    looks = {}
    for n, (_, site) in enumerate(schools):
        address = (addresses or {}).get(n, f"203.0.113.{n}")
        looks[site.url] = build.look(site).model_copy(update={"addresses": (address,)})
    made = build.assessed((build.edition(),), ()).model_copy(
        update={
            "units": tuple(unit for unit, _ in schools),
            "sites": tuple(site for _, site in schools),
            "findings": tuple(findings),
            "looks": looks,
        }
    )
    return clusters(made)


def test_one_host_at_two_schools_of_a_builder() -> None:
    """It is told once, with both schools and the builder who has three."""
    schools = [school(n, "Công ty Web A" if n < 3 else "B") for n in range(6)]
    (one,) = found(schools, {0: "xa[.]vip", 1: "xa[.]vip, khac[.]top"})
    assert (one.host, one.units, one.checks) == (
        "xa[.]vip",
        ("truong-0", "truong-1"),
        ("no-hidden-links",),
    )
    assert one.group is not None
    assert (one.group.shared, one.group.name, one.of) == (Shared.PLATFORM, "Công ty Web A", 3)


def test_one_host_at_one_school_is_no_cluster() -> None:
    """One school is told on its own page."""
    assert found([school(n) for n in range(4)], {0: "xa[.]vip"}) == ()


def test_the_server_where_no_builder_is_known() -> None:
    """Schools on one address point to whoever runs it."""
    addresses = {0: "203.0.113.99", 1: "203.0.113.99"}
    (one,) = found(
        [school(n) for n in range(5)], {0: "xa[.]vip", 1: "xa[.]vip"}, addresses=addresses
    )
    assert one.group is not None
    assert (one.group.shared, one.group.name) == (Shared.ADDRESS, "203.0.113.99")


def test_what_all_schools_share_tells_nothing() -> None:
    """A city on one platform has no one platform to call."""
    (one,) = found([school(n, "A") for n in range(4)], {0: "xa[.]vip", 1: "xa[.]vip"})
    assert one.group is None


def test_a_fault_of_a_template() -> None:
    """All four of a builder have it, one of six others does."""
    schools = [school(n, "A" if n < 4 else "B") for n in range(10)]
    (one,) = found(schools, {}, frozenset({0, 1, 2, 3, 9}))
    assert (one.host, one.checks, one.units) == (
        "",
        ("nosniff-set",),
        tuple(f"truong-{n}" for n in range(4)),
    )


def test_who_was_not_looked_at_counts_for_nobody() -> None:
    """Three of a builder's four were looked at, and all three have it."""
    schools = [school(n, "A" if n < 4 else "B") for n in range(10)]
    (one,) = found(schools, {}, frozenset({0, 1, 2}), unseen=frozenset({3}))
    assert (one.units, one.of) == (("truong-0", "truong-1", "truong-2"), 4)


def test_faults_that_are_no_pattern() -> None:
    """Half of a builder's schools; all of the city; a builder of two."""
    schools = [school(n, "A" if n < 4 else "B") for n in range(10)]
    assert found(schools, {}, frozenset({0, 1})) == ()
    assert found(schools, {}, frozenset(range(10))) == ()
    few = [school(n, "A" if n < 2 else "B") for n in range(8)]
    assert found(few, {}, frozenset({0, 1})) == ()
