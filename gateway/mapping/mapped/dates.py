"""Dates in the forms a mapping file declares: ``dd/MM/yyyy HH:mm``. Whether 05/03 is in March or May is never guessed.

Without a declaration only what can be read one way is read: ``yyyy-MM-dd`` and ``yyyyMMdd``, with hours, minutes,
seconds. Parts: yyyy, MM or M, dd or d, HH or H, mm, ss; a two-digit year has no form. Two declared forms that
read one text as two days: ``date-two-ways``.
"""

from __future__ import annotations

import re
from functools import lru_cache

from gateway.mapping.ledger import CannotPlace
from gateway.mapping.times import Time, read_time

PLAIN = (
    *("yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss"),
    *("yyyyMMdd", "yyyyMMddHHmm", "yyyyMMddHHmmss"),
)
_PARTS = {
    "yyyy": r"(?P<y>[0-9]{4})",
    "MM": r"(?P<m>[0-9]{2})",
    "M": r"(?P<m>[0-9]{1,2})",
    "dd": r"(?P<d>[0-9]{2})",
    "d": r"(?P<d>[0-9]{1,2})",
    "HH": r"(?P<h>[0-9]{2})",
    "H": r"(?P<h>[0-9]{1,2})",
    "mm": r"(?P<n>[0-9]{2})",
    "ss": r"(?P<s>[0-9]{2})",
}
_TOKEN = re.compile("|".join(_PARTS) + r"|T|[^A-Za-z]")
_ORDER = "ymdhns"


@lru_cache(maxsize=256)
def pattern(form: str) -> re.Pattern[str]:
    """The form as a pattern; ValueError when it is none: an unknown letter, a part twice, a gap (a day, no month)."""
    made, at = [], 0
    for token in _TOKEN.finditer(form):
        if token.start() != at:
            break
        at = token.end()
        made.append(_PARTS.get(token[0]) or re.escape(token[0]))
    try:
        found = re.compile("".join(made) + r"\Z")
    except re.error:
        raise ValueError(form) from None
    parts = [part in found.groupindex for part in _ORDER]
    if at != len(form) or not parts[0] or sorted(parts, reverse=True) != parts or (parts[3] and not parts[4]):
        raise ValueError(form)
    return found


@lru_cache(maxsize=8192)
def read_date(text: str, forms: tuple[str, ...], utc_offset: str) -> Time:
    """The time a text writes in one of the forms, local at ``utc_offset``.

    CannotPlace: ``date-form-unknown`` for no form, ``date-two-ways``, ``time-impossible`` for no day of the calendar.
    """
    written: dict[str, None] = {}
    for form in forms or PLAIN:
        if matched := pattern(form).match(text):
            part = matched.groupdict()
            written["".join(part[name].zfill(2) for name in _ORDER if part.get(name))] = None
    if not written:
        raise CannotPlace("date-form-unknown")
    if len(written) > 1:
        raise CannotPlace("date-two-ways")
    return read_time(next(iter(written)), utc_offset)
