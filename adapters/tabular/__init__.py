"""Tables, as laboratories and small systems export them: CSV to FHIR R4, by the hospital's own mapping files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import BinaryIO

from adapters.tabular.fill_down import wrong_fill_down
from adapters.tabular.form import is_table
from adapters.tabular.large import streamed
from adapters.tabular.mapping_keys import TABLES
from adapters.tabular.proposed import proposed
from adapters.tabular.reading import table_for
from adapters.tabular.reports import Report, mapped_record, reports
from adapters.tabular.table import Table
from gateway.adapter import MappingText, Payload, Profile, Record, SourceAdapter, Translation, only_fitting
from gateway.errors import PayloadError
from gateway.mapping.mapped.compiled import Compiled, compiled
from gateway.mapping.mapped.file import read_mapped, wrong
from gateway.mapping.mapped.translation import translate
from gateway.proposal import Proposal


@lru_cache(maxsize=256)
def _read(file: MappingText) -> Compiled:
    """A mapping file, read once."""
    read = read_mapped(file, TABLES)
    if errors := list(wrong_fill_down(read)):
        raise wrong(file, errors)
    return compiled(read)


class TabularAdapter(SourceAdapter):
    """A table is one payload, a report's rows one record. ``files``: the mapping files it reads by."""

    name = "tabular"
    version = "1.0.0"
    mapped = True

    def __init__(self, files: Sequence[MappingText] = ()) -> None:
        self._files = tuple(files)
        self._mappings = {file: _read(file) for file in self._files}

    def bound(self, files: Sequence[MappingText]) -> TabularAdapter:
        return TabularAdapter(files)

    def recognises(self, payload: Payload) -> bool:
        return is_table(payload)

    def records(self, payload: Payload) -> Sequence[Record]:
        tables: dict[MappingText, Table] = {}
        refused: list[PayloadError] = []
        for file, mapping in self._mappings.items():
            try:
                table = table_for(payload, mapping.file)
            except PayloadError as why:
                refused.append(why)
                continue
            if table is not None:
                tables[file] = table
        if refused and not tables:
            raise refused[0]
        chosen = only_fitting(self._files, list(tables))
        return reports(self._mappings[chosen], tables[chosen], payload.data)

    def propose(self, payload: Payload, name: str) -> Proposal:
        return proposed(payload, name)

    def stream(self, file: BinaryIO) -> Iterator[Record] | None:
        return streamed(file, self._mappings)

    def translate(self, record: Record, facility: Profile) -> Translation:
        content: Report = record.content
        code = facility.code or record.facility
        return translate(content.mapping, mapped_record(content), facility, code)
