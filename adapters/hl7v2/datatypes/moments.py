"""TS, DTM, DT, TM, DR: moments to date, dateTime, instant, time and Period (gateway.mapping.times)."""

from __future__ import annotations

import re

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Value
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace, Ledger
from gateway.mapping.times import Time, earliest, read_birth, read_instant, read_time

BIRTH_TIME = "http://hl7.org/fhir/StructureDefinition/patient-birthTime"
_TIME = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9])(?:([0-5][0-9])(\.[0-9]{1,4})?)?\Z")


def date_time(value: Value, scope: Scope, component: int = 1) -> Piece | None:
    """A FHIR dateTime, as precise as it was written."""
    text = value.take(component)
    return _piece(read_time(text, scope.profile.utc_offset), value, component, scope) if text else None


def instant(value: Value, scope: Scope, component: int = 1) -> Piece | None:
    """A FHIR instant; a date alone is no instant and stays unplaced."""
    text = value.take(component)
    return _piece(read_instant(text, scope.profile.utc_offset), value, component, scope) if text else None


def clock(value: Value) -> Piece | None:
    """TM: a FHIR time (https://hl7.org/fhir/R4/datatypes.html#time), which has no zone."""
    text = value.take()
    if not text:
        return None
    matched = _TIME.match(text)
    if matched is None:
        raise CannotPlace("time-impossible")
    hour, minute, second, fraction = matched.groups()
    note = "" if second else " (seconds zero-filled)"
    return Piece.of(f"{hour}:{minute}:{second or '00'}{fraction or ''}", value.path + note)


def period(value: Value, scope: Scope, start: int = 1, end: int = 2) -> Piece | None:
    """DR, or two components of another type, as a Period."""
    made = Composite()
    made.put_piece("start", date_time(value, scope, start))
    made.put_piece("end", date_time(value, scope, end))
    if reversed_period(made.value):
        raise CannotPlace("hl7v2-period-reversed")
    return made.piece()


def reversed_period(value: dict[str, str]) -> bool:
    """True when the end is before the start, which FHIR refuses (per-1); compared as exactly as both are known."""
    start, end = value.get("start", ""), value.get("end", "")
    if "T" in start and "T" in end:
        return earliest(end) < earliest(start)
    length = min(len(start.partition("T")[0]), len(end.partition("T")[0]))
    return bool(length) and end[:length] < start[:length]


def mend_period(draft: Draft, path: str, ledger: Ledger) -> None:
    """A Period put together from two fields: an end before its start is taken out again and listed."""
    found = draft.get(path)
    if isinstance(found, dict) and reversed_period(found):
        del found["end"]
        ledger.refuse_field(draft.lineage.pop(f"{path}.end"), CannotPlace("hl7v2-period-reversed"))


def birth(value: Value, scope: Scope) -> tuple[Piece | None, Piece | None]:
    """(birthDate, the birth time's extension). Zeros for an unknown month, day or time are no precision."""
    text = value.take()
    if not text:
        return None, None
    # Systems that know the day only pad it with zeros: midnight to the second is no birth time.
    plain = text[:8] if re.match(r"[0-9]{8}0{4}(?:00)?\Z", text) else text
    made = read_birth(plain) if re.match(r"[0-9]{8}\Z", plain) else read_time(plain, scope.profile.utc_offset)
    day = _piece(Time(made.date, lost=made.lost), value, 1, scope)
    if not made.has_time:
        return day, None
    extension = Composite()
    extension.put("url", BIRTH_TIME)
    extension.put_piece("valueDateTime", _piece(made, value, 1, scope))
    return day, extension.piece()


def _piece(made: Time, value: Value, component: int, scope: Scope) -> Piece:
    path = value.path if value.components == 1 else value.at(component)
    if made.lost:
        scope.ledger.refuse_field(f"{path} (hour)", CannotPlace("time-hour-only"))
    return Piece.of(made.text, f"{path} ({made.note})" if made.note else path)
