"""Public suffixes by the dated list that its package ships: which part of a host was registered."""

from functools import cache
from importlib.metadata import version

from publicsuffixlist import PublicSuffixList


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def suffix_and_registrable(host: str) -> tuple[str, str | None]:
    """The public suffix of a host, and the registrable name above it (``None`` for a suffix itself)."""
    listed = _suffixes()
    return listed.publicsuffix(host) or "", listed.privatesuffix(host)


@cache
def suffix_list_date() -> str:
    """The date in the version of the list's package: the last part, as ``20261023``."""
    date = version("publicsuffixlist").rpartition(".")[2]
    return f"{date[:4]}-{date[4:6]}-{date[6:8]}"
