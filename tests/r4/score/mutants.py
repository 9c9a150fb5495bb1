"""Mutants: how many of each kind the check catches, and whether it refuses an unbroken one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.jsontext import dumps
from gateway.outcome import Issue
from tests.r4.mutants import mutants_of
from tests.r4.mutants.controls import controls
from tests.r4.score.cases import Check, refusals
from tests.r4.score.examples import NOT_VALID

# What R4 does not forbid in so many words is said, not refused: of these kinds a remark is what is asked for.
REMARKED = frozenset({"unit-that-ucum-has-not"})


@dataclass(slots=True)
class Caught:
    """Counts by kind of mutant, and where the misses are."""

    made: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    missed: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # kind → "control: place"
    controls: int = 0
    refused: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)  # controls, and what was found
    kinds_of_type: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def judged_mutants(
    examples: Mapping[str, bytes], check: Check, *, seed: str, of_each_type: int, of_each_kind: int
) -> Caught:
    """Breaks the examples known to be valid, the made resources and the written ones."""
    valid = {name: content for name, content in examples.items() if name not in NOT_VALID}
    said = Caught()
    for name, resource in controls(valid, seed, of_each_type):
        said.controls += 1
        before = check(dumps(resource))
        if found := refusals(before):
            said.refused[name] = found
            continue  # a mutant of it would be caught for nothing
        # Bundles are few, and their kinds stand nowhere else
        count = of_each_kind * (4 if resource["resourceType"] == "Bundle" else 1)
        for mutant in mutants_of(resource, f"{seed} {name}", count):
            said.made[mutant.kind] += 1
            said.kinds_of_type[resource["resourceType"]].add(mutant.kind)
            if _is_caught(mutant.kind, before, check(mutant.text)):
                said.caught[mutant.kind] += 1
            else:
                said.missed[mutant.kind].append(f"{name}: {mutant.edit.action} {mutant.edit.place}".rstrip())
    return said


def _is_caught(kind: str, before: Sequence[Issue], after: Sequence[Issue]) -> bool:
    return len(after) > len(before) if kind in REMARKED else bool(refusals(after))
