"""mappings/dicomweb/Patient.toml and its neighbours, compiled: one file a level."""

from __future__ import annotations

from functools import cache

from adapters.dicomweb.converters import converter
from adapters.dicomweb.dataset import Value
from adapters.dicomweb.dictionary import INSTANCE, PATIENT, SERIES, STUDY, keywords
from adapters.dicomweb.telling import Telling
from gateway.mapping import mapping_file
from gateway.mapping.placing import CompiledRow, compile_rows
from gateway.mapping.rows import MappingFile, load_mapping

Rows = tuple[CompiledRow[Value, Telling, str], ...]


@cache
def level_maps() -> dict[str, MappingFile]:
    """Level → its mapping file, checked to speak of every attribute of the level."""
    levels = (PATIENT, STUDY, SERIES, INSTANCE)
    return {level: load_mapping(mapping_file("dicomweb", f"{level}.toml"), keywords(level)) for level in levels}


@cache
def level_rows(level: str) -> Rows:
    return compile_rows(level_maps()[level].rows, converter, str)
