"""Primitive values: for each R4 type a Python expression that is true of certainly valid ones.

What an expression does not decide itself it leaves to the type's precise test
(``gateway.r4.primitives``). The tests of codes, URIs and times remember what they found valid,
since the same few stand all over a report; texts, which may be a patient's, are never remembered.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from gateway.jsontext import Number
from gateway.r4.bindings import Binding, broken_binding
from gateway.r4.primitives import LONGEST
from gateway.r4.schema import Primitive

# Printable text (str.isprintable) holds no control character and no white space but the space itself.
_TEXT = "{x}.__class__ is str and {x}.isprintable() and {x}.strip() and len({x}) <= LONGEST or {test}({x})"
_KNOWN = "{x}.__class__ is str and {x} in {known} or {test}({x})"
_URI = "{x}.__class__ is str and ({x} in {known} or is_uuid_urn({x})) or {test}({x})"
_EXPRESSIONS = {
    "boolean": "{x} is True or {x} is False",
    "decimal": "{x}.__class__ is Number or {x}.__class__ is int or {test}({x})",
    "id": "{x}.__class__ is str and is_plain_id({x}) or {test}({x})",
    "string": _TEXT,
    "markdown": _TEXT,
    "uri": _URI,
    "url": _URI,
    "canonical": _URI,
    **dict.fromkeys(("code", "date", "dateTime", "instant", "time"), _KNOWN),
}
_REMEMBERED = 2048  # values of each type, none longer than
_LONGEST_REMEMBERED = 128  # characters

# What every expression may call.
NAMES: dict[str, Any] = {
    "LONGEST": LONGEST,
    "Number": Number,
    "is_plain_id": re.compile(r"[A-Za-z0-9\-.]{1,64}").fullmatch,
    "is_uuid_urn": re.compile("urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch,
}


def expression(kind: Primitive, value: str, test: str, known: str) -> str:
    """Python that is true of a certainly valid ``kind`` in the variable ``value``.

    ``test`` and ``known`` are the names of what :func:`precise_test` makes.
    """
    return _EXPRESSIONS.get(kind.name, "{test}({x})").format(x=value, test=test, known=known)


def precise_test(kind: Primitive) -> tuple[Callable[[Any], bool], set[str]]:
    """The test that is true of exactly the valid values of ``kind``, and where it keeps those it remembers."""
    broken, known = kind.broken, set[str]()
    if "{known}" not in _EXPRESSIONS.get(kind.name, ""):
        return lambda value: broken(value) is None, known

    def is_valid(value: Any) -> bool:
        if broken(value) is not None:
            return False
        if len(value) <= _LONGEST_REMEMBERED:
            if len(known) >= _REMEMBERED:
                known.clear()
            known.add(value)
        return True

    return is_valid, known


def bound_test(bound: Binding) -> Callable[[Any], bool]:
    """A test of values of the right form: there is nothing to say of their binding. Codes in the set are remembered."""
    known: set[Any] = set()

    def is_met(value: Any) -> bool:
        keys = (
            [value] if value.__class__ is str else [(each.get("system"), each.get("code")) for each in _codings(value)]
        )
        if not known.isdisjoint(keys):
            return True
        if broken_binding(bound, value) is not None:
            return False
        if len(keys) > 1:  # one of them is in the set: not known which
            return True
        known.update(key for key in keys if len(known) < _REMEMBERED and _is_short_code(key))
        return True

    return is_met


def _is_short_code(key: str | tuple[str | None, str | None]) -> bool:
    if isinstance(key, str):
        return len(key) <= _LONGEST_REMEMBERED
    system, code = key
    return system is not None and code is not None and len(system) + len(code) <= _LONGEST_REMEMBERED


def _codings(value: dict[str, Any]) -> list[dict[str, Any]]:
    """Those of a CodeableConcept; a Coding or Quantity itself."""
    codings: list[dict[str, Any]] = value.get("coding", ()) if "coding" in value or "text" in value else [value]
    return codings
