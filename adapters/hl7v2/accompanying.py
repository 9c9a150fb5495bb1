"""OBX below an order that has no report: what the requester tells with it, such as fasting, weight, weeks of pregnancy.

They support the request and are no results of it: neither based on it nor in a report, and their
ids are never those of a result with the same code.
"""

from __future__ import annotations

from collections import Counter

from adapters.hl7v2.alike import examination
from adapters.hl7v2.groups import Order
from adapters.hl7v2.patterns import Surroundings
from adapters.hl7v2.results import translate_result
from adapters.hl7v2.scope import Scope
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft


def translate_accompanying(
    order: Order, request: Draft, specimens: list[Draft], patient: Draft, seen: Counter[tuple[str, ...]], scope: Scope
) -> list[Draft]:
    """An Observation for each OBX, with the specimen it stands below; its time is OBX-14, or none."""
    made: list[Draft] = []
    for result in order.results:
        examined = examination(result.obx, scope)
        key = ("accompanies", request.id, examined.code, examined.sub_id)
        seen[key] += 1
        identifier = deterministic_id(scope.facility, "Observation", *key, str(seen[key]))
        elements = {"subject": patient.reference}
        if result.specimen is not None and result.specimen < len(specimens):
            elements["specimen"] = specimens[result.specimen].reference
        made.append(translate_result(result, examined, Surroundings(elements, {}), None, identifier, scope))
    return made
