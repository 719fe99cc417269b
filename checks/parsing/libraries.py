"""JavaScript libraries by the addresses of their scripts, and the holes that are published for their versions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from urllib.parse import urlsplit

from checks.lists.shipped import table
from checks.parsing.versions import NUMBERS, Version, below, version

_LIST = "js-libraries.toml"
_ADDRESS = 500
"""Libraries have short addresses; of longer ones only the beginning is read."""
_BUILDS = frozenset(
    {"all", "bundle", "custom", "dev", "full", "global", "legacy", "min", "pack", "packed"}
    | {"prod", "production", "slim", "umd"}
)
_IN_FILE = re.compile(rf"[-_.]v?({NUMBERS})(?![\d.]*\d)")
_FOLDER = re.compile(rf"v?({NUMBERS})")
_PACKAGE = re.compile(rf"(?:^|[/,])([a-z0-9._-]{{1,40}})@v?({NUMBERS})(?=[/,]|$)")
_ASKED = re.compile(rf"(?:^|&)ver=({NUMBERS})(?=&|$)")


@dataclass(frozen=True, slots=True)
class Hole:
    """One published hole, in the versions from ``begins`` (empty: the first) to below ``mended``."""

    id: str
    begins: Version
    mended: Version


@dataclass(frozen=True, slots=True)
class Library:
    """One row of the list."""

    name: str
    files: frozenset[str]
    places: tuple[str, ...]
    wordpress: str
    generic: bool
    holes: tuple[Hole, ...]

    def holes_of(self, text: str) -> tuple[Hole, ...]:
        """The holes of a version."""
        own = version(text)
        return tuple(
            hole
            for hole in self.holes
            if below(own, hole.mended) and not (hole.begins and below(own, hole.begins))
        )


@dataclass(frozen=True, slots=True)
class Recognised:
    """A library that an address names; ``version`` is empty where the address does not say, or names a build of
    somebody's own."""

    library: Library
    version: str


def mended_in(holes: tuple[Hole, ...]) -> str:
    """The first version without any of them."""
    newest: Version = ()
    for hole in holes:
        newest = hole.mended if below(newest, hole.mended) else newest
    return ".".join(map(str, newest))


def dated() -> date:
    """The day of the list."""
    day: date = table(_LIST)["dated"]
    return day


@lru_cache(maxsize=4096)
def recognised(url: str) -> tuple[Recognised, ...]:
    """The libraries that a script's address names: none, one, or several in one address of a delivery network."""
    try:
        parts = urlsplit(url[:_ADDRESS])
    except ValueError:
        return ()
    path, host = parts.path.lower(), (parts.netloc.rpartition("@")[2]).partition(":")[0].lower()
    packed = tuple(_packages(path))
    if packed:
        return packed
    above, _, file = path.rpartition("/")
    stem, stated = _file(file)
    library = _by_file().get(stem)
    if "/wp-includes/js/" in path:
        return _wordpress(path, parts.query, library)
    if library is None:
        return ()
    stated = stated or _folder(f"{host}{above}".split("/"), library)
    if not stated and library.generic:
        return ()
    return (Recognised(library, "" if stated == _OWN_BUILD else stated),)


_OWN_BUILD = "?"


def _packages(path: str) -> Iterator[Recognised]:
    """``name@version``, as often as it stands there."""
    if "@" not in path:
        return
    for name, stated in _PACKAGE.findall(path):
        library = _by_package().get(name)
        if library is not None:
            yield Recognised(library, stated)


def _file(file: str) -> tuple[str, str]:
    """What a file is called without version and words about its making, and the version."""
    name = file.removesuffix(".js").removesuffix(".mjs")
    if name == file:
        return "", ""
    while True:
        cut = max(name.rfind("."), name.rfind("-"))
        if cut < 1 or name[cut + 1 :] not in _BUILDS:
            break
        name = name[:cut]
    found = _IN_FILE.search(name)
    if found is None:
        return name, ""
    # "1.12.4-wp" and the like are mended by others: what holes they have nobody knows.
    return name[: found.start()], found[1] if found.end() == len(name) else _OWN_BUILD


def _folder(above: list[str], library: Library) -> str:
    """The version that stands as a folder right behind the library's own place.

    Behind anything else a number is the version of a theme or of the whole site.
    """
    for at in range(len(above) - 1, 0, -1):
        found = _FOLDER.fullmatch(above[at])
        if found is not None:
            before = "/".join(above[:at])
            fits = any(before == one or before.endswith(f"/{one}") for one in library.places)
            return found[1] if fits else ""
    return ""


def _wordpress(path: str, query: str, library: Library | None) -> tuple[Recognised, ...]:
    """WordPress names the version of its own copies in the query; elsewhere it names its own, or a theme's."""
    for one in _libraries():
        if one.wordpress and one.wordpress in path:
            asked = _ASKED.search(query)
            return (Recognised(one, asked[1] if asked else ""),)
    return (Recognised(library, ""),) if library is not None and not library.generic else ()


@cache
def _libraries() -> tuple[Library, ...]:
    return tuple(
        Library(
            name=row["name"],
            files=frozenset(row["files"]),
            places=tuple(row["places"]),
            wordpress=row.get("wordpress", ""),
            generic=row.get("generic", False),
            holes=tuple(
                Hole(hole["id"], version(hole.get("from", "")), version(hole["below"]))
                for hole in row.get("hole", ())
            ),
        )
        for row in table(_LIST)["library"]
    )


@cache
def _by_file() -> dict[str, Library]:
    return {file: library for library in _libraries() for file in library.files}


@cache
def _by_package() -> dict[str, Library]:
    return {place: library for library in _libraries() for place in library.places}
