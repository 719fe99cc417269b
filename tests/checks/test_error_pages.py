"""What error pages give away, in the shapes that programs print; and prose that only speaks of such things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.parsing.error_pages import Leak, gives_away

# Written after the pages of the named programs; folders and names are made up.
TELLING = {
    "django-debug": (
        Leak.DEBUG,
        "Page not found (404) Request Method: GET Using the URLconf defined in truong.urls, Django tried these"
        " URL patterns. You're seeing this error because you have DEBUG = True in your Django settings file.",
    ),
    "laravel": (
        Leak.DEBUG,
        "Symfony\\Component\\HttpKernel\\Exception\\NotFoundHttpException The route x could not be found.",
    ),
    "laravel-database": (Leak.DEBUG, "Illuminate\\Database\\QueryException SQLSTATE[HY000] [2002]"),
    "yii": (Leak.DEBUG, "Not Found (#404) yii\\base\\InvalidRouteException: Unable to resolve"),
    "rails": (Leak.DEBUG, "Action Controller: Exception caught Routing Error"),
    "aspnet-yellow-page": (
        Leak.DEBUG,
        "Server Error in '/' Application. The resource cannot be found. Version Information: Microsoft .NET Framework"
        " Version:4.0.30319; ASP.NET Version:4.8.4494.0",
    ),
    "werkzeug": (Leak.DEBUG, "The debugger caught an exception in your WSGI application."),
    "python": (
        Leak.STACK,
        'Traceback (most recent call last): File "/srv/app/views.py", line 31, in home',
    ),
    "java": (
        Leak.STACK,
        "HTTP Status 500 java.lang.NullPointerException at vn.truong.portal.HomeServlet.doGet(HomeServlet.java:57)"
        " at javax.servlet.http.HttpServlet.service(HttpServlet.java:655)",
    ),
    "dotnet": (
        Leak.STACK,
        "System.NullReferenceException at Portal.Home.Page_Load(Object sender, EventArgs e) in"
        " C:\\Build\\Portal\\Home.aspx.cs:line 42",
    ),
    "node": (
        Leak.STACK,
        "Error: Cannot find module at Router.handle (/home/truong/app/node_modules/express/lib/router/index.js:145:3)",
    ),
    "php-trace": (
        Leak.STACK,
        "Fatal error: Uncaught Exception Stack trace: #0 /home/truong/public_html/index.php(17): require()",
    ),
    "go": (Leak.STACK, "panic: runtime error goroutine 1 [running]: main.main()"),
    "mysql": (
        Leak.SQL,
        "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version",
    ),
    "sqlstate": (Leak.SQL, "SQLSTATE[42S02]: Base table or view not found"),
    "sql-server": (Leak.SQL, "Unclosed quotation mark after the character string 'x'."),
    "oracle": (Leak.SQL, "ORA-00942: table or view does not exist"),
    "mysql-warning": (Leak.SQL, "Warning: mysqli_connect(): (HY000/1045): Access denied for user"),
    "missing-table": (Leak.SQL, "Table 'truong_db.nv4_vi_news_rows' doesn't exist"),
    "php-warning": (
        Leak.PATH,
        "Warning: include(config.php): failed to open stream: No such file or directory in"
        " /home/thcslequydon/public_html/index.php on line 12",
    ),
    "php-notice-on-windows": (
        Leak.PATH,
        "Notice: Undefined index: id in C:\\xampp\\htdocs\\truong\\index.php on line 8",
    ),
    "iis-detailed": (
        Leak.PATH,
        "HTTP Error 404.0 - Not Found Requested URL https://x/ Physical Path C:\\inetpub\\wwwroot\\truong\\x",
    ),
}
QUIET = {
    "a-plain-404": "404 Không tìm thấy trang. Quay về trang chủ.",
    "nginx": "404 Not Found nginx",
    "apache": "Not Found The requested URL was not found on this server. Apache Server at thcs.edu.vn Port 443",
    "a-lesson-on-sql": "Bài 5: Câu lệnh SQL. Học sinh viết SELECT * FROM hoc_sinh WHERE lop = '6A' trên máy.",
    "a-lesson-on-errors": "Bài học: đọc Traceback trong Python, stack trace trong Java và cách sửa lỗi.",
    "a-lesson-on-linux": "Thư mục /var/www chứa trang web, thư mục /home chứa dữ liệu người dùng.",
    "news-of-a-contest": "Warning: đội tuyển của trường vào chung kết in Da Nang on line 2 của bảng đấu.",
    "a-path-of-the-site": "Trang /uploads/news/2026/anh.jpg không có trên máy chủ.",
    "a-debugging-club": "Câu lạc bộ gỡ lỗi (debug) nhận thành viên mới. DEBUG = vui!",
    "a-table": "Table 1: kết quả học tập. Bảng 'điểm' doesn't exist in this document.",
}


@pytest.mark.parametrize("name", TELLING)
def test_what_is_told(name: str) -> None:
    """Its kind, and a short piece of it to show."""
    leak, text = TELLING[name]
    told = gives_away(f"Lỗi. {text} Hết.")
    assert told is not None
    assert told.leak is leak
    assert told.shown in text
    assert len(told.shown) <= 120


@pytest.mark.parametrize("name", QUIET)
def test_what_is_quiet(name: str) -> None:
    """Words about errors are no errors."""
    assert gives_away(QUIET[name]) is None


@given(st.text())
def test_any_text_ends(text: str) -> None:
    """Something or nothing."""
    gives_away(text)


@pytest.mark.parametrize(
    "piece",
    [
        "Warning: a ",
        "at a.b.c.d.",
        "/srv/a/",
        "C:\\a\\",
        "at a.b(",
        "Stack trace ",
        "Table 'a.",
        "in /var/www/a ",
    ],
)
def test_a_page_against_the_patterns(piece: str) -> None:
    """Near misses over the whole of a long page come to an end; one that did not would hang here."""
    assert gives_away(piece * (65_536 // len(piece))) is None
