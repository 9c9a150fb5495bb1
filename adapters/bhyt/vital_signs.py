"""Vital signs as the decision has them written inside a progress note: ``CSST<M75_T37_HA120/70_NT18_SP98_HL2>``.

M pulse, T temperature, HA blood pressure, NT breaths, SP oxygen saturation, HL level of nursing care; parts joined by
``_``, any of them absent, in any order, with blanks. A note may hold several blocks. What is not understood is
counted and stays in the note's text, which is placed whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from adapters.bhyt.code_systems import LOINC, OBSERVATION_CATEGORY, national
from gateway.mapping.units import UCUM
from gateway.mapping.values import quantity

_BLOCK = re.compile(r"CSST\s*<(.*?)>(?=[^0-9]|\Z)", re.DOTALL)
_PART = re.compile(r"(HA|NT|SP|HL|M|T)\s*[:=]?\s*(.+)\Z", re.DOTALL)
_PRESSURE = re.compile(r"([0-9]{2,3})\s*/\s*([0-9]{2,3})\Z")
_LEVEL = re.compile(r"[0-9]\Z")

# Mark → LOINC code and name, unit as shown, UCUM code.
_SIGNS = {
    "M": ("8867-4", "Heart rate", "lần/phút", "/min"),
    "T": ("8310-5", "Body temperature", "°C", "Cel"),
    "NT": ("9279-1", "Respiratory rate", "lần/phút", "/min"),
    "SP": ("2708-6", "Oxygen saturation in Arterial blood", "%", "%"),
}

# (element path, value, whether it came from the text)
Element = tuple[str, Any, bool]


@dataclass(slots=True)
class VitalSigns:
    """``signs``: (block from 1, mark, elements of the Observation); ``unread``: how many parts were not understood."""

    signs: list[tuple[int, str, list[Element]]] = field(default_factory=list)
    unread: int = 0


def read_vital_signs(text: str, *, decimal_comma: bool) -> VitalSigns:
    """The blocks of a note's text, in their order; the same mark twice in a block is understood once."""
    read = VitalSigns()
    for block, matched in enumerate(_BLOCK.finditer(text), 1):
        seen: set[str] = set()
        for part in filter(None, (each.strip() for each in matched.group(1).split("_"))):
            mark, value = _taken_apart(part)
            elements = _elements(mark, value, decimal_comma) if mark not in seen else None
            if elements is None:
                read.unread += 1
            else:
                seen.add(mark)
                read.signs.append((block, mark, elements))
    return read


def _taken_apart(part: str) -> tuple[str, str]:
    matched = _PART.match(part)
    return (matched.group(1), matched.group(2).strip()) if matched else ("", "")


def _elements(mark: str, value: str, decimal_comma: bool) -> list[Element] | None:
    if mark == "HA":
        return pressure_elements(value)
    if mark == "HL":
        return _nursing_care(value) if _LEVEL.match(value) else None
    if mark not in _SIGNS:
        return None
    code, name, unit, ucum = _SIGNS[mark]
    made = quantity(value, "", decimal_comma=decimal_comma)
    if made is None:
        return None
    return [*_kind("vital-signs", code, name), *_quantity("valueQuantity", made, unit, ucum)]


def _kind(category: str, code: str, name: str) -> list[Element]:
    return [
        ("category[0].coding[0]", {"system": OBSERVATION_CATEGORY, "code": category}, False),
        ("code.coding[0]", {"system": LOINC, "code": code, "display": name}, False),
    ]


def _quantity(path: str, value: dict[str, Any], unit: str, ucum: str) -> list[Element]:
    """The number and its comparator are the text's, the unit is what the convention says."""
    said = [(f"{path}.{key}", item, True) for key, item in value.items()]
    return [*said, (f"{path}.unit", unit, False), (f"{path}.system", UCUM, False), (f"{path}.code", ucum, False)]


def pressure_elements(value: str) -> list[Element] | None:
    """``120/70`` as the elements of a blood pressure; None for anything else."""
    pressure = _PRESSURE.match(value)
    return _pressure(*pressure.groups()) if pressure else None


def _pressure(systolic: str, diastolic: str) -> list[Element]:
    made = _kind("vital-signs", "85354-9", "Blood pressure panel with all children optional")
    for index, (code, name, value) in enumerate(
        (("8480-6", "Systolic blood pressure", systolic), ("8462-4", "Diastolic blood pressure", diastolic))
    ):
        number = quantity(value, "", decimal_comma=False) or {}
        made.append((f"component[{index}].code.coding[0]", {"system": LOINC, "code": code, "display": name}, False))
        made += _quantity(f"component[{index}].valueQuantity", number, "mmHg", "mm[Hg]")
    return made


def _nursing_care(level: str) -> list[Element]:
    code = {"system": national("xml5"), "code": "HL", "display": "Cấp chăm sóc"}
    return [
        ("category[0].coding[0]", {"system": OBSERVATION_CATEGORY, "code": "exam"}, False),
        ("code.coding[0]", code, False),
        ("valueCodeableConcept.coding[0].system", national("cap-cham-soc"), False),
        ("valueCodeableConcept.coding[0].code", level, True),
    ]
