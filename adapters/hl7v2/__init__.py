"""HL7 v2 laboratory and imaging results (ORU^R01, 2.3 to 2.8) to FHIR R4, by HL7's Version 2 to FHIR maps.

envelope    a payload's bytes to its messages (batches, MLLP marks)
charset     MSH-18 to text
delimiters  escapes  segments  message   text to segments, fields, components
groups      segments to the orders and results they belong to
patient  visits  orders  results         groups to resources, rows first (mappings/hl7v2)
alike  patterns  memory  remembered     what was made before, given out as copies
account     whatever was said and not placed is listed
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.hl7v2.envelope import looks_like_hl7, messages
from adapters.hl7v2.message import Message, read_message
from adapters.hl7v2.translation import sending_facility, translate_message
from gateway.adapter import Payload, Profile, Record, SourceAdapter, Translation
from gateway.errors import PayloadError


class Hl7v2Adapter(SourceAdapter):
    """ORU^R01 messages, one or many in a payload, in batches or not."""

    name = "hl7v2"
    version = "1.0.0"

    def recognises(self, payload: Payload) -> bool:
        """By the first segment's name, or a media type that says HL7 v2."""
        return looks_like_hl7(payload.data) or "hl7-v2" in payload.content_type.lower()

    def records(self, payload: Payload) -> Sequence[Record]:
        """One record a message. A broken message fails alone, when it is translated."""
        made = []
        for position, data in enumerate(messages(payload.data), 1):
            content: Message | PayloadError
            facility = ""
            try:
                content = read_message(data)  # without the marks and batch around it, which record.data may have
                facility = sending_facility(content.header)
            except PayloadError as broken:
                content = broken
            made.append(Record(data, facility, content, position))
        return made

    def translate(self, record: Record, facility: Profile) -> Translation:
        """The message's resources. PayloadError when the message is broken or names no patient."""
        if isinstance(record.content, PayloadError):
            raise record.content
        message: Message = record.content
        return translate_message(message.unread(), facility)
