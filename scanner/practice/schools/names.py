"""Schools whose names fail, each in another way."""

from scanner.practice.site import Naming, PracticeSite, Signing, ZonePlan
from scanner.practice.truth import (
    ANSWERS,
    CORRESPONDENCE,
    DELEGATION,
    EXCHANGERS,
    FORGERY,
    MAIL,
    NOT_APPLICABLE,
    NOT_MET,
    NOT_TESTED,
    POINTING,
    SERVERS,
    TLS,
    ZONE,
    but,
    each,
    healthy,
)

# Without an address there is nobody to ask: neither TLS nor HTTP.
_NO_ADDRESS = each((*TLS, "tlsa-matches", *ANSWERS, "address-not-in-botnet"), NOT_TESTED)
_TOLD = ("name-resolves", "site-reachable", "uptime-above-target")
_SEEN = _NO_ADDRESS | each(_TOLD, NOT_MET)
_UNSEEN = _NO_ADDRESS | each(_TOLD, NOT_TESTED)


def _causes(*causes: str) -> dict[str, frozenset[str]]:
    return {"name-resolves": frozenset(causes)}


_BOGUS = (
    {"nameservers-redundant": NOT_TESTED, "caa-published": NOT_MET}
    | each(POINTING, NOT_TESTED)
    # The servers themselves answer; what their names lead to, no resolver that checks will say.
    | each(("nameservers-agree", "nameservers-over-ipv6"), NOT_TESTED)
    | each((*CORRESPONDENCE, "no-mail-said-so", *EXCHANGERS), NOT_TESTED)
    | each(FORGERY, NOT_MET)
)

NAME_FAULTS = (
    PracticeSite(
        id="th-song-que",
        name="Trường Tiểu học Sông Quê",
        kind="tieu-hoc",
        commune="20551",
        manager="commune",
        host="th-songque-thuchanh.edu.vn",
        fault="The name lapsed: NXDOMAIN.",
        names=ZonePlan(naming=Naming.NXDOMAIN),
        registration_days=-20,
        truth=but(
            healthy(),
            _SEEN
            | {"nameservers-redundant": NOT_APPLICABLE, "caa-published": NOT_MET}
            | each((*DELEGATION, *POINTING, *EXCHANGERS, "dnssec-valid"), NOT_APPLICABLE)
            | {"registration-current": NOT_MET}
            | each(MAIL, NOT_MET)
            | {"dkim-published": NOT_TESTED, "bimi-valid": NOT_APPLICABLE},
        ),
    ),
    PracticeSite(
        id="mn-nang-mai",
        name="Trường Mầm non Nắng Mai",
        kind="mam-non",
        commune="20341",
        manager="commune",
        host="mn-nangmai-thuchanh.edu.vn",
        fault="The name exists and has no address.",
        names=ZonePlan(naming=Naming.NODATA),
        truth=but(healthy(), _SEEN),
    ),
    PracticeSite(
        id="th-ben-do",
        name="Trường Tiểu học Bến Đò",
        kind="tieu-hoc",
        commune="20410",
        manager="commune",
        host="th-bendo-thuchanh.edu.vn",
        fault="The signatures of the zone have expired: bogus to every resolver that checks.",
        names=ZonePlan(naming=Naming.BOGUS, signing=Signing.EXPIRED),
        truth=but(
            healthy(),
            _SEEN | _BOGUS,
        ),
    ),
    PracticeSite(
        id="thcs-gio-ngan",
        name="Trường THCS Gió Ngàn",
        kind="thcs",
        commune="20455",
        manager="commune",
        host="thcs-giongan-thuchanh.edu.vn",
        fault="The name servers are broken: SERVFAIL.",
        names=ZonePlan(naming=Naming.SERVFAIL),
        truth=but(
            healthy(),
            _UNSEEN
            | each((*ZONE, *SERVERS, *MAIL, *EXCHANGERS, "dnssec-valid"), NOT_TESTED)
            # Here nobody stands between: the servers themselves say that they failed.
            | {"nameservers-answer": NOT_MET},
        ),
        causes=_causes("dns-servfail"),
    ),
    PracticeSite(
        id="th-doi-sim",
        name="Trường Tiểu học Đồi Sim",
        kind="tieu-hoc",
        commune="20900",
        manager="commune",
        host="th-doisim-thuchanh.edu.vn",
        fault="The name servers do not reply.",
        names=ZonePlan(naming=Naming.SILENT),
        truth=but(
            healthy(),
            _UNSEEN | each((*ZONE, *SERVERS, *MAIL, *EXCHANGERS, "dnssec-valid"), NOT_TESTED),
        ),
        causes=_causes("dns-timeout", "deadline"),
        hangs=True,
    ),
    PracticeSite(
        id="thcs-duong-vong",
        name="Trường THCS Đường Vòng",
        kind="thcs",
        commune="20320",
        manager="commune",
        host="www.thcs-duongvong-thuchanh.edu.vn",
        fault="The name is an alias of an alias of itself.",
        names=ZonePlan(naming=Naming.ALIAS_LOOP),
        truth=but(
            healthy(),
            _UNSEEN | each(("caa-published", "dnssec-valid", "no-dangling-alias"), NOT_TESTED),
        ),
        causes=_causes("dns-loop", "dns-servfail"),
    ),
    PracticeSite(
        id="th-bo-ke",
        name="Trường Tiểu học Bờ Kè",
        kind="tieu-hoc",
        commune="20410",
        manager="commune",
        host="th-boke-thuchanh.edu.vn",
        fault="The DS record at the parent fits no key of the zone: bogus to every resolver that checks.",
        names=ZonePlan(naming=Naming.BOGUS, signing=Signing.WRONG_DS),
        truth=but(
            healthy(),
            _SEEN | _BOGUS,
        ),
    ),
    PracticeSite(
        id="mn-giot-nang",
        name="Trường Mầm non Giọt Nắng",
        kind="mam-non",
        commune="20341",
        manager="commune",
        host="mn-giotnang-thuchanh.edu.vn",
        fault="The zone is signed, and its parent was never given the DS record.",
        names=ZonePlan(signing=Signing.NO_DS),
        truth=healthy(),
    ),
)
