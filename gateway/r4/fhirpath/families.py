"""What the functions of one kind share: how a plain Python function becomes one of FHIRPath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.r4.fhirpath.expression import Expression, from_collect, from_truth, one
from gateway.r4.fhirpath.nodes import Collection, Environment

Arguments = tuple[Expression, ...]
Make = Callable[[Expression, Arguments], Expression]
Table = dict[str, dict[int, Make]]  # name → number of arguments → what makes the expression


def test(ask: Callable[[Collection], bool | None]) -> dict[int, Make]:
    """A boolean about the input alone."""

    def make(source: Expression, _arguments: Arguments) -> Expression:
        collect = source.collect
        return from_truth(lambda environment, this: ask(collect(environment, this)))

    return {0: make}


def value(give: Callable[[Collection], Collection]) -> dict[int, Make]:
    """Items made from the input alone."""

    def make(source: Expression, _arguments: Arguments) -> Expression:
        collect = source.collect
        return from_collect(lambda environment, this: give(collect(environment, this)))

    return {0: make}


def of_item(give: Callable[[Any], Any]) -> dict[int, Make]:
    """One thing made from a single item, nothing (None) included; an empty input gives nothing."""
    return value(lambda items: [made] if items and (made := give(one(items))) is not None else [])


def with_other(give: Callable[[Environment, Collection, Collection], Collection]) -> dict[int, Make]:
    """Items made from the input and one argument, which is asked of what the input was asked of."""

    def make(source: Expression, arguments: Arguments) -> Expression:
        collect, other = source.collect, arguments[0].collect
        return from_collect(
            lambda environment, this: give(environment, collect(environment, this), other(environment, this))
        )

    return {1: make}


def test_with_other(ask: Callable[[Environment, Collection, Collection], bool | None]) -> dict[int, Make]:
    """A boolean about the input and one argument."""

    def make(source: Expression, arguments: Arguments) -> Expression:
        collect, other = source.collect, arguments[0].collect
        return from_truth(
            lambda environment, this: ask(environment, collect(environment, this), other(environment, this))
        )

    return {1: make}
