"""Schools with a fault in the protocol: old versions, or no TLS at all."""

from scanner.practice import behaviours as act
from scanner.practice.flights import (
    ECDHE_ECDSA_AES_128_CBC_SHA,
    RSA_AES_128_CBC_SHA,
    SSL3,
    TLS10,
    TLS11,
    Script,
)
from scanner.practice.site import (
    CertificatePlan,
    Key,
    PagePlan,
    Port,
    PracticeSite,
    TlsPlan,
    WebPlan,
    ZonePlan,
)
from scanner.practice.truth import (
    ANSWERS,
    CERTIFICATE,
    HANDSHAKE,
    HSTS,
    MET,
    NOT_APPLICABLE,
    NOT_MET,
    NOT_TESTED,
    but,
    each,
    healthy,
)

_NO_TLS = (
    each(CERTIFICATE, NOT_APPLICABLE)
    | {"https-offered": NOT_MET, "tls12-or-better": NOT_MET}
    | each(("old-tls-off", "tls13-offered", *HANDSHAKE), NOT_APPLICABLE)
)
_NO_TLS13 = each(("early-data-off", "downgrade-protected"), NOT_APPLICABLE) | {
    "tls13-offered": NOT_MET,
    "post-quantum-offered": NOT_MET,
}
"""Of a server that speaks one version, and not the newest."""
_ALERT = frozenset({"tls-alert", "tls-protocol", "scanner-cannot"})

