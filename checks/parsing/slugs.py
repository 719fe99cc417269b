"""Shapes of addresses that pages of a school do not have by themselves: those of doorways to betting."""

import re
from itertools import pairwise
from urllib.parse import unquote

from checks.parsing.text import folded

# Seen on sites of this country that were broken into: each shape with its weight.
_SHAPES = (
    (4, re.compile(r"sitemap\.php\?id=")),
    (4, re.compile(r"/\d{6}/viewspace-\d{4,}")),
    (3, re.compile(r"viewspace-\d{4,}")),
    (3, re.compile(r"news-\d{5,7}\.index\.html")),
    (3, re.compile(r"^/\d{6}(?:/|\?|$)")),
    (2, re.compile(r"\.shtml(?:$|\?)")),
    (2, re.compile(r"^/\?[a-z]{1,4}=?\d{5,}|^/\?\d{4,}")),
    (2, re.compile(r"/[a-z]{0,3}\d[a-z0-9]{7,15}\.html?$")),
)
# Folded, with hyphens between words, as slugs are written.
_BETTING = re.compile(
    r"(?:^|[^a-z])(?:tai-?xiu|nha-?cai|casino|slots?|no-?hu|lo-?de|xo-?so|xsm[bnt]|soi-?cau|game-?bai|danh-?bai|ca-?do|ca-?cuoc"
    r"|co-?bac|danh-?bac|doi-?thuong|ban-?ca|ty-?le-?keo|keo-?nha|bong88|baccarat|bet|bets|betting|poker|roulette|jackpot|rtp"
    r"|gacor|togel|judi|toto|sbobet|okvip|kuwin|hi88|new88|jun88|fun88|fb88|w88|m88|123b|789bet|qq\d{2,}|pragmatic|maxwin"
    r"|link-vao|trang-chu-\w{2,12}\d{2})(?:$|[^a-z])"
    r"|(?:^|[^a-z0-9])(?:[a-z]{1,8}(?:88|789|365)|\d{1,3}x?bet|\d{2,3}win)(?:$|[^a-z0-9])"
)
_FAR = re.compile("[\u0400-\u052f\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")
_PART = re.compile(r"[a-z0-9]{10,40}")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{6,}")


def oddness(address: str) -> int:
    """How odd a path and query look; 0 for an ordinary one."""
    plain = unquote(address, errors="replace")
    lower = folded(plain).replace(" ", "-").replace("_", "-")
    odd = sum(weight for weight, shape in _SHAPES if shape.search(lower))
    if _BETTING.search(lower):
        odd += 3
    if _FAR.search(plain):
        odd += 3
    return odd + sum(1 for part in _PART.findall(lower)[:5] if _is_random(part))


def _is_random(part: str) -> bool:
    """Letters and digits mixed as nobody writes, or consonants alone."""
    changes = sum(a.isdigit() != b.isdigit() for a, b in pairwise(part))
    return changes >= 4 or _CONSONANTS.search(part) is not None
