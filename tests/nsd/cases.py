"""The zones that a scan is tried against, and what it has to say of each: one table, for signed zones too."""

from collections.abc import Mapping

from tests.nsd.world import (
    AA_MISSING,
    BEFORE_EDNS,
    BROKEN,
    CLOSED,
    NOT_HELD,
    PRIVATE,
    RECURSES,
    REGISTRY,
    SAME_NETWORK,
    SAYS_RA,
    SILENT,
    SIX,
    TCP_ONLY,
    TCP_SILENT,
    TRUNCATED_ALONE,
    UDP_ONLY,
    A,
    B,
    C,
    Case,
    zone_text,
)

HEALTHY = {
    "name-resolves": "met",
    "nameservers-redundant": "met",
    "caa-published": "met",
    "nameservers-answer": "met",
    "nameservers-agree": "met",
    "nameservers-over-ipv6": "not-met: no-ipv6-address",
    "zone-transfer-closed": "met",
    "recursion-closed": "met",
}
"""What a scan says of a zone without faults, which has no IPv6."""
ANSWER, AGREE, SIXTH = "nameservers-answer", "nameservers-agree", "nameservers-over-ipv6"
REDUNDANT, TRANSFER, RECURSION = "nameservers-redundant", "zone-transfer-closed", "recursion-closed"
NOBODYS = (ANSWER, AGREE, SIXTH, TRANSFER, RECURSION)
TWO = (("ns1", (A,)), ("ns2", (B,)))
_AT_TWO = {"ns1": (A,), "ns2": (B,)}
GOOD = zone_text("ns1", "ns2", addresses=_AT_TWO)


def _with_second(
    name: str, address: str, expected: Mapping[str, str], *, held: Mapping[str, str] | None = None
) -> Case:
    """A zone whose second server stands there."""
    text = zone_text("ns1", "ns2", addresses={"ns1": (A,), "ns2": (address,)})
    return Case(name, text, (("ns1", (A,)), ("ns2", (address,))), expected, held=held or {})


def _all(outcome: str) -> dict[str, str]:
    return dict.fromkeys(NOBODYS, outcome)


