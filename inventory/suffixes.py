"""Public suffixes by the dated list that its package ships: which part of a host was registered."""

from collections.abc import Set as AbstractSet
from functools import cache
from importlib.metadata import version
from importlib.resources import files

from publicsuffixlist import PublicSuffixList

from inventory.model import Site


def suffix_and_registrable(host: str) -> tuple[str, str | None]:
    """The public suffix of a host, and the registrable name above it (``None`` for a suffix itself)."""
    suffix = _listed().publicsuffix(host)
    if suffix is None:
        # The list's own rule for a top level it does not know: the last label is the suffix.
        labels = host.split(".")
        return labels[-1], ".".join(labels[-2:]) if len(labels) > 1 else None
    return suffix, _listed().privatesuffix(host)


def mail_domain_of(site: Site) -> str:
    """The domain of a site's mail: the inventory's word, else the registrable name above its host."""
    return site.mail_domain or suffix_and_registrable(site.host)[1] or site.host


def registered_name(host: str) -> str | None:
    """The name of a host that stands in a public registry: ``github.io`` for ``school.github.io``.

    ``None`` for such a registry's suffix itself, and below a top level that the list does not know.
    """
    found: str | None = _registries().privatesuffix(host)
    return found


def is_public_suffix(host: str) -> bool:
    """Whether the list itself says that anybody may register names right below this one."""
    return _listed().publicsuffix(host) == host


def public_suffixes_among(names: AbstractSet[str]) -> frozenset[str]:
    """Those of many names that are public suffixes: of a million, only the likely ones are looked up."""
    rules, wild = _rules()
    likely = {name for name in names if name in rules or name.partition(".")[2] in wild}
    return frozenset(name for name in likely if is_public_suffix(name))


@cache
def suffix_list_date() -> str:
    """The date in the version of the list's package: the last part, as ``20261023``."""
    date = version("publicsuffixlist").rpartition(".")[2]
    return f"{date[:4]}-{date[4:6]}-{date[6:8]}"


@cache
def _registries() -> PublicSuffixList:
    # Without the suffixes that companies opened below names of their own.
    return PublicSuffixList(accept_unknown=False, only_icann=True)


@cache
def _listed() -> PublicSuffixList:
    # Reading the list takes a tenth of a second.
    return PublicSuffixList(accept_unknown=False)


@cache
def _rules() -> tuple[frozenset[str], frozenset[str]]:
    """The names that rules of the list spell out, and those below which every name is a suffix."""
    text = (files("publicsuffixlist") / "public_suffix_list.dat").read_text("utf-8")
    lines = (line.split() for line in text.splitlines() if not line.startswith("//"))
    rules = {
        words[0].lower().encode("idna").decode() for words in lines if words and words[0][0] != "!"
    }
    wild = {rule.removeprefix("*.") for rule in rules if rule.startswith("*.")}
    return frozenset(rules | wild), frozenset(wild)
