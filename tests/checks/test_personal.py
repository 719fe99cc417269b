"""Tables with personal data: of pupils, of staff, of nobody in particular; both sides of each bar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.page import PageFacts
from checks.evidence.personal import Document, Documents, Personal, PersonalCount, PersonalTable
from checks.evidence.samples import Chosen, Robots, Sample, Samples
from checks.parsing.html.facts import page_facts
from checks.parsing.personal import shapes
from checks.parsing.personal.grids import Grid
from checks.parsing.personal.tables import personal_tables
from checks.rules.personal import Weight, no_personal_data_exposed, weight_of
from checks.spec import Outcome
from tests.builders.web import HOST, ask, page, pages

NAMES = ("Nguyễn Thị Mây", "Trần Văn Suối", "Lê Ngọc Sao", "Phạm Gia Thông")
PHONES = ("0905990001", "0905990002", "0905990003", "0905990004")
YOUNG = ("12/03/2015", "30/08/2015", "05/11/2014", "21/01/2015")
OLD = ("12/03/1975", "30/08/1980", "05/11/1969", "21/01/1990")
IDS = ("048315990001", "048215990002", "048314990003", "048215990004")
OLD_IDS = ("048175990001", "048080990002", "048169990003", "048190990004")
Rows = list[list[str]]


def table(*columns: tuple[str, tuple[str, ...]], title: str = "") -> Rows:
    """A table of four rows under these headings."""
    heads = [head for head, _ in columns]
    rows = [list(row) for row in zip(*(values for _, values in columns), strict=True)]
    return [*([[title]] if title else []), heads, *rows]


def weights(rows: Rows, title: str = "") -> list[Weight]:
    """What the table is taken for."""
    return [weight_of(one) for one in personal_tables([Grid("", rows, title)]).tables]


N, P, B, C = ("Họ và tên", NAMES), ("Điện thoại", PHONES), ("Ngày sinh", YOUNG), ("Số CCCD", IDS)
CLASSES = ("6/1", "6/2", "6/3", "6/4")
POSTS = ("Hiệu trưởng", "Giáo viên", "Kế toán", "Bảo vệ")
A_LIST, STAFF_LIST = "Danh sách học sinh lớp 6/1", "Danh sách giáo viên"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(table(N, B), [Weight.PUPILS], id="years-of-birth-tell"),
        pytest.param(table(N, C), [Weight.PUPILS], id="ids-tell-years"),
        pytest.param(table(N, P, title=A_LIST), [Weight.PUPILS], id="a-title-tells"),
        pytest.param(table(N, ("SĐT phụ huynh", PHONES)), [Weight.PUPILS], id="a-heading-tells"),
        pytest.param(table(N, P, ("Lớp", CLASSES)), [Weight.PUPILS], id="a-class-tells"),
        pytest.param(table(N, P), [Weight.UNCLEAR], id="nobody-tells"),
        pytest.param(
            [*table(N, P), *table(N, B)], [Weight.PUPILS, Weight.UNCLEAR], id="two-in-one"
        ),
        pytest.param(
            table(N, P, title="Ban đại diện cha mẹ học sinh"), [Weight.UNCLEAR], id="committee"
        ),
        pytest.param(table(N, P, title="Liên hệ"), [Weight.UNCLEAR], id="contacts"),
        pytest.param(table(N, P, title="Học sinh"), [Weight.UNCLEAR], id="a-word-is-no-list"),
        pytest.param(table(N, P, title=STAFF_LIST), [], id="staff-phones"),
        pytest.param(table(N, P, ("Chức vụ", POSTS)), [], id="positions"),
        pytest.param(
            table(("", POSTS), ("", NAMES), ("", PHONES), title="Tuyển sinh lớp 6"),
            [],
            id="positions-without-headings",
        ),
        pytest.param(
            table(("", NAMES), ("", PHONES), title="Tuyển sinh lớp 6: liên hệ"),
            [Weight.UNCLEAR],
            id="somebody-to-call",
        ),
        pytest.param(table(("GVCN", NAMES), P, ("Lớp", CLASSES)), [], id="class-teachers"),
        pytest.param(
            table(N, ("Ngày sinh", OLD), title=STAFF_LIST), [Weight.STAFF], id="staff-births"
        ),
        pytest.param(
            table(N, ("CCCD", OLD_IDS), ("Chức vụ", POSTS)), [Weight.STAFF], id="staff-ids"
        ),
        pytest.param(
            table(N, ("Ngày sinh", OLD), title=A_LIST), [Weight.UNCLEAR], id="pupils-born-1975"
        ),
        pytest.param(table(N, ("Lớp", CLASSES), title=A_LIST), [], id="names-alone"),
        pytest.param(table(N, ("Năm sinh", ("2014",) * 4), title=A_LIST), [], id="years-alone"),
        pytest.param(table(("SBD", PHONES), ("Điểm", CLASSES), title=A_LIST), [], id="candidates"),
        pytest.param(table(N, ("Số tài khoản", IDS), title=A_LIST), [], id="accounts"),
        pytest.param(table(N, ("Mã số thuế", IDS), title=A_LIST), [], id="taxes"),
        pytest.param(table(N, ("Ngày thi", YOUNG), title=A_LIST), [], id="days-of-exams"),
        pytest.param(table(("Sự kiện", NAMES), ("Ngày", YOUNG)), [], id="days-of-events"),
        pytest.param(table(N, ("CCCD", ("04821****001",) * 4), title=A_LIST), [], id="masked"),
        pytest.param(table(N, ("CCCD", ("",) * 4), title=A_LIST), [], id="a-form"),
        pytest.param(table(("Đơn vị", ("A", "B", "C", "D")), P), [], id="phones-without-names"),
        pytest.param(
            table(("Mã", ("1", "2", "3", "4")), C, title=A_LIST), [Weight.UNCLEAR], id="ids-alone"
        ),
        pytest.param(
            table(N, ("Địa chỉ", ("Tổ 5, phường Hải Châu",) * 4), title=A_LIST),
            [Weight.FEW],
            id="addresses-of-pupils",
        ),
        pytest.param(table(N, B)[:4], [Weight.PUPILS], id="exactly-three-rows"),
        pytest.param(table(N, B, title=A_LIST)[:4], [Weight.UNCLEAR], id="two-rows"),
        pytest.param(table(N, B)[:3], [], id="two-rows-of-nobody"),
    ],
)
def test_who_and_what(rows: Rows, expected: list[Weight]) -> None:
    """Headings, title and years of birth decide together; telephones of staff are meant to be found."""
    assert weights(rows) == expected


@pytest.mark.parametrize(
    ("line", "title", "expected"),
    [
        pytest.param("{name} - sinh ngày {day} - {phone}", "", [Weight.PUPILS], id="births"),
        pytest.param("{name}   {phone}", A_LIST, [Weight.PUPILS], id="a-list"),
        pytest.param("{name}   {phone}", "Liên hệ", [Weight.UNCLEAR], id="contacts"),
        pytest.param("Giáo viên {name}: {phone}", A_LIST, [], id="teachers"),
        pytest.param("Họp ngày {day}, {name} chủ trì", A_LIST, [], id="minutes"),
        pytest.param("{name}   6/1", A_LIST, [], id="names-alone"),
    ],
)
def test_lines_of_a_text(line: str, title: str, expected: list[Weight]) -> None:
    """Where columns are not known, what stands in a line decides."""
    lines = [
        line.format(name=name, day=day, phone=phone)
        for name, day, phone in zip(NAMES, YOUNG, PHONES, strict=True)
    ]
    grid = Grid("", [[one] for one in (title, *lines)], loose=True)
    assert [weight_of(one) for one in personal_tables([grid]).tables] == expected


@pytest.mark.parametrize(
    ("head", "cell", "kind"),
    [
        ("Số CCCD", "48315990001", Personal.CITIZEN_ID),
        ("Số CCCD", "201234567", Personal.CITIZEN_ID),
        ("Số CCCD", "099315990001", None),
        ("Mã định danh", "4831599000", None),
        ("SĐT", "905990001", Personal.PHONE),
        ("SĐT", "0905.990.001", Personal.PHONE),
        ("SĐT", "+84 905 990 001", Personal.PHONE),
        ("SĐT", "0236 3999 111", None),
        ("Ngày sinh", "1/2/15", Personal.BIRTH_DATE),
        ("Ngày sinh", "2015-02-01", Personal.BIRTH_DATE),
        ("Ngày sinh", "31/13/2015", None),
        ("Ngày sinh hoạt", "1/2/2015", None),
        ("NTNS", "01.02.2015", Personal.BIRTH_DATE),
        ("Email", "be@truong.vn", Personal.EMAIL),
    ],
)
def test_cells(head: str, cell: str, kind: Personal | None) -> None:
    """What counts under which heading, and what only looks like it."""
    found = personal_tables([Grid("", table(N, (head, (cell,) * 4), ("Lớp", CLASSES)))]).tables
    assert {count.kind for one in found for count in one.counts} == ({kind} if kind else set())


def test_nothing_but_shapes_is_kept() -> None:
    """A count, what the heading says, and the shape of one cell."""
    (found,) = personal_tables([Grid("Lớp 0905990001", table(N, P, B, C))]).tables
    text = found.model_dump_json()
    assert [value for value in (*NAMES, *PHONES, *YOUNG, *IDS) if value in text] == []
    assert [count.sample for count in found.counts] == ["•" * 10, "••/••/••••", "•" * 12]
    assert [count.cells for count in found.counts] == [4, 4, 4]


def test_the_text_of_a_page_forgets_its_tables() -> None:
    """Dates and numbers of a table with personal data stand masked in the page's text as well."""
    rows = "".join(
        f"<tr><td>{name}<td>{day}<td>{number[1:]}</tr>"
        for name, day, number in zip(NAMES, YOUNG, PHONES, strict=True)
    )
    html = f"<p>Ngày 05/09/2026</p><h2>{A_LIST}</h2><table><tr><th>Họ tên<th>Ngày sinh<th>SĐT mẹ</tr>{rows}</table>"
    facts = facts_of(html)
    assert [count.kind for count in facts.personal[0].counts] == [
        Personal.BIRTH_DATE,
        Personal.PHONE,
    ]
    assert not any(value in facts.text for value in (*YOUNG, *(p[1:] for p in PHONES)))
    harmless = facts_of(html.replace("Ngày sinh", "Ngày thi").replace("SĐT mẹ", "Số tài khoản"))
    assert harmless.personal == ()
    assert "05/09/2026" in harmless.text


