"""Schools whose pages were broken into, each in its own way, and one that warns of just that."""

from scanner.practice.site import PagePlan, PracticeSite, WebPlan
from scanner.practice.truth import MET, NEEDS_REVIEW, NOT_MET, healthy

_HTML = "text/html; charset=utf-8"
_HIDDEN_BLOCK = (
    '<div class="w-k3" style="position:absolute;left:-9999px;top:-9999px">'
    '<a href="https://nhacai-thuchanh88.example/">nhà cái uy tín</a> '
    '<a href="https://taixiu-thuchanh.example/choi">tài xỉu online</a> '
    '<a href="https://keo-thuchanh.example/soi-keo">kèo nhà cái hôm nay</a></div>\n'
)
_POST = (
    '<!DOCTYPE html><html lang="vi"><head><title>Hội thao chào mừng 20/11</title></head><body><nav><a href="/">Trang chủ</a>'
    "</nav><main><h1>Hội thao chào mừng 20/11</h1><p>Hội thao của nhà trường diễn ra sôi nổi với nhiều môn thi đấu."
    ' Các lớp tham gia đầy đủ. Xem thêm <a href="https://nohu-thuchanh.example/vao">link vào nổ hũ đổi thưởng</a> để nhận'
    " thưởng.</p></main></body></html>"
)
_NEWS = (
    '<!DOCTYPE html><html lang="vi"><head><title>Tin tức</title></head><body><nav><a href="/">Trang chủ</a></nav><main>'
    '<h1>Tin tức</h1><ul><li><a href="/tin-tuc/hoi-thao-20-11">Hội thao chào mừng 20/11</a></li>'
    "<li>Các lớp thi đua học tốt trong tháng mười một với nhiều hoạt động sôi nổi.</li></ul></main></body></html>"
)
_WARNING = (
    "<article><h3>Công an phường tuyên truyền phòng chống cá độ bóng đá qua mạng</h3><p>Sáng thứ hai, công an phường cùng nhà"
    " trường tuyên truyền về tác hại của cờ bạc, cá cược trực tuyến, tài xỉu và game bài đổi thưởng. Các em được cảnh báo về"
    " thủ đoạn dụ dỗ nạp tiền, vay nợ, và được nhắc Điều 321 của Bộ luật Hình sự.</p></article>\n"
)

HACKED = (
    PracticeSite(
        id="thcs-bo-song",
        name="Trường THCS Bờ Sông",
        kind="thcs",
        commune="20209",
        manager="commune",
        host="thcs-bosong-thuchanh.edu.vn",
        platform="Web Sông Hàn (thực hành)",
        fault="Three links to betting houses in the home page, pushed off the window.",
        web=WebPlan(page=PagePlan(body=_HIDDEN_BLOCK)),
        truth=healthy(no_gambling_content=NOT_MET, no_hidden_links=NOT_MET, links_alive=NOT_MET),
    ),
    PracticeSite(
        id="thpt-doi-sim",
        name="Trường THPT Đồi Sim",
        kind="thpt",
        commune="20263",
        manager="so-gddt",
        host="thpt-doisim-thuchanh.edu.vn",
        platform="Web Sông Hàn (thực hành)",
        fault="A clean home page; a post two clicks away links to a betting house.",
        web=WebPlan(
            page=PagePlan(
                files=(("/tin-tuc", _HTML, _NEWS), ("/tin-tuc/hoi-thao-20-11", _HTML, _POST))
            )
        ),
        truth=healthy(no_gambling_content=NOT_MET),
    ),
    PracticeSite(
        id="th-hoa-mai-vang",
        name="Trường Tiểu học Hoa Mai Vàng",
        kind="tieu-hoc",
        commune="20285",
        manager="commune",
        host="th-hoamaivang-thuchanh.edu.vn",
        fault="Its title and heading were changed to those of a betting house; nothing else was.",
        web=WebPlan(page=PagePlan(title="Nhà cái uy tín, link vào KUBET mới nhất")),
        truth=healthy(no_gambling_content=NEEDS_REVIEW),
    ),
    PracticeSite(
        id="thcs-ngon-hai-dang",
        name="Trường THCS Ngọn Hải Đăng",
        kind="thcs",
        commune="20320",
        manager="commune",
        host="thcs-ngonhaidang-thuchanh.edu.vn",
        fault="None: the police's warning of betting stands on its home page, with all its words.",
        web=WebPlan(page=PagePlan(body=_WARNING)),
        truth=healthy(no_gambling_content=MET),
    ),
)
