"""All that a template may know: frozen, already worded, already made safe to show.  Templates compute nothing."""

from typing import NamedTuple


class Chip(NamedTuple):
    """A state as readers see it: ``kind`` names its colour and sign, ``word`` says it."""

    kind: str
    word: str


class Fact(NamedTuple):
    """A label and what stands beside it; ``href`` only where it is fit for a link."""

    label: str
    value: str
    href: str | None = None


class Segment(NamedTuple):
    """One part of a bar, in percent of its length; and the same as words for its legend."""

    kind: str
    word: str
    n: int
    share: str
    x: float
    width: float


class Basis(NamedTuple):
    """One legal text or source, with how sure it is; ``brief`` is what a criterion says of it."""

    anchor: str
    brief: str
    title: str
    detail: str
    sureness: str
    caveat: str
    """The first word of it, for where it is told again and again."""
    sure: bool
    href: str | None


class Snippet(NamedTuple):
    """Settings for one product, to copy."""

    name: str
    text: str


class SeenView(NamedTuple):
    """What one check saw, why it matters and how to mend it; ``help_at`` where that was told above.

    ``spots`` are the weak spots one by one, ``to_set`` the lines made for this very site.
    """

    title: str
    chip: Chip
    said: str
    advice: str
    why: str
    spots: tuple[str, ...]
    how: tuple[str, ...]
    to_set: tuple[str, ...]
    snippets: tuple[Snippet, ...]
    help_at: str | None
    anchor: str | None
    since: str


class CriterionView(NamedTuple):
    """One demand of the label and what it came to on one site."""

    anchor: str
    number: int
    text: str
    note: str
    level: Chip
    status: Chip
    brief: str
    opened: bool
    remarks: tuple[str, ...]
    seen: tuple[SeenView, ...]
    basis: tuple[Basis, ...]


class EditionView(NamedTuple):
    """One set of criteria on one site."""

    title: str
    about: str
    counted: bool
    tally: tuple[Segment, ...]
    groups: tuple["CriteriaGroup", ...]


class BriefCriterion(NamedTuple):
    """A criterion that no check of this version can look at."""

    text: str
    level: Chip


class CriteriaGroup(NamedTuple):
    """Criteria shown together: with a ``title`` folded away under it, else one by one."""

    title: str
    criteria: tuple[CriterionView, ...]
    brief: tuple[BriefCriterion, ...]


class ChangeRow(NamedTuple):
    """One answer that differs from the run before."""

    kind: str
    unit: str
    href: str | None
    what: str
    site: str
    before: Chip | None
    after: Chip | None


class ChangesView(NamedTuple):
    """What changed since the run before: counts in sentences, then what the sites did."""

    lead: str
    held: str
    lines: tuple[str, ...]
    rows: tuple[ChangeRow, ...]
    more: str
    many: bool
    """Whether the rows are of several units."""


class MonthRow(NamedTuple):
    """A group at its last run of a month, and in the same month of the year before."""

    month: str
    of: str
    ready: str
    not_ready: str
    undecided: str
    year_before: str


class TargetLine(NamedTuple):
    """A target and how far its group is."""

    name: str
    of: str
    goal: str
    by: str
    now: str
    state: str
    reached: bool


class ProgressView(NamedTuple):
    """A group month by month, the newest first, and its targets."""

    months: tuple[MonthRow, ...]
    targets: tuple[TargetLine, ...]


class DaySquare(NamedTuple):
    """One day of a strip: its colour, and how many days after the first it lies."""

    kind: str
    x: int


class BadDay(NamedTuple):
    """A day on which some samples found the site down."""

    day: str
    share: str
    down: str
    slow: str


class UptimeStrip(NamedTuple):
    """The last days of a site as one vantage saw them."""

    vantage: str
    lead: str
    label: str
    squares: tuple[DaySquare, ...]
    width: int
    first: str
    last: str
    bad: tuple[BadDay, ...]


class UnitMonth(NamedTuple):
    """A unit's readiness at the end of a month."""

    month: str
    state: Chip


class FindingRow(NamedTuple):
    """One check for the technician."""

    check: str
    title: str
    chip: Chip
    told: str
    since: str
    measured: tuple[str, ...]
    limits: tuple[str, ...]
    address: str
    note: str
    revision: str


