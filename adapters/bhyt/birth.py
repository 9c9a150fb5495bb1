"""XML9, the birth certificate: the newborn, the mother or carer, the father, the weight, and the paper."""

from __future__ import annotations

from adapters.bhyt.code_systems import LOINC, OBSERVATION_CATEGORY, STATUS_INFERRED
from adapters.bhyt.identity import row_keys
from adapters.bhyt.kin import MOTHER, relative, relatives
from adapters.bhyt.observations import value_sources
from adapters.bhyt.papers import begin_composition, finish_composition, place_attester
from adapters.bhyt.person import place_birth
from adapters.bhyt.said_again import same_person
from adapters.bhyt.table_maps import table_rows
from adapters.bhyt.tables import TableRow
from adapters.bhyt.told import Told
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.placing import place
from gateway.mapping.values import measured

_BIRTH_CERTIFICATE = "71230-7"
_BIRTH_WEIGHT = {"system": LOINC, "code": "8339-4", "display": "Birth weight Measured"}
_CARER = "Mẹ hoặc người nuôi dưỡng"
_FEMALE = "2"


def translate_birth(told: Told) -> list[Draft]:
    """Of each row the newborn's Patient, its relatives, its weight, and a Composition about it."""
    rows = told.rows("XML9")
    numbered = all(row.text("SO") for row in rows)
    keys = row_keys(rows, "SO", "QUYEN_SO") if numbered else row_keys(rows, "NGAY_SINH_CON", "GIOI_TINH_CON")
    return [draft for row in rows for draft in _birth(told, row, keys[row.number])]


def _birth(told: Told, row: TableRow, key: tuple[str, ...]) -> list[Draft]:
    episode, ledger = told.episode, told.ledger
    newborn = Draft("Patient", episode.id_of("Patient", "XML9", *key))
    carer = _carer(told, row, newborn)
    paper = begin_composition(
        told, episode.id_of("Composition", "XML9", *key), loinc=_BIRTH_CERTIFICATE, title="Giấy chứng sinh"
    )
    paper.put("subject", newborn.reference)
    place(
        table_rows("XML9"), row, {"Newborn": newborn, "Carer": carer, "Composition": paper}, told.episode, told.ledger
    )
    for found in row.repetitions("NGAY_SINH_CON"):
        try:
            place_birth(newborn, found, episode.profile.utc_offset)
        except CannotPlace as why:
            ledger.refuse_field(found.path, why)
        else:
            ledger.use(found.path)
    episode.refer_to_facility(newborn, "managingOrganization")
    place_attester(told, row, paper)
    finish_composition(told, paper)
    named = [carer] if carer.lineage else []
    if named and same_person(told, row, "SO_CCCD_NND", "HO_TEN_NND", "NGAYSINH_NND"):
        told.patient.add("link", {"other": carer.reference, "type": "seealso"})
    return [newborn, *named, *relatives(told, row, newborn), *_weight(told, row, newborn, key), paper]


def _carer(told: Told, row: TableRow, newborn: Draft) -> Draft:
    """The table says "mother or carer"; XML1's patient, a woman, who gave birth in this stay is the mother."""
    is_patient = same_person(told, row, "SO_CCCD_NND", "HO_TEN_NND", "NGAYSINH_NND")
    is_mother = is_patient and told.episode.summary.text("GIOI_TINH") == _FEMALE
    carer = relative(told, newborn, MOTHER if is_mother else "", "carer")
    carer.put("relationship[0].text", _CARER)
    return carer


def _weight(told: Told, row: TableRow, newborn: Draft, key: tuple[str, ...]) -> list[Draft]:
    made = []
    for found in row.repetitions("CAN_NANG_CON"):
        told.ledger.use(found.path)
        meant = measured(found.value, "g", decimal_comma=told.episode.profile.decimal_comma)
        if meant.element == "Quantity" and meant.value["value"] <= 0:
            told.ledger.leave(found.path, "not a weight")
            told.ledger.remark("warning", "value", "bhyt-weight-impossible", found.path)
            continue
        draft = Draft("Observation", told.episode.id_of("Observation", "XML9", *key))
        draft.put("meta.tag[0]", STATUS_INFERRED)
        draft.put("status", "final")
        draft.put("category[0].coding[0]", {"system": OBSERVATION_CATEGORY, "code": "exam"})
        draft.put("code.coding[0]", _BIRTH_WEIGHT)
        told.tie(draft)
        draft.put("subject", newborn.reference)
        draft.place(f"value{meant.element}", Piece(meant.value, value_sources(meant.value, found.path, "")))
        if meant.rule:
            told.ledger.hold("value", meant.rule, found.path)
        made.append(draft)
    return made
