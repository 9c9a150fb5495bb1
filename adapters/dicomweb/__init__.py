"""DICOMweb: a study of a hospital's image archive, as DICOM JSON (PS3.18 annex F), to FHIR R4.

dictionary    the attributes that are read, by level; the reason for all others
dataset       a dataset of DICOM JSON; each attribute held to its VR
study         datasets gathered to patient, study, series, instances
telling       what conversions know beside the value
level_maps    mappings/dicomweb/*.toml, compiled; converters, their datatypes
names         PN to HumanName
numbers       identifiers; codes, code sequences; moments, dates and times
people        who took part
requests      what was asked for
plausible     birth, age and study that do not go together
endpoint      where the images are
translation   the flow: Patient, ImagingStudy, Endpoint
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from adapters.dicomweb import translation
from gateway.adapter import Payload, Profile, Record, SourceAdapter, Translation
from gateway.errors import PayloadError
from gateway.jsontext import loads

MEDIA_TYPE = "application/dicom+json"
_BEGINNING = re.compile(rb'\s*\[?\s*\{\s*"[0-9A-Fa-f]{8}"\s*:\s*\{')
_TAG = re.compile(r"[0-9A-Fa-f]{8}\Z")


class DicomwebAdapter(SourceAdapter):
    """A payload is one study: one dataset of DICOM JSON, or a list of them."""

    name = "dicomweb"
    version = "1"

    def recognises(self, payload: Payload) -> bool:
        return payload.content_type.partition(";")[0].strip().lower() == MEDIA_TYPE or bool(
            _BEGINNING.match(payload.data.removeprefix(b"\xef\xbb\xbf"))
        )

    def records(self, payload: Payload) -> Sequence[Record]:
        found = loads(payload.data)
        datasets = found if isinstance(found, list) else [found]
        if not datasets:
            raise PayloadError("dicom-study-missing")
        if not all(isinstance(one, dict) and all(map(_TAG.match, one)) for one in datasets):
            raise PayloadError("dicom-not-datasets")
        upper = [{tag.upper(): written for tag, written in one.items()} for one in datasets]
        return [Record(payload.data, "", upper)]

    def translate(self, record: Record, facility: Profile) -> Translation:
        return translation.translate(record, facility)
