"""Functions by name. http://hl7.org/fhirpath/2018Sep/#functions and https://hl7.org/fhir/R4/fhirpath.html#functions

Each family has a file and in it a table: the name, how many arguments it may have, what makes its expression.
"""

from __future__ import annotations

from gateway.r4.fhirpath.conversion import CONVERSION
from gateway.r4.fhirpath.errors import FhirPathError
from gateway.r4.fhirpath.expression import Expression, from_collect, integer_of
from gateway.r4.fhirpath.families import Arguments, Table
from gateway.r4.fhirpath.fhir import OF_FHIR
from gateway.r4.fhirpath.mathematics import MATHEMATICS
from gateway.r4.fhirpath.nodes import Collection, Environment
from gateway.r4.fhirpath.per_item import PER_ITEM
from gateway.r4.fhirpath.sets import SETS
from gateway.r4.fhirpath.texts import TEXTS
from gateway.r4.fhirpath.whole import WHOLE

FUNCTIONS: Table = {}
for _family in (WHOLE, PER_ITEM, SETS, TEXTS, CONVERSION, MATHEMATICS, OF_FHIR):
    for _name, _made in _family.items():
        FUNCTIONS[_name] = FUNCTIONS.get(_name, {}) | _made


def call(name: str, source: Expression, arguments: Arguments) -> Expression:
    """The expression ``source.name(arguments)``."""
    make = FUNCTIONS.get(name, {}).get(len(arguments))
    if make is None:
        raise FhirPathError(f"no function {name} with {len(arguments)} arguments")
    return make(source, arguments)


def index(source: Expression, position: Expression) -> Expression:
    """``source[position]``, from 0; empty beyond the end."""

    def collect(environment: Environment, this: Collection) -> Collection:
        items, at = source.collect(environment, this), position.collect(environment, this)
        if not items or not at:
            return []
        number = integer_of(at)
        return items[number : number + 1] if number >= 0 else []

    return from_collect(collect)
