"""Set-Cookie as browsers read it (RFC 6265bis): attributes, prefixes, and what a cookie's name tells of its use."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_WHITE = " \t"
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_WHOLE_NUMBER = re.compile(r"-?[0-9]+")
_MASKED = re.compile(r"\(([0-9]+) characters\)")
# 5.6: longer pairs void the cookie, longer attribute values the attribute.
_PAIR_OCTETS, _VALUE_OCTETS = 4096, 1024
_LONGEST_DIGITS = 18
_LINE_SHOWN = 250
_PREFIXES = ("__Secure-", "__Host-")


class SameSite(StrEnum):
    """With which requests of other sites a cookie travels."""

    DEFAULT = "default"
    """Nothing was said, or nothing that is known; browsers differ."""
    NONE = "none"
    LAX = "lax"
    STRICT = "strict"


class Role(StrEnum):
    """What a cookie is for, by its name."""

    SESSION = "session"
    ANTI_FORGERY = "anti-forgery"
    PROVIDER = "provider"
    """Of a balancer or a firewall in front of the site: the school cannot change it."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Cookie:
    """What one Set-Cookie field says; its value is never looked at."""

    name: str
    secure: bool
    http_only: bool
    same_site: SameSite
    domain: str
    """Without a leading dot, lower case; empty for the host alone."""
    path: str
    """As given; empty where none that counts was given."""
    max_age_s: int | None

    @property
    def removes(self) -> bool:
        """Whether the field tells the browser to forget the cookie."""
        return self.max_age_s is not None and self.max_age_s <= 0

    @property
    def prefix(self) -> str:
        """The prefix that promises something of the cookie, as browsers compare it: without case."""
        name = self.name.lower()
        return next((one for one in _PREFIXES if name.startswith(one.lower())), "")

    @property
    def keeps_prefix(self) -> bool:
        """Whether a browser takes the cookie in spite of its prefix (RFC 6265bis, 4.1.3)."""
        if self.prefix == "__Host-":
            return self.secure and not self.domain and self.path == "/"
        return self.secure or not self.prefix

    @property
    def role(self) -> Role:
        """What the cookie is for."""
        bare = self.name[len(self.prefix) :]
        if _PROVIDERS.match(bare):
            return Role.PROVIDER
        if _ANTI_FORGERY.search(bare):
            return Role.ANTI_FORGERY
        return Role.SESSION if _SESSION.search(bare) else Role.OTHER

    @property
    def read_by_scripts(self) -> bool:
        """Whether it is a token that the page's own scripts send back, so that they must see it."""
        return _FOR_SCRIPTS.fullmatch(self.name[len(self.prefix) :]) is not None

    @property
    def lacks_http_only(self) -> bool:
        """Whether scripts can read a session or a token that they have no need of."""
        return self._guarded and not self.http_only and not self.read_by_scripts

    @property
    def lacks_same_site(self) -> bool:
        """Whether a session or a token travels with requests of other sites as each browser sees fit."""
        return self._guarded and self.same_site is SameSite.DEFAULT

    @property
    def _guarded(self) -> bool:
        return self.role in (Role.SESSION, Role.ANTI_FORGERY)


