"""Every row of HL7's maps in every structure that uses it: honoured, deliberately not, or not yet."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.hl7v2.coverage.ig import ig_rows, structures
from adapters.hl7v2.coverage.trial import UNREAD, Trials, is_read
from adapters.hl7v2.coverage.witnesses import Witnesses, all_witnesses
from gateway.coverage import Covered, State

NOTHING_SAID = "nothing is said of it"


def covered(segment: str = "") -> Iterator[Covered]:
    """Every row of every structure; with a ``segment`` (``PV1``, ``PV1[Encounter]``) those of its maps alone."""
    for structure, maps in structures().items():
        for name in maps:
            if segment in ("", name, name.partition("[")[0]):
                yield from covered_map(structure, all_witnesses().get(name) or Witnesses(name))


def covered_map(structure: str, witnesses: Witnesses) -> Iterator[Covered]:
    """The rows of one segment map in one structure."""
    trials = Trials(structure, witnesses.map)
    readable = is_read(structure)
    for row in ig_rows()[witnesses.map]:
        state, why = _state(trials, witnesses, row.key, readable)
        yield Covered(structure, witnesses.map, row.key, state, why)


def _state(trials: Trials, witnesses: Witnesses, row: str, readable: bool) -> tuple[State, str]:
    """A row holds when each of its witnesses does."""
    given, no, later = witnesses.of(row, trials.structure)
    if no:
        return State.DELIBERATELY_NOT, no[0].why
    if later or not given:
        return State.NOT_YET, later[0].why if later else NOTHING_SAID
    if not readable:
        return State.NOT_YET, UNREAD
    reasons = [reason for witness in given if (reason := trials.reason(witness))]
    return (State.NOT_YET, reasons[0]) if reasons else (State.HONOURED, "")
