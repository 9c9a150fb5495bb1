"""HL7's validator cases: which count, and what the check says of each.

``expected.json`` lists them: ``expect`` (valid, invalid), ``tier`` (core; profiled when the suite checks
it against a profile or another package; syntax), ``class`` of the first error of the reference validator,
and ``why``, that error. Accept or reject counts, not the number of errors.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.outcome import Issue

Check = Callable[[bytes], Sequence[Issue]]

# In scope: what is valid, and what is invalid for one of these. The others are policies of the reference
# validator (unknown-extension), the content of code systems and searches (canonical-artifact), and the rest.
CLASSES = frozenset({"structure", "syntax", "bundle", "invariant"})


@dataclass(frozen=True, slots=True)
class Case:
    """One case and what the check found in it: the rules that refuse, with their places."""

    name: str
    is_invalid: bool
    tier: str
    kind: str  # its class; empty for a valid one
    why: str
    found: tuple[tuple[str, str], ...]

    @property
    def in_scope(self) -> bool:
        return not self.is_invalid or self.kind in CLASSES

    @property
    def is_refused(self) -> bool:
        return bool(self.found)

    @property
    def is_right(self) -> bool:
        return self.is_invalid == self.is_refused


def refusals(issues: Sequence[Issue]) -> tuple[tuple[str, str], ...]:
    """(rule, place) of the issues that refuse."""
    return tuple((issue.rule, issue.expression) for issue in issues if issue.refuses)


def judged_cases(files: Mapping[str, bytes], check: Check) -> Iterator[Case]:
    """Every case of the manifest, in scope or not."""
    for row in json.loads(files["expected.json"]):
        yield Case(
            row["name"],
            row["expect"] == "invalid",
            row["tier"],
            row["class"],
            row["why"],
            refusals(check(files[row["file"]])),
        )
