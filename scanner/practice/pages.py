"""The pages of the imagined schools: a home page, a privacy policy, a page for what is not there."""

from functools import lru_cache
from html import escape
from string import Template
from typing import TYPE_CHECKING

from scanner.practice.communes import commune_name

if TYPE_CHECKING:
    from scanner.practice.site import Place

POLICY_PATH = "/chinh-sach-bao-ve-du-lieu-ca-nhan"
FOLDER_PATH = "/uploads/tin-tuc/"
FOLDER_PICTURE = f'<img src="{FOLDER_PATH}khai-giang.jpg" alt="Lễ khai giảng">\n'
"""Markup of a home page that shows a file of the folder."""

_HOME = Template("""<!DOCTYPE html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
$generator<title>$title</title>
$head</head>
<body>
<header>
<p>$superior</p>
<h1>$name</h1>
<nav><a href="/">Trang chủ</a> <a href="/gioi-thieu">Giới thiệu</a> <a href="/tin-tuc">Tin tức</a>
<a href="/cong-khai">Công khai</a>$policy_link</nav>
</header>
<main>
<h2>Thông báo</h2>
<article><h3>Kế hoạch tuyển sinh năm học 2026 - 2027</h3>
<p>Nhà trường thông báo thời gian nhận hồ sơ tuyển sinh trực tiếp tại văn phòng, buổi sáng từ 7 giờ 30 đến 11 giờ,
buổi chiều từ 13 giờ 30 đến 17 giờ các ngày trong tuần. Phụ huynh mang theo bản sao giấy khai sinh của học sinh.</p></article>
<article><h3>Tổng kết phong trào thi đua chào mừng Ngày Nhà giáo Việt Nam 20/11</h3>
<p>Các lớp đã tham gia hội diễn văn nghệ, trang trí báo tường và nhiều hoạt động ý nghĩa tri ân thầy cô giáo.</p></article>
<article><h3>Ba công khai đối với cơ sở giáo dục</h3>
<p>Nhà trường công khai cam kết chất lượng giáo dục, điều kiện bảo đảm chất lượng và thu chi tài chính theo quy định.</p></article>
$body</main>
<footer>
$contact$badge
</footer>
</body>
</html>
""")

_INNER = Template("""<!DOCTYPE html>
<html lang="vi">
<head><meta charset="utf-8"><title>$title - $name</title></head>
<body>
<nav><a href="/">Trang chủ</a> <a href="/gioi-thieu">Giới thiệu</a> <a href="/tin-tuc">Tin tức</a>
<a href="/cong-khai">Công khai</a></nav>
<main><h1>$title</h1>
$text
</main>
<footer><p>$name</p></footer>
</body>
</html>
""")

_SECTIONS = {
    "/gioi-thieu": (
        "Giới thiệu",
        "<p>Trường nằm giữa khu dân cư yên tĩnh, có mười sáu phòng học, một thư viện và sân chơi rợp bóng cây. Đội ngũ"
        " giáo viên tận tụy, nhiều năm liền được tặng giấy khen về phong trào thi đua dạy tốt, học tốt.</p>",
    ),
    "/tin-tuc": (
        "Tin tức",
        '<ul><li><a href="/tin-tuc/ngay-hoi-doc-sach-2026">Ngày hội đọc sách năm 2026</a> (12/10/2026)</li>'
        '<li><a href="/tin-tuc/hoi-khoe-phu-dong">Hội khỏe Phù Đổng cấp trường</a> (05/11/2026)</li></ul>',
    ),
    "/tin-tuc/ngay-hoi-doc-sach-2026": (
        "Ngày hội đọc sách năm 2026",
        "<p>Sáng thứ bảy, các lớp cùng trưng bày những quyển sách đã quyên góp và kể lại câu chuyện mà mình thích nhất."
        " Thư viện nhận được hơn ba trăm quyển sách mới từ phụ huynh và cựu học sinh.</p>",
    ),
    "/tin-tuc/hoi-khoe-phu-dong": (
        "Hội khỏe Phù Đổng cấp trường",
        "<p>Hội khỏe diễn ra trong hai ngày với các môn điền kinh, kéo co, cầu lông và bóng đá mini. Ban tổ chức đã trao"
        " giải cho các lớp đạt thành tích cao và chọn đội tuyển dự thi cấp phường.</p>",
    ),
    "/cong-khai": (
        "Công khai theo quy định",
        "<p>Cam kết chất lượng giáo dục, điều kiện bảo đảm chất lượng, thu chi tài chính của năm học được niêm yết tại"
        " phòng họp và trên trang này.</p>",
    ),
}
INNER = frozenset(_SECTIONS)
"""Paths of the pages that every school has beside its home page and its policy."""

