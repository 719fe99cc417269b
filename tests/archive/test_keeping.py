"""Keeping what was seen: by content, once, and readable again."""

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.page import PageFacts, Pages
from checks.spec import Finding, Measured, Outcome
from scanner.archive import codec
from scanner.archive.store import RunRow, Store, StoreUnusable
from scanner.collect import PAYLOADS
from tests.builders import network, web

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SITE = "https://thcslequydon.edu.vn/"
SEEN: dict[str, codec.Found] = {
    "names": network.names(),
    "tls": network.tls(),
    "http": web.http(),
    "well-known": web.well_known(),
    "pages": web.pages(),
    "mail": network.mail(),
    "uptime": NotCaptured(cause=Cause.TOO_FEW_SAMPLES),
}


def begin(store: Store, id: str = "run-1", sites: int = 1) -> RunRow:
    """A new run in the store."""
    return store.begin_run(
        id=id,
        started_at=AT,
        version="0.1.0",
        vantage="",
        inventory=b'{"units":[]}',
        plan=b'{"families":[]}',
        sites_planned=sites,
    )


def keep(
    store: Store,
    run: RunRow,
    seen: dict[str, codec.Found] = SEEN,
    at: datetime = AT,
    site: str = SITE,
) -> None:
    """Keep a look at a site."""
    store.keep_look(run, site, seen, captured_at=at, duration_ms=12.5, volatile={"connections": 3})


def blobs(db: Path) -> int:
    """How many blobs the file holds."""
    with closing(sqlite3.connect(db)) as connection:
        count: int = connection.execute("SELECT count(*) FROM blobs").fetchone()[0]
    return count


def finding(outcome: Outcome = Outcome.MET) -> Finding:
    """A finding."""
    return Finding(
        unit="u1",
        site=SITE,
        check="hsts-enforced",
        revision=1,
        family="http",
        outcome=outcome,
        measured=(Measured(name="max-age", value=31_536_000, required=1, unit="s"),),
        limits={"min_seconds": 31_536_000},
        as_of=AT,
    )


def test_what_was_kept_is_read_again(store: Store) -> None:
    """Every payload comes back as it was."""
    run = begin(store)
    keep(store, run)
    (looked,) = store.looked(run, PAYLOADS)
    assert looked.payloads == SEEN
    assert (looked.site, looked.captured_at, looked.duration_ms) == (SITE, AT, 12.5)
    assert looked.volatile == {"connections": 3}


def test_an_unchanged_site_costs_no_blob(store: Store, db: Path) -> None:
    """The second run of a site that did not change is one row."""
    keep(store, begin(store))
    before = blobs(db)
    second = begin(store, "run-2")
    keep(store, second, at=AT + timedelta(days=1))
    assert blobs(db) == before
    assert [looked.captured_at for looked in store.looked(second, PAYLOADS)] == [
        AT + timedelta(days=1)
    ]


def test_a_changed_site_costs_one_blob(store: Store, db: Path) -> None:
    """And the look of before is still what it was."""
    first = begin(store)
    keep(store, first)
    before = blobs(db)
    keep(store, begin(store, "run-2"), {**SEEN, "pages": web.pages(policy=None)})
    assert blobs(db) == before + 1
    (looked,) = store.looked(first, PAYLOADS)
    assert looked.payloads == SEEN


def test_a_second_result_changes_nothing(store: Store, db: Path) -> None:
    """Two workers that look at one site by mistake leave the first result."""
    run = begin(store)
    keep(store, run)
    keep(store, run, {"names": NotCaptured(cause=Cause.DNS_TIMEOUT)}, at=AT + timedelta(hours=1))
    (looked,) = store.looked(run, PAYLOADS)
    assert looked.payloads == SEEN
    assert looked.captured_at == AT
    assert store.sites_done(run) == {SITE}
    assert store.run("latest").sites_done == 1


def test_findings_are_kept_with_their_run(store: Store, db: Path) -> None:
    """What a school was told in March does not change in May."""
    first, second = begin(store), begin(store, "run-2")
    for run, outcome in ((first, Outcome.MET), (second, Outcome.NOT_MET)):
        keep(store, run)
        store.keep_findings(run, {SITE: (finding(outcome),)})
    assert store.told_findings(first) == {SITE: (finding(),)}
    assert store.told_findings(second) == {SITE: (finding(Outcome.NOT_MET),)}
    before = blobs(db)
    store.keep_findings(second, {SITE: (finding(Outcome.NOT_MET),)})
    assert blobs(db) == before


def test_a_damaged_blob_is_told(store: Store, db: Path) -> None:
    """Bytes that are not what was stored are never judged."""
    run = begin(store)
    keep(store, run)
    with closing(sqlite3.connect(db)) as connection:
        connection.execute(
            "UPDATE blobs SET data = ? WHERE kind = 'evidence'", (codec.packed(b"{}"),)
        )
        connection.commit()
    with pytest.raises(StoreUnusable, match="damaged"):
        list(store.looked(run, PAYLOADS))


