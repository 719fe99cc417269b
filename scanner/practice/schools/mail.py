"""Schools whose sites are well and whose mail is not, or is not there."""

from scanner.practice.keys_of_mail import SHORT
from scanner.practice.site import PracticeSite, ZonePlan
from scanner.practice.truth import (
    CORRESPONDENCE,
    EXCHANGERS,
    FORGERY,
    MET,
    NOT_APPLICABLE,
    NOT_MET,
    NOT_TESTED,
    but,
    each,
    healthy,
)

MAIL_FAULTS = (
    PracticeSite(
        id="thcs-thu-bay",
        name="Trường THCS Thư Bay",
        kind="thcs",
        commune="20285",
        manager="commune",
        host="thcs-thubay-thuchanh.edu.vn",
        fault="SPF ends in ?all; DMARC only watches, and nobody reads its reports; a key of 512 bits; MTA-STS without a"
        " policy file; a logo that nobody will show.",
        names=ZonePlan(
            spf=("v=spf1 mx ?all",),
            dmarc=("v=DMARC1; p=none",),
            dkim=f"v=DKIM1; k=rsa; p={SHORT}",
            tls_rpt="",
            extra=(
                ("_mta-sts.{zone}", "TXT", "v=STSv1; id=20261122"),
                ("default._bimi.{zone}", "TXT", "v=BIMI1; l=https://{zone}/logo.svg"),
            ),
        ),
        truth=healthy(
            spf_strict=NOT_MET,
            dmarc_enforced=NOT_MET,
            dmarc_reports_read=NOT_MET,
            dkim_published=NOT_MET,
            tls_rpt_published=NOT_MET,
            bimi_valid=NOT_MET,
        ),
    ),
    PracticeSite(
        id="mn-tieng-ve",
        name="Trường Mầm non Tiếng Ve",
        kind="mam-non",
        commune="20209",
        manager="commune",
        host="mn-tiengve-thuchanh.edu.vn",
        fault="None: there is no mail, and the name says so in all three ways.",
        names=ZonePlan(
            mx=("0 .",),
            spf=("v=spf1 -all",),
            dmarc=("v=DMARC1; p=reject",),
            dkim="",
            tls_rpt="",
        ),
        truth=but(
            healthy(no_mail_said_so=MET), each((*CORRESPONDENCE, *EXCHANGERS), NOT_APPLICABLE)
        ),
    ),
    PracticeSite(
        id="th-hop-thu-trong",
        name="Trường Tiểu học Hộp Thư Trống",
        kind="tieu-hoc",
        commune="20263",
        manager="commune",
        host="th-hopthutrong-thuchanh.edu.vn",
        fault="There is no mail, and nothing says so.",
        names=ZonePlan(
            # Without MX letters go to the name's own address (RFC 5321, 5.1): here no mail server stands on it.
            addresses=("127.0.0.4",),
            mx=(),
            spf=(),
            dmarc=(),
            dkim="",
            tls_rpt="",
        ),
        truth=but(
            healthy(),
            each((*FORGERY, *CORRESPONDENCE, "no-mail-said-so"), NOT_MET)
            | each(EXCHANGERS, NOT_APPLICABLE)
            | {"dkim-published": NOT_TESTED, "bimi-valid": NOT_APPLICABLE},
        ),
        causes={"dkim-published": frozenset({"selector-unknown"})},
    ),
)
