"""Both sides of every further check of mail, and the lines it offers, which it accepts."""

from datetime import timedelta
from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import PathState
from checks.evidence.mail import DkimLook, PolicyFile, PolicyState
from checks.evidence.names import Look, Lookup, Said
from checks.judge import AnyCheck
from checks.rules.mail import dmarc_enforced, dmarc_reports_read, dmarc_valid, spf_strict, spf_valid
from checks.rules.mail_policies import (
    bimi_valid,
    dkim_published,
    mta_sts_enforced,
    no_mail_said_so,
    tls_rpt_published,
)
from checks.spec import Finding, Outcome
from scanner.practice.keys_of_mail import GOOD, SHORT
from tests.builders.network import (
    AS_OF,
    HOST,
    RSA_2048,
    dkim_look,
    finding,
    look,
    mail,
    policy_file,
    spf_looks,
)

MET, NOT_MET, OPEN = Outcome.MET, Outcome.NOT_MET, Outcome.NOT_TESTED
REVIEW, ASIDE = Outcome.NEEDS_REVIEW, Outcome.NOT_APPLICABLE
GONE = NotCaptured(cause=Cause.DNS_TIMEOUT)
BITS = {"min_rsa_bits": 1024, "good_rsa_bits": 2048}
OWN = f"_dmarc.{HOST}"


def txt(name: str, *records: str, said: Said | None = None) -> Lookup:
    return look(name, "TXT", *records, said=said)


def suggested(found: Finding) -> list[str]:
    return [str(one.value) for one in found.measured if one.name == "suggested"]


def pasted(line: str) -> Lookup:
    """A suggested line as a name server would answer it."""
    name, _, _, kind, value = line.split(maxsplit=4)
    text = value if kind != "TXT" else value[1:-1].replace('" "', "").replace('\\"', '"')
    return look(name.rstrip("."), kind, text)


# SPF


