"""Pages, headers, redirects and misbehaviour of the web servers."""

import gzip
import re
import zlib

import pytest

from scanner.practice.behaviours import BOMB_BYTES
from scanner.practice.pages import POLICY_PATH
from scanner.practice.schools.hostile import HOSTILE_TITLE
from tests.practice.clients import Seen, ask, connect, shake


def test_the_perfect_site(seen: Seen) -> None:
    """Contact details, badge, policy and every header."""
    home = seen.get("thcs-hoa-sen")
    page = home.body.decode()
    assert home.status == 200
    for wanted in (
        "Cơ quan quản lý: Trường THCS Hoa Sen",
        "Cơ quan chủ quản: Ủy ban nhân dân phường Hải Châu",
        "Địa chỉ:",
        "Điện thoại:",
        "vanthu@thcs-hoasen-thuchanh.edu.vn",
        "Người chịu trách nhiệm nội dung:",
        "danh-ba-tin-nhiem/thcshoasenthuchanheduvn-1714479536",
        "handle_cert?id=thcs-hoasen-thuchanh.edu.vn",
        f'href="{POLICY_PATH}"',
        'content="NukeViet"',
    ):
        assert wanted in page
    hsts = "max-age=31536000; includeSubDomains; preload"
    assert home.headers["Strict-Transport-Security"] == hsts
    assert home.headers["X-Content-Type-Options"] == "nosniff"
    assert home.headers["Server"] == "nginx"
    words = re.sub(r"<[^>]+>", " ", seen.get("thcs-hoa-sen", POLICY_PATH).body.decode()).split()
    assert len(words) >= 250


def test_security_txt(seen: Seen) -> None:
    """Text with contact and a future end; not there; at its end."""
    path = "/.well-known/security.txt"
    good = seen.get("thcs-hoa-sen", path)
    assert good.headers["Content-Type"].startswith("text/plain")
    assert b"Contact: mailto:" in good.body
    assert seen.get("thcs-ban-mai", path).status == 404
    assert b"Expires: 20" in seen.get("th-la-thu", path).body


def test_connections_are_kept(seen: Seen) -> None:
    """Several requests on one connection, HEAD among them."""
    door = seen.door("thcs-hoa-sen")
    with shake(door) as sock:
        assert [ask(sock, door.host, path).status for path in ("/", POLICY_PATH, "/x")] == [
            200,
            200,
            404,
        ]


def test_port_80_leads_to_https(seen: Seen) -> None:
    """The first hop goes to the same path over https."""
    door = seen.door("thcs-hoa-sen")
    reply = seen.get("thcs-hoa-sen", "/tin-tuc?p=1", tls=False)
    assert reply.status == 301
    assert reply.headers["Location"] == f"https://{door.host}:{door.https_port}/tin-tuc?p=1"


@pytest.mark.parametrize(
    ("site", "location"),
    [
        pytest.param("mn-sao-mai", "http://mn-saomainho-thuchanh.edu.vn:", id="detour-over-http"),
        pytest.param("th-vong-tron", "https://th-vongtron-thuchanh.edu.vn:", id="loop"),
        pytest.param("thcs-cho-moi", "https://quangcao-thuchanh.example:", id="stranger"),
        pytest.param("th-may-xanh", "http://169.254.169.254/", id="metadata"),
    ],
)
def test_redirects_astray(seen: Seen, site: str, location: str) -> None:
    """Each home page sends visitors where its description says."""
    reply = seen.get(site)
    assert reply.status == 301
    assert reply.headers["Location"].startswith(location)


def test_the_loop_closes(seen: Seen) -> None:
    """The second page sends back to the first."""
    assert seen.get("th-vong-tron", "/dang-nhap").headers["Location"].endswith("/")


def test_the_twin_leads_to_the_site(seen: Seen) -> None:
    """The bare name of a site that lives under www."""
    door = seen.door("thpt-song-bien")
    with shake(door) as sock:
        reply = ask(sock, door.host.removeprefix("www."))
    assert reply.headers["Location"] == f"https://{door.host}:{door.https_port}/"


