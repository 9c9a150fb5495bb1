"""Judge: what the law keeps apart. Divides a record's resources into an ordinary and a sensitive set.

The list is mappings/sensitive.toml, a versioned file. A resource that reveals goes to the
sensitive set with all that it refers to; the ordinary set keeps the rest, without references
to what left. A copy kept in the sensitive set of something that had to be cut in the ordinary
one gets an id of its own, so that neither overwrites the other.
"""

from __future__ import annotations

import base64
import binascii
import re
import tomllib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.bundle import Resource, references, rewrite_references, urn
from gateway.mapping import mapping_file

# Who the record is about and who made it do not reveal by themselves, whatever their names say.
_NEUTRAL = frozenset({"Patient", "Organization", "Practitioner", "PractitionerRole", "Location", "Coverage"})
# The encounter is the frame of the whole record: it is cut, not moved.
_CUT = frozenset({"Encounter", "DiagnosticReport"})


@dataclass(frozen=True, slots=True)
class SensitiveList:
    """The file, read: its version, codes by system, and words."""

    version: str
    codes: dict[str, tuple[str, ...]]
    words: re.Pattern[str]

    def reveals(self, value: Any) -> bool:
        """True when a code or a text anywhere in ``value`` is on the list."""
        if isinstance(value, dict):
            if self._listed(value.get("system"), value.get("code")) or self._attached(value):
                return True
            return any(
                self.reveals(item)
                for key, item in value.items()
                if key not in ("id", "reference", "system", "url", "fullUrl", "resourceType")
            )
        if isinstance(value, list):
            return any(self.reveals(item) for item in value)
        return isinstance(value, str) and bool(self.words.search(value))

    def _listed(self, system: object, code: object) -> bool:
        if not isinstance(system, str) or not isinstance(code, str):
            return False
        prefixes = self.codes.get(system, ())
        return code.startswith(prefixes) if "icd" in system and prefixes else code in prefixes

    def _attached(self, value: dict[str, Any]) -> bool:
        """A text document inside an Attachment is read too."""
        if not str(value.get("contentType", "")).startswith("text/") or not isinstance(value.get("data"), str):
            return False
        try:
            text = base64.b64decode(value["data"], validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return False
        return bool(self.words.search(text))


@cache
def sensitive_list() -> SensitiveList:
    """The list in force."""
    table = tomllib.loads(mapping_file("sensitive.toml").read_text(encoding="utf-8"))
    codes = {system: tuple(listed) for system, listed in table["codes"].items()}
    return SensitiveList(table["version"], codes, re.compile("|".join(table["words"]["patterns"])))


def divide(
    resources: Sequence[Resource], listed: SensitiveList | None = None
) -> tuple[list[Resource], list[Resource], frozenset[str]]:
    """(ordinary, sensitive, ids that reveal).

    ``sensitive`` is empty when nothing reveals; the ids are those of the sensitive set that
    must never be returned by default (the rest are shared with the ordinary set).
    """
    rule = listed or sensitive_list()
    by_urn = {urn(item["id"]): item for item in resources}
    revealing = {urn(item["id"]) for item in resources if item["resourceType"] not in _NEUTRAL and rule.reveals(item)}
    if not revealing:
        return list(resources), [], frozenset()
    moved = {name for name in revealing if by_urn[name]["resourceType"] not in _CUT or _wholly(by_urn[name], rule)}
    # A component of a panel that moved takes along what was made only for it.
    ordinary: list[Resource] = []
    cut: dict[str, Resource] = {}
    for item in resources:
        name = urn(item["id"])
        if name in moved:
            continue
        kept = _without(_cleaned(item, rule) if name in revealing else item, moved)
        if kept != item:
            cut[name] = item
        ordinary.append(kept)
    return ordinary, *_apart(resources, moved, cut)


def _wholly(report: Resource, rule: SensitiveList) -> bool:
    """A report whose own code or conclusion reveals goes whole; an Encounter never does."""
    return report["resourceType"] == "DiagnosticReport" and rule.reveals(
        {key: item for key, item in report.items() if key not in ("result", "subject", "encounter")}
    )


def _cleaned(item: Resource, rule: SensitiveList) -> Resource:
    """The resource without the elements, or list items, that reveal."""
    made: Resource = {}
    for key, value in item.items():
        if isinstance(value, list):
            kept = [part for part in value if not rule.reveals(part)]
            if kept:
                made[key] = kept
        elif not rule.reveals(value):
            made[key] = value
    return made


def _without(item: Resource, moved: Iterable[str]) -> Resource:
    """The resource without references to what moved; elements left empty go too."""
    gone = frozenset(moved)

    def pruned(value: Any) -> Any:
        if isinstance(value, dict):
            if value.get("reference") in gone:
                return None
            made = {key: inner for key, part in value.items() if (inner := pruned(part)) is not None}
            return made or None
        if isinstance(value, list):
            return [inner for part in value if (inner := pruned(part)) is not None] or None
        return value

    return dict(pruned(item))


def _apart(
    resources: Sequence[Resource], moved: set[str], cut: dict[str, Resource]
) -> tuple[list[Resource], frozenset[str]]:
    by_urn = {urn(item["id"]): item for item in resources}
    needed = set(moved)
    needed.update(name for name, item in cut.items() if set(references(item)) & moved or item["resourceType"] in _CUT)
    waiting = list(needed)
    while waiting:
        for name in references(by_urn[waiting.pop()]):
            if name in by_urn and name not in needed and _belongs(by_urn[name], moved):
                needed.add(name)
                waiting.append(name)
    own = {name: urn(str(uuid.uuid5(uuid.UUID(by_urn[name]["id"]), "sensitive"))) for name in needed & set(cut)}
    made: list[Resource] = []
    revealing: set[str] = set()
    for item in resources:
        name = urn(item["id"])
        if name not in needed:
            continue
        copied = rewrite_references(_only(item, moved, needed), lambda reference: own.get(reference, reference))
        copied["id"] = own.get(name, name).removeprefix("urn:uuid:")
        if name in moved or name in own:
            revealing.add(copied["id"])
        made.append(copied)
    return made, frozenset(revealing)


def _belongs(item: Resource, moved: set[str]) -> bool:
    """What a moved resource refers to comes along, but not the ordinary results of a shared report."""
    return item["resourceType"] != "Observation" or urn(item["id"]) in moved


def _only(item: Resource, moved: set[str], needed: set[str]) -> Resource:
    """In the sensitive set a report lists only what is in the set."""
    return _without(item, {name for name in references(item) if name.startswith("urn:uuid:")} - needed - moved)
