"""Report: the verdicts of one run as data, from which every form of it is written; and what changed since another.

A JSON line a verdict, so that what stood is there even when a run is cut off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.conformance.masking import shown
from gateway.conformance.own_data import OwnData
from gateway.conformance.verdict import Verdict
from gateway.errors import PayloadError, SettingsError
from gateway.jsontext import json_lines, loads
from gateway.outcome import VerdictWord

WORDS: tuple[VerdictWord, ...] = ("fail", "error", "skip", "omit", "pass")
Line = dict[str, Any]


def line(verdict: Verdict, target: str, given: str = "") -> Line:
    """One verdict as JSON: ``requirement``, ``verdict``, ``findings`` in both languages, ``exchanges`` masked, and
    ``repeat``, the command that asks this alone. ``given``: options of the command that its family needs."""
    asked = verdict.requirement
    return {
        "requirement": asked.id,
        "family": asked.family,
        "verdict": verdict.word,
        "severity": asked.severity,
        "text": dict(asked.text),
        "proves": dict(asked.proves),
        "clause": asked.clause,
        "milliseconds": verdict.milliseconds,
        "findings": [
            {"verdict": one.word, "rule": one.rule, "en": one.text("en"), "vi": one.text("vi")}
            for one in verdict.findings
        ],
        "exchanges": [shown(answer) for answer in verdict.seen],
        "repeat": " ".join(filter(None, ("gateway conformance run --target", target, given, "--only", asked.id))),
    }


def counted(lines: Iterable[Line]) -> dict[str, int]:
    """Word → how many verdicts, every word named."""
    found = Counter(one["verdict"] for one in lines)
    return {word: found[word] for word in WORDS}


def own_line(own: OwnData) -> Line | None:
    """What was made at the target to ask with, as JSON; None where nothing was: ``own_data`` with ``find`` (the search
    that finds it), ``made`` (how many), ``left`` (what is not known to be gone), ``refused`` (type → status)."""
    if not (own.made or own.left or own.refused):
        return None
    told = {"find": "=".join(own.by_mark), "made": len(own.made), "left": list(own.left), "refused": dict(own.refused)}
    return {"own_data": told}


@dataclass(frozen=True, slots=True)
class Change:
    """A requirement whose verdict is another than it was; ``before`` or ``after`` "" where it was not asked."""

    requirement: str
    before: str
    after: str

    @property
    def is_worse(self) -> bool:
        return self.after in ("fail", "error") and self.before not in ("fail", "error")


def changes(before: Sequence[Line], after: Sequence[Line]) -> list[Change]:
    """In the order of the requirements, those asked before and not again last."""
    was: Mapping[str, str] = {one["requirement"]: one["verdict"] for one in before}
    now: Mapping[str, str] = {one["requirement"]: one["verdict"] for one in after}
    both = [Change(name, was.get(name, ""), word) for name, word in now.items()]
    gone = [Change(name, word, "") for name, word in was.items() if name not in now]
    return [one for one in [*both, *gone] if one.before != one.after]


def read_lines(data: bytes) -> list[Line]:
    """The lines of an earlier run; SettingsError ``conformance-lines`` with the line that is none."""
    found = []
    for number, text in json_lines(data) or [(1, data)]:
        try:
            value = loads(text)
            if isinstance(value, dict) and ("own_data" in value or "over_mllp" in value):
                continue
            if not (isinstance(value["requirement"], str) and value["verdict"] in WORDS):
                raise TypeError
        except (PayloadError, KeyError, TypeError):
            raise SettingsError("conformance-lines", f"line {number}") from None
        found.append(value)
    return found
