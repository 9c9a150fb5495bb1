"""The delimiters a message declares in MSH-1 and MSH-2 (HL7 v2 section 2.5.4)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from gateway.errors import PayloadError


@dataclass(frozen=True, slots=True)
class Delimiters:
    """``truncation`` is the fifth character of MSH-2, from 2.7 on; "" when not declared.

    ``charset``: the set the message was read in, which hexadecimal data in it are in too.
    """

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    truncation: str = ""
    charset: str = "utf-8"
    named: dict[str, str] = dataclasses.field(init=False, compare=False)  # escape code → the character it stands for

    def __post_init__(self) -> None:
        named = {
            "F": self.field,
            "S": self.component,
            "R": self.repetition,
            "E": self.escape,
            "T": self.subcomponent,
        }
        if self.truncation:
            named["P"] = self.truncation
        object.__setattr__(self, "named", named)


def read_delimiters(header: str, charset: str = "utf-8") -> Delimiters:
    """From the first characters of an MSH segment. PayloadError when they are missing or not distinct."""
    separator = header[3:4]
    declared = header[4:].partition(separator)[0] if separator else ""
    characters = separator + declared
    if (
        len(declared) not in (4, 5)
        or len(set(characters)) != len(characters)
        or any(character.isalnum() or character.isspace() for character in characters)
    ):
        raise PayloadError("hl7v2-delimiters", "MSH-2")
    return dataclasses.replace(Delimiters(*characters), charset=charset)
