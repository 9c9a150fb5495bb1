"""Functions of texts. http://hl7.org/fhirpath/2018Sep/#string-manipulation"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.r4.fhirpath.arithmetic import LONGEST, bounded
from gateway.r4.fhirpath.errors import FhirPathError
from gateway.r4.fhirpath.expression import Expression, from_collect, from_truth, integer_of, text_of
from gateway.r4.fhirpath.families import Arguments, Make, Table
from gateway.r4.fhirpath.nodes import Collection, Environment, content
from gateway.r4.fhirpath.regular import found, replaced


def _text_or_none(items: Collection) -> str | None:
    """The single text; None of nothing, and of an element with extensions and no value."""
    return None if not items or (len(items) == 1 and content(items[0]) is None) else text_of(items)


def _test(ask: Callable[[Environment, str, str], bool]) -> dict[int, Make]:
    def make(source: Expression, arguments: Arguments) -> Expression:
        collect, argument = source.collect, arguments[0].collect

        def truth(environment: Environment, this: Collection) -> bool | None:
            text = _text_or_none(collect(environment, this))
            part = _text_or_none(argument(environment, this)) if text is not None else None
            return None if text is None or part is None else ask(environment, text, part)

        return from_truth(truth)

    return {1: make}


def _made(give: Callable[..., Any], *wanted: Callable[[Collection], Any]) -> dict[int, Make]:
    """What ``give`` makes of the environment, the text and its arguments; nothing when one of them is empty."""

    def make(source: Expression, arguments: Arguments) -> Expression:
        def collect(environment: Environment, this: Collection) -> Collection:
            text = _text_or_none(source.collect(environment, this))
            if text is None:
                return []
            given = [argument.collect(environment, this) for argument in arguments]
            if not all(given):
                return []
            made = give(environment, text, *(want(items) for want, items in zip(wanted, given, strict=False)))
            return made if isinstance(made, list) else [bounded(made)]

        return from_collect(collect)

    return {len(wanted): make}


def _substring(_environment: Environment, text: str, start: int, length: int | None = None) -> Any:
    if not 0 <= start < len(text):
        return []
    return text[start:] if length is None else text[start : start + max(length, 0)]


def _replace(environment: Environment, text: str, part: str, other: str) -> str:
    times = text.count(part)
    if len(text) + times * len(other) > LONGEST:
        raise FhirPathError("a text too long")
    environment.spend((len(text) + times * len(other)) // 100)
    return text.replace(part, other)


def _matches(environment: Environment, text: str, regular: str) -> bool:
    environment.spend(len(text) // 10)
    return found(regular, text)


def _replace_matches(environment: Environment, text: str, regular: str, other: str) -> str:
    most = (len(text) + 1) * (len(other) + 1)  # a place before each character, and one behind the last
    if most > LONGEST:
        raise FhirPathError("a text too long")
    environment.spend(most // 100)
    return replaced(regular, text, other)


TEXTS: Table = {
    "indexOf": _made(lambda _environment, text, part: text.find(part), text_of),
    "substring": _made(_substring, integer_of) | _made(_substring, integer_of, integer_of),
    "startsWith": _test(lambda _environment, text, part: text.startswith(part)),
    "endsWith": _test(lambda _environment, text, part: text.endswith(part)),
    "contains": _test(lambda _environment, text, part: part in text),
    "upper": _made(lambda _environment, text: text.upper()),
    "lower": _made(lambda _environment, text: text.lower()),
    "replace": _made(_replace, text_of, text_of),
    "matches": _test(_matches),
    "replaceMatches": _made(_replace_matches, text_of, text_of),
    "length": _made(lambda _environment, text: len(text)),
    "toChars": _made(lambda _environment, text: list(text)),
}