VERSION_FAULTS = (
    PracticeSite(
        id="th-cau-vong",
        name="Trường Tiểu học Cầu Vồng",
        kind="tieu-hoc",
        commune="20242",
        manager="commune",
        host="th-cauvong-thuchanh.edu.vn",
        fault="TLS 1.0 and TLS 1.1 are still answered beside the modern versions.",
        tls=TlsPlan(
            scripted=tuple(
                Script(version, (ECDHE_ECDSA_AES_128_CBC_SHA,)) for version in (TLS10, TLS11)
            )
        ),
        truth=healthy(old_tls_off=NOT_MET),
    ),
    PracticeSite(
        id="chuyen-biet-tieng-hat",
        name="Trường Chuyên biệt Tiếng Hát",
        kind="chuyen-biet",
        commune="20285",
        manager="so-gddt",
        host="chuyenbiet-tienghat-thuchanh.edu.vn",
        fault="SSL 3 is still answered, with keys sent under RSA; no SPF and no DMARC record.",
        certificate=CertificatePlan(key=Key.RSA_2048),
        tls=TlsPlan(scripted=(Script(SSL3, (RSA_AES_128_CBC_SHA,)),)),
        names=ZonePlan(spf=(), dmarc=()),
        truth=healthy(
            old_tls_off=NOT_MET,
            forward_secrecy_always=NOT_MET,
            spf_valid=NOT_MET,
            dmarc_valid=NOT_MET,
            spf_strict=NOT_MET,
            dmarc_enforced=NOT_MET,
            dmarc_reports_read=NOT_MET,
        ),
    ),
    PracticeSite(
        id="thcs-rung-thong",
        name="Trường THCS Rừng Thông",
        kind="thcs",
        commune="20320",
        manager="commune",
        host="thcs-rungthong-thuchanh.edu.vn",
        fault="TLS 1.2 only; SPF needs eleven look-ups; two DMARC records.",
        tls=TlsPlan(tls13=False),
        names=ZonePlan(
            spf=("v=spf1 " + " ".join(f"include:s{n}.{{zone}}" for n in range(11)) + " -all",),
            dmarc=("v=DMARC1; p=reject", "v=DMARC1; p=none"),
            extra=tuple(
                (f"s{n}.{{zone}}", "TXT", f"v=spf1 ip4:192.0.2.{n} -all") for n in range(11)
            ),
        ),
        truth=but(
            healthy(
                spf_valid=NOT_MET,
                dmarc_valid=NOT_MET,
                dmarc_enforced=NOT_MET,
                dmarc_reports_read=NOT_MET,
            ),
            _NO_TLS13,
        ),
    ),
    PracticeSite(
        id="ptdtbt-may-trang",
        name="Trường PTDTBT THCS Mây Trắng",
        kind="ptdtbt",
        commune="20455",
        manager="commune",
        host="ptdtbt-maytrang-thuchanh.edu.vn",
        fault="A server so old that it speaks TLS 1.0 and nothing newer.",
        certificate=CertificatePlan(key=Key.RSA_2048),
        tls=TlsPlan(
            tls12=False,
            tls13=False,
            scripted=(
                Script(
                    TLS10,
                    (RSA_AES_128_CBC_SHA,),
                    renegotiates_safely=False,
                    binds_master_secret=False,
                ),
            ),
        ),
        truth=but(
            healthy(),
            _NO_TLS13
            | each(
                (*CERTIFICATE, *ANSWERS, "https-offered", "site-reachable", "uptime-above-target"),
                NOT_TESTED,
            )
            | {
                "old-tls-off": NOT_MET,
                "tls12-or-better": NOT_MET,
                "forward-secrecy-always": NOT_MET,
                "aead-offered": NOT_MET,
                "key-exchange-strong": NOT_APPLICABLE,
                "renegotiation-secure": NOT_MET,
                "extended-master-secret": NOT_MET,
                "http2-offered": NOT_TESTED,
                "http-redirects-to-https": MET,
            },
        ),
        causes=dict.fromkeys((*CERTIFICATE, "https-offered", "site-reachable"), _ALERT),
    ),
    PracticeSite(
        id="th-dong-lua",
        name="Trường Tiểu học Đồng Lúa",
        kind="tieu-hoc",
        commune="20791",
        manager="commune",
        host="th-donglua-thuchanh.edu.vn",
        fault="Plain HTTP on the https port, and no http port.",
        web=WebPlan(https_port=Port.PLAIN, http_port=Port.CLOSED),
        truth=but(
            healthy(),
            _NO_TLS
            | each(ANSWERS, NOT_TESTED)
            | {
                "http-redirects-to-https": MET,
                "https-stays-https": NOT_APPLICABLE,
                "redirects-end": NOT_APPLICABLE,
                **each(HSTS, NOT_MET),
                "security-txt-published": NOT_MET,
                "site-reachable": NOT_MET,
                "uptime-above-target": NOT_MET,
            },
        ),
    ),
    PracticeSite(
        id="mn-but-mang",
        name="Trường Mầm non Búp Măng",
        kind="mam-non",
        commune="20455",
        manager="commune",
        host="mn-bupmang-thuchanh.edu.vn",
        fault="No https at all: the port is closed, the site is served over http, and asks for a password there.",
        web=WebPlan(
            https_port=Port.CLOSED,
            http=act.show_site,
            page=PagePlan(
                body='<form method="post"><input type="password" name="matkhau"></form>\n'
            ),
        ),
        truth=but(
            healthy(),
            _NO_TLS
            | {
                "http-redirects-to-https": NOT_MET,
                "https-stays-https": NOT_APPLICABLE,
                "hsts-enforced": NOT_MET,
                "security-txt-published": NOT_MET,
                "no-mixed-content": NOT_APPLICABLE,
                "forms-submit-securely": NOT_MET,
            },
        ),
    ),
    PracticeSite(
        id="ptdtnt-dai-ngan",
        name="Trường PTDTNT Đại Ngàn",
        kind="ptdtnt",
        commune="20900",
        manager="so-gddt",
        host="ptdtnt-daingan-thuchanh.edu.vn",
        fault="The server demands a certificate of its visitors.",
        tls=TlsPlan(asks_client_certificate=True),
        truth=but(
            healthy(),
            each((*ANSWERS, "site-reachable", "uptime-above-target"), NOT_TESTED)
            # A ticket comes after the visitor's certificate, and the headers after that.
            | each(("early-data-off", "http2-offered"), NOT_TESTED)
            | {"http-redirects-to-https": MET},
        ),
        causes=dict.fromkeys(
            ("site-reachable", "early-data-off", "http2-offered"),
            frozenset({"client-cert-required"}),
        ),
    ),
)
