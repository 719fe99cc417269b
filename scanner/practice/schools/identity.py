"""Schools that ask pupils for data without a word of consent, or never say what they do with it."""

from scanner.practice.pages import POLICY_PATH
from scanner.practice.site import PagePlan, PracticeSite, WebPlan
from scanner.practice.truth import MET, NOT_APPLICABLE, NOT_MET, healthy

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
_NO_POLICY = """<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><title>Chính sách bảo vệ dữ liệu cá nhân</title></head>
<body><h1>Chính sách bảo vệ dữ liệu cá nhân</h1>
<p>Toàn bộ bài viết, hình ảnh, âm thanh đăng trên trang này thuộc bản quyền của nhà trường. Các tổ chức, cá nhân khi sử dụng lại phải
ghi rõ nguồn và không được chỉnh sửa làm sai lệch nội dung. Tác giả gửi bài cộng tác tự chịu trách nhiệm về tính xác thực của bài
viết. Ban biên tập có quyền rút gọn tin bài trước khi đăng.</p>
<p>Hình ảnh hoạt động của các lớp do giáo viên chủ nhiệm gửi về và được xếp vào thư viện ảnh theo từng năm học. Việc trích dẫn một
phần bài viết cho mục đích giảng dạy được khuyến khích, miễn là ghi đúng tên tác giả, tên trang và ngày đăng. Đường dẫn tới các
trang khác chỉ để tham khảo, nhà trường không bảo đảm tính chính xác của nội dung ở đó.</p>
<p>Bài viết cần viết bằng tiếng Việt có dấu, dùng từ ngữ trong sáng, không quá hai trang giấy, kèm một hoặc hai tấm ảnh rõ nét. Tin
về hoạt động của lớp nên gửi trong tuần diễn ra hoạt động. Mỗi tháng, ba bài viết hay nhất được tuyên dương dưới cờ. Những bài
viết về gương người tốt, việc tốt được ưu tiên đăng trước. Quy định này có hiệu lực kể từ ngày đăng và có thể được thay đổi.</p>
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
        fault='What is called the privacy policy speaks of copyright alone; no section "Công khai" is linked.',
        web=WebPlan(
            page=PagePlan(
                files=(
                    ("/", _HTML, _HOME_WITHOUT_DISCLOSURE),
                    (POLICY_PATH, _HTML, _NO_POLICY),
                )
            )
        ),
        truth=healthy(
            privacy_policy_covers=NOT_MET,
            public_disclosure_present=NOT_MET,
            cms_supported=NOT_APPLICABLE,
        ),
    ),
)
