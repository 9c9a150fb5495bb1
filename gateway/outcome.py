"""Issue and Verdict: what a check found, and the OperationOutcome built from it.

https://hl7.org/fhir/R4/operationoutcome.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from gateway.messages import address, sentence

Severity = Literal["fatal", "error", "warning", "information"]
VerdictWord = Literal["pass", "fail", "skip", "error", "omit"]

# The transient branch of http://hl7.org/fhir/issue-type: retry if and only if the code is here.
TRANSIENT_CODES = frozenset({"transient", "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled"})

# The rule's key travels as details.coding in this system.
RULE_SYSTEM = "https://lienthong.example/fhir/CodeSystem/rule"

# R4's own extension for where a rule is defined: https://hl7.org/fhir/R4/extension-operationoutcome-authority.html
AUTHORITY = "http://hl7.org/fhir/StructureDefinition/operationoutcome-authority"


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding: what (rule), where (expression), how bad. Never a patient's value.

    ``code`` is from http://hl7.org/fhir/issue-type; ``rule`` is a key of the message
    catalogue; ``expression`` a FHIRPath or a source path (``OBX[3]-5``, ``XML4[2].GIA_TRI``);
    ``parameters`` fill the sentence and hold names, positions and rules only. ``source``: where an
    ``expression`` of the Bundle is, the source path its element came from.
    """

    severity: Severity
    code: str
    rule: str
    expression: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)
    source: str = ""

    def text(self, language: str = "en") -> str:
        return sentence(self.rule, language, **self.parameters)

    @property
    def refuses(self) -> bool:
        return self.severity in ("fatal", "error")

    def as_fhir(self, language: str = "en") -> dict[str, Any]:
        text = self.text(language)
        made: dict[str, Any] = {
            "severity": self.severity,
            "code": self.code,
            "details": {"coding": [{"system": RULE_SYSTEM, "code": self.rule}], "text": text},
            "diagnostics": f"{self.expression}: {text}" if self.expression else text,
        }
        if self.expression:
            made["expression"] = [self.expression, self.source] if self.source else [self.expression]
        if see := address(self.rule):
            made["extension"] = [{"url": AUTHORITY, "valueUri": see}]
        return made


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one numbered question: a word, and the issues that led to it."""

    word: VerdictWord
    issues: tuple[Issue, ...] = ()


def operation_outcome(issues: Iterable[Issue], language: str = "en") -> dict[str, Any]:
    """An OperationOutcome of the issues; with none, the informational ``all-ok`` (issue is 1..*)."""
    made = [issue.as_fhir(language) for issue in issues]
    if not made:
        made = [Issue("information", "informational", "all-ok").as_fhir(language)]
    return {"resourceType": "OperationOutcome", "issue": made}


def refusing(issues: Sequence[Issue]) -> bool:
    """True when any issue is an error or fatal."""
    return any(issue.refuses for issue in issues)
