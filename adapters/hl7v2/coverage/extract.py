"""HL7's own CSV files to mappings/hl7v2/ig: ``python -m adapters.hl7v2.coverage.extract DIR``.

DIR is ``mappings`` of https://github.com/HL7/v2-to-fhir (folders ``messages`` and ``segments``). Written are
``rows.csv``, every row of a segment map that names a FHIR attribute, and ``messages.csv``, which segment maps each
message map uses. Rows whose target is an extension nobody defined yet (``extension??-…``, in a column without a name)
have no target; they are left out, as HL7's own count leaves them out.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

COLUMNS = ("map", "key", "field", "condition", "narrative", "attribute", "datatype", "vocabulary", "assignment")
_MESSAGE = re.compile(r"FHIR R4_ (\w+) - ")
_SEGMENT = re.compile(r"FHIR R4_ (\S+\[\S+?\]) - ")
_OUT = Path("mappings/hl7v2/ig")
# The columns of both kinds of files, counted from 0; their headings stand in two lines and not in every file.
_FIELD, _CONDITION, _NARRATIVE, _ATTRIBUTE, _DATATYPE, _VOCABULARY, _ASSIGNMENT = 1, 6, 8, 9, 14, 15, 16
_SEGMENT_MAP = 10


def segment_rows(folder: Path) -> Iterator[tuple[str, ...]]:
    """Every row with a FHIR attribute, as COLUMNS."""
    for name, rows in _files(folder, _SEGMENT):
        seen: Counter[str] = Counter()
        for row in rows:
            field, attribute = _cell(row, _FIELD) or name[:3], _cell(row, _ATTRIBUTE)
            if not attribute:
                continue
            plain = f"{field} {attribute}"
            seen[plain] += 1
            key = plain if seen[plain] == 1 else f"{plain} #{seen[plain]}"
            rest = (_cell(row, at) for at in (_DATATYPE, _VOCABULARY, _ASSIGNMENT))
            yield name, key, field, _cell(row, _CONDITION), _cell(row, _NARRATIVE), attribute, *rest


def message_maps(folder: Path) -> Iterator[tuple[str, str]]:
    """(message structure, segment map it uses), each once, in the order of the message."""
    for name, rows in _files(folder, _MESSAGE):
        for used in dict.fromkeys(_cell(row, _SEGMENT_MAP) for row in rows):
            if used:
                yield name, used


def _files(folder: Path, name: re.Pattern[str]) -> Iterator[tuple[str, list[list[str]]]]:
    for path in sorted(folder.glob("*.csv")):
        found = name.search(path.name)
        if found is None:
            raise ValueError(f"{path.name}: a file's name says which map it is")
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield found.group(1), list(csv.reader(file))[2:]


def _cell(row: list[str], at: int) -> str:
    """The cell's text, white space of any kind as one space; "" where the row is shorter."""
    return " ".join(row[at].split()) if at < len(row) else ""


def _write(path: Path, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    source = Path(sys.argv[1])
    _write(_OUT / "rows.csv", COLUMNS, segment_rows(source / "segments"))
    _write(_OUT / "messages.csv", ("message", "map"), message_maps(source / "messages"))
