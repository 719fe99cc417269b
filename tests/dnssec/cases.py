"""The cases: zones with what is wrong with them, and what a validator must say, written by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from checks.evidence.dnssec import State, Why
from tests.dnssec.signing import KSK, REVOKED, ZSK, Hashing, Plan, Signed, ds_text, pair

SECURE, INSECURE, BOGUS = State.SECURE, State.INSECURE, State.BOGUS
HOST = ("www A 192.0.2.10", "@ A 192.0.2.10", "chi-txt TXT chao", "*.sao A 192.0.2.11")
"""What every zone holds; ``chi-txt`` has no address, below ``sao`` a wildcard answers."""
DAY = timedelta(days=1)
Spoil = Callable[[Signed], None]


@dataclass(frozen=True)
class Case:
    """One question and its answer."""

    id: str
    host: str
    state: State
    why: Why | None
    plan: Plan | None = None
    """The zone made for it; ``None``: it asks of the zone of another case."""
    delv: State | None = None
    """What delv says where that differs; ``DELV_DIFFERS`` says why."""


def case(
    id: str,
    state: State,
    why: Why | None = None,
    /,
    label: str = "www",
    tld: str = "nsec",
    delv: State | None = None,
    records: tuple[str, ...] = (),
    **fields: Any,
) -> Case:
    """A zone named after its case, under one of the upper zones."""
    origin = f"{id}.{tld}."
    host = f"{label}.{id}.{tld}" if label else f"{id}.{tld}"
    plan = Plan(origin=origin, records=(*HOST, *records), **fields)
    return Case(id, host, state, why, plan, delv)


def more(
    id: str, host: str, state: State, why: Why | None = None, delv: State | None = None
) -> Case:
    """Another question about a zone that is there."""
    return Case(id, host, state, why, None, delv)


def split(algorithm: int, bits: int = 2048) -> dict[str, Any]:
    """Two keys: one signs the keys, one the rest."""
    return {
        "ksk": (pair(algorithm, KSK, bits=bits),),
        "zsk": (pair(algorithm, ZSK, bits=bits),),
    }


def strip(*kinds: str, label: str = "www") -> Spoil:
    """Without these signatures."""
    return lambda zone: zone.unsign(label, *kinds)


def drops(*kinds: str) -> Spoil:
    """Without these records."""

    def spoil(zone: Signed) -> None:
        for kind in kinds:
            zone.drop(kind)

    return spoil


def tampered(zone: Signed) -> None:
    """Another address under the old signature."""
    zone.change("www", "A", "192.0.2.66")


def by_no_zone(zone: Signed) -> None:
    """A signature in the name of a host that is no zone."""
    zone.sign_set(zone.name("www"), 1, zone.plan.ksk, signer=zone.name("www"))


def spans_changed(zone: Signed) -> None:
    """A proof of absence whose list of types was changed after signing."""
    zone.change("chi-txt", "NSEC", f"mot.{zone.plan.origin} TXT")


def by_a_stranger(zone: Signed) -> None:
    """A signature by a key that the zone does not have."""
    zone.sign_set(zone.name("www"), 1, [pair(13, KSK, 77)])


def a_alone(begins: timedelta, ends: timedelta) -> Spoil:
    """The address signed for another time than the rest."""

    def spoil(zone: Signed) -> None:
        plan = Plan(origin=zone.plan.origin, begins=begins, ends=ends)
        zone.sign_set(zone.name("www"), 1, zone.plan.ksk, plan)

    return spoil


def two_signatures(zone: Signed) -> None:
    """One that expired, and one that holds."""
    owner = zone.name("www")
    old = Plan(origin=zone.plan.origin, begins=-9 * DAY, ends=-2 * DAY)
    good = zone.signatures[owner, 1]
    zone.sign_set(owner, 1, zone.plan.ksk, old)
    zone.signatures[owner, 1] += good


def keys_by_a_stranger(zone: Signed) -> None:
    """The set of keys signed by the key that no DS record points to."""
    zone.sign_set(zone.origin, 48, zone.plan.zsk)


CSK = pair(13)


def wrong_tag(zone: str) -> str:
    """The right digest under another tag."""
    tag, _, rest = ds_text(zone, CSK).partition(" ")
    return f"{(int(tag) + 1) % 65_536} {rest}"


WRONG_DIGEST = "ab" * 32

CASES: tuple[Case, ...] = (
    # Algorithms
    *(case(f"alg{a}", SECURE, **split(a)) for a in (8, 10, 13, 14, 15, 16)),
    *(case(f"alg{a}", SECURE, **split(a)) for a in (5, 7)),
    case("rsa1024", SECURE, **split(8, 1024)),
    case("rsa4096", SECURE, **split(8, 4096)),
    case("chung-khoa", SECURE),
    case("dinh-vung", SECURE, label=""),
    # NSEC3 in the zone itself
    *(
        case(f"nsec3-{n}", SECURE, hashing=Hashing(n, salt))
        for n, salt in ((0, ""), (10, "aabbccdd"), (150, ""), (151, "ab"), (500, "ff"))
    ),
    more("nsec3-0-nodata", "chi-txt.nsec3-0.nsec", SECURE),
    more("nsec3-0-nxdomain", "khong-co.nsec3-0.nsec", SECURE),
    more("nsec3-0-wildcard", "x.sao.nsec3-0.nsec", SECURE),
    more("nsec3-0-ent", "sao.nsec3-0.nsec", SECURE),
    more("nsec3-10-nodata", "chi-txt.nsec3-10.nsec", SECURE),
    more("nsec3-10-nxdomain", "a.b.khong-co.nsec3-10.nsec", SECURE),
    more("nsec3-10-wildcard", "x.y.sao.nsec3-10.nsec", SECURE),
    more("nsec3-150-nodata", "chi-txt.nsec3-150.nsec", SECURE),
    more("nsec3-151-nodata", "chi-txt.nsec3-151.nsec", INSECURE, Why.ITERATIONS),
    more("nsec3-500-nodata", "chi-txt.nsec3-500.nsec", INSECURE, Why.ITERATIONS),
    more("nsec3-500-nxdomain", "khong-co.nsec3-500.nsec", INSECURE, Why.ITERATIONS),
    more("nsec3-500-wildcard", "x.sao.nsec3-500.nsec", INSECURE, Why.ITERATIONS),
    case("nsec3-optout", SECURE, hashing=Hashing(0, "", opt_out=True)),
    more("nsec3-optout-nodata", "chi-txt.nsec3-optout.nsec", SECURE),
    more("nsec3-optout-nxdomain", "khong-co.nsec3-optout.nsec", INSECURE, Why.OPT_OUT, SECURE),
    # Under parents that deny by NSEC3
    case("ky", SECURE, tld="nsec3"),
    case("ky", SECURE, tld="optout"),
    case("ky", SECURE, tld="muoi"),
    # Time
    case("het-han", BOGUS, Why.EXPIRED, begins=-30 * DAY, ends=-1 * DAY),
    case("chua-den", BOGUS, Why.NOT_YET_VALID, begins=1 * DAY, ends=30 * DAY),
    case("a-het-han", BOGUS, Why.EXPIRED, spoil=a_alone(-30 * DAY, -1 * DAY)),
    case("a-chua-den", BOGUS, Why.NOT_YET_VALID, spoil=a_alone(1 * DAY, 2 * DAY)),
    case("hai-chu-ky", SECURE, spoil=two_signatures, delv=BOGUS),
    # DS
    case("sai-the", BOGUS, Why.WRONG_DS, ds=(wrong_tag("sai-the.nsec"),)),
    case("sai-dau", BOGUS, Why.WRONG_DS, ds=(f"{CSK.tag} 13 2 {WRONG_DIGEST}",)),
    case("ds-la", BOGUS, Why.WRONG_DS, ds=(ds_text("ds-la.nsec", pair(13, KSK, 9)),)),
    case("hai-ds", SECURE, ds=(f"{CSK.tag} 13 2 {WRONG_DIGEST}", ds_text("hai-ds.nsec", CSK))),
    case("dao", INSECURE, Why.NO_DS, ds=()),
    case("dao", INSECURE, Why.NO_DS, tld="nsec3", ds=()),
    case("dao", INSECURE, Why.OPT_OUT, tld="optout", ds=()),
    case("dao", INSECURE, Why.NO_DS, tld="muoi", ds=()),
    case("thuat-la", INSECURE, Why.UNSUPPORTED_ALGORITHM, ds=(f"{CSK.tag} 200 2 {WRONG_DIGEST}",)),
    case("bam-la", INSECURE, Why.UNSUPPORTED_DIGEST, ds=(f"{CSK.tag} 13 200 {WRONG_DIGEST}",)),
    case(
        "la-va-dung",
        SECURE,
        ds=(f"{CSK.tag} 200 2 {WRONG_DIGEST}", ds_text("la-va-dung.nsec", CSK)),
    ),
    case("bam-sha1", SECURE, ds=(ds_text("bam-sha1.nsec", CSK, "SHA1"),)),
    case("bam-sha384", SECURE, ds=(ds_text("bam-sha384.nsec", CSK, "SHA384"),)),
    case(
        "sha1-dung-sha2-sai",
        BOGUS,
        Why.WRONG_DS,
        ds=(ds_text("sha1-dung-sha2-sai.nsec", CSK, "SHA1"), f"{CSK.tag} 13 2 {WRONG_DIGEST}"),
    ),
    case(
        "ds-khong-khoa",
        BOGUS,
        Why.NO_DNSKEY,
        signed=False,
        ds=(ds_text("ds-khong-khoa.nsec", CSK),),
    ),
    # Not signed
    case("chua-ky", INSECURE, Why.NO_DS, signed=False),
    case("chua-ky", INSECURE, Why.NO_DS, tld="nsec3", signed=False),
    case("chua-ky", INSECURE, Why.OPT_OUT, tld="optout", signed=False),
    more("chua-ky-nxdomain", "khong-co.chua-ky.nsec", INSECURE, Why.NO_DS),
    more("chua-ky-nodata", "chi-txt.chua-ky.nsec3", INSECURE, Why.NO_DS),
    # Keys
    case("khoa-khong-ky", BOGUS, Why.MISSING_SIGNATURE, spoil=strip("DNSKEY", label="@")),
    case("khoa-ky-boi-zsk", BOGUS, Why.NO_KEY, **split(13), spoil=keys_by_a_stranger),
    case("doi-khoa", SECURE, ksk=(pair(13, KSK, 1), pair(13, KSK, 2)), zsk=(pair(13, ZSK, 1),)),
    case(
        "doi-khoa-ds-cu",
        SECURE,
        ksk=(pair(13, KSK, 3), pair(13, KSK, 4)),
        ds=(ds_text("doi-khoa-ds-cu.nsec", pair(13, KSK, 3)),),
    ),
    case("khoa-cho-san", SECURE, published=(pair(13, KSK, 5), pair(8, ZSK))),
    case(
        "thu-hoi",
        BOGUS,
        Why.WRONG_DS,
        ksk=(pair(13, REVOKED, 6),),
        zsk=(pair(13, ZSK, 6),),
    ),
    case(
        "nhieu-khoa",
        SECURE,
        ksk=(pair(8),),
        zsk=(pair(8, ZSK),),
        published=tuple(pair(8, ZSK, n) for n in range(1, 9)),
    ),
    case("csk-zsk", SECURE, ksk=(pair(13, ZSK, 8),)),
    # Answers
    case("a-khong-ky", BOGUS, Why.MISSING_SIGNATURE, spoil=strip("A")),
    case("a-bi-sua", BOGUS, Why.WRONG_SIGNATURE, spoil=tampered),
    case("a-nguoi-la-ky", BOGUS, Why.NO_KEY, spoil=by_a_stranger),
    more("wildcard", "x.sao.alg13.nsec", SECURE),
    more("wildcard-deep", "x.y.sao.alg13.nsec", SECURE),
    more("ent", "sao.alg13.nsec", SECURE),
    more("nodata", "chi-txt.alg13.nsec", SECURE),
    more("nxdomain", "khong-co.alg13.nsec", SECURE),
    more("nxdomain-deep", "a.b.khong-co.alg13.nsec", SECURE),
    case("mat-nsec", SECURE, spoil=drops("NSEC")),
    more("mat-nsec-nodata", "chi-txt.mat-nsec.nsec", BOGUS, Why.MISSING_PROOF),
    more("mat-nsec-nxdomain", "khong-co.mat-nsec.nsec", BOGUS, Why.MISSING_PROOF),
    more("mat-nsec-wildcard", "x.sao.mat-nsec.nsec", BOGUS, Why.MISSING_PROOF),
    case(
        "bi-danh",
        INSECURE,
        Why.NO_DS,
        label="ra-ngoai",
        records=(
            "ra-ngoai CNAME www.chua-ky.nsec.",
            "ra-dung CNAME www.alg8.nsec.",
            "ra-sai CNAME www.a-bi-sua.nsec.",
            "ra-khong CNAME khong-co.alg8.nsec.",
        ),
    ),
    more("bi-danh-dung", "ra-dung.bi-danh.nsec", SECURE),
    more("bi-danh-sai", "ra-sai.bi-danh.nsec", BOGUS, Why.WRONG_SIGNATURE),
    more("bi-danh-khong", "ra-khong.bi-danh.nsec", SECURE),
    case("doi-ten", SECURE, label="www.cu", records=("cu DNAME alg8.nsec.",)),
    case(
        "bi-danh-khong-ky",
        BOGUS,
        Why.MISSING_SIGNATURE,
        label="b",
        records=("b CNAME www.alg8.nsec.",),
        spoil=strip("CNAME", label="b"),
    ),
    case("ten-la-ky", BOGUS, Why.NO_KEY, spoil=by_no_zone),
    case("nsec-bi-sua", BOGUS, Why.WRONG_SIGNATURE, label="chi-txt", spoil=spans_changed),
    more("nsec3-optout-wildcard", "x.sao.nsec3-optout.nsec", INSECURE, Why.OPT_OUT),
    # Under parents whose own word is worth little
    case("ky", SECURE, tld="nhieu"),
    case("chua-ky", INSECURE, Why.ITERATIONS, tld="nhieu", signed=False),
    case("ky", SECURE, tld="hong"),
    case("chua-ky", BOGUS, Why.MISSING_PROOF, tld="hong", signed=False),
    # Where zones begin
    case("sau.trong", SECURE),
    more("giua", "trong.nsec", SECURE),
    case(
        "ds-le",
        SECURE,
        label="x",
        records=("x A 192.0.2.12", f"x DS {ds_text('x.ds-le.nsec', CSK)}"),
    ),
    case("me", SECURE),
    case("con.me", SECURE),
    case("con-tho.me", INSECURE, Why.NO_DS, signed=False),
    case("con-sai.me", BOGUS, Why.WRONG_DS, ds=(f"{CSK.tag} 13 2 {WRONG_DIGEST}",)),
    case("con.dao", INSECURE, Why.NO_DS),
    case("con.het-han", BOGUS, Why.EXPIRED),
)

DELV_DIFFERS: dict[str, str] = {
    "nsec3-optout-nxdomain": "RFC 5155, 9.2: an absence that rests on an opt-out span is not to be called "
    "authenticated; delv calls it so",
    "hai-chu-ky": "RFC 4035, 5.3.3: one signature that holds is enough; delv gives up at the first that does not",
}
"""Case → why delv, with BIND's policy, says something else."""

TLDS: tuple[Plan, ...] = (
    Plan(origin="nsec."),
    Plan(origin="nsec3.", hashing=Hashing()),
    Plan(origin="optout.", hashing=Hashing(opt_out=True), **split(8)),
    Plan(origin="nhieu.", hashing=Hashing(500)),
    Plan(origin="hong.", spoil=drops("NSEC")),
    Plan(origin="muoi.", hashing=Hashing(10, "abcd"), **split(8)),
)
ROOT = Plan(origin=".", **split(8))
PLANS = (ROOT, *TLDS, *(one.plan for one in CASES if one.plan is not None))


def children_of(plan: Plan) -> list[Plan]:
    """The zones delegated from this one: those whose nearest zone above it is."""
    origins = {one.name for one in PLANS}

    def parent(of: Plan) -> object:
        above = of.name.parent()
        while above not in origins:
            above = above.parent()
        return above

    return [one for one in PLANS if one is not ROOT and parent(one) == plan.name]
