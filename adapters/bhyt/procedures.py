"""What was done: XML3 rows carried out without a report, and the procedure codes of XML1, to Procedure."""

from __future__ import annotations

from adapters.bhyt.code_systems import ICD9, STATUS_INFERRED, coding, is_stopped, local, performing_facility
from adapters.bhyt.episode import refer
from adapters.bhyt.identity import order_keys
from adapters.bhyt.table_maps import table_rows
from adapters.bhyt.tables import TableRow
from adapters.bhyt.told import Told
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.placing import Field, place

# MA_NHOM: surgery, minor procedure. A bed (day, inpatient, kept) is no procedure.
_OPERATIONS = frozenset({"8", "18"})
_BEDS = frozenset({"14", "15", "16"})


def translate_procedures(told: Told) -> list[Draft]:
    """A Procedure for each service that was carried out and is no bed; a test or film has its report instead,
    unless which report is its own is uncertain. Then one for each code of XML1 that no row of XML3 has.
    """
    keys = order_keys(told.rows("XML3"))
    made = [
        _procedure(told, row, told.episode.id_of("Procedure", *keys[row.number]))
        for row in told.services
        if _is_procedure(told, row)
    ]
    return made + _of_summary(told, made)


def _is_procedure(told: Told, row: TableRow) -> bool:
    if row.text("MA_NHOM") in _BEDS:
        return False
    if row.text("MA_NHOM") in _OPERATIONS or any(row.text(name) for name in ("MA_PTTT_QT", "PP_VO_CAM")):
        return True
    return row.number not in told.answered and bool(row.text("NGAY_TH_YL") or row.text("NGUOI_THUC_HIEN"))


def _procedure(told: Told, row: TableRow, identifier: str) -> Draft:
    draft = told.tie(Draft("Procedure", identifier))
    draft.put("meta.tag[0]", STATUS_INFERRED)
    draft.put("status", "stopped" if is_stopped(row.text("MA_DICH_VU")) else "completed")
    refer(draft, "basedOn[0]", told.orders[row.number], "")
    place(table_rows("XML3"), row, {"Procedure": draft}, told.episode, told.ledger)
    for found in row.repetitions("NGUOI_THUC_HIEN"):
        refer(draft, f"performer[{draft.count('performer')}].actor", told.episode.practitioner(found), found.path)
        told.ledger.use(found.path)
    if code := performing_facility(row.text("MA_DICH_VU")):
        at = row.path("MA_DICH_VU")
        refer(draft, f"performer[{draft.count('performer')}].actor", told.episode.organization(code, at), at)
    for found in row.repetitions("MA_MAY"):
        if not told.ledger.used(found.path):
            number = {"identifier": {"system": local(told.episode.facility, "ma-may"), "value": found.value}}
            draft.add("usedReference", Piece(number, {"identifier.value": found.path}))
            told.ledger.use(found.path)
    return draft


def _of_summary(told: Told, done: list[Draft]) -> list[Draft]:
    """MA_PTTT_QT of XML1 says again what was done in the episode, without when or by whom."""
    made = []
    for found in told.episode.summary.repetitions("MA_PTTT_QT"):
        told.ledger.use(found.path)
        if not _confirmed(found, done):
            draft = told.tie(Draft("Procedure", told.episode.id_of("Procedure", "XML1", found.value)))
            draft.put("meta.tag[0]", STATUS_INFERRED)
            draft.put("status", "completed")
            draft.place("code.coding[0]", Piece(coding(ICD9, found.value), {"code": found.path}))
            done = [*done, draft]
            made.append(draft)
    return made


def _confirmed(found: Field, done: list[Draft]) -> bool:
    """True when a Procedure has the code already: its lineage then names both fields."""
    for draft in done:
        for index, one in enumerate(draft.get("code.coding") or ()):
            if one["system"] == ICD9 and one["code"] == found.value:
                at = f"code.coding[{index}].code"
                draft.lineage[at] = f"{draft.lineage[at]}, {found.path}"
                return True
    return False
