"""Editions of the national code lists, and codes of one length (mappings/bhyt/code-lists.toml)."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from adapters.bhyt.tables import TableRow
from gateway.mapping import mapping_file
from gateway.mapping.ledger import Ledger


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads(mapping_file("bhyt", "code-lists.toml").read_text(encoding="utf-8"))


@cache
def edition(name: str, day: str) -> str:
    """The edition of a list (``maxa``) that holds on a day (yyyyMMdd); "" where none is known to."""
    begun = [
        (one["from"], one["version"])
        for one in _read()["edition"]
        if name in one["lists"] and one["from"].replace("-", "") <= day
    ]
    return max(begun)[1] if begun else ""


def restore_zeros(row: TableRow, ledger: Ledger) -> None:
    """Give codes of one length the zeros back that a number loses, and say so; nothing else is touched."""
    for name, length in _read()["lengths"].items():
        text = row.text(name)
        if text and len(text) < length and text.isascii() and text.isdigit():
            row.mend(name, text.zfill(length))
            ledger.remark("information", "value", "bhyt-zeros-restored", row.path(name), length=length)
