"""Which registry can be asked about which name: IANA's bootstrap for RDAP (RFC 9224), and servers of WHOIS."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

WHOIS_PORT = 43
_ENDING = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
_SERVER = re.compile(r"([a-z0-9.-]+)(?::(\d{1,5}))?", re.IGNORECASE)


class NoDirectory(ValueError):  # noqa: N818  It names what a file is not.
    """A file that is no bootstrap; its text says why."""


@dataclass(frozen=True, slots=True)
class WhoisServer:
    """A server that answers one line with a text (RFC 3912)."""

    host: str
    port: int = WHOIS_PORT


@dataclass(frozen=True, slots=True)
class Directory:
    """The servers by the endings that they serve."""

    dated: str
    rdap: Mapping[str, str]
    """Base addresses, https, each with its last slash."""
    whois: Mapping[str, WhoisServer]

    def rdap_for(self, name: str) -> str | None:
        """The base address for a name: the longest ending decides (RFC 9224, 4)."""
        return next((self.rdap[end] for end in _endings(name) if end in self.rdap), None)

    def whois_for(self, name: str) -> WhoisServer | None:
        """The WHOIS server for a name."""
        return next((self.whois[end] for end in _endings(name) if end in self.whois), None)


@cache
def shipped_directory() -> Directory:
    """The dated copy that comes with the program."""
    return directory_from((files("scanner") / "data" / "registries.json").read_bytes())


def directory_from(data: bytes) -> Directory:
    """A directory out of IANA's ``dns.json``, perhaps with ``whois`` beside (else ours); ``NoDirectory`` where it is none.

    Of several addresses of one registry the first https one counts.
    """
    try:
        told = json.loads(data)
        services = [(tuple(endings), tuple(urls)) for endings, urls in told["services"]]
        # IANA's own file knows nothing of WHOIS.
        told_whois = told.get("whois")
        whois = (
            shipped_directory().whois
            if told_whois is None
            else {_ending(end): _whois(server) for end, server in told_whois.items()}
        )
        rdap = {_ending(end): url for ends, urls in services for url in _base(urls) for end in ends}
        return Directory(str(told["publication"])[:10], rdap, whois)
    except NoDirectory:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NoDirectory(f"no bootstrap of RDAP services ({type(error).__name__})") from None


def _base(urls: tuple[Any, ...]) -> tuple[str, ...]:
    for url in urls:
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname and not parts.query and parts.port != 0:
            return (url if url.endswith("/") else f"{url}/",)
    return ()


def _ending(text: str) -> str:
    bare = text.lower().strip(".")
    if not _ENDING.fullmatch(bare):
        raise NoDirectory(f"no ending of names: {text[:40]!r}")
    return bare


def _whois(text: str) -> WhoisServer:
    match = _SERVER.fullmatch(text)
    port = int(match[2] or WHOIS_PORT) if match else 0
    if match is None or not 0 < port < 65_536:
        raise NoDirectory(f"no WHOIS server: {text[:60]!r}")
    return WhoisServer(match[1].lower(), port)


def _endings(name: str) -> list[str]:
    labels = name.rstrip(".").lower().split(".")
    return [".".join(labels[start:]) for start in range(1, len(labels))]
