"""The two measurements XML1 carries: body weight and blood group."""

from __future__ import annotations

from adapters.bhyt.code_systems import LOINC, NO_VALUE, OBSERVATION_CATEGORY, STATUS_INFERRED
from adapters.bhyt.observations import value_sources
from adapters.bhyt.told import Told
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.values import measured


def translate_measurements(told: Told) -> list[Draft]:
    """Body weight (CAN_NANG, kg) and blood group (NHOM_MAU) of XML1."""
    made = []
    episode, stay, row = told.episode, told.encounter, told.episode.summary
    for found in row.repetitions("CAN_NANG"):
        episode.ledger.use(found.path)
        meant = measured(found.value, "kg", decimal_comma=episode.profile.decimal_comma)
        if meant.element == "Quantity" and meant.value["value"] <= 0:
            episode.ledger.leave(found.path, "not a weight")
            episode.ledger.remark("warning", "value", "bhyt-weight-impossible", found.path)
            continue
        # R4's profile of a weight knows a Quantity and nothing else: what is none does not claim to be a vital sign
        category = "vital-signs" if meant.element == "Quantity" else "exam"
        draft = _of_episode(told, "29463-7", "Body weight", category)
        draft.place(f"value{meant.element}", Piece(meant.value, value_sources(meant.value, found.path, "")))
        # Measured some time in the episode; the table does not say when.
        for end in ("start", "end"):
            if moment := stay.get(f"period.{end}"):
                draft.put(f"effectivePeriod.{end}", moment, stay.lineage[f"period.{end}"])
        if draft.get("effectivePeriod") is None:  # R4 asks a vital sign for its time
            draft.put("_effectiveDateTime", {"extension": [{"url": NO_VALUE, "valueCode": "unknown"}]})
        if meant.rule:
            episode.ledger.hold("value", meant.rule, found.path)
        made.append(draft)
    for found in row.repetitions("NHOM_MAU"):
        episode.ledger.use(found.path)
        draft = _of_episode(told, "882-1", "ABO and Rh group", "laboratory")
        draft.put("valueCodeableConcept.text", found.value, found.path)
        made.append(draft)
    return made


def _of_episode(told: Told, code: str, name: str, category: str) -> Draft:
    draft = Draft("Observation", told.episode.id_of("Observation", "XML1", code))
    draft.put("meta.tag[0]", STATUS_INFERRED)
    draft.put("status", "final")
    draft.put("category[0].coding[0]", {"system": OBSERVATION_CATEGORY, "code": category})
    draft.put("code.coding[0]", {"system": LOINC, "code": code, "display": name})
    return told.tie(draft)
