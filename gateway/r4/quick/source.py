"""Writes the Python that checks one R4 type.

The generated function of a type looks at each key that may stand there, counts down the keys of the
object, and says yes only when none is left over, so what it does not know it does not accept::

    def check_Observation(value, links, depth):
        if value.__class__ is not dict or depth > 100: return False
        left = len(value) - 1
        depth += 1
        if 'status' in value:
            item = value['status']
            if not (item.__class__ is str and item in constant_3): return False
            left -= 1
        …
        return not left and 'status' in value and … and ('dataAbsentReason' not in value or …)

``links`` gathers the references with the types they may point to. What is read here is what the
walker reads (``gateway.r4.schema``); ``checks.py`` compiles the text, and
``python -m gateway.r4.quick Observation`` prints it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.jsontext import MAX_DEPTH
from gateway.r4.canonical_content import JUDGED
from gateway.r4.expressions import HELD
from gateway.r4.fhirpath.parser import parse
from gateway.r4.invariants import Invariant
from gateway.r4.quick.conditions import ALWAYS, CONTAINED, LEFT_OUT, Bind, Place, holding
from gateway.r4.quick.extensions import extensions_test
from gateway.r4.quick.values import expression
from gateway.r4.schema import Primitive, Property, Type, type_named

# A condition of our own where the expression is dear, by rule.
BY_HAND = {"bdl-7": "full_urls_differ(value)", "per-1": "in_order(value)"}
_OF_RESOURCE = re.compile("%resource|%rootResource")
_LINK = ("    if 'reference' in value: left -= 1",)  # links.py looks at the text itself
_SIBLING = 1  # the bit of a ``_key``; choice elements have the bits after it


@dataclass(frozen=True, slots=True)
class Names:
    """Gives the names under which the generated text finds what it calls."""

    constant: Bind
    test: Callable[[Primitive], tuple[str, str]]  # the precise test of a primitive, and what it remembers
    check: Callable[[Type], str]  # the generated check of a type
    choice: Callable[[Property], object]  # the check of one property, a function in a list
    bound: Callable[[Property], str]  # a test of what is bound to a value set
    invariant: Callable[[Invariant, Type | Primitive], str]  # the compiled expression


def source_of(kind: Type, name: str, names: Names) -> str:
    """The text of the function ``name(value, links, depth)``, which is true of certainly valid objects."""
    return "\n".join(_Writer(names).function(kind, name)) + "\n"


def source_of_choice(here: Property, name: str, names: Names) -> str:
    """The text of the function ``name(item, links, depth)`` for one type of a choice element."""
    lines = (f"    {line}" for line in _Writer(names).item(here))
    return "\n".join([f"def {name}(item, links, depth):", *lines, "    return True"]) + "\n"


@dataclass(frozen=True, slots=True)
class _Writer:
    names: Names

    def function(self, kind: Type, name: str) -> Iterator[str]:
        yield f"def {name}(value, links, depth):"
        yield f"    if value.__class__ is not dict or depth > {MAX_DEPTH}: return False"
        if kind.is_resource:
            yield "    left = len(value) - 1"  # resourceType, by which this function was chosen
        else:
            yield "    left = len(value)"
            yield "    if not left: return False"
        yield "    depth += 1"
        if CONTAINED in kind.elements:
            yield "    begun = len(links)"
            yield f"    if {CONTAINED!r} in value: left -= 1"  # judged last, when all that links to it is known
        rest: dict[str, tuple[int, object]] = {}
        bits: dict[str, int] = {}
        for element, found in kind.elements.items():
            if element in LEFT_OUT or (element == "id" and not kind.is_resource):
                continue  # left to the walker, as what an object must not have two of: the ids of its elements
            if found[0].key == element:
                yield from (
                    _LINK if (kind.name, element) == ("Reference", "reference") else self._element(kind, found[0])
                )
                if beside := _read_beside(found[0]):
                    rest[beside] = (_SIBLING, self.names.choice(_beside(found[0])))
            else:
                bits[element] = _SIBLING << len(bits) + 1
                rest.update((here.key, (bits[element], self.names.choice(here))) for here in found)
        if rest:
            yield from self._rest(self.names.constant(rest))
        yield f"    return not left and {' and '.join(self._conditions(kind, bits)) or ALWAYS}"

    def _element(self, kind: Type, here: Property) -> Iterator[str]:
        yield f"    if {here.key!r} in value:"
        yield f"        item = value[{here.key!r}]"
        if here.many:
            yield "        if item.__class__ is not list or not item: return False"
            yield "        for item in item:"
        indent = " " * (12 if here.many else 8)
        yield from (f"{indent}{line}" for line in self.item(here))
        if here.element == "extension" and kind.name not in ("Extension", "Element"):
            # the parts of an extension are judged with it, what stands beside a primitive as the primitive's
            yield f"        if not {self._extensions(kind, None)}(value['extension']): return False"
        yield "        left -= 1"

    def _extensions(self, kind: Type | Primitive, here: Property | None) -> str:
        return self.names.constant(extensions_test(kind, here))

    def _rest(self, table: str) -> Iterator[str]:
        """Choice elements, one type of each; and the ``_key`` of a primitive."""
        yield "    chosen = 0"
        yield "    if left:"
        yield "        for key in value:"
        yield f"            if key in {table}:"
        yield f"                bit, check = {table}[key]"
        yield "                if chosen & bit or not check[0](value[key], links, depth): return False"
        yield "                chosen |= bit"
        yield "                left -= 1"

    def item(self, here: Property) -> Iterator[str]:
        """One value of a property, in the variable ``item``."""
        kind = here.type
        if kind is None:
            yield "if not check_resource(item, links, depth): return False"
        elif isinstance(kind, Primitive):
            yield f"if not ({self._primitive(kind, here)}): return False"
        else:
            yield f"if not {self.names.check(kind)}(item, links, depth): return False"
            if isinstance(here, _Beside) and isinstance(here.of.type, Primitive):
                yield f"if 'extension' in item and not {self._extensions(here.of.type, here.of)}(item['extension']):"
                yield "    return False"
            if kind.name == "Reference":
                yield f"links.append((item, {self.names.constant(here.targets)}))"
            if here.binding is not None:
                yield f"if not {self.names.bound(here)}(item): return False"
        if kind is not None:
            for rule in here.invariants:
                if not rule.is_best_practice:
                    yield f"if not ({self._invariant(rule, kind, 'item')}): return False"

    def _primitive(self, kind: Primitive, here: Property) -> str:
        if here.listed is not None:
            known = frozenset(code for each in here.listed.values() for code in each if kind.broken(code) is None)
            return f"item.__class__ is str and item in {self.names.constant(known)}"
        plain = expression(kind, "item", *self.names.test(kind))
        return f"({plain}) and {self.names.bound(here)}(item)" if here.binding is not None else plain

    def _conditions(self, kind: Type, bits: dict[str, int]) -> Iterator[str]:
        """What must be there, and the invariants of the type."""
        for element, least in kind.required:
            if element in bits:
                yield f"chosen & {bits[element]}"
            elif least > 1:
                yield f"len(value.get({element!r}, ())) >= {least}"
            elif beside := _read_beside(kind.elements[element][0]):
                yield f"({element!r} in value or {beside!r} in value)"
            else:
                yield f"{element!r} in value"
        for rule in kind.invariants:
            if not rule.is_best_practice:
                yield self._invariant(rule, kind, "value")
        if kind.name in HELD:
            yield f"all_read({kind.name!r}, value)"
        if kind.is_coded:
            yield "((value.get('system'), value.get('code')) in known_codings or coding_holds(value))"
        if kind.name == "Observation":
            yield "vital_sign_holds(value, links)"
        if kind.name in JUDGED:
            yield "canonical_holds(value)"
        if CONTAINED in kind.elements:
            yield f"({CONTAINED!r} not in value or contained_holds(value, links, begun, depth, check_resource))"

    def _invariant(self, rule: Invariant, kind: Type | Primitive, variable: str) -> str:
        """Our condition, else the expression itself where it asks of nothing but its element."""
        is_root = isinstance(kind, Type) and kind.is_resource and variable == "value"
        conditions = [BY_HAND.get(rule.rule, "")]
        if isinstance(kind, Type):
            here = Place(variable, kind)
            resource, strict = here if is_root else None, not rule.empty_is_met
            conditions.append(holding(parse(rule.text), here, resource, self.names.constant, strict=strict))
        # the resource is known in its own check alone, what a reference points to in none
        if "resolve()" not in rule.text and (is_root or not _OF_RESOURCE.search(rule.text)):
            conditions.append(f"{self.names.invariant(rule, kind)}({variable})")
        return f"({' or '.join(filter(None, conditions)) or False})"


def _read_beside(here: Property) -> str:
    """The ``_key`` that is read, beside the value or in its place; "" where it is the walker's."""
    return here.beside if here.beside and not here.many and not here.invariants else ""


@dataclass(slots=True, eq=False)
class _Beside(Property):
    """What stands under ``_key``: an id and the extensions of a primitive."""

    of: Property


def _beside(here: Property) -> _Beside:
    element = type_named("Element")
    return _Beside(
        f"_{here.key}", here.element, here.step, here.path, False, element, frozenset(), None, (), None, of=here
    )
