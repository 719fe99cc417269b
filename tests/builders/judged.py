"""A judged run, small but with everything in it: every outcome, every cause, both managers, hostile words."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime

from checks.assessment import Assessment, RunInfo, SiteLook
from checks.catalogue import CATALOGUE
from checks.criteria.loader import citations, known_checks, load_shipped
from checks.criteria.model import Citation, Clause, Criterion, Edition, Level, Sureness
from checks.evidence.base import Cause, NotCaptured
from checks.excuses import NO_BOOK, Accepted, Book, accepted, names_of
from checks.spec import Finding, Measured, Outcome
from checks.verdicts import Verdict, decide, readiness
from inventory.model import (
    SO_GDDT,
    Attestation,
    Excuse,
    Permission,
    Role,
    Site,
    Unit,
    UnitKind,
    UnitState,
)

AT = datetime(2026, 11, 21, 19, 30, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{7*7}} {0} %s ${x} \u202egpj\x1b[31m"
FORMULA = "=cmd|' /C calc'!A0"

Told = Callable[[Clause], Finding]
Answer = tuple[Outcome, str, Cause | None, tuple[Measured, ...]]


def answer(
    outcome: Outcome = Outcome.MET,
    reason: str = "",
    cause: Cause | None = None,
    *measured: Measured,
) -> Answer:
    """What a check says, for ``finding``."""
    return outcome, reason, cause, measured


def untested(cause: Cause) -> Answer:
    """A check that could conclude nothing."""
    return answer(Outcome.NOT_TESTED, "", cause)


def unit(
    id: str = "thcs-hai-chau",
    name: str = "Trường THCS Hải Châu",
    kind: UnitKind = UnitKind.THCS,
    commune: str = "20242",
    manager: str | None = None,
    state: UnitState = UnitState.ACTIVE,
    attestations: tuple[Attestation, ...] = (),
    excuses: tuple[Excuse, ...] = (),
) -> Unit:
    """A unit in Hải Châu, managed by its commune."""
    return Unit(
        id=id,
        name=name,
        kind=kind,
        commune=commune,
        manager=manager or commune,
        state=state,
        attestations=attestations,
        excuses=excuses,
    )


def site(of: Unit, host: str = "", path: str = "/", role: Role = Role.WEBSITE) -> Site:
    """A site of a unit."""
    host = host or f"{''.join(c for c in of.id.lower() if c.isalnum() and c.isascii())}.edu.vn"
    return Site(
        unit=of.id, url=f"https://{host}{path}", host=host, path=path, roles=frozenset({role})
    )


def finding(of: Site, clause: Clause, said: Answer, note: str = "", address: str = "") -> Finding:
    """One check's answer on a site."""
    outcome, reason, cause, measured = said
    known = CATALOGUE.get(clause.check)
    return Finding(
        unit=of.unit,
        site=of.url,
        check=clause.check,
        revision=known.revision if known else 0,
        family=known_checks()[clause.check].family if clause.check in known_checks() else "",
        outcome=outcome,
        reason=reason,
        cause=cause,
        measured=measured,
        note=note,
        address=address,
        limits=dict(clause.limits),
        evidence=("b4f1c2d3e4f5a6b7",),
        as_of=AT,
    )


def look(
    of: Site, title: str = "Trang chủ", missing: Mapping[str, NotCaptured] | None = None
) -> SiteLook:
    """How a site was looked at."""
    return SiteLook(
        site=of.url,
        captured_at=AT,
        duration_ms=812.5,
        canonical_url=of.url,
        title=title,
        addresses=("203.0.113.7", "2001:db8::7"),
        not_captured=dict(missing or {}),
    )


def run(**changed: object) -> RunInfo:
    """A complete run."""
    return RunInfo(
        id="2026-11-22-a1",
        started_at=AT,
        ended_at=datetime(2026, 11, 21, 19, 58, tzinfo=UTC),
        state="complete",
        version="0.1.0",
        vantage="Đà Nẵng, VNPT",
        judged_at=AT,
        trust_store="certifi",
        trust_store_date="2026-10-05",
        permission_reference="412/SGDĐT-QLCL",
        user_agent="tinnhiem/0.1 (+https://danang.example/quet)",
        sites_planned=9,
        sites_done=9,
    ).model_copy(update=changed)


