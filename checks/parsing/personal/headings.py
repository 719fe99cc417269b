"""What headings and titles of tables say: which column holds what, and who the rows are."""

import re
from enum import StrEnum

from checks.evidence.personal import Personal
from checks.parsing.text import folded

_APART = re.compile(r"[\W_]+")


def prepared(text: str) -> str:
    """Small letters, one blank between words, nothing else."""
    return _APART.sub(" ", text[:600].lower()).strip()


def _any(*words: str) -> re.Pattern[str]:
    """One of these, with accents or without; a word with other accents is another word."""
    both = dict.fromkeys(form for word in words for form in (word, folded(word)))
    return re.compile(rf"(?<!\w)(?:{'|'.join(sorted(both, key=len, reverse=True))})(?!\w)")


_KINDS: tuple[tuple[Personal, re.Pattern[str]], ...] = (
    (
        Personal.BIRTH_DATE,
        _any(
            "ngày sinh",
            "sinh ngày",
            "ngày tháng năm sinh",
            "ngày tháng sinh",
            "ngày năm sinh",
            "năm sinh",
            "ntns",
            "dob",
            "ngaysinh",
            "date of birth",
            "birth date",
            "birthday",
            "birthdate",
        ),
    ),
    (
        Personal.CITIZEN_ID,
        _any(
            "cccd",
            "cmnd",
            "cmtnd",
            "cmt",
            "căn cước",
            "định danh",
            "đdcn",
            "ddcn",
            "sđd",
            "mđd",
            "mã đd",
            "chứng minh nhân dân",
            "chứng minh thư",
            "số cmnd",
            "citizen id",
            "identity number",
            "national id",
            "dinhdanh",
            "madinhdanh",
            "socccd",
        ),
    ),
    (
        Personal.PHONE,
        _any(
            "điện thoại",
            "số điện thoại",
            "đt",
            "đtdđ",
            "sđt",
            "sdt",
            "di động",
            "số máy",
            "phone",
            "mobile",
            "tel",
            "zalo",
            "liên hệ",
            "liên lạc",
            "dienthoai",
            "sodienthoai",
        ),
    ),
    (Personal.EMAIL, _any("email", "e mail", "mail", "gmail", "thư điện tử")),
    (
        Personal.ADDRESS,
        _any(
            "địa chỉ",
            "thường trú",
            "tạm trú",
            "nơi ở",
            "chỗ ở",
            "nơi cư trú",
            "hộ khẩu",
            "address",
            "diachi",
        ),
    ),
)
_NOT_BIRTH = _any("ngày sinh hoạt", "sinh hoạt")
# A number under one of these is somebody else's, or a thing's.
_OF_THINGS = _any(
    "mã số thuế",
    "mst",
    "tài khoản",
    "stk",
    "serial",
    "số seri",
    "isbn",
    "giao dịch",
    "mã gd",
    "hóa đơn",
    "biên lai",
    "hợp đồng",
    "mã vạch",
    "văn bản",
    "quyết định",
    "công văn",
    "số tiền",
    "đơn giá",
    "fax",
    "số báo danh",
    "sbd",
    "mã sách",
    "mã thẻ",
    "mã hồ sơ",
    "số hiệu",
    "imei",
)
_NAME = _any(
    "họ và tên",
    "họ tên",
    "hoten",
    "ho ten",
    "họ đệm",
    "họ lót",
    "họ và tên đệm",
    "họ và chữ đệm",
    "tên học sinh",
    "tên hs",
    "tên trẻ",
    "tên bé",
    "tên cháu",
    "tên thí sinh",
    "fullname",
    "full name",
    "student name",
    "họ và tên hs",
)
_NAME_ALONE = frozenset(
    {"tên", "ten", "học sinh", "hoc sinh", "thí sinh", "thi sinh", "name", "trẻ", "bé"}
)
_OTHER = _any(
    "stt",
    "tt",
    "số tt",
    "lớp",
    "giới tính",
    "nam nữ",
    "dân tộc",
    "nơi sinh",
    "điểm",
    "ghi chú",
    "trường",
    "chức vụ",
    "đơn vị",
    "sbd",
    "mã hs",
    "mã học sinh",
    "kết quả",
    "giải",
    "môn",
    "nghề nghiệp",
    "id",
    "class",
    "cha",
    "mẹ",
    "bố",
    "ngày",
    "tháng",
    "năm",
)
_PUPILS = _any(
    "học sinh",
    "hs",
    "phhs",
    "trẻ",
    "trẻ em",
    "bé",
    "cháu",
    "thí sinh",
    "lớp",
    "khối",
    "phụ huynh",
    "ph",
    "cha",
    "mẹ",
    "bố",
    "cha mẹ",
    "ba mẹ",
    "gia đình",
    "người giám hộ",
    "parent",
    "parents",
    "student",
    "students",
    "pupil",
    "class",
    "mẫu giáo",
    "nhà trẻ",
    "tuyển sinh",
    "trúng tuyển",
    "nhập học",
    "dự tuyển",
    "bán trú",
)
_STAFF = _any(
    "giáo viên",
    "gv",
    "gvcn",
    "gvbm",
    "cán bộ",
    "cbgv",
    "cbgvnv",
    "cbqlgv",
    "cb gv nv",
    "nhân viên",
    "viên chức",
    "công chức",
    "ban giám hiệu",
    "bgh",
    "chức vụ",
    "chức danh",
    "trình độ",
    "chuyên môn",
    "nhiệm vụ",
    "đơn vị công tác",
    "cơ quan",
    "môn dạy",
    "ngạch",
    "hệ số lương",
    "bậc lương",
    "đảng viên",
    "công đoàn",
    "danh bạ",
    "đường dây nóng",
    "người trực",
    "lãnh đạo",
    "hiệu trưởng",
    "phòng ban",
    "teacher",
    "staff",
    "position",
)
_COMMITTEE = _any("ban đại diện", "ban thường trực", "hội cha mẹ", "hội phụ huynh", "cựu học sinh")
_LIST = _any("danh sách", "ds", "đội tuyển", "trúng tuyển", "nhập học", "sổ liên lạc")
_PARTS_OF_DAY = (_any("ngày"), _any("tháng"), _any("năm"))


