"""Schools whose redirects lead astray."""

from scanner.practice import behaviours as act
from scanner.practice.site import PracticeSite, WebPlan, ZonePlan
from scanner.practice.truth import (
    CONTENT,
    NEEDS_REVIEW,
    NOT_APPLICABLE,
    NOT_MET,
    NOT_TESTED,
    PAGE_HEADERS,
    but,
    each,
    healthy,
)

# The only answers are redirects: there is no page whose headers or words could be judged.
_NO_PAGE = (
    each(PAGE_HEADERS, NOT_APPLICABLE)
    | each(CONTENT, NOT_TESTED)
    | {"observatory-grade": NOT_APPLICABLE}
)
_LEFT = dict.fromkeys(
    (check for check in CONTENT if check != "no-foreign-redirect"),
    frozenset({"redirect-out-of-scope"}),
)

REDIRECT_FAULTS = (
    PracticeSite(
        id="mn-sao-mai",
        name="Trường Mầm non Sao Mai Nhỏ",
        kind="mam-non",
        commune="20260",
        manager="commune",
        host="mn-saomainho-thuchanh.edu.vn",
        fault="The home page makes a detour over plain http.",
        web=WebPlan(https=act.through_http, http=act.redirect_to_https),
        truth=healthy(https_stays_https=NOT_MET),
    ),
    PracticeSite(
        id="th-vong-tron",
        name="Trường Tiểu học Vòng Tròn",
        kind="tieu-hoc",
        commune="20341",
        manager="commune",
        host="th-vongtron-thuchanh.edu.vn",
        fault="Two pages redirect to each other for ever.",
        web=WebPlan(https=act.loop),
        truth=but(
            healthy(),
            _NO_PAGE
            | {
                "site-reachable": NOT_MET,
                "redirects-end": NOT_MET,
                "errors-stay-quiet": NOT_TESTED,
                "observatory-grade": NOT_TESTED,
            },
        ),
    ),
    PracticeSite(
        id="thcs-cho-moi",
        name="Trường THCS Chợ Mới",
        kind="thcs",
        commune="20551",
        manager="commune",
        host="thcs-chomoi-thuchanh.edu.vn",
        fault="Visitors are sent to a host outside the permission, which must never be called.",
        web=WebPlan(https=act.leave_for_stranger),
        truth=but(
            healthy(),
            _NO_PAGE | {"redirects-end": NEEDS_REVIEW, "no-foreign-redirect": NOT_MET},
        ),
        causes=_LEFT,
    ),
    PracticeSite(
        id="th-may-xanh",
        name="Trường Tiểu học Mây Xanh",
        kind="tieu-hoc",
        commune="20410",
        manager="commune",
        host="th-mayxanh-thuchanh.edu.vn",
        fault="Visitors are sent to 169.254.169.254, where clouds keep their machines' secrets.",
        web=WebPlan(https=act.leave_for_metadata),
        truth=but(
            healthy(),
            _NO_PAGE
            | {
                "redirects-end": NEEDS_REVIEW,
                "https-stays-https": NOT_MET,
                "no-foreign-redirect": NEEDS_REVIEW,
            },
        ),
        causes=_LEFT,
    ),
    PracticeSite(
        id="thcs-song-doi",
        name="Trường THCS Song Đôi",
        kind="thcs",
        commune="20197",
        manager="commune",
        host="thcs-songdoi-thuchanh.edu.vn",
        fault="The www twin has an address where nothing listens.",
        names=ZonePlan(twin_addresses=("127.0.0.2",)),
    ),
)
