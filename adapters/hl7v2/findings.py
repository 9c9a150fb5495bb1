"""OBX that hang under no order: of a vaccination, or among a document's content. Each becomes an Observation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from adapters.hl7v2.alike import examination
from adapters.hl7v2.groups import Order, Result
from adapters.hl7v2.orders import Placed
from adapters.hl7v2.results import translate_result
from adapters.hl7v2.surroundings import surroundings
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft


def translate_findings(told: Told, results: Iterable[Result], key: tuple[str, ...]) -> list[Draft]:
    """``key``: what the ids begin with, of what the results speak of; ended by code, sub-id and occurrence."""
    around = surroundings(Order(None), Placed(None, None), told.patient, None, told.scope)
    seen: Counter[tuple[str, str]] = Counter()
    made = []
    for result in results:
        examined = examination(result.obx, told.scope)
        name = (examined.code, examined.sub_id)
        seen[name] += 1
        identifier = deterministic_id(told.scope.facility, "Observation", *key, *name, str(seen[name]))
        draft = translate_result(result, examined, around, None, identifier, told.scope)
        if told.visit is not None:
            draft.put("encounter", told.visit.reference)
        made.append(draft)
    return made
