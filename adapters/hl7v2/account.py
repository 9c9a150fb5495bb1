"""The account of a message at its end: what was said, not taken and not yet listed is listed now, with why."""

from __future__ import annotations

from collections.abc import Iterable

from adapters.hl7v2.segment_maps import MAPPED, segment_map
from adapters.hl7v2.segments import Segment, Value
from gateway.mapping.ledger import Ledger

ERASED = 'the sender erases the field (""); an empty value erases nothing here'


def settle(segments: Iterable[Segment], ledger: Ledger) -> None:
    """List every field, repetition, component and subcomponent without a place."""
    listed = {field.field for field in ledger.unplaced}
    for segment in segments:
        for number in segment.filled():
            for value in segment.values(number):
                if value.path not in listed:
                    _settle(segment, number, value, ledger)


def _settle(segment: Segment, number: int, value: Value, ledger: Ledger) -> None:
    if value.null:
        ledger.leave(value.path, ERASED)
    elif not value.touched:
        ledger.leave(value.path, _reason(segment, number))
    else:
        for path in value.left():
            ledger.leave(path, "the component has no element")


def _reason(segment: Segment, number: int) -> str:
    if segment.name.startswith("Z"):
        return "a local segment (Z); kept with the payload"
    if segment.name not in MAPPED:
        return f"segment {segment.name} is not translated; kept with the payload"
    mapping = segment_map(segment.name)
    field = f"{segment.name}-{number}"
    if field in mapping.unplaced:
        return mapping.unplaced[field]
    if field in mapping.fields:
        return "there is no place for it beside the message's other fields"
    return f"not a field of {segment.name} up to version 2.8"