def permission() -> Permission:
    """A permission for all of .edu.vn."""
    return Permission(
        reference="412/SGDĐT-QLCL",
        granted_by="Sở Giáo dục và Đào tạo Đà Nẵng",
        granted_on=date(2026, 11, 1),
        expires_on=date(2026, 12, 31),
        hosts=("*.edu.vn",),
        contact="qlcl@danang.example",
    )


def criterion(
    id: str,
    *checks: str,
    level: Level = Level.REQUIRED,
    attested: str | None = None,
    cites: tuple[str, ...] = ("seen",),
    any_of: bool = False,
    kinds: tuple[UnitKind, ...] = (),
) -> Criterion:
    """A criterion on these checks, without limits."""
    clauses = tuple(Clause(check=c) for c in checks)
    return Criterion(
        id=id,
        text_vi=f"Tiêu chí {id}",
        text_en=f"Criterion {id}",
        level=level,
        cites=cites,
        all_of=() if any_of else clauses,
        any_of=clauses if any_of else (),
        attested=attested,
        kinds=kinds,
    )


def edition(*criteria: Criterion, label: str = "thu") -> Edition:
    """An edition of these criteria."""
    return Edition(
        schema_version=1,
        label=label,
        edition="2026-11",
        title_vi="Bộ tiêu chí thử",
        title_en="Trial criteria",
        issued_on=date(2026, 11, 1),
        criteria=criteria,
        sha256="ab" * 32,
    )


SOURCES = {
    row.id: row
    for row in (
        Citation(
            id="seen",
            title_vi="Văn bản đã đọc",
            title_en="A text that was read",
            number="1/2026",
            source="https://congbao.example/1",
            sureness=Sureness.SEEN,
            verified_by="N. V. A",
            verified_on=date(2026, 11, 2),
        ),
        Citation(
            id="lapsed",
            title_vi="Văn bản cũ",
            title_en="An old text",
            valid_to=date(2026, 6, 30),
            sureness=Sureness.SEEN,
        ),
        Citation(
            id="rumour",
            title_vi="Nghe nói",
            title_en="Hearsay",
            source="javascript:alert(1)",
            sureness=Sureness.UNVERIFIED,
        ),
    )
}


def assessed(
    editions: tuple[Edition, ...],
    units: Iterable[tuple[Unit, Iterable[tuple[Site, Told | None]]]],
    sources: Mapping[str, Citation] = SOURCES,
    looks: Mapping[str, SiteLook] | None = None,
    of_run: RunInfo | None = None,
    book: Book = NO_BOOK,
) -> Assessment:
    """Judge by the real algebra what ``Told`` says of each clause; ``None`` is a site that was not reached."""
    findings: dict[tuple[str, str, str, str], Finding] = {}
    verdicts: list[Verdict] = []
    standings: list[Accepted] = []
    at = of_run or run()
    clauses = [clause for e in editions for c in e.criteria for clause in c.clauses]
    all_units: list[Unit] = []
    sites: list[Site] = []
    seen: dict[str, SiteLook] = {}
    for one, its in units:
        all_units.append(one)
        for place, told in its:
            sites.append(place)
            if told is not None:
                seen[place.url] = look(place)

            def of_clause(clause: Clause, place: Site = place, told: Told | None = told) -> Finding:
                said = told(clause) if told else finding(place, clause, untested(Cause.NOT_RUN))
                findings[said.unit, said.site, said.check, str(said.limits)] = said
                return said

            stands = [
                accepted(
                    excuse,
                    place.url,
                    [of_clause(c) for c in clauses if c.check == excuse.check],
                    names_of(CATALOGUE.get(excuse.check)),
                    at.judged_at,
                    book,
                )
                for excuse in one.excuses
                if excuse.concerns(place)
            ]
            standings += stands
            excused = {standing.excuse.check for standing in stands if standing.covers}
            verdicts += [
                decide(e, c, one, place, of_clause, at.judged_at, excused)
                for e in editions
                for c in e.criteria
            ]
    label = editions[0].label
    return Assessment(
        run=at,
        permission=permission(),
        editions=editions,
        citations=dict(sources),
        units=tuple(all_units),
        sites=tuple(sites),
        looks=seen | dict(looks or {}),
        findings=tuple(findings.values()),
        verdicts=tuple(verdicts),
        readiness={
            u.id: readiness(u, label, [v for v in verdicts if v.unit == u.id and v.label == label])
            for u in all_units
        },
        excuses=tuple(standings),
    )


