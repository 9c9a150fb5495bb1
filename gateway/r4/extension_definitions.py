"""What is known of extensions: where each may stand, what it holds.

https://hl7.org/fhir/R4/defining-extensions.html. :func:`read` takes what ``extension_rows.py`` keeps of a
StructureDefinition to what the check asks, for HL7's own and for those that a profile package brings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from gateway.r4.bindings import Binding, codes_named
from gateway.r4.definition_files import definition_file, extensions_pack, own_extensions
from gateway.r4.extension_rows import Compact
from gateway.r4.value_sets import Codes

CodesOf = Callable[[str], Codes | None]


@dataclass(frozen=True, slots=True)
class ValueRule:
    """The value: its types (none named: any), the targets of a reference, the required binding."""

    types: Mapping[str, frozenset[str]]
    is_required: bool
    binding: Binding | None


@dataclass(frozen=True, slots=True)
class Content:
    """A value, or parts by their url; neither said is neither restricted."""

    value: ValueRule | None  # None: no value may stand there
    parts: Mapping[str, Part]
    takes_parts: bool


@dataclass(frozen=True, slots=True)
class Part:
    """An extension inside another one; ``content`` is None where it has a definition of its own."""

    least: int
    most: int | None
    content: Content | None


@dataclass(frozen=True, slots=True, eq=False)
class ExtensionDefinition:
    """One extension; ``contexts`` are (type, expression), ``invariants`` FHIRPath of the element it stands on."""

    url: str
    contexts: tuple[tuple[str, str], ...]
    invariants: tuple[str, ...]
    is_modifier: bool
    most: int | None
    content: Content

    @property
    def name(self) -> str:
        """The last part of the url, for a sentence."""
        return self.url.rpartition("/")[2]


def extension_definition(url: str) -> ExtensionDefinition | None:
    """The definition of one of R4's own extensions or of the gateway's; None for any other."""
    return _known(url) if url in definition_file("extensions") or url in own_extensions() else None


@cache  # of what is known: a sender may write any number of other urls
def _known(url: str) -> ExtensionDefinition:
    made = definition_file("extensions").get(url) or own_extensions()[url]
    return read(url, _widened(made, extensions_pack().get(url, {})))


def _widened(made: Compact, later: Compact) -> Compact:
    """With the contexts and types of value that HL7 has added since: following the later text is no error."""
    widened = {**made, "context": [*made.get("context", ()), *later.get("context", ())]}
    if "types" in later:
        widened["value"] = {**made["value"], "types": [*made["value"]["types"], *later["types"]]}
    return widened


def read(url: str, made: Compact, codes: CodesOf = codes_named) -> ExtensionDefinition:
    """The definition that ``compact`` made, as the check asks it; ``codes`` lists a value set where it can."""
    return ExtensionDefinition(
        url=url,
        contexts=tuple((kind, expression) for kind, expression in made.get("context", ())),
        invariants=tuple(made.get("invariant", ())),
        is_modifier=made.get("modifier", False),
        most=made.get("max"),
        content=_content(made, codes),
    )


def _content(made: Compact, codes: CodesOf) -> Content:
    value = made.get("value", {})
    return Content(
        value=None if value is None else _value(value, codes),
        parts={url: _part(part, codes) for url, part in made.get("parts", {}).items()},
        takes_parts=not made.get("closed", False),
    )


def _part(made: Compact, codes: CodesOf) -> Part:
    content = None if made.get("elsewhere") else _content(made, codes)
    return Part(made.get("min", 0), made.get("max"), content)


def _value(made: Compact, codes: CodesOf) -> ValueRule:
    types: dict[str, frozenset[str]] = {}
    for text in made.get("types", ()):
        code, _, targets = text.rstrip(")").partition("(")
        types[code] = types.get(code, frozenset()) | frozenset(filter(None, targets.split("|")))
    strength, value_set = made.get("binding", ("", ""))
    bound = Binding(value_set, codes(value_set), is_required=True) if strength == "required" else None
    return ValueRule(types, made.get("min", 0) > 0, bound)
