"""CSV: bytes to rows. Character set and delimiter are the mapping file's, or found and stated; nothing is repaired.

Quoted cells may hold delimiters, line breaks and doubled quotes (RFC 4180). Each row keeps its run of the payload's
bytes, since a record's bytes are what its signature is over.
"""

from __future__ import annotations

import codecs
import csv
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, islice

from adapters.tabular.table import Row
from gateway.errors import PayloadError
from gateway.mapping.charsets import decode
from gateway.mapping.misread import DAMAGED, misread

DELIMITERS = ",;\t|"
_HEAD_LINES = 40
_SAMPLE = 262_144  # characters that must show a character set
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))


@dataclass(frozen=True, slots=True)
class Lines:
    """A payload's lines as text, NFC, without their ends; ``starts``: where each begins in the bytes, and the end."""

    charset: str
    texts: Sequence[str]
    starts: Sequence[int]

    @property
    def ended(self) -> bool:
        """The last line has its end."""
        return not self.texts[-1]


def found_charset(data: bytes) -> str:
    """By its mark, its form (UTF-16, UTF-8), or the one Vietnamese set in which its words are words.

    PayloadError when nothing proves one: a guess would turn names and units into others.
    """
    for mark, charset in _BOMS:
        if data.startswith(mark):
            return charset
    even, odd = data[0:200:2], data[1:200:2]
    if odd and odd.count(0) * 2 > len(odd) and not even.count(0):
        return "utf-16le"
    if even and even.count(0) * 2 > len(even) and not odd.count(0):
        return "utf-16be"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as broken:
        charset = misread(data[:_SAMPLE].decode("latin-1"), "iso-8859-1")
        if charset in ("", DAMAGED, "utf-8"):
            line = data.count(b"\n", 0, broken.start) + 1
            raise PayloadError("table-charset-unknown", f"line {line}") from None
        return charset
    return "utf-8"


def lines(data: bytes, charset: str) -> Lines:
    """The payload in that set. PayloadError for bytes that are none of it, and for NUL."""
    mark = next((mark for mark, _ in _BOMS if data.startswith(mark)), b"")
    try:
        raw = data[len(mark) :].decode("utf-16-le" if charset == "utf-16le" else "utf-16-be") if _wide(charset) else ""
        text = raw or decode(data[len(mark) :], charset)
    except UnicodeDecodeError as broken:
        line = data.count(b"\n", 0, broken.start) + 1
        raise PayloadError("table-charset-undecodable", f"line {line}", charset=charset) from None
    if "\x00" in text:
        raise PayloadError("table-nul", f"line {text.count(chr(10), 0, text.index(chr(0))) + 1}")
    end = "\n" if "\n" in text else "\r"
    texts = text.split(end)
    if _wide(charset):
        lengths = [len(one.encode("utf-16-le", "surrogatepass")) + 2 for one in texts]
        texts = unicodedata.normalize("NFC", text).split(end)
    else:
        lengths = [len(one) + 1 for one in data[len(mark) :].split(end.encode())]
    starts = list(accumulate(lengths, initial=len(mark)))
    starts[-1] = len(data)
    starts[0] = 0
    return Lines(charset, texts, starts)


def _wide(charset: str) -> bool:
    return charset.startswith("utf-16")


def head(found: Lines, delimiter: str) -> list[list[str]]:
    """The first rows, cut by this delimiter; those before the first that cannot be cut."""
    made: list[list[str]] = []
    with suppress(csv.Error):
        made.extend(csv.reader(_ended(found.texts[:_HEAD_LINES]), delimiter=delimiter, strict=True))
    return made


def said_delimiter(found: Lines) -> str:
    """What a first line ``sep=;`` says, as Excel writes and reads it; "" without."""
    first = found.texts[0].rstrip("\r")
    return first[4:] if first.startswith("sep=") and len(first) == 5 and first[4] in DELIMITERS else ""


def rows(found: Lines, delimiter: str, after: int) -> Iterator[Row]:
    """The rows behind the first ``after``, those without content left out. PayloadError where quotes do not match."""
    reader = csv.reader(_ended(found.texts), delimiter=delimiter, strict=True)
    starts, begun, number = found.starts, 0, 0
    try:
        for _ in islice(reader, after):
            number += 1
        begun = reader.line_num
        for cells in reader:
            number += 1
            stripped = list(map(str.strip, cells))
            ends = reader.line_num
            if any(stripped):
                yield Row(number, stripped, starts[begun], starts[ends])
            begun = ends
    except csv.Error:
        raise PayloadError("table-quotes", f"line {begun + 1}") from None


def _ended(texts: Sequence[str]) -> Iterator[str]:
    """Lines as csv wants them: without their ends it would not know a break inside quotes."""
    for text in islice(texts, len(texts) - 1):
        yield text + "\n"
    if texts[-1]:
        yield texts[-1]
