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
    empty_is_met: bool = False  # the expression may answer nothing where nothing is wrong

    @property
    def expression(self) -> Expression:
        return compile_text(self.text)

    def broken_by(self, answer: bool | None) -> bool:
        """Whether the expression's answer breaks the rule: it must be true, and nothing is not."""
        return not answer and not (answer is None and self.empty_is_met)


@cache
def invariant(rule: str) -> Invariant | None:
    """The invariant, or None where it is judged elsewhere (rules_apart.json)."""
    definition = definition_file("invariants")[rule]
    apart = rules_apart()
    if rule in apart["native"] or rule in apart["not_evaluated"]:
        return None
    # a warning is said of what is there: name, which no rule requires, is not "not usable" where there is none
    empty_is_met = definition["severity"] == "warning" or rule in apart["empty_is_met"]
    best_practice = definition.get("best_practice", False)
    return Invariant(rule, definition["expression"], definition["severity"], best_practice, empty_is_met)


def invariants(rules: list[str]) -> tuple[Invariant, ...]:
    """Those of ``rules`` that are evaluated."""
    return tuple(found for rule in rules if (found := invariant(rule)) is not None)
