"""DA and TM to one moment, and AS to an age in words (PS3.5 6.2)."""

from __future__ import annotations

import re

from adapters.dicomweb.dataset import Value
from adapters.dicomweb.study import Node
from adapters.dicomweb.telling import Telling
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.times import Time, read_time

_DAY = re.compile(r"([0-9]{4})\.?([0-9]{2})\.?([0-9]{2})\Z")  # with points: ACR-NEMA, still written
_CLOCK = re.compile(r"[0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2}(?:\.[0-9]{1,6})?)?)?\Z")
_AGE = re.compile(r"([0-9]{3})([DWMY])\Z")
_UNITS = {"D": "days", "W": "weeks", "M": "months", "Y": "years"}


def day(text: str) -> str:
    """A DA as a FHIR date; CannotPlace(``time-impossible``)."""
    if not (found := _DAY.match(text)):
        raise CannotPlace("time-impossible")
    return read_time("".join(found.groups()), "+00:00").date


def put_moment(
    node: Node, names: tuple[str, str], draft: Draft, path: str, telling: Telling, *, clinical: bool = False
) -> None:
    """Date and time of ``names`` to a dateTime. A time that cannot be read, or whose zone cannot, leaves the day."""
    date, clock = (next(iter(node.repetitions(name)), None) for name in names)
    if date is None:
        if clock is not None:
            telling.ledger.leave(clock.path, "a time without its day")
        return
    try:
        found = day(date.value)
    except CannotPlace as why:
        telling.refuse(date, CannotPlace(why.rule, clinical=clinical))
        if clock is not None:
            telling.ledger.leave(clock.path, "a time without its day")
        return
    telling.ledger.use(date.path)
    made = _with_clock(found, clock, telling) if clock is not None else None
    if made is None or clock is None or not made.has_time:
        draft.put(path, found, date.path)
        return
    telling.ledger.use(clock.path)
    draft.put(path, made.text, f"{date.path}, {clock.path}{f' ({made.note})' if made.note else ''}")


def _with_clock(found: str, clock: Value, telling: Telling) -> Time | None:
    try:
        if not _CLOCK.match(clock.value):
            raise CannotPlace("time-impossible")
        made = read_time(found.replace("-", "") + clock.value.replace(":", ""), telling.utc_offset)
    except CannotPlace as why:
        telling.refuse(clock, why)
        return None
    if not made.has_time:
        telling.ledger.leave(clock.path, "a time to the hour alone has no form in R4")
    return made


def age(found: Value) -> str:
    """``045Y`` as ``45 years``; CannotPlace(``dicom-age-impossible``)."""
    if not (read := _AGE.match(found.value)):
        raise CannotPlace("dicom-age-impossible")
    return f"{int(read[1])} {_UNITS[read[2]]}"


def put_birth_time(telling: Telling, patient: Draft) -> None:
    """The minute of birth, an extension beside the day."""
    for found in telling.study.patient.repetitions("PatientBirthTime")[:1]:
        born = patient.get("birthDate")
        if not born:
            telling.ledger.leave(found.path, "a time without its day")
        elif (made := _with_clock(born, found, telling)) is not None and made.has_time:
            url = "http://hl7.org/fhir/StructureDefinition/patient-birthTime"
            piece = Piece({"url": url, "valueDateTime": made.text}, {"valueDateTime": found.path})
            patient.place("_birthDate.extension[0]", piece)
            telling.ledger.use(found.path)
