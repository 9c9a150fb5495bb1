"""A line: what one row of a sheet, or one element of a ConceptMap, decides; the decisions in force as such lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.errors import UnknownCode
from gateway.mapping.units import UCUM
from gateway.terminology import decision
from gateway.terminology.concept_maps import UNIT_TEXTS
from gateway.terminology.decision import EQUIVALENCES, LONGEST, NO_TARGET, Decision, Kind
from gateway.terminology.terms import Key


@dataclass(frozen=True, slots=True)
class Line:
    """``system`` UNIT_TEXTS: ``code`` is a unit as a sender writes it."""

    system: str
    code: str
    target_system: str
    target_code: str
    equivalence: str = "equivalent"
    display: str = ""
    reason: str = ""

    @property
    def kind(self) -> Kind:
        return "unit" if self.system == UNIT_TEXTS else "code"

    @property
    def key(self) -> Key:
        return self.kind, "" if self.kind == "unit" else self.system, self.code

    def stands_as(self, made: Decision | None) -> bool:
        """It says what this decision says already."""
        return made is not None and (made.target_system, made.target_code, made.equivalence, made.target_display) == (
            self.target_system, self.target_code, self.equivalence, self.display,
        )  # fmt: skip

    def checked(self) -> Line:
        """Itself; UnknownCode (422) for what cannot be decided."""
        if self.equivalence not in EQUIVALENCES:
            raise UnknownCode("vocabulary-equivalence")
        if self.kind == "unit":
            self._unit()
            return self
        decision.source(self.system, self.code)
        if self.equivalence != NO_TARGET:
            decision.target(self.target_system, self.target_code)
        elif self.target_system or self.target_code:
            raise UnknownCode("vocabulary-equivalence")
        return self

    def _unit(self) -> None:
        if not self.code or len(self.code) > LONGEST:
            raise UnknownCode("vocabulary-source-code")
        if self.equivalence != "equivalent":  # a unit's text is a UCUM unit, or nothing is said of it
            raise UnknownCode("vocabulary-equivalence")
        if self.target_system != UCUM:
            raise UnknownCode("vocabulary-unit-not-ucum")
        decision.unit_target(self.target_code)


def lines_of(standing: Iterable[Decision]) -> list[Line]:
    """The decisions in force, in the order in which they were first made."""
    return [
        Line(
            UNIT_TEXTS if one.kind == "unit" else one.system, one.code, one.target_system, one.target_code,
            one.equivalence, one.target_display, one.reason,
        )
        for one in standing
    ]  # fmt: skip
