"""Is a code one of its system? For the systems whose list or form is known here.

https://hl7.org/fhir/R4/datatypes.html#Coding and, system by system, https://hl7.org/fhir/R4/terminologies-systems.html
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files

from gateway.outcome import Severity
from gateway.r4.code_forms import is_language, is_loinc, is_media_type, is_sctid, is_uri
from gateway.r4.definition_files import definition_file
from gateway.r4.ucum import is_ucum

UCUM = "http://unitsofmeasure.org"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
# A code is one of these systems if and only if it has the form.
_BY_FORM: dict[str, Callable[[str], bool]] = {
    UCUM: is_ucum,
    "urn:ietf:bcp:13": is_media_type,
    "urn:ietf:bcp:47": is_language,
    "urn:ietf:rfc:3986": is_uri,
}
# A code of another form is none of these systems; whether one of the right form is, cannot be known.
_NEEDS_FORM: dict[str, Callable[[str], bool]] = {SNOMED: is_sctid, LOINC: is_loinc}
_OF_R4 = "http://hl7.org/fhir/"  # defined together with R4, and as fixed
_OF_HL7 = "http://terminology.hl7.org/"  # versions of their own; a later one may have more codes


@lru_cache(maxsize=1)
def _public_lists() -> dict[str, frozenset[str]]:
    read = tomllib.loads((files("gateway.r4") / "public_lists.toml").read_text(encoding="utf-8"))
    return {system: frozenset(codes.split()) for system, codes in read.items()}


def has_code(system: str, code: str) -> bool | None:
    """Whether ``system`` has ``code``; None when that cannot be known here."""
    if system in _BY_FORM:
        return _BY_FORM[system](code)
    if system in _NEEDS_FORM:
        return None if _NEEDS_FORM[system](code) else False
    if system in _public_lists():
        return code in _public_lists()[system]
    listed = definition_file("code_systems").get(system)
    return None if listed is None else code in listed


def listed_codes(system: str, codes: frozenset[str] | None) -> frozenset[str] | None:
    """``codes`` themselves; where they are None, all that the system has; None where no list has them."""
    if codes is not None:
        return codes
    found = _public_lists().get(system) or definition_file("code_systems").get(system)
    return frozenset(found) if found else None


def broken_code(system: str, code: str) -> tuple[Severity, str] | None:
    """The severity and rule broken by a code that its system has not; None when it has, or cannot be known."""
    if has_code(system, code) is not False:
        return None
    if system == UCUM:
        return "warning", "r4-ucum"  # R4 has no SHALL for it, and HL7's own examples say TAB and mcg
    if system in _NEEDS_FORM:
        return "warning", "r4-code-form"
    return ("error" if system.startswith(_OF_R4) else "warning"), "r4-code-unknown"
