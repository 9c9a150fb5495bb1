"""Narrative: is a ``div`` well-formed XHTML within the subset R4 allows?

https://hl7.org/fhir/R4/narrative.html#xhtml (txt-1, txt-2): the formatting elements of HTML 4.0
chapters 7 to 11 and 15, ``a``, images and style attributes; no scripts, forms, frames, objects
or event handlers, and something to read. There is no support for HTML's entities such as ``&nbsp;``:
characters SHALL be used instead. A document type, and with it any entity declaration, is refused
before parsing, so no entity can grow.
"""

from __future__ import annotations

import re
from xml.parsers import expat

_NAMESPACE = "http://www.w3.org/1999/xhtml"
_ELEMENT_NAMES = (
    "p br div h1 h2 h3 h4 h5 h6 span b i u s strike strong small big tt em dfn code samp kbd var cite abbr acronym "
    "sub sup q blockquote pre ins del bdo address hr center font ul ol li dl dt dd table caption colgroup col thead "
    "tr tfoot tbody th td a img map area"
)
_ELEMENTS = frozenset(_ELEMENT_NAMES.split())
_ATTRIBUTE_NAMES = (
    "title style class id lang dir accesskey tabindex span width align valign char charoff abbr axis headers scope "
    "rowspan colspan href name src alt longdesc height ismap usemap shape coords target type border cellpadding "
    "cellspacing rules frame summary start value compact bgcolor color face size clear nowrap noshade cite datetime "
    "hspace vspace rel rev hreflang charset media"
)
_ATTRIBUTES = frozenset(_ATTRIBUTE_NAMES.split())
_UNSAFE_LINK = re.compile(r"\s*(?:(?:java|vb)script\s*:|data\s*:(?!\s*image/))", re.IGNORECASE)
_UNSAFE_STYLE = re.compile(r"expression\s*\(|javascript:|@import|behaviou?r\s*:", re.IGNORECASE)
# Nothing but lines of text, as most are: without what is no character of XML, or would be read as anything else.
_LINES = re.compile(
    f'<div xmlns="{_NAMESPACE}"><p>((?:[^<>&\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]++|<br/>)*+)</p></div>'
)


class _Refused(Exception):
    pass


def broken_narrative(text: str) -> str | None:
    """``txt-1`` unless ``text`` is one XHTML ``div`` of allowed parts; ``txt-2`` when it says nothing."""
    lines = _LINES.fullmatch(text)
    if lines is not None:
        return None if lines[1].replace("<br/>", "").strip() else "txt-2"
    if "<!DOCTYPE" in text or "<!ENTITY" in text or "<?" in text:
        return "txt-1"
    reading = _Reading()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reading.start
    parser.CharacterDataHandler = reading.characters
    try:
        parser.Parse(text.encode("utf-8", "surrogatepass"), True)
    except (expat.ExpatError, _Refused):
        return "txt-1"
    return None if reading.has_content else "txt-2"


class _Reading:
    """Follows the parser and stops it at the first thing a narrative may not hold."""

    def __init__(self) -> None:
        self._inside = False
        self.has_content = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        if namespace != _NAMESPACE or local not in _ELEMENTS or not (self._inside or local == "div"):
            raise _Refused
        self._inside = True
        self.has_content = self.has_content or local == "img"
        for attribute, value in attributes.items():
            _refuse_attribute(attribute, value)

    def characters(self, text: str) -> None:
        self.has_content = self.has_content or bool(text.strip())


def _refuse_attribute(name: str, value: str) -> None:
    if " " in name:
        if name.rpartition(" ")[2] not in ("lang", "space"):  # xml:lang, xml:space
            raise _Refused
        return
    if name not in _ATTRIBUTES:
        raise _Refused
    if name in ("href", "src", "longdesc", "cite") and _UNSAFE_LINK.match(value):
        raise _Refused
    if name == "style" and _UNSAFE_STYLE.search(value):
        raise _Refused
