"""The tables that are translated: those with a mapping file, ``mappings/bhyt/XML5.toml``."""

from __future__ import annotations

import re
from functools import lru_cache

from adapters.bhyt.converters import converter
from adapters.bhyt.episode import Episode
from adapters.bhyt.layouts import known_fields
from gateway.mapping import mapping_file
from gateway.mapping.placing import CompiledRow, Field, compile_rows
from gateway.mapping.rows import MappingFile, load_mapping

Rows = tuple[CompiledRow[Field, Episode, str], ...]

_FILE = re.compile(r"(XML[0-9]{1,2})\.toml\Z")


@lru_cache(maxsize=1)
def table_maps() -> dict[str, MappingFile]:
    """Table → its mapping file, checked to speak of every field of every decision, in the tables' order."""
    found = (_FILE.match(file.name) for file in mapping_file("bhyt").iterdir())
    names = sorted((named.group(1) for named in found if named), key=lambda table: int(table[3:]))
    return {table: load_mapping(mapping_file("bhyt", f"{table}.toml"), known_fields(table)) for table in names}


@lru_cache(maxsize=1)
def _compiled() -> dict[str, Rows]:
    return {table: compile_rows(mapping.rows, converter, str) for table, mapping in table_maps().items()}


def table_rows(table: str) -> Rows:
    """The rows of the table's mapping file with their converters."""
    return _compiled()[table]
