"""Schools whose answers promise too little, or tell too much; and whose pages leave out what the law asks."""

from scanner.practice import behaviours as act
from scanner.practice.pages import FOLDER_PICTURE
from scanner.practice.site import (
    PagePlan,
    PracticeSite,
    WebPlan,
    ZonePlan,
    replaced,
    without,
)
from scanner.practice.truth import MET, NEEDS_REVIEW, NOT_APPLICABLE, NOT_MET, healthy

HEADER_FAULTS = (
    PracticeSite(
        id="thcs-hoa-mai-vang",
        name="Trường THCS Hoa Mai Vàng",
        kind="thcs",
        commune="20242",
        manager="commune",
        host="thcs-hoamaivang-thuchanh.edu.vn",
        fault="Served over http as well; no HSTS, no framing limit, no nosniff.",
        web=WebPlan(
            http=act.show_site,
            headers=without(
                "Strict-Transport-Security",
                "X-Frame-Options",
                "X-Content-Type-Options",
            ),
        ),
        truth=healthy(
            http_redirects_to_https=NOT_MET,
            hsts_enforced=NOT_MET,
            framing_restricted=NOT_MET,
            nosniff_set=NOT_MET,
        ),
    ),
    PracticeSite(
        id="mn-chim-non",
        name="Trường Mầm non Chim Non",
        kind="mam-non",
        commune="20263",
        manager="commune",
        host="mn-chimnon-thuchanh.edu.vn",
        fault="HSTS for one day; full addresses leak to other sites; versions in Server and generator.",
        web=WebPlan(
            headers=(
                *replaced(
                    ("Strict-Transport-Security", "max-age=86400"),
                    ("Referrer-Policy", "unsafe-url"),
                    ("Server", "Apache/2.4.41 (Ubuntu)"),
                ),
                ("X-Powered-By", "PHP/7.4.3"),
            ),
            page=PagePlan(generator="NukeViet v4.5"),
        ),
        truth=healthy(
            hsts_enforced=NOT_MET, referrer_private=NOT_MET, software_version_hidden=NOT_MET
        ),
    ),
    PracticeSite(
        id="thpt-dinh-cao",
        name="Trường THPT Đỉnh Cao",
        kind="thpt",
        commune="20341",
        manager="so-gddt",
        host="thpt-dinhcao-thuchanh.edu.vn",
        fault="HSTS names max-age twice; the page policy limits framing, which is fine, and leaves base elements open.",
        web=WebPlan(
            headers=(
                *without("X-Frame-Options", "Strict-Transport-Security", "Content-Security-Policy"),
                ("Strict-Transport-Security", "max-age=31536000; max-age=63072000"),
                ("Content-Security-Policy", "default-src 'self'; frame-ancestors 'self'"),
            )
        ),
        truth=healthy(hsts_enforced=NOT_MET, csp_effective=NOT_MET),
    ),
    PracticeSite(
        id="thcs-suoi-trong",
        name="Trường THCS Suối Trong",
        kind="thcs",
        commune="20260",
        manager="commune",
        host="thcs-suoitrong-thuchanh.edu.vn",
        fault="The policy lets scripts in the page run, as the CMS ships it; everybody may ask for the camera; the session"
        " cookie is bare; the opener policy is misspelt.",
        web=WebPlan(
            headers=replaced(
                (
                    "Content-Security-Policy",
                    "script-src 'self' *.google.com 'unsafe-inline' 'unsafe-eval'; base-uri 'self'",
                ),
                ("Permissions-Policy", "camera=*, microphone=(), geolocation=(self)"),
                ("Set-Cookie", "nv4_sess=practice; path=/"),
                ("Cross-Origin-Opener-Policy", "sameorigin"),
            )
        ),
        truth=healthy(
            csp_effective=NOT_MET,
            permissions_limited=NOT_MET,
            cookies_protected=NOT_MET,
            isolation_headers_valid=NOT_MET,
        ),
    ),
    PracticeSite(
        id="mn-nha-ngo",
        name="Trường Mầm non Nhà Ngõ",
        kind="mam-non",
        commune="20285",
        manager="commune",
        host="mn-nhango-thuchanh.edu.vn",
        fault="A balancer of the provider sets a cookie without Secure; the policy only reports.",
        web=WebPlan(
            headers=(
                *without("Content-Security-Policy"),
                ("Content-Security-Policy-Report-Only", "default-src 'self'"),
                ("Set-Cookie", "BIGipServerpool_truong=1677787402.36895.0000; path=/; Httponly"),
            )
        ),
        truth=healthy(csp_effective=NOT_MET, cookies_protected=NEEDS_REVIEW),
    ),
    PracticeSite(
        id="th-la-thu",
        name="Trường Tiểu học Lá Thu",
        kind="tieu-hoc",
        commune="20197",
        manager="commune",
        host="th-lathu-thuchanh.edu.vn",
        fault="Nothing says whose page this is; no privacy policy, another school's badge, and an expired security.txt.",
        web=WebPlan(
            page=PagePlan(says_whose=False, policy=False, badge_of="thcs-hoasen-thuchanh.edu.vn"),
            security_txt="Contact: mailto:quantri@{zone}\nExpires: {last_year}\n",
        ),
        truth=healthy(
            contact_details_published=NOT_MET,
            privacy_policy_published=NOT_MET,
            privacy_policy_covers=NOT_MET,
            public_disclosure_present=NOT_MET,
            label_badge_genuine=NOT_MET,
            security_txt_published=NOT_MET,
            cms_supported=NOT_APPLICABLE,
        ),
    ),
    PracticeSite(
        id="mn-tre-xanh",
        name="Trường Mầm non Tre Xanh",
        kind="mam-non",
        commune="20791",
        manager="commune",
        host="truongtrexanh-thuchanh.com",
        fault="A name outside .vn, without CAA; only the name of the school in the footer; SPF misspells an address; DMARC asks for an unknown policy.",
        web=WebPlan(page=PagePlan(contact=False)),
        names=ZonePlan(caa=(), spf=("v=spf1 ip4:192.0.2.300 -all",), dmarc=("v=DMARC1; p=cam",)),
        truth=healthy(
            contact_details_published=NEEDS_REVIEW,
            name_under_vn=NOT_MET,
            caa_published=NOT_MET,
            spf_valid=NOT_MET,
            dmarc_valid=NOT_MET,
            spf_strict=NOT_MET,
            dmarc_enforced=NOT_MET,
            dmarc_reports_read=NOT_MET,
        ),
    ),
    PracticeSite(
        id="thcs-doi-thong",
        name="Trường THCS Đồi Thông",
        kind="thcs",
        commune="20209",
        manager="commune",
        host="thcs-doithong-thuchanh.edu.vn",
        fault="Any site may read its pages with the visitor's cookies; the folder of a picture shows what lies in it.",
        web=WebPlan(https=act.trust_every_origin, page=PagePlan(body=FOLDER_PICTURE)),
        truth=healthy(cross_origin_closed=NOT_MET, directory_listing_off=NOT_MET),
    ),
    PracticeSite(
        id="th-mai-ngoi",
        name="Trường Tiểu học Mái Ngói",
        kind="tieu-hoc",
        commune="20242",
        manager="commune",
        host="th-maingoi-thuchanh.edu.vn",
        fault="The page for a missing address shows where the program lies; the folder of a picture is closed.",
        web=WebPlan(https=act.talk_of_errors, page=PagePlan(body=FOLDER_PICTURE)),
        truth=healthy(errors_stay_quiet=NOT_MET, directory_listing_off=MET),
    ),
    PracticeSite(
        id="mn-cong-vom",
        name="Trường Mầm non Cổng Vòm",
        kind="mam-non",
        commune="20263",
        manager="commune",
        host="mn-congvom-thuchanh.edu.vn",
        fault="Every address that does not exist shows the home page.",
        web=WebPlan(https=act.know_every_path),
        truth=healthy(errors_stay_quiet=NEEDS_REVIEW),
    ),
    PracticeSite(
        id="thpt-hai-cau",
        name="Trường THPT Hai Cầu",
        kind="thpt",
        commune="20285",
        manager="so-gddt",
        host="thpt-haicau-thuchanh.edu.vn",
        fault="Two addresses; the second one sends no headers against abuse and shows pages over http.",
        names=ZonePlan(addresses=("127.0.0.1", "127.0.0.2")),
        second_web=WebPlan(
            http=act.show_site,
            headers=without(
                "Strict-Transport-Security", "X-Frame-Options", "X-Content-Type-Options"
            ),
        ),
        truth=healthy(
            http_redirects_to_https=NOT_MET,
            hsts_enforced=NOT_MET,
            framing_restricted=NOT_MET,
            nosniff_set=NOT_MET,
        ),
    ),
)
