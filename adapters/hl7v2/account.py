"""The account of a message at its end: what was said, not taken and not yet listed is listed now, with why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adapters.hl7v2.segment_maps import MAPPED, reasons
from adapters.hl7v2.segments import Segment
from gateway.mapping.ledger import Ledger

ERASED = 'the sender erases the field (""); an empty value erases nothing here'


def settle(segments: Iterable[Segment], ledger: Ledger) -> None:
    """List every field, repetition, component and subcomponent without a place."""
    listed = frozenset(field.field for field in ledger.unplaced)
    for segment in segments:
        for path, reason in left_over(segment, listed):
            ledger.leave(path, reason)


def leave(segment: Segment | None, reason: str, ledger: Ledger) -> None:
    """List all that a segment says, for one reason."""
    if segment is None:
        return
    for number in segment.filled():
        for value in segment.values(number):
            ledger.leave(value.path, ERASED if value.null else reason)


def left_over(segment: Segment, listed: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    """(path, reason) of what the segment says without a place, but of values ``listed`` already."""
    if segment.like is not None and segment.left is None:
        segment.left = _as_of(segment.like)
    if segment.left is not None:
        return [(segment.label + end, reason) for end, reason in segment.left]
    return [found for number in segment.filled() for found in unsaid(segment, number, listed)]


def unsaid(segment: Segment, number: int, listed: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """As left_over, of one field."""
    for value in segment.values(number):
        if listed and value.path in listed:
            continue
        if value.taken:
            for path in value.left():
                yield path, "the component has no element"
        elif value.null:
            yield value.path, ERASED
        else:
            yield value.path, _reason(segment.name, number)


def _reason(name: str, number: int) -> str:
    if name in MAPPED:
        return reasons(name).get(number) or f"not a field of {name} up to version 2.8"
    if name.startswith("Z"):
        return "a local segment (Z); kept with the payload"
    return f"segment {name} is not translated; kept with the payload"


def _as_of(like: Segment) -> tuple[tuple[str, str], ...]:
    """What has no place of a segment that says the same, but of the value its own part alone; worked out once."""
    if like.going_on is None:
        ends = ((path.removeprefix(like.label).replace("-5[1]", "-5", 1), reason) for path, reason in left_over(like))
        like.going_on = tuple((end, reason) for end, reason in ends if not end.startswith("-5["))
    return like.going_on
