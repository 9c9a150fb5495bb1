"""Is a code one of its system? For the systems whose form or list is known here.

https://hl7.org/fhir/R4/datatypes.html#Coding and, system by system, https://hl7.org/fhir/R4/terminologies-systems.html
"""

from __future__ import annotations

from gateway.outcome import Severity
from gateway.r4.ucum import is_ucum

UCUM = "http://unitsofmeasure.org"


def broken_code(system: str, code: str) -> tuple[Severity, str] | None:
    """The severity and rule broken by a code that its system has not; None when it has, or cannot be known."""
    if system == UCUM:
        return None if is_ucum(code) else ("error", "r4-ucum")
    return None