_ONE_NETWORK = {REDUNDANT: "not-met: too-few-networks"}
CASES = (
    Case("lanh-manh", GOOD, TWO, {}),
    Case("co-www", f"{GOOD}www A 127.0.0.1\n", TWO, {}, host="www.{zone}"),
    # The host is one name of many in the zone of the whole city.
    Case("da-nang", f"{GOOD}thcs1 A 127.0.0.1\n", TWO, {}, host="thcs1.{zone}"),
    Case("tu-choi", GOOD, TWO, {ANSWER: "not-met: refused"}, held={B: NOT_HELD}),
    Case(
        "deu-tu-choi", GOOD, TWO,
        {ANSWER: "not-met: refused", AGREE: "not-tested: no-answer"},
        held={A: NOT_HELD, B: NOT_HELD},
    ),
    _with_second("chi-chuyen-tiep", REGISTRY, {ANSWER: "not-met: not-authoritative"}),
    Case("hong", GOOD, TWO, {ANSWER: "not-met: server-failure"}, held={B: BROKEN}),
    _with_second(
        "im-lang", SILENT,
        _ONE_NETWORK | dict.fromkeys((ANSWER, AGREE, TRANSFER, RECURSION), "not-tested: dns-timeout"),
    ),
    _with_second("da-tat", CLOSED, _ONE_NETWORK | {ANSWER: "not-met: closed"}),
    Case(
        "deu-da-tat", zone_text("ns1", addresses={"ns1": (CLOSED,)}), (("ns1", (CLOSED,)),),
        {ANSWER: "not-met: closed", AGREE: "not-tested: no-answer", REDUNDANT: "not-met: too-few-servers"},
    ),
    _with_second("tcp-dong", UDP_ONLY, _ONE_NETWORK | {ANSWER: "not-met: tcp-closed"}),
    _with_second(
        "tcp-im", TCP_SILENT,
        _ONE_NETWORK | {ANSWER: "needs-review: tcp-silent", TRANSFER: "not-tested: dns-timeout"},
    ),
    _with_second(
        "udp-im", TCP_ONLY,
        _ONE_NETWORK
        | {ANSWER: "needs-review: udp-silent", AGREE: "not-tested: dns-timeout", RECURSION: "not-tested: dns-timeout"},
    ),
    _with_second("cat-ngan", TRUNCATED_ALONE, _ONE_NETWORK | {ANSWER: "not-met: tcp-closed"}),
    _with_second("khong-tham-quyen", AA_MISSING, _ONE_NETWORK | {ANSWER: "not-met: not-authoritative"}),
    _with_second("chua-edns", BEFORE_EDNS, _ONE_NETWORK),
    Case(
        "lech-serial", GOOD, TWO, {AGREE: "not-met: serials-differ"},
        held={B: zone_text("ns1", "ns2", serial=7, addresses=_AT_TWO)},
    ),
    Case(
        "lech-ns", GOOD, TWO, {AGREE: "not-met: ns-differ"},
        held={B: zone_text("ns2", addresses=_AT_TWO)},
    ),
    Case(
        "lech-vung-tren", zone_text("ns1", "ns2", "ns3", addresses=_AT_TWO | {"ns3": (C,)}), TWO,
        {AGREE: "not-met: parent-differs"}, held={C: zone_text("ns1", "ns2", "ns3", addresses=_AT_TWO | {"ns3": (C,)})},
    ),
    Case(
        "thieu-keo", GOOD, (("ns1", ()), ("ns2", ())),
        {
            ANSWER: "not-tested: dns-servfail", AGREE: "not-met: glue-missing",
            "name-resolves": "not-tested: dns-servfail", REDUNDANT: "not-tested: dns-servfail",
            "caa-published": "not-tested: dns-servfail", SIXTH: "not-tested: dns-servfail",
            TRANSFER: "not-tested: no-address", RECURSION: "not-tested: no-address",
        },
        fails_to_resolve=True,
    ),
    Case(
        "keo-sai", GOOD, (("ns1", (A,)), ("ns2", (C,))), {AGREE: "not-met: glue-differs"},
        held={B: GOOD, C: GOOD},
    ),
    Case(
        "vong-lap", f"{GOOD}a CNAME b\nb CNAME a\n", TWO,
        {"name-resolves": "not-tested: dns-loop", "caa-published": "not-tested: dns-loop"}, host="a.{zone}",
    ),
    Case("dai-dien", f"{GOOD}* A 127.0.0.1\n", TWO, {}, host="bat-ky.{zone}"),
    Case("cho-chep", GOOD, TWO, {TRANSFER: "not-met: handed-out"}, open_at=(B,)),
    _with_second("tra-ho", RECURSES, _ONE_NETWORK | {RECURSION: "not-met: recurses"}),
    _with_second("noi-tra-ho", SAYS_RA, _ONE_NETWORK),
    Case(
        "khong-co-that", zone_text("ns1.khong-co.vn.", "ns2.khong-co.vn."),
        (("ns1.khong-co.vn.", ()), ("ns2.khong-co.vn.", ())),
        {
            ANSWER: "not-met: no-address", AGREE: "not-tested: no-answer", REDUNDANT: "not-met: too-few-servers",
            TRANSFER: "not-tested: no-address", RECURSION: "not-tested: no-address",
        },
    ),
    Case(
        "mot-may", zone_text("ns1", addresses={"ns1": (A,)}), (("ns1", (A,)),),
        {REDUNDANT: "not-met: too-few-servers"},
    ),
    _with_second("mot-mang", SAME_NETWORK, _ONE_NETWORK),
    Case(
        "co-ipv6", zone_text("ns1", "ns2", addresses=_AT_TWO | {"ns2": (B, SIX)}), (("ns1", (A,)), ("ns2", (B, SIX))),
        {SIXTH: "met"},
    ),
    Case(
        "ipv6-hong", zone_text("ns1", "ns2", addresses=_AT_TWO | {"ns2": (B, SIX)}), (("ns1", (A,)), ("ns2", (B, SIX))),
        {SIXTH: "not-met: too-few-answer", ANSWER: "not-met: refused"}, held={SIX: NOT_HELD},
    ),
    Case(
        "thue-ngoai", zone_text("ns1.nhacungcap.vn.", "ns2.nhacungcap.vn."),
        (("ns1.nhacungcap.vn.", ()), ("ns2.nhacungcap.vn.", ())), {},
    ),
    Case(
        "txt-lon", GOOD + "".join(f'@ TXT "{n} {"x" * 240}"\n' for n in range(60)), TWO, {},
    ),
    Case(
        "khong-caa", GOOD.replace('@ CAA 0 issue "letsencrypt.org"\n', ""), TWO,
        {"caa-published": "not-met: missing"},
    ),
    _with_second(
        "rieng-tu", PRIVATE,
        dict.fromkeys((ANSWER, AGREE, TRANSFER, RECURSION), "not-tested: blocked-address"),
    ),
    Case(
        "da-mat", GOOD, TWO,
        _all("not-applicable: no-such-name")
        | {
            "name-resolves": "not-met: nxdomain", REDUNDANT: "not-applicable: no-own-servers",
            "caa-published": "not-met: missing",
        },
        delegated=False,
    ),
)  # fmt: skip
