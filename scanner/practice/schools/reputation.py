"""Schools that lists of others name, each in another form; ``scanner/practice/lists.py`` writes the lists."""

from scanner.practice.ports import INFECTED
from scanner.practice.site import PracticeSite, ZonePlan
from scanner.practice.truth import NEEDS_REVIEW, NOT_MET, healthy

LISTED = "th-ngo-dong"
PAGE_LISTED = "thcs-den-long"
WARNED_OF = "mn-chong-chong"
IN_BOTNET = "thpt-la-chan"

REPUTATION_FAULTS = (
    PracticeSite(
        id=LISTED,
        name="Trường Tiểu học Ngô Đồng",
        kind="tieu-hoc",
        commune="20209",
        manager="commune",
        host="th-ngodong-thuchanh.edu.vn",
        fault="A block list names the host.",
        truth=healthy(not_on_blocklists=NOT_MET),
    ),
    PracticeSite(
        id=PAGE_LISTED,
        name="Trường THCS Đèn Lồng",
        kind="thcs",
        commune="20242",
        manager="commune",
        host="thcs-denlong-thuchanh.edu.vn",
        fault="A list of harmful addresses names one file of the site.",
        truth=healthy(not_on_blocklists=NEEDS_REVIEW),
    ),
    PracticeSite(
        id=WARNED_OF,
        name="Trường Mầm non Chong Chóng",
        kind="mam-non",
        commune="20285",
        manager="commune",
        host="mn-chongchong-thuchanh.edu.vn",
        fault="The national list warns of the site.",
        truth=healthy(not_on_national_list=NOT_MET),
    ),
    PracticeSite(
        id=IN_BOTNET,
        name="Trường THPT Lá Chắn",
        kind="thpt",
        commune="20263",
        manager="so-gddt",
        host="thpt-lachan-thuchanh.edu.vn",
        fault="The server's address is on a list of infected machines.",
        names=ZonePlan(addresses=(INFECTED,)),
        truth=healthy(address_not_in_botnet=NOT_MET),
    ),
)
