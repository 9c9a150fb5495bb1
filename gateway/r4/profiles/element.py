"""What a profile says of one element: a tree of these, with slices, is a profile's content.

https://hl7.org/fhir/R4/elementdefinition.html. Only what constrains is kept: None or empty means that the
profile says nothing, and the type's own rules, which the walk has judged, stand alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

CORE = "http://hl7.org/fhir/StructureDefinition/"


@dataclass(frozen=True, slots=True)
class Kind:
    """A type that may stand there. https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.type"""

    code: str
    profiles: tuple[str, ...] = ()  # the value conforms to one of them
    targets: tuple[str, ...] = ()  # what it points to, if it is a Reference, conforms to one of them


@dataclass(frozen=True, slots=True)
class Binding:
    """A value set and how far it binds: ``required`` or ``extensible``; the others bind nothing."""

    strength: Literal["required", "extensible"]
    value_set: str


@dataclass(frozen=True, slots=True)
class Constraint:
    """A rule in FHIRPath that the profile adds."""

    key: str
    severity: Literal["error", "warning"]
    human: str
    human_vi: str  # "" where the profile has no Vietnamese for it
    expression: str


@dataclass(frozen=True, slots=True)
class Discriminator:
    """https://hl7.org/fhir/R4/profiling.html#discriminator"""

    type: str
    path: str


@dataclass(frozen=True, slots=True)
class Slicing:
    """https://hl7.org/fhir/R4/profiling.html#slicing"""

    discriminators: tuple[Discriminator, ...]
    rules: str = "open"
    ordered: bool = False


Step = tuple[str, str]  # ("name", "code"), ("extension", url), ("resolve", ""), ("type", "Quantity")


@dataclass(frozen=True, slots=True)
class Expected:
    """What one discriminator finds in the items of one slice, at the end of ``steps``."""

    kind: Literal["value", "exists", "absent", "type", "profile"]
    steps: tuple[Step, ...]
    wanted: tuple[Element, ...] = ()  # each is met by a value there
    names: tuple[str, ...] = ()  # types or profiles, of which a value there has one


BY_URL = Slicing((Discriminator("value", "url"),))
BY_TYPE = Slicing((Discriminator("type", "$this"),))
CLOSED_BY_TYPE = Slicing(BY_TYPE.discriminators, "closed")


@dataclass(slots=True, eq=False)
class Element:
    """What is said of one element, of the elements below it and of its slices."""

    id: str  # Observation.component:Systolic.value[x]
    name: str  # value
    slice_name: str = ""
    least: int | None = None
    most: int | None = None
    kinds: tuple[Kind, ...] = ()
    fixed: Any = None
    pattern: Any = None
    smallest: Any = None  # minValue[x]
    largest: Any = None
    longest: int | None = None
    binding: Binding | None = None
    constraints: tuple[Constraint, ...] = ()
    must_support: bool = False
    refers_to: str = ""  # the id of the element whose content rules hold here too
    slicing: Slicing | None = None
    expected: tuple[Expected, ...] | None = None  # of a slice: what tells its items; None when nothing does
    limits_value: bool = True  # False: nothing is said of the value itself (set once, when all is said)
    slices: dict[str, Element] = field(default_factory=dict)
    children: dict[str, Element] = field(default_factory=dict)

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(kind.code for kind in self.kinds)

    @property
    def says_a_value(self) -> bool:
        """True when something is said of the value itself, not only of what is below it."""
        values = self.fixed is not None or self.pattern is not None or self.binding is not None
        return values or self.smallest is not None or self.largest is not None or self.longest is not None

    @property
    def is_silent(self) -> bool:
        """True when nothing is said, here or below."""
        counts = self.least is None and self.most is None
        rules = not self.kinds and not self.constraints and not self.refers_to and not self.says_a_value
        return counts and rules and self.slicing is None and not self.slices and not self.children

    def child(self, name: str) -> Element:
        """The element ``name`` below this one, made where it is new."""
        found = self.children.get(name.removesuffix("[x]"))
        if found is None:
            stem = name.removesuffix("[x]")
            found = self.children[stem] = Element(f"{self.id}.{name}", stem)
        return found

    def slice(self, name: str) -> Element:
        """The slice ``name`` of this element; ``a/b`` is the slice b of the slice a.

        https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.sliceName
        """
        first, _, rest = name.partition("/")
        if rest and first in self.slices:
            return self.slices[first].slice(rest)
        found = self.slices.get(name)
        if found is None:
            joint = "/" if self.slice_name else ":"
            found = self.slices[name] = Element(f"{self.id}{joint}{name}", self.name, name)
        return found

    def everything(self) -> Iterator[Element]:
        """This element and all below it, slices after their element."""
        waiting = [self]
        while waiting:
            here = waiting.pop()
            yield here
            waiting.extend([*here.children.values(), *here.slices.values()][::-1])
