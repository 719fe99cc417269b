"""The header-and-page sets: each differs from a good site in what its name says."""

from collections.abc import Iterable

from scanner.practice.site import CertificatePlan, Issuer
from tests.observatory.served import TO_HTTPS, Imagined

Field = tuple[str, str]

CSP, XFO, HSTS = "Content-Security-Policy", "X-Frame-Options", "Strict-Transport-Security"
REFERRER, NOSNIFF = "Referrer-Policy", "X-Content-Type-Options"
CORP, COOP, COEP = (f"Cross-Origin-{kind}-Policy" for kind in ("Resource", "Opener", "Embedder"))
ORIGIN, CREDENTIALS = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"
COOKIE = "Set-Cookie"
GOOD: tuple[Field, ...] = (
    (CSP, "default-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'self'"),
    (HSTS, "max-age=31536000; includeSubDomains"),
    (XFO, "SAMEORIGIN"),
    (NOSNIFF, "nosniff"),
    (REFERRER, "strict-origin-when-cross-origin"),
)
CDN, PIN = "https://cdn.example.com/jquery.js", f"sha256-{'A' * 43}="


def good(*instead: Field, without: Iterable[str] = ()) -> tuple[Field, ...]:
    """The fields of a good site, those of the same name replaced, some left out."""
    gone = {name for name, _ in instead} | set(without)
    return (*(one for one in GOOD if one[0] not in gone), *instead)


def page(*parts: str) -> str:
    """A page with these in its head."""
    return f"<!doctype html><html lang=vi><head><title>Trường</title>{''.join(parts)}</head><p>Chào"


def script(src: str, integrity: str = "") -> str:
    """A script element."""
    pinned = f' integrity="{integrity}"' if integrity else ""
    return f'<script src="{src}"{pinned}></script>'


def meta_csp(policy: str) -> str:
    """A policy of the page's own."""
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}">'


def _policies() -> Iterable[Imagined]:
    texts = {
        "none": "default-src 'none'",
        "none-with-forms": "default-src 'none'; form-action 'self'; script-src 'self'",
        "none-and-another": "default-src 'none' https://a.example; script-src 'self'",
        "self": "default-src 'self'",
        "empty-source-list": "default-src; script-src",
        "upper-case": "DEFAULT-SRC 'SELF'",
        "inline": "default-src 'self'; script-src 'self' 'unsafe-inline'",
        "inline-by-default": "default-src 'self' 'unsafe-inline'",
        "inline-with-nonce": "default-src 'self'; script-src 'unsafe-inline' 'nonce-QUJD'",
        "inline-with-hash-by-default": f"default-src 'unsafe-inline' '{PIN}'",
        "data-scripts": "default-src 'self'; script-src data:",
        "broad": "default-src https:",
        "broad-hides-longer": "default-src 'self'; script-src https: https://a.example",
        "broad-star": "default-src 'self'; script-src *",
        "star-swallows": "default-src 'self'; script-src * *.a.example",
        "broad-objects": "default-src 'self'; object-src *",
        "no-scripts-limited": "img-src 'self'; style-src 'self'",
        "eval": "default-src 'self'; script-src 'self' 'unsafe-eval'",
        "eval-in-styles": "default-src 'self'; style-src 'self' 'unsafe-eval'",
        "styles-inline": "default-src 'self'; style-src 'self' 'unsafe-inline'",
        "styles-data": "default-src 'none'; style-src data:",
        "plain-scripts": "default-src 'self'; script-src http://a.example",
        "plain-fonts": "default-src 'self'; font-src http://a.example",
        "plain-reports": "default-src 'self'; report-uri http://a.example/r",
        "plain-pictures": "default-src 'self'; img-src 'self' http://a.example",
        "plain-media": "default-src 'self'; media-src ftp://a.example",
        "strict-dynamic": "script-src 'strict-dynamic' 'nonce-QUJD' https: 'self'; object-src 'none'",
        "strict-dynamic-alone": "default-src 'self'; script-src 'strict-dynamic'",
        "strict-dynamic-by-default": "default-src 'strict-dynamic' 'nonce-QUJD' https: 'self'",
        "twice": "default-src 'self'; default-src 'none'",
        "reports-twice": "default-src 'self'; report-uri /a; report-uri /b",
        "reports-twice-unsafe": "script-src *; report-to a; report-to b",
        "short": "defau",
        "just-long-enough": "defaul",
        "nothing-in-it": ";;;;;;;;",
        "frames-only": "frame-ancestors 'none'",
        "upgrade-only": "upgrade-insecure-requests",
        "comma": "default-src 'self', script-src 'none'",
        "comma-at-the-end": "default-src 'self',",
        "percent": "default-src https://a.example/%zz",
    }
    for name, text in texts.items():
        yield Imagined(f"csp-{name}", good((CSP, text)))
    pairs = {
        "same": ("default-src 'self'", "default-src 'self'"),
        "different": ("default-src 'self'", "default-src 'none'"),
        "only-in-second": ("default-src 'self'", "script-src 'self'"),
        "paths": ("script-src https://a.example/js/", "script-src https://a.example/js/x.js"),
        "percent": ("script-src https://a.example/%zz/", "script-src https://a.example/%zz/"),
    }
    for name, (one, two) in pairs.items():
        yield Imagined(f"csp-two-{name}", (*good((CSP, one)), (CSP, two)))
        yield Imagined(f"csp-and-meta-{name}", good((CSP, one)), page(meta_csp(two)))
    three = "default-src 'self' https://a.example https://b.example"
    yield Imagined(
        "csp-three",
        good((CSP, three)),
        page(meta_csp("default-src 'self' https://a.example"), meta_csp("default-src 'self'")),
    )
    bare = good(without=[CSP])
    yield Imagined("csp-missing", bare)
    yield Imagined("csp-report-only", (*bare, (f"{CSP}-Report-Only", "default-src 'self'")))
    yield Imagined("csp-empty", good((CSP, "")))
    yield Imagined("csp-meta", bare, page(meta_csp("default-src 'self'; object-src 'none'")))
    yield Imagined("csp-meta-frames-only", bare, page(meta_csp("frame-ancestors 'none'")))
    yield Imagined(
        "csp-meta-frames-beside", bare, page(meta_csp("default-src 'self'; frame-ancestors 'self'"))
    )
    yield Imagined("csp-meta-empty", bare, page('<meta http-equiv="Content-Security-Policy">'))
    yield Imagined(
        "csp-meta-without-type", bare, page(meta_csp("default-src 'self'")), content_type=None
    )
    yield Imagined(
        "csp-meta-in-body", bare, page() + meta_csp("default-src 'self'; object-src 'none'")
    )
    yield Imagined(
        "csp-meta-in-noscript",
        bare,
        page("<noscript>" + meta_csp("default-src 'self'") + "</noscript>"),
    )


