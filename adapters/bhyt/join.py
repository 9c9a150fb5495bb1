"""XML4 rows into occurrences of a service, and each occurrence to the XML3 row that is surely its own.

XML4 has no order number. MA_LK and MA_DICH_VU are no key either: a test may be repeated in
one stay. So a join is made only where it is certain, and said to be uncertain elsewhere:
a result under another order's time would be worse than one without.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.bhyt.identity import awaited, indicator
from adapters.bhyt.tables import TableRow


@dataclass(slots=True)
class Occurrence:
    """A service done once: its result rows, their NGAY_KQ ("" where there is none), its row of XML3.

    ``uncertain``: XML3 has rows for the service, but which is this one's cannot be told.
    """

    service: str
    resulted: str
    rows: list[TableRow] = field(default_factory=list)
    order: TableRow | None = None
    uncertain: bool = False


def occurrences(results: Sequence[TableRow], services: Sequence[TableRow]) -> list[Occurrence]:
    """The occurrences in the order their first rows stand."""
    by_service: dict[str, list[Occurrence]] = defaultdict(list)
    for occurrence in (found := _grouped(results)):
        by_service[occurrence.service].append(occurrence)
    orders: dict[str, list[TableRow]] = defaultdict(list)
    for row in services:
        orders[row.text("MA_DICH_VU")].append(row)
    for service, same in by_service.items():
        if service and (candidates := orders.get(service)):
            for occurrence in same:
                occurrence.order = _order_of(occurrence, same, candidates)
                occurrence.uncertain = occurrence.order is None
    return found


def _grouped(results: Sequence[TableRow]) -> list[Occurrence]:
    """Rows of one service and result time are one occurrence; awaited rows go with their service's only one.

    A row with a value but no time never does: it would be dated by the other's time.
    """
    groups: dict[tuple[str, str], Occurrence] = {}
    for row in results:
        service, resulted = row.text("MA_DICH_VU"), row.text("NGAY_KQ")
        key = (service, resulted) if service else ("", f"row {row.number}")
        groups.setdefault(key, Occurrence(service, resulted)).rows.append(row)
    for (service, resulted), waiting in list(groups.items()):
        others = [one for one in groups.values() if one.service == service and one is not waiting]
        if service and not resulted and len(others) == 1 and all(map(awaited, waiting.rows)):
            others[0].rows.extend(waiting.rows)
            others[0].rows.sort(key=lambda row: row.number)
            del groups[service, resulted]
    return sorted(groups.values(), key=lambda occurrence: occurrence.rows[0].number)


def _order_of(occurrence: Occurrence, same: Sequence[Occurrence], candidates: Sequence[TableRow]) -> TableRow | None:
    if len(candidates) == 1 and _once(same):
        chosen = candidates[0]
    else:
        equal = [row for row in candidates if occurrence.resulted and row.text("NGAY_KQ") == occurrence.resulted]
        if len(equal) != 1:
            return None
        chosen = equal[0]
    performed, resulted = chosen.text("NGAY_TH_YL"), occurrence.resulted
    length = min(len(performed), len(resulted))
    if length and performed[:length] > resulted[:length]:
        return None  # nothing is resulted before it is done: another occurrence's row
    return chosen


def _once(same: Sequence[Occurrence]) -> bool:
    """True when the rows can all be one doing of the service: no indicator at two result times."""
    seen: set[str] = set()
    for occurrence in same:
        indicators = {indicator(row) for row in occurrence.rows}
        if seen & indicators:
            return False
        seen |= indicators
    return True
