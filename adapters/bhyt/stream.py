"""A file too large to be held: its HOSO one by one, in memory bounded by the largest of them.

Read twice. First the outline, without keeping a text: the form of the whole file, whose it is, and where each HOSO
stands, so that a file broken at its end gives no record at all, as when it is read whole. Then each HOSO by itself.

What only a whole document can tell is not judged and said to be so: the signature (CHUKYDONVI).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import BinaryIO, NoReturn
from xml.parsers import expat

from adapters.bhyt.envelope import BLANKS, ROOT, Hoso, count_issues
from adapters.bhyt.tables import episode_number
from adapters.bhyt.xml_reader import MAX_DEPTH, Element, malformed, read
from gateway.adapter import UNJUDGED, Record
from gateway.errors import PayloadError

MOST_HOSO = 200_000  # in one file
LONGEST_HOSO = 64 * 1024 * 1024  # bytes; read by itself it takes a few times that
_CHUNK = 1 << 20
_LONGEST_TOKEN = 16 * _CHUNK  # bytes of one tag or comment, which expat must hold whole
_TAIL = 256  # bytes looked through for the end of a closing tag
_LISTING = [ROOT, "THONGTINHOSO", "DANHSACHHOSO"]
_TEXTS = ("MACSKCB", "NGAYLAP", "SOLUONGHOSO")


@dataclass(slots=True)
class Outline:
    """A file's form: the texts of its envelope, and of each HOSO where its tag and its closing tag start, bytes."""

    texts: dict[str, str] = field(default_factory=dict)
    starts: array[int] = field(default_factory=lambda: array("q"))
    ends: array[int] = field(default_factory=lambda: array("q"))
    signed: bool = False


def streamed(file: BinaryIO) -> Iterator[Record]:
    """The records of a GIAMDINHHS file in UTF-8; PayloadError before the first where the file's form is broken.

    A HOSO that cannot be read by itself is a record too, and refused when it is translated.
    """
    outline = _outline(file)
    facility, written = outline.texts.get("MACSKCB", ""), outline.texts.get("NGAYLAP", "")
    if not facility:
        raise PayloadError("bhyt-facility-missing", "THONGTINDONVI.MACSKCB")
    if not outline.starts:
        raise PayloadError("bhyt-without-hoso", "THONGTINHOSO.DANHSACHHOSO")
    issues = tuple(count_issues(outline.texts.get("SOLUONGHOSO", ""), len(outline.starts)))
    told: dict[str, tuple[int, bytes]] = {}
    for position, (start, end) in enumerate(zip(outline.starts, outline.ends, strict=True), 1):
        run = _run(file, start, end)
        element, broken = _read(run, f"HOSO[{position}]")
        episode, digest = episode_number(element), sha256(run).digest()
        first, before = told.setdefault(episode, (position, digest)) if episode else (position, digest)
        again = 0 if before == digest else first
        proof = UNJUDGED if outline.signed else None
        yield Record(run, facility, Hoso(element, written, again, False, broken), position, issues, proof)


def _read(run: bytes, place: str) -> tuple[Element, PayloadError | None]:
    try:
        return read(run, place, encoding="utf-8"), None
    except PayloadError as broken:  # costs this record, not its neighbours
        return Element("HOSO"), broken


def _run(file: BinaryIO, start: int, end: int) -> bytes:
    """The bytes of a HOSO, from its ``<`` to the ``>`` of its closing tag."""
    file.seek(start)
    taken = file.read(end - start + _TAIL)
    if not taken.startswith(b"</", end - start):
        return taken[: end - start]  # <HOSO/>: expat reports where it ends
    closed = taken.find(b">", end - start)
    if closed < 0:
        raise PayloadError("bhyt-xml-malformed", ROOT, line=1, column=1)
    return taken[: closed + 1]