def _cookies() -> Iterable[Imagined]:
    no_hsts = good(without=[HSTS])
    sent = {
        "all-safe": ("PHPSESSID=abc; Secure; HttpOnly; SameSite=Lax",),
        "secure": ("PHPSESSID=abc; Secure; HttpOnly",),
        "one-of-two-same-site": ("a=1; Secure; SameSite=Strict", "b=2; Secure"),
        "without-secure": ("lang=vi; SameSite=Lax",),
        "session-without-secure": ("nv4_sess=abc; HttpOnly; SameSite=Lax",),
        "session-without-http-only": ("login_token=abc; Secure; SameSite=Lax",),
        "token-without-same-site": ("csrf=abc; Secure; HttpOnly",),
        "token-with-same-site": ("csrf=abc; Secure; SameSite=Strict",),
        "same-site-nonsense": ("a=1; Secure; SameSite=Sometimes",),
        "same-site-empty": ("a=1; Secure; SameSite",),
        "same-site-none": ("a=1; Secure; SameSite=None",),
        "same-site-none-without-secure": ("a=1; SameSite=None",),
        "taken-back": ("sess=deleted; Max-Age=0; Path=/",),
        "without-a-name": ("=abc",),
        "without-equals": ("abc",),
        "of-a-public-suffix": ("sess=1; Domain=edu.vn",),
        "of-another-host": ("sess=1; Domain=example.com",),
        "host-prefix-broken": ("__Host-sess=1; Secure; Path=/vi",),
        "secure-prefix-broken": ("__Secure-sess=1",),
        "heroku": ("heroku-session-affinity=1",),
        "twice": ("a=1", "a=2; Secure; SameSite=Lax"),
        "many": ("a=1; Secure; SameSite=Lax", "sess=1; Secure", "csrf=1; Secure", "b=1"),
    }
    for name, values in sent.items():
        cookies = tuple((COOKIE, value) for value in values)
        yield Imagined(f"cookie-{name}", (*good(), *cookies))
        if "without-secure" in name:
            yield Imagined(f"cookie-{name}-no-hsts", (*no_hsts, *cookies))
    moved = TO_HTTPS | {"https /": "{https}/vi/"}
    yield Imagined(
        "cookie-on-the-way", good(), moves=moved, on_the_way=((COOKIE, "sess=1; HttpOnly"),)
    )
    yield Imagined(
        "cookie-on-the-way-taken-back",
        good(),
        moves=moved,
        on_the_way=((COOKIE, "sess=1; Max-Age=0; Path=/"),),
    )
    yield Imagined(
        "cookie-over-http", (*good(), (COOKIE, "sess=1; Secure; HttpOnly")), https=False, moves={}
    )
    yield Imagined("cookie-of-robots", good(), robots=((COOKIE, "sess=1"),))
    yield Imagined(
        "cookie-of-robots-mismatch",
        good(),
        robots=((COOKIE, "sess=1"),),
        certified_for="khac.edu.vn",
    )
    yield Imagined("cookie-too-long", (*good(), (COOKIE, f"sess={'x' * 4_200}")))


