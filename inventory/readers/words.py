"""The words that people write in headers and cells, and what they stand for."""

import difflib
import re
from collections.abc import Mapping
from typing import Any

from inventory.model import SO_GDDT, Role, UnitKind, UnitState
from inventory.spelling import bare

# Fields of a row: the first Vietnamese name is the one we print.
ROW_FIELDS: dict[str, str] = {
    "unit_id": "Mã đơn vị | Mã trường | Mã định danh | Mã | id | unit code | school id | school code",
    "unit_name": "Tên đơn vị | Tên trường | Đơn vị | Trường | name | school | school name | unit",
    "kind": "Cấp học | Loại hình | Loại đơn vị | Loại trường | Bậc học | level | school type | unit kind | type",
    "commune": "Xã/phường | Xã, phường, đặc khu | Phường/xã | Xã | Phường | Địa bàn | Mã xã | ward | commune code | commune name",
    "manager": "Đơn vị quản lý | Cơ quan quản lý | Cơ quan chủ quản | Cấp quản lý | Quản lý | managed by | managing body",
    "url": "Địa chỉ trang | Địa chỉ website | Địa chỉ trang web | Địa chỉ trang thông tin điện tử | Trang thông tin điện tử | Cổng thông tin điện tử | Trang web | Website | Tên miền | address | site | web address | domain | link",
    "roles": "Vai trò | Vai trò trang | Loại trang | role | site role",
    "http_port": "Cổng HTTP | port http",
    "mail_domain": "Tên miền thư | Tên miền thư điện tử | Tên miền email | email domain",
    "dkim_selectors": "Selector DKIM | DKIM | dkim selector",
    "gateway": "Cổng kết nối | Điểm kết nối | Gateway",
    "platform": "Nền tảng | Nhà cung cấp | vendor | cms",
    "label_entry": "Mục tín nhiệm mạng | Tín nhiệm mạng | Nhãn tín nhiệm | label",
    "state": "Trạng thái | Tình trạng | status",
    "contact": "Liên hệ | Người liên hệ | Đầu mối | Thông tin liên hệ | contacts",
    "tags": "Nhãn | Thẻ | Ghi nhãn | tag",
    "registration_expires_on": "Hạn tên miền | Ngày hết hạn tên miền | Tên miền hết hạn | domain expires on",
    "attestations": "Văn bản | Hồ sơ | Văn bản xác nhận | attestation | documents",
    "excuses": "Miễn trừ | Chấp nhận tạm | Ngoại lệ | excuse | exceptions",
}
NEEDED_COLUMNS = ("unit_id", "unit_name", "kind", "commune", "url")

PERMISSION_FIELDS: dict[str, str] = {
    "reference": "Số văn bản | Văn bản số | Số | Căn cứ | number",
    "granted_by": "Cơ quan cho phép | Người cho phép | Bên cho phép | Cấp bởi",
    "granted_on": "Ngày cho phép | Ngày cấp | Từ ngày | valid from",
    "expires_on": "Ngày hết hạn | Đến ngày | Hết hạn | valid until",
    "hosts": "Tên miền | Tên máy chủ | Phạm vi | host | domains",
    "networks": "Mạng riêng | Mạng | network",
    "families": "Nhóm kiểm tra | Nhóm kiểm tra thêm | family",
    "requests_per_minute": "Yêu cầu mỗi phút | Số yêu cầu mỗi phút",
    "hours": "Khung giờ | Giờ quét | Giờ",
    "contact": "Liên hệ | Đầu mối | Người liên hệ",
    "ports": "Cổng | Các cổng | port",
    "connections_per_address": "Kết nối mỗi địa chỉ | Số kết nối mỗi địa chỉ",
    "new_connections_per_second": "Kết nối mới mỗi giây | Số kết nối mới mỗi giây",
    "connections_per_network": "Kết nối mỗi mạng | Số kết nối mỗi mạng",
    "search_agent": "User-Agent máy tìm kiếm | Tên trình duyệt máy tìm kiếm | search user agent",
    "controls": "Máy đối chứng | Điểm đối chứng | control hosts",
}
PERMISSION_NAMES = ("permission", "Cho phép", "Giấy phép", "Giấy cho phép")
ROWS_NAMES = ("rows", "units", "Đơn vị", "Danh sách")

