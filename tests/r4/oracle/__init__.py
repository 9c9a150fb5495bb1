"""The project's own good and bad resources, for the gateway's check and for the judge from outside."""

from __future__ import annotations

import copy
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.bundle import Resource
from gateway.jsontext import loads

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Broken:
    """A good resource with one thing changed, and the key of the rule that it breaks."""

    name: str
    rule: str
    resource: Resource


def good() -> dict[str, Resource]:
    """By name; each is valid R4."""
    return {file.stem: loads(file.read_bytes()) for file in sorted(_FOLDER.glob("good/*.json"))}


def broken() -> list[Broken]:
    """Each case of ``broken.toml``."""
    whole = good()
    cases = tomllib.loads((_FOLDER / "broken.toml").read_text("utf-8"))
    return [
        Broken(name, case["rule"], _changed(whole[case["of"]], case["at"], case.get("set"), "absent" in case))
        for name, case in cases.items()
    ]


def _changed(resource: Resource, at: str, text: str | None, absent: bool) -> Resource:
    made = copy.deepcopy(resource)
    *steps, last = (int(step) if step.isdigit() else step for step in re.findall(r"\w+", at))
    place: Any = made
    for step in steps:
        place = place[step]
    if absent:
        del place[last]
    else:
        assert text is not None, at
        place[last] = loads(text.encode())
    return made
