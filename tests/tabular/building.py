"""Tables and mapping files for tests, as small as what they show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.tabular import TabularAdapter
from gateway.adapter import DefaultProfile, MappingText, Payload, Translation, bind, split, translate
from gateway.errors import GatewayError

SAMPLES = Path(__file__).parents[2] / "adapters" / "tabular" / "samples"
FACILITY = DefaultProfile("79001")

# What most tests need: a patient, a report, a test with value, unit, range and flag.
MAPPING = """
adapter = "tabular"
name = "lab"
version = "1"

[recognise]
fields = ["PHIEU", "XN", "KQ"]

[reading]
dates = ["dd/MM/yyyy HH:mm", "dd/MM/yyyy"]

[record]
report = ["PHIEU"]

[[row]]
field = "BN"
attribute = "Patient.identifier[]"
datatype = "mrn"

[[row]]
field = "PHIEU"
attribute = "DiagnosticReport.identifier[]"
datatype = "own-number so-phieu"

[[row]]
field = "XN"
attribute = "Observation.code.text"

[[row]]
field = "KQ"
attribute = "Observation.value[x]"
datatype = "value"
"""

UNIT = """
[[row]]
field = "DV"
attribute = "Observation.value[x].unit"
datatype = "unit"
"""
RANGE = """
[[row]]
field = "BT"
attribute = "Observation.referenceRange[0]"
datatype = "range"
"""


def row(field: str, attribute: str, datatype: str = "text", more: str = "") -> str:
    return f'\n[[row]]\nfield = "{field}"\nattribute = "{attribute}"\ndatatype = "{datatype}"\n{more}\n'


def file(*parts: str, name: str = "lab") -> MappingText:
    text = "".join(parts or (MAPPING,)).replace('name = "lab"', f'name = "{name}"', 1)
    return MappingText.read(text.encode())


def translations(data: bytes | str, *files: MappingText, whole: bool = False) -> list[Translation]:
    payload = Payload(data.encode() if isinstance(data, str) else data, whole=whole)
    adapter = bind(TabularAdapter(), files or (file(),))
    return [translate(adapter, record, FACILITY) for record in split(adapter, payload)]


def translation(data: bytes | str, *files: MappingText) -> Translation:
    (made,) = translations(data, *files)
    return made


def of(made: Translation, kind: str) -> list[dict[str, Any]]:
    return [one for one in made.resources if one["resourceType"] == kind]


def refusal(data: bytes | str, *files: MappingText) -> list[tuple[str, str]]:
    """(rule, place) of what refuses the payload, or its first record that is refused."""
    try:
        translations(data, *files)
    except GatewayError as refused:
        return [(issue.rule, issue.expression) for issue in refused.issues]
    return []


def rules(made: Translation) -> list[tuple[str, str]]:
    return [(issue.rule, issue.expression) for issue in made.issues if issue.severity != "information"]
