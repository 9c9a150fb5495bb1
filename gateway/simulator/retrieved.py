"""Retrieved: what a simulated archive gives by WADO-RS: metadata of a study or a series, an instance as a file.

https://dicom.nema.org/medical/dicom/current/output/chtml/part18/sect_10.4.html. The files hold what identifies an
instance, in DICOM's own form (PS3.10, explicit VR, little endian), and no picture.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from gateway.jsontext import dumps
from gateway.simulator.held_study import DICOM_JSON, INSTANCE, SERIES, STUDY, Dataset, HeldStudy, values
from gateway.simulator.reply import Reply

_BOUNDARY = "simulated-archive"
_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_SOP_CLASS = "00080016"


def retrieved(held: Mapping[str, HeldStudy], path: str, accept: str) -> Reply | None:
    """The answer to what WADO-RS asks for, None where it asks for nothing of it. ``path``: below the root."""
    steps = path.strip("/").split("/")
    form = steps[-1] if steps[-1] == "metadata" else "instance" if len(steps) == 6 and steps[4] == "instances" else ""
    if steps[0] != "studies" or not form:
        return None
    known = held.get(steps[1]) if len(steps) > 1 else None
    if known is None:
        return Reply(404, b"", "text/plain")
    found = [one for one in known.instances if _is_of(one, steps)]
    if not found:
        return Reply(404, b"", "text/plain")
    if form == "metadata":
        if not any(one in accept for one in (DICOM_JSON, "*/*", "application/json")):
            return Reply(406, b"", "text/plain")
        return Reply(200, dumps([_whole(known, one) for one in found]), DICOM_JSON)
    if "multipart/related" not in accept:
        return Reply(406, b"", "text/plain")
    head = f"--{_BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    body = head + file(_whole(known, found[0])) + f"\r\n--{_BOUNDARY}--\r\n".encode()
    return Reply(200, body, f'multipart/related; type="application/dicom"; boundary={_BOUNDARY}')


def _is_of(instance: Dataset, steps: list[str]) -> bool:
    wanted = dict(zip(steps[2::2], steps[3::2], strict=False))
    return all(
        name not in wanted or wanted[name] in values(instance, tag)
        for name, tag in (("series", SERIES), ("instances", INSTANCE))
    )


def _whole(held: HeldStudy, instance: Dataset) -> dict[str, object]:
    """An instance's dataset with those of its series and study, as its file would have it."""
    series = next((one for one in held.series if values(one, SERIES) == values(instance, SERIES)), {})
    return {**held.study, **series, **instance}


def file(dataset: Mapping[str, object]) -> bytes:
    """A DICOM file of what identifies an instance."""
    of = {tag: next(iter(values(dataset, tag)), "") for tag in (_SOP_CLASS, INSTANCE, STUDY, SERIES)}
    meta = [(2, 2, of[_SOP_CLASS]), (2, 3, of[INSTANCE]), (2, 0x10, _EXPLICIT_LITTLE_ENDIAN)]
    body = [(8, 0x16, of[_SOP_CLASS]), (8, 0x18, of[INSTANCE]), (0x20, 0xD, of[STUDY]), (0x20, 0xE, of[SERIES])]
    head = b"".join(_uid(*one) for one in meta)
    length = struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(head))
    return b"\x00" * 128 + b"DICM" + length + head + b"".join(_uid(*one) for one in body)


def _uid(group: int, element: int, text: str) -> bytes:
    value = text.encode() + b"\x00" * (len(text) % 2)
    return struct.pack("<HH2sH", group, element, b"UI", len(value)) + value
