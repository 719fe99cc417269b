"""Built evidence of a healthy school site over HTTP: everything is well unless told otherwise."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from checks.evidence.base import Cause, NotCaptured, Payload
from checks.evidence.http import Ended, Exchange, Hop, Http, WellKnown
from checks.evidence.page import Image, Link, PageFacts, Pages
from checks.evidence.provoked import Provoked, Shown
from checks.evidence.samples import Chosen, Robots, Sample, Samples
from checks.judge import judge
from checks.lists import NO_LISTS, Lists
from checks.spec import Finding
from inventory.model import Site

HOST = "thcslequydon.edu.vn"
TWIN = f"www.{HOST}"
ADDRESS = "192.0.2.10"
AS_OF = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)

HEALTHY_HEADERS: tuple[tuple[str, str], ...] = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Server", "nginx"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload"),
    ("Content-Security-Policy", "default-src 'self'; object-src 'none'; base-uri 'self'"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
)
HEALTHY_TEXT = (
    "Trường THCS Lê Quý Đôn chào mừng phụ huynh và học sinh đến với trang thông tin của nhà trường."
    " Cơ quan chủ quản: UBND phường Hải Châu, thành phố Đà Nẵng."
    " Địa chỉ: 25 đường Lê Lợi, phường Hải Châu. Điện thoại: •••• •••• •••. Email: •••••@danang.edu.vn."
    " Chịu trách nhiệm nội dung: Hiệu trưởng."
)
POLICY_TEXT = " ".join(
    ["Nhà trường chỉ thu thập dữ liệu cá nhân khi được phụ huynh hoặc học sinh đồng ý."] * 20
    + ["Mọi ý kiến về chính sách này xin gửi về văn phòng nhà trường."]
)
SECURITY_TXT = "Contact: mailto:anninhmang@danang.edu.vn\nExpires: 2027-06-30T00:00:00Z\n"


def site(host: str = HOST, **other: Any) -> Site:
    """A school's website."""
    return Site(**{"unit": "school-1", "url": f"https://{host}/", "host": host, **other})


def headers(
    changed: Mapping[str, str | Iterable[str] | None] | None = None,
) -> tuple[tuple[str, str], ...]:
    """The healthy header fields, some replaced (several values: several fields) or left out (``None``)."""
    changed = changed or {}
    lowered = {name.lower() for name in changed}
    kept = [field for field in HEALTHY_HEADERS if field[0].lower() not in lowered]
    for name, value in changed.items():
        values = [value] if isinstance(value, str) else value or ()
        kept += [(name, one) for one in values]
    return tuple(kept)


def hop(
    url: str = f"https://{HOST}/",
    status: int = 200,
    changed: Mapping[str, str | Iterable[str] | None] | None = None,
    *,
    location: str | None = None,
    **other: Any,
) -> Hop:
    """One answer; with ``location`` a redirect (301 unless another status is given)."""
    if location is not None:
        changed = {**(changed or {}), "Location": location}
        status = 301 if status == 200 else status
    return Hop(
        **{
            "url": url,
            "address": ADDRESS,
            "status": status,
            "headers": headers(changed),
            "body_bytes": 5_000,
            **other,
        }
    )


def exchange(
    *hops: Hop,
    start_url: str | None = None,
    end: Ended | NotCaptured = Ended.ANSWERED,
    next_url: str = "",
) -> Exchange:
    """One endpoint; without hops and with the usual end, one healthy answer."""
    if not hops and end is Ended.ANSWERED:
        hops = (hop(start_url or f"https://{HOST}/"),)
    start = start_url or (hops[0].url if hops else f"https://{HOST}/")
    return Exchange(start_url=start, hops=hops, end=end, next_url=next_url)


def redirected(*urls: str, end: Ended | NotCaptured = Ended.ANSWERED) -> Exchange:
    """A chain of redirects through these addresses that ends in a healthy answer at the last of them."""
    between = [hop(here, location=there) for here, there in pairwise(urls)]
    if end is Ended.ANSWERED:
        return exchange(*between, hop(urls[-1]))
    return exchange(*between, end=end, next_url=urls[-1])


def http(**changed: Any) -> Http:
    """The four endpoints: http goes to https on the same host, the twin then to the host."""
    return Http(
        **{
            "http": redirected(f"http://{HOST}/", f"https://{HOST}/"),
            "https": exchange(),
            "twin_http": redirected(f"http://{TWIN}/", f"https://{TWIN}/", f"https://{HOST}/"),
            "twin_https": redirected(f"https://{TWIN}/", f"https://{HOST}/"),
            "canonical_url": f"https://{HOST}/",
            **changed,
        }
    )


def well_known(text: str = SECURITY_TXT, **changed: Any) -> WellKnown:
    """A security.txt that holds for half a year; ``changed`` goes to the answer."""
    url = f"https://{HOST}/.well-known/security.txt"
    sent = hop(**{"url": url, "changed": {"Content-Type": "text/plain; charset=utf-8"}, **changed})
    return WellKnown(security_txt=exchange(sent), text=text)


