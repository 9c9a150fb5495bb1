"""Cells that a spreadsheet computes instead of showing them: what stands in a file may so run on its reader's machine.

A spreadsheet takes a cell for a formula that begins with ``= + - @``, a tabulator or a carriage return, in half or full
width (OWASP, "CSV Injection"). A number is none, nor are signs alone: ``-5.2`` and ``++`` are results.
"""

from __future__ import annotations

import re

BEGINS = "=+\\-@\t\r＝＋－＠"  # the full-width signs are meant
_FORMULA = re.compile(rf"[{BEGINS}]")
_HARMLESS = re.compile(r"[+-]?[0-9]+([.,][0-9]+)*\Z|[+-]+\Z|\+/-\Z")


def computed(cell: str) -> bool:
    """A spreadsheet that opens a file with this cell takes it for a formula."""
    return _FORMULA.match(cell.lstrip(" ")) is not None and _HARMLESS.match(cell) is None


def harmless(cell: str) -> str:
    """The cell as long as it was and computed by no spreadsheet: in a sample, whose values are made up anyway."""
    return re.sub(rf"^[ {BEGINS}]+", lambda signs: "X" * len(signs[0]), cell) if computed(cell) else cell
