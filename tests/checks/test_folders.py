"""Which folders a page's files lie in, and which pages are a server's list of a folder."""

import pytest

from checks.evidence.page import Image, Link, Script
from checks.parsing.folders import folders_of, looks_like_folder, shows_folder
from tests.builders.web import HOST, page

HOME = f"https://{HOST}"
UPLOADS = f"{HOME}/uploads/news/2026/"
PARENT = f"{HOME}/uploads/news/"


@pytest.mark.parametrize(
    ("addresses", "folders"),
    [
        pytest.param([f"{UPLOADS}a.jpg"], [UPLOADS], id="a-picture"),
        pytest.param([f"{UPLOADS}a.jpg?v=3#top"], [UPLOADS], id="query-and-fragment"),
        pytest.param([f"{HOME}/logo.png"], [], id="the-root-is-the-home-page"),
        pytest.param([f"{HOME}/tin-tuc/"], [], id="a-page-of-the-cms"),
        pytest.param([f"{HOME}/tin-tuc/khai-giang.html"], [], id="html-is-a-page"),
        pytest.param([f"{HOME}/vi/index.php?nv=news"], [], id="php-is-a-page"),
        pytest.param([f"{HOME}/van-ban/Default.ASPX"], [], id="aspx-is-a-page"),
        pytest.param([f"{HOME}/files/ke-hoach.pdf"], [f"{HOME}/files/"], id="a-document"),
        pytest.param([f"https://cdn.example/{n}/x.js" for n in "ab"], [], id="somebody-elses"),
        pytest.param([f"http://{HOST}/uploads/a.jpg"], [], id="another-scheme"),
        pytest.param([f"{HOME}:8443/uploads/a.jpg"], [], id="another-port"),
        pytest.param(["data:image/png;base64,AA", "http://["], [], id="no-address"),
        pytest.param(
            [f"{HOME}/b/1.js", f"{HOME}/a/1.js", f"{HOME}/c/1.js", f"{HOME}/c/2.js"],
            [f"{HOME}/c/", f"{HOME}/a/", f"{HOME}/b/"],
            id="most-used-first",
        ),
        pytest.param([f"{HOME}/.env/x"], [], id="no-suffix"),
    ],
)
def test_folders(addresses: list[str], folders: list[str]) -> None:
    """Of links, pictures and scripts alike."""
    as_links = page(links=tuple(Link(href=one, text="") for one in addresses))
    as_images = page(links=(), images=tuple(Image(src=one) for one in addresses))
    as_scripts = page(links=(), scripts=tuple(Script(src=one) for one in addresses))
    for found in (as_links, as_images, as_scripts):
        assert list(folders_of(found)) == folders


INSIDE = (f"{UPLOADS}danh-sach-lop-6.xlsx",)


@pytest.mark.parametrize(
    ("title", "links", "listed"),
    [
        pytest.param("Index of /uploads/news/2026", (PARENT, *INSIDE), True, id="apache"),
        pytest.param("Index of /uploads/news/2026/", (PARENT, *INSIDE), True, id="nginx"),
        pytest.param("Index of /uploads/news/2026/", (PARENT,), True, id="an-empty-folder"),
        pytest.param(f"{HOST} - /uploads/news/2026/", (PARENT,), True, id="iis"),
        pytest.param("Directory listing for /uploads/news/2026/", INSIDE, True, id="python"),
        pytest.param(
            "Directory Listing For [/uploads/news/2026/]", INSIDE, True, id="tomcat-with-brackets"
        ),
        pytest.param(
            "Directory Listing For /uploads/news/2026/ - Up To /uploads/news",
            INSIDE,
            True,
            id="tomcat",
        ),
        pytest.param("Directory: /uploads/news/2026/", INSIDE, True, id="jetty"),
        pytest.param("listing directory /uploads/news/2026", INSIDE, True, id="serve-index"),
        pytest.param(
            "Index of /uploads/news/2026/", (f"{UPLOADS}?C=N;O=D",), False, id="sorted-only"
        ),
        pytest.param("Index of /uploads/news/2026/", (), False, id="leads-nowhere"),
        pytest.param("Index of /uploads/", (PARENT, *INSIDE), False, id="of-another-folder"),
        pytest.param(
            "Tắt Index of / trong Apache", (PARENT, *INSIDE), False, id="an-article-about-it"
        ),
        pytest.param("Trường THCS Lê Quý Đôn", (PARENT, *INSIDE), False, id="a-page-of-the-school"),
        pytest.param("Uploads - Trường học", INSIDE, False, id="a-name-with-a-dash"),
        pytest.param("", INSIDE, False, id="no-title"),
    ],
)
def test_lists(title: str, links: tuple[str, ...], *, listed: bool) -> None:
    """The title names this very folder, and something leads in or up."""
    found = page(url=UPLOADS, title=title, links=tuple(Link(href=one, text="") for one in links))
    assert shows_folder(found) is listed
    assert looks_like_folder(found) or not listed


def test_names_in_percent() -> None:
    """The title shows what the address writes in percent."""
    url = f"{HOME}/v%C4%83n%20b%E1%BA%A3n/"
    found = page(url=url, title="Index of /văn bản", links=(Link(href=f"{HOME}/", text=""),))
    assert shows_folder(found)
