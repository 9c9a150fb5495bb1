"""Verdict on one requirement: a word, what led to it, and the requests it rests on.

- ``pass``: the check asked, and nothing spoke against it
- ``fail``: the target does not do what the requirement says
- ``skip``: the target does not claim it, holds nothing to ask it of, or may not be written to
- ``omit``: the run was not given what it needs (credentials, an address)
- ``error``: the checker itself failed; this says nothing of the target
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.conformance.client import Answer
from gateway.conformance.requirement import Requirement
from gateway.messages import sentence
from gateway.outcome import VerdictWord

_WORST: tuple[VerdictWord, ...] = ("error", "fail", "omit", "skip")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that speaks for another word than ``pass``. ``rule`` is a key of the message catalogue; ``parameters``
    name types, parameters, statuses and positions, never a patient's value."""

    word: VerdictWord
    rule: str
    parameters: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: str = "en") -> str:
        return sentence(self.rule, language, **self.parameters)


Findings = Iterator[Finding]


def fault(rule: str, /, **parameters: object) -> Finding:
    return Finding("fail", rule, parameters)


def skip(rule: str, /, **parameters: object) -> Finding:
    return Finding("skip", rule, parameters)


def omit(rule: str, /, **parameters: object) -> Finding:
    return Finding("omit", rule, parameters)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``seen``: the requests and answers it rests on, those it asked itself first, as they were (mask
    them before they are shown). ``milliseconds``: how long the check took."""

    requirement: Requirement
    findings: tuple[Finding, ...] = ()
    seen: tuple[Answer, ...] = ()
    milliseconds: int = 0

    @property
    def word(self) -> VerdictWord:
        return worst(self.findings)


def worst(findings: Sequence[Finding]) -> VerdictWord:
    """The word of all findings together; without any, ``pass``."""
    words = {finding.word for finding in findings}
    return next((word for word in _WORST if word in words), "pass")