def test_a_blob_that_does_not_unpack_is_told(store: Store, db: Path) -> None:
    """Also where the compression itself is broken."""
    run = begin(store)
    keep(store, run)
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("UPDATE blobs SET data = x'00' WHERE kind = 'evidence'")
        connection.commit()
    with pytest.raises(StoreUnusable, match="damaged"):
        list(store.looked(run, PAYLOADS))


def test_runs_come_newest_first(store: Store) -> None:
    """By their number, whatever the clock said."""
    begin(store, "run-1")
    run = begin(store, "run-2", sites=2)
    store.end_run(run, state="stopped", ended_at=AT, judged_at=None, held="")
    assert [(row.id, row.state) for row in store.runs()] == [
        ("run-2", "stopped"),
        ("run-1", "running"),
    ]
    store.resume_run(run)
    assert store.run("run-2").state == "running"
    with pytest.raises(KeyError):
        store.run("run-3")


def test_evidence_of_another_schema_has_expired() -> None:
    """A payload that this version does not read decides nothing, and its neighbours do."""
    told = codec.encode_evidence(SEEN)
    older = re.sub(rb'"schema":\d+', b'"schema":0', told)
    found = codec.decode_evidence(older, PAYLOADS)
    assert {kind: one.cause for kind, one in found.items() if isinstance(one, NotCaptured)} == {
        **dict.fromkeys(SEEN, Cause.EVIDENCE_EXPIRED),
        "uptime": Cause.TOO_FEW_SAMPLES,
    }


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"schema": 1, "payload": {"home": 3}}, id="wrong-type"),
        pytest.param({"schema": 1, "payload": {}}, id="field-missing"),
        pytest.param(
            {"schema": 1, "payload": {"home": {"url": "u", "status": 200, "colour": "red"}}},
            id="field-unknown",
        ),
        pytest.param({"missing": {"cause": "eaten-by-the-dog"}}, id="cause-unknown"),
        pytest.param({"schema": 7, "payload": {}}, id="schema-newer"),
    ],
)
def test_evidence_that_cannot_be_read_has_expired(told: object) -> None:
    """It never becomes a default, and never ends the judging."""
    data = codec.canonical({"pages": told, "names": {"missing": {"cause": "dns-timeout"}}})
    found = codec.decode_evidence(data, PAYLOADS)
    assert isinstance(found["pages"], NotCaptured)
    assert found["pages"].cause is Cause.EVIDENCE_EXPIRED
    assert found["names"] == NotCaptured(cause=Cause.DNS_TIMEOUT)


def test_a_kind_that_nobody_knows_has_expired() -> None:
    """A store of a later version may hold probes that this one has not."""
    data = codec.encode_evidence({"pages": web.pages()})
    found = codec.decode_evidence(data, {})
    detail = f"pages schema {Pages.schema_version}"
    assert found["pages"] == NotCaptured(cause=Cause.EVIDENCE_EXPIRED, detail=detail)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param("a\0b", "a\0b", id="nul"),
        pytest.param("a\u2028b", "a\u2028b", id="line-separator"),
        pytest.param("\ufeffa", "\ufeffa", id="byte-order-mark"),
        pytest.param("\U0001f600", "\U0001f600", id="beyond-the-basic-plane"),
        pytest.param("a\ud800b", "a?b", id="half-a-surrogate-pair"),
    ],
)
def test_odd_characters_do_not_stop_a_run(store: Store, sent: str, kept: str) -> None:
    """They survive; what is no character becomes a question mark."""
    run = begin(store)
    page = PageFacts.model_construct(**{**web.page().model_dump(), "text": sent, "links": ()})
    keep(store, run, {"pages": Pages.model_construct(home=page, policy_url="", policy=None)})
    (looked,) = store.looked(run, PAYLOADS)
    pages = looked.payloads["pages"]
    assert isinstance(pages, Pages)
    assert isinstance(pages.home, PageFacts)
    assert pages.home.text == kept
    noted = replace(finding(), note=sent)
    store.keep_findings(run, {SITE: (noted,)})
    assert store.told_findings(run)[SITE][0].note == kept


def test_the_run_before(store: Store) -> None:
    """The latest complete one; stopped ones and later ones are none."""
    first, second, third = (begin(store, f"run-{n}") for n in (1, 2, 3))
    for run, state in ((first, "complete"), (second, "stopped"), (third, "complete")):
        keep(store, run)
        store.end_run(run, state=state, ended_at=AT, judged_at=None, held="")
    assert store.earlier(first) is None
    assert [getattr(store.earlier(run), "id", "") for run in (second, third)] == ["run-1"] * 2
    (name,) = store.evidence_names(first).values()
    assert store.evidence(name, {Pages.kind: Pages}) == {"pages": SEEN["pages"]}
