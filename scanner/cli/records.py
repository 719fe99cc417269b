"""What ``tinnhiem excuse`` and ``tinnhiem attest`` share: who is known, records of files, and lists."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

import click

from checks.days import day_of
from checks.excuses import FAULTS, WELL, name_of, names_of, told
from checks.spec import Finding
from inventory.model import Attestation, Excuse, Inventory, Site, Unit
from inventory.readers.cells import clean
from inventory.readers.cells import day_of as day_in
from inventory.records import RecordsUsed
from scanner.archive.records import EXCUSE, Records
from scanner.archive.store import RunRow, Store
from scanner.cli.options import Language, database_option, stop
from scanner.cli.stored import opened
from scanner.clock import now


class Day(click.ParamType[date]):
    """A day, as ``2026-12-31`` or ``31/12/2026``."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day."""
        if isinstance(value, date):
            return value
        day = day_in(value)
        if day is None:
            self.fail(f"{value!r} is no day such as 2026-12-31", param, ctx)
        return day


class AddUnlessTold(click.Group):
    """``tinnhiem excuse UNIT CHECK …`` is short for ``tinnhiem excuse add UNIT CHECK …``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["add", *args]
        return super().parse_args(ctx, args)


def destination_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        database_option,
        click.option(
            "--inventory",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="The list of units, where the database holds no run yet or an older list.",
        ),
        click.option(
            "--file",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE.yaml",
            help="Add it to this file, for review, and not to the database.",
        ),
    ):
        command = option(command)
    return command


NO_RECORDS = RecordsUsed()


@dataclass(frozen=True)
class KnownHere:
    """What the database and the inventory say of units."""

    inventory: Inventory | None
    """As the run was given it, without the records of the database."""
    store: Store | None
    run: RunRow | None
    """The latest complete run."""
    used: RecordsUsed = NO_RECORDS
    """The records of files that the latest run was given."""

    def opened(self) -> Store:
        assert self.store is not None  # noqa: S101  Only with --file and --inventory is it left closed.
        return self.store

    def unit(self, id: str) -> Unit:
        """The unit; stops where there is none."""
        if self.inventory is None:
            stop("no run in this database knows the units: name the list by --inventory FILE")
        require_known(id, [one.id for one in self.inventory.units], "unit")
        return self.inventory.unit(id)

    def sites(self, unit: str) -> list[Site]:
        return [one for one in (self.inventory.sites if self.inventory else ()) if one.unit == unit]

    def address(self, unit: Unit, asked: str) -> str:
        """The address in its one form; stops where the unit has no such address."""
        sites = self.sites(unit.id)
        if not asked:
            return ""
        for one in sites:
            if asked.rstrip("/") in (one.url.rstrip("/"), one.host, one.shown.rstrip("/")):
                return one.url
        listed = ", ".join(one.url for one in sites) or "none"
        stop(f"--site {clean(asked)}: {unit.id} has no such address; it has {listed}")

    def faults(self, excuse: Excuse, sites: Collection[Site]) -> dict[str, str]:
        """What the latest complete run found at fault, by site; a warning where nothing is."""
        from checks.catalogue import CATALOGUE  # noqa: PLC0415  The rules take a while to import.

        if self.run is None or self.store is None:
            return {}
        found = Records(self.store).told_of(self.run, excuse.unit, [site.url for site in sites])
        asked = {
            site: [finding for finding in findings if finding.check == excuse.check]
            for site, findings in found.items()
        }
        seen = [finding for findings in asked.values() for finding in findings]
        if not any(finding.outcome in FAULTS for finding in seen):
            click.echo(f"tinnhiem: {_nothing(excuse.check, seen, self.run)}", err=True)
        names = names_of(CATALOGUE.get(excuse.check))
        faults = {site: told(findings, names) for site, findings in asked.items()}
        return {site: text for site, text in faults.items() if text}

    def add_to(self, file: Path, of_list: str, row: dict[str, Any]) -> None:
        """Add a record to a file, which is read with everything that is known."""
        from scanner.cli.record_file import NotAdded, add_to_file  # noqa: PLC0415

        inventory = self.inventory
        assert inventory is not None  # noqa: S101  The unit was found in it.
        if file.suffix.lower() not in (".yaml", ".yml"):
            stop(f"--file {file}: give a file named .yaml")
        try:
            add_to_file(file, of_list, row, lambda place: read_file(place, inventory, "en", file))
        except NotAdded as why:
            stop(str(why))
        except OSError as error:
            stop(f"--file {file}: {error.strerror or error}")


def _nothing(check: str, seen: Collection[Finding], run: RunRow) -> str:
    waits = "the excuse waits for the first complete run that finds a fault"
    if seen and all(finding.outcome in WELL for finding in seen):
        return f"warning: {check} is met in run {run.id}: nothing is to be excused now; {waits}"
    return f"warning: run {run.id} found no answer to {check}; {waits}"


@contextmanager
def looked_up(
    db: str | None, file: Path | None = None, destination: Path | None = None
) -> Iterator[KnownHere]:
    """The units by an inventory or the latest run, and the database open."""
    inventory = None
    if file is not None:
        from scanner.cli.scan import read_inventory  # noqa: PLC0415  It pulls everything that scans.

        inventory = read_inventory(file, None, "en")
    if inventory is not None and destination is not None and db is None:
        yield KnownHere(inventory, None, None)
        return
    with opened(db) as store:
        yield _of_store(store, inventory)


def _of_store(store: Store, inventory: Inventory | None) -> KnownHere:
    runs = store.runs()
    complete = next((run for run in runs if run.state == "complete"), None)
    if not runs:
        return KnownHere(inventory, store, None)
    plan = json.loads(store.blob(runs[0].plan_sha256))
    used = RecordsUsed.model_validate(plan.get("records", {}))
    stored = Inventory.model_validate_json(store.blob(runs[0].inventory_sha256))
    return KnownHere(inventory or stored, store, complete, used)


def read_file(
    file: Path, inventory: Inventory, lang: Language, called: Path | None = None
) -> RecordsUsed:
    """The records of a file, or every problem of it on standard error and exit 2."""
    from inventory.readers.records import Known, read_records  # noqa: PLC0415  It pulls YAML.

    probed, attested = known_ids()
    sites: dict[str, list[Site]] = {unit.id: [] for unit in inventory.units}
    for site in inventory.sites:
        sites[site.unit].append(site)
    used, problems = read_records(file, Known(sites, probed, attested), day_of(now()), lang)
    if used is None:
        from scanner.cli.inventory import problem_told  # noqa: PLC0415

        name = (called or file).name
        for problem in problems:
            click.echo(problem_told(problem.model_copy(update={"file": name}), lang), err=True)
        stop(f"{name}: not used; every problem stands above")
    return used


def read_files(files: Iterable[Path], inventory: Inventory, lang: Language) -> RecordsUsed:
    """The records of all files of ``--records``."""
    found = [read_file(file, inventory, lang) for file in files]
    return RecordsUsed(
        excuses=tuple(dict.fromkeys(one for used in found for one in used.excuses)),
        attestations=tuple(dict.fromkeys(one for used in found for one in used.attestations)),
    )


def known_ids() -> tuple[frozenset[str], frozenset[str]]:
    """Checks that look, and rows that a document decides."""
    from checks.criteria.loader import known_checks  # noqa: PLC0415

    known = known_checks().values()
    return (
        frozenset(one.id for one in known if not one.attested),
        frozenset(one.id for one in known if one.attested),
    )


def require_known(word: str, choices: Collection[str], what: str) -> None:
    if word in choices:
        return
    near = get_close_matches(word, choices, 1)
    mend = f": did you mean {near[0]!r}?" if near else ""
    if not mend and what == "attested check":
        mend = f": it is one of {', '.join(sorted(choices))}"
    stop(f"no {what} {clean(word)!r}{mend}")


def text_given(given: str, option: str, *, empty: bool = False) -> str:
    text = clean(given)
    if not text and not empty:
        stop(f"{option} is blank: say it in a few words")
    if len(text) > 500:
        stop(f"{option} is longer than 500 characters: say it shorter")
    return text


def row_of(record: Excuse | Attestation) -> dict[str, Any]:
    """A record as it stands in a file: what is empty is left out."""
    parts = record.model_dump(exclude={"record"})
    return {key: part for key, part in parts.items() if part not in (None, "")}


def end_record(name: str, kind: str, db: str | None) -> None:
    moment = now().replace(microsecond=0)
    with looked_up(db) as known:
        if Records(known.opened()).end(name, kind, moment):
            click.echo(f"{name}: ended")
            return
        _not_ended(name, kind, known)


def _not_ended(name: str, kind: str, known: KnownHere) -> NoReturn:
    for one in Records(known.opened()).kept(kind):
        if one.id == name and one.ended_at is not None:
            stop(f"{name} was ended on {day_of(one.ended_at)} already")
    listed = f"`tinnhiem {'excuse' if kind == EXCUSE else 'attest'} list`"
    if kind == EXCUSE and any(name_of(one) == name for one, _ in excuses_of(known)):
        stop(f"{name} stands in the inventory or a file: take it out there")
    stop(f"no such record {clean(name)!r} in this database: see {listed}")


def excuses_of(known: KnownHere) -> Iterator[tuple[Excuse, str]]:
    """Every excuse, and where it stands."""
    for unit in known.inventory.units if known.inventory else ():
        for excuse in unit.excuses:
            yield excuse, "inventory"
    for excuse in known.used.excuses:
        yield excuse, "file"
    for one in Records(known.opened()).kept(EXCUSE):
        if isinstance(one.record, Excuse):
            yield one.record, "database"


def say(
    rows: list[dict[str, Any]],
    line: Callable[[dict[str, Any]], str],
    *,
    as_json: bool,
    nothing: str,
) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif not rows:
        click.echo(nothing)
    else:
        for row in rows:
            click.echo(line(row))
