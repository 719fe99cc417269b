"""Schools whose home page is clean: what is wrong stands further in, or is shown to some visitors alone."""

from scanner.practice import behaviours as act
from scanner.practice.pages import BETTING
from scanner.practice.site import PagePlan, PracticeSite, WebPlan
from scanner.practice.truth import NOT_MET, NOT_TESTED, healthy

_XML = "application/xml; charset=utf-8"
_HTML = "text/html; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"

SAMPLED_FAULTS = (
    PracticeSite(
        id="thcs-guong-mo",
        name="Trường THCS Gương Mờ",
        kind="thcs",
        commune="20197",
        manager="commune",
        host="thcs-guongmo-thuchanh.edu.vn",
        platform="Web Sông Hàn (thực hành)",
        fault="Who comes from a search engine sees a page of betting in place of the home page.",
        web=WebPlan(https=act.show_searchers_betting),
        truth=healthy(same_page_for_search_engines=NOT_MET, no_gambling_content=NOT_MET),
    ),
    PracticeSite(
        id="th-cua-sau",
        name="Trường Tiểu học Cửa Sau",
        kind="tieu-hoc",
        commune="20209",
        manager="commune",
        host="th-cuasau-thuchanh.edu.vn",
        fault="Who comes from a search engine to the news is sent to a stranger's site.",
        web=WebPlan(https=act.send_searchers_away),
        truth=healthy(same_page_for_search_engines=NOT_MET, no_foreign_redirect=NOT_MET),
    ),
    PracticeSite(
        id="mn-hop-kin",
        name="Trường Mầm non Hộp Kín",
        kind="mam-non",
        commune="20263",
        manager="commune",
        host="mn-hopkin-thuchanh.edu.vn",
        platform="Web Sông Hàn (thực hành)",
        fault="A page of betting that no page links, and that only the sitemap names.",
        web=WebPlan(
            page=PagePlan(
                files=(
                    (
                        "/sitemap.xml",
                        _XML,
                        '<?xml version="1.0" encoding="UTF-8"?>\n'
                        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
                        "<url><loc>{home}/</loc></url>\n<url><loc>{home}/gioi-thieu</loc></url>\n"
                        "<url><loc>{home}/goc-be-ngoan</loc><lastmod>2026-11-02</lastmod></url>\n</urlset>\n",
                    ),
                    (
                        "/goc-be-ngoan",
                        _HTML,
                        "<!DOCTYPE html><html lang=vi><title>Góc bé ngoan</title><body>\n"
                        f"{BETTING}</body></html>",
                    ),
                )
            )
        ),
        truth=healthy(no_gambling_content=NOT_MET),
    ),
    PracticeSite(
        id="gdtx-loi-re",
        name="Trung tâm GDTX Lối Rẽ",
        kind="gdtx",
        commune="20551",
        manager="so-gddt",
        host="gdtx-loire-thuchanh.edu.vn",
        fault="Every path that does not exist leads to a stranger's site; the pages that do exist are clean.",
        web=WebPlan(https=act.lose_unknown_paths),
        truth=healthy(no_foreign_redirect=NOT_MET, errors_stay_quiet=NOT_TESTED),
        causes={"errors-stay-quiet": frozenset({"redirect-out-of-scope"})},
    ),
    PracticeSite(
        id="thpt-cong-khep",
        name="Trường THPT Cổng Khép",
        kind="thpt",
        commune="20285",
        manager="so-gddt",
        host="thpt-congkhep-thuchanh.edu.vn",
        fault="None: robots.txt asks to stay out of two folders that the home page links.",
        web=WebPlan(
            page=PagePlan(
                body='<p><a href="/noi-bo/ke-hoach-tuan">Kế hoạch tuần của tổ chuyên môn</a> <a href="/tin-tuc/cu/">Tin cũ</a></p>\n',
                files=(
                    (
                        "/robots.txt",
                        _TEXT,
                        "User-agent: *\nDisallow: /noi-bo/\nDisallow: /tin-tuc/cu\nAllow: /\n",
                    ),
                    ("/noi-bo/ke-hoach-tuan", _HTML, "<title>Nội bộ</title><p>Kế hoạch tuần</p>"),
                    ("/tin-tuc/cu/", _HTML, "<title>Tin cũ</title><p>Tin cũ</p>"),
                ),
            )
        ),
    ),
    PracticeSite(
        id="th-lich-dai",
        name="Trường Tiểu học Lịch Dài",
        kind="tieu-hoc",
        commune="20341",
        manager="commune",
        host="th-lichdai-thuchanh.edu.vn",
        fault="None: a page for every day, each with links to forty others, without end.",
        web=WebPlan(
            https=act.count_days_for_ever,
            page=PagePlan(body='<p><a href="/ngay/1000">Hôm nay ở trường</a></p>\n'),
        ),
    ),
)
