"""Syntax tree to closures: one case a kind of tree; operators and functions stand in files of their own."""

from __future__ import annotations

from functools import lru_cache

from gateway.r4.fhirpath import functions, operators
from gateway.r4.fhirpath.errors import FhirPathError
from gateway.r4.fhirpath.expression import Expression, from_collect, from_truth
from gateway.r4.fhirpath.nodes import Collection, Environment, Fixed, Node
from gateway.r4.fhirpath.parser import parse
from gateway.r4.fhirpath.syntax import Call, Index, Literal, Member, Operation, This, Tree, TypeTest, Variable
from gateway.r4.fhirpath.types import has_type, is_type

CONSTANTS = {"ucum": "http://unitsofmeasure.org", "sct": "http://snomed.info/sct", "loinc": "http://loinc.org"}
# %`vs-…` and %`ext-…`: https://hl7.org/fhir/R4/fhirpath.html#variables
_PREFIXES = {"vs-": "http://hl7.org/fhir/ValueSet/", "ext-": "http://hl7.org/fhir/StructureDefinition/"}


@lru_cache(maxsize=5000)
def compile_text(text: str) -> Expression:
    """The expression in ``text``, compiled once; FhirPathError when it cannot be."""
    return _compile(parse(text))


def _compile(tree: Tree) -> Expression:
    made = _made(tree)
    return _remembered(made) if _is_fixed(tree) else made


def _is_fixed(tree: Tree) -> bool:
    """True for a path from the resource, whose answer is the same wherever it is asked."""
    match tree:
        case Call(_, "resolve" | "trace", _):
            return False  # what is passed over there is remembered by each expression that asks
        case Member(source) | Call(source, _, ()):
            return (isinstance(source, Variable) and source.name in ("resource", "rootResource")) or _is_fixed(source)
    return False


def _remembered(expression: Expression) -> Expression:
    """Evaluated once a resource: an invariant asked of each of N elements stays linear in N."""
    mark = object()

    def collect(environment: Environment, this: Collection) -> Collection:
        known = environment.fixed.get(mark)
        if known is None:
            known = environment.fixed[mark] = Fixed(expression.collect(environment, this))
        return known

    return from_collect(collect)


def _made(tree: Tree) -> Expression:
    match tree:
        case This():
            return from_collect(lambda _environment, this: this)
        case Literal(value):
            items: Collection = [] if value is None else [value]
            return from_collect(lambda _environment, _this: items)
        case Variable(name):
            return _variable(name)
        case Member(source, name):
            return _member(source, name)
        case Index(source, index):
            return functions.index(_compile(source), _compile(index))
        case TypeTest(operator, source, type_name):
            return _type_test(operator, _compile(source), type_name)
        case Operation(operator, left, right):
            return operators.operation(operator, _compile(left), _compile(right))
        case Call(source, name, arguments):
            return functions.call(name, _compile(source), tuple(map(_compile, arguments)))


def _variable(name: str) -> Expression:
    constant = CONSTANTS.get(name)
    for prefix, url in _PREFIXES.items():
        if name.startswith(prefix):
            constant = url + name.removeprefix(prefix)
    if constant is not None:
        items: Collection = [constant]
        return from_collect(lambda _environment, _this: items)
    match name:
        case "resource":
            return from_collect(lambda environment, _this: [environment.resource])
        case "rootResource":
            return from_collect(lambda environment, _this: [environment.root])
        case "context":
            return from_collect(lambda environment, _this: [environment.context])
        case "extension":
            return from_collect(lambda environment, _this: [environment.extension] if environment.extension else [])
        case "$index":
            return from_collect(lambda environment, _this: [environment.index])
        case "$total":
            return from_collect(lambda environment, _this: environment.total)
    raise FhirPathError(f"unknown variable %{name}")


def _member(source: Tree, name: str) -> Expression:
    if isinstance(source, This) and name[:1].isupper():
        # A path may begin with the type it starts from: Appointment.status
        return from_collect(lambda _environment, this: [node for node in this if has_type(node, name)])
    before = _compile(source).collect

    def collect(environment: Environment, this: Collection) -> Collection:
        found: Collection
        items = before(environment, this)
        if len(items) == 1 and isinstance(items[0], Node):
            found = list(items[0].type.children(items[0], name))
            if len(found) > 1:
                environment.spend(len(found))
            return found
        found = []
        for node in items:
            if isinstance(node, Node):
                found.extend(node.type.children(node, name))
        environment.spend(len(items) + len(found))
        return found

    return from_collect(collect)


def _type_test(operator: str, source: Expression, type_name: str) -> Expression:
    if not is_type(type_name):
        raise FhirPathError(f"unknown type {type_name}")
    collect = source.collect
    if operator == "as":
        return from_collect(
            lambda environment, this: [item for item in collect(environment, this) if has_type(item, type_name)]
        )

    def truth(environment: Environment, this: Collection) -> bool | None:
        items = collect(environment, this)
        if len(items) > 1:
            raise FhirPathError("one item was expected")
        return has_type(items[0], type_name) if items else None

    return from_truth(truth)