class SiteView(NamedTuple):
    """One site of a unit."""

    shown: str
    href: str | None
    looked: str
    coverage: Chip
    coverage_tell: str
    facts: tuple[Fact, ...]
    editions: tuple[EditionView, ...]
    findings: tuple[FindingRow, ...]
    not_built: str
    uptime: tuple[UptimeStrip, ...]


class Action(NamedTuple):
    """One thing to mend: what to reach, what was seen, the first step, and where the rest stands."""

    title: str
    said: str
    first_step: str
    worth: str
    level: Chip
    href: str
    site: str


class Step(NamedTuple):
    """One step that would decide open criteria."""

    text: str
    why: str
    worth: str
    checks: tuple[str, ...]


class Alarm(NamedTuple):
    """A site that somebody broke into: what is to be done today, and who is to be told."""

    title: str
    lead: str
    steps: tuple[str, ...]


class DueRow(NamedTuple):
    """One paper that ends soon, or ended lately."""

    unit: "UnitLink | None"
    what: str
    about: str
    """What it excuses or attests, and where."""
    document: str
    day: str
    left: str
    """How many days are left, or why it is dead."""


class DueView(NamedTuple):
    """Papers that end soon, and those that died lately."""

    rows: tuple[DueRow, ...]
    dead: tuple[DueRow, ...]


class UnitView(NamedTuple):
    """One unit's page."""

    title: str
    state: Chip
    verdict: str
    more: tuple[str, ...]
    label: str
    facts: tuple[Fact, ...]
    tally: tuple[Segment, ...]
    banners: tuple[str, ...]
    alarm: Alarm | None
    actions: tuple[Action, ...]
    further: tuple[Action, ...]
    steps: tuple[Step, ...]
    sites: tuple[SiteView, ...]
    basis: tuple[Basis, ...]
    manager_name: str
    manager_page: str
    run: tuple[Fact, ...]
    run_at: str
    changes: ChangesView | None
    months: tuple[UnitMonth, ...]
    without: str
    """What the verdict would be if nothing were excused; empty where nothing is."""
    tally_without: tuple[Segment, ...]
    due: DueView


class Counts(NamedTuple):
    """Units of one group, counted: readiness, and beside it how many could be looked at."""

    of: int
    ready: int
    not_ready: int
    undecided: int
    tested: int
    blocked: int
    unreachable: int
    not_looked: int
    ready_share: str
    bar: tuple[Segment, ...]
    coverage_bar: tuple[Segment, ...]
    coverage_line: str
    without: tuple[str, ...]
    """How many units are excused, and the counts if none were; empty where none is."""


class GroupRow(NamedTuple):
    """One manager or kind in a table."""

    name: str
    href: str | None
    counts: Counts


class CriterionRow(NamedTuple):
    """How often one criterion is not met, over the units that it concerns."""

    text: str
    edition: str
    level: Chip
    failed: int
    concerned: int
    share: str
    review: int
    unknown: int
    excused: int


class StepRow(NamedTuple):
    """One step that undecided units wait for."""

    text: str
    waits: int
    alone: int
    checks: tuple[str, ...]
    checks_n: str


class UnitLink(NamedTuple):
    """A unit by its name, and its page."""

    name: str
    href: str


class ClusterRow(NamedTuple):
    """One thing that many schools have, and whom to call."""

    what: str
    checks: tuple[str, ...]
    units_n: str
    group: str
    units: tuple[UnitLink, ...]


class UnitRow(NamedTuple):
    """One unit in the table of all units."""

    name: str
    href: str
    kind: str
    kind_code: str
    commune: str
    commune_code: str
    site: str
    state: Chip
    order: int
    blocks: int
    open: int
    coverage: Chip
    counted: bool


class Choice(NamedTuple):
    """One entry of a filter."""

    code: str
    word: str


class GroupView(NamedTuple):
    """The page of the whole city, or of one manager."""

    title: str
    lead: str
    label: str
    run_at: str
    banners: tuple[str, ...]
    counts: Counts
    not_counted: str
    managers: tuple[GroupRow, ...]
    kinds: tuple[GroupRow, ...]
    failing: tuple[CriterionRow, ...]
    steps: tuple[StepRow, ...]
    best_step: str
    clusters: tuple[ClusterRow, ...]
    units: tuple[UnitRow, ...]
    commune_choices: tuple[Choice, ...]
    kind_choices: tuple[Choice, ...]
    readiness_choices: tuple[Choice, ...]
    run: tuple[Fact, ...]
    city: bool
    changes: ChangesView | None
    progress: ProgressView | None
    due: DueView
