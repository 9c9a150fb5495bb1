"""DICOMweb: what an archive gives of a study (WADO-RS), and what it refuses.

https://dicom.nema.org/medical/dicom/current/output/chtml/part18/sect_10.4.html
"""

from __future__ import annotations

from gateway.conformance import expecting
from gateway.conformance.archive import INSTANCE, SERIES, STUDY, Archive, datasets, value
from gateway.conformance.checks.dicomweb import in_dicom_json, of_archive
from gateway.conformance.checks.errors import shows_the_inside
from gateway.conformance.client import Unanswered
from gateway.conformance.target import Target
from gateway.conformance.verdict import Findings, fault, skip

_NOWHERE = "2.25.1"
_PIXELS = "7FE00010"
_FILE = 'multipart/related; type="application/dicom"'
_PREAMBLE = b"\x00" * 128 + b"DICM"


@of_archive
def the_metadata_of_a_study_is_of_each_instance(_target: Target, archive: Archive) -> Findings:
    uid = value(archive.sample(), STUDY)
    answer = archive.get(f"/studies/{uid}/metadata")
    yield from in_dicom_json(answer, STUDY, SERIES, INSTANCE)
    held = {value(one, INSTANCE) for one in datasets(archive.get(f"/studies/{uid}/instances"))}
    if {value(one, INSTANCE) for one in datasets(answer)} != held:
        yield fault("conformance-dicom-not-of-study", request=expecting.request(answer))


@of_archive
def metadata_carries_no_pixels(_target: Target, archive: Archive) -> Findings:
    uid = value(archive.sample(), STUDY)
    answer = archive.get(f"/studies/{uid}/metadata")
    yield from in_dicom_json(answer)
    if any("InlineBinary" in str(one.get(_PIXELS)) for one in datasets(answer)):
        yield fault("conformance-dicom-pixels")


@of_archive
def the_metadata_of_a_series_is_of_that_series(_target: Target, archive: Archive) -> Findings:
    uid = value(archive.sample(), STUDY)
    series = next((value(one, SERIES) for one in datasets(archive.once(f"/studies/{uid}/series"))), "")
    answer = archive.get(f"/studies/{uid}/series/{series}/metadata")
    yield from in_dicom_json(answer, INSTANCE)
    if any(value(one, SERIES) != series for one in datasets(answer)):
        yield fault("conformance-dicom-not-of-study", request=expecting.request(answer))


@of_archive
def an_instance_is_given_as_a_file(_target: Target, archive: Archive) -> Findings:
    uid = value(archive.sample(), STUDY)
    one = next(iter(datasets(archive.once(f"/studies/{uid}/instances"))), {})
    path = f"/studies/{uid}/series/{value(one, SERIES)}/instances/{value(one, INSTANCE)}"
    try:
        answer = archive.get(path, accept=_FILE)
    except Unanswered as long:
        if long.rule != "conformance-answer-endless":
            raise
        yield skip(long.rule, **long.parameters)  # an image may be as long as that
        return
    yield from expecting.status(answer, 200)
    if answer.status == 200:
        if answer.media_type != "multipart/related":
            found = expecting.named(answer.media_type)
            yield fault("conformance-media-type", found=found, request=expecting.request(answer))
        if _PREAMBLE not in answer.body or value(one, INSTANCE).encode() not in answer.body:
            yield fault("conformance-dicom-file", request=expecting.request(answer))


@of_archive
def a_form_it_does_not_have_is_refused(_target: Target, archive: Archive) -> Findings:
    uid = value(archive.sample(), STUDY)
    yield from expecting.status(archive.get(f"/studies/{uid}/metadata", accept="application/x-no-such-form"), 406)


@of_archive
def a_study_that_is_not_there_is_not_found(_target: Target, archive: Archive) -> Findings:
    yield from expecting.status(archive.get(f"/studies/{_NOWHERE}/metadata"), 404)


@of_archive
def without_credentials_nothing_is_told(_target: Target, archive: Archive) -> Findings:
    if not archive.authorization:
        yield skip("conformance-open")
        return
    yield from expecting.status(archive.get("/studies", [("limit", "1")], bare=True), 401, 403)


@of_archive
def its_refusals_show_no_inside(_target: Target, archive: Archive) -> Findings:
    for path, asked in (
        ("/studies", [("StudyDate", "yesterday")]), ("/studies", [("limit", "many")]), ("/studies/%00/metadata", []),
        (f"/studies/{_NOWHERE}/metadata", []), ("/no-such-thing", []),
    ):  # fmt: skip
        answer = archive.get(path, asked)
        if shows_the_inside(answer):
            yield fault("conformance-inside-shown", request=expecting.request(answer))
