"""ED and RP: embedded documents and pointers to Attachment (https://hl7.org/fhir/R4/datatypes.html#Attachment).

R4's Observation has no attachment value, so they are the report's presentedForm.
"""

from __future__ import annotations

import base64
import binascii
import re

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.segments import Value
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+\Z")
_TOP = {"TEXT": "text", "TX": "text", "FT": "text", "IM": "image", "IMAGE": "image", "AU": "audio", "AUDIO": "audio",
        "AP": "application", "APPLICATION": "application", "MULTIPART": "multipart", "VIDEO": "video"}  # fmt: skip
_SUBTYPES = {"PDF": "application/pdf", "JPEG": "image/jpeg", "JPG": "image/jpeg", "PNG": "image/png",
             "GIF": "image/gif", "TIFF": "image/tiff", "TIF": "image/tiff", "RTF": "text/rtf", "HTML": "text/html",
             "XML": "application/xml", "PLAIN": "text/plain", "DICOM": "application/dicom",
             "MSWORD": "application/msword"}  # fmt: skip


def embedded(value: Value, title: str) -> Piece:
    """ED (source, type, subtype, encoding, data) with the document in base64."""
    data = _in_base64(value)
    made = Composite()
    made.put_piece("contentType", _content_type(value, 2, 3))
    if "contentType" not in made.value:  # att-1 asks for one
        raise CannotPlace("hl7v2-document-type-unknown", clinical=True)
    value.take(4)
    value.take_all(5)
    made.put("data", data, value.at(5))
    made.put("title", title)
    return Piece(made.value, made.sources)


def pointer(value: Value, title: str) -> Piece:
    """RP (pointer, application, type, subtype) as a URL."""
    if not _URL.match(value.peek()):
        raise CannotPlace("hl7v2-pointer-malformed", clinical=True)
    made = Composite()
    made.put_piece("contentType", _content_type(value, 3, 4))
    made.put("url", value.take(), value.at(1))
    made.put("title", title)
    return Piece(made.value, made.sources)


def content_type(value: Value) -> str | None:
    """A field that only names a type of content, TXA-3: a media type, a name of one, or text; "" and groups: None."""
    said = value.peek()
    if "/" in said:
        return said.lower()
    return "text/plain" if said.upper() in ("TEXT", "TX", "FT") else _SUBTYPES.get(said.upper())


def _content_type(value: Value, kind: int, subtype: int) -> Piece | None:
    top, sub = value.peek(kind).upper(), value.peek(subtype).upper()
    made = _SUBTYPES.get(sub) or _SUBTYPES.get(top)
    if made is None and "/" in sub:
        made = sub.lower()
    if made is None and top in _TOP and re.match(r"[A-Z0-9.+-]+\Z", sub):
        made = f"{_TOP[top]}/{sub.lower()}"
    if made is None and not sub and top in ("TEXT", "TX", "FT"):
        made = "text/plain"
    if made is None:
        return None
    value.take(kind)
    value.take(subtype)
    return Piece.of(made, value.at(subtype if sub else kind))


def _in_base64(value: Value) -> str:
    encoding, text = value.peek(4).upper(), value.peek(5)
    if encoding == "BASE64":
        plain = re.sub(r"\s+", "", text)
        try:
            base64.b64decode(plain, validate=True)
        except (binascii.Error, ValueError):
            plain = ""
    elif encoding == "HEX":
        try:
            plain = base64.b64encode(bytes.fromhex(text)).decode("ascii")
        except ValueError:
            plain = ""
    elif encoding in ("A", ""):
        plain = base64.b64encode(text.encode("utf-8")).decode("ascii")
    else:
        plain = ""
    if not plain:
        raise CannotPlace("hl7v2-document-undecodable", clinical=True)
    return plain
