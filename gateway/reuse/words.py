"""How long, when: facts of a verdict in a doctor's words, in English or Vietnamese. Times of day are Viet Nam's."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from gateway.reuse.result import Taken

VIET_NAM = timezone(timedelta(hours=7))
_HOURS_UNTIL = timedelta(hours=72)  # "48 hours", but "4 days"
_DAY = timedelta(days=1)
_UNITS = {"en": ("day", "hour", "minute"), "vi": ("ngày", "giờ", "phút")}


def in_words(value: object, language: str) -> object:
    """A duration, a date, a moment or a Taken as people write it; anything else as it is."""
    match value:
        case timedelta():
            return _duration(value, language)
        case Taken():
            return _taken(value, language)
        case datetime():
            return _moment(value, language)
        case date():
            return _day(value, language)
        case _:
            return value


def day_in_viet_nam(moment: datetime) -> date:
    """Of an aware moment; at the ends of the calendar, where +07:00 leads beyond, the day as it stands."""
    try:
        return moment.astimezone(VIET_NAM).date()
    except OverflowError:
        return moment.date()


def _duration(value: timedelta, language: str) -> str:
    minutes = round(abs(value) / timedelta(minutes=1))
    days, hours = (0, minutes // 60) if abs(value) <= _HOURS_UNTIL else (minutes // 1440, minutes // 60 % 24)
    parts = [(number, unit) for number, unit in zip((days, hours), _UNITS[language], strict=False) if number]
    if not days and (minutes % 60 or not parts):
        parts.append((minutes % 60, _UNITS[language][2]))
    plural = language == "en"
    return " ".join(f"{number} {unit}{'s' if plural and number != 1 else ''}" for number, unit in parts)


def _taken(value: Taken, language: str) -> str:
    if value.latest - value.earliest < timedelta(hours=1):
        return _moment(value.earliest, language)
    if value.latest - value.earliest <= _DAY:
        return _day(day_in_viet_nam(value.earliest), language)
    first, last = day_in_viet_nam(value.earliest), day_in_viet_nam(value.latest - timedelta(microseconds=1))
    return f"{_day(first, language)} – {_day(last, language)}"


def _moment(value: datetime, language: str) -> str:
    """To the minute; a moment without a zone is told as it stands."""
    try:
        value = value.astimezone(VIET_NAM) if value.tzinfo else value
    except OverflowError:
        return _day(value.date(), language)
    return f"{_day(value.date(), language)} {value.hour:02}:{value.minute:02}"


def _day(value: date, language: str) -> str:
    return f"{value.day:02}/{value.month:02}/{value.year}" if language == "vi" else value.isoformat()
