"""ORU^R01: each order with its results to ServiceRequest, DiagnosticReport, Specimen and Observation."""

from __future__ import annotations

from collections import Counter

from adapters.hl7v2.alike import examination
from adapters.hl7v2.contradictions import tell_report_contradictions
from adapters.hl7v2.groups import Order
from adapters.hl7v2.order_numbers import report_key, request_key
from adapters.hl7v2.order_provenance import tell_orders
from adapters.hl7v2.orders import translate_order
from adapters.hl7v2.parent_orders import Examined
from adapters.hl7v2.parents import link_parents
from adapters.hl7v2.patterns import Surroundings
from adapters.hl7v2.report_sections import conclude
from adapters.hl7v2.results import translate_result
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.service_request import new_request
from adapters.hl7v2.sub_ids import nest
from adapters.hl7v2.surroundings import surroundings
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.errors import PayloadError
from gateway.mapping.draft import Draft

_ANSWERS = frozenset({"QST", "SCI"})  # HL7 table 0936: a question, supporting clinical information
_OF_A_VISIT = ("ServiceRequest", "MedicationRequest", "DiagnosticReport", "Observation")


def translate_results(told: Told) -> list[Draft]:
    """The resources of every order. PayloadError without any: OBR is required, so the message was cut off."""
    if not told.groups.orders and not told.groups.patient_results:
        raise PayloadError("hl7v2-no-order", "OBR")
    drafts: list[Draft] = []
    groups = []
    seen: Counter[tuple[str, ...]] = Counter()
    for order, visit in zip(told.groups.orders, told.own, strict=True):
        group = translate_group(order, told.patient, told.number, seen, told.scope)
        made = [*group.placed.drafts, *group.observations]
        attach_visit(made, visit)
        groups.append(group)
        drafts += made
    link_parents(groups, told.scope)
    return [*drafts, *tell_orders(((one.order.orc, one.placed.request) for one in groups), told.scope)]


def translate_group(
    order: Order, patient: Draft, number: tuple[str, str], seen: Counter[tuple[str, ...]], scope: Scope
) -> Examined:
    """An order with its report and results."""
    base = occurrence(report_key(order, number), seen)
    request = None
    if order.orc is not None or order.obr is not None:  # the ServiceRequest they speak of; results alone have none
        request = request_of(order, patient, number, seen, scope)
    return examine(order, base, request, patient, seen, scope)


def examine(
    order: Order,
    base: tuple[str, ...],
    request: Draft | None,
    patient: Draft,
    seen: Counter[tuple[str, ...]],
    scope: Scope,
) -> Examined:
    """The report and results of an order. ``base``: what their ids begin with."""
    placed = translate_order(order, patient, base, request, scope)
    around: dict[int | None, Surroundings] = {}  # by the specimen a result stands below
    observations = []
    for result in order.results:
        at = result.specimen
        if at not in around:
            around[at] = surroundings(order, placed, patient, at, scope)
        examined = examination(result.obx, scope)
        own = occurrence((*base, examined.code, examined.sub_id), seen)
        identifier = deterministic_id(scope.facility, "Observation", *own)
        observations.append(translate_result(result, examined, around[at], placed.report, identifier, scope))
    results = _without_answers(order, observations, request)
    if placed.report is not None and results:
        placed.report.put("result", [observation.reference for observation in results])
    conclude(observations, placed, scope)
    tell_report_contradictions(order, placed.report, observations, scope)
    return Examined(order, placed, observations, nest(order.results, observations, scope))


def _without_answers(order: Order, observations: list[Draft], request: Draft | None) -> list[Draft]:
    """The results, without what the requester told with the order (OBX-29 QST, SCI): that supports the request."""
    results = []
    for result, observation in zip(order.results, observations, strict=True):
        if request is not None and result.obx.text(29) in _ANSWERS:
            del observation.resource["basedOn"]
            request.add("supportingInfo", observation.reference, result.obx.path(29))
        else:
            results.append(observation)
    return results


def request_of(
    order: Order, patient: Draft, number: tuple[str, str], seen: Counter[tuple[str, ...]], scope: Scope
) -> Draft:
    """The order's ServiceRequest, known by its placer's number, so that order and result meet."""
    key = occurrence(("request", *request_key(order, number)), seen)
    return new_request(deterministic_id(scope.facility, "ServiceRequest", *key), patient)


def occurrence(key: tuple[str, ...], seen: Counter[tuple[str, ...]]) -> tuple[str, ...]:
    """The key with its count in this message: identical OBRs are the first and the second."""
    seen[key] += 1
    return (*key, str(seen[key]))


def attach_visit(drafts: list[Draft], visit: Draft | None) -> None:
    if visit is not None:
        for draft in drafts:
            if draft.type in _OF_A_VISIT:
                draft.put("encounter", visit.reference)
