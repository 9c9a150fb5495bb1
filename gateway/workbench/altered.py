"""A payload with one word of it changed, or gone. What follows from it says what the adapter reads, whatever it claims.

A word is a run of letters or of digits in the payload's bytes. A format whose content is packed (a workbook) or
encoded (base64) is reached only as far as its bytes can be changed one at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from gateway.adapter import Profile, SourceAdapter
from gateway.workbench.seen import Seen, seen

_WORD = re.compile(rb"[0-9]+|[A-Za-z\x80-\xff]+")
_LETTERS, _DIGITS = b"zqxjv", b"84529"  # in no sentence and no name, so that whoever repeats them repeats the payload
_DECLARATION = re.compile(rb"\s*<\?xml[^>]*>")  # an XML file's first line is form, and nothing of its sender's
_IN_TAG = re.compile(rb"<[^<>\"']*\Z")
_TO_COLON = re.compile(rb"[^\"{}\[\]<>,\r\n]*\"\s*:")
_PARTS = [bytes([mark]) for mark in b"|^&~;,\t\r\n<>\"'{}[]="]
UNMISTAKABLE = 4  # bytes from which such a word is taken for the payload's own


@dataclass(frozen=True, slots=True)
class Word:
    """``data[start:end]`` of a payload."""

    start: int
    end: int

    def of(self, data: bytes) -> bytes:
        return data[self.start : self.end]

    def place(self, data: bytes) -> str:
        """For a person: line and column of bytes, from 1."""
        lines = re.split(rb"\r\n|\r|\n", data[: self.start])
        return f"{len(lines)}:{len(lines[-1]) + 1}"


def words(data: bytes, most: int) -> Sequence[Word]:
    """All words of a payload, or ``most`` of them spread evenly."""
    form = _DECLARATION.match(data)
    begins = form.end() if form else 0
    found = [Word(match.start(), match.end()) for match in _WORD.finditer(data, begins)]
    if len(found) <= most:
        return found
    return [found[at * len(found) // most] for at in range(most)]


def without(data: bytes, word: Word) -> bytes:
    """The payload without the field the word stands in, as far as what commonly parts fields lets it be seen."""
    start = max(data.rfind(mark, 0, word.start) for mark in _PARTS) + 1
    ends = [at for mark in _PARTS if (at := data.find(mark, word.end)) >= 0]
    return data[:start] + data[min(ends, default=len(data)) :]


def is_name(data: bytes, word: Word) -> bool:
    """It stands in the name of a field: a key of JSON, an element or attribute of XML."""
    before, after = data[max(0, word.start - 100) : word.start], data[word.end : word.end + 100]
    return bool(_IN_TAG.search(before) or _TO_COLON.match(after))


def canary(word: bytes) -> bytes:
    """A word of the same length and kind that stands nowhere else."""
    made = bytes(islice(cycle(_DIGITS if word[:1].isdigit() else _LETTERS), len(word)))
    if word.isupper():
        return made.upper()
    return made if made != word else made[1:] + made[:1]


def instead(data: bytes, word: Word, other: bytes) -> bytes:
    return data[: word.start] + other + data[word.end :]


def alterations(
    adapter: SourceAdapter, data: bytes, facility: Profile | None = None, most: int = 400
) -> Iterator[tuple[Word, bytes, Seen]]:
    """Each word in turn: where it stands, what stood there instead, and what then was seen."""
    for word in words(data, most):
        other = canary(word.of(data))
        yield word, other, seen(adapter, instead(data, word, other), facility)
