"""HL7 v2 laboratory and imaging results (ORU^R01, 2.3 to 2.8) to FHIR R4, by HL7's Version 2 to FHIR maps.

envelope    a payload's bytes to its messages (batches, MLLP marks)
charset     the set of a message (form, MSH-18, the facility's setting) to text
delimiters  escapes  segments  message   text to segments, fields, components
groups      segments to the orders and results they belong to
patient  visits  orders  results         groups to resources, rows first (mappings/hl7v2)
continued  sub_ids  parents  report_sections   results that belong together: lines, trees, parents, a report's parts
alike  patterns  memory  remembered     what was made before, given out as copies
misreadings  what was read in the wrong set is held
coverage    HL7's own rows, each shown to be honoured by messages
account     whatever was said and not placed is listed
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adapters.hl7v2.envelope import looks_like_hl7, messages
from adapters.hl7v2.message import Message, parse, read_message
from adapters.hl7v2.transformation import NAME, VERSION
from adapters.hl7v2.translation import sending_facility, translate_message
from gateway.adapter import Payload, Profile, Record, SourceAdapter, Translation
from gateway.coverage import Covered
from gateway.errors import PayloadError


class Hl7v2Adapter(SourceAdapter):
    """ORU^R01 messages, one or many in a payload, in batches or not."""

    name = NAME
    version = VERSION

    def recognises(self, payload: Payload) -> bool:
        """By the first segment's name, or a media type that says HL7 v2."""
        return looks_like_hl7(payload.data) or "hl7-v2" in payload.content_type.lower()

    def records(self, payload: Payload) -> Sequence[Record]:
        """One record a message. A broken message fails alone, when it is translated."""
        made = []
        for position, data in enumerate(messages(payload.data), 1):
            sent = _sent(data, payload.whole)  # without the marks and batch around it, which record.data may have
            made.append(Record(data, sent.facility, sent, position))
        return made

    def translate(self, record: Record, facility: Profile) -> Translation:
        """The message's resources. PayloadError when the message is broken or names no patient."""
        sent: Sent = record.content
        read = sent.read
        if facility.charset and not sent.data.isascii():
            read = read_message(sent.data, facility.charset, sent.whole)
        if isinstance(read, PayloadError):
            raise read
        return translate_message(read.unread(), facility, sent.data)

    def coverage(self, part: str = "") -> Iterable[Covered]:
        """HL7's rows in each message structure, shown by messages; ``part`` is a segment or a segment map of HL7's."""
        from adapters.hl7v2.coverage.account import covered  # no translation needs HL7's tables

        return covered(part)


@dataclass(frozen=True, slots=True)
class Sent:
    """One message as it came, and as it reads without the facility's setting, which is known only later."""

    data: bytes
    facility: str  # as the message names it
    read: Message | PayloadError
    whole: bool  # as Payload has it


def _sent(data: bytes, whole: bool) -> Sent:
    try:
        read = read_message(data, whole=whole)
    except PayloadError as broken:
        return Sent(data, _claimed(data), broken, whole)
    return Sent(data, sending_facility(read.header), read, whole)


def _claimed(data: bytes) -> str:
    """The sender's name in a message that cannot be read as yet: "" unless it is plain ASCII."""
    try:
        header = parse(data.replace(b"\n", b"\r").partition(b"\r")[0].decode("ascii", "replace")).header
    except PayloadError:
        return ""
    name = sending_facility(header)
    return name if name.isascii() else ""