def _outline(file: BinaryIO) -> Outline:
    """Reads the whole file once; what is kept of it are two numbers a HOSO."""
    shift = _prologue(file)
    outliner = _Outliner(shift)
    parser = outliner.parser
    fed, chunk = 0, b""
    try:
        while chunk := file.read(_CHUNK):
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > _LONGEST_TOKEN:
                outliner.refuse("bhyt-xml-too-large")
        parser.Parse(b"", True)
    except expat.ExpatError as broken:
        at = parser.ErrorByteIndex - fed  # below 0: in a token begun in the piece before
        raise malformed(broken, ROOT, chunk[at:] if at >= 0 else b"") from None
    return outliner.outline


def _prologue(file: BinaryIO) -> int:
    """Skips a byte order mark and blanks before the declaration; how many bytes. UTF-8 alone can be cut by bytes."""
    head = file.read(1024)
    shift = len(head) - len(head.lstrip(BLANKS))
    declared = head[shift:].partition(b"?>")[0] if head[shift:].startswith(b"<?xml") else b""
    wide = head[:1] in (b"\xff", b"\xfe") or b"\x00" in head[:4]
    if wide or (b"encoding" in declared and b"utf-8" not in declared.lower()):
        raise PayloadError("bhyt-stream-encoding", ROOT)
    file.seek(shift)
    return shift


class _Outliner:
    """Expat's handlers: one use only."""

    def __init__(self, shift: int) -> None:
        self.outline = Outline()
        self._shift = shift
        self._open: list[str] = []
        self._seen: set[str] = set()
        self._text: list[str] = []
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def refuse(self, rule: str, place: str = ROOT) -> NoReturn:
        raise PayloadError(rule, place, line=self.parser.CurrentLineNumber)

    def _doctype(self, *_: object) -> NoReturn:
        self.refuse("bhyt-dtd-refused")

    def _start(self, tag: str, _attributes: object) -> None:
        name, depth = tag.rpartition(":")[2], len(self._open)
        if depth >= MAX_DEPTH:
            self.refuse("bhyt-xml-too-large")
        if depth == 0 and name != ROOT:
            raise PayloadError("bhyt-not-an-envelope", name if len(name) < 40 else "")
        if depth <= 2 and name in ("THONGTINDONVI", *_LISTING):
            if name in self._seen:
                raise PayloadError("bhyt-part-twice", name)
            self._seen.add(name)
        if name == "HOSO":
            if self._open != _LISTING:
                raise PayloadError("bhyt-part-misplaced", "HOSO")
            if len(self.outline.starts) >= MOST_HOSO:
                self.refuse("bhyt-xml-too-large")
            self.outline.starts.append(self._shift + self.parser.CurrentByteIndex)
        elif depth == 1 and name == "CHUKYDONVI":
            self.parser.CharacterDataHandler = self._signature
        elif depth == 2 and self._open[1] == "CHUKYDONVI":
            self.outline.signed = True
        elif depth == 2 and name in _TEXTS:
            self._text = []
            self.parser.CharacterDataHandler = self._characters
        self._open.append(name)

    def _end(self, _tag: str) -> None:
        name = self._open.pop()
        if name == "HOSO" and self._open == _LISTING:
            end = self._shift + self.parser.CurrentByteIndex
            if end - self.outline.starts[-1] > LONGEST_HOSO:
                self.refuse("bhyt-xml-too-large", "HOSO")
            self.outline.ends.append(end)
        elif len(self._open) == 2 and name in _TEXTS:
            self.parser.CharacterDataHandler = None
            self.outline.texts.setdefault(name, "".join(self._text).strip())
        elif name == "CHUKYDONVI":
            self.parser.CharacterDataHandler = None

    def _characters(self, text: str) -> None:
        if len(self._text) < 100:  # pieces: an envelope's texts are a few letters
            self._text.append(text)

    def _signature(self, text: str) -> None:
        self.outline.signed = self.outline.signed or bool(text.strip())
