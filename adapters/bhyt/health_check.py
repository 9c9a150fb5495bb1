"""A health check's blocks (KHAMSUCKHOE): measurements and classes as Observations, every other text in a Composition.

The units of the measurements, and the names of the vital signs, stand in no source at hand: they are guessed, the
outcome says so, and a number that cannot be of the unit guessed holds the record.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.bhyt.blocks_in_words import paper_of_blocks
from adapters.bhyt.code_systems import GLN, LOINC, NO_VALUE, OBSERVATION_CATEGORY, STATUS_INFERRED, national
from adapters.bhyt.health_check_blocks import BLOCKS, BODY, CONCLUSION, OCCASION, PERSON, TESTS, VITAL_SIGNS
from adapters.bhyt.list_words import worded
from adapters.bhyt.observations import value_sources
from adapters.bhyt.told import HEALTH_CHECK, Told
from adapters.bhyt.vital_signs import Element, pressure_elements
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.placing import Field
from gateway.mapping.units import UCUM
from gateway.mapping.values import measured

_TITLES = {
    PERSON: "Thông tin hành chính",
    OCCASION: "Thông tin chung về lần khám",
    VITAL_SIGNS: "Đánh giá dấu hiệu sinh tồn",
    BODY: "Khám thể lực",
    TESTS: "Khám cận lâm sàng",
    CONCLUSION: "Kết luận",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """What a field measures, the unit it is taken to be in, and what a number in that unit can be."""

    code: str
    name: str
    unit: str
    ucum: str
    least: float
    most: float


_MEASURES = {
    f"{VITAL_SIGNS}.MACH": Measure("8867-4", "Heart rate", "lần/phút", "/min", 20, 300),
    f"{VITAL_SIGNS}.NHIET_DO": Measure("8310-5", "Body temperature", "°C", "Cel", 30, 45),
    f"{VITAL_SIGNS}.NHIP_THO": Measure("9279-1", "Respiratory rate", "lần/phút", "/min", 4, 100),
    f"{VITAL_SIGNS}.SPO2": Measure("2708-6", "Oxygen saturation in Arterial blood", "%", "%", 30, 100),
    f"{BODY}.CHIEU_CAO": Measure("8302-2", "Body height", "cm", "cm", 30, 250),
    f"{BODY}.CAN_NANG": Measure("29463-7", "Body weight", "kg", "kg", 1, 350),
    f"{BODY}.CHI_SO_BMI": Measure("39156-5", "Body mass index (BMI) [Ratio]", "kg/m2", "kg/m2", 8, 90),
}
_PRESSURE = f"{VITAL_SIGNS}.HUYET_AP"
_CLASSES = {f"{BODY}.KHAM_THE_LUC_PL": "Phân loại thể lực", f"{CONCLUSION}.PHAN_LOAI_SK": "Phân loại sức khỏe"}
_ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV", "5": "V"}


def translate_health_check(told: Told) -> list[Draft]:
    """The Composition of a health check, a section for each block, and the Observations it has."""
    if told.form != HEALTH_CHECK:
        return []
    _say_what_is_guessed(told)
    return paper_of_blocks(told, "Khám sức khỏe", _TITLES, _of_occasion, _observed)


def _say_what_is_guessed(told: Told) -> None:
    told.ledger.remark("information", "informational", "bhyt-health-check-known-in-part", OCCASION)
    for block in told.blocks:
        paths = {leaf.path for leaf in block.leaves}
        if block.name == PERSON or (block.name == VITAL_SIGNS and paths & {*_MEASURES, _PRESSURE}):
            told.ledger.remark("information", "informational", "bhyt-health-check-names-guessed", block.name)
        if paths & {*_MEASURES, _PRESSURE}:
            told.ledger.remark("information", "informational", "bhyt-health-check-units-guessed", block.name)
        if block.name not in BLOCKS and block.leaves:  # of what wraps the blocks there is nothing to say
            told.ledger.remark("information", "informational", "bhyt-health-check-block-unknown", block.name)


def _of_occasion(told: Told, leaf: Field) -> bool:
    """What is no text of the paper: the facility's GLN, whose check it is, who pays, signatures inside."""
    if any(part.startswith("CKS_") for part in leaf.path.split(".")):
        told.ledger.leave(leaf.path, "a signature inside the record; CHUKYDONVI alone is checked")
    elif leaf.path == f"{OCCASION}.MA_GTIN_CSKCB" and len(leaf.value) == 13 and leaf.value.isdecimal():
        facility = told.episode.organization(told.episode.code, told.episode.facility_source)
        facility.add("identifier", Piece({"system": GLN, "value": leaf.value}, {"value": leaf.path}))
    elif leaf.path == f"{OCCASION}.DOI_TUONG":
        told.encounter.add("type", Piece(worded("doi-tuong-ksk", leaf.value), {"coding[0].code": leaf.path}))
    elif leaf.path == f"{OCCASION}.NGUON_CHI_TRA":
        told.ledger.leave(leaf.path, "who pays for the check; no Claim is made of it")
    else:
        return False
    told.ledger.use(leaf.path)
    return True


