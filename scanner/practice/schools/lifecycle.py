"""Schools whose names near their end, point into the void, or exist for everybody."""

from scanner.practice import behaviours as act
from scanner.practice.site import PracticeSite, WebPlan, ZonePlan
from scanner.practice.truth import NEEDS_REVIEW, NOT_APPLICABLE, NOT_MET, NOT_TESTED, healthy

LIFECYCLE_FAULTS = (
    PracticeSite(
        id="th-bo-cau",
        name="Trường Tiểu học Bồ Câu",
        kind="tieu-hoc",
        commune="20263",
        manager="commune",
        host="th-bocau-thuchanh.edu.vn",
        fault="The registration of the name ends in twenty days, as the inventory tells.",
        registration_days=20,
        truth=healthy(registration_current=NOT_MET),
    ),
    PracticeSite(
        id="thcs-cau-treo",
        name="Trường THCS Cầu Treo",
        kind="thcs",
        commune="20410",
        manager="commune",
        host="thcs-cautreo-thuchanh.edu.vn",
        fault="The www name is an alias of a service that was given up: the target does not exist.",
        names=ZonePlan(extra=(("{twin}", "CNAME", "trangcu.dichvu-thuchanh.example."),)),
        truth=healthy(no_dangling_alias=NOT_MET),
    ),
    PracticeSite(
        id="mn-la-thu",
        name="Trường Mầm non Lá Thư",
        kind="mam-non",
        commune="20455",
        manager="commune",
        host="mn-lathu-thuchanh.edu.vn",
        fault="The mail exchanger stands under a name that nobody registered.",
        names=ZonePlan(extra=(("{zone}", "MX", "10 mail.thucu-thuchanh.com."),)),
        truth=healthy(no_dangling_alias=NOT_MET, mx_encrypts=NOT_APPLICABLE),
    ),
    PracticeSite(
        id="gdtx-muon-nga",
        name="Trung tâm GDTX Muôn Ngả",
        kind="gdtx",
        commune="20551",
        manager="so-gddt",
        host="gdtx-muonnga-thuchanh.edu.vn",
        fault="A wildcard answers for every name, and nobody wrote down when the registration ends.",
        names=ZonePlan(twin_addresses=("127.0.0.1",), extra=(("*.{zone}", "A", "127.0.0.1"),)),
        web=WebPlan(https=act.twin_to_host),
        registration_days=None,
        truth=healthy(wildcard_understood=NEEDS_REVIEW, registration_current=NOT_TESTED),
        causes={"registration-current": frozenset({"no-registry"})},
    ),
)
