"""Schools whose mail servers do not encrypt as they should."""

from scanner.practice.site import Mail, PracticeSite, ZonePlan
from scanner.practice.truth import NOT_MET, healthy

EXCHANGER_FAULTS = (
    PracticeSite(
        id="thcs-canh-thu",
        name="Trường THCS Cánh Thư",
        kind="thcs",
        commune="20242",
        manager="commune",
        host="thcs-canhthu-thuchanh.edu.vn",
        fault="Its mail server offers no STARTTLS.",
        names=ZonePlan(mail=Mail.PLAIN),
        truth=healthy(mx_encrypts=NOT_MET),
        bench=False,
    ),
    PracticeSite(
        id="th-tem-cu",
        name="Trường Tiểu học Tem Cũ",
        kind="tieu-hoc",
        commune="20263",
        manager="commune",
        host="th-temcu-thuchanh.edu.vn",
        fault="Its mail server encrypts with TLS 1.0 alone.",
        names=ZonePlan(mail=Mail.OLD_TLS),
        truth=healthy(mx_encrypts=NOT_MET),
        bench=False,
    ),
)
