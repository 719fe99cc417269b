"""Ten school sites as server blocks of nginx, each with one thing that is not as it should be."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from scanner.practice.certificates import Mint
from scanner.practice.site import CertificatePlan, Issuer, Key

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
COOKIE = "7d1f0c4bb8e24c6e9f2a"
MAIL = "hieutruong.nguyen"
HSTS = 'add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;'
MODERN = "ssl_protocols TLSv1.2 TLSv1.3;"
# The oldest two versions sign with SHA-1, which OpenSSL allows at its lowest level only.
OLD = "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:@SECLEVEL=0;"
_PAGE = (
    "<!DOCTYPE html><html lang=vi><title>Trường {host}</title>"
    "<p>Trường THCS Thử Nghiệm, thư điện tử {mail}@{host}</p></html>"
)


@dataclass(frozen=True)
class School:
    """One site: how its certificate, its TLS and its ports are."""

    name: str
    certificate: CertificatePlan = field(default_factory=CertificatePlan)
    certified_for: str = ""
    tls: str = MODERN
    hsts: str = HSTS
    redirects: bool = True
    https: bool = True
    all_paths_alike: bool = False
    """Whether every path shows the home page, as many school sites do, instead of 404."""

    @property
    def host(self) -> str:
        """The name of the site."""
        return f"{self.name}.nginx-thu.edu.vn"


SCHOOLS = (
    School("tot"),
    School("het-han", certificate=CertificatePlan(from_days=-120, to_days=-3)),
    School("sai-ten", certified_for="khac.nginx-thu.edu.vn"),
    School("tu-ky", certificate=CertificatePlan(issuer=Issuer.SELF)),
    School("thieu-trung-gian", certificate=CertificatePlan(serve_intermediate=False)),
    School("tls-cu", certificate=CertificatePlan(key=Key.RSA_2048), tls=OLD),
    School("khong-chuyen", redirects=False),
    School("khong-hsts", hsts=""),
    School("dong-443", https=False, redirects=False),
    School("trang-nao-cung-co", all_paths_alike=True),
)


@dataclass(frozen=True)
class Placed:
    """A school with the ports it was given."""

    school: School
    https_port: int
    http_port: int

    @property
    def url(self) -> str:
        """The address in the inventory."""
        return f"https://{self.school.host}:{self.https_port}/"


@contextmanager
def served(folder: Path, mint: Mint) -> Iterator[Sequence[Placed]]:
    """A real nginx of our own, on ports of our own, ended with the block."""
    with ExitStack() as held:
        # Held, not listening, while nginx starts: a closed port stays closed.
        socks = [held.enter_context(_bound()) for _ in range(2 * len(SCHOOLS))]
        ports = [sock.getsockname()[1] for sock in socks]
        places = [
            Placed(school, ports[2 * n], ports[2 * n + 1]) for n, school in enumerate(SCHOOLS)
        ]
        closed = {place.https_port for place in places if not place.school.https}
        (folder / "nginx.conf").write_text(_configuration(folder, places, mint), encoding="utf-8")
        for sock in socks:
            if sock.getsockname()[1] not in closed:
                sock.close()
        assert NGINX is not None
        process = subprocess.Popen(  # noqa: S603  The nginx of the system, with a configuration of ours.
            [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "error.log"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            _wait_for(places[-1].http_port, process)
            yield places
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=10)
            if process.poll() is None:
                process.kill()
                process.communicate()


def _bound() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.bind(("127.0.0.1", 0))
    return sock


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError(f"nginx ended: {process.communicate()[1].decode(errors='replace')}")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("nginx does not listen")


def _configuration(folder: Path, places: Sequence[Placed], mint: Mint) -> str:
    temp = "".join(
        f"    {name}_temp_path {folder / name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # Workers of a master that is root would change to an account that a container may lack.
    user = "user root;\n" if hasattr(os, "geteuid") and os.geteuid() == 0 else ""
    blocks = "".join(_blocks(folder, place, mint) for place in places)
    return (
        f"{user}daemon off;\nworker_processes 1;\npid {folder / 'nginx.pid'};\n"
        "events { worker_connections 256; }\n"
        f"http {{\n    access_log off;\n    server_tokens off;\n    default_type text/html;\n"
        f"    charset utf-8;\n{temp}{blocks}}}\n"
    )


def _blocks(folder: Path, place: Placed, mint: Mint) -> str:
    school = place.school
    page = _PAGE.format(host=school.host, mail=MAIL)
    cookie = f"nv4_sess={COOKIE}; Path=/; HttpOnly; SameSite=Lax"
    shown = f"add_header Set-Cookie '{cookie}'; return 200 '{page}';"
    target = f"return 301 https://{school.host}:{place.https_port}$request_uri;"
    http = (
        f"    server {{ listen 127.0.0.1:{place.http_port}; server_name {school.host};\n"
        f"        location / {{ {target if school.redirects else shown} }} }}\n"
    )
    if not school.https:
        return http
    nothing = "" if school.all_paths_alike else "location /.well-known/ { return 404; }"
    file = folder / f"{school.name}.pem"
    file.write_bytes(mint.leaf(school.certificate, [school.certified_for or school.host]).pem)
    return http + (
        f"    server {{ listen 127.0.0.1:{place.https_port} ssl; server_name {school.host};\n"
        f"        ssl_certificate {file}; ssl_certificate_key {file}; {school.tls}\n"
        # A header set in a location hides those of its server.
        f"        location / {{ {school.hsts} {shown} }}\n        {nothing} }}\n"
    )
