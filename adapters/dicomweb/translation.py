"""A study to FHIR: Patient, ImagingStudy with its series and instances, and the Endpoint its images are at."""

from __future__ import annotations

from typing import Any

from adapters.dicomweb.codes import DCM
from adapters.dicomweb.dictionary import INSTANCE, PATIENT, SERIES, STUDY
from adapters.dicomweb.endpoint import endpoint
from adapters.dicomweb.level_maps import level_maps, level_rows
from adapters.dicomweb.moments import put_birth_time, put_moment
from adapters.dicomweb.people import put_performers, put_readers
from adapters.dicomweb.plausible import hold_implausible
from adapters.dicomweb.requests import put_requests
from adapters.dicomweb.study import Node, Series, counted, gather
from adapters.dicomweb.telling import Telling
from gateway.adapter import Profile, Record, Translation
from gateway.bundle import deterministic_id
from gateway.errors import PayloadError
from gateway.mapping.draft import Draft, Piece, assemble
from gateway.mapping.ledger import Ledger
from gateway.mapping.placing import place

_SAID_ALREADY = "another attribute says it, or what it belongs to is not there"
_UTF8 = "ISO_IR 192"
# InstanceAvailability (0008,0056), PS3.3 C.4.23: near or far, it can be had; UNAVAILABLE cannot.
_STATUS = {"": "available", "ONLINE": "available", "NEARLINE": "available", "OFFLINE": "available"}


def translate(record: Record, profile: Profile) -> Translation:
    """PayloadError when the study is not one study of one patient."""
    ledger = Ledger()
    study = gather(record.content, ledger)
    telling = Telling(profile.code or "unknown", profile, study, ledger)
    patient, imaging = (
        Draft("Patient", ""),
        Draft("ImagingStudy", deterministic_id(telling.facility, "ImagingStudy", study.uid)),
    )
    _remark_on_reading(telling)
    imaging.put("status", _status(telling))
    drafts = {"Patient": patient, "ImagingStudy": imaging}
    place(level_rows(PATIENT), study.patient, drafts, telling, ledger)
    put_birth_time(telling, patient)
    _identify(telling, patient)
    imaging.put("subject", patient.reference)
    place(level_rows(STUDY), study.node, drafts, telling, ledger)
    put_moment(study.node, ("StudyDate", "StudyTime"), imaging, "started", telling, clinical=True)
    hold_implausible(telling, patient, imaging)
    put_readers(telling, imaging)
    for series in study.series.values():
        _put_series(series, telling, imaging)
    _join(imaging)
    _count(telling, imaging)
    where = endpoint(telling)
    if where is not None:
        imaging.put("endpoint[0]", where.reference)
    _settle(telling)
    resources, lineage = assemble([patient, *([where] if where else []), imaging])
    return Translation(resources, ledger.issues, ledger.unplaced, lineage, holds=ledger.holds)


def _remark_on_reading(telling: Telling) -> None:
    """JSON is UTF-8, whatever the objects in the archive are written in (PS3.18 F.1.1)."""
    for found in telling.study.node.repetitions("SpecificCharacterSet"):
        telling.ledger.use(found.path)
        if found.value != _UTF8:
            telling.ledger.remark("information", "informational", "dicom-charset-named", found.path)
    telling.ledger.use(*(one.path for one in telling.study.node.repetitions("TimezoneOffsetFromUTC")))


def _status(telling: Telling) -> str:
    for found in telling.study.node.repetitions("InstanceAvailability"):
        telling.ledger.use(found.path)
        if found.value not in _STATUS:
            telling.ledger.remark("warning", "incomplete", "dicom-study-unavailable", found.path)
            return "unknown"
    return "available"


