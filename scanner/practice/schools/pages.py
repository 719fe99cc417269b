"""Schools whose pages load or send in the clear, or trust strangers; and how it is done well."""

from scanner.practice.site import PagePlan, PracticeSite, WebPlan, replaced
from scanner.practice.truth import MET, NEEDS_REVIEW, NOT_MET, healthy

_LIBRARY = "//thuvien-thuchanh.example/jquery-3.7.1.min.js"
_PIN = "sha384-1H217gwSVyLSIfaLxHbE7dRb3v4mYCKbpQvzx0cegeju1MVsGrX5xXxAvs/HgeFs"

PAGE_FAULTS = (
    PracticeSite(
        id="thcs-suoi-mo",
        name="Trường THCS Suối Mơ",
        kind="thcs",
        commune="20209",
        manager="commune",
        host="thcs-suoimo-thuchanh.edu.vn",
        fault="A script from elsewhere that nothing pins, a style sheet over http, and a form that sends over http.",
        web=WebPlan(
            page=PagePlan(
                head=f'<script src="https:{_LIBRARY}"></script>\n'
                '<link rel="stylesheet" href="http://giaodien-thuchanh.example/truong.css">\n',
                body='<form action="http://gopy-thuchanh.example/gui" method="post">'
                '<input name="hoten"><textarea name="gopy"></textarea><button>Gửi góp ý</button></form>\n',
            )
        ),
        truth=healthy(
            scripts_pinned=NOT_MET,
            no_mixed_content=NOT_MET,
            forms_submit_securely=NOT_MET,
            consent_asked_on_forms=NEEDS_REVIEW,
            libraries_safe=MET,
        ),
    ),
    PracticeSite(
        id="th-nang-mai",
        name="Trường Tiểu học Nắng Mai",
        kind="tieu-hoc",
        commune="20263",
        manager="commune",
        host="th-nangmai-thuchanh.edu.vn",
        fault="One picture over http; the script from elsewhere is pinned, the login form sends to the school itself.",
        web=WebPlan(
            page=PagePlan(
                head=f'<script src="https:{_LIBRARY}" integrity="{_PIN}" crossorigin="anonymous"></script>\n',
                body='<img src="http://anh-thuchanh.example/khai-giang.jpg" alt="Lễ khai giảng">\n'
                '<form action="/dang-nhap" method="post"><input name="ten">'
                '<input type="password" name="matkhau"><button>Đăng nhập</button></form>\n',
            )
        ),
        truth=healthy(no_mixed_content=NEEDS_REVIEW, forms_submit_securely=MET, libraries_safe=MET),
    ),
    PracticeSite(
        id="mn-hat-mua",
        name="Trường Mầm non Hạt Mưa",
        kind="mam-non",
        commune="20285",
        manager="commune",
        host="mn-hatmua-thuchanh.edu.vn",
        fault="None: a script, a picture and a form still name http, and a header makes https of all.",
        web=WebPlan(
            headers=replaced(
                (
                    "Content-Security-Policy",
                    "default-src 'self'; object-src 'none'; base-uri 'self'; upgrade-insecure-requests",
                )
            ),
            page=PagePlan(
                head='<script src="http://{twin}/menu.js"></script>\n',
                body='<img src="http://anh-thuchanh.example/be-ngoan.jpg" alt="Bé ngoan">\n'
                '<form action="http://{host}/tim"><input name="q"></form>\n',
            ),
        ),
        truth=healthy(forms_submit_securely=MET),
    ),
)
