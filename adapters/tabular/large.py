"""A CSV too large to be held: read twice, row by row, in memory that grows with its largest report and their number.

First to its end, so that what is broken there refuses it before its first record; then record by record. The records
are those it would give when held. UTF-16 and workbooks are not read so.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import groupby
from typing import BinaryIO

from adapters.tabular.csv_form import found_charset
from adapters.tabular.fill_down import FillDown
from adapters.tabular.reading import Opened, opened
from adapters.tabular.reports import Order, facility_of, key_of
from adapters.tabular.sheets import has_sheets
from adapters.tabular.table import Row, Table
from gateway.adapter import MappingText, Record, only_fitting
from gateway.errors import PayloadError
from gateway.mapping.charsets import decode
from gateway.mapping.mapped.compiled import Compiled

_HEAD = 262_144  # bytes that must hold the header and show the character set
_LONGEST = 1_048_576  # bytes of a row, line breaks in its quotes included


def streamed(file: BinaryIO, mappings: dict[MappingText, Compiled]) -> Iterator[Record] | None:
    """The records of a CSV; None where it is none that can be read so. PayloadError before the first where it is
    broken, fits no mapping or two."""
    head = file.read(_HEAD)
    if has_sheets(head) or found_charset(head[: head.rfind(b"\n") + 1] or head).startswith("utf-16"):
        return None
    head = head[: head.rfind(b"\n") + 1]
    found = {text: csv_ for text, one in mappings.items() if (csv_ := opened(head, one.file)) is not None}
    chosen = only_fitting(list(mappings), list(found))
    csv_, mapping = found[chosen], mappings[chosen]
    reader = _Reader(file, csv_, mapping)
    key = key_of(mapping, csv_.columns)
    order = Order(csv_.columns)
    for told, run in groupby(reader.rows(), lambda one: key(one[0])):
        order.told(told, (row for row, _, _ in run))
    if not order.count:
        raise PayloadError("table-without-rows", f"row {csv_.above}")
    cut = not reader.ended and not mapping.file.options.get("open_end", False)
    table = Table(csv_.columns, (), (csv_.read,), cut=cut, charset=csv_.lines.charset)
    return _records(reader, mapping, table, order)


def _records(reader: _Reader, mapping: Compiled, table: Table, order: Order) -> Iterator[Record]:
    key = key_of(mapping, table.columns)
    for position, (told, run) in enumerate(groupby(reader.rows(), lambda one: key(one[0])), 1):
        rows: list[Row] = []
        data = bytearray()
        for row, gap, raw in run:
            data += raw if not rows else gap + raw
            rows.append(row)
        content = order.report(mapping, table, told, rows, position)
        yield Record(bytes(data), facility_of(mapping, table.columns, rows[0]), content, position)


class _Reader:
    """``ended``: the last line that was read has its end."""

    def __init__(self, file: BinaryIO, opened_as: Opened, mapping: Compiled) -> None:
        self._file = file
        self._csv = opened_as
        self._mapping = mapping.file
        self._raw = bytearray()
        self._line = 0
        self.ended = True

    def rows(self) -> Iterator[tuple[Row, bytes, bytes]]:
        """From the file's beginning: each row with content below the header, the bytes between it and the one before,
        and its own."""
        self._file.seek(0)
        self._raw.clear()
        self._line = 0
        gap = b""
        begun = 1
        fill = FillDown(self._csv.columns, self._mapping)
        try:
            for number, cells in enumerate(csv.reader(self._lines(), delimiter=self._csv.delimiter, strict=True), 1):
                raw = bytes(self._raw)
                self._raw.clear()
                begun = self._line + 1
                if number <= self._csv.above:
                    continue
                stripped = [cell.strip() for cell in cells]
                if any(stripped):
                    yield fill.row(Row(number, stripped, 0, len(raw))), gap, raw
                    gap = b""
                else:
                    gap += raw
        except csv.Error:
            raise PayloadError("table-quotes", f"line {begun}") from None

    def _lines(self) -> Iterator[str]:
        charset = self._csv.lines.charset
        for raw in iter(lambda: self._file.readline(_LONGEST), b""):
            self._line += 1
            self._raw += raw
            if len(self._raw) >= _LONGEST:
                raise PayloadError("table-line-too-long", f"line {self._line}", largest=_LONGEST)
            self.ended = raw.endswith(b"\n")
            try:
                text = decode(raw.removeprefix(b"\xef\xbb\xbf") if self._line == 1 else raw, charset)
            except UnicodeDecodeError:
                raise PayloadError("table-charset-undecodable", f"line {self._line}", charset=charset) from None
            if "\x00" in text:
                raise PayloadError("table-nul", f"line {self._line}")
            yield text
