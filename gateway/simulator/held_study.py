"""HeldStudy: a study as a simulated archive holds it, and whether a search of QIDO-RS means it.

https://dicom.nema.org/medical/dicom/current/output/chtml/part18/sect_10.6.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

DICOM_JSON = "application/dicom+json"
STUDY, SERIES, INSTANCE = "0020000D", "0020000E", "00080018"
_DAY, _MODALITIES = "00080020", "00080061"
_KEYS = {
    "StudyInstanceUID": STUDY,
    "PatientID": "00100020",
    "AccessionNumber": "00080050",
    "ModalitiesInStudy": _MODALITIES,
}
_BY_TAG = {tag: tag for tag in _KEYS.values()}
_DAYS = re.compile(r"(?:[0-9]{8}|[0-9]{8}-|-[0-9]{8}|[0-9]{8}-[0-9]{8})\Z")

Dataset = Mapping[str, Any]


@dataclass(slots=True)
class HeldStudy:
    """A study as the archive answers: its dataset, one a series, one an instance."""

    study: Dataset
    series: list[Dataset] = field(default_factory=list)
    instances: list[Dataset] = field(default_factory=list)

    @property
    def uid(self) -> str:
        return str(self.study[STUDY]["Value"][0])

    @property
    def day(self) -> str:
        return next(iter(values(self.study, _DAY)), "")

    @property
    def modalities(self) -> list[str]:
        return values(self.study, _MODALITIES) or [one for each in self.series for one in values(each, "00080060")]


def values(dataset: Dataset, tag: str) -> list[str]:
    return [str(one) for one in dataset.get(tag, {}).get("Value", [])]


def matches(held: HeldStudy, asked: Mapping[str, str]) -> bool:
    """The study has every value that is asked for; a parameter that is no key asks nothing."""
    first, dash, last = asked.get("StudyDate", "").partition("-")
    if (dash or first) and not (first or "0") <= held.day <= ((last or "9") if dash else first):
        return False
    for name, tag in (_KEYS | _BY_TAG).items():
        has = held.modalities if tag == _MODALITIES else values(held.study, tag)
        if name in asked and asked[name] not in has:
            return False
    return True


def acceptable(target: str) -> bool:
    """What a search asks is well formed: a day or days, and numbers that are."""
    asked = {name: values[-1] for name, values in parse_qs(urlsplit(target).query).items()}
    numbers = all(asked.get(name, "0").isdigit() for name in ("limit", "offset"))
    return numbers and bool(_DAYS.match(asked.get("StudyDate", "00000000")))
