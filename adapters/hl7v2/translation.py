"""A message to a Translation: patient, visits, orders with their results, whom they name, and the account."""

from __future__ import annotations

from collections import Counter

from adapters.hl7v2.account import settle
from adapters.hl7v2.alike import examination
from adapters.hl7v2.directory import Directory
from adapters.hl7v2.groups import Order, group
from adapters.hl7v2.memory import memory_of
from adapters.hl7v2.message import Message
from adapters.hl7v2.misreadings import hold_misreadings
from adapters.hl7v2.orders import order_number, sample_number, service_code, translate_order
from adapters.hl7v2.patient import translate_patient
from adapters.hl7v2.patterns import Surroundings
from adapters.hl7v2.results import translate_result
from adapters.hl7v2.scope import FACILITY_CODE, Scope
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.surroundings import surroundings
from adapters.hl7v2.visits import translate_visits
from gateway.adapter import Profile, Translation
from gateway.bundle import deterministic_id
from gateway.errors import PayloadError
from gateway.mapping.draft import Draft, assemble
from gateway.mapping.ledger import Ledger


def sending_facility(header: Segment) -> str:
    """MSH-4's name, else MSH-3's; "" when both are empty."""
    for number in (4, 3):
        value = header.first(number)
        if value is not None and value.peek():
            return value.peek()
    return ""


def _names(header: Segment) -> frozenset[str]:
    """How a message calls its sender: MSH-3 and MSH-4."""
    said = (value for number in (3, 4) for value in header.said(number))
    return frozenset(value.peek(component) for value in said for component in (1, 2))


def translate_message(message: Message, profile: Profile) -> Translation:
    """PayloadError when the message names no patient, or two, or brings no order and no result."""
    ledger = Ledger()
    facility = profile.code or sending_facility(message.header)
    if not facility:
        raise PayloadError("hl7v2-facility-missing", "MSH-4")
    names = _names(message.header) | {facility}
    known = (facility, profile.code, profile.decimal_comma, profile.utc_offset, names, message.delimiters)
    scope = Scope(facility, profile, ledger, Directory(facility), names, memory_of(known))
    groups = group(message)
    if not groups.orders:  # OBR is required in ORU^R01: what has none was cut off, or is no report
        raise PayloadError("hl7v2-no-order", "OBR")
    training = _training(message.header, ledger)
    _cut_off(message, ledger)
    hold_misreadings(message, ledger)
    _share_orders(groups.orders)
    patient, number = translate_patient(groups, message.header, scope)
    encounters, own = translate_visits(groups, patient, number, scope)
    drafts: list[Draft] = [patient, *encounters]
    seen: Counter[tuple[str, ...]] = Counter()
    for order, visit in zip(groups.orders, own, strict=True):
        made = _translate_group(order, patient, number, seen, scope)
        _attach_visit(made, visit)
        drafts += made
    recipients = _recipients(message.header)
    settle(message.segments, ledger)
    resources, lineage = assemble([*drafts, *scope.directory.drafts.values()])
    return Translation(resources, ledger.issues, ledger.unplaced, lineage, recipients, ledger.holds, training)


def _cut_off(message: Message, ledger: Ledger) -> None:
    """A message that breaks off before a result it announced is held; a missing last mark alone is told.

    A cut inside an OBX loses its status, which holds too; one between two results cannot be seen.
    """
    last = message.segments[-1]
    if message.terminated:
        return
    if last.name in ("MSH", "PID", "PV1", "ORC", "OBR"):
        ledger.hold("structure", "hl7v2-maybe-cut-off", last.label)
    else:
        ledger.remark("information", "informational", "hl7v2-unterminated", last.label)


def _translate_group(
    order: Order, patient: Draft, number: tuple[str, str], seen: Counter[tuple[str, ...]], scope: Scope
) -> list[Draft]:
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
    return [*placed.drafts, *observations]


def _occurrence(key: tuple[str, ...], seen: Counter[tuple[str, ...]]) -> tuple[str, ...]:
    """The key with its count in this message: identical OBRs are the first and the second."""
    seen[key] += 1
    return (*key, str(seen[key]))


def _share_orders(orders: list[Order]) -> None:
    """One ORC before many OBRs of the same placer number speaks of them all."""
    shared: Segment | None = None
    for order in orders:
        if order.orc is not None:
            shared = order.orc
        elif shared is not None and order.obr is not None and _same_order(shared, order.obr):
            order.orc = shared


def _same_order(orc: Segment, obr: Segment) -> bool:
    placer, other = orc.first(2), obr.first(2)
    return placer is not None and other is not None and placer.peek() != "" and placer.peek() == other.peek()


def _attach_visit(drafts: list[Draft], visit: Draft | None) -> None:
    if visit is not None:
        for draft in drafts:
            if draft.type in ("ServiceRequest", "DiagnosticReport", "Observation"):
                draft.put("encounter", visit.reference)


def _training(header: Segment, ledger: Ledger) -> bool:
    """True when MSH-11.1 (HL7 table 0103) is said and is not P: training, debugging, or a word nobody knows."""
    value = header.first(11)
    if value is None or value.take().upper() in ("", "P"):
        return False
    ledger.remark("warning", "business-rule", "hl7v2-not-production", value.path)
    return True


def _recipients(header: Segment) -> list[str]:
    """MSH-6, where it is a facility code."""
    found = []
    for value in header.said(6):
        if FACILITY_CODE.match(value.peek()):
            found.append(value.take())
    return found
