"""The invariants of R4, each compiled when first evaluated. https://hl7.org/fhir/R4/conformance-rules.html#constraints"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from gateway.outcome import Severity
from gateway.r4.definition_files import definition_file, rules_apart
from gateway.r4.fhirpath import Expression, compile_text


@dataclass(frozen=True, slots=True)
class Invariant:
    """``rule`` is the key in lower case (``obs-6``), with the type where two types share a key."""

    rule: str
    text: str
    severity: Severity = "error"  # or warning
    is_best_practice: bool = False  # marked so by R4: said to who asks for it

    @property
    def expression(self) -> Expression:
        return compile_text(self.text)


@cache
def invariant(rule: str) -> Invariant | None:
    """The invariant, or None where it is judged elsewhere (rules_apart.json)."""
    definition = definition_file("invariants")[rule]
    if any(rule in rules for rules in rules_apart().values()):
        return None
    return Invariant(rule, definition["expression"], definition["severity"], definition.get("best_practice", False))


def invariants(rules: list[str]) -> tuple[Invariant, ...]:
    """Those of ``rules`` that are evaluated."""
    return tuple(found for rule in rules if (found := invariant(rule)) is not None)
