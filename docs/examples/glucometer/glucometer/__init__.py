"""Readings of a ward's glucometers to FHIR R4: the smallest adapter that keeps the whole law.

A file is lines of fields parted by semicolons, UTF-8::

    GLUCO;1;79001                                   form, its version, facility code
    P;BN000123;001090000001;NGUYỄN VĂN THỬ;19900315  record number, citizen id, name, birth date
    R;20261115075000;6.10;mmol/L;bed 4              time, reading, unit, place
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gateway.adapter import Payload, Profile, Record, SourceAdapter, Translation
from gateway.bundle import CCCD, deterministic_id, mrn_system
from gateway.errors import PayloadError
from gateway.mapping.draft import Draft, assemble
from gateway.mapping.ledger import CannotPlace, Ledger
from gateway.mapping.naming import person_number_system
from gateway.mapping.times import read_birth, read_time
from gateway.mapping.values import measured
from gateway.messages import register

register(Path(__file__).parent / "messages.toml")

# LOINC has a code for each unit: glucose in capillary blood by glucometer.
_CODES = {"mmol/L": "14743-9", "mg/dL": "41653-7"}


class GlucometerAdapter(SourceAdapter):
    """One file, one patient, one record."""

    name = "glucometer"
    version = "1.0.0"

    def recognises(self, payload: Payload) -> bool:
        return payload.data.startswith(b"GLUCO;")

    def records(self, payload: Payload) -> Sequence[Record]:
        lines = _lines(payload.data)
        return [Record(payload.data, lines[0][2], lines)]

    def translate(self, record: Record, facility: Profile) -> Translation:
        lines = _lines(record.data)
        code = facility.code or lines[0][2]
        ledger = Ledger()
        ledger.leave("GLUCO-1", "the form's version; it says how to read the file, nothing of the patient")
        ledger.leave("GLUCO-2", "the facility's code; the exchange's sender says it")
        patients = [line for line in lines if line[0] == "P"]
        if len(patients) != 1 or not patients[0][1]:
            raise PayloadError("glucometer-no-patient")
        patient = _patient(code, patients[0], ledger)
        readings = [line for line in lines if line[0] == "R"]
        drafts = [
            _reading(code, patient, f"R[{place}]", line, facility, ledger) for place, line in enumerate(readings, 1)
        ]
        resources, lineage = assemble([patient, *drafts])
        return Translation(resources, ledger.issues, ledger.unplaced, lineage, holds=ledger.holds)


def _lines(data: bytes) -> list[list[str]]:
    """The file's lines as fields; PayloadError when it is cut off, of another form or in another encoding."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise PayloadError("glucometer-form") from None
    lines = [line.split(";") for line in text.splitlines()]
    widths = {"GLUCO": 3, "P": 5, "R": 5}
    ends = text.endswith("\n") and lines[0][:2] == ["GLUCO", "1"]
    if not ends or any(widths.get(line[0]) != len(line) for line in lines):
        raise PayloadError("glucometer-form")
    return lines


def _patient(code: str, line: list[str], ledger: Ledger) -> Draft:
    _, number, citizen, name, born = line
    made = Draft("Patient", deterministic_id(code, "Patient", number))
    made.put("identifier[0].system", mrn_system(code))
    made.put("identifier[0].value", number, "P-1")
    if person_number_system(citizen) == CCCD:
        made.put("identifier[1].system", CCCD)
        made.put("identifier[1].value", citizen, "P-2")
    elif citizen:
        ledger.leave("P-2", "not a citizen id of 12 digits")
    if name:
        made.put("name[0].text", name, "P-3")
    if born:
        try:
            made.put("birthDate", read_birth(born).date, "P-4")
        except CannotPlace as why:  # one bad field costs that field, and says so
            ledger.refuse_field("P-4", why)
    return made


def _reading(code: str, patient: Draft, at: str, line: list[str], facility: Profile, ledger: Ledger) -> Draft:
    _, when, reading, unit, place = line
    made = Draft("Observation", deterministic_id(code, "Observation", patient.id, when, at))
    made.put("status", "final")  # the device has no other
    made.put("subject", patient.reference)
    made.put("code.text", "Glucose")
    try:
        made.put("effectiveDateTime", read_time(when, facility.utc_offset).text, f"{at}-1")
    except CannotPlace as why:  # a reading without its time misleads: a person must look
        ledger.refuse_field(f"{at}-1", CannotPlace(why.rule, clinical=True))
    if unit in _CODES:
        made.put("code.coding[0].system", "http://loinc.org")
        made.put("code.coding[0].code", _CODES[unit], f"{at}-3")
    else:
        ledger.hold("code-invalid", "glucometer-unit", f"{at}-3")
    _value(made, at, reading, unit, facility, ledger)
    if place:
        ledger.leave(f"{at}-4", "where the device hung; no Location is made of it")
    return made


def _value(made: Draft, at: str, reading: str, unit: str, facility: Profile, ledger: Ledger) -> None:
    if not reading.strip():
        made.put("dataAbsentReason.text", "the device wrote no reading")
        ledger.leave(f"{at}-2", "empty")
        ledger.leave(f"{at}-3", "a unit without a reading")
        return
    value = measured(reading, unit, decimal_comma=facility.decimal_comma)
    if value.rule:
        ledger.hold("value", value.rule, f"{at}-2")
    if value.element == "Quantity":
        for name, part in value.value.items():
            made.put(f"valueQuantity.{name}", part, f"{at}-3" if name in ("unit", "system", "code") else f"{at}-2")
    else:
        made.put(f"value{value.element}", value.value, f"{at}-2")
        ledger.leave(f"{at}-3", "a unit has no place beside a text", clinical=bool(unit))
