"""SFT to Device: the software a message was made with. HL7 map SFT[Device]."""

from __future__ import annotations

from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft
from gateway.mapping.placing import place


def translate_software(told: Told) -> list[Draft]:
    """One for each SFT, in their order; the first is the message's source.

    Another version is the same Device: what it is called, who makes it and its binary ID decide.
    """
    made: dict[str, Draft] = {}
    for segment in told.groups.software:
        if not any(segment.said(number) for number in (1, 3, 4)):
            continue  # nothing to know it by
        draft = Draft("Device", "")
        draft.put("type", {"text": "software"})  # HL7's map has yet to find a code
        place(segment_rows("SFT"), segment, {"Device": draft}, told.scope, told.scope.ledger)
        key = [str(draft.get(path) or "") for path in ("manufacturer", "deviceName[0].name", "modelNumber")]
        for turn in ("", str(len(made))):  # told again otherwise, it is another one of this message
            draft.resource["id"] = deterministic_id(told.scope.facility, "Device", "software", *key, *turn)
            if made.setdefault(draft.id, draft).resource == draft.resource:
                break
    return list(made.values())
