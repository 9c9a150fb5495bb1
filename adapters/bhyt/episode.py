"""Episode: what every part of the translation knows, and the resources they share."""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.bhyt.code_systems import local, national
from adapters.bhyt.layouts import Layout
from adapters.bhyt.tables import TableRow
from gateway.adapter import Profile
from gateway.bundle import MA_CSKCB, deterministic_id
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import Ledger
from gateway.mapping.placing import Field
from gateway.mapping.times import Time, read_time

_STAFF_WORDS = {
    "gphn": "số giấy phép hành nghề",
    "cchn": "số chứng chỉ hành nghề",
    "bhxh": "mã số bảo hiểm xã hội",
    "local": "mã nhân viên của cơ sở",
}


@dataclass(slots=True)
class Episode:
    """One HOSO under translation.

    ``facility`` scopes the ids and local systems; ``code`` is its MA_CSKCB. ``patient_key`` and ``number`` (MA_LK) key
    everything of the episode. Organizations and Practitioners are made once each. ``recipients``: facility codes a
    table names as receivers.
    """

    facility: str
    code: str
    number: str
    layout: Layout
    profile: Profile
    summary: TableRow
    ledger: Ledger
    patient_key: tuple[str, ...] = ()
    organizations: dict[str, Draft] = field(default_factory=dict)
    staff: dict[str, Draft] = field(default_factory=dict)
    recipients: list[str] = field(default_factory=list)

    def id_of(self, resource_type: str, *key: str) -> str:
        """The id of something of this patient in this episode."""
        return deterministic_id(self.facility, resource_type, *self.patient_key, self.number, *key)

    def organization(self, code: str, source: str) -> Draft:
        """The facility of that code (MA_CSKCB); ``source`` names the field that brought it up first."""
        if code not in self.organizations:
            draft = Draft("Organization", deterministic_id(self.facility, "Organization", code))
            draft.put("identifier[0].system", MA_CSKCB)
            draft.put("identifier[0].value", code, source)
            self.organizations[code] = draft
        return self.organizations[code]

    @property
    def day(self) -> str:
        """The day code lists are read by, yyyyMMdd: when the patient left, else came; "" when neither is said."""
        return (self.summary.text("NGAY_RA") or self.summary.text("NGAY_VAO"))[:8]

    @property
    def facility_source(self) -> str:
        """Where the facility's code stands: XML1 says it again, or the envelope alone does."""
        return self.summary.path("MA_CSKCB") if self.summary.text("MA_CSKCB") else "THONGTINDONVI.MACSKCB"

    def refer_to_facility(self, draft: Draft, path: str) -> None:
        """Refer to the facility whose payload this is."""
        refer(draft, path, self.organization(self.code, self.facility_source), self.facility_source)

    def practitioner(self, found: Field, kind: str = "") -> Draft:
        """A staff number as opaque text: it means someone only together with the facility and the decision.

        ``kind``: of layouts.STAFF_NUMBERS, where it is not the decision's own.
        """
        if found.value not in self.staff:
            kind = kind or self.layout.staff_numbers
            draft = Draft("Practitioner", deterministic_id(self.facility, "Practitioner", kind, found.value))
            draft.put("identifier[0].type.coding[0]", {"system": national("staff-number"), "code": kind})
            draft.put("identifier[0].type.text", _STAFF_WORDS[kind])
            draft.put("identifier[0].system", local(self.facility, f"staff:{kind}"))
            draft.put("identifier[0].value", found.value, found.path)
            self.staff[found.value] = draft
        return self.staff[found.value]

    def time(self, text: str) -> Time:
        return read_time(text, self.profile.utc_offset)


def close_period(draft: Draft, ledger: Ledger, end: Field | None, at: str = "period") -> None:
    """An end before its start costs the end (R4 per-1): which of the two is wrong nobody can tell."""
    period = draft.get(at) or {}
    if end is None or "start" not in period or "end" not in period:
        return
    length = min(len(period["start"]), len(period["end"]), len("2026-11-15T08:30"))
    if period["start"][:length] > period["end"][:length]:
        del period["end"], draft.lineage[f"{at}.end"]
        ledger.leave(end.path, "it ends before it starts")
        ledger.remark("warning", "value", "bhyt-period-reversed", end.path)


def traced(time: Time, path: str) -> str:
    """The lineage of a time: the field, and in brackets what the rules of FHIR made of it."""
    return f"{path} ({time.note})" if time.note else path


def refer(draft: Draft, path: str, target: Draft, source: str) -> None:
    """Set a reference, traced to the field that named the target; "" where the record's shape alone says it."""
    draft.place(path, Piece(target.reference, {"reference": source} if source else {}))