_NAMELESS = Template("""<!DOCTYPE html>
<html lang="vi">
<head><meta charset="utf-8"><title>Góc nhỏ mùa thu</title></head>
<body>
<h1>Chào mừng bạn ghé thăm góc nhỏ mùa thu</h1>
<p>Nơi đây chúng mình chia sẻ những bức ảnh đẹp, những câu chuyện vui và những bài hát hay trong tuần. Tuần này cả lớp cùng
nhau trồng cây trong vườn, học cách tưới nước mỗi sáng và ghi lại chiều cao của từng mầm non vào quyển sổ nhỏ.</p>
<p>Thứ sáu vừa rồi là buổi diễn kịch rất vui. Các bạn đã tự may trang phục, tự vẽ phông nền và cười thật nhiều.
Hẹn gặp lại vào tuần sau với những câu chuyện mới nhé!</p>
$badge</body>
</html>
""")

_CONTACT = Template("""<p>Cơ quan quản lý: $name</p>
<p>Cơ quan chủ quản: $superior</p>
<p>Địa chỉ: $number đường Thực Hành, $commune, thành phố Đà Nẵng</p>
<p>Điện thoại: 0236 3999 $line</p>
<p>Email: <a href="mailto:vanthu@$zone">vanthu@$zone</a></p>
<p>Người chịu trách nhiệm nội dung: $person, Hiệu trưởng</p>
""")

_BADGE = Template(
    '<a href="https://tinnhiemmang.vn/danh-ba-tin-nhiem/$slug-1714479536" target="_blank"'
    ' title="Chung nhan Tin Nhiem Mang"><img alt="Chung nhan Tin Nhiem Mang" height="auto"'
    ' src="https://tinnhiemmang.vn/handle_cert?id=$host" width="150px"></a>\n'
)

_POLICY = Template("""<!DOCTYPE html>
<html lang="vi">
<head><meta charset="utf-8"><title>Chính sách bảo vệ dữ liệu cá nhân - $name</title></head>
<body>
<h1>Chính sách bảo vệ dữ liệu cá nhân</h1>
<p>$name tôn trọng quyền riêng tư của học sinh, phụ huynh, cán bộ, giáo viên và mọi người truy cập trang thông tin điện tử
của nhà trường. Chính sách này cho biết nhà trường thu thập những thông tin nào, dùng vào việc gì, giữ trong bao lâu và bảo vệ
bằng cách nào.</p>
<h2>1. Thu thập thông tin cá nhân</h2>
<p>Trang thông tin chỉ thu thập thông tin cá nhân khi có sự đồng ý của chủ thể dữ liệu. Đối với học sinh, nhà trường hỏi ý kiến
của cha mẹ hoặc người giám hộ; học sinh từ đủ 7 tuổi được hỏi ý kiến của chính mình. Người đọc có thể xem tin tức mà không cần
cung cấp bất kỳ thông tin nào. Khi gửi câu hỏi, người hỏi tự nguyện ghi họ tên và cách liên hệ để nhận câu trả lời.</p>
<h2>2. Lưu trữ và sử dụng thông tin cá nhân</h2>
<p>Thông tin được lưu trữ trên máy chủ đặt tại Việt Nam và chỉ dùng để trả lời câu hỏi, thực hiện việc tuyển sinh và liên lạc
giữa nhà trường với gia đình. Nhà trường không bán, không trao đổi thông tin cá nhân cho bên thứ ba. Dữ liệu được xóa sau khi
hết mục đích sử dụng, chậm nhất là mười hai tháng, trừ trường hợp pháp luật quy định khác.</p>
<h2>3. Bảo vệ thông tin cá nhân</h2>
<p>Đường truyền giữa người đọc và máy chủ được mã hóa. Chỉ cán bộ được giao nhiệm vụ mới được xem thông tin do người đọc gửi đến.
Nhà trường sao lưu định kỳ, cập nhật phần mềm và ghi nhật ký truy cập để phát hiện việc sử dụng trái phép.</p>
<h2>4. Xử lý các vấn đề phát sinh</h2>
<p>Khi phát hiện thông tin bị lộ, bị sửa hoặc bị sử dụng sai mục đích, nhà trường khắc phục ngay, thông báo cho người bị ảnh hưởng
và báo cáo cơ quan có thẩm quyền trong vòng 72 giờ. Chủ thể dữ liệu có quyền xem, sửa, xóa thông tin của mình và rút lại sự đồng ý.</p>
<h2>5. Liên hệ</h2>
<p>Mọi ý kiến về chính sách này xin gửi về văn phòng nhà trường, thư điện tử vanthu@$zone, điện thoại 0236 3999 $line.
Nhà trường trả lời trong vòng năm ngày làm việc.</p>
<p><a href="/">Về trang chủ</a></p>
</body>
</html>
""")

