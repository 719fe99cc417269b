"""security.txt by RFC 9116, signed and unsigned, beside what the library sectxt says of the same bytes.

sectxt lives in an environment of its own (``build/sectxt``, from ``locks/sectxt.txt``); where it is missing
the comparison is skipped, and fails where ``TINNHIEM_REQUIRE_SECTXT=1`` says that it must be there.
"""

import json
import os
import re
import subprocess
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.parsing.security_txt import VOID, parse
from checks.rules.http import security_txt_published
from tests.builders.web import HOST, ask, http, well_known
from tests.cli.command import HOME

URL = f"https://{HOST}/.well-known/security.txt"
CONTACT, EXPIRES = "Contact: mailto:anninh@truong.example\n", "Expires: 2027-06-30T00:00:00Z\n"
GOOD = CONTACT + EXPIRES
BEGIN, HASH = "-----BEGIN PGP SIGNED MESSAGE-----\n", "Hash: SHA256\n"
# Made with an Ed25519 key that was thrown away; it is right for none of the files.
DATA = """\
wnUEARYIAB0FAmsC1c4WIQQ7XpLNQRFVO0CEVrssBlM537XvdQAKCRAsBlM537Xv
dT8zAP49TXbtjXdy/QMasJBiWH1eFgXkTS1z4X3h85uNnqA5JAD8CJ30MX8/p+v3
C7ymvzyN4VdfQKxSTHfHqesIpp96CwA=
"""
SUM, END = "=E29j\n", "-----END PGP SIGNATURE-----\n"
SIGNATURE = f"-----BEGIN PGP SIGNATURE-----\n\n{DATA}{SUM}{END}"
SIGNED = f"{BEGIN}{HASH}\n{GOOD}{SIGNATURE}"

OTHERS = "".join(
    f"{name}: https://truong.example/{name.lower()}\n"
    for name in ("Encryption", "Acknowledgments", "Policy", "Hiring")
)

