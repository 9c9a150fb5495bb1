"""What HL7's pack of extensions for R4 adds to those of R4 itself.

    python -m gateway.r4.extensions_pack hl7.fhir.uv.extensions.r4-5.2.0.tgz

writes ``extensions_pack.json`` from HL7's package (CC0). Since R4, HL7 publishes extensions apart from the
standard (https://hl7.org/fhir/extensions/): new ones, which are known by name here and not checked, and those
of R4 with more contexts and types of value, which are no errors where a sender follows the later text.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from gateway.r4.definition_files import definition_file
from gateway.r4.extension_rows import Compact, compact, is_extension
from gateway.r4.fhir_package import FhirPackage, read_package

FILE = Path(__file__).parent / "extensions_pack.json"


def additions(package: FhirPackage) -> dict[str, Compact]:
    """By url: the contexts and types that R4 has not, nothing for an extension that R4 has not at all."""
    made: dict[str, Compact] = {}
    for url, structure in package.resources["StructureDefinition"].items():
        if is_extension(structure):
            known, later = definition_file("extensions").get(url), compact(structure)
            if known is None:
                made[url] = {}
            elif added := _added(known, later):
                made[url] = added
    return made


def _added(known: Compact, later: Compact) -> Compact:
    contexts = [each for each in later.get("context", ()) if each not in known.get("context", ())]
    before, after = ((each.get("value") or {}).get("types", ()) for each in (known, later))
    types = [each for each in after if each not in before] if before else []
    return {key: value for key, value in (("context", contexts), ("types", types)) if value}


def main(arguments: list[str]) -> None:
    made = additions(read_package(Path(arguments[0])))
    lines = [f"{json.dumps(url)}:{json.dumps(made[url], separators=(',', ':'))}" for url in sorted(made)]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
