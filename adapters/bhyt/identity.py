"""What the id of a result, its report and its order is made from: what the row itself says, and nothing beside it.

An episode is sent again as it grows. If an id came from a count of a service's results, an
earlier result told later would take the id of another, and one of the two would never be
shown. So a row is known by its service, indicator and result time, as written. Only rows
equal in all of them are counted, in the order of their content: nothing tells them apart,
and the values shown are then those last sent, whichever row carries which.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from adapters.bhyt.tables import TableRow

Key = tuple[str, ...]

# Where a row stands in its table, and the episode all rows share: no content of a row.
_PLACE = frozenset({"STT", "MA_LK"})


def indicator(row: TableRow) -> str:
    """What a result row measures: MA_CHI_SO, else TEN_CHI_SO."""
    return row.text("MA_CHI_SO") or row.text("TEN_CHI_SO")


def awaited(row: TableRow) -> bool:
    """True for a result not there yet: discharged before it came, which the decision allows."""
    return not (row.text("GIA_TRI") or row.text("MO_TA") or row.text("KET_LUAN"))


def result_keys(rows: Sequence[TableRow]) -> dict[int, Key]:
    """XML4 row number → (MA_DICH_VU, indicator, NGAY_KQ, n); n is "1" but for rows equal in all three."""
    return _numbered(rows, lambda row: (row.text("MA_DICH_VU"), indicator(row), row.text("NGAY_KQ")))


def order_keys(rows: Sequence[TableRow]) -> dict[int, Key]:
    """XML3 row number → (MA_DICH_VU, NGAY_YL, NGAY_TH_YL, n); joined or not, every row counts."""
    return _numbered(rows, lambda row: (row.text("MA_DICH_VU"), row.text("NGAY_YL"), row.text("NGAY_TH_YL")))


def row_keys(rows: Sequence[TableRow], *names: str) -> dict[int, Key]:
    """Row number → (what the named fields say, n); for tables whose rows these fields tell apart."""
    return _numbered(rows, lambda row: tuple(row.text(name) for name in names))


def alike(rows: Sequence[TableRow]) -> list[TableRow]:
    """The XML4 rows with a result that share their key with an earlier such row."""
    keys = result_keys(rows)
    seen: set[Key] = set()
    found = []
    for row in rows:
        key = keys[row.number][:-1]
        if not awaited(row):
            if key in seen:
                found.append(row)
            seen.add(key)
    return found


def _numbered(rows: Sequence[TableRow], key_of: Callable[[TableRow], Key]) -> dict[int, Key]:
    """Row number → its key and n: "1" but for rows equal in the whole key, counted in the order of their content."""
    groups: dict[Key, list[TableRow]] = defaultdict(list)
    for row in rows:
        groups[key_of(row)].append(row)
    return {
        row.number: (*key, str(nth))
        for key, same in groups.items()
        for nth, row in enumerate(sorted(same, key=_content) if len(same) > 1 else same, 1)
    }


def _content(row: TableRow) -> tuple[bool, str, list[tuple[str, str]]]:
    """What rows of one key are sorted by: those with a result first, then the value, then all the rest."""
    rest = sorted((name, text) for name, text in row.fields.items() if text and name not in _PLACE)
    return awaited(row), row.text("GIA_TRI"), rest