FILES: dict[str, str | bytes] = {
    # Unsigned.
    "good": GOOD,
    "expires-first": EXPIRES + CONTACT,
    "crlf": GOOD.replace("\n", "\r\n"),
    "mixed-ends": CONTACT + EXPIRES.replace("\n", "\r\n"),
    "bare-cr": GOOD.replace("\n", "\r"),
    "bom": "\ufeff" + GOOD,
    "no-last-end": GOOD[:-1],
    "empty": "",
    "blank-lines": f"\n\n{CONTACT}\n{EXPIRES}\n",
    "blanks-at-ends": f"{CONTACT[:-1]} \t\n{EXPIRES}",
    "comments": f"# Trường\n#\n{CONTACT}#Expires: never\n{EXPIRES}",
    "comment-after-a-blank": f" # no comment\n{GOOD}",
    "comment-with-colon-after-a-blank": f" # no: comment\n{GOOD}",
    "upper-case-names": GOOD.replace("Contact", "CONTACT").replace("Expires", "eXPIRES"),
    "several-contacts": f"{CONTACT}Contact: tel:+84-236-000-000\nContact: https://truong.example/lh\n{EXPIRES}",
    "no-contact": EXPIRES,
    "no-expires": CONTACT,
    "bare-address": f"Contact: anninh@truong.example\n{EXPIRES}",
    "http-contact": f"Contact: http://truong.example/\n{EXPIRES}",
    "http-contact-upper": f"Contact: HTTP://truong.example/\n{EXPIRES}",
    "one-good-one-bad-contact": f"{CONTACT}Contact: truong.example\n{EXPIRES}",
    "letters-in-a-uri": f"Contact: https://truong.example/liên-hệ\n{EXPIRES}",
    "blank-in-a-uri": f"Contact: mailto:a b@truong.example\n{EXPIRES}",
    "https-without-host": f"Contact: https:///x\n{EXPIRES}",
    "mailto-without-at": f"Contact: mailto:anninh\n{EXPIRES}",
    "empty-contact": f"Contact:\n{EXPIRES}",
    "empty-contact-beside-a-good-one": f"Contact: \n{GOOD}",
    "nonsense-line": f"{GOOD}Trường Lê Quý Đôn\n",
    "html": "<html><body>404</body></html>\n",
    "no-name": f"{GOOD}: value\n",
    "blank-before-colon": f"Contact : mailto:a@b.example\n{EXPIRES}",
    "no-blank-after-colon": f"Contact:mailto:a@b.example\n{EXPIRES}",
    "two-blanks-after-colon": f"Contact:  mailto:a@b.example\n{EXPIRES}",
    "tab-after-colon": f"Contact:\tmailto:a@b.example\n{EXPIRES}",
    "folded": f"Contact:\n mailto:a@b.example\n{EXPIRES}",
    "folded-in-the-middle": f"{CONTACT}Policy: https://truong.example/\n and-on\n{EXPIRES}",
    "unknown-field": f"{GOOD}X-School: THCS\n",
    "unknown-field-odd-name": f"{GOOD}x_y.z!: 1\n",
    "all-fields": f"{GOOD}{OTHERS}Preferred-Languages: vi, en\nCanonical: {URL}\n",
    "latin-1": GOOD.encode() + b"# Tr\xefng\n",
    "latin-1-contact": b"Contact: mailto:tr\xefng@b.example\n" + EXPIRES.encode(),
    "utf-8-comment": f"{GOOD}# Trường học – 學校\n",
    "nul": f"{GOOD}\x00\n",
    # Expires.
    "expires-twice": GOOD + EXPIRES,
    "expires-twice-in-other-case": GOOD + EXPIRES.lower(),
    "expires-past": f"{CONTACT}Expires: 2001-01-01T00:00:00Z\n",
    "expires-far": f"{CONTACT}Expires: 2999-01-01T00:00:00Z\n",
    "expires-lower-case": f"{CONTACT}Expires: 2027-06-30t00:00:00z\n",
    "expires-offset": f"{CONTACT}Expires: 2027-06-30T00:00:00+07:00\n",
    "expires-fraction": f"{CONTACT}Expires: 2027-06-30T00:00:00.123456789Z\n",
    "expires-with-blank": f"{CONTACT}Expires: 2027-06-30 00:00:00Z\n",
    "expires-day-only": f"{CONTACT}Expires: 2027-06-30\n",
    "expires-without-zone": f"{CONTACT}Expires: 2027-06-30T00:00:00\n",
    "expires-without-seconds": f"{CONTACT}Expires: 2027-06-30T00:00Z\n",
    "expires-short-offset": f"{CONTACT}Expires: 2027-06-30T00:00:00+0700\n",
    "expires-mail-date": f"{CONTACT}Expires: Wed, 30 Jun 2027 00:00:00 +0000\n",
    "expires-of-vietnam": f"{CONTACT}Expires: 30/06/2027\n",
    "expires-no-such-day": f"{CONTACT}Expires: 2027-02-30T00:00:00Z\n",
    "expires-no-such-hour": f"{CONTACT}Expires: 2027-06-30T24:00:00Z\n",
    "expires-leap-second": f"{CONTACT}Expires: 2027-06-30T23:59:60Z\n",
    "expires-in-words": f"{CONTACT}Expires: never\n",
    "expires-empty": f"{CONTACT}Expires:\n",
    "expires-wide-digits": f"{CONTACT}Expires: \uff12027-06-30T00:00:00Z\n",
    # Languages.
    "languages": f"{GOOD}Preferred-Languages: vi,en-GB , zh-Hant-TW\n",
    "languages-twice": f"{GOOD}Preferred-Languages: vi\nPreferred-Languages: en\n",
    "languages-in-words": f"{GOOD}Preferred-Languages: Tiếng Việt\n",
    "languages-in-english-words": f"{GOOD}Preferred-Languages: Vietnamese\n",
    "languages-unregistered": f"{GOOD}Preferred-Languages: qq\n",
    "languages-underscore": f"{GOOD}Preferred-Languages: vi_VN\n",
    "languages-semicolon": f"{GOOD}Preferred-Languages: vi; en\n",
    "languages-comma-at-the-end": f"{GOOD}Preferred-Languages: vi,\n",
    # Addresses.
    "canonical": f"{GOOD}Canonical: {URL}\n",
    "canonical-one-of-two": f"{GOOD}Canonical: https://b.example/s.txt\nCanonical: {URL}\n",
    "canonical-elsewhere": f"{GOOD}Canonical: https://www.{HOST}/.well-known/security.txt\n",
    "canonical-upper-case-host": f"{GOOD}Canonical: {URL.replace(HOST, HOST.upper())}\n",
    "canonical-usual-port": f"{GOOD}Canonical: {URL.replace(HOST, HOST + ':443')}\n",
    "canonical-http": f"{GOOD}Canonical: {URL.replace('https', 'http')}\n",
    "policy-http": f"{GOOD}Policy: http://truong.example/\n",
    "policy-path": f"{GOOD}Policy: /chinh-sach\n",
    "hiring-words": f"{GOOD}Hiring: không tuyển\n",
    "encryption-dns": f"{GOOD}Encryption: dns:5d2d._openpgpkey.truong.example?type=OPENPGPKEY\n",
    "encryption-fingerprint": f"{GOOD}Encryption: openpgp4fpr:5f2de5521c63a801ab59ccb603d49de44b29100f\n",
    "encryption-bare-fingerprint": f"{GOOD}Encryption: 5F2D E552 1C63 A801\n",
    "csaf": f"{GOOD}CSAF: https://truong.example/.well-known/csaf/provider-metadata.json\n",
    "csaf-other": f"{GOOD}CSAF: https://truong.example/csaf.json\n",
    # Signed.
    "signed": SIGNED,
    "signed-crlf": SIGNED.replace("\n", "\r\n"),
    "signed-blank-line-at-the-end": SIGNED + "\n",
    "signed-two-blank-lines-at-the-end": SIGNED + "\n\n",
    "signed-bom": "\ufeff" + SIGNED,
    "signed-without-hash": f"{BEGIN}\n{GOOD}{SIGNATURE}",
    "signed-two-hashes": f"{BEGIN}Hash: SHA256,SHA512\n{HASH}\n{GOOD}{SIGNATURE}",
    "signed-other-header": f"{BEGIN}{HASH}Comment: x\n\n{GOOD}{SIGNATURE}",
    "signed-no-blank-line": f"{BEGIN}{HASH}{GOOD}{SIGNATURE}",
    "signed-dash-escaped": SIGNED.replace("Contact", "- Contact"),
    "signed-comment-with-dashes": SIGNED.replace(CONTACT, f"# a\n- -b: c\n{CONTACT}"),
    "signed-dash-not-escaped": SIGNED.replace(CONTACT, f"-X: 1\n{CONTACT}"),
    "unsigned-dash-escaped": GOOD.replace("Contact", "- Contact"),
    "signed-no-signature": f"{BEGIN}{HASH}\n{GOOD}",
    "signed-no-end": f"{BEGIN}{HASH}\n{GOOD}{SIGNATURE.replace(END, '')}",
    "signed-no-data": f"{BEGIN}{HASH}\n{GOOD}-----BEGIN PGP SIGNATURE-----\n\n{END}",
    "signed-odd-data": SIGNED.replace("wnUEA", "wn?EA"),
    "signed-no-checksum": SIGNED.replace(SUM, ""),
    "signed-armour-keys": SIGNED.replace(
        "SIGNATURE-----\n\n", "SIGNATURE-----\nVersion: GnuPG v2\nComment: x\n\n", 1
    ),
    "signed-no-blank-before-data": SIGNED.replace("SIGNATURE-----\n\n", "SIGNATURE-----\n", 1),
    "signed-two-messages": SIGNED + SIGNED,
    "signed-message-in-message": f"{BEGIN}{HASH}\n{SIGNED}{SIGNATURE}",
    "signed-text-before": f"# ours\n{SIGNED}",
    "signed-field-before": f"Contact: mailto:ke-xau@b.example\n{SIGNED}",
    "signed-text-after": f"{SIGNED}Policy: https://b.example/\n",
    "signed-contact-before-only": f"{CONTACT}{BEGIN}{HASH}\n{EXPIRES}{SIGNATURE}",
    "signed-contact-after-only": f"{BEGIN}{HASH}\n{EXPIRES}{SIGNATURE}{CONTACT}",
    "signed-expires-outside-too": f"{EXPIRES}{SIGNED}",
    "signed-hash-as-field": SIGNED.replace(CONTACT, f"Hash: x\n{CONTACT}"),
    "signature-without-message": GOOD + SIGNATURE,
    "signed-blanks-at-armour": SIGNED.replace("MESSAGE-----", "MESSAGE-----  \t"),
    "signed-in-small-letters": SIGNED.replace("BEGIN PGP SIGNED", "begin pgp signed"),
}

