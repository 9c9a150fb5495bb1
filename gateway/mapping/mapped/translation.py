"""Rows over a record: the parts made once, a result for each item, and the account of every field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.adapter import Profile, Translation
from gateway.bundle import BHXH, BHYT, CCCD, deterministic_id, mrn_system
from gateway.errors import PayloadError
from gateway.mapping.draft import Draft, assemble
from gateway.mapping.ledger import CannotPlace, Ledger
from gateway.mapping.mapped.compiled import Compiled
from gateway.mapping.mapped.datatypes import Manner
from gateway.mapping.mapped.elements import place_fields, put_fixed
from gateway.mapping.mapped.observations import Results
from gateway.mapping.mapped.parts import PARTS, PATIENT, REPORT, RESULT, complete, tie
from gateway.mapping.mapped.record import Fields, MappedRecord
from gateway.mapping.misread import hold_misread
from gateway.mapping.placing import Field


class _Head:
    """What is said of the whole record: a field counts where it is first said. ``fields``: those that rows place,
    without what is said in two ways."""

    def __init__(self, told: Sequence[Fields], fields: Iterable[str]) -> None:
        self._told = told
        first = told[0]
        self.said = {field: first.repetitions(field) or _first_said(told, field) for field in fields}
        self.exact = frozenset(
            [name for one in told for name in one.exact if next(each for each in told if each.text(name)) is one]
        )

    def repetitions(self, field: str) -> Sequence[Field]:
        return self.said.get(field, ())

    def text(self, field: str) -> str:
        for one in self._told:
            if text := one.text(field):
                return text
        return ""


def _first_said(told: Sequence[Fields], field: str) -> Sequence[Field]:
    for one in told:
        if said := one.repetitions(field):
            return said
    return ()


def translate(mapping: Compiled, record: MappedRecord, profile: Profile, facility: str) -> Translation:
    """The record as FHIR R4. ``facility``: its code, which scopes ids and the systems of its own codes.

    PayloadError: no patient, two patients, a report without what tells it from others.
    """
    file, ledger = mapping.file, Ledger()
    ledger.issues.extend(record.read)
    ledger.holds.extend(record.holds)
    comma = profile.decimal_comma if file.decimal_comma is None else file.decimal_comma
    manner = Manner(facility, profile.utc_offset, comma, file.dates, profile.units, record.charset)
    differing = _said_twice(mapping, record, ledger)
    head = _Head(record.head, [field for field in mapping.head_fields if field not in differing])
    report = tuple(head.text(field) for field in file.report)
    if not any(report):
        raise PayloadError("mapped-report-unnamed", record.head[0].path(file.report[0]), fields=", ".join(file.report))

    drafts = {name: Draft(PARTS[name].type, "") for name in mapping.parts}
    place_fields(mapping.head, head, drafts, manner, ledger)
    for repetitions in head.said.values():
        for said in repetitions:
            hold_misread(said.value, record.charset, said.path, ledger)
    made = {name: draft for name, draft in drafts.items() if draft.lineage or name == REPORT}
    if not {"identifier", "name"} & set(drafts[PATIENT].resource):
        raise PayloadError("mapped-no-patient", record.head[0].path(next(iter(sorted(mapping.patient_fields)), "")))
    for row in mapping.fixed:
        if row.draft in made:
            put_fixed([row], head.text, made[row.draft], f"mapping file {file.text.name}")
    key = _identify(made, manner, (file.text.name, *report))
    for name, draft in made.items():
        complete(name, draft)
    resources, lineage = assemble(made.values())
    results = Results(mapping, manner, ledger, key, tie(made), lineage)
    for item in record.items:
        results.add(item)
    if REPORT in made:
        _report(made[REPORT], results, said=mapping.says_status)
    if results.inferred:
        ledger.remark("information", "informational", "mapped-status-inferred", RESULT)
    _settle(mapping, record, ledger)
    return Translation(
        [*resources, *results.resources],
        ledger.issues,
        ledger.unplaced,
        lineage,
        (),
        ledger.holds,
        mapping=file.text.label,
    )


def _said_twice(mapping: Compiled, record: MappedRecord, ledger: Ledger) -> frozenset[str]:
    """Fields of the whole record that it says in two ways; PayloadError when they are the patient's."""
    values = [one.values for one in record.head]
    said = [tuple(map(each.get, mapping.head_fields)) for each in values]
    if said.count(said[0]) == len(said):  # as most records: nothing is said in two ways
        return frozenset()
    found = set()
    for field in mapping.head_fields:
        if len({text for each in values if (text := each.get(field))}) < 2:
            continue
        first = ""
        for one in record.head:
            text = one.values.get(field)
            if text and text != first:
                if not first:
                    first = text
                    continue
                if field in mapping.patient_fields:
                    raise PayloadError("mapped-another-patient", one.path(field))
                found.add(field)
                if field not in mapping.item_fields:
                    ledger.leave(one.path(field), "said in two ways in one report", clinical=True)
                    ledger.hold("conflict", "mapped-head-differs", one.path(field), name=field)
                break
    return frozenset(found)


def _identify(made: dict[str, Draft], manner: Manner, report: tuple[str, ...]) -> tuple[str, ...]:
    """Give every part its id; returns what the ids of the record's results are made from."""
    numbers = made[PATIENT].get("identifier") or []
    known = {each["system"]: str(each["value"]) for each in reversed(numbers) if each.get("value")}
    system = next(filter(known.__contains__, (mrn_system(manner.facility), CCCD, BHXH, BHYT, *known)), "")
    person = (system, known[system]) if system else ("report", *report)
    for name, draft in made.items():
        draft.resource["id"] = deterministic_id(manner.facility, PARTS[name].type, *_key(name, draft, person, report))
    return (*person, *report)


def _key(name: str, draft: Draft, person: tuple[str, ...], report: tuple[str, ...]) -> tuple[str, ...]:
    """A person of the staff, or an organization, is one wherever its number stands; all else is the report's."""
    if name == PATIENT:
        return person
    number = draft.get("identifier[0]")
    if number and PARTS[name].type in ("Practitioner", "Organization"):
        return str(number.get("system", "")), str(number["value"])
    return (*person, *report, name)


def _report(report: Draft, results: Results, *, said: bool) -> None:
    if results.resources:
        report.resource["result"] = results.references
    waiting = [one["status"] == "registered" for one in results.resources]
    if any(waiting) and not said:
        report.resource["status"] = "registered" if all(waiting) else "partial"


def _settle(mapping: Compiled, record: MappedRecord, ledger: Ledger) -> None:
    """What has no row: a reason, or an issue. What has rows, and none that took it: listed."""
    everything = record.head if record.head is record.items else [*record.head, *record.items]
    for field, reason in mapping.file.unplaced.items():
        for one in everything:
            if one.values.get(field):
                ledger.leave(one.path(field), reason)
    for field in mapping.conditional:
        for one in everything:
            if one.values.get(field) and not ledger.used(one.path(field)):
                ledger.leave(one.path(field), "the condition of no row holds")
                ledger.remark("warning", "value", "mapped-no-condition-holds", one.path(field))
    for field, at in record.strange:
        ledger.refuse_field(at, CannotPlace("mapped-field-strange", code="not-supported", field=field))