def _identify(telling: Telling, patient: Draft) -> None:
    """The id HL7 v2 gives the same patient: the record number first. Without any number a person must look."""
    node = telling.study.patient
    for keyword, rule in (("PatientSpeciesDescription", "dicom-animal"), ("QualityControlSubject", "dicom-phantom")):
        for found in node.repetitions(keyword):
            telling.ledger.use(found.path)
            if found.value.upper() not in ("NO", "HOMO SAPIENS", "HUMAN"):
                telling.ledger.hold("business-rule", rule, found.path)
    if not patient.count("identifier") and not patient.count("name"):
        raise PayloadError("patient-missing")
    if node.repetitions("PatientID") and patient.count("identifier"):
        first = patient.get("identifier[0]")
        key = (str(first["system"]), str(first["value"]))
    else:
        telling.ledger.hold("required", "dicom-patient-without-number", "PatientID")
        key = ("study", telling.study.uid)
    patient.resource["id"] = deterministic_id(telling.facility, "Patient", *key)


def _put_series(series: Series, telling: Telling, imaging: Draft) -> None:
    """A series becomes an item of the study, with its lineage."""
    draft = Draft("Series", "")
    place(level_rows(SERIES), series, {"Series": draft, "ImagingStudy": imaging}, telling, telling.ledger)
    if "uid" not in draft.resource:
        return
    if "modality" not in draft.resource:
        telling.ledger.hold("required", "dicom-modality-missing", series.repetitions("SeriesInstanceUID")[0].path)
        draft.put("modality", {"system": DCM, "code": "OT", "display": "Other"})
    began = ("SeriesDate", "SeriesTime")
    if not series.repetitions("SeriesDate"):
        began = ("PerformedProcedureStepStartDate", "PerformedProcedureStepStartTime")
    put_moment(series, began, draft, "started", telling)
    put_performers(series, telling, draft)
    put_requests(series, telling, imaging)
    for instance in series.instances.values():
        if (piece := _instance(instance, telling)) is not None:
            draft.add("instance", piece)
    imaging.add("series", _item(draft))


def _instance(node: Node, telling: Telling) -> Piece | None:
    draft = Draft("Instance", "")
    place(level_rows(INSTANCE), node, {"Instance": draft}, telling, telling.ledger)
    if "sopClass" not in draft.resource:
        telling.ledger.hold("required", "dicom-class-missing", node.repetitions("SOPInstanceUID")[0].path)
        return None
    return _item(draft)


def _item(draft: Draft) -> Piece:
    made: dict[str, Any] = {key: value for key, value in draft.resource.items() if key not in ("resourceType", "id")}
    return Piece(made, draft.lineage)


def _join(imaging: Draft) -> None:
    """The orders, by their accession numbers: whoever holds an order of that number and issuer knows which it is."""
    for at, identifier in enumerate(imaging.get("identifier") or ()):
        if identifier.get("type", {}).get("coding", [{}])[0].get("code") == "ACSN":
            order = {"type": "ServiceRequest", "identifier": identifier}
            source = imaging.lineage[f"identifier[{at}].value"]
            imaging.add("basedOn", Piece(order, {"identifier.value": source}))


def _count(telling: Telling, imaging: Draft) -> None:
    """Modalities of the series, where the study lists none; counts where it says none; fewer told than there are."""
    study = telling.study
    listed = [one["code"] for one in imaging.get("modality") or ()]
    for at, series in enumerate(imaging.get("series") or ()):
        if (coding := series["modality"])["code"] not in listed:
            listed.append(coding["code"])
            imaging.add(
                "modality", Piece(dict(coding), {"code": imaging.lineage.get(f"series[{at}].modality.code", "")})
            )
    told = {
        "numberOfSeries": len(study.series),
        "numberOfInstances": sum(len(one.instances) for one in study.series.values()),
    }
    for path, number in told.items():
        said = imaging.get(path)
        if said is None and number:
            imaging.put(path, number)
        elif number and said is not None and said != number:
            telling.ledger.remark("warning", "incomplete", "dicom-count-differs", path)


def _settle(telling: Telling) -> None:
    """What no row placed is listed with its reason, once an attribute: a study says it with each of its images."""
    left: dict[tuple[str, str], list[str]] = {}
    for level, node in telling.study.nodes():
        for keyword, values in node.values.items():
            paths = [value.path for value in values if not telling.ledger.used(value.path)]
            if paths:
                left.setdefault((level, keyword), []).extend(paths)
    for (level, keyword), paths in left.items():
        reason = level_maps()[level].unplaced.get(keyword, _SAID_ALREADY)
        telling.ledger.leave(paths[0], counted(reason, len(paths)))
