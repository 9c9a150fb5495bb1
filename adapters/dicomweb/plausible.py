"""What of a patient's birth, age and study does not go together: somebody else may have been meant."""

from __future__ import annotations

import re

from adapters.dicomweb.telling import Telling
from gateway.mapping.draft import Draft

_YEARS = re.compile(r"([0-9]{3})Y\Z")


def hold_implausible(telling: Telling, patient: Draft, study: Draft) -> None:
    """A study before its patient's birth is held; an age that is years from the birth date's is told."""
    born, began = patient.get("birthDate"), study.get("started")
    if not born or not began:
        return
    if len(born) == 10 and began[:10] < born:
        telling.ledger.hold("business-rule", "dicom-before-birth", telling.study.node.repetitions("StudyDate")[0].path)
    for found in telling.study.node.repetitions("PatientAge"):
        if (years := _YEARS.match(found.value)) and abs(int(began[:4]) - int(born[:4]) - int(years[1])) > 1:
            telling.ledger.remark("warning", "conflict", "dicom-age-differs", found.path)
