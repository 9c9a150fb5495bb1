"""Results alike: a laboratory writes the same test again and again, with another value, at another time.

All that an OBX says beside its value, its times and who made it names an Examination. What
became of one result of a test is kept as a pattern, and the next one is a copy of it with its
own id, value, times, people and order filled in. The value itself is read anew each time, by
the same code as ever; whatever it could change in the rest (its type, its unit, a moment or a
period, one performer or two) is the result's shape, and another shape is another pattern.

A pattern is kept only of a result that gave no issue but its value's own, and only if filled in
again it gives that very result. All others are translated in full each time
(adapters.hl7v2.results), and so are those of unusual form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.hl7v2.account import left_over
from adapters.hl7v2.observed import Observed, observe, tell, unit_of
from adapters.hl7v2.order_numbers import service_code
from adapters.hl7v2.patterns import Examination, Own, Pattern, Surroundings, pattern_of
from adapters.hl7v2.performers import performed
from adapters.hl7v2.report_sections import suffix_of
from adapters.hl7v2.result_value import begins_empty, in_one
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import NULL, Segment, Value
from adapters.hl7v2.sub_ids import sub_id_key
from gateway.mapping.draft import Draft
from gateway.mapping.ledger import CannotPlace, Ledger
from gateway.mapping.times import Time, read_time

LONGEST = 600  # characters of all that a result says of its examination
MOST_SHAPES = 8  # of one examination

_FIELDS = 25  # as many as may be looked at
# Types whose reading tells the ledger nothing but what it returns.
_PLAIN = frozenset({"NM", "SN", "ST", "TX", "FT", "CE", "CWE", "CNE", "CF", "IS", "ID"})


def examination(obx: Segment, scope: Scope) -> Examination:
    """What the segment says beside what is its result's own: position, value, times and people.

    Unusual are a number of this result alone (OBX-21), with which nothing comes again, and positions and
    times that are not digits only.
    """
    said = obx.texts.copy()
    said += [""] * (_FIELDS + 1 - len(said))
    usual = not said[21] and _digits(said[1] + said[14] + said[19])
    said[1] = "1" if said[1] else ""
    said[5] = said[14] = said[15] = said[16] = said[19] = said[23] = said[24] = said[25] = ""
    key = tuple(said)
    if usual and (found := scope.memory.examinations.get(key)) is not None:
        return found
    kind = obx.first(2)
    made = Examination(
        kind.peek() if kind is not None else "",
        unit_of(obx),
        _code(obx),
        sub_id_key(obx),
    )
    if usual and made.kind in _PLAIN and sum(map(len, said)) <= LONGEST:
        scope.memory.keep_examination(key, made)
    else:
        made.known = None
    return made


def _code(obx: Segment) -> str:
    """With its suffix: the impression of a study is another result than its description."""
    suffix = suffix_of(obx)
    return f"{service_code(obx, 3)}&{suffix}" if suffix else service_code(obx, 3)


@dataclass(slots=True)
class Sight:
    """A result looked at: its own, and the shape by which its examination's patterns are told apart."""

    obx: Segment
    examined: Examination
    own: Own
    shape: tuple[object, ...]
    observed: Observed | None
    at: str  # the value's path

    def recalled(self, ledger: Ledger) -> Draft | None:
        """The Observation by a pattern, and what there is to tell of its value; None when none is known."""
        known = self.examined.known
        pattern = known.get(self.shape) if known else None
        if pattern is None:
            return None
        if self.observed is not None:
            tell(self.observed, self.at, ledger)
        self.obx.left = pattern.left
        return pattern.filled(self.obx.label, self.own)

    def learn(self, draft: Draft, before: tuple[int, int, int], after: tuple[int, int, int]) -> None:
        """Keep the pattern of a result translated in full. ``before``, ``after``: the ledger's counts around that."""
        known = self.examined.known
        if known is None or self.shape in known or len(known) >= MOST_SHAPES:
            return
        remarks = bool(self.observed and self.observed.remark)
        holds = bool(self.observed and self.observed.hold)
        issues, held, unplaced = before
        clear = after == (issues + remarks + holds, held + holds, unplaced)
        known[self.shape] = self._pattern(draft) if clear else None

    def _pattern(self, draft: Draft) -> Pattern | None:
        label = self.obx.label
        left = tuple((path[len(label) :], reason) for path, reason in left_over(self.obx))
        return pattern_of(draft, label, self.own, left)


def look(obx: Segment, examined: Examination, around: Surroundings, identifier: str, scope: Scope) -> Sight | None:
    """The result, looked at; None when it is to be translated in full and nothing of it kept."""
    if examined.known is None:
        return None
    try:
        taken, analysed = _moment(obx.raw(14), scope), _moment(obx.raw(19), scope)
    except CannotPlace:
        return None
    people = performed(obx, scope)
    if people is None or (taken and taken.lost) or (analysed and analysed.lost):
        return None
    elements, observed, at = people.elements(), None, ""
    lineage: dict[str, str] = {}
    if values := obx.values(5):
        observed = _observed(examined, values, obx, scope)
        if observed is None:
            return None
        name, at = f"value{observed.element}", values[0].path
        elements[name] = observed.piece.value
        observed.piece.trace(name, lineage)
    if taken is not None:
        elements["effectiveDateTime"] = taken.text
    own = Own(identifier, elements, analysed.text if analysed is not None else "", lineage, around)
    notes = (taken and taken.note, analysed and analysed.note)
    shape = (*elements, None, *lineage, notes, around.shape, people.shape)
    return Sight(obx, examined, own, shape, observed, at)


def _observed(examined: Examination, values: Sequence[Value], obx: Segment, scope: Scope) -> Observed | None:
    """The value, where it is one and nothing of it is erased, cut off or without a place."""
    if NULL in obx.raw(5) or in_one(examined.kind, values) or begins_empty(examined.kind, values):
        return None
    try:
        made = observe(examined.kind, values, examined.unit, scope)
    except CannotPlace:
        return None
    for value in values:
        if value.cut or value.left():
            return None
    return made[0] if len(made) == 1 else None


def _digits(text: str) -> bool:
    return not text or (text.isascii() and text.isdigit())


def _moment(text: str, scope: Scope) -> Time | None:
    return read_time(text, scope.profile.utc_offset) if text else None
