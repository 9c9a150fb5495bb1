"""Invariants as Python: what must stand in an element's JSON for an expression to hold.

Most of R4's invariants ask which elements are there (``dataAbsentReason.empty() or value.empty()``),
and that is a question to the keys of a ``dict``. :func:`holding` turns such an expression into one,
and what it cannot read so into no condition at all. The conditions are sufficient, not necessary:
where one is not met, the compiled expression (``gateway.r4.fhirpath``) decides.

They are asked of elements whose structure is right, and nowhere else: a key that is there then
stands for at least one node.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.r4.fhirpath.compiler import CONSTANTS
from gateway.r4.fhirpath.syntax import Call, Literal, Member, Operation, This, Tree, Variable
from gateway.r4.schema import Primitive, Property, Type

Bind = Callable[[object], str]  # gives the name under which the generated code knows a constant
NEVER = ""  # no condition of ours suffices
ALWAYS = "True"
CONTAINED = "contained"  # judged apart (contained.py), its invariants too
# What no condition asks: of what the walker alone judges there is none where we say yes.
LEFT_OUT = frozenset({CONTAINED, "modifierExtension"})
_MANY = 4  # keys; more are asked for as a set
# Numbers and truths; and times, of which two that are written differently may be the same.
_NOT_TEXT = frozenset({"boolean", "decimal", "integer", "positiveInt", "unsignedInt"})
_NOT_TEXT |= {"date", "dateTime", "instant", "time"}
_LOGIC = frozenset({"and", "or", "xor", "implies"})
_TESTS = frozenset({"exists", "empty", "not", "hasValue", "all"})
_TOTAL = frozenset({"exists", "empty", "hasValue", "count", "first", "isDistinct"})  # never raise, whatever the input


@dataclass(frozen=True, slots=True)
class Place:
    """A variable of the generated code, and the type of the object in it."""

    variable: str
    type: Type


def holding(
    tree: Tree,
    here: Place,
    resource: Place | None,
    bind: Bind,
    *,
    strict: bool,
    left_out: frozenset[str] = LEFT_OUT,
) -> str:
    """Python that is true only where ``tree`` is true for the object in ``here``; NEVER when unknown.

    Where not ``strict``, ``tree`` may also be empty there.
    ``resource`` is what ``%resource`` is, where the generated code has it at hand and checked;
    ``left_out`` are the elements that certainly are not there.
    """
    return _Reader(here, resource, bind, left_out).surely(tree, True, strict=strict)


@dataclass(frozen=True, slots=True)
class _Reader:
    here: Place
    resource: Place | None
    bind: Bind
    left_out: frozenset[str]

    def surely(self, tree: Tree, wanted: bool, *, strict: bool) -> str:
        """A condition under which ``tree`` is ``wanted``; or, where not ``strict``, empty."""
        match tree:
            case Operation(("and" | "or" | "implies") as operator, left, right):
                return self._joined(operator, left, right, wanted, strict=strict)
            case Operation("xor", left, right):
                return self._alike(left, right, not wanted, strict=strict)
            case Operation(("=" | "!=") as operator, left, right):
                same = wanted is (operator == "=")
                if _is_boolean(left) and _is_boolean(right):
                    return self._alike(left, right, same, strict=strict)
                return self._equal(left, _texts(right), same, strict=strict)
            case Operation("in", left, right):
                return self._equal(left, _texts(right), wanted, strict=strict)
            case Call(source, "not", ()):
                return self.surely(source, not wanted, strict=strict)
            case Call(source, "empty", ()):
                return self.empty(source) if wanted else self.there(source)
            case Call(source, "exists", ()):
                return self.there(source) if wanted else self.empty(source)
            case Call(source, "exists", (_,)):
                return NEVER if wanted else self.empty(source)
            case Call(source, "hasValue", ()):
                return self._value_there(source) if wanted else self.empty(source)
            case Call(Member(This(), name), "all", (criteria,)) if wanted:
                return self._all(name, criteria)
            case Call(source, "contains", (Literal(str() as part),)):
                return self._contains(source, part, wanted, strict=strict)
        return NEVER

    def _joined(self, operator: str, left: Tree, right: Tree, wanted: bool, *, strict: bool) -> str:
        """``left implies right`` is ``left.not() or right``; an operand that is evaluated unread must not raise."""
        second = self.surely(right, wanted, strict=strict)
        asked_of_left = wanted is not (operator == "implies")
        if wanted is (operator == "and"):
            return _every(self.surely(left, asked_of_left, strict=strict), second)
        # only a left that is not empty keeps the right from being evaluated
        first = self.surely(left, asked_of_left, strict=strict or not _is_total(right))
        return _either(first, second if _is_total(left) else NEVER)

    def _alike(self, left: Tree, right: Tree, same: bool, *, strict: bool) -> str:
        """Both booleans the same, or both different."""
        return _either(
            *(
                _every(self.surely(left, value, strict=strict), self.surely(right, value is same, strict=strict))
                for value in (False, True)
            )
        )

    def _equal(self, left: Tree, texts: frozenset[str] | None, same: bool, *, strict: bool) -> str:
        """A single primitive element against fixed texts."""
        found = self._single(left)
        if found is None or texts is None:
            return NEVER
        item, key = found
        one, several = ("==", "in") if same else ("!=", "not in")
        text = f"{one} {min(texts)!r}" if len(texts) == 1 else f"{several} {tuple(sorted(texts))!r}"
        held = f"{item}[{key!r}] {text}"
        return _either(NEVER if strict else self.empty(left), _every(f"{key!r} in {item}", held))

    def _contains(self, source: Tree, part: str, wanted: bool, *, strict: bool) -> str:
        found = self._single(source)
        if found is None:
            return NEVER
        item, key = found
        held = f"{part!r} {'' if wanted else 'not '}in {item}[{key!r}]"
        return _either(NEVER if strict else self.empty(source), _every(f"{key!r} in {item}", held))

    def _all(self, name: str, criteria: Tree) -> str:
        """Every item of a list: ``entry.all(…)``."""
        choices = self.here.type.elements.get(name, ())
        if len(choices) != 1 or not choices[0].many or not isinstance(choices[0].type, Type):
            return NEVER
        inner = _Reader(Place("each", choices[0].type), self.resource, self.bind, self.left_out).surely(
            criteria, True, strict=True
        )
        return f"all({inner} for each in {self.here.variable}.get({name!r}, ()))" if inner else NEVER

    def _single(self, tree: Tree) -> tuple[str, str] | None:
        """The variable and key of a primitive that stands at most once and is a text."""
        match tree:
            case Member(This(), name):
                place: Place | None = self.here
            case Member(Variable("resource"), name):
                place = self.resource
            case _:
                return None
        choices = place.type.elements.get(name, ()) if place else ()
        if place is None or len(choices) != 1 or choices[0].many or not _is_text(choices[0]):
            return None
        return place.variable, choices[0].key

    def empty(self, tree: Tree) -> str:
        """No node there: no key of the element, nor the key beside it."""
        match tree:
            case Call(source, "where" | "select" | "trace" | "first" | "resolve", _):
                return self.empty(source)
            case Member(This(), name) if not name[:1].isupper():
                return self._absent(self.here.type, self.here.variable, name)
            case Member(Member(This(), name) as source, inner):
                return _either(self.empty(source), self._below(name, inner))
            case Member(source, _):
                return self.empty(source)
        return NEVER

    def _below(self, name: str, inner: str) -> str:
        """No item of the list ``name`` has an ``inner``."""
        choices = self.here.type.elements.get(name, ())
        if len(choices) != 1 or not choices[0].many or not isinstance(choices[0].type, Type):
            return NEVER
        absent = self._absent(choices[0].type, "each", inner)
        return f"all({absent} for each in {self.here.variable}.get({name!r}, ()))" if absent else NEVER

    def there(self, tree: Tree) -> str:
        """At least one node there."""
        match tree:
            case Member(This(), name):
                keys = [choice.key for choice in self.here.type.elements.get(name, ())]
                if len(keys) > _MANY:
                    return f"not {self.bind(frozenset(keys))}.isdisjoint({self.here.variable})"
                return _either(*(f"{key!r} in {self.here.variable}" for key in keys))
        return NEVER

    def _value_there(self, tree: Tree) -> str:
        match tree:
            case Member(This(), name):
                choices = self.here.type.elements.get(name, ())
                if len(choices) == 1 and not choices[0].many and isinstance(choices[0].type, Primitive):
                    return f"{choices[0].key!r} in {self.here.variable}"
        return NEVER

    def _absent(self, kind: Type, variable: str, name: str) -> str:
        keys: list[str] = []
        if name in kind.properties and name not in kind.elements:
            return NEVER  # one type of a choice, asked for by its key
        for choice in kind.elements.get(name, ()):
            keys += [choice.key, choice.beside] if choice.beside else [choice.key]
        if name in self.left_out:
            return ALWAYS
        if len(keys) > _MANY:
            return f"{self.bind(frozenset(keys))}.isdisjoint({variable})"
        return _every(*(f"{key!r} not in {variable}" for key in keys))


def _is_text(here: Property) -> bool:
    return isinstance(here.type, Primitive) and here.type.name not in _NOT_TEXT


def _is_boolean(tree: Tree) -> bool:
    match tree:
        case Call(_, name, _):
            return name in _TESTS
        case Operation(operator):
            return operator in _LOGIC or operator in ("=", "!=", "in")
    return False


def _is_total(tree: Tree) -> bool:
    """True for what never raises: an operand of ``or`` that we do not read must not."""
    match tree:
        case This() | Literal():
            return True
        case Variable(name):
            return name in CONSTANTS or name == "resource"
        case Member(source):
            return _is_total(source)
        case Call(source, "not", ()):
            return _is_boolean(source) and _is_total(source)
        case Call(source, "where" | "all" | "exists", (criteria,)):
            return _is_boolean(criteria) and _is_total(criteria) and _is_total(source)
        case Call(source, name, ()):
            return name in _TOTAL and _is_total(source)
        case Call(source, "select" | "trace", arguments):
            return all(map(_is_total, (source, *arguments)))
        case Operation(operator, left, right):
            plain = operator in ("=", "!=", "in", "|")
            logic = operator in _LOGIC and _is_boolean(left) and _is_boolean(right)
            return (plain or logic) and _is_total(left) and _is_total(right)
    return False


def _texts(tree: Tree) -> frozenset[str] | None:
    """The texts of ``'a' | 'b'``; None when it is anything else."""
    match tree:
        case Literal(str() as text):
            return frozenset({text})
        case Variable(name) if name in CONSTANTS:
            return frozenset({CONSTANTS[name]})
        case Operation("|", left, right):
            first, second = _texts(left), _texts(right)
            return None if first is None or second is None else first | second
    return None


def _every(*conditions: str) -> str:
    """All of them; NEVER when one is."""
    if NEVER in conditions:
        return NEVER
    return f"({' and '.join(conditions)})" if len(conditions) > 1 else "".join(conditions) or ALWAYS


def _either(*conditions: str) -> str:
    """Any of those that are not NEVER, the cheapest first: what asks for one key, and of the others the shortest."""
    known = sorted(filter(None, conditions), key=lambda each: ("(" in each, len(each)))
    return f"({' or '.join(known)})" if len(known) > 1 else "".join(known)
