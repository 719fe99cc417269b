"""What the content checks cost: CPU per page, read and judged, and what the worst pages cost.

``python3 dev.py bench content [--pages N]``.  Pages of 200 KB are made of the corpus' lawful pages (a school's news, menus,
footers), each site with a home page, a policy and ten inner pages.  Told apart, in one run:

- ``read``: bytes to facts, as the parsing child does it, per page;
- ``judge``: all checks of the family content over the facts of a site, per page;
- ``peer``: selectolax alone, parsing the same bytes and doing nothing with them: the floor below which no reader of
  pages comes;
- ``worst``: pages of 5 MB, of 100,000 links, and such as are crafted against regular expressions, each read and judged
  once; the longest counts.
"""

import argparse
import json
import os
import platform
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from bench.scan import HOME
from checks.catalogue import CATALOGUE
from checks.criteria.loader import load_shipped, shipped
from checks.evidence.base import Cause, NotCaptured, Payload
from checks.evidence.outbound import Outbound
from checks.evidence.page import PageFacts, Pages
from checks.evidence.personal import Documents
from checks.evidence.samples import Chosen, Robots, Sample, Samples
from checks.judge import judge
from checks.lists import Lists
from checks.parsing.html.facts import page_facts
from checks.parsing.trimming import trimmed
from checks.spec import Outcome
from inventory.model import Site
from scanner.budget import Allowance

RESULTS = HOME / "bench" / "results" / "content.json"
CORPUS = HOME / "tests" / "corpus" / "tune" / "lawful"
PAGE_BYTES = 200_000
_BLOCK = re.compile(r"<p\b[^>]*>[^<]{20,}</p>")
# What a portal shows of a piece of news, with the attributes that its template gives it.
_CARD = (
    '<div class="col-xs-24 col-sm-12 col-md-8 news-item clearfix" data-id="{n}"><div class="news-item__image"><a'
    ' href="/tin-tuc/hoat-dong/bai-{n}.html" title="Bài số {n}" class="lazy-link"><img class="img-responsive lazyload"'
    ' src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" data-src="/assets/news/2026_11/anh-{n}-320x180.jpg" data-srcset="/assets/news/2026_11/anh-{n}-320x180.jpg 320w,'
    " /assets/news/2026_11/anh-{n}-640x360.jpg 640w, /assets/news/2026_11/anh-{n}-1024x576.jpg 1024w,"
    ' /assets/news/2026_11/anh-{n}.jpg 1600w" sizes="(max-width: 600px) 100vw, 320px" alt="Ảnh {n}"'
    ' width="320" height="180"></a></div><div class="news-item__body"><span class="news-item__meta"><em class="fa'
    ' fa-clock-o">&nbsp;</em> 12/11/2026 08:{n}</span>{block}<a class="btn btn-xs btn-default"'
    ' href="/tin-tuc/hoat-dong/bai-{n}.html">Xem tiếp</a></div></div><script>nv_lazy("item-{n}",'
    '{{offset:120,fade:true,onload:function(e){{e.className+=" loaded";}}}});</script>\n'
)
HOST = "truong-thuchanh.edu.vn"
AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
GOALS = {"judge_ms_per_page": 15.0, "worst_s": 1.0}


