"""ED and RP: embedded documents and pointers to Attachment (https://hl7.org/fhir/R4/datatypes.html#Attachment).

R4's Observation has no attachment value, so they are the report's presentedForm.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.segments import Value
from adapters.hl7v2.text_lines import field_path
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace

_PDF = "JVBERi0"  # %PDF-
_PDF_TYPE = "application/pdf"
_PDF_TAIL = 2048  # bytes at the end, within which %%EOF stands; some writers put more behind it
# Base64 of how they begin: PDF, PNG, JPEG, GIF, RTF.
_BEGINNINGS = {_PDF: "application/pdf", "iVBORw0KGgo": "image/png", "/9j/": "image/jpeg", "R0lGOD": "image/gif",
               "e1xydGY": "text/rtf"}  # fmt: skip
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+\Z")
_URL = re.compile(r"(?:https?|ftps?|urn):[^\s]+\Z", re.IGNORECASE)  # what a reader elsewhere may open, and runs nothing
_TOP = {"TEXT": "text", "TX": "text", "FT": "text", "IM": "image", "IMAGE": "image", "AU": "audio", "AUDIO": "audio",
        "AP": "application", "APPLICATION": "application", "MULTIPART": "multipart", "VIDEO": "video"}  # fmt: skip
_SUBTYPES = {"PDF": "application/pdf", "JPEG": "image/jpeg", "JPG": "image/jpeg", "PNG": "image/png",
             "GIF": "image/gif", "TIFF": "image/tiff", "TIF": "image/tiff", "RTF": "text/rtf", "HTML": "text/html",
             "XML": "application/xml", "PLAIN": "text/plain", "DICOM": "application/dicom",
             "MSWORD": "application/msword"}  # fmt: skip


def begins_pdf(text: str) -> bool:
    """True for base64 of what begins ``%PDF-``."""
    return text.lstrip().startswith(_PDF)


def embedded(value: Value, title: str) -> Piece:
    """ED (source, type, subtype, encoding, data) with the document in base64."""
    data = _in_base64(value)
    made = Composite()
    made.put_piece("contentType", _content_type(value, 2, 3))
    if made.value.get("contentType") in (None, "application/octet-stream"):
        made.put_piece("contentType", _by_content(data, value))
    if "contentType" not in made.value:  # att-1 asks for one
        raise CannotPlace("hl7v2-document-type-unknown", clinical=True)
    _hold_what_it_is_not(data, made.value["contentType"])
    value.take(4)
    value.take_all(5)
    made.put("data", data, value.at(5))
    made.put("title", title)
    return Piece(made.value, made.sources)


def _hold_what_it_is_not(data: str, declared: str) -> None:
    """CannotPlace for a document of a known form that is said to be of another, and for a PDF without its end."""
    found = next((kind for beginning, kind in _BEGINNINGS.items() if data.startswith(beginning)), "")
    if found != declared and (found or declared in _BEGINNINGS.values()):
        raise CannotPlace("hl7v2-document-not-its-type", clinical=True)
    if found == _PDF_TYPE and _joined_pdf([data]) is None:
        raise CannotPlace("hl7v2-document-undecodable", clinical=True)


def in_pieces(values: Sequence[Value], kind: str, title: str) -> Piece:
    """A PDF whose base64 stands in pieces: repeated ED, or lines of a text. CannotPlace unless it is whole."""
    component = 5 if kind == "ED" else 1
    pieces = [re.sub(r"\s+", "", value.peek(component)) for value in values]
    data = _joined_pdf(pieces)
    if data is None:
        raise CannotPlace("hl7v2-document-undecodable", clinical=True)
    for value in values:
        for place in range(2, 6) if kind == "ED" else (1,):
            value.take(place)
    path = field_path(values)
    made = Composite()
    made.put("contentType", "application/pdf", path)
    made.put("data", data, path)
    made.put("title", title)
    return Piece(made.value, made.sources)


def _joined_pdf(pieces: Sequence[str]) -> str | None:
    """One base64 text cut anywhere, or pieces each encoded by itself; None unless it is a PDF to its end."""
    for texts in (["".join(pieces)], pieces):
        try:
            found = b"".join(base64.b64decode(text, validate=True) for text in texts)
        except (binascii.Error, ValueError):
            continue
        if found.startswith(b"%PDF-") and b"%%EOF" in found[-_PDF_TAIL:]:
            return base64.b64encode(found).decode("ascii")
    return None


def without_data(attachment: Mapping[str, Any]) -> dict[str, Any]:
    """What an Attachment says of its data, and their size and SHA-1, instead of them."""
    if "data" not in attachment:
        return dict(attachment)
    content = base64.b64decode(attachment["data"])
    digest = base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode("ascii")
    kept = {name: item for name, item in attachment.items() if name != "data"}
    return kept | {"size": len(content), "hash": digest}


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
    if _MEDIA_TYPE.match(said):
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


def _by_content(data: str, value: Value) -> Piece | None:
    """Senders' words on the type are often none, or wrong; some documents say themselves what they are."""
    for beginning, kind in _BEGINNINGS.items():
        if data.startswith(beginning):
            value.take(2)
            value.take(3)
            return Piece.of(kind, value.at(5))
    return None


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
    elif encoding in ("A", "") and begins_pdf(text):  # encoded again it would open nowhere
        plain = _joined_pdf([re.sub(r"\s+", "", text)]) or ""
    elif encoding in ("A", ""):
        plain = base64.b64encode(text.encode("utf-8")).decode("ascii")
    else:
        plain = ""
    if not plain:
        raise CannotPlace("hl7v2-document-undecodable", clinical=True)
    return plain
