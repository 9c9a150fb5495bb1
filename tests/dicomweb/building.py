"""Studies for the tests: datasets of DICOM JSON, small enough to be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from adapters.dicomweb import DicomwebAdapter
from adapters.dicomweb.dictionary import by_keyword
from gateway.adapter import DefaultProfile, Payload, Profile, Translation, split, translate
from gateway.bundle import Resource
from gateway.errors import GatewayError

SAMPLES = Path(__file__).parents[2] / "adapters" / "dicomweb" / "samples"
UID = "1.2.826.0.1.3680043.10.1999.77"
CT, CR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.1"

Attributes = dict[str, Any]


def dataset(**said: Any) -> Attributes:
    """A dataset by keywords: a value, or a list of them; a text of a PN is its alphabetic group."""
    made: Attributes = {}
    for keyword, value in said.items():
        known = by_keyword()[keyword]
        values = value if isinstance(value, list) else [value]
        if known.vr == "PN":
            values = [one if isinstance(one, dict) else {"Alphabetic": one} for one in values]
        made[known.tag] = {"vr": known.vr, "Value": values}
    return made


def study(**said: Any) -> Attributes:
    own = {"StudyInstanceUID": UID, "PatientID": "26000001", "PatientName": "Nguyễn^Văn^Thử", "PatientSex": "M"}
    return dataset(**(own | {"StudyDate": "20261120", "AccessionNumber": "ACC1"} | said))


def series(number: int = 1, **said: Any) -> Attributes:
    own = {"StudyInstanceUID": UID, "SeriesInstanceUID": f"{UID}.{number}", "Modality": "CR", "SeriesNumber": number}
    return dataset(**(own | said))


def instance(number: int = 1, of: int = 1, **said: Any) -> Attributes:
    own = {"StudyInstanceUID": UID, "SeriesInstanceUID": f"{UID}.{of}", "SOPInstanceUID": f"{UID}.{of}.{number}"}
    return dataset(**(own | {"SOPClassUID": CR, "InstanceNumber": number} | said))


def without(one: Attributes, *keywords: str) -> Attributes:
    return {tag: written for tag, written in one.items() if tag not in {by_keyword()[name].tag for name in keywords}}


def written(*datasets: Attributes) -> bytes:
    return json.dumps(list(datasets), ensure_ascii=False).encode()


def translated(*datasets: Attributes, profile: Profile | None = None) -> Translation:
    return of_bytes(written(*datasets), profile)


def of_bytes(payload: bytes, profile: Profile | None = None) -> Translation:
    adapter = DicomwebAdapter()
    (record,) = split(adapter, Payload(payload))
    return translate(adapter, record, profile or DefaultProfile(code="01999"))


def only(made: Translation, kind: str) -> Resource:
    (found,) = (one for one in made.resources if one["resourceType"] == kind)
    resource: Resource = found
    return resource


def rules(made: Translation) -> list[str]:
    return [issue.rule for issue in made.issues]


def held_for(made: Translation) -> list[str]:
    return [issue.rule for issue in made.holds]


def unplaced(made: Translation) -> dict[str, str]:
    return {one.field: one.reason for one in made.unplaced}


def refusal(payload: bytes) -> str:
    try:
        of_bytes(payload)
    except GatewayError as refused:
        return refused.issues[0].rule
    raise AssertionError("taken")