def telling(of: Site, answers: Mapping[str, Answer], otherwise: Answer | None = None) -> Told:
    """Says of each check what ``answers`` say; of the others *met* if built, else *not built*."""

    def told(clause: Clause) -> Finding:
        said = answers.get(clause.check)
        if said is None:
            if otherwise is not None:
                said = otherwise
            else:
                built = clause.check in CATALOGUE
                said = answer() if built else untested(Cause.NOT_BUILT)
        hostile = said[0] is Outcome.NEEDS_REVIEW
        return finding(of, clause, said, HOSTILE if hostile else "", "203.0.113.7:443")

    return told


def figure(
    name: str, value: str | float | bool | None, required: float | None = None, unit: str = ""
) -> Measured:
    """One measured value."""
    return Measured(name=name, value=value, required=required, unit=unit)


def rich(editions: tuple[Edition, ...] | None = None) -> Assessment:
    """The run that most tests and the pictures are made from, judged by the shipped editions."""
    if editions is None:
        editions = tuple(
            load_shipped(name)
            for name in (
                "tin-nhiem-mang-2026-11",
                "nen-tang-website-2026-11",
                "cap-do-2-2026-11",
            )
        )
    good = unit(
        "48201201",
        "Trường THPT Phan Châu Trinh",
        UnitKind.THPT,
        "20242",
        SO_GDDT,
        attestations=(
            Attestation(
                check="security-level-approved",
                number="88/QĐ-SGDĐT",
                issued_on=date(2026, 9, 1),
                level=2,
            ),
        ),
    )
    bad = unit("48201305", "Trường Tiểu học Hòa Tiến 1", UnitKind.TIEU_HOC, "20332")
    old = unit(
        "48201306",
        "Trường THCS Nguyễn Huệ",
        UnitKind.THCS,
        "20242",
        excuses=(
            Excuse(
                unit="48201306",
                check="hsts-enforced",
                reason="Nhà cung cấp thay máy chủ trong tháng 12",
                granted_by="Phó Trưởng phòng VH-XH",
                until_on=date(2026, 12, 31),
            ),
        ),
    )
    walled = unit("48201400", "Trường Mầm non Hoa Phượng Đỏ", UnitKind.MAM_NON, "20263")
    gone = unit("48201401", "Trường PTDTBT THCS Trà Linh", UnitKind.PTDTBT, "20341")
    never = unit("48201402", "Trung tâm GDTX số 2", UnitKind.GDTX, "20200", SO_GDDT)
    hostile = unit("CON", HOSTILE, UnitKind.TIEU_HOC, "20242")
    formula = unit("48 201/500", FORMULA, UnitKind.THCS, "20332")
    merged = unit("48201999", "Trường TH cũ", UnitKind.TIEU_HOC, "20332", state=UnitState.MERGED)

    at = {one.id: site(one) for one in (good, bad, old, walled, gone, never, formula, merged)}
    at[good.id] = site(good, "thptphanchautrinh.edu.vn")
    at[bad.id] = site(bad, "thhoatien1.edu.vn")
    at[old.id] = site(old, "thcsnguyenhue.danang.edu.vn")
    at[hostile.id] = site(hostile, "hostile.edu.vn")
    second = site(old, "sodiem.nguyenhue.edu.vn", role=Role.SYSTEM)

    weak = {
        "certificate-in-date": answer(
            Outcome.NOT_MET,
            "leaf-expired" if "leaf-expired" in _reasons("certificate-in-date") else "",
            None,
            figure("not before", "2025-11-01T00:00:00+00:00"),
            figure("not after", "2026-11-01T00:00:00+00:00"),
        ),
        "http-redirects-to-https": answer(Outcome.NOT_MET, "", None, figure("hops", 0)),
        "hsts-enforced": answer(Outcome.NOT_MET, "", None, figure("max-age", 0, 31_536_000, "s")),
        "privacy-policy-published": answer(Outcome.NOT_MET, "", None, figure("words", 41, 200)),
        "old-tls-off": answer(Outcome.NOT_MET, "", None, figure("accepted", "TLS 1.0, TLS 1.1")),
        "contact-details-published": answer(
            Outcome.NEEDS_REVIEW, "", None, figure("missing", "email")
        ),
        "security-txt-published": answer(Outcome.BROKEN, "", Cause.INTERNAL_ERROR),
        "spf-valid": answer(Outcome.NOT_APPLICABLE),
        "uptime-above-target": untested(Cause.TOO_FEW_SAMPLES),
    }
    causes = list(Cause)
    every_cause = {
        check: untested(causes[n % len(causes)]) for n, check in enumerate(sorted(known_checks()))
    }
    every_cause["site-reachable"] = answer(
        Outcome.MET, "", None, figure("status", 200), figure("url", HOSTILE)
    )
    every_cause["nosniff-set"] = answer(Outcome.NEEDS_REVIEW, "", None, figure("value", HOSTILE))
    blocked = untested(Cause.CHALLENGE_PAGE)
    silent = untested(Cause.CONNECT_TIMEOUT)
    hostile_look = look(
        at[hostile.id], HOSTILE * 3, {"mail": NotCaptured(cause=Cause.RESET, detail=HOSTILE)}
    ).model_copy(update={"canonical_url": "javascript:alert(1)"})
    return assessed(
        editions,
        [
            (good, [(at[good.id], telling(at[good.id], {}))]),
            (bad, [(at[bad.id], telling(at[bad.id], weak))]),
            (
                old,
                [
                    (
                        at[old.id],
                        telling(
                            at[old.id],
                            {
                                "hsts-enforced": weak["hsts-enforced"],
                                "old-tls-off": weak["old-tls-off"],
                            },
                        ),
                    ),
                    (second, telling(second, {"http-redirects-to-https": answer(Outcome.NOT_MET)})),
                ],
            ),
            (
                walled,
                [(at[walled.id], telling(at[walled.id], {"name-resolves": answer()}, blocked))],
            ),
            (gone, [(at[gone.id], telling(at[gone.id], {"name-resolves": answer()}, silent))]),
            (never, [(at[never.id], None)]),
            (hostile, [(at[hostile.id], telling(at[hostile.id], every_cause))]),
            (formula, [(at[formula.id], telling(at[formula.id], {}))]),
            (merged, [(at[merged.id], None)]),
        ],
        sources=citations() | SOURCES,
        looks={at[hostile.id].url: hostile_look},
    )


def many(n: int) -> Assessment:
    """A city of ``n`` units over all kinds and some communes, judged by one shipped edition."""
    base = rich((load_shipped("tin-nhiem-mang-2026-11"),))
    kinds = list(UnitKind)
    codes = ("20242", "20332", "20263", "20341", "20200")
    units = [
        unit(
            f"48{number:06}",
            f"Trường Tiểu học số {number} Nguyễn Văn Trỗi",
            kinds[number % 12],
            codes[number % 5],
        )
        for number in range(n)
    ]
    patterns: list[dict[str, Answer]] = [
        {},
        {"https-offered": answer(Outcome.NOT_MET)},
        {"certificate-in-date": answer(Outcome.NOT_MET)},
    ]
    return assessed(
        base.editions,
        [
            (u, [(s, telling(s, patterns[at % 3]))])
            for at, u in enumerate(units)
            for s in [site(u, f"truongtieuhocso{at}.edu.vn")]
        ],
        sources=base.citations,
    )


def _reasons(check: str) -> frozenset[str]:
    known = CATALOGUE.get(check)
    return known.reasons if known else frozenset()
