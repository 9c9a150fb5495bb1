"""What one element alone cannot tell: references, and the entries of a Bundle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.r4.bundle_rules import entry_issues, link_issues
from gateway.r4.literals import is_absolute, is_conditional, literal, type_of, versioned
from gateway.r4.references import DANGLING, URNS
from gateway.r4.schema import is_resource_type, primitive

Link = tuple[dict[str, Any], frozenset[str]]  # a Reference, and the resource types it may point to (empty: any)
ENTRY_DEPTH = 2  # of an entry's resource: Bundle, entry, resource


class Links(list[Link]):
    """Each Reference met, and which of them stand in which entry's resource that was found valid by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.of_entries: dict[int, slice] = {}  # by the resource's id(), while the Bundle is being judged


_LEFT = frozenset({"document", "batch"})  # Bundles with rules of their own about what a reference finds


def links_hold(links: Sequence[Link], around: Around | None) -> bool:
    """True when every reference certainly points to a type that is allowed, and where it must, to an entry.

    ``around``: the entries of the Bundle in which they stand.
    """
    if links and around is not None and not around.is_usual:
        return False
    types = around.types if around is not None else {}
    for reference, targets in links:
        name = None
        if "reference" in reference:
            text = reference["reference"]
            name = types.get(text) if text.__class__ is str else None
            if name is None:  # a fullUrl that was found valid is a valid text too
                if primitive("string").broken(text) is not None or text[0] == "#" or is_conditional(text):
                    return False
                if around is not None and not around.leaves(text):
                    return False
                if targets or "type" in reference:
                    name = type_of(text)
        if targets and name is not None and name not in targets:
            return False
        if "type" in reference and not _says(reference["type"], name, targets):
            return False
    return True


def _says(said: str, name: str | None, targets: frozenset[str]) -> bool:
    """True when the type a reference gives is that of what it points to, or one that may stand there."""
    return said == name or (name is None and is_resource_type(said) and (not targets or said in targets))


def links_of_all_hold(resource: dict[str, Any], links: Links) -> bool:
    """As :func:`links_hold`, of a whole resource whose structure is right."""
    return links_hold(links, Around(resource) if resource["resourceType"] == "Bundle" else None)


class Around:
    """The entries of a Bundle, which may be broken, as the references in them see them."""

    def __init__(self, bundle: dict[str, Any]) -> None:
        self._kind = bundle.get("type")
        entries = bundle.get("entry")
        self._first = entries[0] if isinstance(entries, list) and entries else None
        self._holding = [
            (entry.get("fullUrl"), entry["resource"])
            for entry in (entries if isinstance(entries, list) else ())
            if isinstance(entry, dict) and isinstance(entry.get("resource"), dict)
        ]
        named = [(url, one.get("resourceType")) for url, one in self._holding if url.__class__ is str]
        self.types: dict[str, str] = {url: name for url, name in named if is_resource_type(name)}
        self.is_usual = (
            len(self.types) == len(named)  # and no two of one fullUrl: which of them is meant?
            and (self._kind is None or self._kind.__class__ is str)
            and self._kind not in _LEFT
            and self._focus_stands()
        )
        self._names: set[str] | None = None
        self._base: str | None = None

    def _focus_stands(self) -> bool:
        """True when what a message is about certainly stands in it."""
        if self._kind != "message":
            return True
        header = self._first.get("resource") if isinstance(self._first, dict) else None
        focus = header.get("focus", []) if isinstance(header, dict) else None
        return isinstance(focus, list) and all(
            isinstance(one, dict) and ("reference" not in one or str(one["reference"]) in self.types) for one in focus
        )

    def leaves(self, text: str) -> bool:
        """True when it is no matter that no entry has ``text`` as its fullUrl."""
        if text.startswith(URNS):
            return self._kind not in DANGLING
        if is_absolute(text):
            return not versioned(text)[1]  # a version is that of one entry, and the walk knows which
        url, version = versioned(text)
        if self._names is None:
            self._names = {f"{one.get('resourceType')}/{one.get('id')}" for _, one in self._holding}
        return url not in self._names or (not version and self._root() + url in self.types)

    def _root(self) -> str:
        """The base URL of all entries, where they have one and the same; otherwise nothing."""
        if self._base is None:
            bases = {
                named.base if url.__class__ is str and (named := literal(url)) is not None else ""
                for url, _ in self._holding
            }
            self._base = bases.pop() if len(bases) == 1 else ""
        return self._base


def bundle_holds(bundle: dict[str, Any]) -> bool:
    """True when the rules of Bundles that R4 has in words find nothing."""
    if any(link_issues(bundle, "")):
        return False
    is_answer = bundle.get("type") == "searchset"
    for entry in bundle.get("entry", ()):
        is_usual = entry.get("fullUrl", "").startswith("urn:") and "resource" in entry and not is_answer
        if not is_usual and any(entry_issues(bundle, entry, "")):
            return False
    return True


def full_urls_differ(bundle: dict[str, Any]) -> bool:
    """True when bdl-7 certainly holds: no two entries have one fullUrl and one version."""
    seen: set[str] = set()
    for entry in bundle.get("entry", ()):
        if "_fullUrl" in entry:
            return False
        url = entry.get("fullUrl")
        if url is not None:
            version = entry["resource"].get("meta", {}).get("versionId", "") if "resource" in entry else ""
            if url + version in seen:
                return False
            seen.add(url + version)
    return True
