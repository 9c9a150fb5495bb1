"""The tables of one HOSO: FILEHOSO opened, and rows as mapping rows see them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence

from adapters.bhyt.layouts import Layout, layout_of, row_names
from adapters.bhyt.plain_rows import Cells, plain_rows
from adapters.bhyt.xml_reader import Element, read
from gateway.errors import PayloadError
from gateway.mapping.placing import Field

# Fields that hold several values, separated by ";" (QĐ 4750, general notes).
LISTS = frozenset(
    {
        *("MA_THE_BHYT", "MA_THE", "MA_DKBD", "GT_THE_TU", "GT_THE_DEN", "MA_BENH_KT", "MA_BENHKHAC", "MA_BENH_YHCT"),
        *("MA_KHOA", "NGAY_TAI_KHAM", "MA_BAC_SI", "NGUOI_THUC_HIEN", "MA_BS_DOC_KQ", "MA_MAY", "MA_BENH"),
        *("MA_TINH_TRANG_DK", "MA_XU_TRI"),
        *("MA_CSKCB_DI", "NGAY_VAO", "NGAY_RA"),  # the stays and facilities behind a referral
        *("MA_PTTT_QT", "MA_GIUONG"),
    }
)
_ONE_ROW = frozenset({"XML1"})
_KIND = re.compile(r"XML[0-9]{1,2}\Z")


class TableRow:
    """A row of a table: ``XML1`` (always one) or ``XML4[2]`` (counted from 1).

    Texts are as written but for blanks around them. ``twice`` are the names that occur
    again in the row with another text; the first one counts. ``nested``: those with elements inside.
    """

    def __init__(self, table: str, number: int, cells: Cells, nested: Sequence[str] = ()) -> None:
        self.table = table
        self.number = number
        self._at = table if table in _ONE_ROW else f"{table}[{number}]"
        self.fields: dict[str, str] = {}
        self.twice: list[str] = []
        self.nested = nested
        for name, written in cells:
            text = written.strip()
            if self.fields.setdefault(name, text) != text:
                self.twice.append(name)
        self._said = {name: self._values(name, text) for name, text in self.fields.items() if text}

    def mend(self, name: str, text: str) -> None:
        """Take the field for what its sender meant by it."""
        self.fields[name] = text
        self._said[name] = self._values(name, text)

    def path(self, name: str) -> str:
        return f"{self._at}.{name}"

    def text(self, name: str) -> str:
        return self.fields.get(name, "")

    def repetitions(self, name: str) -> Sequence[Field]:
        """The field's values: several for a list (``XML1.MA_BENH_KT[2]``), the empty ones left out."""
        return self._said.get(name, ())

    def given(self) -> Iterator[tuple[str, Field]]:
        """Every value the row has with the name of its field, in the order written."""
        return ((name, found) for name, values in self._said.items() for found in values)

    def _values(self, name: str, text: str) -> Sequence[Field]:
        if name not in LISTS:
            return (Field(self.path(name), text),)
        parts = [part.strip() for part in text.split(";")]
        if len(parts) == 1:
            return (Field(self.path(name), text),)
        return [Field(f"{self.path(name)}[{index}]", part) for index, part in enumerate(parts, 1) if part]


def open_tables(hoso: Element) -> dict[str, list[TableRow]]:
    """The rows of every table present, in the payload's order; a table without rows has an empty list.

    PayloadError when a FILEHOSO's form is broken: that costs this record, not its neighbours.
    """
    tables: dict[str, list[TableRow]] = {}
    if rows := hoso.named(row_names()["XML0"]):  # check-in data, which has no envelope
        return {"XML0": [TableRow("XML0", number, *cells(row)) for number, row in enumerate(rows, 1)]}
    for position, file in enumerate(hoso.named("FILEHOSO"), 1):
        at = f"FILEHOSO[{position}]"
        kind = file.child("LOAIHOSO")
        table = kind.text.strip().upper() if kind is not None else ""
        if not _KIND.match(table):
            raise PayloadError("bhyt-table-unnamed", at)
        body = file.child("NOIDUNGFILE")
        if body is None or not (body.text.strip() or body.children):
            raise PayloadError("bhyt-table-empty", f"{at}.{table}")
        here = _rows(body, table, f"{at}.{table}")
        found = tables.setdefault(table, [])
        if found and table in _ONE_ROW:
            raise PayloadError("bhyt-table-twice", f"{at}.{table}")
        for row in here:
            found.append(TableRow(table, len(found) + 1, *row))
        if table in _ONE_ROW and len(found) != 1:
            raise PayloadError("bhyt-table-twice" if found else "bhyt-table-empty", f"{at}.{table}")
    return tables


def summary_of(tables: Mapping[str, Sequence[TableRow]]) -> TableRow | None:
    """The row that says whose record it is: XML1's, of check-in data the first of XML0."""
    return next((row for table in ("XML1", "XML0") for row in tables.get(table, ())), None)


def written_by(tables: Mapping[str, Sequence[TableRow]], day: str) -> Layout:
    """The decision the tables are written by. ``day``: when the patient left, else the file was written; yyyyMMdd."""
    return layout_of(
        {table: frozenset[str]().union(*(row.fields for row in rows)) for table, rows in tables.items()}, day
    )


def episode_number(hoso: Element) -> str:
    """MA_LK of a HOSO's XML1; "" where it cannot be read, which costs that record when it is translated."""
    for file in hoso.named("FILEHOSO"):
        kind, body = file.child("LOAIHOSO"), file.child("NOIDUNGFILE")
        if kind is None or body is None or kind.text.strip().upper() != "XML1":
            continue
        try:
            here = _rows(body, "XML1", "XML1")
        except PayloadError:
            return ""
        for row in here:
            return TableRow("XML1", 1, *row).text("MA_LK")
    return ""


def cells(row: Element) -> tuple[Cells, Sequence[str]]:
    """The texts of a row by their names, and the names of those with elements inside."""
    return [(one.name, one.text) for one in row.children], [one.name for one in row.children if one.children]


def opened(text: str, place: str) -> Element:
    """The document that stands in a text."""
    data, encoding = _document(text, place)
    return read(data, place, encoding=encoding)


def _rows(body: Element, table: str, place: str) -> list[tuple[Cells, Sequence[str]]]:
    """What each row of a table holds, which stands in the body as elements or as a document in its text."""
    name, content = row_names().get(table, ""), body
    if not body.children:
        data, encoding = _document(body.text, place)
        plain = plain_rows(data, name)
        if plain is not None:
            return [(row, ()) for row in plain]
        content = read(data, place, encoding=encoding)
    return [cells(row) for row in content.below(name)]


def _document(text: str, place: str) -> tuple[bytes, str | None]:
    """The bytes of the document inside, and their encoding where it is not theirs to declare.

    It stands there as XML (CDATA, escaped), or in base64 with or without line breaks.
    """
    plain = text.strip().lstrip("\ufeff")
    if plain.startswith("<"):
        return plain.encode("utf-8"), "utf-8"  # a declared encoding was the outer file's matter
    try:
        data = base64.b64decode("".join(plain.split()), validate=True)
    except (binascii.Error, ValueError):
        raise PayloadError("bhyt-base64-broken", place) from None
    return (data.lstrip() if data[:1] not in (b"\xff", b"\xfe") else data), None
