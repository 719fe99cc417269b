"""``--lists DIR``: dated lists found, refused with one sentence, recorded with the run, and the same again at every judging."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from scanner.cli.lists import lists_used, load_lists
from scanner.clock import now
from scanner.practice.background import BackgroundFleet
from scanner.practice.lists import PRELOADED
from tests.cli.command import Ended, Row, ask, database, told_once
from tests.cli.lists import written

GOOD = '// a comment\n{"entries": [\n{"name": "a.vn", "mode": "force-https"}]}\n'
Judge = Callable[[Path], Ended]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """``judge --lists DIR`` on a database that holds nothing: lists are read before it is opened."""

    def of(folder: Path) -> Ended:
        return ask(
            *("judge", "--out", tmp_path / "out", "--db", database(tmp_path / "none.sqlite")),
            *("--lists", folder),
        )

    return of


def folder_of(at: Path, **files: str | bytes) -> Path:
    """A folder of lists; in names ``__`` stands for the dot and ``_`` for the hyphen."""
    folder = at / "lists"
    folder.mkdir()
    for name, text in files.items():
        path = folder / name.replace("__", ".").replace("_", "-")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_the_newest_counts(tmp_path: Path) -> None:
    """By the date in its name; the older ones are not even read."""
    folder = folder_of(
        tmp_path,
        hsts_preload_2026_10_01__json="broken",
        hsts_preload_2026_11_01__json=GOOD,
        hsts_preload_2025_12_31__json="broken",
    )
    preload = load_lists(folder).preload
    assert preload is not None
    assert preload.dated == date(2026, 11, 1)
    assert preload.sha256 == sha256(GOOD.encode()).hexdigest()
    assert preload.covers("a.vn")


def test_no_list_is_asked_for() -> None:
    """And none is loaded."""
    assert load_lists(None).preload is None


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        pytest.param(
            "hsts_preload_2026_11_01__json",
            '// c\n{"entries": [\n{"name": "a.vn" "mode"}]}',
            ("hsts-preload-2026-11-01.json, line 3", "no JSON"),
            id="malformed",
        ),
        pytest.param(
            "hsts_preload_2026_11_01__json",
            b'{\n"x": "\xff"}',
            ("hsts-preload-2026-11-01.json, line 2", "no UTF-8"),
            id="no-text",
        ),
        pytest.param(
            "hsts_preload_2026_11_01__json",
            "{}",
            ("hsts-preload-2026-11-01.json: no list of entries", "anew"),
            id="another-file",
        ),
        pytest.param(
            "hsts_preload__json", GOOD, ("hsts-preload.json has no date", "rename"), id="undated"
        ),
        pytest.param(
            "hsts_preload_2026_02_30__json", GOOD, ("has no date", "rename"), id="no-such-day"
        ),
        pytest.param(
            "hsts_preload_20261101__json", GOOD, ("has no date", "rename"), id="another-form"
        ),
        pytest.param(
            "hsts_preload_2999_01_01__json", GOOD, ("in the future", "rename"), id="future"
        ),
    ],
)
def test_refused(
    judge: Judge, tmp_path: Path, name: str, text: str | bytes, told: tuple[str, str]
) -> None:
    """One sentence with the file, the line where there is one, and the mend; exit 2, and nothing is begun."""
    ended = judge(folder_of(tmp_path, **{name: text}))
    assert ended.code == 2
    sentence = told_once(ended)
    assert all(part in sentence for part in told)
    assert not (tmp_path / "none.sqlite").exists()


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        pytest.param(
            "blocklist_a_2026_11_01__txt",
            "a.vn\n<html>\n",
            ("blocklist-a-2026-11-01.txt, line 2", "“<html>” is no name", "mend or take out"),
            id="line",
        ),
        pytest.param(
            "botnet_2026_11_01__netset",
            b"1.2.3.4\n\xff\n",
            ("botnet-2026-11-01.netset, line 2", "no UTF-8"),
            id="no-text",
        ),
        pytest.param(
            "national_2026_11_01__txt",
            "# nobody\n",
            ("national-2026-11-01.txt: names nobody", "fetch the list anew"),
            id="nobody",
        ),
        pytest.param(
            "blocklist_urlhaus_2026_11_01__csv",
            b"",
            ("blocklist-urlhaus-2026-11-01.csv: names nobody",),
            id="empty",
        ),
        pytest.param(
            "blocklist_a__txt",
            "a.vn",
            ("blocklist-a.txt has no date", "as blocklist-urlhaus-2026-11-01.csv"),
            id="undated",
        ),
        pytest.param(
            "botnet_a_2026_11_01__xlsx",
            "x",
            ("botnet-a-2026-11-01.xlsx: no such form", ".netset", "as botnet-"),
            id="another-form",
        ),
        pytest.param("national_2999_01_01__txt", "a.vn", ("in the future",), id="future"),
    ],
)
def test_block_lists_refused(
    judge: Judge, tmp_path: Path, name: str, text: str | bytes, told: tuple[str, ...]
) -> None:
    """The same of every kind of list."""
    ended = judge(folder_of(tmp_path, **{name: text}))
    assert ended.code == 2
    sentence = told_once(ended)
    assert all(part in sentence for part in told), sentence


def test_block_lists_of_every_kind(tmp_path: Path) -> None:
    """Each name once, the newest of it; what its name begins with tells what it is for."""
    folder = folder_of(
        tmp_path,
        blocklist_a_2026_10_01__txt="<not read>",
        blocklist_a_2026_11_01__hosts="0.0.0.0 a.vn",
        blocklist_b_c_2026_09_30__csv="domain\r\nb.vn\r\n",
        national_2026_11_01__txt=b"\xef\xbb\xbfc.vn\r\n",
        botnet_feodo_2026_11_01__ipset="1.2.3.4\n",
    )
    loaded = load_lists(folder)
    assert loaded.preload is None
    assert [(one.name, one.purpose.value, one.dated.isoformat()) for one in loaded.block] == [
        ("blocklist-a", "harm", "2026-11-01"),
        ("blocklist-b-c", "harm", "2026-09-30"),
        ("botnet-feodo", "botnet", "2026-11-01"),
        ("national", "national", "2026-11-01"),
    ]
    assert loaded.block[3].host_hit("c.vn") == "c.vn"
    used = lists_used(loaded)
    assert [one.entries for one in used] == [1, 1, 1, 1]
    assert used[0].sha256 == sha256(b"0.0.0.0 a.vn").hexdigest()


def test_one_list_in_two_forms(judge: Judge, tmp_path: Path) -> None:
    """Of one day: which of them counts nobody can tell."""
    files = {"blocklist_a_2026_11_01__txt": "a.vn", "blocklist_a_2026_11_01__hosts": "0.0.0.0 a.vn"}
    assert "are one list of one day: keep one" in told_once(judge(folder_of(tmp_path, **files)))


def test_no_zone_to_ask(tmp_path: Path) -> None:
    """Refused as a wrong option."""
    for wrong in ("x", "http://xbl.example.org", "xbl..org", "1.2.3.4"):
        ended = ask("scan", written(tmp_path), "--out", tmp_path / "out", "--dnsbl", wrong)
        assert ended.code == 2
        assert "give the name of a list's zone" in ended.err


def test_today_is_no_future(tmp_path: Path) -> None:
    """Nor is the day that has begun already further east; the day after is."""
    for ahead, refused in ((timedelta(), False), (timedelta(days=2), True)):
        day = (now() + ahead).date()
        folder = tmp_path / str(ahead.days)
        folder.mkdir()
        (folder / f"hsts-preload-{day}.json").write_text(GOOD, encoding="utf-8")
        ended = ask("judge", "--out", tmp_path / "out", "--db", "nonsense", "--lists", folder)
        assert ("in the future" in ended.err) is refused


def test_a_folder_that_is_not_there(judge: Judge, tmp_path: Path) -> None:
    """Told by the command line itself."""
    ended = judge(tmp_path / "nowhere")
    assert ended.code == 2
    assert "nowhere" in ended.err


def test_other_files_are_named_and_left_out(judge: Judge, tmp_path: Path) -> None:
    """A warning each, and the rest goes on: here to the empty database."""
    folder = folder_of(tmp_path, co_bac_2026_11_01__txt="x", README__md="x", blocklists__txt="x")
    ended = judge(folder)
    assert "co-bac-2026-11-01.txt is no list that is known" in ended.err
    assert "README.md is no list that is known" in ended.err
    assert "blocklists.txt is no list that is known" in ended.err
    assert "no hsts-preload-2026-11-01.json or blocklist-urlhaus-2026-11-01.csv or " in ended.err
    assert "no run 'latest'" in ended.err


def test_a_scan_refuses_before_anything(tmp_path: Path) -> None:
    """No database is made and nothing is sent."""
    folder = folder_of(tmp_path, hsts_preload__json=GOOD)
    ended = ask(
        *("scan", written(tmp_path), "--out", tmp_path / "out", "--lists", folder),
        *("--db", database(tmp_path / "none.sqlite")),
    )
    assert ended.code == 2
    assert "has no date" in told_once(ended)
    assert not (tmp_path / "none.sqlite").exists()
    assert not (tmp_path / "out").exists()


def only(inventory: Path, word: str, into: Path) -> Path:
    """The fleet's inventory with the one row that has a word in it."""
    head, _, rows = inventory.read_text(encoding="utf-8").partition("rows:\n")
    (row,) = [one for one in rows.split("  - ") if word in one][:1]
    path = into / "one.yaml"
    path.write_text(f"{head}rows:\n  - {row}", encoding="utf-8")
    return path


