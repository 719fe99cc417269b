"""Files asked for by a real request: how many, how much of each, whose, and what is kept."""

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.page import PageFacts, Pages
from checks.evidence.personal import Document, Documents, Personal
from scanner.page_workers import PageWorkers
from scanner.probes.documents import look_documents
from scanner.probes.pages import look_pages
from tests.personal_corpus.measured import HERE
from tests.scanner.builders import HOST
from tests.scanner.servers import Web, answer, redirect
from tests.scanner.test_provoked import HTML, over_https

ROWS = "".join(
    f"Nguyễn Văn {name},12/0{n}/2015,048215{n}90001\n"
    for n, name in enumerate(("Mây", "Gió", "Nắng"), 1)
)
LIST = answer(
    200, f"Họ tên học sinh,Ngày sinh,Số CCCD\n{ROWS}".encode(), [("Content-Type", "text/csv")]
)


def home(*links: str) -> bytes:
    """A home page that links these files."""
    return answer(
        200, "".join(f"<a href='{link}'>Danh sách lớp 1A</a>" for link in links).encode(), HTML
    )


async def looked(web: Web, samples: NotCaptured | None = None) -> Documents | NotCaptured:
    """What the look finds."""
    async with over_https(web, HOST) as visit:
        pages = await look_pages(visit)
        return await look_documents(visit, pages, samples or NotCaptured(cause=Cause.NOT_RUN))


async def test_three_files_are_read_and_forgotten() -> None:
    """Once each; the fourth is counted. Of what was read only counts and shapes are kept."""
    names = [f"/ds{n}.csv" for n in range(4)]
    web = Web({"/": home(*names), **dict.fromkeys(names, LIST)})
    found = await looked(web)
    assert isinstance(found, Documents)
    assert (found.total, found.likely, len(found.documents)) == (4, 4, 3)
    assert [web.asked.get(name, 0) for name in names] == [1, 1, 1, 0]
    tables = found.documents[0].tables
    assert not isinstance(tables, NotCaptured)
    assert {count.kind for count in tables[0].counts} == {Personal.BIRTH_DATE, Personal.CITIZEN_ID}
    assert "90001" not in found.model_dump_json()


async def test_letters_and_blanks_in_names() -> None:
    """Addresses are asked for as a browser would."""
    web = Web({"/": home("/tệp/DS lớp 1.csv"), "/t%E1%BB%87p/DS%20l%E1%BB%9Bp%201.csv": LIST})
    found = await looked(web)
    assert isinstance(found, Documents)
    assert found.documents[0].kind == "csv"


async def test_what_robots_txt_forbids_is_left_alone() -> None:
    """Counted, never asked for; rules that cannot be read forbid all."""
    rules = answer(200, b"User-agent: *\nDisallow: /kin/\n", [("Content-Type", "text/plain")])
    web = Web(
        {
            "/": home("/kin/ds.csv", "/ds.csv"),
            "/ds.csv": LIST,
            "/kin/ds.csv": LIST,
            "/robots.txt": rules,
        }
    )
    found = await looked(web)
    assert isinstance(found, Documents)
    assert (found.total, len(found.documents)) == (2, 1)
    assert "/kin/ds.csv" not in web.asked
    web = Web({"/": home("/ds.csv"), "/robots.txt": answer(503, b"", HTML)})
    missing = await looked(web)
    assert isinstance(missing, NotCaptured)
    assert missing.cause is Cause.SERVER_ERROR


async def test_files_that_do_not_come() -> None:
    """Gone: it shows nothing. Behind a login, failing, elsewhere: not known, and said."""
    web = Web(
        {
            "/": home("/gone.csv", "/login.csv", "/away.csv"),
            "/login.csv": answer(403, b"", HTML),
            "/away.csv": redirect("https://other.example.org/ds.csv"),
        }
    )
    found = await looked(web)
    assert isinstance(found, Documents)
    gone, login, away = found.documents
    assert (gone.kind, gone.tables) == ("gone", ())
    for document, cause in (
        (login, Cause.AUTHENTICATION_REQUIRED),
        (away, Cause.REDIRECT_OUT_OF_SCOPE),
    ):
        assert isinstance(document.tables, NotCaptured)
        assert document.tables.cause is cause


async def test_a_file_of_two_megabytes() -> None:
    """The first is read, and the rest said to be missing."""
    long = answer(
        200, b"Ho ten hoc sinh,Ngay sinh\n" + b"x,y\n" * 600_000, [("Content-Type", "text/csv")]
    )
    found = await looked(Web({"/": home("/ds.csv"), "/ds.csv": long}))
    assert isinstance(found, Documents)
    assert found.documents[0].cut
    assert found.documents[0].bytes == 1 << 20


async def test_without_a_home_page() -> None:
    """No page, no links, no answer."""
    missing = await looked(Web({"/": answer(404, b"", HTML)}))
    assert isinstance(missing, NotCaptured)
    assert missing.cause is Cause.SERVER_ERROR


async def test_a_file_that_ends_its_reader() -> None:
    """An old workbook that asks for more memory than there is: a cause, and the next file is read."""
    body = (HERE / "tune" / "personal" / "bao-hiem.xls").read_bytes()
    workers = PageWorkers(1, 5.0)
    told = {"url": "https://a.vn/x", "linked_from": "https://a.vn/", "linked_as": "", "title": ""}
    try:
        deadly = body[:4185] + b"\xff\xff\xff" + body[4188:]
        dead = await workers.document(deadly, truncated=False, **told)
        assert isinstance(dead.tables, NotCaptured)
        assert dead.tables.cause is Cause.BUDGET_CPU
        alive = await workers.document(body, truncated=False, **told)
        assert not isinstance(alive.tables, NotCaptured)
        assert alive.tables[0].pupils
    finally:
        await workers.close()


async def test_a_file_with_too_little_time() -> None:
    """Reading has a deadline of its own; pages are read as before."""
    workers = PageWorkers(1, 5.0, 0.0)
    told = {"url": "https://a.vn/x", "linked_from": "https://a.vn/", "linked_as": "", "title": ""}
    try:
        late = await workers.document(b"a,b\n", truncated=False, **told)
        assert isinstance(late.tables, NotCaptured)
        assert late.tables.cause is Cause.BUDGET_CPU
        workers._document_s = 5.0
        read = await workers.document(b"a,b\n", truncated=False, **told)
        assert isinstance(read, Document)
        assert read.tables == ()
        facts = await workers.facts(
            b"<title>x</title>",
            url="https://a.vn/",
            status=200,
            content_type="text/html",
            truncated=False,
        )
        assert isinstance(facts, PageFacts)
        assert Pages(home=facts).home == facts
    finally:
        await workers.close()
