"""The account of a record: what no part placed is listed, with the reason; nothing is passed over."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.bhyt.episode import Episode
from adapters.bhyt.layouts import known_fields
from adapters.bhyt.table_maps import table_maps
from adapters.bhyt.tables import TableRow
from adapters.bhyt.told import is_supply
from gateway.mapping.ledger import Ledger
from gateway.mapping.misread import hold_misread, may_be_misread
from gateway.mapping.rows import MappingFile

NOT_YET = "not yet: this table is not translated"


def own_rows(episode: Episode, table: str, rows: Sequence[TableRow]) -> list[TableRow]:
    """The rows of this episode. A row under another MA_LK may be another patient's: it holds, and a person looks."""
    kept = []
    for row in rows:
        if row.text("MA_LK") in ("", episode.number):
            kept.append(row)
        elif table not in table_maps():
            _leave_all(episode.ledger, row)
        else:
            episode.ledger.hold("conflict", "bhyt-row-of-another-episode", row.path("MA_LK"))
            for _, found in row.given():
                episode.ledger.leave(found.path, "the row names another episode than XML1", clinical=True)
    return kept


def settle(ledger: Ledger, tables: dict[str, list[TableRow]], own: dict[str, list[TableRow]]) -> None:
    """List what was not placed: by the mapping file's reason, or because nothing knows the field or the table.

    ``own``: of ``tables`` the rows of this episode; the others are listed already.
    """
    for table, rows in own.items():
        mapping = table_maps().get(table)
        if not tables[table]:
            ledger.leave(table, "no row of this table was found in it")
        for row in rows:
            if mapping is None:
                _leave_all(ledger, row)
            else:
                _settle_row(ledger, row, mapping)


def _leave_all(ledger: Ledger, row: TableRow) -> None:
    """The fields by name, never a value: XML6 and XML15 say what the patient would not have everyone know."""
    for _, found in row.given():
        ledger.leave(found.path, NOT_YET)


def _settle_row(ledger: Ledger, row: TableRow, mapping: MappingFile) -> None:
    known = known_fields(row.table)
    for name, text in row.fields.items():
        if text and may_be_misread(text):
            hold_misread(text, "utf-8", row.path(name), ledger)
    for name in row.twice:
        ledger.hold("duplicate", "bhyt-field-twice", row.path(name))
        ledger.leave(
            f"{row.path(name)} (again)", "the element occurs twice in its row; the first is placed", clinical=True
        )
    for name in _strange(row, known):
        ledger.remark("warning", "extension", "bhyt-field-unknown", row.path(name))
        ledger.leave(row.path(name), "no decision has this field in this table")
    if row.text("MA_LK") and row.table != "XML1":
        ledger.use(row.path("MA_LK"))
    for name, found in row.given():
        if name in known and not ledger.used(found.path):
            ledger.leave(found.path, mapping.unplaced.get(name) or _not_placed(row))


def _strange(row: TableRow, known: frozenset[str]) -> list[str]:
    """Elements no decision knows, and known ones with elements inside where a text belongs."""
    if row.fields.keys() <= known and not row.nested:
        return []
    return [name for name in row.fields if (name not in known and row.text(name)) or name in row.nested]


def _not_placed(row: TableRow) -> str:
    if row.table == "XML3" and is_supply(row):
        return "of a supply: R4's SupplyDelivery has no element for it"
    return "what it belongs to is not in the record"
