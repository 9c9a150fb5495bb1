"""What came without a standard and waits for a decision, with suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.terminology.decision import Decision, Kind
from gateway.terminology.suggestions import Decided, Named, Suggestion, suggested, suggested_unit
from gateway.terminology.terms import in_force


@dataclass(frozen=True, slots=True)
class Seen:
    """A code, or a unit's text, that came without a standard, as vocabulary_seen holds it. Times are aware UTC."""

    facility: str
    kind: Kind
    system: str
    code: str
    display: str
    element: str
    unit: str
    seen: int
    since: datetime
    last: datetime


def undecided(
    decisions: Sequence[Decision], seen: Sequence[Seen], facility: str = "", held: Sequence[Named] = ()
) -> list[tuple[Seen, list[Suggestion]]]:
    """What was seen, of every facility or of one, and is decided neither for it nor for all, in the order given.

    ``held``: names that facilities give to a standard's code they send; one that stands there by a decision, or did
    before that was taken back, is no word of theirs.
    """
    names = {(one.facility, one.system, one.code): one.display for one in seen}
    everyones = [
        Decided(one, names.get((owner, one.system, one.code), ""))
        for owner in sorted({one.facility for one in decisions})
        for one in in_force(each for each in decisions if each.facility == owner).values()
        if one.kind == "code"
    ]
    by_decision = {(one.facility, one.target_system, one.target_code) for one in decisions}
    own = [one for one in held if not {(whose, one.system, one.code) for whose in (one.facility, "")} & by_decision]
    found = []
    for owner in dict.fromkeys(one.facility for one in seen if facility in ("", one.facility)):
        decided = in_force(one for one in decisions if one.facility in ("", owner))
        others = [one for one in everyones if one.decision.facility != owner]
        for one in seen:
            if one.facility == owner and (one.kind, one.system, one.code) not in decided:
                if one.kind == "unit":
                    found.append((one, suggested_unit(one.code)))
                else:
                    found.append((one, suggested(one.code, one.display, one.unit, others, own)))
    return found
