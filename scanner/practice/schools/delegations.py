"""Schools whose name servers are not what the zone above says, each in another way."""

from scanner.practice.authorities import CLOSED_AT
from scanner.practice.site import PracticeSite, ZonePlan
from scanner.practice.truth import MET, NOT_MET, healthy

DELEGATION_FAULTS = (
    PracticeSite(
        id="th-bang-lang",
        name="Trường Tiểu học Bằng Lăng",
        kind="tieu-hoc",
        commune="20242",
        manager="commune",
        host="th-banglang-thuchanh.edu.vn",
        fault="The second name server knows nothing of the zone: it refuses.",
        names=ZonePlan(lame=("ns2",)),
        truth=healthy(nameservers_answer=NOT_MET),
    ),
    PracticeSite(
        id="thcs-thuyen-giay",
        name="Trường THCS Thuyền Giấy",
        kind="thcs",
        commune="20455",
        manager="commune",
        host="thcs-thuyengiay-thuchanh.edu.vn",
        fault="The second name server still holds yesterday's zone.",
        names=ZonePlan(late=("ns2",)),
        truth=healthy(nameservers_agree=NOT_MET),
    ),
    PracticeSite(
        id="mn-sao-khue",
        name="Trường Mầm non Sao Khuê",
        kind="mam-non",
        commune="20551",
        manager="commune",
        host="mn-saokhue-thuchanh.edu.vn",
        fault="Of two name servers one has been switched off.",
        names=ZonePlan(servers=(("ns1", "192.0.2.53"), ("ns2", CLOSED_AT))),
        truth=healthy(nameservers_answer=NOT_MET),
    ),
    PracticeSite(
        id="th-rang-dong",
        name="Trường Tiểu học Rạng Đông Xanh",
        kind="tieu-hoc",
        commune="20410",
        manager="commune",
        host="th-rangdongxanh-thuchanh.edu.vn",
        fault="The zone names a third name server, which the zone above does not list.",
        names=ZonePlan(
            servers=(("ns1", "192.0.2.53"), ("ns2", "198.51.100.53"), ("ns3", "192.0.2.54")),
            listed=(("ns1", "192.0.2.53"), ("ns2", "198.51.100.53")),
        ),
        truth=healthy(nameservers_agree=NOT_MET),
    ),
    PracticeSite(
        id="thpt-bien-rong",
        name="Trường THPT Biển Rộng",
        kind="thpt",
        commune="20320",
        manager="so-gddt",
        host="thpt-bienrong-thuchanh.edu.vn",
        fault="None: its first name server has an IPv6 address too.",
        names=ZonePlan(
            servers=(("ns1", "192.0.2.53"), ("ns1", "2001:db8::53"), ("ns2", "198.51.100.53"))
        ),
        truth=healthy(nameservers_over_ipv6=MET),
    ),
)
