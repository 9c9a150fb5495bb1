"""Care dated before its patient was born: somebody else's birth date, or somebody else's care. A person looks."""

from __future__ import annotations

import re
from collections.abc import Iterable

from adapters.bhyt.episode import Episode
from adapters.bhyt.tables import TableRow

_TIMES = ("NGAY_VAO", "NGAY_VAO_NOI_TRU", "NGAY_RA", "NGAY_YL", "NGAY_TH_YL", "NGAY_KQ")
_DAY = re.compile(r"[0-9]{8}")


def hold_before_birth(episode: Episode, rows: Iterable[TableRow]) -> None:
    """Hold at the first such time. Compared by the part of the birth date that is known: year, month, day."""
    born = _DAY.match(episode.summary.text("NGAY_SINH"))
    if born is None:
        return
    known = re.sub("(0000|00)$", "", born.group())
    for row in rows:
        for name in _TIMES:
            day = _DAY.match(row.text(name))
            if day is not None and day.group()[: len(known)] < known:
                episode.ledger.hold("conflict", "bhyt-before-birth", row.path(name))
                return
