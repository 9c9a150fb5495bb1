"""ORU^R01: each order with its results to ServiceRequest, DiagnosticReport, Specimen and Observation."""

from __future__ import annotations

from collections import Counter

from adapters.hl7v2.alike import examination
from adapters.hl7v2.groups import Order
from adapters.hl7v2.orders import order_number, sample_number, service_code, translate_order
from adapters.hl7v2.parents import Examined, link_parents
from adapters.hl7v2.patterns import Surroundings
from adapters.hl7v2.results import translate_result
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.sub_ids import nest
from adapters.hl7v2.surroundings import surroundings
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.errors import PayloadError
from gateway.mapping.draft import Draft


def translate_results(told: Told) -> list[Draft]:
    """The resources of every order. PayloadError without any: OBR is required, so the message was cut off."""
    if not told.groups.orders:
        raise PayloadError("hl7v2-no-order", "OBR")
    drafts: list[Draft] = []
    groups = []
    seen: Counter[tuple[str, ...]] = Counter()
    for order, visit in zip(told.groups.orders, told.own, strict=True):
        group = _translate_group(order, told.patient, told.number, seen, told.scope)
        made = [*group.placed.drafts, *group.observations]
        _attach_visit(made, visit)
        groups.append(group)
        drafts += made
    link_parents(groups, told.scope)
    return drafts


def _translate_group(
    order: Order, patient: Draft, number: tuple[str, str], seen: Counter[tuple[str, ...]], scope: Scope
) -> Examined:
    key = (*number, order_number(order), sample_number(order), service_code(order.obr, 4))
    base = _occurrence(key, seen)
    placed = translate_order(order, patient, base, scope)
    around: dict[int | None, Surroundings] = {}  # by the specimen a result stands below
    observations = []
    for result in order.results:
        at = result.specimen
        if at not in around:
            around[at] = surroundings(order, placed, patient, at, scope)
        examined = examination(result.obx, scope)
        own = _occurrence((*base, examined.code, examined.sub_id), seen)
        identifier = deterministic_id(scope.facility, "Observation", *own)
        observations.append(translate_result(result, examined, around[at], placed.report, identifier, scope))
    if placed.report is not None and observations:
        placed.report.put("result", [observation.reference for observation in observations])
    return Examined(order, placed, observations, nest(order.results, observations, scope))


def _occurrence(key: tuple[str, ...], seen: Counter[tuple[str, ...]]) -> tuple[str, ...]:
    """The key with its count in this message: identical OBRs are the first and the second."""
    seen[key] += 1
    return (*key, str(seen[key]))


def _attach_visit(drafts: list[Draft], visit: Draft | None) -> None:
    if visit is not None:
        for draft in drafts:
            if draft.type in ("ServiceRequest", "DiagnosticReport", "Observation"):
                draft.put("encounter", visit.reference)
