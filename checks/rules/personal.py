"""Personal data of pupils that anybody can read: in tables of pages and in the lists that they link."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.page import PageFacts, Pages
from checks.evidence.personal import Document, Documents, Personal, PersonalTable
from checks.evidence.samples import Samples
from checks.parsing.answers import home_page
from checks.parsing.linked_files import further_pages, is_likely
from checks.parsing.personal.tables import DECIDING
from checks.parsing.text import display
from checks.spec import Answer, Measured, NoLimits, Outcome, Seen, check, untested

ROWS = 3
"""Rows with a name and such a number, from which a table is a list of pupils and no slip."""
SHOWN = 300
_SPOTS = {
    Personal.CITIZEN_ID: "citizen-ids",
    Personal.PHONE: "phones",
    Personal.BIRTH_DATE: "birth-dates",
    Personal.EMAIL: "contacts",
    Personal.ADDRESS: "contacts",
}
_NOT_THE_FILE = frozenset({Cause.UNDECODABLE, Cause.BODY_TRUNCATED, Cause.BUDGET_CPU})
"""Files that came and could not be read: a person can open them.  Other causes may be gone tomorrow."""


class Weight(StrEnum):
    """What one table means for the site."""

    PUPILS = "pupils"
    FEW = "few-rows"
    STAFF = "staff-data"
    UNCLEAR = "unclear-rows"


def weight_of(table: PersonalTable) -> Weight:
    """What a table is: a list of pupils, a slip, or something that a person must look at."""
    cells = max((c.cells for c in table.counts if c.kind in DECIDING), default=0)
    if table.staff:
        return Weight.STAFF
    if not table.pupils or table.names < ROWS:
        return Weight.UNCLEAR
    return Weight.PUPILS if cells >= ROWS else Weight.FEW


@check(
    id="no-personal-data-exposed",
    title="No lists of pupils with their personal data are public",
    family="content",
    needs=(Pages, Documents),
    limits=NoLimits,
    reasons=(
        "pupil-lists",
        "few-rows",
        "staff-data",
        "unclear-rows",
        "lists-unread",
        "lists-left",
        "citizen-ids",
        "phones",
        "birth-dates",
        "contacts",
    ),
)
def no_personal_data_exposed(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Do the tables of the home page and of the further pages seen, and at most three files that they link (CSV, Excel,
        Word, text of PDF; those first that look like lists of pupils), show columns of citizen ids, mobile telephones
        or days of birth of pupils?  Nothing of it is kept but counts and masked shapes.

        A table with at least three rows that name a pupil, and at least three such numbers beside names: not-met.
        Pupils they are by headings, by the title of a list, or by their years of birth.  Fewer rows, or only addresses
        and e-mail (few-rows), people who are not clearly pupils (unclear-rows), citizen ids or days of birth of staff
        (staff-data): needs-review.  Telephones of staff, names alone, results by candidate number: fine.

        Nothing of the kind seen: met, over what was seen.  But a file that looks like a list of pupils and came
        unreadable (pictures, password, too long), and such files left over after three: needs-review.  Such a file that
        did not come: not-tested, with its cause.  Home page cut or not seen (refused, timeout, reset, NXDOMAIN,
        blocked), an error status, a login or no HTML, no look at files: not-tested.

    Why it matters
        Whoever has name, day of birth, citizen id and the parents' telephone of a child can pretend to be the school.
        Search engines and strangers keep copies.  The law on personal data protects children's data in particular.

    How to fix
        Take the file down today, ask search engines to forget it, tell the parents, and publish results by candidate
        number alone.

    Not tested by this check
        Files on other hosts (Google Drive), pictures and scans, old files of Word, archives, lists in running text of
        pages, pages and files that were not among those seen.
    """
    home = home_page(seen.get(Pages))
    files = seen.get(Documents)
    samples = seen.payloads.get(Samples)
    pages = [home, *further_pages(samples if isinstance(samples, Samples) else None)]
    found = [(page.url, table) for page in pages for table in page.personal]
    found += [(file.url, table) for file in files.documents for table in _tables(file)]
    counted = _counted(pages, files)
    for weight in Weight:
        places = [(url, table) for url, table in found if weight_of(table) is weight]
        if places:
            outcome = Outcome.NOT_MET if weight is Weight.PUPILS else Outcome.NEEDS_REVIEW
            reason = "pupil-lists" if weight is Weight.PUPILS else weight.value
            return Answer(outcome, (*counted, *_shown(places)), reason, address=places[0][0])
    return _nothing_found(home, files, counted)


def _nothing_found(home: PageFacts, files: Documents, counted: tuple[Measured, ...]) -> Answer:
    """Nothing was seen: is there nothing, or was it only not seen?"""
    likely = [file for file in files.documents if is_likely(file.url, file.linked_as)]
    unread = [file for file in likely if isinstance(file.tables, NotCaptured)]
    for file in unread:
        if isinstance(file.tables, NotCaptured) and file.tables.cause not in _NOT_THE_FILE:
            untested(file.tables.cause, display(f"{file.url}: {file.tables.detail}", 500))
    unread += [file for file in likely if file.cut and file not in unread]
    if unread:
        names = _named(file.url for file in unread)
        return Answer(
            Outcome.NEEDS_REVIEW, (*counted, Measured("unread_files", names)), "lists-unread"
        )
    if files.likely > len(likely):
        return Answer(Outcome.NEEDS_REVIEW, counted, "lists-left")
    if home.truncated or home.personal_cut:
        untested(Cause.BODY_TRUNCATED, "no such table in what was kept of the home page")
    return Answer(Outcome.MET, counted)


def _tables(file: Document) -> Iterable[PersonalTable]:
    return () if isinstance(file.tables, NotCaptured) else file.tables


def _counted(pages: Sequence[PageFacts], files: Documents) -> tuple[Measured, ...]:
    read = sum(not isinstance(file.tables, NotCaptured) for file in files.documents)
    return (
        Measured("pages", len(pages)),
        Measured("read", read),
        Measured("files", files.total),
        Measured("left", max(0, files.likely - read)),
    )


def _shown(places: Sequence[tuple[str, PersonalTable]]) -> tuple[Measured, ...]:
    """Where, how many rows, and for each kind of number how many cells, with the shape of one."""
    spots: dict[str, list[str]] = {}
    for url, table in places:
        for count in table.counts:
            where = f"{_short(url)}: {count.cells} × {count.sample}"
            spots.setdefault(_SPOTS[count.kind], []).append(where)
    return (
        Measured("places", _named(url for url, _ in places)),
        Measured("rows", max(table.names for _, table in places)),
        *(Measured(name, _named(where)) for name, where in spots.items()),
    )


def _short(url: str) -> str:
    return display(url.rstrip("/").rpartition("/")[2], 60)


def _named(values: Iterable[str]) -> str:
    """The first of several, each once."""
    return display(", ".join(dict.fromkeys(values)), SHOWN)
