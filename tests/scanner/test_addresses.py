"""Which addresses may be contacted."""

import ipaddress

import pytest

from scanner.addresses import is_public, judge_address, network_of
from tests.scanner.builders import permission

EVERYTHING = permission(networks=("0.0.0.0/0", "::/0"))
NOTHING = permission(networks=())


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "223.255.255.255",
        "2001:4860:4860::8888",
        "2400:cb00::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
        "::8.8.8.8",
    ],
)
def test_public(address: str) -> None:
    """Open without any word about networks; so are the neighbours of what is closed."""
    assert judge_address(address, NOTHING, allow_private=False).why == ""


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("10.0.0.1", id="private"),
        pytest.param("172.16.0.1", id="private-16"),
        pytest.param("192.168.1.1", id="private-24"),
        pytest.param("100.64.0.1", id="carrier-grade-nat"),
        pytest.param("192.0.0.8", id="protocol-assignments"),
        pytest.param("192.0.2.1", id="documentation"),
        pytest.param("192.88.99.1", id="6to4-relay"),
        pytest.param("198.18.0.1", id="benchmark"),
        pytest.param("240.0.0.1", id="reserved"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("::1", id="loopback-6"),
        pytest.param("fc00::1", id="unique-local"),
        pytest.param("2001:db8::1", id="documentation-6"),
        pytest.param("100::1", id="discard"),
    ],
)
def test_private_needs_both_the_flag_and_the_network(address: str) -> None:
    """Neither alone opens it."""
    assert judge_address(address, EVERYTHING, allow_private=True).why == ""
    assert judge_address(address, EVERYTHING, allow_private=False).why
    assert judge_address(address, NOTHING, allow_private=True).why


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("0.0.0.0", id="unspecified"),
        pytest.param("0.1.2.3", id="this-network"),
        pytest.param("169.254.169.254", id="metadata"),
        pytest.param("169.254.0.1", id="link-local"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("168.63.129.16", id="azure-metadata"),
        pytest.param("100.100.100.200", id="alibaba-metadata"),
        pytest.param("::", id="unspecified-6"),
        pytest.param("fe80::1", id="link-local-6"),
        pytest.param("fec0::1", id="site-local"),
        pytest.param("ff02::1", id="multicast-6"),
        pytest.param("fd00:ec2::254", id="aws-metadata-6"),
        pytest.param("::ffff:127.0.0.1", id="mapped"),
        pytest.param("::ffff:169.254.169.254", id="mapped-metadata"),
        pytest.param("::7f00:1", id="compatible"),
        pytest.param("64:ff9b::7f00:1", id="nat64"),
        pytest.param("64:ff9b::a9fe:a9fe", id="nat64-metadata"),
        pytest.param("64:ff9b:1::a00:1", id="nat64-local"),
        pytest.param("2002:7f00:1::", id="6to4"),
        pytest.param("2001:0:4136:e378:8000:63bf:80ff:fffe", id="teredo-of-127.0.0.1"),
        pytest.param("fe80::1%eth0", id="zone"),
        pytest.param("2001:4860::1%1", id="zone-on-public"),
        pytest.param("2130706433", id="decimal"),
        pytest.param("0x7f000001", id="hexadecimal"),
        pytest.param("0177.0.0.1", id="octal"),
        pytest.param("127.1", id="short"),
        pytest.param("truong.edu.vn", id="a-name"),
        pytest.param("", id="empty"),
    ],
)
def test_never(address: str) -> None:
    """No flag and no network opens these."""
    assert judge_address(address, EVERYTHING, allow_private=True).why
    assert judge_address(address, EVERYTHING, allow_private=False).why


def test_a_listed_network_ends_at_its_border() -> None:
    """The last address of a listed network, and the next one."""
    listed = permission(networks=("10.20.0.0/16",))
    assert judge_address("10.20.255.255", listed, allow_private=True).why == ""
    assert judge_address("10.21.0.0", listed, allow_private=True).why


def test_reserved_inside_is_not_public() -> None:
    """What is wrapped is judged by what is inside."""
    assert not is_public(ipaddress.ip_address("::ffff:10.0.0.1"))


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.77", "203.0.113.0/24"), ("2400:cb00:1:2::3", "2400:cb00:1::/48")],
)
def test_neighbourhood(address: str, network: str) -> None:
    """A /24 or a /48."""
    assert network_of(address) == network