@pytest.mark.fleet
@pytest.mark.xdist_group("cli")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated:DeprecationWarning")
def test_a_scan_records_its_lists(few: BackgroundFleet, tmp_path: Path) -> None:
    """Data and page name them; judging again with the same list changes no byte, and without it says so."""
    url = database(tmp_path / "store.sqlite")
    scanned = ask(
        *("scan", only(few.inventory, PRELOADED, tmp_path), "--out", tmp_path / "out"),
        *("--db", url, "--lists", few.lists, "--tls", "brief", "--allow-private"),
        *("--resolver", few.resolver, "--trust-store", few.trust_store),
    )
    assert scanned.code == 0, str(scanned)
    recorded = json.loads((tmp_path / "out/data/run.json").read_bytes())["lists"]
    files_of = {file.stem[:-11]: file for file in few.lists.iterdir()}
    assert [used["name"] for used in recorded] == sorted(
        files_of, key=lambda name: (name != "hsts-preload", name)
    )
    for used in recorded:
        file = files_of[used["name"]]
        assert used.pop("entries") >= 1
        assert used == {
            "name": used["name"],
            "dated": file.stem[-10:],
            "sha256": sha256(file.read_bytes()).hexdigest(),
        }
        assert used["sha256"] in (tmp_path / "out/index.html").read_text(encoding="utf-8")
    assert preload_finding(tmp_path / "out")["reason"] == "in-list"
    again = ask("judge", "--db", url, "--out", tmp_path / "again", "--lists", few.lists)
    assert again.code == 0, str(again)
    assert files(tmp_path / "again") == files(tmp_path / "out")
    without = ask("judge", "--db", url, "--out", tmp_path / "without")
    assert without.code == 0, str(without)
    assert json.loads((tmp_path / "without/data/run.json").read_bytes())["lists"] == []
    assert preload_finding(tmp_path / "without")["reason"] != "in-list"


def preload_finding(out: Path) -> Row:
    """What was found of the preload list."""
    lines = (out / "data" / "findings.jsonl").read_bytes().splitlines()
    (found,) = [row for line in lines if (row := json.loads(line))["check"] == "hsts-preload-ready"]
    return dict(found)


def files(out: Path) -> dict[str, bytes]:
    """Everything that was written."""
    return {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()}
