"""Which messages are read: MSH-9's code and event, and the family whose rooms translate them (HL7 tables 0076, 0003).

A structure in MSH-9.3 adds nothing: senders write it wrongly or not at all, and code and event decide it.
"""

from __future__ import annotations

from enum import StrEnum

from adapters.hl7v2.segments import Segment
from gateway.errors import PayloadError


class Family(StrEnum):
    """What a message is about; each has its room in adapters/hl7v2/families."""

    RESULTS = "results"
    ADMISSIONS = "admissions"
    DOCUMENTS = "documents"
    SCHEDULING = "scheduling"
    VACCINATIONS = "vaccinations"
    ORDERS = "orders"
    MERGES = "merges"


# Segments that are of one family's messages alone: in any other they take nothing of what follows with them.
_OWN: dict[Family, frozenset[str]] = {
    Family.DOCUMENTS: frozenset({"TXA"}),
    Family.SCHEDULING: frozenset({"SCH", "AIS", "AIG", "AIL", "AIP"}),
    Family.VACCINATIONS: frozenset({"RXA"}),
}
_EVENTS: dict[str, dict[str, Family]] = {
    "ORU": dict.fromkeys(("R01",), Family.RESULTS),
    "ADT": dict.fromkeys((*(f"A{number:02}" for number in range(1, 14)), "A28", "A31"), Family.ADMISSIONS)
    | {"A40": Family.MERGES},
    "MDM": dict.fromkeys((f"T{number:02}" for number in range(1, 12)), Family.DOCUMENTS),
    "SIU": dict.fromkeys(
        ("S12", "S13", "S14", "S15", "S16", "S17", "S18", "S19", "S20", "S21", "S22", "S26"), Family.SCHEDULING
    ),
    "VXU": dict.fromkeys(("V04",), Family.VACCINATIONS),
    "OML": dict.fromkeys(("O21",), Family.ORDERS),
    "ORM": dict.fromkeys(("O01",), Family.ORDERS),
    "OMG": dict.fromkeys(("O19",), Family.ORDERS),
    "OMI": dict.fromkeys(("O23",), Family.ORDERS),
}
# What is known and is no record: a rule of its own says why.
_ANSWER = "ACK"
_NO_RECORD = {
    ("SIU", "S23"): "hl7v2-slots-without-patient",
    ("SIU", "S24"): "hl7v2-slots-without-patient",
}
SUPPORTED = ", ".join(f"{code}^{event}" for code, events in _EVENTS.items() for event in events)


def family_of(header: Segment) -> Family:
    """The family of MSH-9.1 and MSH-9.2. PayloadError for another code, or another event of a known code."""
    kind = header.first(9)
    code, event = (kind.take(1), kind.take(2)) if kind is not None else ("", "")
    if code == _ANSWER:
        raise PayloadError("hl7v2-acknowledgement", "MSH-9.1")
    if rule := _NO_RECORD.get((code, event)):
        raise PayloadError(rule, "MSH-9.2")
    events = _EVENTS.get(code)
    if kind is None or events is None:
        raise PayloadError("hl7v2-message-unsupported", "MSH-9", supported=SUPPORTED)
    if event not in events:
        raise PayloadError("hl7v2-event-unsupported", "MSH-9.2", supported=", ".join(events))
    kind.take(3)
    return events[event]


def strangers(family: Family) -> frozenset[str]:
    """The names of segments that are another family's own."""
    return frozenset().union(*_OWN.values()) - _OWN.get(family, frozenset())
