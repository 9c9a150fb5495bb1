"""XML14, the follow-up slip: an Appointment at the facility that writes it."""

from __future__ import annotations

from adapters.bhyt.code_systems import STATUS_INFERRED
from adapters.bhyt.identity import row_keys
from adapters.bhyt.papers import signer
from adapters.bhyt.said_again import hold_against_summary, hold_other_facility
from adapters.bhyt.table_maps import table_rows
from adapters.bhyt.tables import TableRow
from adapters.bhyt.told import Told
from gateway.bundle import MA_CSKCB, deterministic_id
from gateway.mapping.draft import Draft
from gateway.mapping.placing import place

_FOLLOW_UP = {"system": "http://terminology.hl7.org/CodeSystem/v2-0276", "code": "FOLLOWUP"}
_SIGNED = {"text": "Thủ trưởng đơn vị"}  # who signed for the facility: no type of a participant says that
_NOT_SAID = "needs-action"  # R4 asks whether each takes part; iCalendar's word where nobody has said
_SAID_AGAIN = (
    *("HO_TEN", "NGAY_SINH", "GIOI_TINH", "MA_THE_BHYT", "DIA_CHI", "GT_THE_DEN"),
    *("NGAY_VAO", "NGAY_VAO_NOI_TRU", "NGAY_RA"),
)


def translate_follow_up(told: Told) -> list[Draft]:
    """An Appointment a row, and the Location it is at."""
    rows = told.rows("XML14")
    if not rows:
        return []
    keys = row_keys(rows, "SO_GIAYHEN_KL") if all(row.text("SO_GIAYHEN_KL") for row in rows) else None
    keys = keys or row_keys(rows, "SO_GIAYHEN_KL", "NGAY_HEN_KL")
    place = _place(told)
    return [place, *(_appointment(told, row, keys[row.number], place) for row in rows)]


def _place(told: Told) -> Draft:
    """The facility as a Location: R4's appointments know no organization."""
    episode = told.episode
    draft = Draft("Location", deterministic_id(episode.facility, "Location", episode.code))
    draft.put("identifier[0].system", MA_CSKCB)
    draft.put("identifier[0].value", episode.code, episode.facility_source)
    episode.refer_to_facility(draft, "managingOrganization")
    return draft


def _appointment(told: Told, row: TableRow, key: tuple[str, ...], at: Draft) -> Draft:
    """``proposed``: the slip asks the patient to come; R4 wants start and end of any other, and the slip has a day."""
    draft = Draft("Appointment", told.episode.id_of("Appointment", *key))
    draft.put("meta.tag[0]", STATUS_INFERRED)
    draft.put("status", "proposed")
    draft.put("appointmentType.coding[0]", _FOLLOW_UP)
    place(table_rows("XML14"), row, {"Appointment": draft}, told.episode, told.ledger)
    start = draft.get("requestedPeriod[0].start")
    if start and "T" not in start:  # a day: from its beginning to its end
        draft.put("requestedPeriod[0].end", start, draft.lineage["requestedPeriod[0].start"])
    draft.put("supportingInformation[0]", told.encounter.reference)
    draft.add("participant", {"actor": told.patient.reference, "status": _NOT_SAID})
    draft.add("participant", {"actor": at.reference, "status": _NOT_SAID})
    for found in row.repetitions("MA_BAC_SI"):
        made = draft.add("participant", {"status": _NOT_SAID})
        draft.put(f"{made}.actor", told.episode.practitioner(found).reference, found.path)
        told.ledger.use(found.path)
    for found in row.repetitions("MA_TTDV"):
        made = draft.add("participant", {"type": [_SIGNED], "status": _NOT_SAID})
        draft.put(f"{made}.actor", signer(told, found).reference, found.path)
        told.ledger.use(found.path)
    hold_other_facility(told, row)
    hold_against_summary(told, row, _SAID_AGAIN)
    return draft
