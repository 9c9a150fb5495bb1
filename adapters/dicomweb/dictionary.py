"""The attributes a study's metadata is read for: tag, keyword, value representation, level.

Data in mappings/dicomweb/attributes.toml, after PS3.6; what it does not name is known by its group alone.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache

from gateway.mapping import mapping_file

PATIENT, STUDY, SERIES, INSTANCE, TELLING = LEVELS = ("Patient", "Study", "Series", "Instance", "Telling")
_PRIVATE = "of a manufacturer's own group; nobody else knows what it means"
_UNKNOWN = "of a group that DICOM does not define"


@dataclass(frozen=True, slots=True)
class Known:
    """``tag``: eight hexadecimal digits, as DICOM JSON has it. ``level``: of LEVELS."""

    tag: str
    keyword: str
    vr: str
    level: str

    @property
    def label(self) -> str:
        """``Allergies (0010,2110)``."""
        return f"{self.keyword} ({self.tag[:4]},{self.tag[4:]})"


@cache
def _tables() -> tuple[dict[str, Known], dict[str, str]]:
    read = tomllib.loads(mapping_file("dicomweb", "attributes.toml").read_text("utf-8"))
    groups: dict[str, str] = read.pop("group")
    known = {}
    for level, rows in read.items():
        for keyword, (tag, vr) in ((name, row.split()) for name, row in rows.items()):
            if tag in known or level not in LEVELS:
                raise ValueError(f"{keyword}: {tag} stands twice, or in no level")
            known[tag] = Known(tag, keyword, vr, level)
    return known, groups


@cache
def by_tag() -> dict[str, Known]:
    return _tables()[0]


@cache
def by_keyword() -> dict[str, Known]:
    return {one.keyword: one for one in by_tag().values()}


def keywords(level: str) -> list[str]:
    """Those of one level."""
    return [one.keyword for one in by_tag().values() if one.level == level]


@lru_cache(maxsize=4096)
def why_left(tag: str) -> str:
    """Why an attribute of no level is not placed."""
    if int(tag[:4], 16) % 2:
        return _PRIVATE
    group = "5000" if tag.startswith("50") else "6000" if tag.startswith("60") else tag[:4]
    named = {"5000": "a curve of an older edition", "6000": "an overlay of the pixels; it stays with the images"}
    return named.get(group) or _tables()[1].get(group, _UNKNOWN)
