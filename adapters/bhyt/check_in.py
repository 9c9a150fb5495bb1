"""XML0, check-in: the Encounter as it begins, its patient and cards, and what was ordered at once."""

from __future__ import annotations

from adapters.bhyt.code_systems import STATUS_INFERRED
from adapters.bhyt.identity import Key, row_keys
from adapters.bhyt.person import coverages, finish_patient
from adapters.bhyt.said_again import hold_against_summary
from adapters.bhyt.table_maps import table_rows
from adapters.bhyt.tables import TableRow
from adapters.bhyt.told import Told
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft
from gateway.mapping.placing import place

# What a row says of the patient and the stay; of several rows, and beside XML1, the first is placed.
_SAID_AGAIN = (
    *("MA_BN", "HO_TEN", "SO_CCCD", "NGAY_SINH", "GIOI_TINH", "MA_THE_BHYT", "MA_DKBD", "GT_THE_TU", "GT_THE_DEN"),
    *("MA_DOITUONG_KCB", "NGAY_VAO", "NGAY_VAO_NOI_TRU", "LY_DO_VNT", "MA_LY_DO_VNT", "MA_LOAI_KCB", "MA_CSKCB"),
)
_DRUG = ("MA_THUOC", "TEN_THUOC")
_ORDERS = {
    "ServiceRequest": ("MA_DICH_VU", "TEN_DICH_VU"),
    "MedicationRequest": _DRUG,
    "DeviceRequest": ("MA_VAT_TU", "TEN_VAT_TU"),
}


def translate_check_in(told: Told) -> list[Draft]:
    """A Coverage for each card, and for each row the service, drug and supply it orders.

    Whether an order still stands is not said when the episode ends, in other rows with other times: status unknown.
    """
    rows = told.rows("XML0")
    keys = row_keys(rows, *(name for names in _ORDERS.values() for name in names), "NGAY_YL")
    made: list[Draft] = []
    for row in rows:
        drafts = {draft.type: draft for draft in _orders(told, row, keys[row.number])}
        made += drafts.values()
        if row is told.episode.summary:
            insurances = coverages(told.episode, told.patient)
            made += insurances
            drafts |= {"Patient": told.patient, "Encounter": told.encounter}
            drafts |= {"Coverage": insurances[0]} if insurances else {}
        else:
            hold_against_summary(told, row, _SAID_AGAIN)
        place(table_rows("XML0"), row, drafts, told.episode, told.ledger)
        if row is told.episode.summary:
            finish_patient(told.episode, told.patient)
    return made


def _orders(told: Told, row: TableRow, key: Key) -> list[Draft]:
    made = []
    for kind, names in _ORDERS.items():
        if any(row.text(name) for name in names):
            draft = told.tie(Draft(kind, told.episode.id_of(kind, "XML0", *key)))
            draft.put("meta.tag[0]", STATUS_INFERRED)
            draft.put("status", "unknown")
            draft.put("intent", "order")
            made.append(draft)
            if names is _DRUG:
                said = (row.text(name) for name in _DRUG)
                drug = Draft("Medication", deterministic_id(told.episode.facility, "Medication", *said))
                draft.put("medicationReference", drug.reference)
                made.append(drug)
    return made
