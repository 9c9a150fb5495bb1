"""The decisions' layouts, as data, and which one a record is written by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from gateway.jsontext import loads
from gateway.mapping import mapping_file

# What a staff number is in each decision (MA_BAC_SI, NGUOI_THUC_HIEN, MA_BS_DOC_KQ):
# 130 a social insurance number, 4750 a practice certificate, 3176 a practice licence. Opaque text all the same.
STAFF_NUMBERS = {"4210": "local", "130": "bhxh", "4750": "cchn", "3176": "gphn"}


@dataclass(frozen=True, slots=True)
class Layout:
    """One decision: the day it came into force (yyyyMMdd), and each table's row element and field names.

    ``listed``: the same names in the decision's order.
    """

    decision: str
    since: str
    rows: Mapping[str, str]
    fields: Mapping[str, frozenset[str]]
    listed: Mapping[str, tuple[str, ...]]

    @property
    def staff_numbers(self) -> str:
        return STAFF_NUMBERS.get(self.decision, "local")

    def strange(self, content: Mapping[str, frozenset[str]]) -> int:
        """How many of the names found it does not know; an unknown table counts as all of its names and one."""
        return sum(
            len(names - self.fields[table]) if table in self.fields else len(names) + 1
            for table, names in content.items()
        )


@lru_cache(maxsize=1)
def layouts() -> tuple[Layout, ...]:
    """Every layout of mappings/bhyt, the oldest first."""
    made = []
    for file in mapping_file("bhyt").iterdir():
        if file.name.startswith("layout-") and file.name.endswith(".json"):
            read = loads(file.read_bytes())
            tables = read["tables"]
            listed = {table: tuple(field[0] for field in body["fields"]) for table, body in tables.items()}
            made.append(
                Layout(
                    read["decision"],
                    read["from"],
                    {table: body["row"] for table, body in tables.items()},
                    {table: frozenset(names) for table, names in listed.items()},
                    listed,
                )
            )
    return tuple(sorted(made, key=lambda layout: layout.since))


@lru_cache(maxsize=1)
def row_names() -> dict[str, str]:
    """The element that holds one row of each table, ``XML4`` → ``CHI_TIET_CLS``; the same in every decision."""
    return {table: name for layout in layouts() for table, name in layout.rows.items()}


@cache
def known_fields(table: str) -> frozenset[str]:
    """The table's field names in any decision."""
    return frozenset().union(*(layout.fields.get(table, frozenset()) for layout in layouts()))


def layout_of(content: Mapping[str, frozenset[str]], day: str) -> Layout:
    """The decision a record is written by: fewest names it does not know, then the one in force that day.

    ``content``: table → names of the elements in its rows. ``day``: NGAY_RA or NGAYLAP, yyyyMMdd…;
    "" counts as today's decision. Vendors' own elements are strange to all, so they decide nothing.
    """
    strange = {layout.decision: layout.strange(content) for layout in layouts()}
    least = min(strange.values())
    fitting = [layout for layout in layouts() if strange[layout.decision] == least]
    begun = [layout for layout in fitting if not day or layout.since <= day[:8]]
    return begun[-1] if begun else fitting[0]
