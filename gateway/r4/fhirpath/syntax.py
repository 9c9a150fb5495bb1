"""The syntax tree of an expression: what the parser makes and the compiler reads."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from gateway.r4.fhirpath.values import Quantity


@dataclass(frozen=True, slots=True)
class Literal:
    value: bool | str | int | Decimal | Quantity | None  # None is the empty collection {}; a Temporal is a str


@dataclass(frozen=True, slots=True)
class Variable:
    name: str  # resource, context, ucum …; $index, $total


@dataclass(frozen=True, slots=True)
class This:
    """``$this``, or the input an unqualified name starts from."""


@dataclass(frozen=True, slots=True)
class Member:
    source: Tree
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    source: Tree
    name: str
    arguments: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Index:
    source: Tree
    index: Tree


@dataclass(frozen=True, slots=True)
class Operation:
    operator: str
    left: Tree
    right: Tree


@dataclass(frozen=True, slots=True)
class TypeTest:
    operator: str  # is, as
    source: Tree
    type_name: str  # Patient, System.Boolean


Tree = Literal | Variable | This | Member | Call | Index | Operation | TypeTest