THEIRS = {
    "no_contact": "contact-missing",
    "no_expire": "expires-missing",
    "multi_expire": "expires-repeated",
    "invalid_expiry": "expires-invalid",
    "expired": "expired",
    "long_expiry": "expires-far",
    "no_uri": "uri",
    "no_https": "uri",
    "multi_lang": "languages-repeated",
    "invalid_lang": "languages-invalid",
    "no_canonical_match": "canonical-elsewhere",
    "no_csaf_file": "csaf",
    "pgp_data_error": "armour",
    "pgp_error": "armour",
    "pgp_signature_error": "armour",
    "signed_format_issue": "outside",
    "data_after_sig": "outside",
    "bom_in_file": "byte-order-mark",
    "utf8": "not-utf-8",
    "no_line_separators": "last-line-open",
    "invalid_line": "line",
    "empty_key": "line",
    "prec_ws": "spacing",
    "no_space": "spacing",
    "empty_value": "empty-value",
    "too_many_line_separators": "many-ends",
}
"""sectxt's codes in the words of both."""
_OURS = (
    (r"line-\d+-unreadable", "line"),
    (r"line-\d+-spacing", "spacing"),
    (r"csaf-other-file", "csaf"),
    (r"preferred-(languages-(?:repeated|invalid))", r"\1"),
    (r"signature-broken", "armour"),
    (r"text-outside-signature", "outside"),
    (
        r"(?:contact|canonical|csaf|encryption|hiring|policy|acknowledgments)-(?:invalid|not-https)",
        "uri",
    ),
)

