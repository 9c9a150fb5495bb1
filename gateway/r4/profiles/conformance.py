"""Holds elements to what a profile says of them. https://hl7.org/fhir/R4/profiling.html

The resource itself has been judged by the walk: here only what the profile adds is, and what has not the
form that R4 asks for is passed over. Work is bounded: a value is held to a profile once, what a reference
points to is judged in turn and not on the way, and nesting has a limit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from gateway.outcome import Severity
from gateway.r4.bindings import holds, is_coded
from gateway.r4.fhirpath import Environment, FhirPathError, Node, compile_text
from gateway.r4.profiles.element import Binding, Constraint, Element
from gateway.r4.profiles.findings import UNTOLD, Findings
from gateway.r4.profiles.known import Profiles
from gateway.r4.profiles.places import Place, below
from gateway.r4.profiles.profile import Profile, is_of_r4
from gateway.r4.profiles.references import named_type, of_type, target_profiles
from gateway.r4.profiles.slicing import hold_slices
from gateway.r4.profiles.values import has_pattern, is_below, is_exactly
from gateway.r4.resolving import Resolver
from gateway.r4.structure import Scope
from gateway.r4.value_sets import Codes

_DEEPEST = 480  # frames of Python's stack, about: 120 elements in elements, of which the walk lets 100 pass
_ELEMENT, _NESTED, _QUESTION = 4, 4, 6  # what an element, a profile and a question asked of a slice take of it


class Conformance:
    """Asks of one resource, with all that stands in it, whether it keeps to profiles."""

    def __init__(self, profiles: Profiles, scopes: list[Scope], resolver: Resolver) -> None:
        self._profiles = profiles
        self._scopes = {id(scope.node.value): scope for scope in scopes}
        self._resolver = resolver
        self._environments: dict[Scope, Environment] = {}
        self._answers: dict[tuple[int, str], bool] = {}
        self._begun: set[tuple[int, str]] = set()
        self._waiting: deque[Callable[[], None]] = deque()
        self._level = 0

    def hold(self, place: Place, profile: Profile, found: Findings) -> None:
        """Says in ``found`` what ``place`` breaks of ``profile``, and of profiles that it leads to."""
        self._root(place, profile, found)
        while self._waiting:
            self._waiting.popleft()()

    def conforms(self, place: Place, url: str) -> bool:
        """True when ``place`` breaks nothing of the profile; of one that is unknown, nothing is said."""
        if is_of_r4(url):
            return url.rpartition("/")[2].partition("|")[0] in place.node.type.ancestors
        profile = self._profiles.profile(url)
        if profile is None:
            return True
        mark = (id(place.node.value), url)
        if mark not in self._answers:
            self._answers[mark] = True  # while it is asked: a profile that leads back to itself asks nothing new
            found, waiting = Findings(), self._waiting
            self._waiting = deque()  # references are judged where they stand, not here
            self._level += _QUESTION
            self._root(place, profile, found)
            self._level -= _QUESTION
            self._waiting = waiting
            self._answers[mark] = not found.refuses
        return self._answers[mark]

    def meets(self, place: Place, element: Element, profile: Profile) -> bool | None:
        """True when ``place`` breaks nothing of what is said of one element of ``profile``; None: cannot be told."""
        if element.fixed is not None and not element.children:  # most slices are told by a fixed code
            return is_exactly(place.node.value, element.fixed)
        if element.pattern is not None and not element.children:
            return has_pattern(place.node.value, element.pattern)
        found, waiting = Findings(), self._waiting
        self._waiting = deque()
        self._level += _QUESTION
        self.element(element, place, profile, found)
        self._level -= _QUESTION
        self._waiting = waiting
        if found.refuses:
            return False
        return None if any(issue.rule in UNTOLD for issue in found.issues) else True

    def children(self, place: Place, name: str) -> list[Place]:
        return below(place, name, self._scopes)

    def named(self, names: Sequence[str], name: str) -> bool:
        """True when the type ``name`` is one of ``names``, which are types, or profiles by their URL."""
        if name in names or not _ANY.isdisjoint(names):
            return True
        return bool(of_type(tuple(url for url in names if "/" in url), name, self._profiles))

    def target(self, place: Place) -> Place | None:
        """What a Reference points to, where that stands in this resource."""
        value = place.node.value
        literal = value.get("reference") if isinstance(value, dict) else value
        node = self._resolver.resolve(literal, place.scope) if isinstance(literal, str) else None
        found = self._scopes.get(id(node.value)) if node else None
        return Place(found.node, found.path, found) if found else None

    def codes(self, value_set: str) -> Codes | None:
        return self._profiles.codes(value_set)

    def _root(self, place: Place, profile: Profile, found: Findings) -> None:
        if profile.type not in place.node.type.ancestors:
            found.say("r4-profile-of-type", place.path, profile.root, profile, name=profile.type)
        else:
            self.element(profile.root, place, profile, found)

    def element(self, element: Element, place: Place, profile: Profile, found: Findings) -> bool:
        """Says what ``place`` breaks of ``element`` and of what is said below it; False: it is of another type."""
        if self._level >= _DEEPEST:
            found.say("r4-profile-unchecked", place.path, element, profile, "information")
            return True
        self._level += _ELEMENT
        if element.kinds and not self._kind(element, place, profile, found):
            self._level -= _ELEMENT
            return False  # whatever else is asked of it says nothing new
        if element.limits_value:
            self._value(element, place, profile, found)
        for constraint in element.constraints:
            self._constraint(constraint, element, place, profile, found)
        for child in element.children.values():
            self._property(child, place, profile, found)
        if element.refers_to:
            other = profile.by_id.get(element.refers_to)
            if other is not None and other is not element:
                self._contents(other, place, profile, found)
        self._level -= _ELEMENT
        return True

    def _contents(self, other: Element, place: Place, profile: Profile, found: Findings) -> None:
        """https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.contentReference"""
        self._level += _ELEMENT
        if self._level < _DEEPEST:
            for constraint in other.constraints:
                self._constraint(constraint, other, place, profile, found)
            for child in other.children.values():
                self._property(child, place, profile, found)
        self._level -= _ELEMENT

    def _property(self, element: Element, parent: Place, profile: Profile, found: Findings) -> None:
        items = below(parent, element.name, self._scopes)
        if element.least is not None and len(items) < element.least:
            found.say("r4-profile-required", parent.path, element, profile, name=element.name, least=element.least)
        if element.most is not None and len(items) > element.most:
            path = items[element.most].path
            found.say("r4-profile-max", path, element, profile, name=element.name, most=element.most)
        fitting = [item for item in items if self.element(element, item, profile, found)]
        if element.slices:
            hold_slices(element, fitting, parent.path, profile, found, self)

    def _kind(self, element: Element, place: Place, profile: Profile, found: Findings) -> bool:
        """Judges the type of a value, and the profiles that come with it; False when it is of a type not allowed."""
        kinds = [kind for kind in element.kinds if is_of_kind(place.node, kind.code)]
        if not kinds:
            if element.name == "extension" or place.node.type.name in ("Element", "BackboneElement"):
                return True
            allowed = ", ".join(sorted(element.codes))
            found.say("r4-profile-type", place.path, element, profile, name=place.node.type.name, allowed=allowed)
            return False
        urls = [url for kind in kinds for url in kind.profiles]
        if urls and all(kind.profiles for kind in kinds):
            self._nested(urls, element, place, profile, found)
        if place.node.type.name == "Reference":
            self._reference(element, place, profile, found)
        return True

    def _nested(self, urls: list[str], element: Element, place: Place, profile: Profile, found: Findings) -> None:
        if len(urls) == 1:
            nested = self._profiles.profile(urls[0])
            mark = (id(place.node.value), urls[0])
            if nested is not None and mark not in self._begun:
                self._begun.add(mark)
                self._level += _NESTED
                self._root(place, nested, found)
                self._level -= _NESTED
        elif not any(self.conforms(place, url) for url in urls):
            found.say("r4-profile-none-of", place.path, element, profile, allowed=", ".join(urls))

    def _reference(self, element: Element, place: Place, profile: Profile, found: Findings) -> None:
        urls = target_profiles(element)
        if not urls:
            return
        target = self.target(place)
        name = named_type(place.node, target.node if target else None)
        if name is None:
            return
        fitting = of_type(urls, name, self._profiles)
        path = f"{place.path}.reference"
        if not fitting:
            found.say("r4-profile-reference-type", path, element, profile, name=name, allowed=", ".join(urls))
        elif target is not None and not any(self._profiles.profile(url) is None for url in fitting):

            def judge(target: Place = target) -> None:
                if not any(self.conforms(target, url) for url in fitting):
                    found.say("r4-profile-reference", path, element, profile, allowed=", ".join(fitting))

            self._waiting.append(judge)

    def _value(self, element: Element, place: Place, profile: Profile, found: Findings) -> None:
        value = place.node.value
        if value is None:
            return
        if element.fixed is not None and not is_exactly(value, element.fixed):
            found.say("r4-profile-fixed", place.path, element, profile)
        if element.pattern is not None and not has_pattern(value, element.pattern):
            found.say("r4-profile-pattern", place.path, element, profile)
        if element.smallest is not None and is_below(value, element.smallest):
            found.say("r4-profile-value-min", place.path, element, profile)
        if element.largest is not None and is_below(element.largest, value):
            found.say("r4-profile-value-max", place.path, element, profile)
        if element.longest is not None and isinstance(value, str) and len(value) > element.longest:
            found.say("r4-profile-length", place.path, element, profile, most=element.longest)
        if element.binding is not None:
            self._binding(element.binding, element, place, profile, found)

    def _binding(self, binding: Binding, element: Element, place: Place, profile: Profile, found: Findings) -> None:
        met = holds(self.codes(binding.value_set), place.node.value)
        if met is None:
            if binding.strength == "required":  # what binds less refuses nothing, and is not worth the remark
                told = {"value_set": binding.value_set}
                found.say("r4-profile-code-unchecked", place.path, element, profile, "information", **told)
            return
        if met or (binding.strength == "extensible" and not is_coded(place.node.value)):
            return
        severity: Severity = "error" if binding.strength == "required" else "warning"
        found.say("r4-profile-code", place.path, element, profile, severity, value_set=binding.value_set)

    def _constraint(
        self, constraint: Constraint, element: Element, place: Place, profile: Profile, found: Findings
    ) -> None:
        environment = self._environment(place.scope)
        environment.context = place.node
        told = {"key": constraint.key, "human": {"en": constraint.human, "vi": constraint.human_vi}}
        try:
            holds = compile_text(constraint.expression).on(environment)
        except FhirPathError:  # nothing else comes of an expression, whatever it asks of whatever
            found.say("r4-profile-constraint-unchecked", place.path, element, profile, "information", **told)
            return
        empty_is_met = constraint.severity == "warning" or constraint.key in _EMPTY_IS_MET
        if not holds and not (holds is None and empty_is_met):
            found.say("r4-profile-constraint", place.path, element, profile, constraint.severity, **told)

    def _conforms_to(self, node: Node, url: str, scope: Scope) -> bool | None:
        """FHIRPath's ``conformsTo``: https://hl7.org/fhir/R4/fhirpath.html#functions. None: not known."""
        if not is_of_r4(url) and self._profiles.profile(url) is None:
            return None
        inside = self._scopes.get(id(node.value), scope)
        asking, self._environments = self._environments, {}  # the one that asks is in the midst of its expression
        answer = self.conforms(Place(node, inside.path, inside), url)
        self._environments = asking
        return answer

    def _environment(self, scope: Scope) -> Environment:
        if scope not in self._environments:
            self._environments[scope] = Environment(
                resource=scope.node,
                root=scope.root.node,
                context=scope.node,
                resolve=lambda reference: self._resolver.resolve(reference, scope),
                member_of=lambda value_set, value: holds(self.codes(value_set), value),
                conforms_to=lambda node, url: self._conforms_to(node, url, scope),
            )
        return self._environments[scope]


def is_of_kind(node: Node, code: str) -> bool:
    """True for a value of the type ``code``, or of one that specialises it where ``code`` is abstract or a resource."""
    name = node.type.name
    if name == code:
        return True
    return code in node.type.ancestors and (code in _ABSTRACT or "." in name)


# It speaks of a dateTime, and effective[x] may be a Period: https://hl7.org/fhir/R4/vitalsigns.html
_EMPTY_IS_MET = frozenset({"vs-1"})
_ANY = frozenset({"Resource", "DomainResource"})
_ABSTRACT = frozenset({"Resource", "DomainResource", "Element", "BackboneElement"})
