"""What R4 says in words of a ValueSet's definition: its code systems are absolute, its filters ask what can be.

https://hl7.org/fhir/R4/valueset-definitions.html#ValueSet.compose.include
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from gateway.outcome import Issue
from gateway.r4.code_systems import SNOMED, broken_code
from gateway.r4.extension_content import is_absolute, items

_OF_ONE_CODE = frozenset({"=", "is-a", "descendent-of", "is-not-a", "generalizes"})
_OF_CODES = frozenset({"in", "not-in"})  # separated by commas
# https://hl7.org/fhir/R4/codesystem-concept-properties.html: what the value of the property is
_CODES = frozenset({"concept", "parent", "child"})
_BOOLEANS = frozenset({"inactive", "notSelectable"})
_OF_HL7 = ("http://hl7.org/fhir/", "http://terminology.hl7.org/", SNOMED)
_EXPRESSIONS = frozenset({"constraint", "expression"})  # https://hl7.org/fhir/R4/snomedct.html#implicit
_TERM = re.compile(r"\|[^|]*\|")
# A concept, and after it another with nothing between that would join them; `attribute >= #5` compares a number.
_NOT_JOINED = re.compile(r"[0-9]{6,18}(?:\s*(?:[<>](?!=?\s*#)|\^)|\s+[0-9])", re.ASCII)


def value_set_issues(resource: dict[str, Any], path: str) -> Iterator[Issue]:
    """What is wrong in a ValueSet, as far as its structure is right."""
    compose = resource.get("compose")
    for key in ("include", "exclude"):
        for one, at in items(compose, key, f"{path}.compose") if isinstance(compose, dict) else ():
            system = one.get("system")
            if isinstance(system, str) and not is_absolute(system):
                yield Issue("error", "value", "r4-system-absolute", f"{at}.system")
            for criterion, place in items(one, "filter", at):
                yield from _filter(system, criterion, place)


def _filter(system: object, criterion: dict[str, Any], path: str) -> Iterator[Issue]:
    name, op, value = (criterion.get(key) for key in ("property", "op", "value"))
    if not isinstance(op, str) or not isinstance(value, str):
        return
    if op == "exists" and value not in ("true", "false"):
        yield Issue("error", "value", "r4-filter-exists", f"{path}.value")
    if not isinstance(name, str) or not isinstance(system, str):
        return
    if name in _BOOLEANS and op == "=" and system.startswith(_OF_HL7) and value not in ("true", "false"):
        yield Issue("error", "value", "r4-filter-boolean", f"{path}.value")
    if name in _EXPRESSIONS and op == "=" and system == SNOMED and is_no_constraint(value):
        yield Issue("error", "value", "r4-filter-constraint", f"{path}.value")
    if name not in _CODES:
        return
    # what `in` lists of other systems may be the name of a set
    codes = [value] if op in _OF_ONE_CODE else value.split(",") if op in _OF_CODES and system == SNOMED else []
    found = [broken[0] for code in codes if (broken := broken_code(system, code.strip()))]
    if found:
        # what has not the form of a SNOMED CT identifier selects nothing, in any edition
        yield Issue("error" if system == SNOMED else found[0], "code-invalid", "r4-filter-code", f"{path}.value")


def is_no_constraint(text: str) -> bool:
    """True of what plainly is no SNOMED CT expression constraint (ECL); most of the language is not read.

    https://confluence.ihtsdotools.org/display/DOCECL
    """
    if any(mark in text for mark in ('"', "/*", "{{")):
        return False  # texts, comments and filters have rules of their own
    plain = _TERM.sub(" ", text)
    return any(plain.count(one) != plain.count(other) for one, other in ("()", "{}")) or bool(_NOT_JOINED.search(plain))
