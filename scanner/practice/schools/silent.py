"""Schools whose servers are down, mute, slow, or speak to browsers only."""

from scanner.practice import behaviours as act
from scanner.practice.site import Port, PracticeSite, WebPlan
from scanner.practice.truth import (
    ANSWERS,
    CERTIFICATE,
    HANDSHAKE,
    HSTS,
    MET,
    NOT_APPLICABLE,
    NOT_MET,
    NOT_TESTED,
    TLS,
    but,
    each,
    healthy,
)

UNREACHABLE = (
    PracticeSite(
        id="mn-ong-vang",
        name="Trường Mầm non Ong Vàng",
        kind="mam-non",
        commune="20285",
        manager="commune",
        host="mn-ongvang-thuchanh.edu.vn",
        fault="Down: both ports are closed.",
        web=WebPlan(https_port=Port.CLOSED, http_port=Port.CLOSED),
        truth=but(
            healthy(),
            each((*ANSWERS,), NOT_TESTED)
            | each((*CERTIFICATE, "old-tls-off", "tls13-offered", *HANDSHAKE), NOT_APPLICABLE)
            | each(("https-offered", "tls12-or-better"), NOT_MET)
            | {
                "site-reachable": NOT_MET,
                "uptime-above-target": NOT_MET,
                "http-redirects-to-https": MET,
                "https-stays-https": NOT_APPLICABLE,
                "redirects-end": NOT_APPLICABLE,
            },
        ),
    ),
    PracticeSite(
        id="th-lang-yen",
        name="Trường Tiểu học Làng Yên",
        kind="tieu-hoc",
        commune="20791",
        manager="commune",
        host="th-langyen-thuchanh.edu.vn",
        fault="Both ports accept connections, and never answer.",
        web=WebPlan(https_port=Port.SILENT, http_port=Port.SILENT),
        truth=but(
            healthy(),
            each((*TLS, *ANSWERS, "site-reachable", "uptime-above-target"), NOT_TESTED),
        ),
        causes={
            "https-offered": frozenset({"tls-timeout", "no-answer", "deadline"}),
            "site-reachable": frozenset({"tls-timeout", "no-answer", "deadline"}),
        },
        hangs=True,
    ),
    PracticeSite(
        id="thcs-rua-vang",
        name="Trường THCS Rùa Vàng",
        kind="thcs",
        commune="20209",
        manager="commune",
        host="thcs-ruavang-thuchanh.edu.vn",
        fault="Answers one byte a second, beyond any patience.",
        web=WebPlan(https=act.drip),
        truth=but(
            healthy(),
            # An alternative to HTTP/1.1 could stand in the headers.
            each((*ANSWERS, "http2-offered", "site-reachable", "uptime-above-target"), NOT_TESTED)
            | {"http-redirects-to-https": MET},
        ),
        causes={"site-reachable": frozenset({"deadline", "no-answer"})},
        hangs=True,
    ),
    PracticeSite(
        id="thpt-tuong-vi",
        name="Trường THPT Tường Vi",
        kind="thpt",
        commune="20242",
        manager="so-gddt",
        host="thpt-tuongvi-thuchanh.edu.vn",
        fault="A firewall shows every scanner a challenge page instead of the site.",
        web=WebPlan(https=act.challenge, http=act.challenge),
        truth=but(
            healthy(),
            each((*ANSWERS, "http2-offered", "site-reachable", "uptime-above-target"), NOT_TESTED),
        ),
        causes={
            "site-reachable": frozenset({"challenge-page"}),
            "http2-offered": frozenset({"challenge-page"}),
            "uptime-above-target": frozenset({"challenge-page", "too-few-samples"}),
        },
    ),
    PracticeSite(
        id="th-chuong-reo",
        name="Trường Tiểu học Chuông Reo",
        kind="tieu-hoc",
        commune="20260",
        manager="commune",
        host="th-chuongreo-thuchanh.edu.vn",
        fault="No https; over http it answers 429, and asks to come back in an hour.",
        web=WebPlan(https_port=Port.CLOSED, http=act.rate_limited),
        truth=but(
            healthy(),
            each((*ANSWERS, "site-reachable", "uptime-above-target"), NOT_TESTED)
            | each((*CERTIFICATE, "old-tls-off", "tls13-offered", *HANDSHAKE), NOT_APPLICABLE)
            | each(
                ("https-offered", "tls12-or-better", *HSTS, "security-txt-published"),
                NOT_MET,
            ),
        ),
        causes={
            "site-reachable": frozenset({"rate-limited"}),
            "uptime-above-target": frozenset({"rate-limited", "too-few-samples"}),
        },
        bench=False,
    ),
    PracticeSite(
        id="mn-dom-dom",
        name="Trường Mầm non Đom Đóm",
        kind="mam-non",
        commune="20320",
        manager="commune",
        host="mn-domdom-thuchanh.edu.vn",
        fault="Comes and goes: one home page in three is an error 503.",
        web=WebPlan(https=act.flap),
        truth=healthy(uptime_above_target=NOT_MET),
        bench=False,
    ),
    PracticeSite(
        id="thcs-oc-sen",
        name="Trường THCS Ốc Sên",
        kind="thcs",
        commune="20209",
        manager="commune",
        host="thcs-ocsen-thuchanh.edu.vn",
        fault="Overloaded: its home page begins after more than three seconds.",
        web=WebPlan(https=act.slow_home),
        truth=healthy(response_time_within_budget=NOT_MET),
        bench=False,
    ),
)