# What only we say, what only they say, and who is right; bare numbers are sections of RFC 9116.
DIFFERENCES: dict[str, tuple[set[str], set[str], str]] = {
    "bare-cr": ({"uri"}, set(), "Neither ends a line there (4); what is left is no URI (3986, 2)."),
    "comment-with-colon-after-a-blank": (
        {"line"},
        set(),
        "We: a comment begins its line, and no name holds a blank (4).",
    ),
    "letters-in-a-uri": ({"uri"}, set(), "We: a URI is ASCII, letters are escaped (3986, 2.1)."),
    "blank-in-a-uri": ({"uri"}, set(), "We: no URI holds a blank (3986, 2)."),
    "https-without-host": ({"uri"}, set(), "We: https needs a host (9110, 4.2.2)."),
    "mailto-without-at": ({"uri"}, set(), "We: an address has a domain (6068, 2)."),
    "empty-contact": (
        {"spacing", "uri"},
        {"contact-missing", "empty-value"},
        "Both refuse it, in other words.",
    ),
    "empty-contact-beside-a-good-one": (
        {"spacing", "uri"},
        {"empty-value"},
        "Both refuse it, in other words.",
    ),
    "folded": (
        {"line", "uri"},
        {"contact-missing", "empty-value"},
        "Both refuse it; we also name the line that goes on (4 knows no folding).",
    ),
    "latin-1-contact": ({"uri"}, set(), "We: what is no UTF-8 is no URI either."),
    "expires-with-blank": (
        {"expires-invalid"},
        set(),
        "We: T stands between day and time (3339, 5.6).",
    ),
    "expires-leap-second": (set(), {"expires-invalid"}, "We: seconds go to 60 (3339, 5.7)."),
    "expires-empty": (
        {"expires-invalid", "spacing"},
        {"expires-missing", "empty-value"},
        "Both refuse it, in other words.",
    ),
    "languages-unregistered": (
        set(),
        {"languages-invalid"},
        "They ask the registry; we look at the form alone (5646, 2.2.9: well-formed), and void nothing for it.",
    ),
    "languages-underscore": (
        {"languages-invalid"},
        set(),
        "We: parts are joined by hyphens (5646, 2.1).",
    ),
    "canonical-upper-case-host": (
        set(),
        {"canonical-elsewhere"},
        "We: hosts have no case (3986, 6.2.2.1).",
    ),
    "canonical-usual-port": (
        set(),
        {"canonical-elsewhere"},
        "We: the usual port is the same address (3986, 6.2.3).",
    ),
    "signed-blank-line-at-the-end": (
        set(),
        {"many-ends"},
        "They, by the letter of 4; blank lines outside say nothing, so we are silent.",
    ),
    "signed-two-blank-lines-at-the-end": (set(), {"many-ends"}, "As above."),
    "signed-other-header": ({"armour"}, set(), "We: Hash alone may stand there (9580, 7)."),
    "signed-no-blank-line": ({"armour"}, set(), "We: a blank line ends the headers (4; 9580, 7)."),
    "signed-dash-not-escaped": (
        {"armour"},
        set(),
        "We: a line that begins with a dash is escaped (9580, 7.2).",
    ),
    "unsigned-dash-escaped": (
        {"line"},
        set(),
        "We: a name holds no blank (4); both miss the contact.",
    ),
    "signed-no-end": (
        set(),
        {"last-line-open"},
        "We: the last line has its end; they look into the armour.",
    ),
    "signed-no-checksum": (set(), {"armour"}, "We: the checksum may be left out (9580, 6.1)."),
    "signed-no-blank-before-data": (
        {"armour"},
        set(),
        "We: a blank line stands before the data (4; 9580, 6.2).",
    ),
    "signed-message-in-message": (
        {"line"},
        set(),
        "Both refuse it; we also name the header that is no field.",
    ),
    "signed-text-before": (
        set(),
        {"armour"},
        "Both see the text; the armour itself is whole (9580, 6.2 lets text stand around it).",
    ),
    "signed-field-before": (
        set(),
        {"armour"},
        "As above; the stranger's contact is not taken by us.",
    ),
    "signed-contact-before-only": (
        {"contact-missing"},
        {"armour"},
        "We: what stands outside is not part of the file (2.3).",
    ),
    "signed-expires-outside-too": (
        set(),
        {"armour", "expires-repeated"},
        "We: only the signed one counts (2.3).",
    ),
    "signature-without-message": (
        {"armour"},
        {"line"},
        "Both refuse it; we by what is missing, they line by line.",
    ),
    "signed-in-small-letters": (
        {"armour"},
        set(),
        "We: the header is written in capitals (4), so a signature stands without its message.",
    ),
}

