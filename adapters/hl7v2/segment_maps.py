"""The mapping files of mappings/hl7v2, one for each segment, read once; none may pass over a field."""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache

from adapters.hl7v2.datatypes.converters import converter
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Value, field_number
from gateway.mapping import mapping_file
from gateway.mapping.placing import CompiledRow, compile_rows
from gateway.mapping.rows import MappingFile, load_mapping

MAPPED = (
    "MSH",
    "SFT",
    "EVN",
    "PID",
    "PD1",
    "ROL",
    "PRT",
    "NK1",
    "PV1",
    "PV2",
    "MRG",
    "AL1",
    "IAM",
    "DG1",
    "PR1",
    "IN1",
    "IN3",
    "IN2",
    "GT1",
    "ACC",
    "DB1",
    "DRG",
    "UB1",
    "UB2",
    "ORC",
    "OBR",
    "OBX",
    "NTE",
    "SPM",
    "TXA",
    "SCH",
    "AIS",
    "AIG",
    "AIL",
    "AIP",
    "RXA",
    "RXR",
    "TQ1",
    "RXO",
    "RXC",
    "IPC",
)


@lru_cache(maxsize=1)
def known_fields() -> dict[str, dict[str, str]]:
    """Every field of each mapped segment up to 2.8: segment → field → name."""
    table: dict[str, dict[str, str]] = tomllib.loads(mapping_file("hl7v2", "fields.toml").read_text("utf-8"))
    return table


@cache
def segment_map(name: str) -> MappingFile:
    """The rows of one segment. SettingsError when a field is passed over."""
    return load_mapping(mapping_file("hl7v2", f"{name}.toml"), known_fields()[name])


@cache
def segment_rows(name: str) -> tuple[CompiledRow[Value, Scope, int], ...]:
    """The rows of one segment, each with its converter."""
    return compile_rows(segment_map(name).rows, converter, field_number)


@cache
def reasons(name: str) -> dict[int, str]:
    """Why a field of the segment has no place, by its number; fields that no map knows are not in it."""
    mapping = segment_map(name)
    known = dict.fromkeys(mapping.fields, "there is no place for it beside the message's other fields")
    return {field_number(field): reason for field, reason in (known | dict(mapping.unplaced)).items()}
