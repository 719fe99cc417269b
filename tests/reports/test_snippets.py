"""Settings to copy: there for every platform, the same in both languages, and taken by the servers they are for."""

import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from checks.catalogue import CATALOGUE
from reports.words import LANGUAGES, Language, fill, words

HTTP = sorted(check.id for check in CATALOGUE.values() if check.family == "http")
HEADERS = (
    "hsts-enforced",
    "hsts-preload-ready",
    "csp-effective",
    "framing-restricted",
    "nosniff-set",
    "referrer-private",
    "permissions-limited",
    "isolation-headers-valid",
    "cookies-protected",
    "no-mixed-content",
    "software-version-hidden",
    "cross-origin-closed",
    "directory-listing-off",
    "errors-stay-quiet",
)
CODE = ("nginx", "apache", "litespeed", "iis")
COMMENT = re.compile(r"^\s*(?:#.*|//.*|<!--.*-->)$", re.MULTILINE)
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
APACHE = shutil.which("apachectl") or shutil.which("apachectl", path="/usr/sbin:/usr/local/sbin")
PLACES = {"host": "thcs-a.edu.vn", "mail_domain": "thcs-a.edu.vn"}


def snippets(check: str, lang: Language = "vi") -> dict[str, str]:
    """The settings of a check, filled for one school."""
    return {name: fill(text, PLACES) for name, text in words(lang).check(check).snippets}


def written_for(platform: str) -> list[str]:
    """The checks that have settings for a platform."""
    return [check for check in HTTP if platform in snippets(check)]


@pytest.mark.parametrize("check", HTTP)
def test_everybody_can_ask_the_provider(check: str) -> None:
    """By a letter that names the site, and is a letter from its first line to its last."""
    letter = snippets(check)["provider"]
    assert PLACES["host"] in letter
    assert letter.startswith("Kính gửi Quý đơn vị,\n")
    assert letter.endswith("Trân trọng cảm ơn.")


@pytest.mark.parametrize("check", HEADERS)
def test_headers_can_be_mended_everywhere(check: str) -> None:
    """In the web server, and in the two systems that most schools use."""
    assert set(snippets(check)) >= {"nginx", "apache", "iis", "nukeviet", "wordpress"}


@pytest.mark.parametrize("check", HTTP)
def test_code_is_the_same_in_both_languages(check: str) -> None:
    """Only comments and letters are translated; and nothing is left to fill."""
    found = [snippets(check, lang) for lang in LANGUAGES]
    assert found[0].keys() == found[1].keys()
    for name in CODE:
        told = {COMMENT.sub("", one.get(name, "")) for one in found}
        assert len(told) == 1, name
    assert not [name for one in found for name, text in one.items() if "{host}" in text]


@pytest.mark.parametrize("check", written_for("nginx"))
def test_headers_of_nginx_are_sent_always(check: str) -> None:
    """On error pages too, and with a word on the level at which they are lost."""
    text = snippets(check)["nginx"]
    lines = [line for line in text.splitlines() if line.startswith("add_header")]
    assert all(line.endswith(" always;") for line in lines)
    if lines:
        assert "location" in text.partition("\n")[0].lower()


@pytest.mark.nginx
@pytest.mark.parametrize("check", written_for("nginx"))
def test_nginx_takes_it(check: str, tmp_path: Path) -> None:
    """``nginx -t`` over a server block with the snippet in it, or beside it where it is one."""
    if NGINX is None:
        assert os.environ.get("TINNHIEM_REQUIRE_NGINX") != "1", "nginx is required here"
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    text = snippets(check)["nginx"].replace("listen 80;", "listen 127.0.0.1:18080;")
    text = text.replace("listen [::]:80;", "listen 127.0.0.2:18080;")
    block = text if "server {" in text else f"server {{\nlisten 127.0.0.1:18080;\n{text}\n}}"
    temp = "".join(
        f"{name}_temp_path {tmp_path / name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = tmp_path / "nginx.conf"
    file.write_text(
        f"pid {tmp_path / 'pid'};\nevents {{}}\nhttp {{\naccess_log off;\n{temp}{block}\n}}\n",
        encoding="utf-8",
    )
    done = subprocess.run(  # noqa: S603  The nginx of this machine, on a file of ours.
        [NGINX, "-t", "-p", str(tmp_path), "-c", str(file), "-e", str(tmp_path / "errors")],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(APACHE is None, reason="no Apache on this machine")
@pytest.mark.parametrize("check", written_for("apache"))
def test_apache_takes_it(check: str, tmp_path: Path) -> None:
    """``apachectl -t`` with the modules that the snippet names; PHP's own settings are left to PHP."""
    text = snippets(check)["apache"]
    if "php_" in text:
        pytest.skip("needs mod_php")
    modules = Path("/usr/lib/apache2/modules")
    loaded = "".join(
        f"LoadModule {name}_module {modules}/mod_{name}.so\n"
        for name in ("mpm_event", "authz_core", "headers", "rewrite", "alias", "mime", "ssl")
    )
    file = tmp_path / "apache.conf"
    file.write_text(
        f"{loaded}ServerName localhost\nListen 127.0.0.1:18081\nErrorLog {tmp_path / 'errors'}\n"
        f"PidFile {tmp_path / 'pid'}\n{text}\n",
        encoding="utf-8",
    )
    done = subprocess.run(  # noqa: S603  The Apache of this machine, on a file of ours.
        [str(APACHE), "-t", "-f", str(file)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("check", written_for("iis"))
def test_settings_of_iis_are_xml(check: str) -> None:
    """One element, as it is put into web.config."""
    root = ET.fromstring(snippets(check)["iis"])  # noqa: S314  Our own text.
    names = [one.get("name") for one in root.iter("add") if one.get("name")]
    removed = [one.get("name") for one in root.iter("remove") if one.get("name")]
    assert set(names) <= set(removed), "an inherited header of the same name stops the site"
