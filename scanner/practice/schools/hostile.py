"""Schools whose sites attack whoever reads them: the intruder left something behind."""

from scanner.practice import behaviours as act
from scanner.practice.site import PagePlan, PracticeSite, WebPlan, replaced
from scanner.practice.truth import CONTENT, NOT_TESTED, but, each, healthy

HOSTILE_TITLE = (
    '=HYPERLINK("http://evil.example") </title></script><script>alert(1)</script>'
    " \u202egnurt \u001b[31mdo\u001b[0m {{7*7}} ' \" & \ufffe"
)

HOSTILE = (
    PracticeSite(
        id="thcs-bong-mat",
        name="Trường THCS Bóng Mát",
        kind="thcs",
        commune="20263",
        manager="commune",
        host="thcs-bongmat-thuchanh.edu.vn",
        fault="The title and a header hold script, formula, escape and right-to-left signs.",
        web=WebPlan(
            page=PagePlan(title=HOSTILE_TITLE),
            headers=replaced(("Server", "nginx<script>alert(1)</script>")),
        ),
    ),
    PracticeSite(
        id="gdtx-bo-tay",
        name="Trung tâm GDTX Bờ Tây",
        kind="gdtx",
        commune="20551",
        manager="so-gddt",
        host="gdtx-botay-thuchanh.edu.vn",
        fault="A home page of a few kilobytes that unpacks to sixty-four megabytes.",
        web=WebPlan(https=act.bomb),
        truth=but(healthy(observatory_grade=NOT_TESTED), each(CONTENT, NOT_TESTED)),
        causes=dict.fromkeys(CONTENT, frozenset({"body-truncated", "budget-bytes", "undecodable"})),
        bench=False,
    ),
)
