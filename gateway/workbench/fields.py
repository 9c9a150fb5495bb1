"""Which field a word of a payload stands in, as far as its form shows: a key of JSON, a column of a table.

A field that is left out a thousand times is listed once: so whoever looks for what nobody read must know its name.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable

from gateway.adapter import Unplaced
from gateway.workbench.altered import Word

_KEY = re.compile(r'"([^"\\]{1,80})"\s*:')
_AROUND = 4  # keys before a word that may be its own or of what it stands in
_SEEN = 600  # bytes before it
_HEADER_WITHIN = 20  # lines of a table above which its header stands


def names_of(data: bytes, word: Word) -> set[str]:
    """Names of fields the word may stand in; the nearest ones, and perhaps one beside it."""
    before = data[max(0, word.start - _SEEN) : word.start].decode("utf-8", "replace")
    keys = set(_KEY.findall(before)[-_AROUND:])
    return keys or _columns(data, word)


def listed(unplaced: Iterable[Unplaced]) -> set[str]:
    """The names of fields that are listed: ``STT`` of ``row 2, column STT``, each key of ``[1].link.url``."""
    found: set[str] = set()
    for one in unplaced:
        found |= {one.field.rpartition("column ")[2], *re.findall(r"[^\W\[\]]\w*", one.field)}
    return found


def _columns(data: bytes, word: Word) -> set[str]:
    """The cells that stand in the word's column in the first lines, one of which is the header."""
    lines = re.split(r"\r\n|\r|\n", data[: word.end].decode("utf-8", "replace"))
    rest = re.match(rb"[^\r\n]*", data[word.end :])
    whole = lines[-1] + (rest[0].decode("utf-8", "replace") if rest else "")
    for delimiter in ("\t", ";", "|", ","):
        if delimiter in whole:
            at = len(next(csv.reader([lines[-1]], delimiter=delimiter))) - 1
            rows = csv.reader(lines[:_HEADER_WITHIN], delimiter=delimiter)
            return {row[at].strip() for row in rows if len(row) > at}
    return set()