@pytest.mark.parametrize(
    ("looks", "outcome", "reason"),
    [
        pytest.param(spf_looks("v=spf1 mx -all"), OPEN, "", id="mx-never-asked"),
        pytest.param(spf_looks("v=spf1 -all"), MET, "", id="fail"),
        pytest.param(spf_looks("v=spf1 ip4:192.0.2.1 ~all"), MET, "soft", id="softfail"),
        pytest.param(spf_looks("v=spf1 ip4:192.0.2.1 ?all"), NOT_MET, "neutral", id="neutral"),
        pytest.param(spf_looks("v=spf1 +all"), NOT_MET, "lets-everyone", id="pass"),
        pytest.param(spf_looks("v=spf1 all"), NOT_MET, "lets-everyone", id="pass-unsaid"),
        pytest.param(
            spf_looks("v=spf1 ip4:0.0.0.0/0 -all"), NOT_MET, "lets-everyone", id="whole-net"
        ),
        pytest.param(
            spf_looks("v=spf1 ip6:::/0 -all"), NOT_MET, "lets-everyone", id="whole-net-of-ipv6"
        ),
        pytest.param(spf_looks("v=spf1 ip4:192.0.2.1"), NOT_MET, "no-end", id="no-end"),
        pytest.param(
            (*spf_looks("v=spf1 redirect=b.vn"), txt("b.vn", "v=spf1 -all")), MET, "", id="redirect"
        ),
        pytest.param(
            (*spf_looks("v=spf1 redirect=b.vn"), txt("b.vn", "v=spf1 ?all")),
            NOT_MET,
            "neutral",
            id="redirect-to-neutral",
        ),
        pytest.param(
            (*spf_looks("v=spf1 redirect=b.vn"), txt("b.vn", "v=spf1 ip4:192.0.2.1")),
            NOT_MET,
            "no-end",
            id="redirect-to-no-end",
        ),
        pytest.param(
            (*spf_looks("v=spf1 redirect=b.vn"), txt("b.vn")), NOT_MET, "not-valid", id="broken"
        ),
        pytest.param((*spf_looks("v=spf1 redirect=b.vn"), GONE), OPEN, "", id="redirect-gone"),
        pytest.param(
            spf_looks("v=spf1 redirect=%{l}.b.vn"), REVIEW, "depends-on-sender", id="macro"
        ),
        pytest.param(
            (*spf_looks("v=spf1 include:b.vn -all"), txt("b.vn", "v=spf1 ?all")),
            MET,
            "",
            id="an-include-decides-nothing",
        ),
        pytest.param((*spf_looks("v=spf1 include:b.vn -all"), GONE), OPEN, "", id="include-gone"),
        pytest.param((*spf_looks("v=spf1 include:b.vn ?all"), GONE), NOT_MET, "neutral", id="seen"),
        pytest.param(spf_looks("v=spf1 ipv4:1 -all"), NOT_MET, "not-valid", id="syntax"),
        pytest.param(spf_looks("v=spf1 -all", "v=spf1 ?all"), NOT_MET, "several", id="several"),
        pytest.param(spf_looks("hello"), NOT_MET, "missing", id="missing"),
        pytest.param((txt(HOST, said=Said.NXDOMAIN),), NOT_MET, "missing", id="nxdomain"),
        pytest.param((txt(HOST, said=Said.BOGUS),), NOT_MET, "bogus", id="bogus"),
    ],
)
def test_spf_strict(looks: tuple[Look, ...], outcome: Outcome, reason: str) -> None:
    """The end decides, unless everybody passes before it."""
    found = finding(spf_strict, mail(spf_lookups=looks))
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=spf1 ip4:192.0.2.1 ?all", "v=spf1 ip4:192.0.2.1 -all"),
        ("v=spf1 +all exp=e.vn", "v=spf1 -all exp=e.vn"),
        ("v=spf1 ALL", "v=spf1 -all"),
        ("v=spf1  ip4:192.0.2.1 ", "v=spf1  ip4:192.0.2.1 -all"),
        ("v=spf1", "v=spf1 -all"),
    ],
)
def test_spf_mended(record: str, expected: str) -> None:
    """The domain's own record with another end, and the check accepts it."""
    found = finding(spf_strict, mail(spf_lookups=spf_looks(record)))
    (line,) = suggested(found)
    assert line == f'{HOST}.  3600  IN  TXT  "{expected}"'
    again = finding(spf_strict, mail(spf_lookups=(pasted(line),)))
    assert again.outcome is MET


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        ((f"10 mx.{HOST}.",), "v=spf1 mx ~all"),
        (("1 aspmx.l.google.com.",), "v=spf1 include:_spf.google.com ~all"),
        (
            ("0 x.mail.protection.outlook.com.", "5 mx2.zoho.com."),
            "v=spf1 include:spf.protection.outlook.com include:zoho.com ~all",
        ),
        (("0 .",), "v=spf1 -all"),
        ((), "v=spf1 -all"),
    ],
)
def test_a_first_spf_record(servers: tuple[str, ...], expected: str) -> None:
    """Made from the mail servers that the domain names."""
    evidence = mail(spf_lookups=spf_looks("hello"), mx=look(HOST, "MX", *servers))
    for check, limits in ((spf_valid, {"max_lookups": 10, "max_void": 2}), (spf_strict, {})):
        (line,) = suggested(finding(check, evidence, limits=limits))
        assert line.endswith(f'"{expected}"')
    assert suggested(finding(spf_strict, mail(spf_lookups=spf_looks("hello"), mx=GONE))) == []


# DMARC


def enforced(record: str, **fields: Any) -> Finding:
    return finding(dmarc_enforced, mail(dmarc=(txt(OWN, record),), **fields))


