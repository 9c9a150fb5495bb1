"""What a reference points to inside the walked resource. https://hl7.org/fhir/R4/bundle.html#references

1. ``#id`` is a contained resource of the same container, ``#`` the container.
2. Any other loses its fragment and its ``/_history/version``.
3. A relative one, ``Type/id``, goes on from the base of the ``fullUrl`` of the entry it stands in, where that is
   RESTful; otherwise it has no meaning in the Bundle.
4. What is absolute now is an entry's ``fullUrl``; a version is that entry's ``meta.versionId``.
5. Several entries may match, as a Bundle may hold several versions: which is meant is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from gateway.r4.fhirpath import Node
from gateway.r4.literals import is_absolute, literal, versioned
from gateway.r4.schema import resource_node
from gateway.r4.structure import Scope, Walk


class Entry(NamedTuple):
    """An entry that has a resource; ``url`` is empty where it has no fullUrl."""

    url: str
    node: Node
    path: str  # of the resource
    is_created: bool  # its request is a POST


class Entries:
    """The entries of one Bundle, to be looked up by what references say."""

    def __init__(self, bundle: dict[str, Any], path: str) -> None:
        self.all = list(_entries(bundle, path))
        self._by_url: dict[str, list[Entry]] = {}
        self._by_version: dict[tuple[str, str], list[Entry]] = {}
        self._bases: dict[str, str] = {}
        self._names: set[str] = set()
        for entry in self.all:
            self._by_url.setdefault(entry.url, []).append(entry)
            if version := _version(entry):
                self._by_version.setdefault((entry.url, version), []).append(entry)
            named = literal(entry.url)
            if named is not None:
                self._bases[entry.path] = named.base
            self._names.add(f"{entry.node.type.name}/{entry.node.value.get('id')}")

    def matching(self, reference: str, base: str) -> Sequence[Entry]:
        """The entries that ``reference`` points to from a resource whose fullUrl begins with ``base``."""
        url, version = versioned(reference)
        if not is_absolute(url):
            named = literal(url)
            if named is None or not base:
                return ()
            url = f"{base}{url}"
        if version:
            return self._by_version.get((url, version), ())
        return self._by_url.get(url, ()) if url else ()

    def root(self, path: str) -> str:
        """The base URL of the entry whose resource stands at ``path``; empty when it has none."""
        return self._bases.get(path, "")

    def has_named(self, reference: str) -> bool:
        """True when some entry has the type and id of a relative reference, whatever its fullUrl."""
        return versioned(reference)[0] in self._names


class Resolver:
    """Finds what the references of a walked resource point to."""

    def __init__(self, found: Walk) -> None:
        self._entries: dict[Scope, Entries] = {}
        self._contained: dict[Scope, dict[str, Node]] = {}
        for scope in found.scopes:
            if scope.node.type.name == "Bundle":
                self._entries[scope] = Entries(scope.node.value, scope.path)
            if scope.is_contained and isinstance(scope.node.value.get("id"), str):
                self._contained.setdefault(scope.root, {}).setdefault(scope.node.value["id"], scope.node)

    def resolve(self, reference: str, scope: Scope) -> Node | None:
        """The contained resource or Bundle entry; None when it stands elsewhere, nowhere or more than once."""
        if reference.startswith("#"):
            return scope.root.node if reference == "#" else self._contained.get(scope.root, {}).get(reference[1:])
        found = self.matching(reference, scope)
        return found[0].node if len(found) == 1 else None

    def matching(self, reference: str, scope: Scope) -> Sequence[Entry]:
        """The entries of the nearest Bundle that a reference in ``scope`` points to."""
        bundle, entry = enclosing(scope)
        if bundle is None:
            return ()
        entries = self._entries[bundle]
        return entries.matching(reference, entries.root(entry.path) if entry else "")

    def entries(self, bundle: Scope) -> Entries:
        """Those of a Bundle met on the walk."""
        return self._entries[bundle]


def enclosing(scope: Scope) -> tuple[Scope | None, Scope | None]:
    """The nearest Bundle around a resource, itself included, and the resource of its entry in which it stands."""
    here: Scope | None = scope
    below: Scope | None = None
    while here is not None and here.node.type.name != "Bundle":
        below, here = here, here.parent
    return here, below


def _version(entry: Entry) -> str:
    meta = entry.node.value.get("meta")
    version = meta.get("versionId") if isinstance(meta, dict) else None
    return version if isinstance(version, str) else ""


def _entries(bundle: dict[str, Any], path: str) -> Iterator[Entry]:
    entries = bundle.get("entry")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if not isinstance(entry, dict) or not isinstance(entry.get("resource"), dict):
            continue
        node, url = resource_node(entry["resource"]), entry.get("fullUrl")
        if node:
            request = entry.get("request")
            is_created = isinstance(request, dict) and request.get("method") == "POST"
            yield Entry(url if isinstance(url, str) else "", node, f"{path}.entry[{index}].resource", is_created)
