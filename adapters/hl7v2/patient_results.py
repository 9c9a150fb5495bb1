"""OBX that stand below no order to Observations about the patient: in ORU below PID, in ADT and SIU behind the visit.

They hang on no visit, wherever they stand: HL7's maps say that one cannot know when they were observed.
"""

from __future__ import annotations

from collections import Counter

from adapters.hl7v2.alike import examination
from adapters.hl7v2.patterns import Surroundings
from adapters.hl7v2.results import translate_result
from adapters.hl7v2.sub_ids import nest
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft


def translate_patient_results(told: Told) -> list[Draft]:
    """The Observations. No order's number tells them apart, so the time of OBX-14 does: weighed again is a new one."""
    scope, results = told.scope, told.groups.patient_results
    around = Surroundings({"subject": told.patient.reference}, {})
    seen: Counter[tuple[str, ...]] = Counter()
    made = []
    for result in results:
        examined = examination(result.obx, scope)
        key = (*told.number, "", examined.code, examined.sub_id, result.obx.text(14), result.obx.text(21))
        seen[key] += 1
        identifier = deterministic_id(scope.facility, "Observation", *key, str(seen[key]))
        made.append(translate_result(result, examined, around, None, identifier, scope))
    nest(results, made, scope)
    return made
