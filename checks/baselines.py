"""A baseline that fits in a git repository: how each answer stood in one run, and by which rules.  Pure."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, ValidationError

from checks.assessment import Assessment
from checks.changes import ChangeKind as Kind
from checks.changes import Key, key_of_finding, kind_of
from checks.evidence.base import Cause, Fact
from checks.gating import Past
from checks.spec import Finding, Outcome

SCHEMA: Final = 1
LIMIT_BYTES = 64 * 1024 * 1024
"""A city's 130,000 answers take about 15 MB; what is larger is no baseline."""
LIMIT_ANSWERS = 500_000

Sha = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class BaselineError(ValueError):
    """A file is no baseline; the message says what to do."""


class _Strict(Fact):
    """A part of the file: nothing unknown in it, nothing bent into shape."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ByEdition(_Strict):
    """An edition that the run was judged by."""

    label: Line
    edition: Line
    sha256: Sha


class Listed(_Strict):
    """A dated list that the operator gave, and evidence was held against."""

    name: Line
    sha256: Sha


class Told(_Strict):
    """One answer."""

    check: Line
    limits: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{16})?$")] = ""
    """A short hash of the limits; empty for a check without any."""
    revision: int = Field(ge=0, le=1_000_000)
    outcome: Outcome = Field(strict=False)
    cause: Cause | None = Field(default=None, strict=False)


class ToldSite(_Strict):
    """All answers on one site of one unit."""

    unit: Line
    site: Annotated[str, StringConstraints(min_length=1, max_length=2048)]
    answers: tuple[Told, ...] = Field(strict=False)


class Baseline(_Strict):
    """The file."""

    schema_version: Literal[1] = Field(alias="schema")
    made_by: Line
    run: Line
    at: Annotated[AwareDatetime, Field(strict=False)]
    """When the run began."""
    editions: tuple[ByEdition, ...] = Field(min_length=1, strict=False)
    lists: tuple[Listed, ...] = Field(default=(), strict=False)
    shipped_lists: Sha
    """Of the lists that come with the program: with others, every check may say something else of the same site."""
    sites: tuple[ToldSite, ...] = Field(strict=False)

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)


def baseline_of(now: Assessment) -> Baseline:
    """What a later run is to be held against."""
    by_site: dict[tuple[str, str], list[Told]] = {(s.unit, s.url): [] for s in now.sites}
    for finding in sorted(now.findings, key=key_of_finding):
        by_site[finding.unit, finding.site].append(
            Told(
                check=finding.check,
                limits=_limits(finding),
                revision=finding.revision,
                outcome=finding.outcome,
                cause=finding.cause,
            )
        )
    return Baseline(
        schema_version=SCHEMA,
        made_by=f"tinnhiem {now.run.version}",
        run=now.run.id,
        at=now.run.started_at,
        editions=tuple(
            ByEdition(label=e.label, edition=e.edition, sha256=e.sha256) for e in now.editions
        ),
        lists=tuple(Listed(name=used.name, sha256=used.sha256) for used in now.run.lists),
        shipped_lists=shipped_lists(),
        sites=tuple(
            ToldSite(unit=unit, site=site, answers=tuple(told))
            for (unit, site), told in sorted(by_site.items())
        ),
    )


def written(baseline: Baseline) -> bytes:
    """The file: one answer a line, in one order, so that a diff in git shows what changed."""
    row = baseline.model_dump(mode="json", by_alias=True, exclude={"sites"})
    head = json.dumps(row, ensure_ascii=False, indent=1)[:-2]
    sites = ",\n".join(_site_text(site) for site in baseline.sites)
    return f'{head},\n "sites": [\n{sites}\n ]\n}}\n'.encode("utf-8", "replace")


def _site_text(site: ToldSite) -> str:
    answers = ",\n".join(
        "   " + json.dumps(one.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)
        for one in site.answers
    )
    place = json.dumps({"unit": site.unit, "site": site.site}, ensure_ascii=False)[:-1]
    return f'  {place}, "answers": [\n{answers}\n  ]}}'


def read_baseline(data: bytes) -> Baseline:
    """The baseline again, or ``BaselineError`` with the first thing that is wrong."""
    if len(data) > LIMIT_BYTES:
        raise BaselineError(f"is larger than {LIMIT_BYTES // 1024 // 1024} MiB")
    try:
        row = json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise BaselineError("is no UTF-8") from None
    except RecursionError:
        raise BaselineError("is nested too deep") from None
    except ValueError as error:
        raise BaselineError(f"is no JSON ({error})") from None
    if not isinstance(row, dict) or "schema" not in row or "sites" not in row:
        raise BaselineError("is no baseline: it has no schema and sites")
    if row["schema"] != SCHEMA or isinstance(row["schema"], bool):
        raise BaselineError(
            f"has schema {str(row['schema'])[:20]}, and this program reads {SCHEMA}: write a new one"
        )
    if isinstance(row["sites"], list):
        _check_size(row["sites"])
    try:
        baseline = Baseline.model_validate(row)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part)[:60] for part in first["loc"][:6])
        raise BaselineError(f"{place}: {first['msg'][:200]}") from None
    _check_once(baseline)
    return baseline


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is no number of JSON")


def _check_size(sites: list[object]) -> None:
    """Before each answer is looked at: that costs a hundred times as much as reading them."""
    told = [site.get("answers") for site in sites if isinstance(site, dict)]
    if sum(len(one) for one in told if isinstance(one, list)) > LIMIT_ANSWERS:
        raise BaselineError(f"holds more than {LIMIT_ANSWERS} answers")


def _check_once(baseline: Baseline) -> None:
    """An answer that stands twice might stand twice differently."""
    seen: set[tuple[str, ...]] = set()
    for site in baseline.sites:
        for key in [
            (site.unit, site.site),
            *[(site.unit, site.site, one.check, one.limits) for one in site.answers],
        ]:
            if key in seen:
                raise BaselineError(f"tells twice of {' '.join(key)[:200]}")
            seen.add(key)


def past_of_file(baseline: Baseline, now: Assessment) -> Past:
    """A file as the yardstick.  Its evidence is not there to be judged anew: what other rules decided is not compared.

    Other rules are another revision of the check, other limits, or another list that evidence was held against.
    """
    told: dict[tuple[str, str, str], dict[str, Told]] = {}
    for site in baseline.sites:
        for one in site.answers:
            told.setdefault((site.unit, site.site, one.check), {})[one.limits] = one
    sites = {(site.unit, site.site) for site in baseline.sites}
    rules = _Rules(
        shipped=baseline.shipped_lists == shipped_lists(),
        lists={(one.name, one.sha256) for one in baseline.lists}
        == {(one.name, one.sha256) for one in now.run.lists},
    )
    outcomes: dict[Key, Outcome] = {}
    kinds: dict[Key, Kind] = {}
    met_otherwise: set[Key] = set()
    others = 0
    for finding in now.findings:
        if (finding.unit, finding.site) not in sites:
            continue
        key = key_of_finding(finding)
        known = told.get((finding.unit, finding.site, finding.check), {})
        before = known.get(_limits(finding))
        if before is None or not rules.same(before, finding):
            others += 1
            kinds[key] = Kind.RULES_CHANGED
            if any(one.outcome is Outcome.MET for one in known.values()):
                met_otherwise.add(key)
            continue
        outcomes[key] = before.outcome
        kind = kind_of(_as_finding(before, finding, baseline.at), finding)
        if kind is not None:
            kinds[key] = kind
    return Past(
        id=baseline.run,
        at=baseline.at,
        outcomes=outcomes,
        kinds=kinds,
        met_otherwise=frozenset(met_otherwise),
        rules_changed=others,
    )


ON_LISTS = frozenset(
    {
        "address-not-in-botnet",
        "cms-supported",
        "hsts-preload-ready",
        "no-gambling-content",
        "no-hidden-links",
        "no-malicious-script",
        "not-on-blocklists",
        "not-on-national-list",
        "observatory-grade",
        "same-page-for-search-engines",
    }
)
"""Checks that hold evidence against lists which the operator may give (a test finds them all)."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """How far the rules of the file are those of today."""

    shipped: bool
    lists: bool

    def same(self, before: Told, finding: Finding) -> bool:
        """Whether only the site can have made a difference."""
        if not self.shipped or (not self.lists and finding.check in ON_LISTS):
            return False
        # What was asked of nobody (not built, not enabled) has no revision, and no answer that could be another.
        return 0 in (before.revision, finding.revision) or before.revision == finding.revision


@cache
def shipped_lists() -> str:
    """The hash of all lists that come with the program."""
    whole = sha256()
    for file in sorted(files("checks.lists").iterdir(), key=lambda file: file.name):
        if file.name.endswith((".toml", ".csv")):
            # A checkout on Windows may have other line ends.
            data = file.read_bytes().replace(b"\r\n", b"\n")
            whole.update(f"{file.name} {len(data)}\n".encode() + data)
    return whole.hexdigest()


def _as_finding(before: Told, finding: Finding, at: datetime) -> Finding:
    return Finding(
        unit=finding.unit,
        site=finding.site,
        check=finding.check,
        revision=before.revision,
        family=finding.family,
        outcome=before.outcome,
        cause=before.cause,
        limits=finding.limits,
        as_of=at,
    )


def _limits(finding: Finding) -> str:
    text = key_of_finding(finding)[3]
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:16] if text else ""
