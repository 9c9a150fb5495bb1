"""XML6 (HIV) and XML15 (tuberculosis): Observations and MedicationStatements, each labelled as kept apart.

The tag is what mappings/sensitive.toml names, whatever the resource says: nothing of these tables stands in the
ordinary exchange. A facility they name is written as its code inside them, never made an Organization, which would
stand there.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.bhyt.code_systems import STATUS_INFERRED, national
from adapters.bhyt.episode import close_period, refer
from adapters.bhyt.identity import row_keys
from adapters.bhyt.said_again import hold_against_summary, hold_other_facility
from adapters.bhyt.table_maps import table_rows
from adapters.bhyt.tables import TableRow
from adapters.bhyt.told import Told
from gateway.mapping.draft import Draft
from gateway.mapping.placing import place

_VERY_RESTRICTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V"}
_HIV = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HIV"}
_SAID_AGAIN = (
    *("HO_TEN", "NGAY_SINH", "GIOI_TINH", "SO_CCCD", "MA_BN", "MA_THE_BHYT"),
    *("DIA_CHI", "MATINH_CU_TRU", "MAHUYEN_CU_TRU", "MAXA_CU_TRU"),
)


@dataclass(frozen=True, slots=True)
class _Role:
    """What a mapping file's first word stands for: a type of resource, what it is called, the field its end is of."""

    type: str
    title: str
    ends: str = ""


_ROLES = {
    "Status": _Role("Observation", "Tình trạng"),
    "Confirmation": _Role("Observation", "Khẳng định nhiễm HIV"),
    "ViralLoad": _Role("Observation", "Tải lượng vi rút HIV"),
    "Pcr": _Role("Observation", "PCR HIV"),
    "FirstArv": _Role("MedicationStatement", "Phác đồ ARV ban đầu"),
    "Arv": _Role("MedicationStatement", "Phác đồ ARV hiện tại", "NGAY_KET_THUC_XU_TRI"),
    "Tuberculosis": _Role("MedicationStatement", "Phác đồ điều trị lao", "NGAYKT_DTRI_LAO"),
    "Cotrimoxazole": _Role("MedicationStatement", "Cotrimoxazol"),
}


def translate_hiv(told: Told) -> list[Draft]:
    """XML6."""
    return _translate(told, "XML6", ("NGAY_BAT_DAU_XU_TRI", "NGAY_XN_TLVR", "NGAY_XN_PCR"))


def translate_tuberculosis(told: Told) -> list[Draft]:
    """XML15."""
    return _translate(told, "XML15", ("NGAYBD_DTRI_LAO", "PHACDO_DTRI_LAO"))


def _translate(told: Told, table: str, names: tuple[str, ...]) -> list[Draft]:
    rows = told.rows(table)
    keys = row_keys(rows, *names)
    return [draft for row in rows for draft in _row(told, row, keys[row.number])]


def _row(told: Told, row: TableRow, key: tuple[str, ...]) -> list[Draft]:
    drafts = {
        name: Draft(role.type, told.episode.id_of(role.type, row.table, name, *key)) for name, role in _ROLES.items()
    }
    place(table_rows(row.table), row, drafts, told.episode, told.ledger)
    hold_other_facility(told, row)
    hold_against_summary(told, row, _SAID_AGAIN)
    made = []
    for name, draft in drafts.items():
        if draft.lineage:
            _complete(told, row, draft, _ROLES[name])
            made.append(draft)
    return made


def _complete(told: Told, row: TableRow, draft: Draft, role: _Role) -> None:
    """The label, and what R4 asks of each type. Whether a medicine is still taken the tables do not say."""
    draft.put("meta.security", [_VERY_RESTRICTED, *([_HIV] if row.table == "XML6" else [])])
    draft.put("meta.tag[0]", {"system": national("table"), "code": row.table})
    refer(draft, "subject", told.patient, "")
    if role.type == "Observation":
        draft.put("meta.tag[1]", STATUS_INFERRED)
        draft.put("status", "final")
        draft.put("code.text", role.title)
        refer(draft, "encounter", told.encounter, "")
    else:
        draft.put("status", "unknown")
        draft.put("medicationCodeableConcept.text", role.title)
        refer(draft, "context", told.encounter, "")
        close_period(draft, told.ledger, next(iter(row.repetitions(role.ends)), None), "effectivePeriod")
