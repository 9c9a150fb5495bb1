"""The score in words, on standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

from tests.r4.mutants.controls import TYPES
from tests.r4.mutants.generator import KINDS
from tests.r4.score.cases import Case
from tests.r4.score.examples import NOT_VALID
from tests.r4.score.mutants import Caught
from tests.r4.score.tally import tally

Found = tuple[tuple[str, str], ...]
_GOALS = "goal: F1 .97"


def _say(line: str = "") -> None:
    sys.stdout.write(f"{line}\n")


def _scored(name: str, cases: Iterable[Case]) -> None:
    cases = list(cases)
    said = tally((case.is_invalid, case.is_refused) for case in cases)
    _say(
        f"  {name:28} {len(cases):4}  precision {said.precision:.3f}  recall {said.recall:.3f}  F1 {said.f1:.3f}"
        f"  (refused rightly {said.hits}, false alarms {said.false_alarms}, missed {said.missed}, passed {said.passed})"
    )


def tell_cases(cases: Sequence[Case]) -> None:
    """F1 in scope and of its parts, then each case that the check judges otherwise than HL7."""
    inside = [case for case in cases if case.in_scope]
    _say(f"HL7's validator cases ({_GOALS} in scope)")
    _scored("in scope", inside)
    for tier in sorted({case.tier for case in inside}):
        _scored(f"  {tier}", (case for case in inside if case.tier == tier))
    _scored("all, for information", cases)
    for kind in sorted({case.kind for case in cases if case.is_invalid}):
        of_kind = [case for case in cases if case.kind == kind]
        scope = "" if of_kind[0].in_scope else " (out of scope)"
        _say(f"  refused of class {kind}: {sum(case.is_refused for case in of_kind)} of {len(of_kind)}{scope}")
    for title, wrong in (
        ("valid, yet refused", [case for case in inside if not case.is_invalid and not case.is_right]),
        ("invalid, yet passed", [case for case in inside if case.is_invalid and not case.is_right]),
        ("out of scope, invalid, passed", [case for case in cases if not case.in_scope and not case.is_right]),
    ):
        for case in wrong:
            reason = case.why if case.is_invalid else _named(case.found)
            _say(f"  {title}: {case.name} [{case.tier}{f', {case.kind}' if case.kind else ''}] {reason}")
    for case in inside:
        if case.is_invalid and case.is_right:
            _say(f"  right, is it for the reason? {case.name}: {_named(case.found)} | {case.why}")
    _say()


def tell_examples(refused: Mapping[str, Found], count: int) -> None:
    """The share refused, and each by name, with what is known of it."""
    _say(
        f"Official examples: {len(refused)} of {count} refused, {len(refused) / count:.1%} (goal: 1 %, each explained)"
    )
    for name, found in refused.items():
        _say(f"  {name}: {_named(found)} | {NOT_VALID.get(name, 'NOT LOOKED AT')}")
    unexplained = sum(name not in NOT_VALID for name in refused)
    _say(f"  refused though no fault of theirs is known: {unexplained} of {count}, {unexplained / count:.1%}")
    _say()


def tell_mutants(said: Caught, missed: int) -> None:
    """Caught in all and of each kind; the kinds under the goal first."""
    made, caught = said.made.total(), said.caught.total()
    _say(f"Mutants: {caught} of {made} caught, {caught / made:.1%} (goal: 97 %, and 90 % of each kind)")
    _say(f"  controls refused: {len(said.refused)} of {said.controls} (goal: none)")
    for name, found in said.refused.items():
        _say(f"    {name}: {_named(found)}")
    shares = {kind: said.caught[kind] / said.made[kind] for kind in KINDS if said.made[kind]}
    for kind in sorted(shares, key=lambda kind: shares[kind]):
        _say(f"  {shares[kind]:7.1%}  {said.caught[kind]:4} of {said.made[kind]:4}  {kind}")
        for place in said.missed[kind][:missed]:
            _say(f"             missed {place}")
    _say(f"  kinds: {len(shares)}, under 90 %: {sum(share < 0.9 for share in shares.values())}")
    if never := [kind for kind in KINDS if not said.made[kind]]:
        _say(f"  kinds that fitted no control: {', '.join(never)}")
    least = min(len(said.kinds_of_type[name]) for name in TYPES)
    few = [name for name in TYPES if len(said.kinds_of_type[name]) < 10]
    _say(f"  resource types: {len(said.kinds_of_type)} of {len(TYPES)}, at least {least} kinds of each")
    if few:
        _say(f"  fewer than ten kinds: {', '.join(few)}")
    _say()


def _named(found: Found) -> str:
    """The first three findings, the number of the rest."""
    shown = "; ".join(f"{rule} at {place}" if place else rule for rule, place in found[:3])
    return shown + (f"; and {len(found) - 3} more" if len(found) > 3 else "")
