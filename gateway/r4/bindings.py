"""Required bindings: is the code one of the value set's? https://hl7.org/fhir/R4/terminologies.html#required"""

from __future__ import annotations

from typing import Any

Codes = dict[str, frozenset[str]]


def broken_binding(codes: Codes, value: Any) -> str | None:
    """The rule broken by a code, Coding, CodeableConcept or Quantity; None when it is in the set."""
    if isinstance(value, str):
        return None if any(value in each for each in codes.values()) else "r4-code"
    if not isinstance(value, dict):
        return None
    if "coding" in value or "text" in value:
        codings = value.get("coding")
        if not isinstance(codings, list) or not codings:
            return "r4-code-missing"
        broken = [_coding(codes, coding) for coding in codings]
        return None if None in broken else broken[0]
    return _coding(codes, value)


def _coding(codes: Codes, coding: Any) -> str | None:
    if not isinstance(coding, dict) or "code" not in coding:
        return "r4-code-missing"
    system, code = coding.get("system"), coding["code"]
    if not isinstance(system, str) or system not in codes:
        return "r4-code-system"
    return None if isinstance(code, str) and code in codes[system] else "r4-code"
