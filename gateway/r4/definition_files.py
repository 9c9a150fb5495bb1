"""Reads the generated definitions, each file once and when first asked for."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any


@cache
def definition_file(name: str) -> dict[str, Any]:
    """The content of ``definitions/{name}.json``."""
    content: dict[str, Any] = json.loads((files("gateway.r4") / "definitions" / f"{name}.json").read_bytes())
    return content


@lru_cache(maxsize=1)
def rules_apart() -> dict[str, dict[str, str]]:
    """Invariants that are not judged as the others: ``native`` and ``not_evaluated`` by no compiled expression,
    ``empty_is_met`` where an expression that answers nothing breaks nothing."""
    content: dict[str, dict[str, str]] = json.loads((files("gateway.r4") / "rules_apart.json").read_bytes())
    return content


@lru_cache(maxsize=1)
def own_extensions() -> dict[str, dict[str, Any]]:
    """The extensions that the gateway itself defines, by url, in the form of ``definitions/extensions.json``."""
    content: dict[str, dict[str, Any]] = json.loads((files("gateway.r4") / "own_extensions.json").read_bytes())
    return content


@lru_cache(maxsize=1)
def extensions_pack() -> dict[str, dict[str, Any]]:
    """By url, the extensions of HL7's later pack and what it adds to those of R4 (``extensions_pack.py``)."""
    content: dict[str, dict[str, Any]] = json.loads((files("gateway.r4") / "extensions_pack.json").read_bytes())
    return content
