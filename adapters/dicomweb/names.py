"""A person's name (PN, PS3.5 6.2.1): five parts divided by ``^``, in up to three groups of letters.

The text keeps the order it was sent in, as in HL7 v2: Vietnamese systems write the middle name where DICOM wants the
given one as often as not, and nobody can tell. A name written all in one part is whole, and has no family part.
"""

from __future__ import annotations

from typing import Any

from adapters.dicomweb.dataset import Value

REPRESENTATION = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
_GROUPS = {"Ideographic": "IDE", "Phonetic": "SYL"}  # letters are the rule, and carry no mark


def human_name(found: Value, use: str = "") -> tuple[dict[str, Any], dict[str, str]]:
    """(a HumanName, its lineage)."""
    family, given, middle, prefix, suffix = (part.strip() for part in _parts(found.value))
    made: dict[str, Any] = {"use": use} if use else {}
    if code := _GROUPS.get(found.group):
        made["extension"] = [{"url": REPRESENTATION, "valueCode": code}]
    made["text"] = " ".join(part for part in (family, given, middle) if part) or " ".join(
        filter(None, (prefix, suffix))
    )
    if sum(map(bool, (family, given, middle))) > 1:  # the whole name in one part has no family part to tell
        if family:
            made["family"] = family
        if names := [part for part in (given, middle) if part]:
            made["given"] = names
    if prefix:
        made["prefix"] = [prefix]
    if suffix:
        made["suffix"] = [suffix]
    return made, {key: found.path for key in made if key not in ("use", "extension")}


def spoken(found: Value) -> str:
    """The name as one text, its title before it."""
    family, given, middle, prefix, suffix = (part.strip() for part in _parts(found.value))
    return " ".join(part for part in (prefix, family, given, middle, suffix) if part)


def _parts(text: str) -> list[str]:
    """Five parts; what stands behind a fifth mark belongs to the last."""
    parts = text.split("^", 4)
    return [*parts, *[""] * (5 - len(parts))]
