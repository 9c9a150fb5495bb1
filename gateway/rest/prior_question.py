"""What is asked of $prior-results and $prior-studies: a query, or a Parameters whose parts are the same.

A test is one ``code`` (``SYSTEM|CODE``, several of one test by comma), or in a Parameters an ``order`` with parts of
its own. What is not understood is refused by name, never ignored: a condition that nobody knows would forbid nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from gateway.errors import PayloadError, SearchRefused
from gateway.mapping.naming import fixed_system
from gateway.prior.question import MOST_CODES, MOST_ORDERS, About, Question
from gateway.reuse.order import OrderedTest, Priority, Setting
from gateway.reuse.result import Code

Given = Mapping[str, Sequence[Any]]  # parameter → its values: texts, Codings, CodeableConcepts, or an order's parts

_TEXT = ("valueString", "valueCode", "valueUri")
_CONCEPT = (*_TEXT, "valueCoding", "valueCodeableConcept")
_OF_A_TEST = {"specimen": _CONCEPT, "method": _TEXT, "unit": _TEXT, "priority": _TEXT}
_OF_A_STUDY = {"modality": _CONCEPT, "body-site": _CONCEPT, "laterality": _TEXT, "priority": _TEXT}
_OF_ALL = {
    "patient": (*_TEXT, "valueIdentifier", "valueReference"),
    "setting": _TEXT,
    "condition": _CONCEPT,
    "specialty": _TEXT,
}
_ONCE = frozenset({"patient", "setting", "specialty", "method", "unit", "laterality", "name", "reference", "priority"})
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}\Z")  # https://hl7.org/fhir/R4/datatypes.html#id
_LONGEST = 255  # characters of a code, a unit, a method or an identifier


def of_pairs(pairs: Sequence[tuple[str, str]], *, imaging: bool) -> dict[str, list[Any]]:
    """A query's parameters; those of one test stand beside its only ``code``."""
    known = {*_OF_ALL, "code", *(_OF_A_STUDY if imaging else _OF_A_TEST)}
    given: dict[str, list[Any]] = {}
    for name, value in pairs:
        if name == "_format":
            continue
        if name not in known:
            raise SearchRefused("prior-parameter-unknown", name=_named(name))
        given.setdefault(name, []).append(value)
    return given


def of_parameters(body: Any, *, imaging: bool) -> dict[str, list[Any]]:
    """A Parameters resource's; an ``order`` is the mapping of its parts."""
    listed = body.get("parameter") if isinstance(body, dict) and body.get("resourceType") == "Parameters" else None
    own = _OF_A_STUDY if imaging else _OF_A_TEST
    of_order = own | {"code": _CONCEPT, "name": _TEXT, "reference": ("valueReference", *_TEXT)}
    return _read(listed, _OF_ALL | own | {"code": _CONCEPT}, of_order)


def _read(
    listed: Any, known: Mapping[str, tuple[str, ...]], of_order: Mapping[str, tuple[str, ...]] | None = None
) -> dict[str, list[Any]]:
    if not isinstance(listed, list):
        raise PayloadError("prior-form", "Parameters.parameter")
    given: dict[str, list[Any]] = {}
    for one in listed:
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str):
            raise PayloadError("prior-form", "Parameters.parameter")
        if name == "order" and of_order is not None:
            given.setdefault(name, []).append(_read(one.get("part"), of_order))
            continue
        if name not in known:
            raise SearchRefused("prior-parameter-unknown", name=_named(name))
        values = [one[kind] for kind in known[name] if kind in one]
        if len(values) != 1 or len(one) != 2:
            raise PayloadError("prior-form", "Parameters.parameter")
        given.setdefault(name, []).append(values[0])
    return given


def question(given: Given, *, conditions: frozenset[str]) -> Question:
    """``conditions``: those that a list knows. SearchRefused or PayloadError says what is not understood."""
    for name in _ONCE & given.keys():
        if len(given[name]) > 1:
            raise SearchRefused("search-parameter-repeated", parameter=name)
    if len(given.get("patient", ())) != 1:
        raise SearchRefused("prior-patient")
    setting = _text(given, "setting")
    if setting not in get_args(Setting):
        raise SearchRefused("prior-setting-unknown", settings=", ".join(one for one in get_args(Setting) if one))
    said = frozenset(code for value in given.get("condition", ()) for _, code in _codes(value, "condition", plain=True))
    if not said <= conditions:
        raise SearchRefused("prior-condition-unknown", conditions=", ".join(sorted(conditions)))
    return Question(
        about=_about(given["patient"][0]),
        orders=tuple(_orders(given)),
        setting=setting,  # type: ignore[arg-type]  # one of its words, as was just seen
        conditions=said,
        specialty=_text(given, "specialty"),
    )