def facts_of(html: str) -> PageFacts:
    """The facts of a page of the school."""
    return page_facts(
        html.encode(),
        url=f"https://{HOST}/",
        status=200,
        content_type="text/html; charset=utf-8",
        truncated=False,
    )


CELLS = st.sampled_from(
    ["", "Họ và tên", "Ngày sinh", "SĐT", "STT", *NAMES, *PHONES, *YOUNG, *IDS, "x" * 400, "٣", "²"]
)


@given(st.lists(st.lists(CELLS | st.text(max_size=20), max_size=6), max_size=12), st.booleans())
def test_no_table_makes_it_fail(rows: Rows, loose: bool) -> None:
    """Any rows give facts."""
    rows = [[" ".join(row)] for row in rows] if loose else rows
    found = personal_tables([Grid("", rows, loose=loose)])
    assert len(found.tables) <= 10


@given(st.text())
def test_no_text_makes_a_shape_fail(text: str) -> None:
    """Whatever stands in a cell."""
    shapes.citizen_ids(text)
    shapes.citizen_in_cell(text, named=True)
    shapes.phone_in_cell(text, named=True)
    list(shapes.dates(text))
    shapes.emails(text)
    shapes.name_in(text)
    assert not any(sign.isalnum() for sign in shapes.shape(text))