def _ways() -> Iterable[Imagined]:
    yield Imagined("way-no-redirect", good(), moves={})
    yield Imagined("way-no-http", good(), plain=False)
    yield Imagined("way-no-https", good(), https=False, moves={})
    yield Imagined("way-no-https-to-https", good(), https=False)
    yield Imagined("way-http-to-http", good(), moves={"http /": "{http}/vi"})
    yield Imagined(
        "way-http-first", good(), moves={"http /": "{http}/vi", "http /vi": "{https}/vi"}
    )
    yield Imagined("way-off-host", good(), moves={"http /": "{twin_https}/"})
    yield Imagined("way-twin", good(), moves={"http /": "{https}/", "https /": "{twin_https}/vi"})
    yield Imagined("way-elsewhere", good(), moves={"https /": "{elsewhere}/"})
    yield Imagined("way-elsewhere-over-http", good(), moves={"http /": "{elsewhere}/"})
    yield Imagined("way-loop", good(), moves={"https /": "{https}/vi", "https /vi": "{https}/"})
    yield Imagined("way-https-to-http", good(), moves={"https /": "{http}/vi"})
    for name, fields in {
        "expired": {"certificate": CertificatePlan(from_days=-120, to_days=-3)},
        "self-signed": {"certificate": CertificatePlan(issuer=Issuer.SELF)},
        "stranger": {"certificate": CertificatePlan(issuer=Issuer.STRANGER)},
        "mismatch": {"certified_for": "khac.edu.vn"},
        "incomplete": {"certificate": CertificatePlan(serve_intermediate=False)},
    }.items():
        yield Imagined(f"certificate-{name}", good(), **fields)  # type: ignore[arg-type]
    yield Imagined("certificate-mismatch-no-redirect", good(), moves={}, certified_for="x.edu.vn")
    yield Imagined("preloaded", good(), preloaded=True)
    yield Imagined("preloaded-without-header", good(without=[HSTS]), moves={}, preloaded=True)
    yield Imagined("preloaded-mismatch", good(), preloaded=True, certified_for="khac.edu.vn")
    for status in (201, 204, 304, 403, 404, 500):
        yield Imagined(
            f"status-{status}", good(), status=status, page="" if status in (204, 304) else page()
        )


def _headers() -> Iterable[Imagined]:
    values: dict[str, dict[str, tuple[str, ...]]] = {
        HSTS: {
            "exactly": ("max-age=15552000",),
            "one-second-short": ("max-age=15551999",),
            "zero": ("max-age=0",),
            "words": ("max-age=soon",),
            "quoted": ('max-age="31536000"',),
            "no-age": ("includeSubDomains",),
            "blank-before": ("max-age= 31536000",),
            "age-twice": ("max-age=1; max-age=31536000",),
            "comma": ("max-age=31536000, x",),
            "two-fields": ("max-age=31536000", "max-age=31536000"),
            "empty": ("",),
        },
        XFO: {
            "deny": ("DENY",),
            "allow-from": ("ALLOW-FROM https://a.example",),
            "allow-all": ("ALLOWALL",),
            "two-fields": ("DENY", "DENY"),
            "empty": ("",),
        },
        NOSNIFF: {"upper": ("NoSniff",), "other": ("sniff",), "two-fields": ("nosniff", "nosniff")},
        REFERRER: {
            "none": ("no-referrer",),
            "unsafe": ("unsafe-url",),
            "origin": ("origin",),
            "last-known": ("unsafe-url, no-referrer, x",),
            "two-fields": ("no-referrer", "unsafe-url"),
            "unknown": ("never",),
            "empty": ("",),
        },
        CORP: {
            "origin": ("same-origin",),
            "site": ("Same-Site",),
            "cross": ("cross-origin",),
            "invalid": ("self",),
            "two-fields": ("same-origin", "same-origin"),
        },
        COOP: {
            "origin": ("same-origin",),
            "popups": ('same-origin-allow-popups; report-to="x"',),
            "no-opener": ("noopener-allow-popups",),
            "none": ("unsafe-none",),
            "upper": ("SAME-ORIGIN",),
            "two-fields": ("same-origin", "same-origin"),
        },
        COEP: {
            "corp": ("require-corp",),
            "credentialless": ("credentialless",),
            "none": ("unsafe-none",),
            "quoted": ('"require-corp"',),
        },
        ORIGIN: {"star": ("*",), "echo": ("{origin}",), "other": ("https://a.example",)},
    }
    no_frames = (CSP, "default-src 'self'")
    for header, cases in values.items():
        for name, said in cases.items():
            fields = tuple((header, value) for value in said)
            base = [one for one in good(no_frames) if one[0] != header]
            yield Imagined(f"{header.lower()}-{name}", (*base, *fields))
    for header in (HSTS, XFO, NOSNIFF, REFERRER):
        yield Imagined(
            f"{header.lower()}-missing",
            tuple(one for one in good(no_frames) if one[0] != header),
        )
    echoed = (*good(), (ORIGIN, "{origin}"), (CREDENTIALS, "true"))
    yield Imagined("cors-echo-with-credentials", echoed)
    yield Imagined("cors-preflight-refused", (*good(), (ORIGIN, "*")), options_status=405)
    in_page = '<meta name="referrer" content="unsafe-url">'
    yield Imagined("referrer-meta", good(without=[REFERRER]), page(in_page))
    yield Imagined("referrer-meta-after-header", good(), page(in_page))
    yield Imagined("bare", ())
    yield Imagined(
        "perfect",
        (
            *good((CSP, "default-src 'none'; frame-ancestors 'none'")),
            (CORP, "same-origin"),
            (COOP, "same-origin"),
            (COEP, "require-corp"),
        ),
    )


