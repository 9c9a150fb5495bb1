"""ImagingStudy with its reports and Endpoints → PriorStudy. Pure; what nobody said is empty."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.bundle import Resource
from gateway.reuse.concepts import codes_of, notes_of, words_of
from gateway.reuse.reading import Beside, inferred, report_words
from gateway.reuse.result import PriorStudy, Taken
from gateway.reuse.taken import interval_as

STUDY_UID = "urn:dicom:uid"
_OID = "urn:oid:"
_WADO_RS = "dicom-wado-rs"
_OPEN = frozenset({"active", "test", ""})  # Endpoint.status under which it is worth asking there
# What a modality writes of the body by itself stands in notes too (adapters/dicomweb); it is no person's remark.
_MEASURED = re.compile(r"Patient(?:Weight|Age|Size) \([0-9a-fA-F]{4},[0-9a-fA-F]{4}\): ")


def prior_study(
    study: Resource,
    beside: Beside,
    *,
    reports: Sequence[Resource] = (),
    endpoints: Mapping[str, Resource] | None = None,
) -> PriorStudy:
    """``reports``: those of this study, the one that speaks for it first; ``endpoints`` by ``Endpoint/id``."""
    series = study.get("series", ())
    sites = [one["bodySite"] for one in series if isinstance(one.get("bodySite"), dict)]
    sides = {one["laterality"].get("code", "") for one in series if isinstance(one.get("laterality"), dict)}
    report = reports[0] if reports else {}
    procedures = study.get("procedureCode", ())
    return PriorStudy(
        reference=f"ImagingStudy/{study['id']}",
        version=beside.version,
        codes=codes_of(*procedures, report.get("code")),
        name=study.get("description", "") or next((words for one in procedures if (words := words_of(one))), ""),
        status=study.get("status", ""),
        identity=beside.identity,
        signature=beside.signature,
        facility=beside.facility,
        facility_name=beside.facility_name,
        taken=_taken(study),
        modalities=frozenset(code for _, code in codes_of(*study.get("modality", ()), *_each(series, "modality"))),
        body_sites=codes_of(*sites),
        body_site_text=next((words for one in sites if (words := words_of(one))), ""),
        laterality=min(sides) if len(sides) == 1 else "",
        report=f"DiagnosticReport/{report['id']}" if report else "",
        report_status=report.get("status", ""),
        report_conclusion=any(name in report for name in ("conclusion", "conclusionCode", "presentedForm", "result")),
        images=_images(study, endpoints or {}),
        instances=_instances(study),
        amended=beside.amended,
        status_inferred=inferred(study) or inferred(report),
        notes=(
            *(text for text in notes_of(study) if not _MEASURED.match(text)),
            *(text for one in reports for text in _beside_the_conclusion(one)),
        ),
        exchange=beside.exchange,
    )


def study_uid(study: Resource) -> str:
    """The Study Instance UID, "" where there is none."""
    for one in study.get("identifier", ()):
        if one.get("system") == STUDY_UID and str(one.get("value", "")).startswith(_OID):
            return str(one["value"]).removeprefix(_OID)
    return ""


def endpoint_references(study: Resource) -> list[str]:
    """``Endpoint/id`` of the study and its series."""
    said = [*study.get("endpoint", ()), *(one for each in study.get("series", ()) for one in each.get("endpoint", ()))]
    return list(dict.fromkeys(one["reference"] for one in said if isinstance(one.get("reference"), str)))


def _taken(study: Resource) -> Taken | None:
    """``started``, else when its earliest series did: an examination is performed then and there."""
    if "started" in study:
        return interval_as(study["started"], "performance")
    found = [one for said in _each(study.get("series", ()), "started") if (one := interval_as(said, "performance"))]
    return min(found, key=lambda one: one.earliest, default=None)


def _images(study: Resource, endpoints: Mapping[str, Resource]) -> str:
    """The study's own WADO-RS address (DICOM PS3.18 section 10.4), where an Endpoint in use says where."""
    uid = study_uid(study)
    for reference in endpoint_references(study):
        one = endpoints.get(reference, {})
        address = str(one.get("address", "")).rstrip("/")
        kind = one.get("connectionType", {}).get("code")
        if uid and address and kind == _WADO_RS and one.get("status", "") in _OPEN:
            return f"{address}/studies/{uid}"
    return ""


def _instances(study: Resource) -> int | None:
    """How many the study says it holds, else as many as its series say, where each does."""
    said = study.get("numberOfInstances")
    if isinstance(said, int):
        return said
    counted = [
        one.get("numberOfInstances", len(one["instance"]) if "instance" in one else None) for one in _series(study)
    ]
    return sum(one for one in counted if isinstance(one, int)) if counted and None not in counted else None


def _beside_the_conclusion(report: Resource) -> list[str]:
    """Of a study's report the conclusion is what it is for; only what stands beside it is a remark."""
    conclusion = report.get("conclusion", "")
    return [text for text in report_words(report) if text != conclusion]


def _series(study: Resource) -> Sequence[Any]:
    return tuple(study.get("series", ()))


def _each(series: Sequence[Any], name: str) -> list[Any]:
    return [one[name] for one in series if name in one]