@pytest.mark.parametrize(
    ("record", "outcome", "reason", "phase"),
    [
        ("v=DMARC1; p=reject", MET, "rejects", "maintain"),
        ("v=DMARC1; p=reject; sp=reject; np=reject; t=n; pct=100", MET, "rejects", "maintain"),
        ("v=DMARC1; p=quarantine", MET, "quarantines", "enforce"),
        ("v=DMARC1; p=reject; sp=quarantine", MET, "quarantines", "enforce"),
        ("v=DMARC1; p=none", NOT_MET, "policy-none", "assess"),
        ("v=DMARC1; p=none; sp=reject", NOT_MET, "policy-none", "assess"),
        (f"v=DMARC1; rua=mailto:a@{HOST}", NOT_MET, "policy-none", "assess"),
        ("v=DMARC1; p=reject; t=y", NOT_MET, "testing", "deploy"),
        ("v=DMARC1; p=reject; pct=99", NOT_MET, "partial", "deploy"),
        ("v=DMARC1; p=reject; pct=0", NOT_MET, "partial", "deploy"),
        ("v=DMARC1; p=reject; sp=none", NOT_MET, "subdomains-open", "deploy"),
        ("v=DMARC1; p=reject; np=none", NOT_MET, "subdomains-open", "deploy"),
        ("v=DMARC1; p=block", NOT_MET, "not-valid", "assess"),
        ("v=DMARC1", NOT_MET, "not-valid", "assess"),
        ("v=DMARC1; rua=nonsense", NOT_MET, "not-valid", "assess"),
        ("v=DMARC1; p=reject; p=none", NOT_MET, "not-valid", "assess"),
        ("v=DMARC1; p=reject; rua=nonsense", MET, "rejects", "maintain"),
    ],
)
def test_dmarc_enforced(record: str, outcome: Outcome, reason: str, phase: str) -> None:
    """Every letter, under every name, and nothing about testing."""
    found = enforced(record)
    assert (found.outcome, found.reason) == (outcome, reason)
    assert {one.name: one.value for one in found.measured}["phase"] == phase


SCHOOL = "school.danang.edu.vn"
CITY = "_dmarc.danang.edu.vn"


@pytest.mark.parametrize(
    ("looks", "fields", "outcome", "reason"),
    [
        pytest.param(("", "p=reject"), {}, MET, "rejects", id="inherited"),
        pytest.param(("", "p=none; sp=reject"), {}, MET, "rejects", id="sp-counts"),
        pytest.param(("", "p=reject; sp=none"), {}, NOT_MET, "policy-none", id="sp-counts-too"),
        pytest.param(
            ("", "p=none; sp=none; np=reject"),
            {"mx": look(SCHOOL, "MX", said=Said.NXDOMAIN)},
            NOT_MET,
            "subdomains-open",
            id="np-counts-where-nothing-is",
        ),
        pytest.param(("p=reject; sp=none", ""), {}, MET, "rejects", id="nobody-inherits-from-it"),
        pytest.param(
            ("p=reject; sp=none; psd=n", ""), {}, NOT_MET, "subdomains-open", id="says-it-is-on-top"
        ),
    ],
)
def test_dmarc_below_an_organisation(
    looks: tuple[str, str], fields: dict[str, Any], outcome: Outcome, reason: str
) -> None:
    """What is inherited is what the organisation asks for the names below it."""
    names = (f"_dmarc.{SCHOOL}", CITY)
    walked = [
        txt(name, f"v=DMARC1; {tags}") if tags else txt(name)
        for name, tags in zip(names, looks, strict=True)
    ]
    evidence = mail(
        domain=SCHOOL,
        organisational="danang.edu.vn",
        dmarc=(*walked, txt("_dmarc.edu.vn")),
        spf_lookups=(txt(SCHOOL),),
        **fields,
    )
    found = finding(dmarc_enforced, evidence)
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=DMARC1; p=none", "v=DMARC1; p=quarantine"),
        (f"v=DMARC1;p=none;rua=mailto:a@{HOST};", f"v=DMARC1; p=quarantine; rua=mailto:a@{HOST}"),
        ("v=DMARC1; p=reject; pct=20; t=y; sp=none; fo=1", "v=DMARC1; p=reject; fo=1"),
        ("v=DMARC1; p=none; sp=none; t=n", "v=DMARC1; p=quarantine; t=n"),
    ],
)
def test_dmarc_mended(record: str, expected: str) -> None:
    """The domain's own record with the next step taken, and the check accepts it."""
    (line,) = suggested(enforced(record))
    assert line == f'{OWN}.  3600  IN  TXT  "{expected}"'
    assert finding(dmarc_enforced, mail(dmarc=(pasted(line),))).outcome is MET