_WORKER = """
import json, sys
from sectxt import Parser
found = []
for text, url in json.load(sys.stdin):
    read = Parser(bytes.fromhex(text), urls=url)
    found.append(sorted({one["code"] for one in read.errors + read.recommendations}))
json.dump(found, sys.stdout)
"""
_AT = HOME / "build" / "sectxt"
SECTXT = next(
    (one for one in (_AT / "bin/python", _AT / "Scripts/python.exe") if one.exists()), None
)


def sent(file: str | bytes) -> bytes:
    """The bytes of a file."""
    return file.encode() if isinstance(file, str) else file


def ours(file: str | bytes) -> set[str]:
    """What the real check says of it, in the words of both."""
    text = sent(file).decode("utf-8", errors="replace")
    found = ask(security_txt_published, well_known(text), http())
    faults = next(str(one.value) for one in found.measured if one.name == "faults")
    said = {fault for fault in (*faults.split(", "), found.reason) if fault}
    assert (found.outcome == "not-met") == bool(said & {*VOID, "expired"})
    for pattern, word in _OURS:
        said = {re.sub(f"^{pattern}$", word, one) for one in said}
    return said


@cache
def theirs() -> dict[str, set[str]]:
    """What sectxt says of all files, asked once."""
    question = json.dumps([(sent(file).hex(), URL) for file in FILES.values()])
    answer = subprocess.run(  # noqa: S603  Our own words, run by the interpreter that was made for them.
        [str(SECTXT), "-W", "ignore", "-c", _WORKER],
        input=question,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    codes: list[list[str]] = json.loads(answer.stdout)
    return {
        name: {THEIRS[code] for code in said if code in THEIRS}
        for name, said in zip(FILES, codes, strict=True)
    }


def test_what_stands_outside_is_not_the_file() -> None:
    """Neither before nor after the signed part; the file's own contact stays."""
    stranger = "Contact: mailto:ke-xau@b.example\nPolicy: http://b.example/\n"
    for text in (stranger + SIGNED, SIGNED + stranger):
        read = parse(text)
        assert read.contacts == ("mailto:anninh@truong.example",)
        assert read.faults == ("text-outside-signature",)


def test_dashes_are_restored() -> None:
    """An escaped line reads as it was; in a file without a signature nothing is escaped."""
    read = parse(SIGNED.replace("Contact", "- Contact"))
    assert (read.contacts, read.signed, read.faults) == (
        ("mailto:anninh@truong.example",),
        True,
        (),
    )
    assert parse(GOOD.replace("Contact", "- Contact")).contacts == ()


def test_an_address_that_cannot_be_read_is_another_one() -> None:
    """A Canonical with a port that is none names no place."""
    read = parse(f"{GOOD}Canonical: https://truong.example:x/\n", [URL])
    assert "canonical-elsewhere" in read.faults
    # Where it was found nobody said, there is nothing to hold it against.
    assert parse(f"{GOOD}Canonical: https://b.example/\n").faults == ()


PIECES = st.sampled_from(
    [
        BEGIN,
        HASH,
        "-----BEGIN PGP SIGNATURE-----\n",
        DATA,
        SUM,
        END,
        CONTACT,
        EXPIRES,
        "Canonical: https://[\n",
        "Preferred-Languages: -,\n",
        "CSAF: x:y\n",
        "- ",
        "-",
        "\n",
        "\r",
        " ",
        ":",
        "=",
        "\ufeff",
        "\ufffd",
        "\x00",
        "é",
    ]
)
TEXTS = st.lists(PIECES).map("".join)


@given(TEXTS)
def test_no_file_makes_the_reader_fail(text: str) -> None:
    """Near misses of the grammar and of the armour are read to their end; plain text is tried elsewhere."""
    read = parse(text, [URL])
    assert len(read.faults) <= 10
    assert len(set(read.faults)) == len(read.faults)


@given(st.lists(st.sampled_from([CONTACT, EXPIRES, "\n", "# a\n", "x\n", "-\n", "A: b\n"])))
def test_line_ends_change_nothing(lines: list[str]) -> None:
    """LF and CRLF, signed or not."""
    for text in ("".join(lines), f"{BEGIN}{HASH}\n{''.join(lines)}{SIGNATURE}"):
        assert parse(text) == parse(text.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("good", set()),
        ("signed", set()),
        ("signed-armour-keys", set()),
        ("signature-without-message", {"armour"}),
        ("signed-odd-data", {"armour"}),
        ("signed-no-data", {"armour"}),
        ("signed-dash-not-escaped", {"armour"}),
        ("signed-text-after", {"outside"}),
        ("nonsense-line", {"line"}),
        ("bare-address", {"uri"}),
        ("blank-in-a-uri", {"uri"}),
        ("https-without-host", {"uri"}),
        ("mailto-without-at", {"uri"}),
        ("http-contact", {"uri"}),
        ("no-blank-after-colon", {"spacing"}),
        ("csaf-other", {"csaf"}),
        ("expires-in-words", {"expires-invalid"}),
        ("expires-no-such-day", {"expires-invalid"}),
    ],
)
def test_what_is_told_of_a_file(name: str, expected: set[str]) -> None:
    """Also where no other reader is at hand to hold ours against."""
    assert ours(FILES[name]) == expected


def test_sectxt_is_there_where_it_must_be() -> None:
    """CI must not skip in silence."""
    assert SECTXT is not None or os.environ.get("TINNHIEM_REQUIRE_SECTXT") != "1"


@pytest.mark.skipif(SECTXT is None, reason="sectxt is not installed in build/sectxt; see .ci/run")
@pytest.mark.parametrize("name", FILES)
def test_beside_sectxt(name: str) -> None:
    """Both say the same, or the table says why not."""
    us, them = ours(FILES[name]), theirs()[name]
    only_us, only_them, _ = DIFFERENCES.get(name, (set(), set(), ""))
    assert (us - them, them - us) == (only_us, only_them)


def test_every_difference_has_a_reason() -> None:
    """No row is left over, and none is empty."""
    assert set(DIFFERENCES) <= set(FILES)
    assert all((us or them) and why for us, them, why in DIFFERENCES.values())
