"""A decision: what a person said a local code, or a unit's text, means in a standard.

A facility's own decision goes before that for every facility (``facility`` ""). A later one of the
same facility takes the place of the one before, which stays as history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from gateway.bundle import CANONICAL
from gateway.errors import UnknownCode
from gateway.mapping.units import UCUM
from gateway.r4.code_forms import is_loinc, is_sctid, is_uri
from gateway.r4.ucum import is_ucum

Kind = Literal["code", "unit"]

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"

# https://hl7.org/fhir/R4/valueset-concept-map-equivalence.html
EQUIVALENCES = (
    "equal", "equivalent", "relatedto", "wider", "subsumes", "narrower", "specializes", "inexact", "unmatched",
    "disjoint",
)  # fmt: skip
SAME = frozenset({"equal", "equivalent"})  # only these say that one code may stand for the other
NO_TARGET = "unmatched"

# Systems whose codes say nothing elsewhere: none at all, a facility's own, the nation's for indicators and services.
# The insurance's short lists (bhyt-…) are translated in mappings/vocabularies.
_LOCAL = (
    "urn:vn:cskcb:",
    f"{CANONICAL}/CodeSystem/qd1227",
    f"{CANONICAL}/CodeSystem/ma-dich-vu",
)
LONGEST = 255  # characters of a code or a unit's text that can be decided and is counted


@dataclass(frozen=True, slots=True)
class Decision:
    """``number`` grows with each. ``facility``: "" for every facility. ``kind`` "unit": ``code`` is the sender's text,
    ``target_code`` its UCUM code. ``equivalence``: of the target to the code; "" took the decision before back.
    ``at``: aware UTC."""

    number: int
    facility: str
    kind: Kind
    system: str
    code: str
    target_system: str
    target_code: str
    target_display: str
    equivalence: str
    by: str
    at: datetime
    reason: str = ""

    @property
    def adds(self) -> bool:
        """Its target may stand beside the code as the same thing."""
        return self.equivalence in SAME

    def told(self) -> dict[str, Any]:
        """As an exchange's account names it."""
        return {
            "decision": self.number,
            "facility": self.facility,
            "code": f"{self.system}|{self.code}" if self.kind == "code" else self.code,
            "target": f"{self.target_system}|{self.target_code}",
            "equivalence": self.equivalence,
            "by": self.by,
            "at": self.at.isoformat(),
        }

    def coding(self) -> dict[str, str]:
        """The target as a FHIR Coding."""
        made = {"system": self.target_system, "code": self.target_code}
        return made | {"display": self.target_display} if self.target_display else made


def is_local(system: str) -> bool:
    """True for a system without a standard's meaning; "" is a code whose sender names no system."""
    return not system or system.startswith(_LOCAL)


def source(system: str, code: str) -> None:
    """UnknownCode (422) for what no decision applies to: a code of a standard, or one too long to be counted."""
    if not is_local(system):
        raise UnknownCode("vocabulary-source-standard")
    if not code or len(code) > LONGEST:
        raise UnknownCode("vocabulary-source-code")


def target(system: str, code: str) -> None:
    """UnknownCode (422) unless a code of that system may be decided on: a standard's system, and its code's form."""
    if is_local(system) or not is_uri(system):
        raise UnknownCode("vocabulary-target-local")
    wrong = (
        not code
        or code != " ".join(code.split())
        or (system == LOINC and not is_loinc(code))
        or (system == SNOMED and not is_sctid(code))
        or (system == UCUM and not is_ucum(code))
    )
    if wrong:
        raise UnknownCode("vocabulary-target-code", system=system)


def unit_target(code: str) -> None:
    """UnknownCode (422) for what is no UCUM code; it may parse and still mean something else, so a person decides."""
    if not is_ucum(code):
        raise UnknownCode("vocabulary-unit-not-ucum")
