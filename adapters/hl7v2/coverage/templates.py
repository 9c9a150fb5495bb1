"""A plain valid message of each structure, with a place for each segment (mappings/hl7v2/templates.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from gateway.mapping import mapping_file


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a message: a segment, or ``PRT[CareTeam]``, the segment as one map means it; optional with ``?``."""

    name: str
    segment: str
    always: bool


@dataclass(frozen=True, slots=True)
class Template:
    """A structure's slots, in the order of the message."""

    structure: str
    slots: tuple[Slot, ...]

    def slot_of(self, segment_map: str) -> int | None:
        """Where a map's segment stands: its own slot, else its segment's, else one another map shares with it."""
        name = segment_map.partition("[")[0]
        ways: tuple[Callable[[Slot], bool], ...] = (
            lambda slot: slot.name == segment_map,
            lambda slot: slot.name == name,
            lambda slot: slot.always and slot.segment.startswith(name),
        )
        found = (at for fits in ways for at, slot in enumerate(self.slots) if fits(slot))
        return next(found, None)


@cache
def templates() -> dict[str, Template]:
    """Structure → its template."""
    loaded = tomllib.loads(mapping_file("hl7v2", "templates.toml").read_text("utf-8"))
    segments: dict[str, str] = loaded["segments"]
    return {
        structure: Template(structure, tuple(_slot(word, segments, told["event"]) for word in told["slots"].split()))
        for structure, told in loaded["structures"].items()
    }


def _slot(word: str, segments: dict[str, str], event: str) -> Slot:
    name = word.removesuffix("?")
    plain = segments.get(name) or segments[name.partition("[")[0]]
    return Slot(name, plain.replace("{event}", event), name == word)
