"""What a document holds: the OBX and NTE below its TXA, each an Attachment.

HL7's map names media types that do not exist (application/text, text/hl7v2); formatting commands
are read (``\\.br\\`` is a line's end), so all texts are text/plain.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from itertools import groupby

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.codes import codeable
from adapters.hl7v2.datatypes.moments import date_time
from adapters.hl7v2.documents import embedded, in_pieces, pointer
from adapters.hl7v2.groups import Document, Result
from adapters.hl7v2.order_numbers import service_code
from adapters.hl7v2.result_value import TEXTS, in_one
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace

_FILES = frozenset({"ED", "RP"})
_WITHDRAWN = frozenset({"D", "W", "X", "N"})
_PLAIN = "text/plain; charset=utf-8"


@dataclass(slots=True)
class Content:
    """``attachments`` in the order sent; ``others``: OBX that are values, not parts of a document."""

    attachments: list[Piece] = field(default_factory=list)
    others: list[Result] = field(default_factory=list)


def content_of(document: Document, scope: Scope) -> Content:
    """Lines of one code that follow each other are one text; every other value is an attachment of its own."""
    made = Content()
    for (kind, _), run in groupby(document.results, _alike):
        if kind not in TEXTS | _FILES:
            made.others += run
            continue
        results = [result for result in run if not _withdrawn(result.obx, scope)]
        if kind in TEXTS:
            _add_text(results, made, scope)
        else:
            for result in results:
                _add_files(kind, result.obx, made, scope)
        for result in results:
            _add_notes(result.notes, made, scope)
    _add_notes(document.notes, made, scope)
    return made


def _alike(result: Result) -> tuple[str, str]:
    kind = result.obx.first(2)
    return kind.peek() if kind is not None else "", service_code(result.obx, 3)


def _withdrawn(obx: Segment, scope: Scope) -> bool:
    status = obx.first(11)
    if status is None:
        return False
    if status.peek() not in _WITHDRAWN:
        scope.ledger.leave(status.path, "the document's own status holds (TXA-17, TXA-19)")
        return False
    scope.ledger.hold("business-rule", "hl7v2-document-part-withdrawn", status.path)
    return True


def _title(obx: Segment, scope: Scope) -> Piece | None:
    value = obx.first(3)
    made = codeable(value, scope) if value is not None else None
    if value is None or made is None:
        return None
    coding = made.value.get("coding", [{}])[0]
    text = coding.get("display") or made.value.get("text") or coding.get("code")
    return Piece.of(text, value.path) if text else None


def _created(obx: Segment, scope: Scope) -> Piece | None:
    value = obx.first(14)
    try:
        return date_time(value, scope) if value is not None else None
    except CannotPlace as why:
        scope.ledger.refuse_field(value.path if value is not None else "", why)
        return None


def _add_text(results: list[Result], made: Content, scope: Scope) -> None:
    for result in results:
        if (kind := result.obx.first(2)) is not None:
            kind.take()
        _erased(result.obx, scope)
    values = [value for result in results for value in result.obx.said(5)]
    if not values:
        return
    try:
        attachment = _begun(in_pieces(values, "TX", "")) if in_one("TX", values) else _written(values)
    except CannotPlace as why:
        why.clinical = True
        scope.ledger.refuse_field(values[0].path, why)
        return
    titles = [_title(result.obx, scope) for result in results]
    attachment.put_piece("title", titles[0])
    said = [result.obx for result in results if result.obx.said(14)]
    if said:  # lines of another time than the first one's keep it listed
        attachment.put_piece("creation", _created(said[0], scope))
        for obx in said[1:]:
            if obx.raw(14) == said[0].raw(14):
                _created(obx, scope)
    made.attachments.append(Piece(attachment.value, attachment.sources))


def _written(values: list[Value]) -> Composite:
    return _text("\n".join(value.whole() for value in values), values[0].path)


def _begun(piece: Piece) -> Composite:
    made = Composite()
    made.value.update(piece.value)
    made.sources.update(piece.sources)
    return made


def _text(text: str, source: str) -> Composite:
    made = Composite()
    made.put("contentType", _PLAIN)
    made.put("data", base64.b64encode(text.encode()).decode("ascii"), source)
    return made


def _erased(obx: Segment, scope: Scope) -> None:
    for value in obx.values(5):
        if value.null:
            scope.ledger.hold("value", "hl7v2-value-erased", value.path)
        elif value.cut:
            scope.ledger.hold("value", "hl7v2-value-truncated", value.path)


def _add_files(kind: str, obx: Segment, made: Content, scope: Scope) -> None:
    if (named := obx.first(2)) is not None:
        named.take()
    _erased(obx, scope)
    title, created = _title(obx, scope), _created(obx, scope)
    values = obx.said(5)
    whole = in_one(kind, values)
    for value in values[:1] if whole else values:
        try:
            attachment = _begun(in_pieces(values, kind, "") if whole else _file(kind, value))
        except CannotPlace as why:
            why.clinical = True
            scope.ledger.refuse_field(value.path, why)
            continue
        attachment.put_piece("title", title)
        attachment.put_piece("creation", created)
        made.attachments.append(Piece(attachment.value, attachment.sources))


def _file(kind: str, value: Value) -> Piece:
    return embedded(value, "") if kind == "ED" else pointer(value, "")


def _add_notes(notes: list[Segment], made: Content, scope: Scope) -> None:
    """Each NTE an attachment of its own: its lines, and its coded comments as lines ``code-text-system``."""
    for note in notes:
        lines = [value.whole() for value in note.said(3)]
        coded = ["-".join(value.take(component) for component in (1, 2, 3)).strip("-") for value in note.said(9)]
        for number, texts in ((3, lines), (9, coded)):
            if any(text.strip() for text in texts):
                attachment = _text("\n".join(texts), note.path(number))
                written = note.first(6)
                try:
                    attachment.put_piece("creation", date_time(written, scope) if written is not None else None)
                except CannotPlace as why:
                    scope.ledger.refuse_field(note.path(6), why)
                made.attachments.append(Piece(attachment.value, attachment.sources))
