"""What FHIR adds to FHIRPath, and the clock. https://hl7.org/fhir/R4/fhirpath.html#functions

What no one here can answer (the codes of a value set that is not known, a profile that is not at hand) is
undecided: neither yes nor no.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from gateway.r4.fhirpath.errors import Undecided
from gateway.r4.fhirpath.expression import Expression, from_collect, from_truth, one, text_of
from gateway.r4.fhirpath.families import Arguments, Make, Table, of_item, test
from gateway.r4.fhirpath.nodes import Collection, Environment, Node, content
from gateway.r4.fhirpath.values import Temporal
from gateway.r4.narrative import broken_narrative


def _has_value(items: Collection) -> bool:
    if len(items) != 1:
        return False
    item = items[0]
    return not isinstance(item, Node) or (item.is_primitive and item.value is not None)


def _value(item: Any) -> Any:
    """The value of a primitive element, as FHIRPath has it."""
    if not isinstance(item, Node):
        return item
    if not item.is_primitive or item.value is None:
        return None
    kind = item.type.name.replace("instant", "dateTime")
    return Temporal(item.value, kind) if kind in ("date", "dateTime", "time") else item.value


def _html_checks(items: Collection) -> bool | None:
    return broken_narrative(text_of(items)) is None if items else None


def _extensions(source: Expression, arguments: Arguments) -> Expression:
    def collect(environment: Environment, this: Collection) -> Collection:
        found: Collection = []
        items, given = source.collect(environment, this), arguments[0].collect(environment, this)
        if items and given:
            url = text_of(given)
            for node in items:
                if isinstance(node, Node):
                    below = node.type.children(node, "extension")
                    found.extend(
                        each for each in below if isinstance(each.value, dict) and each.value.get("url") == url
                    )
        environment.spend(len(items))
        return found

    return from_collect(collect)


def _has_extension(source: Expression, arguments: Arguments) -> Expression:
    collect = _extensions(source, arguments).collect
    return from_truth(lambda environment, this: bool(collect(environment, this)))


def _resolve(source: Expression, _arguments: Arguments) -> Expression:
    """What references point to; one that points elsewhere is passed over, and the expression remembers it."""

    def resolved(environment: Environment, this: Collection) -> Collection:
        found: Collection = []
        for item in source.collect(environment, this):
            value = content(item)
            reference = value.get("reference") if isinstance(value, dict) else value
            node = environment.resolve(reference) if isinstance(reference, str) else None
            if node is not None:
                found.append(node)
            elif isinstance(reference, str) and not reference.startswith("#"):
                environment.has_unresolved = True
        return found

    return from_collect(resolved)


def _asked(ask: Callable[[Environment, Any, str], bool | None], reason: str) -> dict[int, Make]:
    """A question to who knows more; nothing is asked of an empty input, and no answer is none."""

    def make(source: Expression, arguments: Arguments) -> Expression:
        def truth(environment: Environment, this: Collection) -> bool | None:
            items = source.collect(environment, this)
            if not items:
                return None
            answer = ask(environment, one(items), text_of(arguments[0].collect(environment, this)))
            if answer is None:
                raise Undecided(reason)
            return answer

        return from_truth(truth)

    return {1: make}


def _conforms(environment: Environment, item: Any, profile: str) -> bool | None:
    return environment.conforms_to(item, profile) if isinstance(item, Node) else None


def _undecided(_source: Expression, _arguments: Arguments) -> Expression:
    def collect(_environment: Environment, _this: Collection) -> Collection:
        raise Undecided("asks the profile that an element is judged by")

    return from_collect(collect)


def _clock(part: Callable[[datetime], Temporal]) -> dict[int, Make]:
    def make(_source: Expression, _arguments: Arguments) -> Expression:
        def collect(environment: Environment, _this: Collection) -> Collection:
            if environment.moment is None:
                environment.moment = environment.now()
            return [part(environment.moment)]

        return from_collect(collect)

    return {0: make}


def _moment(now: datetime) -> Temporal:
    return Temporal(now.isoformat(timespec="milliseconds").replace("+00:00", "Z"), "dateTime")


OF_FHIR: Table = {
    "hasValue": test(_has_value),
    "getValue": of_item(_value),
    "htmlChecks": test(_html_checks),
    "extension": {1: _extensions},
    "hasExtension": {1: _has_extension},
    "resolve": {0: _resolve},
    "memberOf": _asked(
        lambda environment, item, url: environment.member_of(url, content(item)), "the codes of a value set"
    ),
    "conformsTo": _asked(_conforms, "a profile"),
    "elementDefinition": {0: _undecided},
    "slice": {2: _undecided},
    "checkModifiers": dict.fromkeys(range(1, 9), _undecided),
    "subsumes": {1: _undecided},
    "subsumedBy": {1: _undecided},
    "now": _clock(_moment),
    "today": _clock(lambda now: Temporal(now.date().isoformat(), "date")),
    "timeOfDay": _clock(lambda now: Temporal(now.time().isoformat(timespec="milliseconds"), "time")),
}
