"""Whose site an address belongs to, seen from a school: its own, the authorities', another school's, a stranger's."""

import ipaddress
from enum import StrEnum

from checks.parsing.answers import host_of
from inventory.model import Site
from inventory.suffixes import registered_name


class Whose(StrEnum):
    """Whose a host is; of two, the later one is the stranger one."""

    OWN = "own"
    """The site's host or twin, another host of the same registered name, the mail's, or the gateway."""
    AUTHORITY = "authority"
    """A state body's: ``gov.vn``, and the education department's ``danang.edu.vn``."""
    KNOWN = "known"
    """A service that schools are known to use."""
    SCHOOL = "school"
    """Another name under ``edu.vn``."""
    ADDRESS = "address"
    """A bare IP address, or nothing that names a host."""
    STRANGER = "stranger"


AUTHORITIES = ("gov.vn", "danang.edu.vn", "moet.edu.vn")
# Forms, video, maps, mail, learning and school portals.  A link or a redirect there is no sign of a hacked site.
SERVICES = frozenset(
    {
        "google.com", "google.com.vn", "forms.gle", "goo.gl", "youtube.com", "youtu.be", "withgoogle.com",
        "blogspot.com", "facebook.com", "fb.com", "fb.me", "fb.watch", "messenger.com", "instagram.com", "zalo.me",
        "tiktok.com", "twitter.com", "x.com", "linkedin.com", "pinterest.com", "office.com", "microsoft.com",
        "microsoftonline.com", "live.com", "outlook.com", "sharepoint.com", "onedrive.com", "1drv.ms", "zoom.us",
        "canva.com", "padlet.com", "wordpress.com", "wordpress.org", "wikipedia.org", "apple.com", "github.com",
        "vnedu.vn", "smas.vn", "viettelstudy.vn", "violet.vn", "azota.vn", "shub.edu.vn", "hocmai.vn", "olm.vn",
        "k12online.vn", "qlth.vn", "csdl.edu.vn", "temis.vn", "moet.edu.vn", "nukeviet.vn", "vinades.vn",
        "tinnhiemmang.vn", "chinhphu.vn", "thuvienphapluat.vn", "baochinhphu.vn", "vnpt.vn", "viettel.vn",
        "nhandan.vn", "vtv.vn", "vov.vn", "giaoducthoidai.vn", "baodanang.vn", "tuoitre.vn", "thanhnien.vn",
        "vnexpress.net", "qdnd.vn", "tienphong.vn", "dantri.com.vn", "vietnamnet.vn",
    }
)  # fmt: skip


def whose(url: str, site: Site) -> Whose:
    """Whose host an absolute address names."""
    host = host_of(url)
    if not host or _is_address(host):
        return Whose.ADDRESS
    if host in (site.host, site.twin) or _registered(host) == _registered(site.host):
        return Whose.OWN
    if site.mail_domain and _within(host, site.mail_domain):
        return Whose.OWN
    if site.gateway and host == host_of(f"//{site.gateway.rpartition('//')[2]}"):
        return Whose.OWN
    if any(_within(host, one) for one in AUTHORITIES):
        return Whose.AUTHORITY
    if _registered(host) in SERVICES or host in SERVICES:
        return Whose.KNOWN
    return Whose.SCHOOL if _within(host, "edu.vn") else Whose.STRANGER


def resembles(url: str, site: Site) -> bool:
    """Whether a host's name looks like the site's own: what a school may have moved to."""
    new, old = _letters(host_of(url)), _letters(site.host)
    shorter, longer = sorted((new, old), key=len)
    return len(shorter) >= 6 and shorter in longer


def _letters(host: str) -> str:
    name = (registered_name(host) or host).partition(".")[0]
    return "".join(filter(str.isalnum, name))


def _registered(host: str) -> str:
    return registered_name(host) or host


def _within(host: str, suffix: str) -> bool:
    return host == suffix or host.endswith(f".{suffix}")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
