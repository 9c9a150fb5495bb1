"""A sheet of decisions: a CSV file, as a spreadsheet saves it, a line a code. Read, and written for people.

Columns by their names in the first line: ``system``, ``code``, ``target_system``, ``target_code``, and if there are
any ``equivalence`` ("" is equivalent), ``display``, ``reason``. UTF-8, with commas or semicolons. It is taken whole
or not at all. A worklist has ``name``, ``unit``, ``seen`` and ``suggested`` too, for whoever fills it in; its lines
without a target decide nothing yet.

What a spreadsheet would compute is written behind an apostrophe, and read without it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from gateway.errors import GatewayError, PayloadError, UnknownCode
from gateway.mapping.proposal.formula import BEGINS, computed
from gateway.outcome import Issue
from gateway.terminology.concept_maps import UNIT_TEXTS
from gateway.terminology.line import Line
from gateway.terminology.suggestions import Suggestion
from gateway.terminology.unmapped import Seen

LARGEST = 16 * 1024 * 1024  # bytes
_NEEDED = ("system", "code", "target_system", "target_code")
_MORE = ("equivalence", "display", "reason")
_TO_FILL_IN = ("name", "unit", "seen", "suggested")
_MOST_TOLD = 50  # lines that are wrong


# ---- read -----------------------------------------------------------------------------


def read_sheet(data: bytes) -> list[Line]:
    """PayloadError for what is no such sheet; UnknownCode (422) naming each line that decides nothing valid."""
    rows = _rows(data)
    found: dict[tuple[str, str], Line] = {}
    wrong: list[Issue] = []
    for number, row in rows:
        if "seen" in row and not any(row.get(name) for name in ("target_system", "target_code", "equivalence")):
            continue
        try:
            one = _line(row).checked()
            if (one.system, one.code) in found:
                raise UnknownCode("vocabulary-sheet-twice")
            found[one.system, one.code] = one
        except GatewayError as refused:
            place = f"line {number}"
            wrong += [Issue("error", "code-invalid", each.rule, place, each.parameters) for each in refused.issues]
    if wrong:
        raise UnknownCode("vocabulary-sheet-form", issues=wrong[:_MOST_TOLD])
    return list(found.values())


def _rows(data: bytes) -> list[tuple[int, dict[str, str]]]:
    try:
        text = data.decode("utf-8-sig")
        first = text.partition("\n")[0]
        sheet = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
        names = [name.strip() for name in sheet.fieldnames or ()]
        sheet.fieldnames = names
        unknown = set(names) - {*_NEEDED, *_MORE, *_TO_FILL_IN}
        if set(_NEEDED) - set(names) or unknown or len(set(names)) < len(names):
            raise PayloadError("vocabulary-sheet-form", "line 1")
        rows = [(sheet.line_num, row) for row in sheet]
    except (UnicodeDecodeError, csv.Error):
        raise PayloadError("vocabulary-sheet-form") from None
    if "\x00" in text:  # PostgreSQL has no such text
        raise PayloadError("vocabulary-sheet-form")
    found: list[tuple[int, dict[str, str]]] = []
    for number, row in rows:
        if None in row or None in row.values():
            raise PayloadError("vocabulary-sheet-form", f"line {number}")
        found.append((number, {name: _meant(value) for name, value in row.items()}))
    return found


def _line(row: Mapping[str, str]) -> Line:
    return Line(
        row["system"], row["code"], row["target_system"], row["target_code"], row.get("equivalence") or "equivalent",
        row.get("display", ""), row.get("reason", ""),
    )  # fmt: skip


# ---- write ----------------------------------------------------------------------------


def sheet_of(lines: Iterable[Line]) -> bytes:
    """What :func:`read_sheet` reads as these lines."""
    names = (*_NEEDED, *_MORE)
    return _written(names, ([getattr(one, name) for name in names] for one in lines))


def worklist(waits: Iterable[tuple[Seen, Sequence[Suggestion]]]) -> bytes:
    """A line for each code and unit that waits for a decision, with what it may be: nothing is filled in."""
    rows = (
        [
            UNIT_TEXTS if one.kind == "unit" else one.system, one.code, "", "", "", "", "",
            one.display, one.unit, str(one.seen),
            "; ".join(each.told() for each in suggestions),
        ]
        for one, suggestions in waits
    )  # fmt: skip
    return _written((*_NEEDED, *_MORE, *_TO_FILL_IN), rows)


def _written(names: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """With a mark in front, by which a spreadsheet knows UTF-8."""
    made = io.StringIO(newline="")
    sheet = csv.writer(made)
    sheet.writerow(names)
    sheet.writerows([_harmless(cell) for cell in row] for row in rows)
    return made.getvalue().encode("utf-8-sig")


# A spreadsheet that separates cells by something else than the sheet finds one more behind each of these.
_INNER = re.compile(rf"([;\t\r\n] *'*)(?=[{BEGINS}])")
_INNER_WRITTEN = re.compile(rf"([;\t\r\n] *'*)'(?=[{BEGINS}])")


def _harmless(cell: str) -> str:
    return "'" + _INNER.sub(r"\1'", cell) if _behind_an_apostrophe(cell) else cell


def _meant(cell: str) -> str:
    inner = _INNER_WRITTEN.sub(r"\1", cell[1:])
    return inner if cell.startswith("'") and _behind_an_apostrophe(inner) else cell.strip()


def _behind_an_apostrophe(cell: str) -> bool:
    """What would be computed; and what would otherwise be read as something else than it is."""
    return computed(cell) or cell.startswith("'") or cell != cell.strip() or _INNER.search(cell) is not None