# The check

FILE = f"https://{HOST}/tep/danh-sach-hoc-sinh.xlsx"


def seen(kind: Personal = Personal.PHONE, cells: int = 3, **changed: object) -> PersonalTable:
    """A table of pupils with so many cells of a kind."""
    count = PersonalCount(kind=kind, cells=cells, sample="•••")
    facts: dict[str, object] = {
        "place": "",
        "rows": 9,
        "counts": (count,),
        "pupils": True,
        "names": 9,
    }
    return PersonalTable.model_validate({**facts, **changed})


def file(
    *tables: PersonalTable, url: str = FILE, missing: Cause | None = None, cut: bool = False
) -> Document:
    """A linked file."""
    return Document(
        url=url,
        linked_from=f"https://{HOST}/",
        linked_as="",
        kind="xlsx",
        bytes=9,
        tables=tables if missing is None else NotCaptured(cause=missing),
        cut=cut,
    )


def files(*documents: Document, total: int = 0, likely: int = 0) -> Documents:
    """What became of the linked files."""
    return Documents(
        documents=documents, total=max(total, len(documents)), likely=max(likely, len(documents))
    )


PLAN = f"https://{HOST}/tep/ke-hoach.pdf"


@pytest.mark.parametrize(
    ("documents", "outcome", "reason"),
    [
        pytest.param(files(), Outcome.MET, "", id="no-files"),
        pytest.param(files(file()), Outcome.MET, "", id="a-harmless-list"),
        pytest.param(files(file(seen())), Outcome.NOT_MET, "pupil-lists", id="three-rows"),
        pytest.param(files(file(seen(cells=2))), Outcome.NEEDS_REVIEW, "few-rows", id="two-rows"),
        pytest.param(
            files(file(seen(Personal.ADDRESS, 50))),
            Outcome.NEEDS_REVIEW,
            "few-rows",
            id="addresses",
        ),
        pytest.param(
            files(file(seen(names=2))), Outcome.NEEDS_REVIEW, "unclear-rows", id="two-names"
        ),
        pytest.param(
            files(file(seen(pupils=False))), Outcome.NEEDS_REVIEW, "unclear-rows", id="whose"
        ),
        pytest.param(
            files(file(seen(pupils=False, staff=True))),
            Outcome.NEEDS_REVIEW,
            "staff-data",
            id="staff",
        ),
        pytest.param(
            files(file(seen(cells=2)), file(seen())), Outcome.NOT_MET, "pupil-lists", id="the-worst"
        ),
        pytest.param(
            files(file(missing=Cause.UNDECODABLE)),
            Outcome.NEEDS_REVIEW,
            "lists-unread",
            id="pictures",
        ),
        pytest.param(files(file(cut=True)), Outcome.NEEDS_REVIEW, "lists-unread", id="cut"),
        pytest.param(
            files(file(url=PLAN, missing=Cause.UNDECODABLE), likely=0),
            Outcome.NEEDS_REVIEW,
            "lists-left",
            id="counted-as-likely",
        ),
        pytest.param(
            Documents(documents=(file(url=PLAN, missing=Cause.UNDECODABLE),), total=1),
            Outcome.MET,
            "",
            id="a-plan-in-pictures",
        ),
        pytest.param(
            files(file(), likely=2, total=2), Outcome.NEEDS_REVIEW, "lists-left", id="left"
        ),
        pytest.param(files(file(missing=Cause.RESET)), Outcome.NOT_TESTED, "", id="did-not-come"),
        pytest.param(
            files(file(missing=Cause.RESET), file(seen())),
            Outcome.NOT_MET,
            "pupil-lists",
            id="another",
        ),
    ],
)
def test_files(documents: Documents, outcome: Outcome, reason: str) -> None:
    """What was seen decides; what was not seen never reads as met where it looks like a list of pupils."""
    found = ask(no_personal_data_exposed, pages(), documents)
    assert (found.outcome, found.reason) == (outcome, reason)


