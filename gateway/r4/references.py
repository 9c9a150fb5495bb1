"""References: to a type that is allowed, of the type they say, and in a Bundle to an entry where one must be.

https://hl7.org/fhir/R4/references.html, https://hl7.org/fhir/R4/bundle.html#references and, of what must stand in
the Bundle itself, https://hl7.org/fhir/R4/documents.html#content and MessageHeader.focus
(https://hl7.org/fhir/R4/messageheader-definitions.html#MessageHeader.focus).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gateway.outcome import Issue, Severity
from gateway.r4.fhirpath import Node
from gateway.r4.literals import is_absolute, is_conditional, type_of
from gateway.r4.resolving import Entry, Resolver, enclosing
from gateway.r4.schema import is_resource_type
from gateway.r4.structure import FoundReference, Scope, Walk

URNS = ("urn:uuid:", "urn:oid:")  # found in a Bundle or nowhere
# Bundles in which a reference by URN points to nothing when no entry has it, and how bad that is: a message comes
# alone, a transaction gives its URNs away, a collection may be a part of something, and of a document R4 asks only
# what stands in _REQUIRED. In a search answer or history each resource is as it was stored.
DANGLING: dict[object, Severity] = {
    "message": "error",
    "document": "warning",
    "collection": "warning",
    "transaction": "warning",
}
_AMBIGUOUS = frozenset({"message", "document", "collection"})  # a history holds versions, a search what was asked
# What a Composition and a MessageHeader point to that SHALL stand in the same Bundle; sections in sections too.
_REQUIRED = {
    ("document", "Composition"): re.compile(
        r"\.(subject|encounter|author|attester\.party|custodian|event\.detail|(section\.)+(author|focus|entry))"
    ),
    ("message", "MessageHeader"): re.compile(r"\.focus"),
}
_INDEX = re.compile(r"\[\d+\]")
_MODELS = "http://hl7.org/fhir/StructureDefinition/"


def reference_issues(found: Walk, resolver: Resolver) -> Iterator[Issue]:
    """What is wrong with each reference met on the walk."""
    for reference in found.references:
        text = reference.value.get("reference")
        target = None
        if isinstance(text, str):
            matches = () if text.startswith("#") else resolver.matching(text, reference.scope)
            yield from _entry_issues(reference, text, matches, resolver)
            target = resolver.resolve(text, reference.scope)
        yield from type_issues(reference, target)
        yield from _said_issues(reference, target)


def type_issues(reference: FoundReference, target: Node | None) -> Iterator[Issue]:
    """The target is of a type that is not among those allowed; nothing where that cannot be told."""
    name, place = _type(reference, target), "reference"
    said = reference.value.get("type")
    if name is None and isinstance(said, str) and is_resource_type(said):
        name, place = said, "type"
    if name is not None and reference.targets and name not in reference.targets:
        shown = {"found": name, "allowed": ", ".join(sorted(reference.targets))}
        yield Issue("error", "structure", "r4-reference-type", f"{reference.path}.{place}", shown)


def _said_issues(reference: FoundReference, target: Node | None) -> Iterator[Issue]:
    """https://hl7.org/fhir/R4/references-definitions.html#Reference.type: the target's type, by its name."""
    said, name = reference.value.get("type"), _type(reference, target)
    if not isinstance(said, str):
        return
    if name is not None and said.removeprefix(_MODELS) != name:
        yield Issue("error", "structure", "r4-reference-says", f"{reference.path}.type", {"found": name})
    elif not is_resource_type(said):
        yield Issue("warning", "code-invalid", "r4-reference-says-unknown", f"{reference.path}.type")


def _type(reference: FoundReference, target: Node | None) -> str | None:
    """The type a reference points to, where that is known; a conditional one begins with it."""
    text = reference.value.get("reference")
    if target is not None or not isinstance(text, str):
        return target.type.name if target else None
    return text.partition("?")[0] if is_conditional(text) else type_of(text)


def _entry_issues(
    reference: FoundReference, text: str, matches: Sequence[Entry], resolver: Resolver
) -> Iterator[Issue]:
    """Of a reference in a Bundle: does it point to one entry, and may it?"""
    path = f"{reference.path}.reference"
    bundle, entry = enclosing(reference.scope)
    kind = bundle.node.value.get("type") if bundle else None
    if not isinstance(kind, str):
        kind = ""
    if is_conditional(text):
        if kind != "transaction":
            severity: Severity = "error" if kind and kind != "batch" else "warning"
            yield Issue(severity, "business-rule", "r4-reference-conditional", path)
    elif bundle is None or text.startswith("#"):
        return
    elif len(matches) > 1:
        if kind in _AMBIGUOUS:
            yield Issue("error", "multiple-matches", "r4-reference-ambiguous", path)
    elif matches:
        if kind == "batch" and matches[0].is_created and (entry is None or matches[0].path != entry.path):
            yield Issue("error", "business-rule", "r4-reference-in-batch", path)
    elif text.startswith(URNS):
        if kind in DANGLING:
            severity = "error" if _required(reference, kind, bundle) else DANGLING[kind]
            yield Issue(severity, "not-found", "r4-reference-dangling", path)
    elif _required(reference, kind, bundle):
        yield Issue("error", "not-found", "r4-reference-absent", path)
    elif not is_absolute(text) and resolver.entries(bundle).has_named(text):
        yield Issue("warning", "not-found", "r4-reference-base", path)


def _required(reference: FoundReference, kind: str, bundle: Scope) -> bool:
    """True when R4 says of this reference that what it points to stands in the Bundle."""
    scope = reference.scope
    pattern = _REQUIRED.get((kind, scope.node.type.name))
    if pattern is None or scope.path != f"{bundle.path}.entry[0].resource":
        return False
    return pattern.fullmatch(_INDEX.sub("", reference.path.removeprefix(scope.path))) is not None