def test_dmarc_begun() -> None:
    """Where there is none: careful with mail, final without; both are accepted by every check of DMARC."""
    for servers, expected in (
        ((f"10 mx.{HOST}.",), f"v=DMARC1; p=quarantine; rua=mailto:dmarc@{HOST}"),
        ((), "v=DMARC1; p=reject"),
    ):
        mx = look(HOST, "MX", *servers)
        for check in (dmarc_valid, dmarc_enforced):
            (line,) = suggested(finding(check, mail(mx=mx, dmarc=(txt(OWN),))))
            assert line == f'{OWN}.  3600  IN  TXT  "{expected}"'
            assert finding(check, mail(mx=mx, dmarc=(pasted(line),))).outcome is MET


def test_nothing_is_offered_that_is_another_ones_to_change() -> None:
    """A record above the domain, and one that cannot be read."""
    assert suggested(enforced("v=DMARC1; p=block")) == []
    above = (txt(f"_dmarc.{SCHOOL}"), txt(CITY, "v=DMARC1; p=none"), txt("_dmarc.edu.vn"))
    found = finding(
        dmarc_enforced, mail(domain=SCHOOL, organisational="danang.edu.vn", dmarc=above)
    )
    assert (found.reason, suggested(found)) == ("policy-none", [])


@pytest.mark.parametrize(
    ("record", "outcome", "reason"),
    [
        (f"v=DMARC1; p=none; rua=mailto:a@{HOST}", MET, ""),
        ("v=DMARC1; p=reject", NOT_MET, "no-address"),
        ("v=DMARC1; p=reject; rua=nobody", NOT_MET, "no-address"),
        (f"v=DMARC1; p=reject; ruf=mailto:a@{HOST}", NOT_MET, "no-address"),
        ("hello", NOT_MET, "missing"),
    ],
)
def test_dmarc_reports(record: str, outcome: Outcome, reason: str) -> None:
    """One readable address is enough."""
    found = finding(dmarc_reports_read, mail(dmarc=(txt(OWN, record),)))
    assert (found.outcome, found.reason) == (outcome, reason)
    for line in suggested(found):
        assert finding(dmarc_reports_read, mail(dmarc=(pasted(line),))).outcome is MET


# DKIM

NAMED = {"named": True}
RSA_512 = f"v=DKIM1; p={SHORT}"
ED25519 = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def keys(*looks: DkimLook, **fields: Any) -> Finding:
    return finding(dkim_published, mail(dkim=looks, **fields), limits=BITS)


@pytest.mark.parametrize(
    ("looks", "outcome", "reason", "cause"),
    [
        pytest.param((dkim_look("a", RSA_2048, named=True),), MET, "", None, id="named"),
        pytest.param((dkim_look("a", RSA_2048),), MET, "", None, id="common"),
        pytest.param((dkim_look("a", ED25519, named=True),), MET, "", None, id="ed25519"),
        pytest.param(
            (dkim_look("a", f"t=y; p={GOOD}", named=True),), MET, "testing", None, id="testing"
        ),
        pytest.param((dkim_look("a", RSA_512),), NOT_MET, "weak-key", None, id="weak"),
        pytest.param(
            (dkim_look("a", RSA_2048, named=True), dkim_look("b", RSA_512, named=True)),
            NOT_MET,
            "weak-key",
            None,
            id="weak-beside-strong",
        ),
        pytest.param(
            (dkim_look("a", RSA_512, named=True), dkim_look("b", named=True, look=GONE)),
            NOT_MET,
            "weak-key",
            None,
            id="a-seen-fault-settles",
        ),
        pytest.param(
            (dkim_look("a", RSA_2048, named=True), dkim_look("b", named=True)),
            MET,
            "",
            None,
            id="one-of-two",
        ),
        pytest.param((dkim_look("a", named=True),), NOT_MET, "missing", None, id="named-missing"),
        pytest.param(
            (dkim_look("a", "v=spf1 -all", named=True),), NOT_MET, "missing", None, id="a-wildcard"
        ),
        pytest.param(
            (dkim_look("a", "v=DKIM1; p=", named=True),), NOT_MET, "revoked", None, id="revoked"
        ),
        pytest.param(
            (dkim_look("a", "v=DKIM1; p=AAAA", named=True),), NOT_MET, "invalid", None, id="invalid"
        ),
        pytest.param(
            (dkim_look("a", named=True, look=txt("a", said=Said.BOGUS)),),
            NOT_MET,
            "bogus",
            None,
            id="named-bogus",
        ),
        pytest.param(
            (dkim_look("a", RSA_2048, named=True), dkim_look("b", named=True, look=GONE)),
            OPEN,
            "",
            Cause.DNS_TIMEOUT,
            id="named-gone",
        ),
        pytest.param(
            (dkim_look("a", RSA_2048), dkim_look("b", look=GONE)), MET, "", None, id="common-gone"
        ),
        pytest.param(
            (dkim_look("a"), dkim_look("b")), OPEN, "", Cause.SELECTOR_UNKNOWN, id="nothing-common"
        ),
        pytest.param(
            (dkim_look("a", "v=DKIM1; p="),), OPEN, "", Cause.SELECTOR_UNKNOWN, id="common-revoked"
        ),
        pytest.param(
            (dkim_look("a", "v=DKIM1; p=AAAA"),), OPEN, "", Cause.SELECTOR_UNKNOWN, id="common-bad"
        ),
        pytest.param(
            (dkim_look("a", look=txt("a", said=Said.BOGUS)),),
            OPEN,
            "",
            Cause.DNS_SERVFAIL,
            id="common-bogus",
        ),
        pytest.param((), OPEN, "", Cause.NOT_RUN, id="never-asked"),
    ],
)
def test_dkim(
    looks: tuple[DkimLook, ...], outcome: Outcome, reason: str, cause: Cause | None
) -> None:
    """Only what was named can be missing; only a short key is held against anybody else."""
    found = keys(*looks)
    assert (found.outcome, found.reason, found.cause) == (outcome, reason, cause)


