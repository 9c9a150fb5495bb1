"""ADT: what happened to a patient's visit. Patient and Encounter are made as for any message."""

from __future__ import annotations

from adapters.hl7v2.told import Told
from gateway.mapping.draft import Draft


def translate_admission(told: Told) -> list[Draft]:
    """Nothing of its own as yet beside patient and visit."""
    del told
    return []