def test_pages_count_as_well() -> None:
    """The home page, and the further pages that are pages."""
    shown = (seen(),)
    found = ask(no_personal_data_exposed, pages(home=page(personal=shown)), files())
    assert found.outcome is Outcome.NOT_MET
    assert found.address == f"https://{HOST}/"
    for status, outcome in ((200, Outcome.NOT_MET), (404, Outcome.MET)):
        inner = page(url=f"https://{HOST}/lop-1a", status=status, personal=shown)
        samples = Samples(
            robots=Robots(there=False),
            pages=(Sample(url=inner.url, chosen=Chosen.SECTION, page=inner),),
            known=1,
            searched=NotCaptured(cause=Cause.NOT_PERMITTED),
            rendered=NotCaptured(cause=Cause.NOT_ENABLED),
        )
        assert ask(no_personal_data_exposed, pages(), files(), samples).outcome is outcome


@pytest.mark.parametrize("cut", ["truncated", "personal_cut"])
def test_a_home_page_that_was_cut(cut: str) -> None:
    """Nothing is concluded from what was kept, unless it shows a list."""
    home = pages(home=page().model_copy(update={cut: True}))
    assert ask(no_personal_data_exposed, home, files()).cause is Cause.BODY_TRUNCATED
    assert ask(no_personal_data_exposed, home, files(file(seen()))).outcome is Outcome.NOT_MET


def test_what_is_measured() -> None:
    """Where, how many, and the shape of one cell."""
    found = ask(no_personal_data_exposed, pages(), files(file(seen())))
    told = {one.name: one.value for one in found.measured}
    assert told["places"] == FILE
    assert told["phones"] == "danh-sach-hoc-sinh.xlsx: 3 × •••"
    assert (told["pages"], told["read"], told["files"]) == (1, 1, 1)
