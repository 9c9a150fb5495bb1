"""A message to a Translation: patient, visits, what its family makes of the rest, whom they name, and the account."""

from __future__ import annotations

from collections.abc import Callable

from adapters.hl7v2.account import settle
from adapters.hl7v2.allergies import translate_allergies
from adapters.hl7v2.continued import join_continued
from adapters.hl7v2.diagnoses import translate_diagnoses
from adapters.hl7v2.directory import Directory
from adapters.hl7v2.encounter_history import translate_encounter_history
from adapters.hl7v2.ending import hold_cut_off
from adapters.hl7v2.families.admissions import translate_admission
from adapters.hl7v2.families.documents import translate_documents
from adapters.hl7v2.families.merges import translate_merge, united
from adapters.hl7v2.families.orders import translate_orders
from adapters.hl7v2.families.results import translate_results
from adapters.hl7v2.families.scheduling import translate_scheduling
from adapters.hl7v2.families.vaccinations import translate_vaccinations
from adapters.hl7v2.financial_classes import translate_financial_classes
from adapters.hl7v2.groups import each_patient, group
from adapters.hl7v2.impossible_times import hold_impossible_times
from adapters.hl7v2.insurance import translate_insurances
from adapters.hl7v2.living_will import translate_living_will
from adapters.hl7v2.memory import memory_of
from adapters.hl7v2.message import Message
from adapters.hl7v2.misreadings import hold_misreadings
from adapters.hl7v2.mothers import translate_mother
from adapters.hl7v2.participations import translate_participations
from adapters.hl7v2.patient import translate_patient
from adapters.hl7v2.patient_account import translate_account
from adapters.hl7v2.patient_results import translate_patient_results
from adapters.hl7v2.priors import set_apart
from adapters.hl7v2.procedures import translate_procedures
from adapters.hl7v2.provenance import translate_provenance
from adapters.hl7v2.record_changes import date_record_changes, translate_record_change
from adapters.hl7v2.relatives import translate_relatives
from adapters.hl7v2.scope import FACILITY_CODE, Scope
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.software import translate_software
from adapters.hl7v2.structures import Family, family_of, strangers
from adapters.hl7v2.told import Told
from adapters.hl7v2.visit_events import event_of
from adapters.hl7v2.visit_notes import translate_visit_notes
from adapters.hl7v2.visits import translate_visits
from gateway.adapter import Profile, Translation
from gateway.errors import PayloadError
from gateway.mapping.draft import Draft, assemble
from gateway.mapping.ledger import Ledger

# What any message may say besides: each makes the resources of its segments.
_PARTS: tuple[Callable[[Told], list[Draft]], ...] = (
    translate_mother,
    translate_account,
    translate_relatives,
    translate_allergies,
    translate_diagnoses,
    translate_procedures,
    translate_insurances,
    translate_patient_results,
    translate_visit_notes,
    translate_living_will,
    translate_financial_classes,
    translate_encounter_history,
    translate_record_change,
)
_FAMILIES: dict[Family, Callable[[Told], list[Draft]]] = {
    Family.RESULTS: translate_results,
    Family.ADMISSIONS: translate_admission,
    Family.DOCUMENTS: translate_documents,
    Family.SCHEDULING: translate_scheduling,
    Family.VACCINATIONS: translate_vaccinations,
    Family.ORDERS: translate_orders,
    Family.MERGES: translate_merge,
}


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


def translate_message(message: Message, profile: Profile, record: bytes) -> Translation:
    """``record``: the message's bytes, without marks or a batch around them.

    PayloadError when the message names no patient, or two, or lacks what its kind must have.
    """
    ledger = Ledger()
    facility = profile.code or sending_facility(message.header)
    if not facility:
        raise PayloadError("hl7v2-facility-missing", "MSH-4")
    names = _names(message.header) | {facility}
    country = message.header.text(17).upper()
    known = (
        *(facility, profile.code, profile.decimal_comma, profile.utc_offset, profile.units),
        *(names, message.delimiters, country),
    )
    scope = Scope(facility, profile, ledger, Directory(facility), names, country, memory_of(known))
    family = family_of(message.header)
    ordering = family is Family.ORDERS
    segments, earlier = set_apart(message.segments[1:]) if ordering else (message.segments[1:], [])
    event = event_of(message, scope)
    training = _training(message.header, ledger)
    hold_cut_off(message, family, ledger)
    hold_misreadings(message, ledger)
    drafts: list[Draft] = []
    tolds: list[Told] = []
    for part in each_patient(segments) if family is Family.MERGES else [segments]:
        groups = group(part, ordering=ordering, strangers=strangers(family))
        groups.earlier = earlier
        join_continued(groups)
        patient, number = translate_patient(groups, message.header, scope)
        visits, own = translate_visits(groups, patient, number, scope, event)
        told = Told(message, groups, scope, patient, number, tuple(visits), tuple(own))
        tolds.append(told)
        begun = len(drafts)
        drafts += [patient, *visits]
        for make in _PARTS:
            drafts += make(told)
        drafts += _FAMILIES[family](told)
        drafts += translate_participations(told, drafts)
        hold_impossible_times(message.header, patient, drafts[begun:], scope)
    if family in (Family.MERGES, Family.ADMISSIONS):
        drafts = united(drafts)
    recipients = _recipients(message.header)
    drafts += (software := translate_software(tolds[0]))
    provenance = translate_provenance(tolds[0], drafts, software, record)
    date_record_changes(drafts, provenance)
    settle(message.segments, ledger)
    resources, lineage = assemble([*drafts, *scope.directory.drafts.values(), provenance])
    return Translation(resources, ledger.issues, ledger.unplaced, lineage, recipients, ledger.holds, training)


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
