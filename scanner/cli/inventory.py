"""``tinnhiem inventory check`` and ``tinnhiem init``: a list of schools, before anything is sent."""

import sys
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from inventory.model import Problem, ReadResult

Lang = Literal["vi", "en"]

EXAMPLES = ("inventory.yaml", "inventory.csv", "permission.yaml")

_WORDS: dict[str, dict[Lang, str]] = {
    "error": {"vi": "LỖI", "en": "ERROR"},
    "warning": {"vi": "lưu ý", "en": "warning"},
    "line": {"vi": "dòng", "en": "line"},
    "rows": {
        "vi": "Hàng: {rows_in} đọc vào = {rows_accepted} nhận + {rows_refused} từ chối",
        "en": "Rows: {rows_in} in = {rows_accepted} accepted + {rows_refused} refused",
    },
    "found": {
        "vi": "Vấn đề: {errors} lỗi, {warnings} lưu ý",
        "en": "Problems: {errors} errors, {warnings} warnings",
    },
    "units": {
        "vi": "Đơn vị: {units}, trang: {sites}",
        "en": "Units: {units}, sites: {sites}",
    },
    "kinds": {"vi": "Theo cấp học:", "en": "By kind:"},
    "managers": {"vi": "Theo đơn vị quản lý:", "en": "By manager:"},
    "permission": {
        "vi": "Giấy cho phép: {reference}, {granted_on} đến {expires_on}",
        "en": "Permission: {reference}, {granted_on} to {expires_on}",
    },
}


@click.group("inventory")
def inventory_group() -> None:
    """Lists of units and sites: check one before a scan."""


@inventory_group.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--permission",
    type=click.Path(path_type=Path),
    help="YAML file with the written leave, where FILE carries none.",
)
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
def check_command(file: Path, permission: Path | None, lang: Lang) -> None:
    """Read FILE (CSV, XLSX, YAML or JSON) and tell every problem at once.

    Nothing is sent anywhere. Exit code 2 if anything in it is an error.
    """
    from inventory.readers import read  # noqa: PLC0415

    result = read(file, permission, lang=lang)
    for problem in result.problems:
        click.echo(problem_told(problem, lang))
    if result.problems:
        click.echo()
    _echo_sums(result, lang)
    if result.inventory is None:
        sys.exit(2)


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Date that the example permission begins on; the present day unless told.",
)
def init_command(folder: Path, today: datetime | None) -> None:
    """Write an example inventory and permission into DIR; files that exist are left as they are."""
    from scanner.clock import now  # noqa: PLC0415

    day = (today or now().astimezone()).date()
    folder.mkdir(parents=True, exist_ok=True)
    for name in EXAMPLES:
        try:
            # "x" never overwrites, also when two of us run at once.
            with (folder / name).open("xb") as file:
                file.write(_example(name, day))
        except FileExistsError:
            click.echo(f"{folder / name}: already there, left as it is", err=True)
        else:
            click.echo(str(folder / name))
    click.echo(f"\ntinnhiem inventory check {folder / EXAMPLES[0]}")


def _example(name: str, day: date) -> bytes:
    text = files("inventory").joinpath("example", name).read_text(encoding="utf-8")
    dates = {
        "@TODAY@": day,
        "@IN_A_MONTH@": day + timedelta(days=30),
        "@IN_A_YEAR@": day + timedelta(days=365),
    }
    for mark, moment in dates.items():
        text = text.replace(mark, moment.isoformat())
    # Excel takes a CSV for UTF-8 only when it begins with this mark.
    return text.encode("utf-8-sig" if name.endswith(".csv") else "utf-8")


def problem_told(problem: "Problem", lang: Lang) -> str:
    where = [problem.file]
    if problem.sheet:
        where.append(f"[{problem.sheet}]")
    if problem.line is not None:
        where.append(f"{_WORDS['line'][lang]} {problem.line}")
    if problem.column:
        where.append(f"“{problem.column}”")
    value = f": «{problem.value}»" if problem.value else ""
    first = f"{_WORDS[problem.severity][lang]}  {' '.join(where)}  {problem.message}{value}"
    return f"{first}\n    → {problem.mend}"


def _echo_sums(result: "ReadResult", lang: Lang) -> None:
    from inventory.units import KIND_NAMES, by_kind, manager_name, managers  # noqa: PLC0415

    def say(key: str, **words: object) -> None:
        click.echo(_WORDS[key][lang].format(**words))

    severities = [problem.severity for problem in result.problems]
    say(
        "rows",
        rows_in=result.rows_in,
        rows_accepted=result.rows_accepted,
        rows_refused=result.rows_refused,
    )
    say("found", errors=severities.count("error"), warnings=severities.count("warning"))
    inventory = result.inventory
    if inventory is None:
        return
    say("units", units=len(inventory.units), sites=len(inventory.sites))
    say("kinds")
    for kind, count in by_kind(inventory.units).items():
        click.echo(f"  {count:>6}  {KIND_NAMES[kind][lang]}")
    say("managers")
    for manager, units in managers(inventory).items():
        click.echo(f"  {len(units):>6}  {manager_name(manager, lang)}")
    if inventory.permission is not None:
        leave = inventory.permission
        say(
            "permission",
            reference=leave.reference,
            granted_on=leave.granted_on,
            expires_on=leave.expires_on,
        )
