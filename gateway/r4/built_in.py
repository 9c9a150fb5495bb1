"""The StructureDefinitions every gateway has: R4's own profiles, and those this gateway promises.

``promised/*.json`` are written by hand, a differential each, their texts in English and Vietnamese; docs/profiles.md
says of each what a receiver may rely on. A profile of R4 is generated (gateway/r4/definitions/profiles.json).
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from gateway.r4.definition_files import definition_file
from gateway.r4.profiles import Profiles

Definition = dict[str, Any]  # a StructureDefinition


@cache
def promised() -> dict[str, Definition]:
    """By URL: what this gateway promises of what it sends."""
    read = (json.loads(file.read_bytes()) for file in (files("gateway.r4") / "promised").iterdir())
    return {definition["url"]: definition for definition in sorted(read, key=lambda each: str(each["url"]))}


@cache
def built_in_profiles() -> Profiles:
    """What resources are held to where nothing else is said."""
    return Profiles.of(built_in().values())


def built_in() -> dict[str, Definition]:
    """By URL: R4's own profiles of resources and datatypes, and the promised ones."""
    return {**definition_file("profiles"), **promised()}
