"""PV1-53 and PV1-54 to EpisodeOfCare: only who numbers an episode speaks of one."""

from __future__ import annotations

from adapters.hl7v2.attempts import attempt
from adapters.hl7v2.datatypes.identifiers import patient_number
from adapters.hl7v2.told import Told
from adapters.hl7v2.visit import ABSENT
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft

DESCRIPTION = "http://hl7.org/fhir/StructureDefinition/resource-instance-description"


def translate_episode(told: Told) -> Draft | None:
    """The EpisodeOfCare of the message's only visit; None where PV1-54 numbers none.

    How an episode stands nobody says: its status is absent, since R4's list has no ``unknown``.
    """
    numbered = (visit for visit in told.groups.visits if visit.said(54))
    pv1 = next(numbered, None)
    if pv1 is None or told.visit is None:
        return None
    value = pv1.said(54)[0]
    number = attempt(lambda one, scope: patient_number(one, scope, "episode"), value, told.scope)
    if number is None:
        return None
    key = (str(number.value["system"]), str(number.value["value"]))
    episode = Draft("EpisodeOfCare", deterministic_id(told.scope.facility, "EpisodeOfCare", *told.number, *key))
    episode.add("identifier", number)
    episode.put("_status", {"extension": [{"url": ABSENT, "valueCode": "unknown"}]})
    episode.put("patient", told.patient.reference)
    for words in pv1.said(53)[:1]:
        episode.put("extension[0].url", DESCRIPTION)
        episode.put("extension[0].valueString", words.whole().strip(), words.path)
    told.visit.add("episodeOfCare", episode.reference, value.path)
    return episode
