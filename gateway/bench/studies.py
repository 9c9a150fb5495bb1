"""Made-up imaging studies: study ``number`` of a seed is always the same datasets.

Of three there are a chest film (one series of two images), an ultrasound (one of twelve) and a CT (three of forty).
"""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

from gateway.bench.people import person
from gateway.jsontext import dumps
from gateway.simulator.held_study import HeldStudy

ROOT = "1.2.826.0.1.3680043.10.1999.99"  # below the project's own of tests, no archive's
MEDIA_TYPE = "application/dicom+json"
# Modality, body part, description, SOP class, images of each series.
_KINDS = (
    ("DX", "CHEST", "X-quang ngực thẳng", "1.2.840.10008.5.1.4.1.1.1.1", (2,)),
    ("US", "ABDOMEN", "Siêu âm ổ bụng tổng quát", "1.2.840.10008.5.1.4.1.1.6.1", (12,)),
    ("CT", "CHEST", "Chụp cắt lớp vi tính lồng ngực có tiêm thuốc", "1.2.840.10008.5.1.4.1.1.2", (40, 40, 40)),
)
_POPULATION = 1000


def held(seed: int, number: int, day: date) -> HeldStudy:
    """The study as an archive's QIDO-RS tells it."""
    random = Random(f"{seed}/study/{number}")  # noqa: S311  # repeatable on purpose, no secret
    subject = person(seed, random.randrange(_POPULATION))
    modality, part, described, sop_class, images = _KINDS[number % len(_KINDS)]
    uid = f"{ROOT}.{seed}.{number}"
    named = f"{subject.family}^{subject.given}"
    made = HeldStudy({
        "00080005": _of("CS", "ISO_IR 192"),
        "00080020": _of("DA", f"{day:%Y%m%d}"),
        "00080030": _of("TM", f"{random.randrange(7, 17):02}{random.randrange(60):02}{random.randrange(60):02}"),
        "00080050": _of("SH", f"CDHA{number:08}"),
        "00080061": _of("CS", modality),
        "00080090": _of("PN", {"Alphabetic": "TRẦN^THỊ MẪU"}),
        "00081030": _of("LO", described),
        "00100010": _of("PN", {"Alphabetic": named}),
        "00100020": _of("LO", f"{subject.number:08}"),
        "00100030": _of("DA", f"{subject.born:%Y%m%d}"),
        "00100040": _of("CS", subject.sex),
        "0020000D": _of("UI", uid),
        "00200010": _of("SH", str(number)),
        "00201206": _of("IS", len(images)),
        "00201208": _of("IS", sum(images)),
    })  # fmt: skip
    for at, count in enumerate(images, 1):
        series = {"0020000D": _of("UI", uid), "0020000E": _of("UI", f"{uid}.{at}")}
        made.series.append({
            "00080060": _of("CS", modality),
            "0008103E": _of("LO", f"{described} {at}"),
            "00081050": _of("PN", {"Alphabetic": "LÊ^VĂN MẪU"}),
            "00180015": _of("CS", part),
            **series,
            "00200011": _of("IS", at),
            "00201209": _of("IS", count),
        })  # fmt: skip
        made.instances.extend(
            {
                "00080016": _of("UI", sop_class),
                "00080018": _of("UI", f"{uid}.{at}.{image}"),
                **series,
                "00200013": _of("IS", image),
                "00280010": _of("US", 512),
                "00280011": _of("US", 512),
            }
            for image in range(1, count + 1)
        )
    return made


def payload(held: HeldStudy) -> bytes:
    """As the collector posts it."""
    lines = [dumps(one) for one in (held.study, *held.series, *held.instances)]
    return b"[\n" + b",\n".join(lines) + b"\n]\n"


def _of(vr: str, value: Any) -> dict[str, Any]:
    return {"vr": vr, "Value": [value]}
