"""A compiled expression and the two ways to ask it.

``collect`` gives its items and ``truth`` its boolean, so that ``a.exists() and b.empty()``
builds no lists. Both take the environment and the input collection (what ``$this`` is).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.r4.fhirpath.errors import FhirPathError
from gateway.r4.fhirpath.nodes import Collection, Environment, content

Collect = Callable[[Environment, Collection], Collection]
Truth = Callable[[Environment, Collection], bool | None]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression, or a part of one."""

    collect: Collect
    truth: Truth

    def on(self, environment: Environment) -> bool | None:
        """Its boolean on the environment's context; None when the answer is empty."""
        return self.truth(environment, [environment.context])


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