def _observed(told: Told, leaf: Field) -> Draft | None:
    """The field as an Observation; None where it stays words, which for a measurement or class is said or holds."""
    ledger = told.ledger
    if measure := _MEASURES.get(leaf.path):
        meant = measured(leaf.value, measure.unit, decimal_comma=told.episode.profile.decimal_comma)
        if meant.rule:
            ledger.hold("value", meant.rule, leaf.path)
        elif meant.element != "Quantity":
            ledger.remark("warning", "value", "bhyt-health-check-words", leaf.path)
        elif not measure.least <= float(meant.value["value"].token) <= measure.most:
            ledger.hold("value", "bhyt-health-check-unit-doubtful", leaf.path)
        else:
            value = meant.value | {"unit": measure.unit, "system": UCUM, "code": measure.ucum}
            draft = _begun(told, leaf, "vital-signs", {"system": LOINC, "code": measure.code, "display": measure.name})
            draft.place("valueQuantity", Piece(value, value_sources(value, leaf.path, "")))
            return draft
    elif leaf.path == _PRESSURE:
        elements = pressure_elements(leaf.value)
        if elements is None:
            ledger.remark("warning", "value", "bhyt-health-check-words", leaf.path)
        elif not _is_pressure(elements):
            ledger.hold("value", "bhyt-health-check-unit-doubtful", leaf.path)
        else:
            draft = _begun(told, leaf)
            for path, value, from_text in elements:
                draft.put(path, value, leaf.path if from_text else "")
            return draft
    elif title := _CLASSES.get(leaf.path):
        if leaf.value not in _ROMAN:
            ledger.hold("code-invalid", "bhyt-health-class-unknown", leaf.path)
            return None
        name = leaf.path.rpartition(".")[2]
        draft = _begun(told, leaf, "exam", {"system": national("kham-suc-khoe"), "code": name, "display": title})
        coded = {"system": national("phan-loai-suc-khoe"), "code": leaf.value, "display": f"Loại {_ROMAN[leaf.value]}"}
        draft.place("valueCodeableConcept", Piece({"coding": [coded]}, {"coding[0].code": leaf.path}))
        return draft
    return None


def _is_pressure(elements: list[Element]) -> bool:
    """Both in mmHg, the upper one above the lower."""
    upper, lower = (float(value.token) for path, value, _ in elements if path.endswith("valueQuantity.value"))
    return 50 <= upper <= 300 and 20 <= lower < upper


def _begun(told: Told, leaf: Field, category: str = "", code: dict[str, str] | None = None) -> Draft:
    """An Observation of this health check: some time in it, since no field says when."""
    draft = told.tie(Draft("Observation", told.episode.id_of("Observation", leaf.path)))
    draft.put("meta.tag[0]", STATUS_INFERRED)
    draft.put("status", "final")
    if code:
        draft.put("category[0].coding[0]", {"system": OBSERVATION_CATEGORY, "code": category})
        draft.put("code.coding[0]", code)
    for end in ("start", "end"):
        if moment := told.encounter.get(f"period.{end}"):
            draft.put(f"effectivePeriod.{end}", moment, told.encounter.lineage[f"period.{end}"])
    if draft.get("effectivePeriod") is None:  # R4 asks a vital sign for its time
        draft.put("_effectiveDateTime", {"extension": [{"url": NO_VALUE, "valueCode": "unknown"}]})
    return draft
