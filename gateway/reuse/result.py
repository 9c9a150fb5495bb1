"""PriorResult and PriorStudy: what the judge knows of a result or imaging study already done.

Read from FHIR resources, and from what the gateway knows beside them (who signed, who the patient is), by
gateway.reuse.reading; the judge sees no FHIR. What a source did not say is None or empty, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Code = tuple[str, str]  # (system, code)

# How sure it is that the result is the patient's. certain: the Patient of the question, or linked to them by a
# national number with no open question. person: linked by a person's decision. conflicting: an open question stands.
Identity = Literal["certain", "person", "conflicting"]

# What `gateway verify` would say of the exchange that brought this version, now.
SignatureWord = Literal["valid", "invalid", "unverifiable", "absent"]


@dataclass(frozen=True, slots=True)
class Taken:
    """When the sample was taken or the examination done: the interval that the source's words leave open.

    ``meaning``: ``sampling`` (Specimen.collection), ``performance`` (the examination itself) or ``unstated`` (the
    source gave one time and did not say whose). Aware UTC.
    """

    earliest: datetime
    latest: datetime
    meaning: Literal["sampling", "performance", "unstated"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured value. ``text``: as written, digits kept. ``unit``: a UCUM code, "" where it is none."""

    number: Decimal
    text: str
    comparator: str = ""  # "<", "<=", ">", ">="
    unit: str = ""
    unit_text: str = ""  # as the source wrote it


@dataclass(frozen=True, slots=True)
class ReferenceRange:
    """The range the laboratory gave for this result; either end may be open."""

    low: Quantity | None = None
    high: Quantity | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class LaboratoryLevel:
    """The source's quality level (QĐ 2429/QĐ-BYT 2017, 1 to 5) or accreditation, and since when it is known.

    ``level`` None: not known. ``expires``: the day from which it counts no longer.
    """

    level: int | None = None
    assessed: date | None = None
    expires: date | None = None
    iso15189: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class PriorResult:
    """One version of one Observation: the latest, unless it is asked about an earlier one.

    ``codes``: every coding of Observation.code. ``status``: R4's observation-status. ``amended``: a version before it
    said something else. ``status_inferred``: its source has no status, so the one given is a reading of the gateway's
    (``meta.tag`` ``status-inferred``). ``texts``: of a value that is no number. ``absent``: dataAbsentReason, "" beside
    a value.
    ``notes`` and ``specimen_remarks``: what a person wrote beside it, which never passes silently into reuse.
    """

    reference: str  # "Observation/id"
    version: int
    codes: frozenset[Code]
    name: str
    status: str
    identity: Identity
    signature: SignatureWord
    facility: str  # MA_CSKCB
    facility_name: str = ""
    taken: Taken | None = None
    issued: datetime | None = None
    quantity: Quantity | None = None
    texts: tuple[str, ...] = ()
    value_codes: frozenset[Code] = frozenset()
    absent: str = ""
    ranges: tuple[ReferenceRange, ...] = ()
    interpretation: frozenset[str] = frozenset()  # codes of v3-ObservationInterpretation: "POS", "H", "L", …
    specimen: frozenset[Code] = frozenset()
    specimen_text: str = ""
    method: str = ""  # code or text
    amended: bool = False
    status_inferred: bool = False
    notes: tuple[str, ...] = ()
    specimen_remarks: tuple[str, ...] = ()
    report: str = ""  # "DiagnosticReport/id" that holds it
    exchange: str = ""  # that brought this version: where the proof is
    effective: Taken | None = None  # Observation.effective[x], where ``taken`` is the specimen's


@dataclass(frozen=True, slots=True)
class PriorStudy:
    """One ImagingStudy with what is known of its report and its images.

    ``images``: where they can be opened (a WADO-RS address of an Endpoint), "" where nobody said. ``report_status``:
    R4's diagnostic-report-status, "" where no report is known.
    """

    reference: str  # "ImagingStudy/id"
    version: int
    codes: frozenset[Code]  # procedureCode, and the report's code
    name: str
    status: str
    identity: Identity
    signature: SignatureWord
    facility: str
    facility_name: str = ""
    taken: Taken | None = None
    modalities: frozenset[str] = frozenset()  # DICOM: "CT", "MR", "DX", "US", …
    body_sites: frozenset[Code] = frozenset()
    body_site_text: str = ""
    laterality: str = ""
    report: str = ""
    report_status: str = ""
    report_conclusion: bool = False
    images: str = ""
    instances: int | None = None
    amended: bool = False
    status_inferred: bool = False  # of the study or of its report
    notes: tuple[str, ...] = ()
    exchange: str = ""
