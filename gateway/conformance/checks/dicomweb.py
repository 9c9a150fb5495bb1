"""DICOMweb: which studies an archive finds (QIDO-RS).

https://dicom.nema.org/medical/dicom/current/output/chtml/part18/sect_10.6.html
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta

from gateway.conformance import expecting
from gateway.conformance.archive import DICOM_JSON, INSTANCE, SERIES, STUDY, Archive, Dataset, datasets, value, values
from gateway.conformance.client import Answer
from gateway.conformance.target import Target
from gateway.conformance.verdict import Findings, fault, omit, skip

PATIENT_ID, ACCESSION, DAY, MODALITIES = "00100020", "00080050", "00080020", "00080061"
DESCRIPTION = "00081030"
_RETURNED = (DAY, "00080030", ACCESSION, MODALITIES, "00100010", PATIENT_ID, STUDY, "00201206", "00201208")
_NOWHERE = "2.25.1"  # a UID that nothing has
_STUDIES = "GET /studies"
_MOST = 30  # pages of one study each

Asking = Callable[[Target, Archive], Findings]


def of_archive(check: Asking) -> Callable[[Target], Findings]:
    """The check of an archive, omitted where none was named and skipped where it holds no study."""

    def asked(target: Target) -> Findings:
        if target.archive is None:
            yield omit("conformance-no-archive")
        elif not target.archive.sample():
            answer = target.archive.once("/studies", [("limit", "20")])
            if answer.status in (200, 204) and (not answer.body or answer.json == []):
                yield skip("conformance-nothing-held")
            else:
                yield fault("conformance-dicom-form", request=expecting.request(answer))
        else:
            yield from check(target, target.archive)

    return asked


@of_archive
def studies_are_told_in_dicom_json(_target: Target, archive: Archive) -> Findings:
    yield from in_dicom_json(archive.get("/studies", [("limit", "5")]), STUDY)


def in_dicom_json(answer: Answer, *tags: str) -> Findings:
    """A list of datasets of application/dicom+json, each with these attributes."""
    yield from expecting.status(answer, 200)
    if answer.media_type != DICOM_JSON:
        yield fault(
            "conformance-media-type", found=expecting.named(answer.media_type), request=expecting.request(answer)
        )
    if not datasets(answer):
        yield fault("conformance-dicom-form", request=expecting.request(answer))
    for tag in tags:
        if not all(value(one, tag) for one in datasets(answer)):
            yield fault("conformance-element-missing", element=tag, request=expecting.request(answer))


@of_archive
def each_study_tells_what_a_list_of_studies_shows(_target: Target, archive: Archive) -> Findings:
    answer = archive.get("/studies", [("limit", "5")])
    yield from in_dicom_json(answer)
    for tag in _RETURNED:
        if not all(tag in one for one in datasets(answer)):
            yield fault("conformance-element-missing", element=tag, request=expecting.request(answer))


@of_archive
def a_study_is_found_by_its_uid(_target: Target, archive: Archive) -> Findings:
    yield from _found_by(archive, "StudyInstanceUID", STUDY)


@of_archive
def studies_are_found_by_the_patients_number(_target: Target, archive: Archive) -> Findings:
    yield from _found_by(archive, "PatientID", PATIENT_ID)


@of_archive
def studies_are_found_by_accession_number(_target: Target, archive: Archive) -> Findings:
    yield from _found_by(archive, "AccessionNumber", ACCESSION)


@of_archive
def studies_are_found_by_modality(_target: Target, archive: Archive) -> Findings:
    yield from _found_by(archive, "ModalitiesInStudy", MODALITIES)


@of_archive
def a_key_may_be_named_by_its_tag(_target: Target, archive: Archive) -> Findings:
    yield from _found_by(archive, PATIENT_ID, PATIENT_ID)


def _found_by(archive: Archive, key: str, tag: str) -> Findings:
    """A study that has the value is found by it, what has another is not, and a value that nothing has finds none."""
    sample = next((one for one in archive.samples() if value(one, tag)), None)
    if sample is None:
        yield skip("conformance-nothing-held")
        return
    wanted = value(sample, tag)
    found = archive.studies((key, wanted), ("limit", "100"))
    if value(sample, STUDY) not in uids(found) and len(found) < 100:
        yield fault("conformance-search-missed", request=_STUDIES, parameter=key)
    if any(wanted not in values(one, tag) for one in found):
        yield fault("conformance-search-wrong-hit", request=_STUDIES, parameter=key)
    nothing = {STUDY: _NOWHERE, MODALITIES: "ZZ"}.get(tag, f"KT{uuid.uuid4().hex[:12]}")
    if archive.studies((key, nothing), ("limit", "5")):
        yield fault("conformance-search-wrong-hit", request=_STUDIES, parameter=key)


@of_archive
def studies_are_found_by_day_and_by_days(_target: Target, archive: Archive) -> Findings:
    sample = next((one for one in archive.samples() if _around(value(one, DAY))), None)
    if sample is None:
        yield skip("conformance-nothing-held")
        return
    day = value(sample, DAY)
    before, after = _around(day)
    uid = ("StudyInstanceUID", value(sample, STUDY))
    for asked, hit in (
        (day, True), (f"{before}-{after}", True), (f"-{day}", True), (f"{day}-", True),
        (before, False), (f"{after}-", False), (f"-{before}", False),
    ):  # fmt: skip
        found = bool(archive.studies(uid, ("StudyDate", asked)))
        if hit and not found:
            yield fault("conformance-search-missed", request=_STUDIES, parameter="StudyDate")
        if found and not hit:
            yield fault("conformance-search-wrong-hit", request=_STUDIES, parameter="StudyDate")


def _around(day: str) -> list[str]:
    """The day before a DICOM date and the day after it; [] where it is none."""
    with suppress(ValueError, OverflowError):
        if len(day) == 8:
            return [f"{date.fromisoformat(day) + timedelta(days=days):%Y%m%d}" for days in (-1, 1)]
    return []


@of_archive
def what_is_asked_to_be_included_is(_target: Target, archive: Archive) -> Findings:
    uid = next(
        (
            uid
            for uid in uids(archive.samples())
            if value(_first(archive.once(f"/studies/{uid}/metadata")), DESCRIPTION)
        ),
        "",
    )
    if not uid:
        yield skip("conformance-nothing-held")
        return
    found = archive.studies(("StudyInstanceUID", uid), ("includefield", DESCRIPTION))
    if not found or not value(found[0], DESCRIPTION):
        yield fault("conformance-dicom-includefield")


def _first(answer: Answer) -> Dataset:
    return next(iter(datasets(answer)), {})


@of_archive
def pages_are_whole_and_repeat_nothing(_target: Target, archive: Archive) -> Findings:
    answer = archive.get("/studies", [("limit", str(_MOST))])
    yield from in_dicom_json(answer, STUDY)
    whole = uids(datasets(answer))
    paged: list[str] = []
    for offset in range(min(len(whole), _MOST)):
        page = uids(archive.studies(("limit", "1"), ("offset", str(offset))))
        if len(page) != 1:
            yield fault("conformance-dicom-page", limit=1, found=len(page))
        paged += page
    if len(set(paged)) < len(paged):
        yield fault("conformance-page-repeats", request=_STUDIES)
    elif not expecting.same(paged, whole):
        yield fault("conformance-dicom-pages")
    if len(whole) < _MOST and archive.studies(("limit", "1"), ("offset", str(len(whole)))):
        yield fault("conformance-page-repeats", request=_STUDIES)


@of_archive
def nothing_found_is_said_so(_target: Target, archive: Archive) -> Findings:
    answer = archive.get("/studies", [("PatientID", f"KT{uuid.uuid4().hex[:12]}")])
    yield from expecting.status(answer, 200, 204)
    if answer.status == 200 and answer.json != []:
        yield fault("conformance-dicom-form", request=expecting.request(answer))


@of_archive
def a_day_that_is_none_is_refused(_target: Target, archive: Archive) -> Findings:
    yield from expecting.status(archive.get("/studies", [("StudyDate", "yesterday")]), 400)


@of_archive
def series_and_instances_are_those_of_the_study(_target: Target, archive: Archive) -> Findings:
    uid = value(archive.sample(), STUDY)
    series, instances = archive.get(f"/studies/{uid}/series"), archive.get(f"/studies/{uid}/instances")
    yield from in_dicom_json(series, SERIES, "00080060")
    yield from in_dicom_json(instances, INSTANCE, SERIES)
    known = {value(one, SERIES) for one in datasets(series)}
    if {value(one, SERIES) for one in datasets(instances)} != known:
        yield fault("conformance-dicom-not-of-study", request=expecting.request(instances))


def uids(found: list[Dataset]) -> list[str]:
    return [value(one, STUDY) for one in found]
