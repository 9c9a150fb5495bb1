"""The national insurance XML (BHYT): QĐ 4210, 130, 4750 and 3176, to FHIR R4.

envelope      GIAMDINHHS, its HOSO, each with its bytes
signature     CHUKYDONVI: what it covers is what is read
stream        the same of a file too large to be held
portal        the rules of the portal an episode is sent to
before_birth  care dated before its patient
xml_reader    XML to elements; no DTD, no entities, bounded
layouts       the decisions' field lists, as data; which one a record is written by
tables        FILEHOSO opened: base64, nested or as text; rows
plain_rows    the rows of a table as nearly all are written, without a parser
translation   the flow: one HOSO to resources, a part for each table
episode       what all parts of a translation share
told          a record with its patient and encounter: what each part begins from
table_maps    mappings/bhyt/XMLn.toml, compiled
account       what no part placed, listed with its reason
check_in      XML0
summary       XML1: its rows, and person, stay
person        Patient, Coverage
stay          Encounter, Condition
identity      what the ids of results, reports and orders are made from
join          XML4 rows to occurrences, and to their XML3 row where it is certain
observations  an XML4 row
measurements  XML1's weight and blood group
papers        what all papers have in common; sections, their parts; said_again, what XML1 says already
kept_apart    XML6, XML15
stay_papers   XML7, XML8
birth         XML9
kin           the relatives that papers name
certificates  XML10, XML11, XML12
referral      XML13
follow_up     XML14
health_check  KHAMSUCKHOE: what its blocks say; health_check_blocks, how they are told apart
record_export HoSoBenhAn, XML and JSON; blocks, blocks_in_words what it and the health check have in common
reports       DiagnosticReport of an occurrence
services      XML3: ServiceRequest, and the beds; procedures and supplies beside it
prescriptions XML2
progress      XML5, with vital_signs
coverage      where each field of the newest decision goes, shown by records
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from adapters.bhyt import envelope, translation
from adapters.bhyt.portal import inspected
from adapters.bhyt.record_export import is_json_export
from adapters.bhyt.stream import streamed
from gateway.adapter import Payload, Profile, Record, SourceAdapter, Translation
from gateway.coverage import Covered
from gateway.outcome import Issue


class BhytAdapter(SourceAdapter):
    """GIAMDINHHS payloads; the tables that have a mapping file, the others listed field by field."""

    name = "bhyt"
    version = "3"
    signs = True

    def recognises(self, payload: Payload) -> bool:
        return envelope.root_name(payload.data) in envelope.ROOTS or is_json_export(payload.data)

    def records(self, payload: Payload) -> Sequence[Record]:
        return envelope.records(payload.data)

    def inspect(self, record: Record) -> Sequence[Issue]:
        return inspected(record)

    def stream(self, file: BinaryIO) -> Iterator[Record]:
        return streamed(file)

    def translate(self, record: Record, facility: Profile) -> Translation:
        return translation.translate(record, facility)

    def coverage(self, part: str = "") -> Iterable[Covered]:
        from adapters.bhyt.coverage.account import covered  # its schemas take long to load, and no payload needs them

        return covered(part)
