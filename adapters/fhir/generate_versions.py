"""Writes mappings/fhir/other-versions.json: what R5, R4B and STU3 have and R4 does not.

``python -m adapters.fhir.generate_versions``, with fhir.resources installed, whose models are read. Output::

    {"types": {"R5": ["Transport", …]}, "elements": {"R5": {"Observation": ["triggeredBy", …]}}}

``elements``: JSON keys that a resource type has anywhere in itself (not in its datatypes) and R4's has nowhere.
"""

from __future__ import annotations

import inspect
import json
import pkgutil
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from gateway.r4 import is_resource_type
from gateway.r4.schema import Type, type_named

VERSIONS = {"R5": "fhir.resources", "R4B": "fhir.resources.R4B", "STU3": "fhir.resources.STU3"}
OUT = Path(__file__).parents[2] / "mappings" / "fhir" / "other-versions.json"


def other_versions() -> dict[str, Any]:
    """The content of the file."""
    types: dict[str, list[str]] = {}
    elements: dict[str, dict[str, list[str]]] = {}
    for version, package in VERSIONS.items():
        elements[version] = {}
        types[version] = []
        for name, keys in sorted(_resources(package).items()):
            if not is_resource_type(name):
                types[version].append(name)
            elif new := sorted(keys - _r4_keys(name)):
                elements[version][name] = new
    return {"types": types, "elements": elements}


def _resources(package: str) -> dict[str, set[str]]:
    """Resource type → the JSON keys of its model and of the models nested in it, which its module holds too."""
    found: dict[str, set[str]] = {}
    for module in pkgutil.iter_modules(import_module(package).__path__):
        if module.ispkg or module.name.startswith(("_", "fhir")):
            continue
        models = _models(import_module(f"{package}.{module.name}"))
        for name, model in models.items():
            if name.lower() == module.name and any(base.__name__ == "Resource" for base in model.__mro__[1:]):
                found[name] = {key for nested in models.values() for key in _keys(nested)}
    return {name: keys for name, keys in found.items() if name not in ("DomainResource", "MetadataResource")}


def _models(module: ModuleType) -> dict[str, Any]:
    classes = inspect.getmembers(module, inspect.isclass)
    return {name: made for name, made in classes if made.__module__ == module.__name__}


def _keys(model: Any) -> set[str]:
    keys = {field.alias or name for name, field in getattr(model, "model_fields", {}).items()}
    return {key for key in keys if not key.startswith("_") and key not in ("fhir_comments", "resourceType")}


def _r4_keys(name: str) -> set[str]:
    """JSON keys that stand anywhere in R4's resource type, those of its datatypes aside."""
    found: set[str] = set()
    waiting: list[Type] = [type_named(name)]
    seen: set[str] = set()
    while waiting:
        here = waiting.pop()
        seen.add(here.name)
        for key, one in here.properties.items():
            found.add(key)
            if isinstance(one.type, Type) and one.type.name.startswith(f"{name}.") and one.type.name not in seen:
                waiting.append(one.type)
    return found


def written(found: dict[str, Any]) -> str:
    """As JSON, a line a version's types and a resource type's elements."""
    types = ",\n".join(f"  {json.dumps(version)}: {json.dumps(names)}" for version, names in found["types"].items())
    elements = ",\n".join(
        f"  {json.dumps(version)}: {{\n"
        + ",\n".join(f"   {json.dumps(name)}: {json.dumps(keys)}" for name, keys in by_type.items())
        + "\n  }"
        for version, by_type in found["elements"].items()
    )
    return f'{{\n "types": {{\n{types}\n }},\n "elements": {{\n{elements}\n }}\n}}\n'


def main() -> None:
    OUT.write_text(written(other_versions()), encoding="utf-8")


if __name__ == "__main__":
    main()