_PROVIDERS = re.compile(
    r"""(?:BIGipServer|AWSALB|AWSELB|NSC_|ARRAffinity|ApplicationGatewayAffinity|incap_ses_|visid_incap_
    |nlbi_|__ddg|citrix_ns_id|dtCookie|GCLB$|SERVERID$|__cf_bm$|__cfruid$|__cflb$|_cfuvid$|cf_clearance$
    |ak_bmsc$|bm_s[vz]$|_abck$|TS[0-9a-f]{6,}$)""",
    re.IGNORECASE | re.VERBOSE,
)
_ANTI_FORGERY = re.compile(r"csrf|xsrf|anti-?forgery|RequestVerificationToken", re.IGNORECASE)
# Angular, axios, Laravel (XSRF-TOKEN), Django (csrftoken), CodeIgniter (csrf_cookie_name), and the like.
_FOR_SCRIPTS = re.compile(r"[a-z_-]*[cx]srf[-_]?(?:token|cookie)(?:[-_]?name)?", re.IGNORECASE)
_SESSION = re.compile(
    r"""(?<!as)(?<!pos)sess            # PHPSESSID, JSESSIONID, ASP.NET_SessionId, laravel_session, nv4_…_sess
    |^wordpress_(?:logged_in|sec)_|^wordpress_[0-9a-f]{32}$
    |^[0-9a-f]{32}$                    # Joomla
    |^\.ASPXAUTH|^\.AspNet(?:Core)?\.(?:Identity|Application|Cookies)|^\.DOTNETNUKE$
    |^CFTOKEN$|(?:^|[._-])sid$|^remember_(?:web|token|user)""",
    re.IGNORECASE | re.VERBOSE,
)
_SAME_SITE = {one.value: one for one in SameSite if one is not SameSite.DEFAULT}


def kept(values: Iterable[str]) -> tuple[Cookie, ...]:
    """The cookies that a browser keeps after one answer: of equal ones the last, without those removed."""
    found: dict[tuple[str, str, str], Cookie] = {}
    for value in values:
        cookie = parse(value)
        if cookie is not None:
            key = (cookie.name, cookie.domain, cookie.path)
            found.pop(key, None)
            found[key] = cookie
    return tuple(cookie for cookie in found.values() if not cookie.removes)


def mended(cookie: Cookie) -> str:
    """The Set-Cookie field that keeps every rule; ``…`` stands for the value.  Empty where it is too long or nameless."""
    to_host = cookie.prefix == "__Host-"
    same_site = SameSite.LAX if cookie.lacks_same_site else cookie.same_site
    path = "/" if to_host else cookie.path
    told = [f"{cookie.name}=…"]
    told += [f"Domain={cookie.domain}"] if cookie.domain and not to_host else []
    told += [f"Path={path}"] if path else []
    told.append("Secure")
    told += ["HttpOnly"] if cookie.http_only or cookie.lacks_http_only else []
    told += [] if same_site is SameSite.DEFAULT else [f"SameSite={same_site.capitalize()}"]
    text = "; ".join(told)
    return text if cookie.name and len(text) <= _LINE_SHOWN else ""


def parse(value: str) -> Cookie | None:
    """One Set-Cookie field; ``None`` where a browser ignores it whole (RFC 6265bis, 5.6)."""
    if _CONTROLS.search(value):
        return None
    pair, *attributes = value.split(";")
    name, equals, content = pair.partition("=")
    if not equals:
        name, content = "", pair
    name, content = name.strip(_WHITE), content.strip(_WHITE)
    # At capture the value was replaced by its length.
    masked = _MASKED.fullmatch(content)
    length = int(masked[1][:_LONGEST_DIGITS]) if masked else len(content)
    if (not name and not length) or len(name) + length > _PAIR_OCTETS:
        return None
    said: dict[str, str] = {}
    for attribute in attributes:
        key, _, given = attribute.partition("=")
        given = given.strip(_WHITE)
        if len(given) <= _VALUE_OCTETS:
            _take(said, key.strip(_WHITE).lower(), given)
    age = said.get("max-age", "")
    return Cookie(
        name=name,
        secure="secure" in said,
        http_only="httponly" in said,
        same_site=_SAME_SITE.get(said.get("samesite", "").lower(), SameSite.DEFAULT),
        domain=said.get("domain", "").removeprefix(".").lower(),
        path=said.get("path", ""),
        max_age_s=int(age[:_LONGEST_DIGITS]) if age else None,
    )


def _take(said: dict[str, str], key: str, given: str) -> None:
    """The last attribute of a name wins; a Max-Age that is no number is none, a path without a slash is unsaid."""
    if key == "max-age" and not _WHOLE_NUMBER.fullmatch(given):
        return
    said[key] = "" if key == "path" and not given.startswith("/") else given
