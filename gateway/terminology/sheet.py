"""A sheet of decisions: a CSV file, as a spreadsheet saves it, a line a code.

Columns by their names in the first line: ``system``, ``code``, ``target_system``, ``target_code``, and if there are
any ``equivalence`` ("" is equivalent), ``display``, ``reason``. UTF-8, with commas or semicolons. It is taken whole
or not at all.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.errors import GatewayError, PayloadError, UnknownCode
from gateway.outcome import Issue
from gateway.terminology import decision
from gateway.terminology.decision import EQUIVALENCES, NO_TARGET, Decision

LARGEST = 16 * 1024 * 1024  # bytes
_NEEDED = ("system", "code", "target_system", "target_code")
_MORE = ("equivalence", "display", "reason")
_MOST_TOLD = 50  # lines that are wrong


@dataclass(frozen=True, slots=True)
class Line:
    """What one line decides."""

    system: str
    code: str
    target_system: str
    target_code: str
    equivalence: str
    display: str
    reason: str

    def stands_as(self, made: Decision | None) -> bool:
        """It says what this decision says already."""
        return made is not None and (made.target_system, made.target_code, made.equivalence, made.target_display) == (
            self.target_system, self.target_code, self.equivalence, self.display,
        )  # fmt: skip


def read_sheet(data: bytes) -> list[Line]:
    """PayloadError for what is no such sheet; UnknownCode (422) naming each line that decides nothing valid."""
    rows = _rows(data)
    found: dict[tuple[str, str], Line] = {}
    wrong: list[Issue] = []
    for number, row in rows:
        try:
            one = _line(row)
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
        if set(_NEEDED) - set(names) or set(names) - {*_NEEDED, *_MORE} or len(set(names)) < len(names):
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
        found.append((number, {name: value.strip() for name, value in row.items()}))
    return found


def _line(row: Mapping[str, str]) -> Line:
    equivalence = row.get("equivalence") or "equivalent"
    one = Line(
        row["system"], row["code"], row["target_system"], row["target_code"], equivalence,
        row.get("display", ""), row.get("reason", ""),
    )  # fmt: skip
    decision.source(one.system, one.code)
    if equivalence not in EQUIVALENCES:
        raise UnknownCode("vocabulary-equivalence")
    if equivalence != NO_TARGET:
        decision.target(one.target_system, one.target_code)
    elif one.target_system or one.target_code:
        raise UnknownCode("vocabulary-equivalence")
    return one
