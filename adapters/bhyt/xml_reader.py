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
    """An element: its text, its children, and where they were asked for its bytes ``start:end``.

    ``text`` is the element's own character data (CDATA included), not its children's.
    A namespace prefix is not part of ``name``. ``attributes``: None where there are none.
    """

    name: str
    text: str = ""
    children: list[Element] = field(default_factory=list)
    attributes: dict[str, str] | None = None
    start: int = 0
    end: int = 0

    def child(self, name: str) -> Element | None:
        return next((child for child in self.children if child.name == name), None)

    def named(self, name: str) -> list[Element]:
        return [child for child in self.children if child.name == name]

    def below(self, name: str) -> list[Element]:
        """Every element of that name at any depth, itself included, in document order."""
        found = [self] if self.name == name else []
        for child in self.children:
            if child.children:
                found.extend(child.below(name))
            elif child.name == name:
                found.append(child)
        return found


def read(data: bytes, place: str, *, encoding: str | None = None, placed: bool = False) -> Element:
    """The root element of a document; ``encoding`` overrides the declared one, ``placed`` asks for the bytes.

    PayloadError names ``place`` and the line: ``bhyt-dtd-refused``, ``bhyt-xml-too-large``,
    ``bhyt-xml-encoding``, ``bhyt-xml-bytes``, ``bhyt-xml-malformed`` (truncated included).
    """
    parser = expat.ParserCreate(encoding)
    document = _listen(parser, place, data if placed else b"", _marks(data, encoding))
    try:
        parser.Parse(data, True)
    except expat.ExpatError as broken:
        raise malformed(broken, place, data[parser.ErrorByteIndex :]) from None
    except (LookupError, ValueError):  # a declared encoding Python has no single-byte table for
        raise PayloadError("bhyt-xml-encoding", place, line=1) from None
    finally:  # parser, handlers and elements hold each other: nobody shall have to look for such rings
        parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = None
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = None
    if not document.children:
        raise PayloadError("bhyt-xml-malformed", place, line=1, column=1)
    return document.children[0]


def malformed(broken: expat.ExpatError, place: str, rest: bytes) -> PayloadError:
    """What expat could not read, in words: the declared encoding, the bytes, or the form.

    ``rest``: the document from where it was broken.
    """
    if broken.code in _ENCODING_ERRORS:
        return PayloadError("bhyt-xml-encoding", place, line=broken.lineno)
    rule = "bhyt-xml-bytes" if _begins_with_no_text(rest) else "bhyt-xml-malformed"
    return PayloadError(rule, place, line=broken.lineno, column=broken.offset + 1)


def _begins_with_no_text(rest: bytes) -> bool:
    """True when no character of UTF-8 begins here; one that is cut off by the end is cut off, not wrong."""
    try:
        rest[:4].decode()
    except UnicodeDecodeError as wrong:
        return wrong.start == 0 and wrong.reason != "unexpected end of data"
    return False


def _listen(parser: expat.XMLParserType, place: str, data: bytes, marks: tuple[bytes, bytes]) -> Element:
    """An element above the root, whose child is what the parser will read; of empty ``data`` no bytes are noted.

    The handlers are called two thousand times for an episode, so they keep what they need in variables.
    """
    closing, mark = marks
    document = current = Element("")
    texts: list[str] = []  # of the current element
    above: list[tuple[Element, list[str]]] = []
    count = 0

    def refuse(rule: str) -> NoReturn:
        raise PayloadError(rule, place, line=parser.CurrentLineNumber)

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal current, texts, count
        count += 1
        if len(above) >= MAX_DEPTH or count > MAX_ELEMENTS:
            refuse("bhyt-xml-too-large")
        made = Element(name.rpartition(":")[2], "", [], attributes or None)
        if data:
            made.start = parser.CurrentByteIndex
        current.children.append(made)
        above.append((current, texts))
        current, texts = made, []

    def end(_name: str) -> None:
        nonlocal current, texts
        current.text = "".join(texts)
        if data:  # of <X/> expat reports where the tag ends, of <X></X> where </X> starts
            at = parser.CurrentByteIndex
            current.end = data.index(mark, at) + len(mark) if data.startswith(closing, at) else at
        current, texts = above.pop()

    def characters(text: str) -> None:
        texts.append(text)

    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = lambda *_: refuse("bhyt-dtd-refused")
    parser.EntityDeclHandler = lambda *_: refuse("bhyt-dtd-refused")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
    return document


_ENCODING_ERRORS = {
    expat.errors.codes[expat.errors.XML_ERROR_UNKNOWN_ENCODING],
    expat.errors.codes[expat.errors.XML_ERROR_INCORRECT_ENCODING],
}


def _marks(data: bytes, encoding: str | None) -> tuple[bytes, bytes]:
    """How ``</`` and ``>`` are written: in UTF-16 by its mark, else one byte each."""
    wide = "ascii"
    if encoding is None and data.startswith((codecs.BOM_UTF16_LE, b"<\x00")):
        wide = "utf-16-le"
    elif encoding is None and data.startswith((codecs.BOM_UTF16_BE, b"\x00<")):
        wide = "utf-16-be"
    return "</".encode(wide), ">".encode(wide)
