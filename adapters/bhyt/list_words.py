"""The decisions' code lists in words (mappings/bhyt/words.toml): a reader sees "Đỡ", not 2."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from adapters.bhyt.code_systems import coding, national
from gateway.mapping import mapping_file


@lru_cache(maxsize=1)
def listed_words() -> Mapping[str, Mapping[str, str]]:
    """List → code → its words."""
    read: dict[str, dict[str, str]] = tomllib.loads(mapping_file("bhyt", "words.toml").read_text(encoding="utf-8"))
    return read


def worded(name: str, code: str) -> dict[str, Any]:
    """A code of the list as a CodeableConcept, with its words where the list has it."""
    made = coding(national(name), code)
    words = listed_words().get(name, {}).get(code)
    return {"coding": [made], "text": words} if words else {"coding": [made]}
