"""XML1, the episode's summary: its rows, and what Python makes of the fields that mean several things at once."""

from __future__ import annotations

from adapters.bhyt.person import coverages, finish_patient
from adapters.bhyt.stay import conditions, finish_encounter
from adapters.bhyt.table_maps import table_rows
from adapters.bhyt.told import Told
from gateway.mapping.draft import Draft
from gateway.mapping.placing import place


def translate_summary(told: Told) -> list[Draft]:
    """Coverage and Condition of XML1; its other rows fill the Patient and the Encounter."""
    episode, patient, stay = told.episode, told.patient, told.encounter
    if episode.summary.table != "XML1":  # check-in data alone
        return []
    insurances = coverages(episode, patient)
    drafts = {"Patient": patient, "Encounter": stay, **({"Coverage": insurances[0]} if insurances else {})}
    place(table_rows("XML1"), episode.summary, drafts, episode, told.ledger)
    finish_patient(episode, patient)
    finish_encounter(episode, stay)
    return [*insurances, *conditions(episode, patient, stay)]