class Who(StrEnum):
    """Who the rows of a table are, as far as words tell."""

    PUPILS = "pupils"
    STAFF = "staff"
    COMMITTEE = "committee"
    NOBODY = "nobody"


def kind_of_column(heading: str) -> Personal | None:
    """What a column holds by its (prepared) heading."""
    if is_of_things(heading):
        return None
    for kind, words in _KINDS:
        if words.search(heading) and not (
            kind is Personal.BIRTH_DATE and _NOT_BIRTH.search(heading)
        ):
            return kind
    return None


def kinds_named(text: str) -> set[Personal]:
    """All kinds that a line of headings names."""
    return {kind for kind, words in _KINDS if words.search(text)}


def is_of_things(heading: str) -> bool:
    """Whether the numbers below are no person's."""
    return _OF_THINGS.search(heading) is not None and not _KINDS[1][1].search(heading)


def is_name_heading(heading: str) -> bool:
    """Whether names stand below."""
    return heading in _NAME_ALONE or _NAME.search(heading) is not None


def is_known(heading: str) -> bool:
    """Whether tables of people have such a heading."""
    return (
        is_name_heading(heading)
        or any(words.search(heading) for _, words in _KINDS)
        or is_of_things(heading)
        or _OTHER.search(heading) is not None
    )


def part_of_day(heading: str) -> int:
    """1, 2 or 3 for a heading that ends in day, month or year; else 0."""
    last = heading.rpartition(" ")[2]
    return next((n for n, words in enumerate(_PARTS_OF_DAY, 1) if words.fullmatch(last)), 0)


def who_by_headings(headings: str) -> Who:
    """Columns of staff lists are telling; a class may stand beside its teacher."""
    if _STAFF.search(headings):
        return Who.STAFF
    return Who.PUPILS if _PUPILS.search(headings) else Who.NOBODY


def names_post(words: str) -> bool:
    """Whether (prepared) words say what somebody does at a school."""
    return _STAFF.search(words) is not None


def is_list(title: str) -> bool:
    """Whether a title says that people are listed below."""
    return _LIST.search(title) is not None


def who_by_title(title: str) -> Who:
    """Of whom a title speaks first."""
    if _COMMITTEE.search(title):
        return Who.COMMITTEE
    staff, pupils = _STAFF.search(title), _PUPILS.search(title)
    if staff and (pupils is None or staff.start() < pupils.start()):
        return Who.STAFF
    return Who.PUPILS if pupils else Who.NOBODY