def _orders(given: Given) -> list[OrderedTest]:
    codes, orders = given.get("code", ()), given.get("order", ())
    if len(codes) + len(orders) > MOST_ORDERS:
        raise SearchRefused("prior-too-many", limit=MOST_ORDERS)
    details = {name: given[name] for name in (*_OF_A_TEST, *_OF_A_STUDY) if name in given}
    if details and len(codes) + len(orders) > 1:
        raise SearchRefused("prior-details-of-several", parameter=min(details))
    if not codes and not orders and not details.keys() >= {"modality", "body-site"}:
        raise SearchRefused("prior-what")
    plain = [_order({**details, "code": [one]}) for one in codes] or ([] if orders else [_order(details)])
    return plain + [_order(one) for one in orders]


def _order(given: Given) -> OrderedTest:
    for name in _ONCE & given.keys():
        if len(given[name]) > 1:
            raise SearchRefused("search-parameter-repeated", parameter=name)
    codes = frozenset(code for value in given.get("code", ()) for code in _codes(value, "code"))
    modality = [code for value in given.get("modality", ()) for _, code in _codes(value, "modality", plain=True)]
    if not codes and not (modality and given.get("body-site")):
        raise SearchRefused("prior-what")
    if len(codes) > MOST_CODES:
        raise SearchRefused("prior-too-many", limit=MOST_CODES)
    if len(modality) > 1:
        raise SearchRefused("search-parameter-repeated", parameter="modality")
    priority = _text(given, "priority")
    if priority not in get_args(Priority):
        raise SearchRefused("prior-priority-unknown", priorities=", ".join(one for one in get_args(Priority) if one))
    return OrderedTest(
        codes,
        name=_text(given, "name"),
        reference=_text(given, "reference"),
        specimen=frozenset(code for value in given.get("specimen", ()) for code in _codes(value, "specimen")),
        method=_text(given, "method"),
        unit=_text(given, "unit"),
        priority=priority,  # type: ignore[arg-type]  # one of its words, as was just seen
        modality="".join(modality),
        body_site=frozenset(code for value in given.get("body-site", ()) for code in _codes(value, "body-site")),
        laterality=_text(given, "laterality"),
    )


def _codes(value: Any, name: str, *, plain: bool = False) -> list[Code]:
    """(system, code) of a token list, Coding or CodeableConcept; ``plain``: a code may stand without its system."""
    if isinstance(value, str):
        tokens = [one.partition("|") for one in value.split(",")]
        found = [(system, code) if bar else ("", system) for system, bar, code in tokens]
    else:
        codings = value.get("coding", [value]) if isinstance(value, dict) else ()
        if not isinstance(codings, list) or not codings or not all(isinstance(one, dict) for one in codings):
            raise PayloadError("prior-form", "Parameters.parameter")
        found = [(_word(one, "system"), _word(one, "code")) for one in codings]
    for system, code in found:
        if not code or len(code) > _LONGEST:
            raise SearchRefused("search-value-malformed", parameter=name)
        if not plain and (not system or len(system) > _LONGEST):
            raise SearchRefused("prior-code-without-system", parameter=name)
    return found


def _word(coding: Mapping[str, Any], name: str) -> str:
    """An element that is a text; "" for anything else, which is then refused as missing."""
    value = coding.get(name, "")
    return value if isinstance(value, str) else ""


def _text(given: Given, name: str) -> str:
    """The one value of a parameter in words; "" where it is not given."""
    values = given.get(name)
    if not values:
        return ""
    value = values[0].get("reference") if isinstance(values[0], dict) else values[0]
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        raise SearchRefused("search-value-malformed", parameter=name)
    return value


def _about(value: Any) -> About:
    if isinstance(value, dict):
        value = f"{value['system']}|{value['value']}" if {"system", "value"} <= value.keys() else value.get("reference")
    if not isinstance(value, str) or len(value) > 2 * _LONGEST:
        raise SearchRefused("search-value-malformed", parameter="patient")
    system, bar, number = value.partition("|")
    if bar and system and number:
        return About(fixed_system(system), number)
    logical = value.removeprefix("Patient/")
    if bar or not _ID.match(logical):
        raise SearchRefused("search-value-malformed", parameter="patient")
    return About("", logical)


def _named(name: str) -> str:
    """A parameter's name as an answer may repeat it: one of another door's, or nothing of the sender's."""
    return name if name in {*_OF_ALL, *_OF_A_TEST, *_OF_A_STUDY, "order"} else "?"
