"""Reads one XML document into plain elements, with each element's bytes.

Expat, not a tree library, for two reasons: it tells at which byte an element starts and
ends, whatever the encoding, and it stops at the first ``<!DOCTYPE`` before anything in it
is read. Without a DTD there is no entity to expand, no file and no address to fetch.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from gateway.errors import PayloadError

MAX_DEPTH = 64  # a signed envelope with raw tables inside needs under 20
MAX_ELEMENTS = 1_000_000  # in one document, some 250 MB; an episode has a few thousand


@dataclass(slots=True)
class Element:
    """An element: its text, its children, the line it starts on, and its bytes ``start:end``.

    ``text`` is the element's own character data (CDATA included), not its children's.
    A namespace prefix is not part of ``name``. ``attributes``: None where there are none.
    """

    name: str
    line: int
    start: int
    end: int = 0
    text: str = ""
    children: list[Element] = field(default_factory=list)
    attributes: dict[str, str] | None = None

    def child(self, name: str) -> Element | None:
        return next((child for child in self.children if child.name == name), None)

    def named(self, name: str) -> list[Element]:
        return [child for child in self.children if child.name == name]

    def below(self, name: str) -> list[Element]:
        """Every element of that name at any depth, itself included, in document order."""
        found = [self] if self.name == name else []
        for child in self.children:
            found.extend(child.below(name))
        return found


class _Builder:
    """Builds the elements of one document; one use only."""

    def __init__(self, data: bytes, place: str, encoding: str | None) -> None:
        self.data = data
        self.place = place
        self.root: Element | None = None
        self._open: list[Element] = []
        self._text: list[list[str]] = []
        self._count = 0
        self._mark = ">".encode(_wide(data)) if encoding is None else b">"
        self._closing = "</".encode(_wide(data)) if encoding is None else b"</"
        self.parser = expat.ParserCreate(encoding)
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _doctype(self, *_: object) -> NoReturn:
        raise PayloadError("bhyt-dtd-refused", self.place, line=self.parser.CurrentLineNumber)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise PayloadError("bhyt-xml-too-large", self.place, line=self.parser.CurrentLineNumber)
        made = Element(name.rpartition(":")[2], self.parser.CurrentLineNumber, self.parser.CurrentByteIndex)
        if attributes:
            made.attributes = attributes
        if self._open:
            self._open[-1].children.append(made)
        else:
            self.root = made
        self._open.append(made)
        self._text.append([])

    def _end(self, _name: str) -> None:
        closed = self._open.pop()
        closed.text = "".join(self._text.pop())
        at = self.parser.CurrentByteIndex
        # For <X/> expat reports where the tag ends, for <X></X> where </X> starts.
        closed.end = (
            self.data.index(self._mark, at) + len(self._mark) if self.data.startswith(self._closing, at) else at
        )

    def _characters(self, text: str) -> None:
        if self._text:
            self._text[-1].append(text)


def read(data: bytes, place: str, *, encoding: str | None = None) -> Element:
    """The root element of a document; ``encoding`` overrides the declared one.

    PayloadError names ``place`` and the line: ``bhyt-dtd-refused``, ``bhyt-xml-too-large``,
    ``bhyt-xml-encoding``, ``bhyt-xml-malformed`` (truncated included).
    """
    builder = _Builder(data, place, encoding)
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as broken:
        rule = "bhyt-xml-encoding" if broken.code in _ENCODING_ERRORS else "bhyt-xml-malformed"
        raise PayloadError(rule, place, line=broken.lineno) from None
    except (LookupError, ValueError):  # a declared encoding Python has no single-byte table for
        raise PayloadError("bhyt-xml-encoding", place, line=1) from None
    if builder.root is None:
        raise PayloadError("bhyt-xml-malformed", place, line=1)
    return builder.root


_ENCODING_ERRORS = {
    expat.errors.codes[expat.errors.XML_ERROR_UNKNOWN_ENCODING],
    expat.errors.codes[expat.errors.XML_ERROR_INCORRECT_ENCODING],
}


def _wide(data: bytes) -> str:
    """The encoding in which a tag's marks are written: UTF-16 by its mark, else one byte each."""
    if data.startswith((codecs.BOM_UTF16_LE, b"<\x00")):
        return "utf-16-le"
    if data.startswith((codecs.BOM_UTF16_BE, b"\x00<")):
        return "utf-16-be"
    return "ascii"
