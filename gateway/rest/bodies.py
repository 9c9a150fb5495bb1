"""A request's body, never longer than its door allows; its pairs, decoded strictly.

A length that is announced is judged before a byte is read; a chunked body is cut off where the
limit is passed. Memory is bounded by the limit either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl

from flask import request
from werkzeug.exceptions import ClientDisconnected, UnsupportedMediaType

from gateway.errors import PayloadError, TooLarge

FORM = "application/x-www-form-urlencoded"
LARGEST_FORM = 64 * 1024  # bytes
_FHIR_JSON = frozenset({"application/fhir+json", "application/json", "text/json"})
_MOST_PAIRS = 200


def body(limit: int) -> bytes:
    """The body, whole and at most ``limit`` bytes.

    TooLarge (413) for a longer one, PayloadError (400) for one that ends before its announced
    length: werkzeug would hand over either cut off, and a cut-off message can still be read.
    A compressed one is refused (415): it could unfold.
    """
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedMediaType
    announced = request.content_length
    if announced is not None and announced > limit:
        raise TooLarge("http-body-too-large", limit=limit)
    request.max_content_length = limit + 1  # one more than is taken, so that too long can be told from just fitting
    try:
        found = request.get_data(cache=False)
    except ClientDisconnected:
        raise PayloadError("http-body-cut-off") from None
    if len(found) > limit:
        raise TooLarge("http-body-too-large", limit=limit)
    if announced is not None and len(found) < announced:
        raise PayloadError("http-body-cut-off")
    return found


def fhir_body(limit: int) -> bytes:
    """A body announced as FHIR JSON; 415 for another form."""
    if request.mimetype not in _FHIR_JSON:
        raise UnsupportedMediaType
    return body(limit)


def query_pairs() -> list[tuple[str, str]]:
    """The query string's pairs, in order, empty values too; PayloadError where it is not UTF-8."""
    return _pairs(request.query_string)


def form_pairs() -> list[tuple[str, str]]:
    """The pairs of a form's body (``POST …/_search``); 415 for another form."""
    if request.mimetype != FORM:
        raise UnsupportedMediaType
    return _pairs(body(LARGEST_FORM))


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    try:
        text = encoded.decode("ascii")
        found = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PAIRS)
    except UnicodeDecodeError:
        raise PayloadError("http-query-not-utf8") from None
    except ValueError:
        raise PayloadError("http-too-many-parameters", limit=_MOST_PAIRS) from None
    if any("\x00" in name or "\x00" in value for name, value in found):
        raise PayloadError("http-query-nul")
    return found


def only_format(pairs: Sequence[tuple[str, str]]) -> None:
    """Where no parameter but ``_format`` is built, another is refused by name and never ignored."""
    if any(name != "_format" for name, _ in pairs):
        raise PayloadError("http-parameter-unknown")
