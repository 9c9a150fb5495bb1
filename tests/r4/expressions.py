"""Every expression of HL7's core package: ``python -m tests.r4.expressions PACKAGE`` writes them to tests/r4/data.

The invariants of all StructureDefinitions, profiles and extensions included, where an extension may stand, what
tells slices apart, and search parameters.
"""

from __future__ import annotations

import json
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.r4.score.archive import DATA

FILE = DATA / "r4-expressions.json"


def main(package: str) -> None:
    found: dict[str, str] = {}
    with tarfile.open(package) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.name.endswith(".json") else None
            if content is not None:
                for text, place in _expressions(json.loads(content.read())):
                    found[text] = min(place, found.get(text, place))
    lines = ",\n".join(f"{json.dumps(text)}:{json.dumps(found[text])}" for text in sorted(found))
    FILE.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def expressions() -> dict[str, str]:
    """Each expression, and the first definition in which it stands."""
    content: dict[str, str] = json.loads(FILE.read_bytes())
    return content


def _expressions(definition: dict[str, Any]) -> Iterator[tuple[str, str]]:
    name = definition.get("url", "").rpartition("/")[2]
    if definition.get("resourceType") == "SearchParameter" and "expression" in definition:
        yield definition["expression"], name
    if definition.get("resourceType") != "StructureDefinition":
        return
    for text in definition.get("contextInvariant", ()):
        yield text, name
    for view in ("snapshot", "differential"):
        for element in definition.get(view, {}).get("element", ()):
            for constraint in element.get("constraint", ()):
                if "expression" in constraint:
                    yield constraint["expression"], f"{name} {constraint['key']}"
            for discriminator in element.get("slicing", {}).get("discriminator", ()):
                yield discriminator["path"], f"{name} slicing"


if __name__ == "__main__":
    main(Path(sys.argv[1]).as_posix())
