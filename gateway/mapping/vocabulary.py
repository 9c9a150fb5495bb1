"""Vocabularies: codes of one system to codes of another, as FHIR ConceptMaps in mappings/vocabularies/.

https://hl7.org/fhir/R4/conceptmap.html; each map says in its ``description`` where its rows come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.jsontext import loads
from gateway.mapping import mapping_file


@dataclass(frozen=True, slots=True)
class Coding:
    """A target code; ``equivalence`` from http://hl7.org/fhir/concept-map-equivalence."""

    system: str
    code: str
    display: str = ""
    equivalence: str = "equivalent"

    def as_fhir(self) -> dict[str, str]:
        made = {"system": self.system, "code": self.code}
        if self.display:
            made["display"] = self.display
        return made


class Vocabulary:
    """One ConceptMap, read once. ``translate`` is exact: no case folding, no guessing."""

    def __init__(self, concept_map: dict[str, Any]) -> None:
        self.url = str(concept_map["url"])
        self.version = str(concept_map.get("version", ""))
        self._targets: dict[str, Coding] = {}
        for group in concept_map["group"]:
            for element in group["element"]:
                target = element["target"][0]
                coding = Coding(
                    group.get("target", ""), target["code"], target.get("display", ""), target["equivalence"]
                )
                if element["code"] in self._targets:
                    raise ValueError(f"{self.url}: {element['code']} is mapped twice")
                self._targets[element["code"]] = coding

    def translate(self, code: str) -> Coding | None:
        """The target of a source code, or None when the map has no row for it."""
        return self._targets.get(code)

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(self._targets)


@cache
def vocabulary(name: str) -> Vocabulary:
    """The vocabulary in mappings/vocabularies/NAME.json."""
    return Vocabulary(loads(mapping_file("vocabularies", f"{name}.json").read_bytes()))
