"""Schools whose sites are as they should be, each in its own way."""

from scanner.practice import behaviours as act
from scanner.practice.flights import (
    ECDHE_ECDSA_AES_128_GCM,
    ECDHE_ECDSA_AES_256_GCM,
    TLS12,
    Script,
)
from scanner.practice.site import (
    CertificatePlan,
    Key,
    Mail,
    Naming,
    PagePlan,
    Port,
    PracticeSite,
    RevocationList,
    Tlsa,
    TlsPlan,
    WebPlan,
    ZonePlan,
    replaced,
)
from scanner.practice.truth import MET, NOT_APPLICABLE, healthy

HEALTHY = (
    PracticeSite(
        id="thcs-hoa-sen",
        name="Trường THCS Hoa Sen",
        kind="thcs",
        commune="20242",
        manager="commune",
        host="thcs-hoasen-thuchanh.edu.vn",
        fault="None: a perfect site, with its www twin, its own trust-label badge, HTTP/3 beside it, a guarded session,"
        " pages that keep to themselves, a logo for its letters, and a name that is fit for the preload list.",
        names=ZonePlan(
            twin_addresses=("127.0.0.1",),
            extra=(("default._bimi.{zone}", "TXT", "v=BIMI1; l=https://{zone}/logo.svg"),),
        ),
        web=WebPlan(
            https=act.twin_to_host,
            page=PagePlan(badge_of="{host}"),
            headers=replaced(
                ("Alt-Svc", 'h3=":443"; ma=86400'),
                ("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload"),
                ("Set-Cookie", "__Host-nv4_sess=practice; Path=/; Secure; HttpOnly; SameSite=Lax"),
                ("Cross-Origin-Opener-Policy", "same-origin-allow-popups"),
                ("Cross-Origin-Resource-Policy", "same-site"),
            ),
        ),
        truth=healthy(
            label_badge_genuine=MET,
            http2_offered=MET,
            hsts_preload_ready=MET,
            cookies_protected=MET,
            isolation_headers_valid=MET,
            bimi_valid=MET,
        ),
    ),
    PracticeSite(
        id="mn-hoa-hong",
        name="Trường Mầm non Hoa Hồng Nhỏ",
        kind="mam-non",
        commune="20209",
        manager="commune",
        host="mn-hoahongnho-thuchanh.edu.vn",
        fault="None: port 80 is closed, which is as good as a redirect.",
        web=WebPlan(http_port=Port.CLOSED),
    ),
    PracticeSite(
        id="th-binh-minh-xanh",
        name="Trường Tiểu học Bình Minh Xanh",
        kind="tieu-hoc",
        commune="20263",
        manager="commune",
        host="th-binhminhxanh-thuchanh.edu.vn",
        fault="None: a certificate of 45 days with 20 left, not on its issuer's list of revoked ones; pages in gzip,"
        " names told in full over TCP only.",
        certificate=CertificatePlan(from_days=-25, to_days=20, crl=RevocationList.CURRENT),
        names=ZonePlan(naming=Naming.TRUNCATED),
        web=WebPlan(gzip=True),
        truth=healthy(certificate_not_revoked=MET),
    ),
    PracticeSite(
        id="thpt-song-bien",
        name="Trường THPT Sông Biển",
        kind="thpt",
        commune="20285",
        manager="so-gddt",
        host="www.thpt-songbien-thuchanh.edu.vn",
        fault="None: an RSA key of 2048 bits; lives under www, and the bare name leads there.",
        certificate=CertificatePlan(key=Key.RSA_2048),
        names=ZonePlan(twin_addresses=("127.0.0.1",)),
        web=WebPlan(https=act.twin_to_host),
    ),
    PracticeSite(
        id="th-thcs-dong-xanh",
        name="Trường TH và THCS Đồng Xanh",
        kind="th-thcs",
        commune="20320",
        manager="commune",
        host="dongxanh.giaoduc-thuchanh.edu.vn",
        zone="giaoduc-thuchanh.edu.vn",
        fault="None: a host below the commune's name, whose DMARC policy it inherits.",
        names=ZonePlan(mail_at_host=True),
        truth=healthy(hsts_preload_ready=NOT_APPLICABLE),
    ),
    PracticeSite(
        id="thcs-canh-dieu",
        name="Trường THCS Cánh Diều",
        kind="thcs",
        commune="20285",
        manager="commune",
        host="thcs-canhdieu-thuchanh.edu.vn",
        fault="None: TLSA records of site and mail server in a signed zone, HTTP/2, a hybrid group against quantum computers, and a stapled"
        " answer in TLS 1.2.",
        tls=TlsPlan(
            tls12=False,
            scripted=(
                Script(TLS12, (ECDHE_ECDSA_AES_256_GCM, ECDHE_ECDSA_AES_128_GCM), staples=True),
            ),
            alpn=("h2", "http/1.1"),
            hybrid=True,
        ),
        names=ZonePlan(tlsa=Tlsa.RIGHT, mail=Mail.OWN, mail_tlsa=Tlsa.RIGHT),
        truth=healthy(
            certificate_not_revoked=MET,
            ocsp_staple_honest=MET,
            post_quantum_offered=MET,
            http2_offered=MET,
            tlsa_matches=MET,
            dnssec_valid=MET,
            mx_tlsa_matches=MET,
        ),
    ),
)