def test_block_pages(seen: Seen) -> None:
    """A challenge on both ports, and a rate limit."""
    for tls in (True, False):
        challenge = seen.get("thpt-tuong-vi", tls=tls)
        assert challenge.status == 403
        assert challenge.headers["Server"] == "cloudflare"
        assert len(challenge.body) < 200
    limited = seen.get("th-chuong-reo", tls=False)
    assert limited.status == 429
    assert limited.headers["Retry-After"] == "3600"


def test_faulty_headers(seen: Seen) -> None:
    """What is missing is missing, what is wrong is wrong."""
    bare = seen.get("thcs-hoa-mai-vang").headers
    for name in ("Strict-Transport-Security", "X-Frame-Options", "X-Content-Type-Options"):
        assert name not in bare
    loose = seen.get("mn-chim-non")
    assert loose.headers["Strict-Transport-Security"] == "max-age=86400"
    assert loose.headers["Referrer-Policy"] == "unsafe-url"
    assert loose.headers["X-Powered-By"] == "PHP/7.4.3"
    assert "NukeViet v4.5" in loose.body.decode()


def test_flapping_shows_to_who_looks_often(seen: Seen) -> None:
    """Whoever asks once sees a healthy site; a sampler meets the failures, over one connection or many."""
    door = seen.door("mn-dom-dom")
    assert {seen.get("mn-dom-dom").status for _ in range(4)} == {200}
    with shake(door) as sock:
        statuses = [ask(sock, door.host).status for _ in range(11)]
    assert statuses == [*[200] * 5, *(503, 200, 200) * 2]
    assert [seen.get("mn-dom-dom").status for _ in range(6)] == [503, 200, 200] * 2


def test_one_byte_at_a_time(seen: Seen) -> None:
    """Something comes, and never enough."""
    door = seen.door("thcs-rua-vang")
    with shake(door) as sock:
        sock.sendall(f"GET / HTTP/1.1\r\nHost: {door.host}\r\n\r\n".encode())
        assert sock.recv(4096) == b"H"


def test_the_bomb(seen: Seen) -> None:
    """Small on the wire, enormous when unpacked."""
    reply = seen.get("gdtx-bo-tay")
    assert reply.headers["Content-Encoding"] == "gzip"
    assert len(reply.body) < 1_000_000
    unpack = zlib.decompressobj(31)
    assert len(unpack.decompress(reply.body, 3_000_000)) == 3_000_000
    assert 100 * len(reply.body) < BOMB_BYTES


def test_gzip_for_those_who_ask(seen: Seen) -> None:
    """The page is the same, packed."""
    door = seen.door("th-binh-minh-xanh")
    plain = seen.get("th-binh-minh-xanh").body
    with shake(door) as sock:
        sock.sendall(
            f"GET / HTTP/1.1\r\nHost: {door.host}\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n".encode()
        )
        packed = b"".join(iter(lambda: sock.recv(65536), b""))
    assert gzip.decompress(packed.partition(b"\r\n\r\n")[2]) == plain


def test_the_hostile_title_is_sent_raw(seen: Seen) -> None:
    """The fleet does not defuse what the scanner must defuse."""
    assert HOSTILE_TITLE in seen.get("thcs-bong-mat").body.decode()


def test_no_https_serves_over_http(seen: Seen) -> None:
    """The site without https is there all the same."""
    assert seen.get("mn-but-mang", tls=False).status == 200


def test_the_control_answers_and_the_canary_is_untouched(seen: Seen) -> None:
    """The control listener is healthy; nobody called the canary."""
    text = seen.fleet.inventory.read_text(encoding="utf-8")
    found = re.search(r'controls: \["127\.0\.0\.1:(\d+)"\]', text)
    assert found
    with connect(int(found[1])) as sock:
        assert ask(sock, "control").status == 204
    stats = seen.fleet.stats()
    assert stats["canary_hits"] == 0
    assert stats["queries"] >= 0
