"""XML3 rows of supplies (VTYT) to SupplyDelivery."""

from __future__ import annotations

from adapters.bhyt.identity import row_keys
from adapters.bhyt.table_maps import table_rows
from adapters.bhyt.told import Told
from gateway.mapping.draft import Draft
from gateway.mapping.placing import place

_DEVICE = {"system": "http://terminology.hl7.org/CodeSystem/supply-item-type", "code": "device", "display": "Device"}


def translate_supplies(told: Told) -> list[Draft]:
    """A SupplyDelivery for each supply used; who ordered it and why has no element there and is listed."""
    rows = told.supplies
    keys = row_keys(rows, "MA_VAT_TU", "TEN_VAT_TU", "MA_HIEU_SP", "MA_DICH_VU", "NGAY_YL")
    made = []
    for row in rows:
        draft = Draft("SupplyDelivery", told.episode.id_of("SupplyDelivery", *keys[row.number]))
        draft.put("status", "completed")
        draft.put("patient", told.patient.reference)
        draft.put("type.coding[0]", _DEVICE)
        place(table_rows("XML3"), row, {"SupplyDelivery": draft}, told.episode, told.ledger)
        made.append(draft)
    return made