_PEOPLE = (
    "Nguyễn Thị Thanh Hà",
    "Trần Văn Minh",
    "Lê Thị Thu Hương",
    "Phạm Quốc Bảo",
    "Võ Thị Kim Oanh",
)


@lru_cache(maxsize=4096)
def home(place: "Place") -> bytes:
    """The home page of a school."""
    plan, words = place.site.web.page, _words(place)
    shown = place.fill(plan.badge_of)
    badge = _BADGE.substitute(host=shown, slug=_slug(shown)) if shown else ""
    if not plan.says_whose:
        return _NAMELESS.substitute(badge=badge).encode()
    return _HOME.substitute(
        words,
        title=f"{plan.title} - {words['name']}" if plan.title else words["name"],
        generator=f'<meta name="generator" content="{escape(plan.generator)}">\n'
        if plan.generator
        else "",
        policy_link=f' <a href="{POLICY_PATH}">Chính sách bảo vệ dữ liệu cá nhân</a>'
        if plan.policy
        else "",
        contact=_CONTACT.substitute(words)
        if plan.contact
        else "<p>Bản quyền thuộc về nhà trường.</p>\n",
        badge=badge,
        head=place.fill(plan.head),
        body=place.fill(plan.body),
    ).encode()


def inner(place: "Place", path: str) -> bytes:
    """One of ``INNER``."""
    title, text = _SECTIONS[path]
    return _INNER.substitute(name=escape(place.name), title=title, text=text).encode()


@lru_cache(maxsize=4096)
def policy(place: "Place") -> bytes:
    """The privacy policy of a school."""
    return _POLICY.substitute(_words(place)).encode()


def not_found(place: "Place") -> bytes:
    """A quiet page for what is not there."""
    return (
        "<!DOCTYPE html><html lang=vi><title>Không tìm thấy</title>"
        f"<h1>Không tìm thấy trang</h1><p>{escape(place.name)}</p></html>"
    ).encode()


def folder(path: str) -> bytes:
    """A folder as a server lists it."""
    return (
        f"<html><head><title>Index of {path}</title></head><body><h1>Index of {path}</h1><hr><pre>"
        '<a href="../">../</a>\n<a href="khai-giang.jpg">khai-giang.jpg</a>\n'
        '<a href="danh-sach-thuc-hanh.xlsx">danh-sach-thuc-hanh.xlsx</a>\n</pre><hr></body></html>'
    ).encode()


def telling_error(place: "Place") -> bytes:
    """A page for what is not there, with a warning of PHP above it."""
    file = f"/home/{_slug(place.host)}/public_html/index.php"
    return (
        f"<br><b>Warning</b>: require(trang.php): Failed to open stream in <b>{file}</b> on line <b>42</b><br>".encode()
        + not_found(place)
    )


BETTING = (
    "<h1>Nhà cái uy tín số một, link vào mới nhất</h1>\n<p>Cá cược bóng đá, tài xỉu, nổ hũ, game bài đổi thưởng, tặng ngay"
    " trăm nghìn cho hội viên mới, nạp rút siêu tốc trong một phút, khuyến mãi mỗi ngày.</p>\n"
    '<p><a href="https://nhacai-thuchanh.example/dang-ky">Đăng ký nhà cái</a> <a href="https://taixiu-thuchanh.example/">'
    'Tài xỉu online</a> <a href="https://nohu-thuchanh.example/">Nổ hũ đổi thưởng</a></p>\n'
)
"""What those who break in put on pages: imagined brands, reserved names."""


def betting(place: "Place") -> bytes:
    """A whole page of it."""
    return _INNER.substitute(
        name=escape(place.name), title="Nhà cái uy tín - Tài xỉu online", text=BETTING
    ).encode()


def day(place: "Place", number: int) -> bytes:
    """What a school does on one day, and links to the days around it."""
    links = "".join(
        f'<li><a href="/ngay/{near}">Ngày thứ {near}</a></li>'
        for near in range(max(1, number - 20), number + 20)
    )
    return _INNER.substitute(
        name=escape(place.name), title=f"Ngày thứ {number}", text=f"<ul>{links}</ul>"
    ).encode()


def _slug(host: str) -> str:
    return "".join(filter(str.isalnum, host))


def _words(place: "Place") -> dict[str, str]:
    number = sum(place.site.id.encode()) % 90 + 10
    commune = commune_name(place.site.commune)
    of_city = place.site.manager == "so-gddt"
    return {
        "name": escape(place.name),
        "zone": place.zone,
        "commune": commune,
        "superior": "Sở Giáo dục và Đào tạo thành phố Đà Nẵng"
        if of_city
        else f"Ủy ban nhân dân {commune}",
        "number": str(number),
        "line": f"{number:03d}",
        "person": _PEOPLE[number % len(_PEOPLE)],
    }
