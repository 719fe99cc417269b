"""Evidence and findings ↔ bytes: canonical JSON, named by the hash of its content, zstd-compressed."""

import hashlib
import json
import sys
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from checks.evidence.base import Cause, NotCaptured, Payload
from checks.spec import Finding

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 5
"""Level 9 packs 3 % tighter for twice the time; level 3 is quicker by half and 6 % larger."""

_FINDINGS = TypeAdapter(tuple[Finding, ...])

Found = Payload | NotCaptured


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no blanks: the same value is the same bytes."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # Half of a surrogate pair is no character: nobody could read it back.
    return text.encode("utf-8", "replace")


def sha256_of(data: bytes) -> str:
    """The name of a blob."""
    return hashlib.sha256(data).hexdigest()


def packed(data: bytes) -> bytes:
    """Compressed for the store."""
    return zstd.compress(data, LEVEL)


def unpacked(data: bytes) -> bytes:
    """As it was before ``packed``; ``ValueError`` where these bytes are no such thing."""
    try:
        return zstd.decompress(data)
    except zstd.ZstdError as error:
        raise ValueError(str(error)) from None


def encode_evidence(payloads: Mapping[str, Found]) -> bytes:
    """The evidence set of one site: per kind its schema and payload, or why there is none."""
    return canonical(told_evidence(payloads))


def told_evidence(payloads: Mapping[str, Found]) -> dict[str, dict[str, object]]:
    """The same as plain JSON."""
    told: dict[str, dict[str, object]] = {}
    for kind, found in payloads.items():
        if isinstance(found, NotCaptured):
            told[kind] = {"missing": found.model_dump(mode="json")}
        else:
            told[kind] = {
                "schema": found.schema_version,
                "payload": found.model_dump(mode="json", exclude_defaults=True),
            }
    return told


def decode_evidence(data: bytes, kinds: Mapping[str, type[Payload]]) -> dict[str, Found]:
    """The evidence set again.  A payload of a schema we no longer read is *evidence-expired*, never guessed."""
    return read_evidence(json.loads(data), kinds)


def read_evidence(
    kinds_told: Mapping[str, Mapping[str, Any]], kinds: Mapping[str, type[Payload]]
) -> dict[str, Found]:
    """The same from plain JSON."""
    found: dict[str, Found] = {}
    for kind, told in kinds_told.items():
        model = kinds.get(kind)
        try:
            if "missing" in told:
                found[kind] = NotCaptured.model_validate(told["missing"])
            elif model is None or told["schema"] != model.schema_version:
                found[kind] = _expired(f"{kind} schema {told['schema']}")
            else:
                found[kind] = model.model_validate(told["payload"])
        except ValidationError as error:
            found[kind] = _expired(f"{kind}: {error.errors()[0]['msg']}")
    return found


def _expired(detail: str) -> NotCaptured:
    return NotCaptured(cause=Cause.EVIDENCE_EXPIRED, detail=detail[:500])


def encode_findings(findings: tuple[Finding, ...]) -> bytes:
    """The findings set of one site."""
    return canonical(_FINDINGS.dump_python(findings, mode="json"))


def decode_findings(data: bytes) -> tuple[Finding, ...]:
    """The findings set again."""
    return _FINDINGS.validate_json(data)