@pytest.mark.parametrize(
    ("least", "good", "outcome", "reason"),
    [
        (2048, 2048, MET, ""),
        (1024, 2049, MET, "short-key"),
        (2049, 4096, NOT_MET, "weak-key"),
    ],
)
def test_the_bar_on_keys(least: int, good: int, outcome: Outcome, reason: str) -> None:
    """The criterion says how long is long enough."""
    found = finding(dkim_published, mail(), limits={"min_rsa_bits": least, "good_rsa_bits": good})
    assert (found.outcome, found.reason) == (outcome, reason)


# MTA-STS


@pytest.mark.parametrize(
    ("record", "outcome", "reason"),
    [
        (("v=STSv1; id=20261122",), MET, ""),
        (("hello", "v=STSv1;id=A1;x=y;"), MET, ""),
        ((), NOT_MET, "missing"),
        (("v=STSv2; id=1",), NOT_MET, "missing"),
        (("v=STSv1; id=1", "v=STSv1; id=2"), NOT_MET, "several"),
        (("v=STSv1",), NOT_MET, "record-syntax"),
        (("v=STSv1; id=1-2",), NOT_MET, "record-syntax"),
        (("v=STSv1; id=" + "1" * 33,), NOT_MET, "record-syntax"),
        (("v=STSv1; id=1; id=2",), NOT_MET, "record-syntax"),
        (("v=STSv1; id",), NOT_MET, "record-syntax"),
    ],
)
def test_mta_sts_record(record: tuple[str, ...], outcome: Outcome, reason: str) -> None:
    """One record with an id."""
    found = finding(mta_sts_enforced, mail(mta_sts=txt(f"_mta-sts.{HOST}", *record)))
    assert (found.outcome, found.reason) == (outcome, reason)


def policy(mode: str = "enforce", mx: str = f"mx.{HOST}", age: str = "86400") -> dict[str, Any]:
    return {"text": f"version: STSv1\nmode: {mode}\nmx: {mx}\nmax_age: {age}\n"}


