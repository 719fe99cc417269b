"""``tinnhiem demo``: the whole job on the practice fleet, on this machine alone."""

import tempfile
from pathlib import Path

import click

from scanner.cli.options import Language
from scanner.cli.scan import ScanRequest, scan

_PRACTICE = Path(__file__).parent.parent / "practice" / "data"
PRACTICE_EDITIONS = (
    "tin-nhiem-mang-2026-11",
    # The shipped editions with a window of uptime that a demonstration can wait for.
    str(_PRACTICE / "nen-tang-website-thuc-hanh.toml"),
    str(_PRACTICE / "cap-do-2-thuc-hanh.toml"),
)


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("tinnhiem-demo"),
    show_default=True,
    help="Folder for the pages; replaced as a whole.",
)
@click.option(
    "--lang", type=click.Choice(["vi", "en"]), default="vi", help="Language of the pages."
)
def demo_command(out: Path, lang: Language) -> None:
    """Start imagined schools with planted faults on loopback, scan them, and write their reports."""
    from scanner.practice.background import serve_in_background  # noqa: PLC0415

    with (
        tempfile.TemporaryDirectory(prefix="tinnhiem-demo-", ignore_cleanup_errors=True) as folder,
        serve_in_background(Path(folder)) as served,
    ):
        host, _, port = served.resolver.rpartition(":")
        scan(
            ScanRequest(
                inventory=served.inventory,
                permission=None,
                out=out,
                db=f"sqlite:///{(Path(folder) / 'demo.sqlite').as_posix()}",
                criteria=PRACTICE_EDITIONS,
                resolver=((host, int(port)),),
                trust_store=(served.trust_store,),
                allow_private=True,
                control=(),
                only=(),
                skip=(),
                engine="local",
                vantage="demo",
                lang=lang,
                as_of=None,
                resume=False,
                at_once=50,
                lists=served.lists,
                root_hints=served.root_hints,
                port_map=served.port_map,
                trust_anchor=served.trust_anchor,
                smtp_port=served.smtp_port,
            )
        )
