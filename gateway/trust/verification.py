"""Verification: the verdict on a signed message, and how each numbered step went.

Step words: ``pass``; ``fail``, it is wrong; ``error``, it could not be carried out;
``omit``, there was nothing to check; ``skip``, not reached because an earlier step failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from gateway.outcome import Issue, Verdict
from gateway.trust.form import SignedMessage

VerificationWord = Literal["valid", "invalid", "unverifiable"]


@dataclass(frozen=True, slots=True)
class Step:
    number: int
    name: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Verification:
    """``message`` is None when the form is broken. ``signed_at`` is ``sigT`` once step 2 has read it."""

    steps: tuple[Step, ...]
    message: SignedMessage | None = None
    signed_at: datetime | None = None

    @property
    def verdict(self) -> VerificationWord:
        """Failed anywhere: invalid. Anything not carried out: unverifiable. Never valid by default."""
        words = {step.verdict.word for step in self.steps}
        if "fail" in words:
            return "invalid"
        if "error" in words or "skip" in words or "pass" not in words:
            return "unverifiable"
        return "valid"

    @property
    def valid(self) -> bool:
        return self.verdict == "valid"

    @property
    def issues(self) -> tuple[Issue, ...]:
        """Each finding once, in the order of the steps."""
        found: dict[tuple[str, str], Issue] = {}
        for step in self.steps:
            for issue in step.verdict.issues:
                found.setdefault((issue.rule, issue.expression), issue)
        return tuple(found.values())

    def word(self, number: int) -> str:
        return next(step.verdict.word for step in self.steps if step.number == number)

    def as_json(self, language: str = "en") -> dict[str, Any]:
        """``{"verdict","steps":[{"step","name","verdict"}],"reasons":[{"step","rule","expression","text"}]}``."""
        return {
            "verdict": self.verdict,
            "steps": [{"step": step.number, "name": step.name, "verdict": step.verdict.word} for step in self.steps],
            "reasons": [self._reason(issue, language) for issue in self.issues],
        }

    def _reason(self, issue: Issue, language: str) -> dict[str, Any]:
        step = next(step.number for step in self.steps if issue in step.verdict.issues)
        return {"step": step, "rule": issue.rule, "expression": issue.expression, "text": issue.text(language)}


def passed(*issues: Issue) -> Verdict:
    return Verdict("pass", issues)


def failed(rule: str, expression: str = "", **parameters: object) -> Verdict:
    return Verdict("fail", (Issue("error", "security", rule, expression, parameters),))


def not_carried_out(rule: str, expression: str = "", **parameters: object) -> Verdict:
    return Verdict("error", (Issue("error", "security", rule, expression, parameters),))


def broken(issues: Sequence[Issue]) -> Verdict:
    return Verdict("fail", tuple(issues))


def nothing_to_check() -> Verdict:
    return Verdict("omit")
