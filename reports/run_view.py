"""When, with what and by whose leave a run was made, as readers see it."""

import re
from datetime import timedelta
from typing import Final

from checks.assessment import Assessment, ListUsed, RunInfo
from checks.lists import OLD_AFTER as BLOCK_OLD_AFTER
from checks.parsing.text import display
from reports.view import Fact
from reports.words import SHOWN, Words

OLD_AFTER: Final = timedelta(days=180)
"""Beyond this age a list is said to be old: names join and leave every week."""


def run_facts(assessment: Assessment, words: Words) -> tuple[Fact, ...]:
    """The facts of a run, in the order of interest."""
    run, permission = assessment.run, assessment.permission

    def fact(key: str, value: str) -> Fact:
        return Fact(words.ui(f"run.{key}"), value)

    reference = display(run.permission_reference, SHOWN)
    if permission is not None:
        reference = words.ui(
            "run.permission_until",
            reference=reference,
            by=display(permission.granted_by, SHOWN),
            until=words.day(permission.expires_on),
        )
    store = words.ui(
        "run.trust_store_value",
        name=display(run.trust_store, 80),
        date=words.value(run.trust_store_date),
    )
    ended = words.ui("run.not_ended") if run.ended_at is None else words.moment(run.ended_at)
    sites = words.ui(
        "run.sites_value",
        done=words.number(run.sites_done),
        planned=words.number(run.sites_planned),
    )
    state = f"run_state.{run.state}"
    return (
        fact("started", words.moment(run.started_at)),
        fact("ended", ended),
        fact("judged", words.moment(run.judged_at)),
        fact("state", words.ui(state) if words.has(state) else display(run.state, 40)),
        fact("sites", sites),
        fact("permission", reference),
        fact("vantage", display(run.vantage, SHOWN)),
        fact("trust_store", store),
        *(
            fact(
                "edition",
                words.ui(
                    "run.edition_value",
                    title=display(e.title_vi if words.lang == "vi" else e.title_en, SHOWN),
                    edition=display(e.edition, 40),
                    issued=words.day(e.issued_on),
                    sha=display(e.sha256, 64),
                ),
            )
            for e in assessment.editions
        ),
        *_lists(run, words),
        *((fact("dnsbl", display(", ".join(run.dnsbl), SHOWN)),) if run.dnsbl else ()),
        fact("version", display(run.version, 80)),
        fact("agent", display(run.user_agent, SHOWN)),
        fact("id", display(run.id, 80)),
    )


def _lists(run: RunInfo, words: Words) -> tuple[Fact, ...]:
    """The lists that sites were held against, with their dates; an old one says so."""
    label = words.ui("run.lists")
    told: list[Fact] = []
    for used in run.lists:
        age = run.judged_at.date() - used.dated
        old_after = BLOCK_OLD_AFTER if used.purpose else OLD_AFTER
        sentences = [_one_list(used, age, words)]
        if used.shared or used.left_out:
            counts = {"shared": words.number(used.shared), "left_out": words.number(used.left_out)}
            sentences.append(words.ui("run.list_shared", **counts))
        if age > old_after:
            sentences.append(words.ui("run.list_old", days=old_after.days))
        told.append(Fact(label, ". ".join(sentences)))
    return tuple(told) or (Fact(label, words.ui("run.no_lists")),)


def _one_list(used: ListUsed, age: timedelta, words: Words) -> str:
    """What a list is called and does, its day, its size and its hash; of a block list its age too."""
    name, purpose = f"list.{used.name}", f"list_purpose.{used.purpose}"
    return words.ui(
        "run.block_value" if used.purpose else "run.list_value",
        name=words.ui(name) if words.has(name) else display(used.name, 80),
        purpose=words.ui(purpose) if words.has(purpose) else display(used.purpose, 40),
        date=words.day(used.dated),
        entries=words.number(used.entries),
        sha=display(used.sha256, 64),
        age=words.ui("run.list_age", days=words.number(max(0, age.days))),
    )


def banners(assessment: Assessment, words: Words) -> tuple[str, ...]:
    """What a reader must know before reading on."""
    run = assessment.run
    found: list[str] = []
    if run.held:
        why = words.ui("common.held_why", why=held_told(run.held, words))
        found.append(f"{words.ui('common.held')} {why}")
    if run.state != "complete":
        done, planned = words.number(run.sites_done), words.number(run.sites_planned)
        found.append(words.ui("common.partial", done=done, planned=planned))
    return tuple(found)


_HELD = (
    (re.compile(r"mass-failure (?P<check>[a-z0-9-]+) (?P<n>\d+)/(?P<of>\d+)"), "mass"),
    (re.compile(r"(?P<n>\d+) of (?P<of>\d+) sites: local-network-down"), "line"),
)
"""The reasons that a run is held for, as they are stored."""


def held_told(held: str, words: Words) -> str:
    """Why a run is held, in words; a reason of another version as it stands."""
    for shape, key in _HELD:
        found = shape.fullmatch(held)
        if found is not None:
            named = found.groupdict()
            check = words.check(named.get("check", "")).title if "check" in named else ""
            return words.ui(f"held.{key}", n=named["n"], of=named["of"], check=check)
    return display(held, SHOWN)
