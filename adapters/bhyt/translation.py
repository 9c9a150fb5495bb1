"""One HOSO to FHIR: patient and encounter, what each table's part makes of its rows, and the account."""

from __future__ import annotations

from collections.abc import Callable

from adapters.bhyt.account import own_rows, settle
from adapters.bhyt.before_birth import hold_before_birth
from adapters.bhyt.birth import translate_birth
from adapters.bhyt.certificates import translate_certificates
from adapters.bhyt.check_in import translate_check_in
from adapters.bhyt.code_lists import restore_zeros
from adapters.bhyt.code_systems import facility_code
from adapters.bhyt.envelope import Hoso
from adapters.bhyt.episode import Episode
from adapters.bhyt.follow_up import translate_follow_up
from adapters.bhyt.health_check import translate_health_check
from adapters.bhyt.kept_apart import translate_hiv, translate_tuberculosis
from adapters.bhyt.measurements import translate_measurements
from adapters.bhyt.person import patient_key
from adapters.bhyt.prescriptions import translate_prescriptions
from adapters.bhyt.procedures import translate_procedures
from adapters.bhyt.progress import translate_progress
from adapters.bhyt.record_export import translate_record_export
from adapters.bhyt.referral import translate_referral
from adapters.bhyt.reports import translate_results
from adapters.bhyt.services import translate_services
from adapters.bhyt.stay import encounter
from adapters.bhyt.stay_papers import translate_discharge, translate_record_summary
from adapters.bhyt.summary import translate_summary
from adapters.bhyt.supplies import translate_supplies
from adapters.bhyt.tables import summary_of, written_by
from adapters.bhyt.told import Told
from gateway.adapter import Profile, Record, Translation
from gateway.bundle import deterministic_id
from gateway.errors import PayloadError
from gateway.mapping.draft import Draft, assemble
from gateway.mapping.ledger import Ledger

# One part a table, in this order: a later one may refer to what an earlier one made.
_PARTS: tuple[Callable[[Told], list[Draft]], ...] = (
    translate_check_in,  # XML0
    translate_summary,  # XML1
    translate_prescriptions,  # XML2
    translate_services,  # XML3
    translate_results,  # XML4, joined to the services of XML3
    translate_procedures,  # XML3 and XML1: what was done without a report
    translate_supplies,  # XML3
    translate_progress,  # XML5
    translate_measurements,  # XML1: weight, blood group
    translate_hiv,  # XML6
    translate_discharge,  # XML7
    translate_record_summary,  # XML8
    translate_birth,  # XML9
    translate_certificates,  # XML10, XML11, XML12
    translate_referral,  # XML13
    translate_follow_up,  # XML14
    translate_tuberculosis,  # XML15
    translate_health_check,  # KHAMSUCKHOE
    translate_record_export,  # HoSoBenhAn
)


def translate(record: Record, profile: Profile) -> Translation:
    """PayloadError when the record's form is broken, it is another facility's, or it names no patient."""
    hoso: Hoso = record.content
    tables, blocks = hoso.opened()
    if (summary := summary_of(tables)) is None:
        raise PayloadError("bhyt-table-missing", "XML1")
    if not summary.text("MA_LK"):
        raise PayloadError("bhyt-episode-missing", summary.path("MA_LK"))
    if summary.text("MA_CSKCB") and summary.text("MA_CSKCB") != record.facility:
        raise PayloadError("bhyt-facility-differs", summary.path("MA_CSKCB"))
    if hoso.must_name and not summary.text("MA_CSKCB"):
        raise PayloadError("bhyt-signature-facility", summary.path("MA_CSKCB"))

    ledger = Ledger()
    _account_envelope(hoso, ledger)
    layout = written_by({} if hoso.form else tables, summary.text("NGAY_RA") or hoso.written)
    if not hoso.form:
        ledger.remark("information", "informational", "bhyt-decision", summary.table, decision=layout.decision)
    episode = Episode(
        facility=profile.code or record.facility,
        code=record.facility,
        number=summary.text("MA_LK"),
        layout=layout,
        profile=profile,
        summary=summary,
        ledger=ledger,
        patient_key=patient_key(summary),
    )
    restore_zeros(summary, ledger)
    if hoso.told_at:
        ledger.hold("duplicate", "bhyt-episode-twice", summary.path("MA_LK"), position=hoso.told_at)
    own = {table: own_rows(episode, table, rows) for table, rows in tables.items()}
    hold_before_birth(episode, (row for rows in own.values() for row in rows))

    patient = Draft("Patient", deterministic_id(episode.facility, "Patient", *episode.patient_key))
    told = Told(own, episode, patient, encounter(episode, patient), form=hoso.form, blocks=blocks)
    made = [draft for part in _PARTS for draft in part(told)]
    settle(ledger, tables, own)
    named = (*episode.organizations.values(), *episode.staff.values())
    resources, lineage = assemble([patient, *named, told.encounter, *made])
    return Translation(resources, ledger.issues, ledger.unplaced, lineage, _recipients(episode), ledger.holds)


def _account_envelope(hoso: Hoso, ledger: Ledger) -> None:
    """What stands around the record and is nothing of the patient's. Check-in data and exports have no envelope."""
    if hoso.element.name != "HOSO":
        return
    if hoso.written:
        ledger.leave("THONGTINHOSO.NGAYLAP", "the day the file was put together")
    for position, file in enumerate(hoso.element.named("FILEHOSO") if hoso.form else (), 1):
        if (kind := file.child("LOAIHOSO")) is not None and kind.text:
            ledger.leave(f"FILEHOSO[{position}].LOAIHOSO", "what its sender calls the part; its blocks tell what it is")


def _recipients(episode: Episode) -> list[str]:
    """The facilities the record names as receivers: where the patient was sent, and whom a part has added."""
    sent_to = episode.summary.text("MA_NOI_DEN")
    named = [sent_to, *episode.recipients] if facility_code(sent_to) else episode.recipients
    return [code for code in dict.fromkeys(named) if code != episode.code]
