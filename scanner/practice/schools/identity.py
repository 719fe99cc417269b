"""Schools that ask pupils for data without a word of consent, or say too little of what they do with it."""

from scanner.practice.pages import POLICY_PATH
from scanner.practice.site import PagePlan, PracticeSite, WebPlan
from scanner.practice.truth import MET, NEEDS_REVIEW, NOT_MET, healthy

_HTML = "text/html; charset=utf-8"
_FIELDS = """<form action="/ghi-danh" method="post">
<p>Ghi danh câu lạc bộ hè</p>
<label>Họ và tên học sinh <input name="hoten"></label>
<label>Ngày sinh <input name="ngaysinh"></label>
<label>Số điện thoại phụ huynh <input name="dienthoai"></label>
{consent}<button>Gửi ghi danh</button></form>
"""
_CONSENT = """<label><input type="checkbox" name="dongy" required> Tôi đồng ý để nhà trường dùng các thông tin trên vào việc xếp lớp
câu lạc bộ, giữ đến hết tháng 8, theo chính sách bảo vệ dữ liệu cá nhân</label>
"""
_HALF_A_POLICY = """<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><title>Chính sách bảo vệ dữ liệu cá nhân</title></head>
<body><h1>Chính sách bảo vệ dữ liệu cá nhân</h1>
<p>Nhà trường tôn trọng quyền riêng tư của học sinh, phụ huynh và mọi người đọc trang thông tin điện tử này. Những điều dưới đây
cho biết khi nào trang hỏi thông tin và người đọc có những lựa chọn nào trước khi trả lời.</p>
<h2>1. Thu thập thông tin cá nhân</h2>
<p>Trang chỉ thu thập thông tin cá nhân khi có sự đồng ý của người gửi. Với học sinh, nhà trường hỏi cha mẹ hoặc người giám hộ;
học sinh từ đủ 7 tuổi được hỏi ý kiến của chính mình. Người đọc có thể xem tin tức mà không cần cung cấp thông tin nào. Khi gửi
câu hỏi, người hỏi tự nguyện ghi họ tên và cách nhận câu trả lời; ô nào không bắt buộc thì có thể để trống.</p>
<h2>2. Lưu trữ và sử dụng thông tin cá nhân</h2>
<p>Thông tin được lưu trữ trên máy chủ đặt tại Việt Nam và chỉ dùng để trả lời câu hỏi, xếp lớp và liên lạc với gia đình. Nhà trường
không bán, không trao đổi thông tin cá nhân với bất kỳ ai. Dữ liệu được xóa sau khi hết mục đích sử dụng, chậm nhất là mười hai
tháng, trừ trường hợp pháp luật quy định khác. Danh sách lớp chỉ đưa lên trang khi thật sự cần và không kèm ngày sinh, địa chỉ
hay số điện thoại của học sinh, phụ huynh.</p>
<p><a href="/">Về trang chủ</a></p></body></html>
"""
_HOME_WITHOUT_DISCLOSURE = """<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><title>Trường THCS Đồi Sim</title></head>
<body>
<p>Ủy ban nhân dân phường Cẩm Lệ</p><h1>Trường THCS Đồi Sim</h1>
<nav><a href="/">Trang chủ</a> <a href="/gioi-thieu">Giới thiệu</a> <a href="/tin-tuc">Tin tức</a>
<a href="/chinh-sach-bao-ve-du-lieu-ca-nhan">Chính sách bảo vệ dữ liệu cá nhân</a></nav>
<main><h2>Thông báo</h2>
<p>Nhà trường thông báo lịch tựu trường của các khối lớp, giờ học buổi sáng bắt đầu lúc 7 giờ. Học sinh mang theo sách vở, mặc đồng
phục và có mặt trước mười phút để xếp hàng. Phụ huynh đưa đón con em ở cổng phía đường lớn, không dừng xe trước cổng phụ.</p>
</main>
<footer><p>Cơ quan chủ quản: Ủy ban nhân dân phường Cẩm Lệ</p><p>Địa chỉ: 18 đường Thực Hành, phường Cẩm Lệ, thành phố Đà Nẵng</p>
<p>Điện thoại: 0236 3999 018</p><p>Email: <a href="mailto:vanthu@{zone}">vanthu@{zone}</a></p>
<p>Người chịu trách nhiệm nội dung: Trần Văn Minh, Hiệu trưởng</p></footer>
</body></html>
"""

IDENTITY_FAULTS = (
    PracticeSite(
        id="th-hoa-gao",
        name="Trường Tiểu học Hoa Gạo",
        kind="tieu-hoc",
        commune="20341",
        manager="commune",
        host="th-hoagao-thuchanh.edu.vn",
        fault="A form asks pupils for name, birth date and phone without a word of consent.",
        web=WebPlan(page=PagePlan(body=_FIELDS.replace("{consent}", ""))),
        truth=healthy(consent_asked_on_forms=NOT_MET, forms_submit_securely=MET),
    ),
    PracticeSite(
        id="th-hoa-ban",
        name="Trường Tiểu học Hoa Ban",
        kind="tieu-hoc",
        commune="20410",
        manager="commune",
        host="th-hoaban-thuchanh.edu.vn",
        fault="None: the same form has a box to agree, and says what the data are for.",
        web=WebPlan(page=PagePlan(body=_FIELDS.replace("{consent}", _CONSENT))),
        truth=healthy(consent_asked_on_forms=MET, forms_submit_securely=MET),
    ),
    PracticeSite(
        id="thcs-doi-sim",
        name="Trường THCS Đồi Sim",
        kind="thcs",
        commune="20260",
        manager="commune",
        host="thcs-doisim-thuchanh.edu.vn",
        fault='The privacy policy stops after storage and use; no section "Công khai" is linked.',
        web=WebPlan(
            page=PagePlan(
                files=(
                    ("/", _HTML, _HOME_WITHOUT_DISCLOSURE),
                    (POLICY_PATH, _HTML, _HALF_A_POLICY),
                )
            )
        ),
        truth=healthy(privacy_policy_covers=NEEDS_REVIEW, public_disclosure_present=NOT_MET),
    ),
)
