"""What stands in resources, each thing in a few words: ``Quantity < 5 mmol/L``."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Sequence
from typing import Any

from adapters.hl7v2.result_units import SOURCE_UNIT
from adapters.hl7v2.result_value import VALUE_ATTACHMENT
from gateway.bundle import Resource
from gateway.jsontext import dumps
from gateway.mapping.values import SOURCE_TEXT

Resources = Sequence[Resource]
DATA_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_LONGEST = 60  # characters of a text


def _of(resources: Resources, kind: str) -> list[Resource]:
    return [one for one in resources if one["resourceType"] == kind]


def _value(resources: Resources) -> list[str]:
    """Each Observation's value, its parts, or that it is a document; its own code before it where there are several."""
    found = _of(resources, "Observation")
    lines = []
    for one in found:
        parts = [_any(part) for part in [one, *one.get("component", ())] if _any(part)]
        said = " + ".join(parts) or "no value"
        lines.append(said if len(found) == 1 else f"{_code(one)}: {said}")
    return lines


def _any(holder: Any) -> str:
    for name, value in holder.items():
        if name.startswith("value"):
            return f"{name[5:]} {_FORMS.get(name[5:], _text)(value)}"
    documents = [one for one in holder.get("extension", ()) if one["url"] == VALUE_ATTACHMENT]
    return " + ".join(f"document {_attachment(one['valueAttachment'])}" for one in documents)


def _text(value: Any) -> str:
    plain = str(value).replace("\r", "⏎").replace("\n", "⏎")
    return f'"{plain}"' if len(plain) <= _LONGEST else f'"{plain[:20]}…" ({len(str(value))} characters)'


def _number(value: Any) -> str:
    return dumps(value).decode()


def _quantity(value: Any) -> str:
    """``< 5 mmol/L``; the UCUM code where it is another text; the sender's text where it says more."""
    said = [value.get("comparator", ""), _number(value["value"]), value.get("unit", "")]
    if value.get("unit") and "code" not in value:
        said.append("(no UCUM)")
    elif value.get("code") != value.get("unit"):
        said.append(f"= {value['code']}")
    said += [f"({_text(one['valueString'])})" for one in value.get("extension", ()) if one["url"] == SOURCE_TEXT]
    return " ".join(word for word in said if word)


def _concept(value: Any) -> str:
    """``L#ECO "E. coli"``: the last part of the system's address, the code and its words."""
    said = []
    for one in value.get("coding", ()):
        system = one.get("system", "").rpartition("/")[2].rpartition(":")[2]
        said += [f"{system}#{one['code']}", *([_text(one["display"])] if "display" in one else [])]
    return " ".join([*said, *([_text(value["text"])] if "text" in value else [])])


def _attachment(value: Any) -> str:
    if absent := [one["valueCode"] for one in value.get("extension", ()) if one["url"] == DATA_ABSENT]:
        return f"absent ({absent[0]})"
    size = len(b64decode(value["data"])) if "data" in value else value.get("size")
    where = [f"{size} bytes"] if size is not None else []
    return ", ".join([value.get("contentType", "of no type"), *where, *([value["url"]] if "url" in value else [])])


_FORMS: dict[str, Callable[[Any], str]] = {
    "Quantity": _quantity,
    "Ratio": lambda value: f"{_quantity(value['numerator'])} : {_quantity(value['denominator'])}",
    "Range": lambda value: f"{_quantity(value['low'])} to {_quantity(value['high'])}",
    "CodeableConcept": _concept,
    "Period": lambda value: f"{value.get('start', '')} to {value.get('end', '')}",
    "DateTime": str,
    "Time": str,
}


def _code(one: Resource) -> str:
    return str(one["code"]["coding"][0]["code"])


def _unit(resources: Resources) -> list[str]:
    """The sender's unit kept beside what is no quantity."""
    kept = [
        each["valueString"]
        for one in _of(resources, "Observation")
        for each in one.get("extension", ())
        if each["url"] == SOURCE_UNIT
    ]
    return [f"unit kept beside it: {_text(one)}" for one in kept]