def _scripts() -> Iterable[Imagined]:
    plain = CDN.replace("https:", "http:")
    schemeless = CDN.removeprefix("https:")
    pages = {
        "inline-only": page("<script>1</script>"),
        "data-block": page('<script type="application/json">{}</script>'),
        "own": page(script("/a.js"), script("b.js")),
        "own-pinned": page(script("/a.js", PIN)),
        "own-whole": page(script("https://sri-own-whole.edu.vn/a.js")),
        "own-subdomain": page(script("https://cdn.sri-own-subdomain.edu.vn/a.js")),
        "own-over-http-pinned": page(script("http://sri-own-over-http-pinned.edu.vn/a.js", PIN)),
        "own-schemeless": page(script("//sri-own-schemeless.edu.vn/a.js")),
        "away": page(script(CDN)),
        "away-pinned": page(script(CDN, PIN)),
        "away-pinned-with-nonsense": page(script(CDN, "x")),
        "away-one-of-two": page(script(CDN, PIN), script(CDN)),
        "away-and-own-pinned": page(script("/a.js", PIN), script(CDN)),
        "away-over-http": page(script(plain)),
        "away-over-http-pinned": page(script(plain, PIN)),
        "away-over-http-pinned-and-away": page(script(plain, PIN), script(CDN)),
        "schemeless": page(script(schemeless)),
        "schemeless-pinned": page(script(schemeless, PIN)),
        "same-suffix": page(script("https://truong-khac.edu.vn/a.js")),
        "data-address": page(script("data:text/javascript,1")),
        "empty-address": page(script("")),
        "upper-case-scheme": page(script("HTTPS://CDN.EXAMPLE.COM/A.JS")),
        "base-away": page('<base href="https://cdn.example.com/">', script("a.js")),
        "base-own": page('<base href="/vi/">', script("a.js", PIN)),
        "in-body": page() + script(CDN, PIN),
        "in-comment": page(f"<!-- {script(CDN)} -->"),
        "in-template": page(f"<template>{script(CDN)}</template>"),
        "in-noscript": page(f"<noscript>{script(CDN)}</noscript>"),
        "address-with-port": page(script("https://cdn.example.com:8443/a.js")),
        "address-literal": page(script("https://192.0.2.7/a.js")),
    }
    for name, body in pages.items():
        yield Imagined(f"sri-{name}", good(), body)
    yield Imagined("sri-not-html", good(), page(script(CDN)), content_type="text/plain")
    yield Imagined("sri-typed-in-capitals", good(), page(script(CDN)), content_type="Text/HTML")
    yield Imagined("sri-without-type", good(), page(script(CDN)), content_type=None)
    yield Imagined("sri-xhtml", good(), page(script(CDN)), content_type="application/xhtml+xml")
    yield Imagined("sri-over-http", good(), page(script("/a.js", PIN)), https=False, moves={})


SITES: tuple[Imagined, ...] = (*_policies(), *_cookies(), *_ways(), *_headers(), *_scripts())
