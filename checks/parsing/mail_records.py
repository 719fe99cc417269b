"""Short records of mail: MTA-STS (RFC 8461) with its policy file, TLS-RPT (RFC 8460), BIMI."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST_FIELDS = 50
MOST_LINES = 200
MAX_AGE_S = 31_557_600
"""RFC 8461, 3.2: a year."""

_LINE_END = re.compile(r"\r?\n")
_STS = re.compile(r"v=STSv1[ \t]*(?:;|\Z)")
_STS_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_RPT = re.compile(r"v=TLSRPTv1[ \t]*(?:;|\Z)")
_BIMI = re.compile(r"v[ \t]*=[ \t]*BIMI1[ \t]*(?:;|\Z)")
_MAILBOX = re.compile(r"[^@\s,;!]+@(?:[A-Za-z0-9_-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
_HOST = r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
_PATTERN = re.compile(rf"(?:\*\.)?{_HOST}")
_HTTPS = re.compile(rf"https://{_HOST}(?::[0-9]{{1,5}})?(?:/[\x21-\x7e]*)?")


def is_sts(text: str) -> bool:
    """Whether a TXT record is one of MTA-STS."""
    return _STS.match(text) is not None


def is_tls_rpt(text: str) -> bool:
    """Whether a TXT record is one of TLS-RPT."""
    return _RPT.match(text) is not None


def is_bimi(text: str) -> bool:
    """Whether a TXT record is one of BIMI."""
    return _BIMI.match(text) is not None


def sts_fault(record: str) -> str:
    """What is wrong with an MTA-STS record; empty where it is right."""
    fields, wrong = _fields(record)
    if wrong:
        return wrong
    if _STS_ID.fullmatch(fields.get("id", "")) is None:
        return "id must be 1 to 32 letters and digits"
    return ""


def tls_rpt_fault(record: str) -> str:
    """What is wrong with a TLS-RPT record; empty where it is right."""
    fields, wrong = _fields(record)
    if wrong:
        return wrong
    addresses = [part.strip() for part in fields.get("rua", "").split(",")]
    if not addresses[0]:
        return "rua is missing"
    for address in addresses:
        scheme, _, rest = address.partition(":")
        mail = scheme.lower() == "mailto" and _MAILBOX.fullmatch(rest.partition("?")[0])
        if not mail and _HTTPS.fullmatch(address) is None:
            return f"{address[:40]!a} is neither mailto: nor https:"
    return ""


@dataclass(frozen=True, slots=True)
class Bimi:
    """A BIMI record as read; ``fault`` says what is wrong with it."""

    logo: str
    mark: str
    """Where the certificate of the mark lies; empty where there is none."""
    fault: str

    @property
    def declined(self) -> bool:
        """Whether it says that the domain shows no logo."""
        return not self.fault and not self.logo


def bimi(record: str) -> Bimi:
    """Read a BIMI record."""
    fields, wrong = _fields(record)
    logo, mark = fields.get("l", ""), fields.get("a", "")
    if not wrong and "l" not in fields:
        wrong = "l is missing"
    if not wrong and logo and (_HTTPS.fullmatch(logo) is None or not _is_svg(logo)):
        wrong = "l must be an https address of an svg file"
    if not wrong and mark and _HTTPS.fullmatch(mark) is None:
        wrong = "a must be an https address"
    return Bimi(logo, mark, wrong)


def _is_svg(url: str) -> bool:
    path = url.partition("?")[0].partition("#")[0].lower()
    return path.endswith((".svg", ".svgz"))


@dataclass(frozen=True, slots=True)
class StsPolicy:
    """A policy file as read; ``fault`` says what is wrong with it."""

    mode: str
    max_age_s: int
    mx: tuple[str, ...]
    """Patterns in lower case."""
    fault: str


def sts_policy(text: str) -> StsPolicy:
    """Read a policy file (RFC 8461, 3.2).  Never raises."""
    fields: dict[str, str] = {}
    mx: list[str] = []
    fault = ""
    for line in _LINE_END.split(text)[:MOST_LINES]:
        if not line.strip():
            continue
        key, colon, value = line.partition(":")
        key, value = key.strip(), value.strip()
        if not colon:
            fault = fault or f"{line[:40]!a} is no field"
        elif key == "mx":
            mx.append(value.lower())
        else:
            fields.setdefault(key, value)
    mode = fields.get("mode", "")
    age = fields.get("max_age", "")
    if fields.get("version") != "STSv1":
        fault = fault or "version is not STSv1"
    if mode not in {"enforce", "testing", "none"}:
        fault = fault or "mode is missing or unknown"
    if not re.fullmatch(r"[0-9]{1,10}", age) or int(age) > MAX_AGE_S:
        fault = fault or "max_age is missing or too large"
    wrong = [pattern for pattern in mx if _PATTERN.fullmatch(pattern) is None]
    if wrong:
        fault = fault or f"mx cannot be {wrong[0][:40]!a}"
    if not mx and mode != "none":
        fault = fault or "mx is missing"
    return StsPolicy(mode, int(age) if age.isdigit() and len(age) < 11 else 0, tuple(mx), fault)


def sts_covers(patterns: Sequence[str], host: str) -> bool:
    """Whether a mail server's name matches a pattern; ``*.`` stands for one label (RFC 8461, 4.1)."""
    name = host.rstrip(".").lower()
    above = name.partition(".")[2]
    return any(
        above == pattern[2:] if pattern.startswith("*.") else name == pattern
        for pattern in patterns
    )


def _fields(record: str) -> tuple[dict[str, str], str]:
    """The fields between semicolons by name, and what is wrong with them."""
    found: dict[str, str] = {}
    for part in record.split(";")[:MOST_FIELDS]:
        if not part.strip(" \t"):
            continue
        name, equals, value = part.partition("=")
        name = name.strip(" \t")
        if not equals or not name:
            return found, f"{part.strip()[:40]!a} is no field"
        if name in found:
            return found, f"{name[:20]!a} is given twice"
        found[name] = value.strip(" \t")
    return found, ""