def _range(resources: Resources) -> list[str]:
    lines = []
    for one in _of(resources, "Observation"):
        for each in one.get("referenceRange", ()):
            ends = [f"{end} {_quantity(each[end])}" for end in ("low", "high") if end in each]
            lines.append(", ".join(["range " + _text(each["text"]), *(ends or ["no low, no high"])]))
    return lines


def _flags(resources: Resources) -> list[str]:
    return [f"flag {_concept(each)}" for one in _of(resources, "Observation") for each in one.get("interpretation", ())]


def _statuses(kind: str, word: str) -> Callable[[Resources], list[str]]:
    def said(resources: Resources) -> list[str]:
        found = _of(resources, kind)
        return [" ".join([word, *([_code(one)] if len(found) > 1 else []), _status(one)]) for one in found]

    return said


def _status(one: Resource) -> str:
    sent = [each["valueString"] for each in one.get("_status", {}).get("extension", ()) if each["url"] == SOURCE_TEXT]
    return " ".join([one["status"], *(f"(sent as {each})" for each in sent)])


def _elements(kind: str, name: str, word: str) -> Callable[[Resources], list[str]]:
    return lambda resources: [f"{word} {one[name]}" for one in _of(resources, kind) if name in one]


def _taken(resources: Resources) -> list[str]:
    lines = _elements("Observation", "effectiveDateTime", "taken")(resources)
    for one in _of(resources, "Observation"):
        ends = one.get("effectivePeriod", {})
        lines += [
            " ".join(
                ["taken", *(f"{word} {ends[end]}" for end, word in (("start", "from"), ("end", "to")) if end in ends)]
            )
        ] * bool(ends)
    return lines


def _forms(resources: Resources) -> list[str]:
    """The documents of the reports, with their data."""
    found = [each for one in _of(resources, "DiagnosticReport") for each in one.get("presentedForm", ())]
    return [f"presentedForm {_attachment(one)}" for one in found]


def _members(resources: Resources) -> list[str]:
    """Which results belong to which, by sub-id or code."""
    named = {f"urn:uuid:{one['id']}": one for one in _of(resources, "Observation")}
    lines = []
    for one in named.values():
        if members := [
            _any(named[each["reference"]]) or _code(named[each["reference"]]) for each in one.get("hasMember", ())
        ]:
            lines.append(f"{_any(one) or _code(one)} has {'; '.join(members)}")
    return lines


def _names(resources: Resources) -> list[str]:
    return [f"patient {_text(each['text'])}" for one in _of(resources, "Patient") for each in one.get("name", ())]


def _patients(resources: Resources) -> list[str]:
    """Each patient's number with what it is a number of: ``BN1 of mrn``."""
    numbers = [one["identifier"][0] for one in _of(resources, "Patient")]
    return [f"patient {one['value']} of {one['system'].split(':', 4)[4]}" for one in numbers]


def _notes(resources: Resources) -> list[str]:
    return [f"note {_text(each['text'])}" for one in _of(resources, "Observation") for each in one.get("note", ())]


SHOWN: dict[str, Callable[[Resources], list[str]]] = {
    "value": _value,
    "unit": _unit,
    "range": _range,
    "flags": _flags,
    "result status": _statuses("Observation", "result"),
    "report status": _statuses("DiagnosticReport", "report"),
    "taken": _taken,
    "issued": _elements("Observation", "issued", "issued"),
    "birth": _elements("Patient", "birthDate", "born"),
    "forms": _forms,
    "members": _members,
    "names": _names,
    "patients": _patients,
    "notes": _notes,
    "requests": _statuses("ServiceRequest", "request"),
}


def shown(resources: Resources, names: Sequence[str]) -> tuple[str, ...]:
    """The lines of all that is to be shown, in the order named."""
    return tuple(line for name in names for line in SHOWN[name](resources))
