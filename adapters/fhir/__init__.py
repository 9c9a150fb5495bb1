"""FHIR R4 from systems that speak it: Bundles and resources in JSON, one record a patient.

sent         bytes to records: a Bundle, a resource, Bundles inside one, JSON Lines
versions     R5, R4B, STU3 and others, refused by name
translation  the flow: one record to the resources of an exchange
kinds        which types travel (mappings/fhir/resources.toml)
account      what is listed: the Bundle's own fields, a server's own marks, types that do not travel
requests     what a transaction asks besides what it brings
identity     ids here and there
links        references, attachments, aliases of identifier systems
whose        one patient
provenance   when the record was put together
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from adapters.fhir.sent import records
from adapters.fhir.translation import translate_record
from gateway.adapter import Payload, Profile, Record, SourceAdapter, Translation
from gateway.errors import PayloadError
from gateway.jsontext import outermost_keys

# A root element in FHIR's namespace, behind a declaration and comments.
_XML = re.compile(
    rb"(?:<\?[^>]{0,200}\?>\s*)?(?:<!--.*?-->\s*)*"
    rb"<(?:[\w-]+:)?[A-Za-z]+\s[^>]*?[\"']http://hl7\.org/fhir[\"']",
    re.DOTALL,
)
_HEAD = 4000  # bytes in which it stands
_MARK = b"\xef\xbb\xbf"


class FhirAdapter(SourceAdapter):
    """FHIR R4 JSON; FHIR in XML is recognised, and refused."""

    name = "fhir"
    version = "1.0.0"

    def recognises(self, payload: Payload) -> bool:
        """JSON with a ``resourceType``, XML in FHIR's namespace, or JSON of a media type that says FHIR."""
        text = payload.data.removeprefix(_MARK).lstrip()
        if text.startswith(b"<"):
            return _XML.match(text[:_HEAD]) is not None
        if not text.startswith(b"{"):
            return False
        return "fhir" in payload.content_type.lower() or "resourceType" in outermost_keys(text)

    def records(self, payload: Payload) -> Sequence[Record]:
        return records(payload.data, payload.content_type)

    def translate(self, record: Record, facility: Profile) -> Translation:
        if isinstance(record.content, PayloadError):
            raise record.content
        return translate_record(record, facility)
