"""The Observatory's test of cookies: the jar that they fall into on the way, and the worst fault of any of them.

Their jar is that of the library tough-cookie: a cookie that the last answer takes back is still in it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from checks.parsing import cookies
from checks.parsing.answers import host_of
from checks.parsing.cookies import SameSite
from checks.parsing.observatory.visited import WHITE, Reply, Visited

_IGNORED = "heroku-session-affinity"
_SAME_SITE = re.compile(rf"[{WHITE}]*samesite[{WHITE}]*(?:=([^=;]*).*)?", re.IGNORECASE)
_KNOWN = frozenset(one.value for one in SameSite if one is not SameSite.DEFAULT)
_BETTER_FIRST = (
    "cookies-without-secure-flag-but-protected-by-hsts",
    "cookies-without-secure-flag",
    "cookies-session-without-secure-flag-but-protected-by-hsts",
    "cookies-samesite-flag-invalid",
    "cookies-anticsrf-without-samesite-flag",
    "cookies-session-without-httponly-flag",
    "cookies-session-without-secure-flag",
)


def result(visited: Visited, *, hsts: bool) -> str:
    """The worst of all cookies; ``hsts``: whether the test of HSTS passed."""
    jar = _jar(visited)
    if not jar:
        return "cookies-not-found"
    faults = {fault for cookie in jar for fault in _faults(cookie, hsts=hsts)}
    if any(_says_nonsense(value) for value in visited.last.values("set-cookie")):
        faults.add("cookies-samesite-flag-invalid")
    if faults:
        return max(faults, key=_BETTER_FIRST.index)
    if all(cookie.same_site is not SameSite.DEFAULT for cookie in jar):
        return "cookies-secure-with-httponly-sessions-and-samesite"
    return "cookies-secure-with-httponly-sessions"


def _faults(cookie: cookies.Cookie, *, hsts: bool) -> Iterator[str]:
    name = cookie.name.lower()
    session = "login" in name or "sess" in name
    if not cookie.secure:
        if cookie.same_site is SameSite.NONE:
            yield "cookies-samesite-flag-invalid"
        guarded = "-but-protected-by-hsts" if hsts else ""
        yield f"cookies-without-secure-flag{guarded}"
        if session:
            yield f"cookies-session-without-secure-flag{guarded}"
    if "csrf" in name and cookie.same_site is SameSite.DEFAULT:
        yield "cookies-anticsrf-without-samesite-flag"
    if session and not cookie.http_only:
        yield "cookies-session-without-httponly-flag"


def _says_nonsense(value: str) -> bool:
    """Whether a part of the field is SameSite with a word that nobody knows, or with none."""
    said = (_SAME_SITE.fullmatch(part) for part in value.split(";"))
    return any(
        found is not None and (found[1] or "").strip(WHITE).lower() not in _KNOWN for found in said
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    cookie: cookies.Cookie
    host: str
    whole_domain: bool

    def goes_to(self, host: str) -> bool:
        return host == self.host or (self.whole_domain and host.endswith(f".{self.host}"))


def _jar(visited: Visited) -> list[cookies.Cookie]:
    """What the jar holds in the end."""
    jar: dict[tuple[str, str, str], _Kept] = {}
    for reply in visited.replies:
        host = host_of(reply.url)
        # Asking again is when the jar throws out what was taken back.
        for key in [key for key, one in jar.items() if one.cookie.removes and one.goes_to(host)]:
            del jar[key]
        for value in reply.values("set-cookie"):
            cookie = cookies.parse(value)
            if cookie is None or not cookie.name or not _taken(cookie, host, visited):
                continue
            kept = _Kept(cookie, cookie.domain or host, bool(cookie.domain))
            jar[kept.host, cookie.path or _default_path(reply), cookie.name] = kept
    return [one.cookie for one in jar.values() if one.cookie.name != _IGNORED]


def _taken(cookie: cookies.Cookie, host: str, visited: Visited) -> bool:
    """Whether the jar takes it: its domain is the host's own and no public suffix, its prefix keeps its promise."""
    if cookie.domain:
        if host != cookie.domain and not host.endswith(f".{cookie.domain}"):
            return False
        if not visited.on_site(f"//{cookie.domain}"):
            return False
    if cookie.name.startswith("__Secure-") and not cookie.secure:
        return False
    # The path that it has where none is given counts like one that is.
    return not cookie.name.startswith("__Host-") or (
        cookie.secure and not cookie.domain and cookie.path in ("", "/")
    )


def _default_path(reply: Reply) -> str:
    """RFC 6265, 5.1.4: the folder of the address asked."""
    return urlsplit(reply.url).path.rpartition("/")[0] or "/"
