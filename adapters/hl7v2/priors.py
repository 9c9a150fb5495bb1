"""Earlier results told again with an order: PRIOR_RESULT of OML and OMG (PID, PV1, ORC, OBR, OBX), ORC-1 PR in any.

They are set apart before anything is read: an earlier result is none of this order's, its patient is told again and
may be another, and its visit is not this one. What begins like them and has no OBX is no earlier result and stays.
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.hl7v2.segments import Segment

_EARLIER = frozenset({"", "PR", "RE"})  # ORC-1 of an order of which results are told, not asked for
_ORDERS = frozenset({"ORC", "OBR", "RXO"})


def set_apart(segments: Sequence[Segment]) -> tuple[list[Segment], list[list[Segment]]]:
    """(the segments of the message's own orders, those of each run of earlier results)."""
    own: list[Segment] = []
    found: list[list[Segment]] = []
    at = 0
    while at < len(segments):
        end = _ends(segments, at) if _begins(segments, at, own) else at
        run = segments[at:end]
        if any(segment.name == "OBX" for segment in run):
            found.append(list(run))
            at = end
        else:
            own.append(segments[at])
            at += 1
    return own, found


def unclear(run: Sequence[Segment], behind: Sequence[Segment]) -> Segment | None:
    """The ORC behind a run of which nobody can say whether it is the run's: senders write NW for both."""
    if all(segment.text(1) in _EARLIER for segment in run if segment.name == "ORC"):
        return None
    return next((segment for segment in behind if segment.name == "ORC" and segment.line > run[-1].line), None)


def _begins(segments: Sequence[Segment], at: int, own: Sequence[Segment]) -> bool:
    """A PID or PV1 behind an order, or an ORC that says so. PV1 alone may begin the next order's visit."""
    segment = segments[at]
    if segment.name == "ORC":
        return segment.text(1) == "PR"
    if not any(one.name in _ORDERS for one in own):
        return False
    if segment.name == "PV1":
        order = next((one for one in segments[at:] if one.name in _ORDERS), None)
        return order is not None and (order.name != "ORC" or order.text(1) in _EARLIER)
    return segment.name == "PID"


def _ends(segments: Sequence[Segment], at: int) -> int:
    """Where the run ends: before the next ORC that asks for something, once the run has an order."""
    ordered = segments[at].name == "ORC"
    for position in range(at + 1, len(segments)):
        segment = segments[position]
        if segment.name == "ORC" and ordered and segment.text(1) not in _EARLIER:
            return position
        if segment.name == "PID" and ordered:
            return position
        ordered = ordered or segment.name in _ORDERS
    return len(segments)