def shown(
    url: str, status: int = 404, text: str = "Không tìm thấy trang.", **changed: Any
) -> Shown:
    """One further address and the page that it shows; ``changed`` goes to the page."""
    facts = page(text, url=url, status=status, links=(), title="", **changed)
    return Shown(exchange=exchange(hop(url, status)), page=facts)


def provoked(**changed: Any) -> Provoked:
    """A site that keeps quiet: nothing for strangers, a plain 404, and a folder that is closed."""
    folder = shown(f"https://{HOST}/uploads/news/", 403, "403 Forbidden")
    return Provoked(
        **{
            "cross_origin": hop(),
            "unknown": shown(f"https://{HOST}/tinnhiem-unknown"),
            "directories": (folder,),
            "directories_total": 1,
            **changed,
        }
    )


NEWS_TEXT = (
    "Sáng thứ bảy các lớp cùng trưng bày những quyển sách đã quyên góp và kể lại câu chuyện mà mình thích nhất. Thư viện"
    " nhận được nhiều quyển sách mới từ phụ huynh và cựu học sinh của trường trong ngày hội đọc sách năm nay."
)


def sample(
    path: str = "/tin-tuc",
    chosen: Chosen = Chosen.SECTION,
    left_to: str = "",
    missing: Cause | None = None,
    **changed: Any,
) -> Sample:
    """One further page; ``changed`` goes to what it shows, ``missing`` is why it shows nothing."""
    url = f"https://{HOST}{path}"
    facts: PageFacts | NotCaptured = NotCaptured(cause=missing or Cause.REDIRECT_OUT_OF_SCOPE)
    if not left_to and missing is None:
        about: dict[str, Any] = {"text": NEWS_TEXT, "url": url, "title": "Tin tức", **changed}
        facts = page(**about)
    return Sample(url=url, chosen=chosen, left_to=left_to, page=facts)


def unknown_sample(left_to: str = "", **changed: Any) -> Sample:
    """The made-up path: a plain 404 unless told otherwise."""
    about: dict[str, Any] = {
        "status": 404, "text": "Không tìm thấy trang.", "title": "", "links": (), **changed,
    }  # fmt: skip
    return sample("/tinnhiem-unknown", Chosen.UNKNOWN, left_to, **about)


def home_sample(left_to: str = "", **changed: Any) -> Sample:
    """The home page once more."""
    return sample("/", Chosen.HOME, left_to, **vars(page()) | changed)


def samples(*pages: Sample, **changed: Any) -> Samples:
    """These pages, or the made-up path and one page, all well; and all of it again as from a search engine."""
    seen = pages or (unknown_sample(), sample())
    return Samples(
        **{
            "robots": Robots(there=False),
            "pages": seen,
            "known": 1,
            "searched": (home_sample(), *seen),
            "rendered": NotCaptured(cause=Cause.NOT_ENABLED),
            **changed,
        }
    )


def page(text: str = HEALTHY_TEXT, **changed: Any) -> PageFacts:
    """A home page with contact details in its foot, links to the policy and to what is made public."""
    links = (
        Link(href=f"https://{HOST}/chinh-sach-bao-mat", text="Chính sách bảo mật"),
        Link(href=f"https://{HOST}/cong-khai", text="Công khai"),
    )
    images: tuple[Image, ...] = ()
    facts: dict[str, Any] = {
        "url": f"https://{HOST}/",
        "status": 200,
        "content_type": "text/html; charset=utf-8",
        "bytes": 5_000,
        "title": "Trường THCS Lê Quý Đôn",
        "lang": "vi",
        "text": text,
        "words": len(text.split()),
        "links": links,
        "images": images,
        **changed,
    }
    for name in ("links", "images", "forms", "scripts", "frames", "plain_loads"):
        facts.setdefault(f"{name}_total", len(facts.get(name, ())))
    return PageFacts(**facts)


def pages(**changed: Any) -> Pages:
    """The home page and its policy, long enough and in Vietnamese."""
    url = f"https://{HOST}/chinh-sach-bao-mat"
    return Pages(
        **{
            "home": page(),
            "policy_url": url,
            "policy": page(POLICY_TEXT, url=url, links=()),
            **changed,
        }
    )


def ask(
    check: Any,
    *evidence: Payload,
    limits: Mapping[str, Any] | None = None,
    missing: Mapping[type[Payload], NotCaptured] | None = None,
    of: Site | None = None,
    as_of: datetime = AS_OF,
    lists: Lists = NO_LISTS,
) -> Finding:
    """The finding of one check over this evidence, through the judge, as the program has it."""
    payloads: dict[type[Payload], Payload | NotCaptured] = {type(one): one for one in evidence}
    payloads.update(missing or {})
    return judge(check, limits or {}, "school-1", of or site(), payloads, as_of, lists=lists)
