"""The end of a message: what breaks off is held, a missing last mark behind a whole result is told.

HL7 wants every segment to end in a mark (2.5.1 section 2.5.3). Many senders leave out the last one, and so does a
message that was cut off; which of the two it is, only what stands last can tell.
"""

from __future__ import annotations

import re

from adapters.hl7v2.message import Message
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.structures import Family
from gateway.mapping.ledger import Ledger

_TO_THE_MINUTE = re.compile(r"[0-9]{12}(?:[0-9]{2}(?:\.[0-9]{1,4})?)?(?:[+-][0-9]{4})?\Z")
_ADMITTED, _DISCHARGED = 44, 45  # PV1
_STATUS, _OBSERVED = 11, 14  # OBX


def hold_cut_off(message: Message, family: Family, ledger: Ledger) -> None:
    """A message without its last mark is held, unless its last segment can be seen to be whole.

    Any last word may be the beginning of a longer one: half a dose, half a note, half a number, which is another's.
    A cut between two segments that are whole cannot be seen.
    """
    if message.terminated:
        return
    last = message.segments[-1]
    whole = (
        last.name == "PV1" and _ends_whole(last, message)
        if family in (Family.ADMISSIONS, Family.MERGES)
        else last.name == "OBX" and _result_ends_whole(last)
    )
    if whole:
        ledger.remark("information", "informational", "hl7v2-unterminated", last.label)
    else:
        ledger.hold("structure", "hl7v2-maybe-cut-off", last.label)


def _result_ends_whole(obx: Segment) -> bool:
    """An OBX whose last word is its status, or a whole moment of its own: all that decides the result stands before."""
    said = obx.filled()[-1:]
    return said == [_STATUS] or (said == [_OBSERVED] and _TO_THE_MINUTE.match(obx.raw(_OBSERVED)) is not None)


def _ends_whole(visit: Segment, message: Message) -> bool:
    """A PV1 whose last word is a whole moment: of the admission, or for a discharge (A03) of the discharge.

    Any other last word may be the beginning of a longer one: a visit number cut short is another visit's number.
    """
    kind = message.header.first(9)
    last = _DISCHARGED if kind is not None and kind.peek(2) == "A03" else _ADMITTED
    return len(visit) in (last, _DISCHARGED) and _TO_THE_MINUTE.match(visit.raw(len(visit))) is not None