def main() -> int:
    """Measure, compare, write, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--pages", type=int, default=60)
    options = asked.parse_args()
    bodies = _pages_of(PAGE_BYTES, options.pages)
    read_ms, facts = _timed(lambda: [_read(body, at) for at, body in enumerate(bodies)])
    parse_ms, _ = _timed(lambda: [LexborHTMLParser(body).root is None for body in bodies])
    limits = _limits()
    # Lists are read once in a process.
    _judged(_sites(facts)[0], limits)
    sites = _sites(facts)
    judge_ms, told = _timed(lambda: [_judged(site, limits) for site in sites])
    count = len(bodies)
    figures = {
        "pages": count,
        "bytes_per_page": sum(map(len, bodies)) // count,
        "words_per_page": sum(page.words for page in facts) // count,
        "links_per_page": sum(page.links_total for page in facts) // count,
        "read_ms_per_page": round(read_ms / count, 2),
        "judge_ms_per_page": round(judge_ms / count, 2),
        "cpu_ms_per_page": round((read_ms + judge_ms) / count, 2),
        "parser_alone_ms_per_page": round(parse_ms / count, 2),
        "times_parser_alone": round((read_ms + judge_ms) / parse_ms, 2),
        "checks": len(_content()),
        "outcomes": _counted(told),
    }
    worst = {name: _worst(body, limits) for name, body in _worst_pages().items()}
    figures["worst"] = worst
    figures["worst_s"] = max(one["cpu_s"] for one in worst.values())
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    result = {"machine": machine, "figures": figures, "goals": GOALS}
    print(json.dumps(result, indent=2, ensure_ascii=False))
    RESULTS.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    missed = [name for name, goal in GOALS.items() if figures[name] > goal]
    print("missed:", ", ".join(missed) if missed else "none")
    return 1 if missed else 0


def _pages_of(size: int, count: int) -> list[bytes]:
    """Pages of this size: lawful ones of the corpus, with further paragraphs as news in their middle."""
    files = sorted(CORPUS.glob("*.case"))
    texts = [
        file.read_text(encoding="utf-8").partition("\n--- page ")[2].partition("\n")[2]
        for file in files
    ]
    html = [_at_home(text.partition("\n--- page ")[0]) for text in texts if "<body" in text.lower()]
    blocks = [block for page in html for block in _BLOCK.findall(page) if "//" not in block]
    found: list[bytes] = []
    for at in range(count):
        page = html[at % len(html)]
        middle = page.lower().rfind("</body>")
        middle = middle if middle > 0 else len(page)
        more: list[str] = []
        length, nth = len(page.encode()), 97 * at
        while length < size:
            nth += 1
            card = _CARD.format(n=nth, block=blocks[nth % len(blocks)])
            more.append(card)
            length += len(card.encode())
        found.append((page[:middle] + "".join(more) + page[middle:]).encode())
    return found


def _at_home(page: str) -> str:
    """The page with the host that it names most as its own."""
    named = Counter(re.findall(r"https://([\w.-]+\.edu\.vn)", page)).most_common(1)
    return page.replace(named[0][0], HOST) if named else page


def _read(body: bytes, at: int) -> PageFacts:
    return page_facts(
        body,
        url=f"https://{HOST}/trang-{at}" if at else f"https://{HOST}/",
        status=200,
        content_type="text/html; charset=utf-8",
        truncated=False,
    )


def _sites(facts: list[PageFacts]) -> list[tuple[PageFacts, PageFacts, list[PageFacts]]]:
    """Twelve pages a site."""
    return [
        (facts[at], facts[at + 1], list(map(trimmed, facts[at + 2 : at + 12])))
        for at in range(0, len(facts) - 11, 12)
    ]


def _judged(
    site: tuple[PageFacts, PageFacts, list[PageFacts]], limits: Mapping[str, dict[str, Any]]
) -> list[Outcome]:
    home, policy, others = site
    samples = Samples(
        robots=Robots(there=False),
        pages=tuple(Sample(url=page.url, chosen=Chosen.NEWEST, page=page) for page in others),
        known=len(others),
        searched=NotCaptured(cause=Cause.NOT_PERMITTED),
        rendered=NotCaptured(cause=Cause.NOT_ENABLED),
    )
    seen: dict[type[Payload], Payload | NotCaptured] = {
        Pages: Pages(home=home, policy_url=policy.url, policy=policy),
        Samples: samples,
        Documents: Documents(documents=(), total=0),
        Outbound: NotCaptured(cause=Cause.NOT_RUN),
    }
    place = Site(unit="truong", url=f"https://{HOST}/", host=HOST)
    return [
        judge(CATALOGUE[check], limits[check], "truong", place, seen, AT, lists=Lists()).outcome
        for check in _content()
    ]


def _content() -> list[str]:
    return [name for name, check in CATALOGUE.items() if check.family == "content"]


def _limits() -> dict[str, dict[str, Any]]:
    """As the shipped editions set them, the first that asks."""
    found: dict[str, dict[str, Any]] = {name: {} for name in _content()}
    for name in shipped():
        for criterion in load_shipped(name).criteria:
            for clause in criterion.clauses:
                if clause.check in found and not found[clause.check]:
                    found[clause.check] = dict(clause.limits)
    return found


def _worst_pages() -> dict[str, bytes]:
    allowed = Allowance().body_bytes
    link = '<a href="https://a-{}.example/x">nhà cái số {}</a>'
    many = "".join(link.format(n, n) for n in range(100_000))
    words = "nhà cái uy tín, cá cượç trực tuyến, tài xỉu ônliné. "
    return {
        "5 MB of text": ("<p>" + words * (5_000_000 // len(words.encode()))).encode()[:allowed],
        "100,000 links": ("<body>" + many).encode()[:allowed],
        "100,000 own links": ("<body>" + "".join(f"<a href=/{n}>x</a>" for n in range(100_000))).encode()[:allowed],
        "hidden in each other": ('<div style="opacity:0">' * 499 + link.format(1, 2) * 20_000).encode()[:allowed],
        "rules of style": ("<style>" + ".k{display:none}" * 40_000 + "</style>" + '<p class=k><a href="//a.b">x</a>' * 2_000).encode()[:allowed],
        "spelt out": ("<p>" + "n h à c á i " * 100_000).encode()[:allowed],
        "unseen signs": ("<p>" + "n\u200bh\u200bà " * 200_000).encode()[:allowed],
        "one word": ("<p>" + "nhacai" * 300_000).encode()[:allowed],
        "script of braces": ("<script>" + "function f(){" * 100_000 + "location='//a.b';" * 1_000).encode()[:allowed],
        "script of escapes": ("<script>" + "\\x61" * 400_000).encode()[:allowed],
        "script of numbers": ("<script>String.fromCharCode(" + "104," * 400_000).encode()[:allowed],
        "forms": ("<form><input name=a><label>Họ tên</label>" * 40_000).encode()[:allowed],
        "rows of pupils": ("<table>" + "<tr><td>Nguyễn Văn A<td>01/02/2012<td>0905123456" * 30_000).encode()[:allowed],
    }  # fmt: skip


def _worst(body: bytes, limits: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    cpu_ms, page = _timed(lambda: _read(body, 0))
    judge_ms, told = _timed(lambda: _judged((page, page, [page]), limits))
    return {
        "bytes": len(body),
        "cpu_s": round((cpu_ms + judge_ms / 2) / 1000, 3),
        "read_s": round(cpu_ms / 1000, 3),
        "outcomes": _counted([told]),
    }


def _counted(told: list[list[Outcome]]) -> dict[str, int]:
    flat = [outcome.value for site in told for outcome in site]
    return {value: flat.count(value) for value in sorted(set(flat))}


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds of CPU, and what came of it."""
    began = time.process_time()
    found = work()
    return (time.process_time() - began) * 1000, found


if __name__ == "__main__":
    raise SystemExit(main())