_KINDS: dict[UnitKind, str] = {
    UnitKind.MAM_NON: "Mầm non | Trường mầm non | MN | Mẫu giáo | MG | Nhà trẻ | Nhóm trẻ | Lớp mẫu giáo độc lập | kindergarten | preschool | nursery",
    UnitKind.TIEU_HOC: "Tiểu học | Trường tiểu học | TH | Cấp 1 | primary | primary school | elementary school",
    UnitKind.THCS: "THCS | Trường THCS | Trung học cơ sở | Cấp 2 | lower secondary | lower secondary school",
    UnitKind.THPT: "THPT | Trường THPT | Trung học phổ thông | THPT chuyên | Cấp 3 | upper secondary | high school | upper secondary school",
    UnitKind.TH_THCS: "TH&THCS | TH và THCS | TH+THCS | Tiểu học và THCS | Tiểu học & THCS | Tiểu học và trung học cơ sở | Liên cấp TH-THCS | Cấp 1-2",
    UnitKind.THCS_THPT: "THCS&THPT | THCS và THPT | THCS+THPT | Trung học cơ sở và trung học phổ thông | TH-THCS-THPT | TH, THCS và THPT | TH, THCS&THPT | Tiểu học, THCS và THPT | Liên cấp | Phổ thông nhiều cấp học | Cấp 2-3 | Cấp 1-2-3",
    UnitKind.PTDTNT: "PTDTNT | PT DTNT | PTDTNT THCS | PTDTNT THPT | PTDTNT THCS&THPT | Phổ thông dân tộc nội trú | PT dân tộc nội trú | Dân tộc nội trú",
    UnitKind.PTDTBT: "PTDTBT | PT DTBT | PTDTBT TH | PTDTBT THCS | PTDTBT TH&THCS | Phổ thông dân tộc bán trú | PT dân tộc bán trú | Dân tộc bán trú",
    UnitKind.GDTX: "GDTX | TT GDTX | Trung tâm GDTX | GDNN-GDTX | TT GDNN-GDTX | Trung tâm GDNN-GDTX | Giáo dục thường xuyên | Trung tâm giáo dục thường xuyên | continuing education",
    UnitKind.CHUYEN_BIET: "Chuyên biệt | Trường chuyên biệt | Giáo dục chuyên biệt | Khuyết tật | Giáo dục hòa nhập | Trung tâm hỗ trợ phát triển giáo dục hòa nhập | special school | special education",
    UnitKind.SO: "Sở | Sở GDĐT | Sở GD&ĐT | Sở GD và ĐT | Sở Giáo dục và Đào tạo | department",
    UnitKind.KHAC: "Khác | Đơn vị khác | other",
}
_ROLES: dict[Role, str] = {
    Role.PORTAL: "Cổng thông tin | Cổng thông tin điện tử | Cổng | Cổng TTĐT",
    Role.WEBSITE: "Trang thông tin | Trang thông tin điện tử | Trang web | Trang TTĐT | site | web",
    Role.MAIL: "Thư | Thư điện tử | email | e-mail | webmail",
    Role.GATEWAY: "Cổng kết nối | Điểm kết nối",
    Role.SYSTEM: "Hệ thống | Hệ thống thông tin | Phần mềm | Ứng dụng | application",
}
_STATES: dict[UnitState, str] = {
    UnitState.ACTIVE: "Hoạt động | Đang hoạt động | open",
    UnitState.MERGED: "Sáp nhập | Đã sáp nhập | Nhập vào | merged into",
    UnitState.CLOSED: "Giải thể | Đã giải thể | Đóng | Ngừng hoạt động | Dừng hoạt động",
}
_MANAGERS: dict[str, str] = {
    SO_GDDT: _KINDS[UnitKind.SO],
    "commune": "Xã | Phường | Xã/phường | Phường/xã | Đặc khu | Cấp xã | UBND xã | UBND phường | UBND xã/phường | UBND cấp xã | UBND đặc khu | ward",
}

# Bare Latin-1 letters that TCVN3 and VNI fonts show as Vietnamese ones, and Vietnamese never uses.
_LEGACY = re.compile("[¡-§¬\u00adµ¶¸¹¼-¿ÄÅÆÇËÎÏÑÖØÛÜÞßäåæçëîïñöøûüþÿ]")
_VIETNAMESE = re.compile("[ăĂđĐĩĨũŨơƠưƯ\u0300-\u0323\u1ea0-\u1ef9]")


def names_of(words: str) -> list[str]:
    """The names in one row of a table above."""
    return words.split(" | ")


def _keys(table: Mapping[Any, str]) -> dict[str, str]:
    return {
        bare(word): str(meant)
        for meant, words in table.items()
        for word in (str(meant), *names_of(words))
    }


ROW_KEYS = _keys(ROW_FIELDS)
PERMISSION_KEYS = _keys(PERMISSION_FIELDS)
KINDS = _keys(_KINDS)
ROLES = _keys(_ROLES)
STATES = _keys(_STATES)
MANAGERS = _keys(_MANAGERS)


def meaning(text: str, keys: Mapping[str, str]) -> str | None:
    """What a header or value stands for; accents, case, blanks and signs do not matter."""
    return keys.get(bare(text[:200]))


def nearest(text: str, keys: Mapping[str, str]) -> str | None:
    """The known word that was perhaps meant."""
    near = difflib.get_close_matches(bare(text[:60]), keys, n=1, cutoff=0.75)
    return keys[near[0]] if near else None


def looks_legacy(text: str) -> bool:
    """Whether a text was typed in TCVN3 (``Tr­êng``) or VNI (``Tröôøng``)."""
    return (
        _LEGACY.search(text) is not None
        and _VIETNAMESE.search(text) is None
        and re.search("[A-Za-z]", text) is not None
    )
