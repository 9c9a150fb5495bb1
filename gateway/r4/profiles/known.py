"""The profiles that resources can be held to, with the value sets and code systems beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Any

from gateway.r4.bindings import codes_brought, codes_named
from gateway.r4.definition_files import definition_file
from gateway.r4.extension_definitions import ExtensionDefinition, extension_definition, read
from gateway.r4.extension_rows import compact, is_extension
from gateway.r4.profiles.element import Element
from gateway.r4.profiles.profile import Definition, Profile, compiled, grown, is_of_r4
from gateway.r4.profiles.rows import text
from gateway.r4.profiles.sources import resources_in
from gateway.r4.value_sets import Codes, NotEnumerable

_KINDS = ("StructureDefinition", "ValueSet", "CodeSystem")


class Profiles:
    """StructureDefinitions, ValueSets and CodeSystems by canonical URL, each with its versions.

    A profile is compiled when it is first asked for and kept. The resources given are not changed,
    and must not be changed afterwards.
    """

    def __init__(self, resources: Iterable[Definition] = ()) -> None:
        self._resources: dict[str, dict[str, dict[str, Definition]]] = {kind: {} for kind in _KINDS}
        for resource in resources:
            kind, url, version = (text(resource.get(key)) for key in ("resourceType", "url", "version"))
            if kind in self._resources and url and not is_of_r4(url):
                versions = self._resources[kind].setdefault(url, {})
                versions.pop(version, None)  # the one read last is the one meant where no version is named
                versions[version] = resource
        self._grown: dict[int, tuple[Element, list[Any]]] = {}
        self._profiles: dict[str, Profile | None] = {}
        self._codes: dict[str, Codes | None] = {}
        self._extensions: dict[str, ExtensionDefinition] = {}
        self._lock = RLock()

    @classmethod
    def of(cls, resources: Iterable[Definition]) -> Profiles:
        """The profiles among ``resources``; others are passed over."""
        return cls(resources)

    @classmethod
    def read(cls, *sources: Path) -> Profiles:
        """Of folders of JSON files, searched whole, or FHIR packages (``.tgz``).

        PayloadError (rules ``r4-profile-…``) for a source that is neither, broken, or larger than allowed.
        """
        return cls(resource for source in sources for resource in resources_in(source, _KINDS))

    def __or__(self, other: Profiles) -> Profiles:
        """Both; where both know a version of a definition, that of ``other``."""
        return Profiles([*self._all(), *other._all()])

    def _all(self) -> Iterator[Definition]:
        for urls in self._resources.values():
            for versions in urls.values():
                yield from versions.values()

    @property
    def urls(self) -> Sequence[str]:
        """The canonical URLs of the StructureDefinitions known."""
        return list(self._resources["StructureDefinition"])

    def knows(self, url: str) -> bool:
        """True when a resource can be held to ``url``: a profile, or one of R4's own types."""
        return is_of_r4(url) or self.profile(url) is not None

    def definition(self, url: str) -> Definition | None:
        """The StructureDefinition of ``url`` or ``url|version``."""
        return self._found("StructureDefinition", url)

    def profile(self, url: str) -> Profile | None:
        """The profile of ``url`` or ``url|version``; None when it is not known."""
        if url not in self._profiles:
            with self._lock:
                definition = self.definition(url)
                made = None
                if definition is not None and text(definition.get("type")) in definition_file("types"):
                    root, faults = self._tree(definition)
                    made = compiled(url.partition("|")[0], definition, root, faults, self.tree)
                if definition is None:
                    return None  # not kept: any number of unknown URLs may be asked for
                self._profiles[url] = made
        return self._profiles[url]

    @cached_property
    def extension_urls(self) -> frozenset[str]:
        """The extensions defined here, beyond those that the check knows without profiles."""
        structures = self._resources["StructureDefinition"]
        return frozenset(
            url
            for url, versions in structures.items()
            if is_extension(list(versions.values())[-1]) and extension_definition(url) is None
        )

    def extension(self, url: str) -> ExtensionDefinition | None:
        """The definition of an extension, R4's and the gateway's own included; None when it is not known."""
        if url not in self.extension_urls:
            return extension_definition(url)
        made = self._extensions.get(url)
        if made is None:
            made = self._extensions[url] = read(url, compact(self.definition(url) or {}), self.codes)
        return made

    def must_support(self, url: str) -> Sequence[str]:
        """The ids of the elements of the profile that are flagged mustSupport; none when it is not known.

        https://hl7.org/fhir/R4/profiling.html#mustsupport: what that means, the profile's own guide says.
        """
        definition = self.definition(url)
        if definition is None:
            return ()
        return [element.id for element in self._tree(definition)[0].everything() if element.must_support]

    def codes(self, value_set: str) -> Codes | None:
        """The codes of a value set by system; None when it cannot be listed."""
        url = value_set.partition("|")[0]
        if url not in self._codes:
            self._codes[url] = self._listed(url)
        return self._codes[url]

    def _listed(self, url: str) -> Codes | None:
        if url not in self._resources["ValueSet"]:
            return codes_named(url)
        newest = {
            kind: {each: list(versions.values())[-1] for each, versions in urls.items()}
            for kind, urls in self._resources.items()
        }
        try:
            return codes_brought(newest["ValueSet"], newest["CodeSystem"], url)
        except (NotEnumerable, KeyError, TypeError, AttributeError, RecursionError):  # or broken, or a ring
            return None

    def _tree(self, definition: Definition) -> tuple[Element, list[Any]]:
        with self._lock:
            if id(definition) not in self._grown:
                self._grown[id(definition)] = grown(definition, self.definition)
            return self._grown[id(definition)]

    def tree(self, url: str) -> Element | None:
        """All that the profile and its bases say, R4's own included where a snapshot repeats it; None: not known."""
        definition = self.definition(url)
        return self._tree(definition)[0] if definition is not None else None

    def _found(self, kind: str, url: str) -> Definition | None:
        plain, _, version = url.partition("|")
        versions = self._resources[kind].get(plain)
        if not versions:
            return None
        return versions.get(version) if version else list(versions.values())[-1]
