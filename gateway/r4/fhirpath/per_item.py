"""Functions whose argument is asked of every item, which is then ``$this``; and ``iif``, asked of the input.

http://hl7.org/fhirpath/2018Sep/#filtering-and-projection
"""

from __future__ import annotations

from typing import Any

from gateway.r4.fhirpath.expression import Expression, from_collect, from_truth
from gateway.r4.fhirpath.families import Arguments, Make, Table
from gateway.r4.fhirpath.nodes import Collection, Environment, key


def _where(source: Expression, arguments: Arguments) -> Expression:
    collect, criteria = source.collect, arguments[0].truth

    def met(environment: Environment, this: Collection) -> Collection:
        items, outer = collect(environment, this), environment.index
        environment.spend(len(items))
        found: Collection = []
        for index, item in enumerate(items):
            environment.index = index
            if criteria(environment, [item]) is True:
                found.append(item)
        environment.index = outer
        return found

    return from_collect(met)


def _select(source: Expression, arguments: Arguments) -> Expression:
    collect, projection = source.collect, arguments[0].collect

    def selected(environment: Environment, this: Collection) -> Collection:
        items, outer = collect(environment, this), environment.index
        found: Collection = []
        for index, item in enumerate(items):
            environment.index = index
            made = projection(environment, [item])
            environment.spend(1 + len(made))
            found.extend(made)
        environment.index = outer
        return found

    return from_collect(selected)


def _until(answer: bool) -> Make:
    """``all`` asks until one is not true, ``exists`` until one is."""

    def make(source: Expression, arguments: Arguments) -> Expression:
        collect, criteria = source.collect, arguments[0].truth

        def truth(environment: Environment, this: Collection) -> bool:
            items, outer = collect(environment, this), environment.index
            environment.spend(len(items))
            for index, item in enumerate(items):
                environment.index = index
                if (criteria(environment, [item]) is True) is answer:
                    environment.index = outer
                    return answer
            environment.index = outer
            return not answer

        return from_truth(truth)

    return make


def _repeat(source: Expression, arguments: Arguments) -> Expression:
    collect, projection = source.collect, arguments[0].collect

    def repeated(environment: Environment, this: Collection) -> Collection:
        found: dict[Any, Any] = {}
        waiting = list(collect(environment, this))
        while waiting:
            made = projection(environment, [waiting.pop()])
            environment.spend(1 + len(made))
            for item in made:
                identity = key(item)
                if identity not in found:
                    found[identity] = item
                    waiting.append(item)
        return list(found.values())

    return from_collect(repeated)


def _aggregate(source: Expression, arguments: Arguments) -> Expression:
    def total(environment: Environment, this: Collection) -> Collection:
        items = source.collect(environment, this)
        at, outer = environment.index, environment.total
        made = arguments[1].collect(environment, this) if len(arguments) > 1 else []
        for index, item in enumerate(items):
            environment.index = index
            environment.total = made
            made = arguments[0].collect(environment, [item])
            environment.spend(1 + len(made))
        environment.index, environment.total = at, outer
        return made

    return from_collect(total)


def _iif(source: Expression, arguments: Arguments) -> Expression:
    """The criterion is asked of the input as a whole, which may be empty."""
    collect = source.collect

    def chosen(environment: Environment, this: Collection) -> Collection:
        items = collect(environment, this)
        if arguments[0].truth(environment, items) is True:
            return arguments[1].collect(environment, items)
        return arguments[2].collect(environment, items) if len(arguments) > 2 else []

    return from_collect(chosen)


def _trace(source: Expression, _arguments: Arguments) -> Expression:
    """Says nothing: a trace would carry values into a log."""
    return source


PER_ITEM: Table = {
    "where": {1: _where},
    "select": {1: _select},
    "all": {1: _until(False)},
    "exists": {1: _until(True)},
    "repeat": {1: _repeat},
    "aggregate": {1: _aggregate, 2: _aggregate},
    "iif": {2: _iif, 3: _iif},
    "trace": {1: _trace, 2: _trace},
}
