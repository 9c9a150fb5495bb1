"""The message a record was made of, told of without its content. HL7 map MSH[Provenance-Source], the DocumentReference.

It is kept with the exchange, whose signature names the digest of the payload's bytes (``payS256``). The message's own
digest stands here as an address (RFC 6920): whoever has a message can tell whether it is this one, and nobody can read
it from there.
"""

from __future__ import annotations

import base64
import hashlib

from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment
from gateway.mapping.draft import Draft

_MEDIA_TYPE = "x-application/hl7-v2+er7"


def sent_message(header: Segment, record: bytes, scope: Scope) -> Draft:
    """``record``: its bytes, without marks or a batch around them. The id is one inside what contains it."""
    draft = Draft("DocumentReference", "message")
    number = header.first(10)
    if number is not None:
        draft.put("masterIdentifier", {"system": scope.system("message"), "value": number.whole().strip()})
        draft.lineage["masterIdentifier.value"] = number.path
    draft.put("status", "current")
    draft.put("content", [{"attachment": {"contentType": _MEDIA_TYPE, "url": address(record), "size": len(record)}}])
    draft.put("context", {"related": [{"reference": "#header"}, {"reference": "#transformation"}]})
    return draft


def address(record: bytes) -> str:
    """``ni:///sha-256;…`` of the bytes: https://www.rfc-editor.org/rfc/rfc6920#section-3"""
    digest = base64.urlsafe_b64encode(hashlib.sha256(record).digest()).rstrip(b"=")
    return f"ni:///sha-256;{digest.decode()}"