@pytest.mark.parametrize(
    ("file", "outcome", "reason"),
    [
        pytest.param(policy(), MET, "", id="named"),
        pytest.param(policy(mx=f"*.{HOST}"), MET, "", id="wildcard"),
        pytest.param(policy(mx=f"*.mx.{HOST}"), NOT_MET, "mx-not-covered", id="one-label-too-deep"),
        pytest.param(policy(mx="*.edu.vn"), NOT_MET, "mx-not-covered", id="two-labels"),
        pytest.param(policy(mode="testing"), NOT_MET, "not-enforced", id="testing"),
        pytest.param(policy(mode="none"), NOT_MET, "not-enforced", id="none"),
        pytest.param(policy(mode="on"), NOT_MET, "policy-syntax", id="no-mode"),
        pytest.param(policy(age="31557600"), MET, "", id="a-year"),
        pytest.param(policy(age="31557601"), NOT_MET, "policy-syntax", id="more-than-a-year"),
        pytest.param(policy(age="soon"), NOT_MET, "policy-syntax", id="no-age"),
        pytest.param(policy(mx="*"), NOT_MET, "policy-syntax", id="no-pattern"),
        pytest.param({"text": "<html>"}, NOT_MET, "policy-syntax", id="a-page"),
        pytest.param({"text": ""}, NOT_MET, "policy-syntax", id="empty"),
        pytest.param(
            {"text": "version: STSv1\nmode: enforce\nmax_age: 1"},
            NOT_MET,
            "policy-syntax",
            id="no-mx",
        ),
        pytest.param({"content_type": "text/html"}, NOT_MET, "policy-type", id="html"),
        pytest.param({"content_type": ""}, NOT_MET, "policy-type", id="no-type"),
        pytest.param({"too_large": True}, NOT_MET, "policy-too-large", id="too-large"),
        pytest.param({"status": 301}, NOT_MET, "policy-redirects", id="redirect"),
        pytest.param({"status": 404}, NOT_MET, "policy-missing", id="404"),
        pytest.param({"status": 403}, OPEN, "", id="403"),
        pytest.param({"status": 500}, OPEN, "", id="500"),
        pytest.param({"status": None}, OPEN, "", id="nothing"),
        pytest.param({"state": PolicyState.NO_HOST}, NOT_MET, "no-policy-host", id="no-host"),
        pytest.param(
            {"state": PolicyState.BAD_CERTIFICATE, "path": PathState.SELF_SIGNED},
            NOT_MET,
            "policy-certificate",
            id="self-signed",
        ),
        pytest.param(
            {"state": PolicyState.BAD_CERTIFICATE, "covers": False},
            NOT_MET,
            "policy-certificate",
            id="another-name",
        ),
        pytest.param(
            {"state": PolicyState.BAD_CERTIFICATE, "not_after": AS_OF - timedelta(days=1)},
            NOT_MET,
            "policy-certificate",
            id="run-out",
        ),
        pytest.param(
            {"state": PolicyState.BAD_CERTIFICATE, "not_before": AS_OF + timedelta(days=1)},
            NOT_MET,
            "policy-certificate",
            id="not-yet",
        ),
    ],
)
def test_mta_sts_policy(file: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """A policy that senders would act by, for every mail server."""
    found = finding(mta_sts_enforced, mail(mta_sts_policy=policy_file(**file)))
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize("cause", Cause)
def test_a_policy_that_could_not_be_fetched(cause: Cause) -> None:
    """Nothing is concluded."""
    found = finding(mta_sts_enforced, mail(mta_sts_policy=NotCaptured(cause=cause)))
    assert (found.outcome, found.cause) == (OPEN, cause)
    assert finding(mta_sts_enforced, mail(mta_sts_policy=None)).cause is Cause.NOT_RUN


def test_a_policy_for_a_domain_without_mx() -> None:
    """The domain itself takes its mail, and it says nothing else."""
    covered = policy_file(**policy(mx=HOST))
    found = finding(mta_sts_enforced, mail(mx=look(HOST, "MX"), mta_sts_policy=covered))
    assert found.outcome is MET


# TLS-RPT and BIMI


@pytest.mark.parametrize(
    ("record", "outcome", "reason"),
    [
        ((f"v=TLSRPTv1; rua=mailto:a@{HOST}",), MET, ""),
        (("v=TLSRPTv1;rua=https://r.vn/x,mailto:a@r.vn",), MET, ""),
        ((), NOT_MET, "missing"),
        (("v=TLSRPTv1; rua=mailto:a@r.vn", "v=TLSRPTv1; rua=mailto:b@r.vn"), NOT_MET, "several"),
        (("v=TLSRPTv1",), NOT_MET, "syntax"),
        (("v=TLSRPTv1; rua=",), NOT_MET, "syntax"),
        (("v=TLSRPTv1; rua=a@r.vn",), NOT_MET, "syntax"),
        (("v=TLSRPTv1; rua=http://r.vn/",), NOT_MET, "syntax"),
        (("v=TLSRPTv1; rua",), NOT_MET, "syntax"),
    ],
)
def test_tls_rpt(record: tuple[str, ...], outcome: Outcome, reason: str) -> None:
    """One record with readable addresses; the line offered is one."""
    found = finding(tls_rpt_published, mail(tls_rpt=txt(f"_smtp._tls.{HOST}", *record)))
    assert (found.outcome, found.reason) == (outcome, reason)
    for line in suggested(found):
        assert finding(tls_rpt_published, mail(tls_rpt=pasted(line))).outcome is MET


SVG = "v=BIMI1; l=https://a.vn/logo.svg"


@pytest.mark.parametrize(
    ("record", "outcome", "reason"),
    [
        ((SVG,), MET, ""),
        ((f"{SVG}; a=https://a.vn/mark.pem",), MET, ""),
        ((), ASIDE, "not-published"),
        (("v=BIMI1; l=; a=",), ASIDE, "declined"),
        ((SVG, SVG + "?2"), NOT_MET, "several"),
        (("v=BIMI1; l=http://a.vn/logo.svg",), NOT_MET, "syntax"),
        (("v=BIMI1; l=https://a.vn/logo.png",), NOT_MET, "syntax"),
        (("v=BIMI1",), NOT_MET, "syntax"),
        ((f"{SVG}; a=mark",), NOT_MET, "syntax"),
        ((f"{SVG}; odd",), NOT_MET, "syntax"),
    ],
)
def test_bimi(record: tuple[str, ...], outcome: Outcome, reason: str) -> None:
    """Nobody needs a logo; who names one names it rightly."""
    found = finding(bimi_valid, mail(bimi=txt(f"default._bimi.{HOST}", *record)))
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize("dmarc", ["v=DMARC1; p=none", "hello", "v=DMARC1; p=reject; t=y"])
def test_bimi_needs_dmarc(dmarc: str) -> None:
    """Without enforcement nobody shows the logo."""
    found = finding(bimi_valid, mail(bimi=txt("x", SVG), dmarc=(txt(OWN, dmarc),)))
    assert (found.outcome, found.reason) == (NOT_MET, "dmarc-not-enforced")


# No mail

SILENT: dict[str, Any] = {
    "mx": look(HOST, "MX", "0 ."),
    "spf_lookups": spf_looks("v=spf1 -all"),
    "dmarc": (txt(OWN, "v=DMARC1; p=reject"),),
}


@pytest.mark.parametrize(
    ("fields", "outcome", "reason"),
    [
        pytest.param({}, MET, "", id="said"),
        pytest.param({"mx": look(HOST, "MX", "10 mx.vn.")}, ASIDE, "has-mail", id="mail"),
        pytest.param(
            {"mx": look(HOST, "MX", "0 .", "10 mx.vn.")}, ASIDE, "has-mail", id="null-beside-mail"
        ),
        pytest.param({"mx": look(HOST, "MX")}, NOT_MET, "no-null-mx", id="no-mx"),
        pytest.param(
            {"mx": look(HOST, "MX", said=Said.NXDOMAIN)}, NOT_MET, "no-null-mx", id="nxdomain"
        ),
        pytest.param({"spf_lookups": spf_looks("v=spf1 ~all")}, NOT_MET, "spf-open", id="softfail"),
        pytest.param(
            {"spf_lookups": spf_looks("v=spf1 mx -all")}, NOT_MET, "spf-open", id="somebody"
        ),
        pytest.param({"spf_lookups": spf_looks("hello")}, NOT_MET, "spf-open", id="no-spf"),
        pytest.param(
            {"spf_lookups": (txt(HOST, said=Said.BOGUS),)}, NOT_MET, "bogus", id="bogus-spf"
        ),
        pytest.param(
            {"dmarc": (txt(OWN, "v=DMARC1; p=quarantine"),)}, NOT_MET, "dmarc-open", id="quarantine"
        ),
        pytest.param({"dmarc": (txt(OWN),)}, NOT_MET, "dmarc-open", id="no-dmarc"),
        pytest.param(
            {"mx": look(HOST, "MX"), "dmarc": (GONE,)}, NOT_MET, "no-null-mx", id="seen-settles"
        ),
        pytest.param({"dmarc": (GONE,)}, OPEN, "", id="dmarc-gone"),
        pytest.param({"spf_lookups": (GONE,)}, OPEN, "", id="spf-gone"),
        pytest.param({"mx": GONE}, OPEN, "", id="mx-gone"),
        pytest.param({"mx": look(HOST, "MX", said=Said.BOGUS)}, OPEN, "", id="mx-bogus"),
    ],
)
def test_no_mail(fields: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """All three words, or the first that is missing."""
    found = finding(no_mail_said_so, mail(**SILENT | fields))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_the_three_lines() -> None:
    """Whoever pastes what is offered has said it."""
    nothing = {
        "mx": look(HOST, "MX"),
        "spf_lookups": spf_looks("hello"),
        "dmarc": (txt(OWN, "v=DMARC1; p=none"),),
    }
    mx, spf, dmarc = map(pasted, suggested(finding(no_mail_said_so, mail(**nothing))))
    again = mail(mx=mx, spf_lookups=(spf,), dmarc=(dmarc,))
    assert finding(no_mail_said_so, again).outcome is MET


CORRESPONDENCE: tuple[tuple[AnyCheck, dict[str, int]], ...] = (
    (dmarc_reports_read, {}),
    (dkim_published, BITS),
    (mta_sts_enforced, {}),
    (tls_rpt_published, {}),
    (bimi_valid, {}),
)


@pytest.mark.parametrize(
    ("check", "limits"), CORRESPONDENCE, ids=lambda one: getattr(one, "id", "")
)
def test_without_mail(check: AnyCheck, limits: dict[str, int]) -> None:
    """Who says that there is no mail is asked no further; who only seems so is."""
    bare = {
        "mta_sts": txt(f"_mta-sts.{HOST}"),
        "tls_rpt": txt(f"_smtp._tls.{HOST}"),
        "dkim": (dkim_look("a", named=True),),
        "bimi": txt("b", "v=BIMI1; l=x"),
    }
    found = finding(check, mail(**SILENT | bare), limits=limits)
    assert (found.outcome, found.reason) == (ASIDE, "no-mail")
    unsaid = SILENT | bare | {"mx": look(HOST, "MX")}
    assert finding(check, mail(**unsaid), limits=limits).outcome is NOT_MET
    # Whether it said so nobody saw: then it is not accused either.
    unseen = SILENT | bare | {"mx": GONE}
    assert finding(check, mail(**unseen), limits=limits).outcome is OPEN


def test_a_policy_file_without_a_handshake() -> None:
    """The smallest thing that can be said of one."""
    assert PolicyFile(url="https://x", state=PolicyState.NO_HOST).status is None


def test_a_line_that_cannot_be_pasted() -> None:
    """Too long, or with signs that no zone file holds: nothing is offered rather than half of it."""
    long = "v=spf1 " + "ip4:192.0.2.1 " * 80 + "?all"
    assert suggested(finding(spf_strict, mail(spf_lookups=spf_looks(long)))) == []
    exact = "v=spf1 " + "ip4:192.0.2.1 " * 30 + "?all"
    (line,) = suggested(finding(spf_strict, mail(spf_lookups=spf_looks(exact))))
    assert line.count('"') == 4
    quoted = f'v=DMARC1; p=none; x=a"b\\c; rua=mailto:a@{HOST}'
    (line,) = suggested(enforced(quoted))
    assert '\\"b\\\\c' in line


def test_a_first_record_where_the_mail_servers_were_not_seen() -> None:
    """Then the careful one."""
    (line,) = suggested(finding(dmarc_enforced, mail(mx=GONE, dmarc=(txt(OWN),))))
    assert "p=quarantine" in line
