"""What a found resource says, in a line or a few, as a doctor's screen might."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

from gateway.bundle import MA_CSKCB, Resource
from gateway.jsontext import dumps

Read = Callable[[str], Resource]  # a reference → the resource
_MRN = re.compile(r"urn:vn:cskcb:(\w+):mrn\Z")
_BIRTH_TIME = "http://hl7.org/fhir/StructureDefinition/patient-birthTime"
_CLASSES = {"AMB": "outpatient", "IMP": "inpatient", "SS": "day care"}


def in_words(one: Resource, read: Read) -> list[str]:
    """The lines of one resource; a type that no story shows is an error."""
    return _WORDS[one["resourceType"]](one, read)


def _time(text: str) -> str:
    """A time of Viet Nam to the minute, without its zone."""
    return text[:16].replace("T", " ")


def _code(concept: Any) -> str:
    """The sender's words, else the name, else the code."""
    codings = concept.get("coding", [{}])
    return str(concept.get("text") or codings[0].get("display") or codings[0].get("code", ""))


def _facility(one: Resource, read: Read) -> str:
    """The facility that knows the subject by a number of its own."""
    about = one.get("subject") or one.get("patient")
    patient = read(about["reference"]) if about else one
    return next((found[1] for each in patient["identifier"] if (found := _MRN.match(each.get("system", "")))), "")


def _quantity(value: Any) -> str:
    unit = value.get("unit", "")
    return f"{value.get('comparator', '')}{dumps(value['value']).decode()} {unit}".strip()


def _value(one: Any) -> str:
    for name, value in one.items():
        if name == "valueQuantity":
            return _quantity(value)
        if name == "valueCodeableConcept":
            return _code(value)
        if name.startswith("value"):
            return str(value)
    parts = [f"{_code(part['code'])} {_value(part)}" for part in one.get("component", ())]
    return "; ".join(parts)


def _observation(one: Resource, read: Read) -> list[str]:
    when = one.get("effectiveDateTime") or one.get("effectivePeriod", {}).get("start") or one.get("issued") or ""
    value = _value(one) or {"registered": "(no result yet)"}.get(one["status"], f"({one['status']})")
    return [_row(_time(when), _facility(one, read), f"{_code(one['code'])}: {value}")]


def _row(when: str, facility: str, text: str) -> str:
    return "  ".join(filter(None, (when, facility, text)))


def _report(one: Resource, read: Read) -> list[str]:
    said = [f"{_code(one['code'])} ({one['status']})", *([one["conclusion"]] if "conclusion" in one else [])]
    lines = [_row(_time(one.get("issued", "")), _facility(one, read), ": ".join(said))]
    return lines + ["    " + _result(read(each["reference"])) for each in one.get("result", ())]


def _result(one: Resource) -> str:
    return f"{_code(one['code'])}: {_value(one) or '(no result yet)'}"


def _medication(one: Resource, read: Read) -> list[str]:
    drug = read(one["medicationReference"]["reference"])
    dose = " ".join(each["text"] for each in one.get("dosageInstruction", ()))
    return [_row(_time(one.get("authoredOn", "")), _facility(one, read), f"{_code(drug['code'])}, {dose}")]


def _procedure(one: Resource, read: Read) -> list[str]:
    when = one.get("performedDateTime") or one.get("performedPeriod", {}).get("start", "")
    codes = ", ".join(each["code"] for each in one["code"].get("coding", ()))
    return [_row(_time(when), _facility(one, read), f"{_code(one['code'])} [{codes}] ({one['status']})")]


def _request(one: Resource, read: Read) -> list[str]:
    to = ", ".join(_number(read(each["reference"]), MA_CSKCB) for each in one.get("performer", ()))
    why = [_code(each) for each in one.get("reasonCode", ())]
    head = f"{one['identifier'][0]['value']}  {_code(one['code'])}: {_facility(one, read)} → {to} ({one['status']})"
    return [head, *(f"    {each}" for each in why)]


def _number(one: Resource, system: str) -> str:
    return next(str(each["value"]) for each in one["identifier"] if each.get("system") == system)


def _composition(one: Resource, read: Read) -> list[str]:
    about = _name(read(one["subject"]["reference"]))
    return [f"{one['title']}, of {about}", *(line for part in one.get("section", ()) for line in _section(part, read))]


def _section(part: Any, read: Read, indent: str = "    ") -> list[str]:
    """Its title and text, then the results it lists, then its parts."""
    text = f": {_plain(part['text']['div'])}" if "text" in part else ""
    results = [f"{indent}    {_result(read(each['reference']))}" for each in part.get("entry", ())]
    parts = [line for each in part.get("section", ()) for line in _section(each, read, indent + "    ")]
    return [f"{indent}{part['title']}{text}", *results, *parts]


def _plain(narrative: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", narrative)).split())


def _name(one: Resource) -> str:
    return str(one["name"][0]["text"])


def _appointment(one: Resource, read: Read) -> list[str]:
    actors = [read(each["actor"]["reference"]) for each in one["participant"] if "actor" in each]
    place = ", ".join(_number(each, MA_CSKCB) for each in actors if each["resourceType"] == "Location")
    days = " to ".join(dict.fromkeys(one["requestedPeriod"][0].values()))
    why = ", ".join(_code(each) for each in one.get("reasonCode", ()))
    return [f"{one['identifier'][0]['value']}  {days} at {place}: {why} ({one['status']})"]


def _patient(one: Resource, read: Read) -> list[str]:
    written = one.get("_birthDate", {}).get("extension", ())
    minute = next((each["valueDateTime"] for each in written if each["url"] == _BIRTH_TIME), "")
    born = _time(minute) or one["birthDate"]
    numbers = ", ".join(str(each["value"]) for each in one.get("identifier", ()))
    return [f"{_name(one)}, {one['gender']}, born {born}: {numbers}"]


def _relative(one: Resource, read: Read) -> list[str]:
    role = ", ".join(each["code"] for kind in one.get("relationship", ()) for each in kind.get("coding", ()))
    return [f"{_name(one)} is {role} of {_name(read(one['patient']['reference']))}"]


def _encounter(one: Resource, read: Read) -> list[str]:
    period = f"{_time(one['period'].get('start', ''))} to {_time(one['period'].get('end', ''))}"
    kind = _CLASSES.get(one["class"]["code"], one["class"]["code"])
    return [f"{period}  {_facility(one, read)}  {kind} ({one['status']})"]


_WORDS: dict[str, Callable[[Resource, Read], list[str]]] = {
    "Observation": _observation,
    "DiagnosticReport": _report,
    "MedicationRequest": _medication,
    "Procedure": _procedure,
    "ServiceRequest": _request,
    "Composition": _composition,
    "Appointment": _appointment,
    "Patient": _patient,
    "RelatedPerson": _relative,
    "Encounter": _encounter,
}
