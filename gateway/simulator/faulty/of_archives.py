"""Faults of an image archive, as DICOMweb shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.jsontext import dumps, loads
from gateway.simulator.faulty.fault import Asked, Forward, Told, broken

_STUDIES = "/dicom-web/studies"
_JSON = {"content-type": "application/dicom+json"}


def _keyless(*keys: str) -> Callable[[Asked, Forward], Told]:
    """As if these keys had not been asked for."""

    def answer(asked: Asked, forward: Forward) -> Told:
        return forward(asked.without(*keys) if asked.path == _STUDIES else asked)

    return answer


for _name, _breaks, _key in (
    ("archive-any-uid", "DICOM-3", "StudyInstanceUID"),
    ("archive-any-patient", "DICOM-4", "PatientID"),
    ("archive-any-accession", "DICOM-5", "AccessionNumber"),
    ("archive-any-day", "DICOM-6", "StudyDate"),
    ("archive-any-modality", "DICOM-7", "ModalitiesInStudy"),
    ("archive-tags-unread", "DICOM-8", "00100020"),
):
    broken(_name, _breaks, f"an archive does not heed {_key}, and lists every study")(_keyless(_key))


def _each(told: Told, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Told:
    """Every dataset changed."""
    if told.status != 200 or "json" not in told.headers.get("content-type", ""):
        return told
    return Told(200, told.headers, dumps([change(one) for one in loads(told.body)]))


@broken("archive-plain-json", "DICOM-1", "an archive calls its answers plain text")
def plain_json(asked: Asked, forward: Forward) -> Told:
    return forward(asked).with_headers(content_type="text/plain")


@broken("archive-no-counts", "DICOM-2", "an archive does not tell how many images a study has")
def no_counts(asked: Asked, forward: Forward) -> Told:
    return _each(forward(asked), lambda one: {tag: said for tag, said in one.items() if tag != "00201208"})


@broken("archive-not-included", "DICOM-9", "an archive does not heed includefield")
def not_included(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if asked.path != _STUDIES:
        return told
    return _each(told, lambda one: {tag: said for tag, said in one.items() if tag != "00081030"})


@broken("archive-offset-unread", "DICOM-10", "an archive begins its list anew on every page")
def offset_unread(asked: Asked, forward: Forward) -> Told:
    return forward(asked.without("offset"))


@broken("archive-nothing-is-404", "DICOM-11", "where an archive finds nothing it says 404")
def nothing_is_404(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return Told(404) if told.status == 204 else told


@broken("archive-any-day-read", "DICOM-12", "a day that is none finds nothing, and is not refused")
def any_day_read(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return Told(204) if told.status == 400 else told


@broken("archive-other-instances", "DICOM-13", "the instances of a study are told to be of another series")
def other_instances(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if not asked.path.endswith("/instances"):
        return told
    return _each(told, lambda one: {**one, "0020000E": {"vr": "UI", "Value": ["2.25.2"]}})


@broken("archive-metadata-cut", "DICOM-14", "the metadata of a study is of its first instance alone")
def metadata_cut(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if not asked.path.endswith("/metadata") or told.status != 200:
        return told
    return Told(200, told.headers, dumps(loads(told.body)[:1]))


@broken("archive-pixels", "DICOM-15", "metadata carries pixel data")
def pixels(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if not asked.path.endswith("/metadata"):
        return told
    return _each(told, lambda one: {**one, "7FE00010": {"vr": "OW", "InlineBinary": "AAAA"}})


@broken("archive-other-series", "DICOM-16", "the metadata of a series is of another one")
def other_series(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if "/series/" not in asked.path:
        return told
    return _each(told, lambda one: {**one, "0020000E": {"vr": "UI", "Value": ["2.25.2"]}})


@broken("archive-other-file", "DICOM-17", "an archive gives the file of another instance")
def other_file(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    number = asked.path.rpartition("/instances/")[2]
    if "/instances/" not in asked.path:
        return told
    return Told(told.status, told.headers, told.body.replace(number.encode(), b"9" * len(number)))


@broken("archive-any-form", "DICOM-18", "an archive answers in JSON, whatever form is asked for")
def any_form(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return Told(200, _JSON, b"[]") if told.status == 406 else told


@broken("archive-empty-study", "DICOM-19", "a study that is not there is an empty one")
def empty_study(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return Told(200, _JSON, b"[]") if told.status == 404 and asked.path.endswith("/metadata") else told


@broken("archive-open", "DICOM-20", "an archive answers whoever asks")
def archive_open(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return Told(204) if told.status == 401 else told


@broken("archive-trace", "DICOM-21", "a refusal of the archive shows a stack trace")
def archive_trace(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if told.status < 400 or not asked.path.startswith("/dicom-web"):
        return told
    return Told(told.status, {"content-type": "text/plain"}, b"java.lang.NullPointerException")
