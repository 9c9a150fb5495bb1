"""A compiled expression and the two ways to ask it.

``collect`` gives its items and ``truth`` its boolean, so that ``a.exists() and b.empty()``
builds no lists. Both take the environment and the input collection (what ``$this`` is).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import DecimalException
from typing import TypeVar

from gateway.r4.fhirpath.errors import FhirPathError, Undecided
from gateway.r4.fhirpath.nodes import Collection, Environment, content

Answer = TypeVar("Answer")
Collect = Callable[[Environment, Collection], Collection]
Truth = Callable[[Environment, Collection], bool | None]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression, or a part of one."""

    collect: Collect
    truth: Truth

    def on(self, environment: Environment) -> bool | None:
        """Its boolean on the environment's context; None when the answer is empty.

        FhirPathError when it cannot be decided. What is not met perhaps because a reference was not resolved is
        undecided too: R4 has such references passed over (https://hl7.org/fhir/R4/fhirpath.html#functions).
        """
        answer = _guarded(self.truth, environment)
        if answer is not True and environment.has_unresolved:
            raise Undecided("what a reference points to is not at hand")
        return answer

    def items(self, environment: Environment) -> Collection:
        """Its items on the environment's context; FhirPathError when it cannot be evaluated."""
        return _guarded(self.collect, environment)


def _guarded(ask: Callable[[Environment, Collection], Answer], environment: Environment) -> Answer:
    environment.begin()
    try:
        return ask(environment, [environment.context])
    except RecursionError:
        raise FhirPathError("the expression nests too deep") from None
    except DecimalException:
        raise FhirPathError("a number too large, too small or too precise to calculate with") from None


def from_collect(collect: Collect) -> Expression:
    """An expression known by its items; its boolean follows the singleton rule."""

    def truth(environment: Environment, this: Collection) -> bool | None:
        return singleton_truth(collect(environment, this))

    return Expression(collect, truth)


def from_truth(truth: Truth) -> Expression:
    """An expression known by its boolean; empty when that is None."""

    def collect(environment: Environment, this: Collection) -> Collection:
        answer = truth(environment, this)
        return [] if answer is None else [answer]

    return Expression(collect, truth)


def singleton_truth(items: Collection) -> bool | None:
    """http://hl7.org/fhirpath/2018Sep/#singleton-evaluation-of-collections"""
    if not items:
        return None
    if len(items) > 1:
        raise FhirPathError("one item was expected")
    value = content(items[0])
    return value if isinstance(value, bool) else True


def one(items: Collection) -> object:
    """The single item; FhirPathError where there are more or none."""
    if len(items) != 1:
        raise FhirPathError("one item was expected")
    found: object = items[0]
    return found


def text_of(items: Collection) -> str:
    """The single item, a text."""
    value = content(one(items))
    if not isinstance(value, str):
        raise FhirPathError("a text was expected")
    return value


def integer_of(items: Collection) -> int:
    """The single item, an integer."""
    value = content(one(items))
    if not isinstance(value, int) or isinstance(value, bool):
        raise FhirPathError("an integer was expected")
    return value
