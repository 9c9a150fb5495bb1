"""Nested records, as small systems export them: JSON to FHIR R4, by the hospital's own mapping files.

form          which JSON is nobody else's
sent          bytes to records, with spans: where the parts of a text stand
tree          an object as fields, by path
report        a record as rows see it
mapping_keys  what a mapping file for JSON says beside what every one says
proposed      a first mapping file for records nobody has read yet
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from adapters.json_record.form import is_record
from adapters.json_record.mapping_keys import read
from adapters.json_record.proposed import proposed
from adapters.json_record.report import mapped_record
from adapters.json_record.sent import Root, Sent, gone, records, roots
from gateway.adapter import MappingText, Payload, Profile, Record, SourceAdapter, Translation, only_fitting
from gateway.errors import PayloadError
from gateway.mapping.mapped.compiled import Compiled
from gateway.mapping.mapped.translation import translate
from gateway.proposal import Proposal


@lru_cache(maxsize=256)
def _read(file: MappingText) -> Compiled:
    """A mapping file, read once."""
    return read(file)


class JsonRecordAdapter(SourceAdapter):
    """An object, a list of them or JSON Lines: a report a record. ``files``: the mapping files it reads by."""

    name = "json_record"
    version = "1.0.0"
    mapped = True

    def __init__(self, files: Sequence[MappingText] = ()) -> None:
        self._files = tuple(files)
        self._mappings = {file: _read(file) for file in self._files}

    def bound(self, files: Sequence[MappingText]) -> JsonRecordAdapter:
        return JsonRecordAdapter(files)

    def recognises(self, payload: Payload) -> bool:
        return is_record(payload)

    def records(self, payload: Payload) -> Sequence[Record]:
        found = roots(payload.data)
        whole = [root for root in found if root.broken is None]
        if found and not whole:
            raise found[0].broken or PayloadError("payload-without-records")
        mapping = self._mappings[self._chosen(whole)]
        return list(records(mapping, found, payload.data))

    def _chosen(self, found: Sequence[Root]) -> MappingText:
        misfits = {file: gone(found, mapping) for file, mapping in self._mappings.items()}
        fitting = [file for file, misfit in misfits.items() if misfit is None]
        renamed = [misfit for misfit in misfits.values() if misfit and misfit.issues[0].rule != "mapping-none-fits"]
        if renamed and not fitting:
            raise renamed[0]
        return only_fitting(self._files, fitting)

    def propose(self, payload: Payload, name: str) -> Proposal:
        return proposed(payload, name)

    def translate(self, record: Record, facility: Profile) -> Translation:
        if isinstance(record.content, PayloadError):
            raise record.content
        sent: Sent = record.content
        return translate(sent.mapping, mapped_record(sent), facility, facility.code or record.facility)
