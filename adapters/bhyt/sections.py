"""The parts of a paper: a field's words under the title the paper gives them (mappings/bhyt/sections.toml).

A Composition has them as sections with a narrative, the text of a DocumentReference as lines.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

from adapters.bhyt.code_systems import LOINC
from adapters.bhyt.episode import Episode
from adapters.bhyt.list_words import listed_words, worded
from gateway.mapping import mapping_file
from gateway.mapping.draft import Piece
from gateway.mapping.placing import Field


@dataclass(frozen=True, slots=True)
class PaperPart:
    """A part's title, its LOINC code where there is one, the list its codes are of, and its form ("" or "time")."""

    title: str
    loinc: str = ""
    list: str = ""
    form: str = ""

    def text(self, found: Field, episode: Episode) -> str:
        """What a reader sees; CannotPlace for a time that is none."""
        if self.form == "time":
            return shown_time(episode.time(found.value).text)
        words = listed_words().get(self.list, {}).get(found.value)
        return f"{words} ({found.value})" if words else found.value


@lru_cache(maxsize=1)
def paper_parts() -> dict[str, PaperPart]:
    """Name → part, of sections.toml."""
    read = tomllib.loads(mapping_file("bhyt", "sections.toml").read_text(encoding="utf-8"))
    return {name: PaperPart(**said) for name, said in read.items()}


def section(name: str, found: Field, episode: Episode) -> Piece:
    """A section of a Composition; its narrative is escaped, line by line as written."""
    part = paper_parts()[name]
    made: dict[str, Any] = {"title": part.title}
    if part.loinc:
        made["code"] = {"coding": [{"system": LOINC, "code": part.loinc}]}
    made["text"] = {"status": "additional", "div": narrative(part.text(found, episode))}
    return Piece(made, {"text.div": found.path})


def line(name: str, found: Field, episode: Episode) -> Piece:
    """A line of a paper's text: its title and what is said."""
    part = paper_parts()[name]
    return Piece({"title": part.title, "text": part.text(found, episode)}, {"text": found.path})


def component(name: str, found: Field, episode: Episode) -> Piece:
    """A component of an Observation: a time, a code in words, or the text."""
    part = paper_parts()[name]
    made: dict[str, Any] = {"code": {"text": part.title}}
    if part.form == "time":
        made["valueDateTime"] = episode.time(found.value).text
        return Piece(made, {"valueDateTime": found.path})
    if part.list:
        made["valueCodeableConcept"] = worded(part.list, found.value)
        return Piece(made, {"valueCodeableConcept.coding[0].code": found.path})
    made["valueString"] = found.value
    return Piece(made, {"valueString": found.path})


def note(name: str, found: Field, episode: Episode) -> Piece:
    """An Annotation: the title and what is said."""
    part = paper_parts()[name]
    return Piece({"text": f"{part.title}: {part.text(found, episode)}"}, {"text": found.path})


def narrative(text: str) -> str:
    """A text as the XHTML of a Narrative (https://hl7.org/fhir/R4/narrative.html)."""
    lines = "<br/>".join(escape(one, quote=False) for one in text.splitlines())
    return f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{lines}</p></div>'


def shown_time(text: str) -> str:
    """A FHIR dateTime as Vietnamese papers write it: 20/11/2026, 20/11/2026 10:00, 11/2026, 2026."""
    day, _, clock = text.partition("T")
    shown = "/".join(reversed(day.split("-")))
    return f"{shown} {clock[:5]}" if clock else shown
