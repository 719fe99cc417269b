"""The communes in which the imagined schools stand: real codes, a few of the 94."""

NAMES = {
    "20197": "phường Liên Chiểu",
    "20209": "phường Thanh Khê",
    "20242": "phường Hải Châu",
    "20260": "phường Cẩm Lệ",
    "20263": "phường Sơn Trà",
    "20285": "phường Ngũ Hành Sơn",
    "20320": "xã Hòa Vang",
    "20341": "phường Tam Kỳ",
    "20410": "phường Hội An",
    "20455": "xã Tây Giang",
    "20551": "phường Điện Bàn",
    "20791": "xã Thăng Bình",
    "20900": "xã Trà My",
}


def commune_name(code: str) -> str:
    """The name, with what kind of commune it is."""
    return NAMES[code]
