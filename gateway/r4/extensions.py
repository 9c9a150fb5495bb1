"""Extensions: known ones are held to their definitions, unknown modifiers are refused.

https://hl7.org/fhir/R4/extensibility.html and https://hl7.org/fhir/R4/defining-extensions.html.
Of an extension that is not HL7's and not defined here nothing is said: anybody may define one, and who
does not know it may pass it on. A modifier that is not known may not be passed over:
https://hl7.org/fhir/R4/extensibility.html#modifierExtension
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from gateway.outcome import Issue
from gateway.r4.definition_files import extensions_pack
from gateway.r4.extension_content import Foreign, Pointing, examined, is_absolute, items, open_parts, wrong
from gateway.r4.extension_contexts import Contexts
from gateway.r4.extension_definitions import ExtensionDefinition, extension_definition
from gateway.r4.fhirpath import Environment, FhirPathError, Node, compile_text
from gateway.r4.references import type_issues
from gateway.r4.resolving import Resolver
from gateway.r4.schema import type_named
from gateway.r4.structure import Extended, FoundReference, Walk

Known = Callable[[str], ExtensionDefinition | None]
_HL7 = "http://hl7.org/fhir/StructureDefinition/"


def extension_issues(found: Walk, resolver: Resolver, known: Known = extension_definition) -> Iterator[Issue]:
    """What is wrong with the extensions met on a walk; ``known`` finds an extension's definition by its url."""
    judge = _Judge(resolver, known)
    for element in found.extended:
        if element.node.type.name != "Extension":  # parts are judged with the extension they are of
            yield from judge.on(element)


def names_extension(resource: object, urls: frozenset[str]) -> bool:
    """True when an extension of one of these urls stands somewhere in the resource: depth costs memory, not stack."""
    waiting = [resource] if urls else []
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            url = value.get("url")
            if isinstance(url, str) and url in urls:
                return True
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return False


@dataclass(slots=True)
class _Judge:
    """Judges the extensions of one walked resource."""

    resolver: Resolver
    known: Known
    contexts: Contexts = field(default_factory=Contexts)

    def on(self, element: Extended) -> Iterator[Issue]:
        """Every extension that stands on an element of a resource."""
        counts: Counter[str] = Counter()
        for key in ("extension", "modifierExtension"):
            for extension, path in items(element.holder, key, element.path):
                yield from self.one(extension, element, path, is_modifier=key == "modifierExtension")
                if isinstance(extension.get("url"), str):
                    counts[extension["url"]] += 1
        for url, count in counts.items():
            definition = self.known(url) if count > 1 else None
            if definition and definition.most is not None and count > definition.most:
                yield wrong("r4-extension-repeated", element.path, extension=definition.name, most=definition.most)

    def one(self, extension: dict[str, Any], element: Extended, path: str, *, is_modifier: bool) -> Iterator[Issue]:
        """One extension, its parts with it."""
        url = extension.get("url")
        if not isinstance(url, str):
            return  # the structure check has refused it
        if "|" in url:
            yield wrong("r4-extension-version", f"{path}.url")
        elif not is_absolute(url):
            yield wrong("r4-extension-url", f"{path}.url")
        elif (definition := self.known(url)) is None:
            yield from unknown_issues(url, path, is_modifier=is_modifier)
            for part in open_parts(extension, path):
                yield from self._inside(part, element)
        else:
            yield from self._stands(definition, extension, element, path, is_modifier=is_modifier)
            for each in examined(definition.content, definition.name, extension, path):
                match each:
                    case Foreign():
                        yield from self._inside(each, element)
                    case Pointing():
                        yield from self._points(each, element)
                    case _:
                        yield each

    def _stands(
        self,
        definition: ExtensionDefinition,
        extension: dict[str, Any],
        element: Extended,
        path: str,
        *,
        is_modifier: bool,
    ) -> Iterator[Issue]:
        """Is it where it may stand?"""
        name = definition.name
        if is_modifier is not definition.is_modifier:
            rule = "r4-extension-no-modifier" if is_modifier else "r4-extension-modifier"
            yield wrong(rule, path, extension=name)
        if not self.contexts.allow(definition, element):
            allowed = ", ".join(expression for _, expression in definition.contexts)
            yield wrong("r4-extension-context", path, extension=name, allowed=allowed)
        elif any(self._breaks(rule, extension, element) for rule in definition.invariants):
            yield wrong("r4-extension-context-rule", path, extension=name)

    def _breaks(self, rule: str, extension: dict[str, Any], element: Extended) -> bool:
        """https://hl7.org/fhir/R4/structuredefinition-definitions.html#StructureDefinition.contextInvariant"""
        scope = element.scope
        environment = Environment(
            resource=scope.node,
            root=scope.root.node,
            context=element.node,
            resolve=lambda reference: self.resolver.resolve(reference, scope),
            extension=Node(extension, None, type_named("Extension")),
        )
        try:
            return compile_text(rule).on(environment) is False
        except FhirPathError:
            return False  # it cannot be told

    def _inside(self, part: Foreign, element: Extended) -> Iterator[Issue]:
        """An extension among the parts of another one, on which it stands."""
        node = Node(part.owner, None, type_named("Extension"))
        owner = Extended(node, None, part.owner, part.path, element.scope)
        yield from self.one(part.extension, owner, part.path, is_modifier=False)

    def _points(self, pointing: Pointing, element: Extended) -> Iterator[Issue]:
        text = pointing.reference.get("reference")
        found = FoundReference(pointing.reference, pointing.path, pointing.targets, element.scope)
        yield from type_issues(found, self.resolver.resolve(text, element.scope) if isinstance(text, str) else None)


def unknown_issues(url: str, path: str, *, is_modifier: bool) -> Iterator[Issue]:
    """A modifier is refused; another one that HL7 would have defined, and has not, is most likely a wrong name."""
    if is_modifier:
        yield wrong("r4-modifier-extension-unknown", path)
    elif url.startswith(_HL7) and url not in extensions_pack():
        yield Issue("warning", "extension", "r4-extension-unknown", path)
