"""Times as senders write them, to FHIR. No precision is invented.

Senders write ``YYYY[MM[DD[HH[MM[SS[.s]]]]]][±hhmm]`` (HL7 v2 DTM, section 2A.3.21; BHYT
``yyyyMMddHHmm``). Local time is the facility's offset, +07:00 unless its record says
otherwise. R4 wants seconds once minutes are given
(https://hl7.org/fhir/R4/datatypes.html#dateTime): they are zero-filled, and ``note`` says so
for the lineage. A time to the hour only has no FHIR form: the day stays, the hour is named
in ``lost``. An impossible date is ``time-impossible``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

from gateway.mapping.ledger import CannotPlace

_WRITTEN = re.compile(
    r"(?P<year>[0-9]{4})(?:(?P<month>[0-9]{2})(?:(?P<day>[0-9]{2})(?:(?P<hour>[0-9]{2})"
    r"(?:(?P<minute>[0-9]{2})(?:(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?)?)?)?)?)?"
    r"(?P<zone>[+-][0-9]{4})?\Z"
)
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})\Z")

ZERO_FILLED = "seconds zero-filled"


@dataclass(frozen=True, slots=True)
class Time:
    """A time read: ``text`` is a FHIR dateTime; ``note`` for the lineage; ``lost`` what had no form."""

    text: str
    note: str = ""
    lost: str = ""

    @property
    def has_time(self) -> bool:
        """True when hours and minutes are known, so that an ``instant`` can be made."""
        return "T" in self.text

    @property
    def date(self) -> str:
        """The date part: YYYY, YYYY-MM or YYYY-MM-DD."""
        return self.text.partition("T")[0]


@lru_cache(maxsize=2048)
def read_time(text: str, utc_offset: str) -> Time:
    """A written time as a FHIR dateTime. CannotPlace(``time-impossible``) when it is not one."""
    matched = _WRITTEN.match(text.strip())
    if matched is None:
        raise CannotPlace("time-impossible")
    part = matched.groupdict()
    _possible(part)
    day = "-".join(part[name] for name in ("year", "month", "day") if part[name])
    if part["hour"] is None:
        return Time(day)
    if part["minute"] is None:
        return Time(day, lost="hour")
    zone = offset(part["zone"] or utc_offset)
    second = part["second"] or "00"
    fraction = f".{part['fraction']}" if part["fraction"] else ""
    note = "" if part["second"] else ZERO_FILLED
    return Time(f"{day}T{part['hour']}:{part['minute']}:{second}{fraction}{zone}", note)


def read_instant(text: str, utc_offset: str) -> Time:
    """As read_time, for an ``instant``: a date alone is CannotPlace(``time-not-an-instant``)."""
    made = read_time(text, utc_offset)
    if not made.has_time:
        raise CannotPlace("time-not-an-instant")
    return made


def read_birth(text: str) -> Time:
    """A birth date of the national formats: 8 or 12 digits, zeros for what is unknown.

    ``197200000000`` is the year 1972, ``199003150000`` a day, ``202611150830`` a newborn's
    minute (VN_FORMATS: NGAY_SINH). ``text`` then has the time, ``date`` the birthDate.
    """
    plain = text.strip()
    if not re.match(r"[0-9]{4}(?:[0-9]{4}(?:[0-9]{4})?)?\Z", plain):
        raise CannotPlace("time-impossible")
    if plain[8:] == "0000":
        plain = plain[:8]
    if len(plain) == 8:
        if plain[4:] == "0000":
            plain = plain[:4]
        elif plain[6:] == "00":
            plain = plain[:6]
    return read_time(plain, "+07:00")


def offset(written: str) -> str:
    """``+0700`` or ``+07:00`` as ``+07:00``; CannotPlace when it is no offset of this world (±14:00)."""
    matched = _OFFSET.match(written)
    if matched is None:
        raise CannotPlace("time-impossible")
    sign, hours, minutes = matched.groups()
    if int(minutes) > 59 or int(hours) * 60 + int(minutes) > 14 * 60:
        raise CannotPlace("time-impossible")
    return f"{sign}{hours}:{minutes}"


def _possible(part: dict[str, str | None]) -> None:
    year, month, day = (int(part[name] or 1) for name in ("year", "month", "day"))
    hour, minute, second = (int(part[name] or 0) for name in ("hour", "minute", "second"))
    try:
        date(year, month, day)
    except ValueError:
        raise CannotPlace("time-impossible") from None
    if hour > 23 or minute > 59 or second > 59:
        raise CannotPlace("time-impossible")
    if part["zone"]:
        offset(part["zone"])


def earliest(text: str) -> datetime:
    """The first moment a FHIR date, dateTime or instant covers, aware; zoneless dates count as +07:00."""
    plain, _, clock = text.partition("T")
    pieces = [int(piece) for piece in plain.split("-")]
    year, month, day = (*pieces, 1, 1)[:3] if len(pieces) < 3 else pieces
    if not clock:
        return datetime(year, month, day, tzinfo=timezone(timedelta(hours=7)))
    return datetime.fromisoformat(re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text).replace("Z", "+00:00"))
