"""That a message was translated, by which version of which rows. HL7 map MSH[Provenance-Transformation].

Contained in the Provenance of the message, of which it speaks. When that was is no word of the record, whose resources
are the same whenever they are made: the signed exchange says it.
"""

from __future__ import annotations

from typing import Any

from adapters.hl7v2.absent import absent
from gateway.bundle import CANONICAL
from gateway.mapping.draft import Draft, Piece

NAME, VERSION = "hl7v2", "1.0.0"  # of the adapter and its rows
_ACTIVITY = "http://hl7.org/fhir/uv/v2mappings/CodeSystem/provenance-activity-type-v2-to-fhir"
# R4's value set, from which a code is to be used where one fits
_CREATED = {"system": "http://terminology.hl7.org/CodeSystem/v3-DataOperation", "code": "CREATE", "display": "create"}
_AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def adapter() -> dict[str, Any]:
    """Who translated, as a contained Device: a fault found in a version can be looked for in what it made."""
    return {
        "resourceType": "Device",
        "id": "adapter",
        "deviceName": [{"name": f"{CANONICAL}/adapter/{NAME}", "type": "other"}],
        "type": {"text": "software"},
        "version": [{"value": VERSION}],
    }


def transformation(of: Draft, message: Piece) -> dict[str, Any]:
    """``of``: the Provenance that contains it. ``message``: the entity it was made of."""
    return {
        "resourceType": "Provenance",
        "id": "transformation",
        "target": [of.reference],
        "_recorded": absent(),
        "policy": [f"{CANONICAL}/mappings/{NAME}"],
        "activity": {"coding": [{"system": _ACTIVITY, "code": "v2-fhir-transformation"}, dict(_CREATED)]},
        "agent": [
            {
                "type": {"coding": [{"system": _AGENT, "code": "assembler", "display": "Assembler"}]},
                "who": {"reference": "#adapter"},
            }
        ],
        "entity": [message.value],
    }
