"""Records and mapping files for tests, as small as what they show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from adapters.json_record import JsonRecordAdapter
from gateway.adapter import DefaultProfile, MappingText, Payload, Translation, bind, split, translate
from gateway.errors import GatewayError

SAMPLES = Path(__file__).parents[2] / "adapters" / "json_record" / "samples"
FACILITY = DefaultProfile("79001")

HEAD = """
adapter = "json_record"
name = "his"
version = "1"

[recognise]
fields = ["phieu", "bn.ma"]
"""
RECORD = """
[record]
report = ["phieu"]
results = "kq[]"
"""
PERSON = """
[[row]]
field = "bn.ma"
attribute = "Patient.identifier[]"
datatype = "mrn"

[[row]]
field = "phieu"
attribute = "DiagnosticReport.identifier[]"
datatype = "own-number so-phieu"
"""
RESULT = """
[[row]]
field = "kq[].ten"
attribute = "Observation.code.text"

[[row]]
field = "kq[].tri"
attribute = "Observation.value[x]"
datatype = "value"

[[row]]
field = "kq[].dv"
attribute = "Observation.value[x].unit"
datatype = "unit"
"""
MAPPING = HEAD + RECORD + PERSON + RESULT


def row(field: str, attribute: str, datatype: str = "text", more: str = "") -> str:
    return f'\n[[row]]\nfield = \'{field}\'\nattribute = "{attribute}"\ndatatype = "{datatype}"\n{more}\n'


def file(text: str = MAPPING) -> MappingText:
    return MappingText.read(text.encode())


def result(name: str = "Glucose", value: Any = 5.6, unit: str | None = "mmol/L", **more: Any) -> dict[str, Any]:
    return {"ten": name, "tri": value, "dv": unit, **more}


def report(number: str = "P1", *results: dict[str, Any], who: str = "B1", **more: Any) -> dict[str, Any]:
    return {"phieu": number, "bn": {"ma": who}, "kq": list(results) or [result()], **more}


def translations(sent: Any, *files: MappingText, profile: DefaultProfile = FACILITY) -> list[Translation]:
    data = sent if isinstance(sent, bytes) else json.dumps(sent, ensure_ascii=False, indent=1).encode()
    adapter = bind(JsonRecordAdapter(), files or (file(),))
    return [translate(adapter, record, profile) for record in split(adapter, Payload(data))]


def translation(sent: Any, *files: MappingText) -> Translation:
    (made,) = translations(sent, *files)
    return made


def of(made: Translation, kind: str) -> list[dict[str, Any]]:
    return [one for one in made.resources if one["resourceType"] == kind]


def refusal(sent: Any, *files: MappingText) -> list[tuple[str, str]]:
    """(rule, place) of what refuses the payload, or its first record that is refused."""
    try:
        translations(sent, *files)
    except GatewayError as refused:
        return [(issue.rule, issue.expression) for issue in refused.issues]
    return []


def holds(made: Translation) -> list[tuple[str, str]]:
    return [(issue.rule, issue.expression) for issue in made.holds]


def rules(made: Translation) -> list[tuple[str, str]]:
    return [(issue.rule, issue.expression) for issue in made.issues if issue.severity != "information"]
