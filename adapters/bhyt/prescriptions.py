"""XML2 rows to MedicationRequest and Medication."""

from __future__ import annotations

from adapters.bhyt.code_systems import ABSENT
from adapters.bhyt.identity import row_keys
from adapters.bhyt.requester import place_requester
from adapters.bhyt.table_maps import table_rows
from adapters.bhyt.tables import TableRow
from adapters.bhyt.told import Told
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.placing import place
from gateway.mapping.values import SOURCE_TEXT

# What makes a drug another one; its Medication is the facility's and shared by all who are given it.
_DRUG = ("MA_THUOC", "TEN_THUOC", "HAM_LUONG", "DANG_BAO_CHE", "SO_DANG_KY", "MA_PP_CHEBIEN", "MA_CSKCB_THUOC")


def translate_prescriptions(told: Told) -> list[Draft]:
    """A MedicationRequest for each row, and each drug once. Its status is unknown: the row is written when the episode
    is billed, and whether the patient takes the drug still, or ever did, it does not say.
    """
    rows = told.rows("XML2")
    keys = row_keys(rows, "MA_THUOC", "TEN_THUOC", "HAM_LUONG", "SO_DANG_KY", "NGAY_YL")
    drugs: dict[str, Draft] = {}
    requests = []
    for row in rows:
        request = told.tie(Draft("MedicationRequest", told.episode.id_of("MedicationRequest", *keys[row.number])))
        request.put("status", "unknown")
        request.put("intent", "order")
        if not (row.text("MA_THUOC") or row.text("TEN_THUOC")):
            told.ledger.hold("required", "bhyt-drug-unnamed", row.path("TEN_THUOC"))
        drug = _drug(told, row)
        place(table_rows("XML2"), row, {"MedicationRequest": request, "Medication": drug}, told.episode, told.ledger)
        _place_strength(told, row, drug)
        drugs.setdefault(drug.id, drug)
        request.put("medicationReference", drug.reference)
        place_requester(told, row, request)
        requests.append(request)
    return [*drugs.values(), *requests]


def _drug(told: Told, row: TableRow) -> Draft:
    said = (row.text(name) for name in _DRUG)
    return Draft("Medication", deterministic_id(told.episode.facility, "Medication", *said))


def _place_strength(told: Told, row: TableRow, drug: Draft) -> None:
    """HAM_LUONG as text: ``500mg`` is per tablet or per bottle, and R4's strength is a ratio of the two."""
    for found in row.repetitions("HAM_LUONG"):
        told.ledger.use(found.path)
        item = dict(drug.get("code") or {})
        drug.put("ingredient[0].itemCodeableConcept", item or {"coding": [ABSENT]})
        text = {"url": SOURCE_TEXT, "valueString": found.value}
        drug.place("ingredient[0].strength.extension[0]", Piece(text, {"valueString": found.path}))
