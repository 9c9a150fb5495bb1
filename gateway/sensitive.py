"""Judge: what the law keeps apart. Divides a record's resources into an ordinary and a sensitive set.

The list is mappings/sensitive.toml, a versioned file.

1. A resource that reveals goes to the sensitive set with all that it refers to.
2. What a test with a listed name found goes with it: "Kết quả: dương tính" of an HIV order.
3. Who the record is about and who made it stay. A Patient with a listed note, an Encounter, an order with
   a listed reason and a report with a listed result are cut, not moved: they lose what reveals, the references
   to what left, and the documents that show them whole.
4. What is no valid resource after the cut, or a report of nothing, goes too.
5. A Provenance goes with both sets, in each with what of its targets is there; it is cut, and brings nothing along.
6. A copy in the sensitive set that says anything else than the ordinary one gets an id of its
   own, so that neither overwrites the other.
"""

from __future__ import annotations

import base64
import binascii
import re
import tomllib
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

from gateway.bundle import Resource, references, rewrite_references, urn
from gateway.mapping import mapping_file
from gateway.outcome import refusing
from gateway.r4 import check

# Who the record is about and who made it do not reveal by themselves, whatever their names say.
_NEUTRAL = frozenset({"Patient", "Organization", "Practitioner", "PractitionerRole", "Location", "Coverage"})
# What is cut, not moved, as long as nothing reveals but these elements; None is any element.
_CUT: dict[str, frozenset[str] | None] = {
    "Encounter": None,  # the frame of the whole record
    "Provenance": None,  # who said the record, and when
    "DiagnosticReport": frozenset({"result", "basedOn", "subject", "encounter", "text", "presentedForm"}),
    "ServiceRequest": frozenset({"reasonCode", "reasonReference", "subject", "encounter", "text"}),
    "Appointment": frozenset({"reasonCode", "text"}),
    "Composition": frozenset({"section", "text"}),
}
_WHOLE = ("text", "presentedForm")  # show the whole resource, and a scan cannot be searched: never left in a cut copy
_REPORTED = frozenset({"result", "conclusion", "conclusionCode", "imagingStudy", "media", "presentedForm"})
_SECTION = frozenset({"text", "entry", "section", "emptyReason"})  # what a paper's section can say (R4 cmp-1)
_FOUND = {"DiagnosticReport": ("result",), "Observation": ("hasMember",)}  # the results a test names
_FOUNDED = {"DiagnosticReport": ("basedOn",), "Observation": ("basedOn", "derivedFrom")}  # and what a result rests on
_SEARCHED = re.compile(r"text/|application/(?:[\w.-]+\+)?(?:xml|json|rtf|xhtml)", re.IGNORECASE)


_PASSED = frozenset({"id", "reference", "resourceType"})  # say nothing themselves
_PASSED_IN_AN_ATTACHMENT = _PASSED | {"data", "hash"}  # read by what it is; a digest says nothing
_DIGEST = "ni:///"  # an address that is a digest (RFC 6920): chance writes "-ARV-" in one of some thousand
_SHORT = 200  # characters of a text worth remembering


@dataclass(frozen=True)
class SensitiveList:
    """The file, read: its version, codes by system (ICD-10 without dots), and words."""

    version: str
    codes: dict[str, tuple[str, ...]]
    words: re.Pattern[str]
    tables: frozenset[str] = frozenset()

    def names_table(self, fields: Iterable[str]) -> bool:
        """True when a source field stands in a listed table (``XML6``, ``XML15[1].MA_LK``)."""
        return any(re.split(r"[.\[]", field, maxsplit=1)[0] in self.tables for field in fields)

    def reveals(self, value: Any) -> bool:
        """True when a code or a text anywhere in ``value`` is on the list."""
        if isinstance(value, dict):
            if self._listed(value.get("system"), value.get("code")) or self._attached(value):
                return True
            passed = _PASSED_IN_AN_ATTACHMENT if "contentType" in value else _PASSED
            return any(self.reveals(item) for key, item in value.items() if key not in passed)
        if isinstance(value, list):
            return any(self.reveals(item) for item in value)
        return isinstance(value, str) and self._says(value)

    def silent(self, resources: Iterable[Resource]) -> bool:
        """True when nothing in any of the resources reveals, whoever it is about: each text and code looked at once.

        Most records are silent, and one walk shows it. False decides nothing: then each
        resource is looked at by itself.
        """
        texts: set[str] = set()
        codings: set[tuple[object, object]] = set()
        waiting: list[Any] = list(resources)
        while waiting:
            value = waiting.pop()
            if type(value) is dict:
                if "contentType" in value and self._attached(value):
                    return False
                if "system" in value:
                    codings.add((value["system"], value.get("code")))
                passed = _PASSED if "contentType" not in value else _PASSED_IN_AN_ATTACHMENT
                for key, item in value.items():
                    if not isinstance(item, str):
                        waiting.append(item)
                    elif key not in passed:
                        texts.add(item)
            elif type(value) is list:
                waiting += value
            elif isinstance(value, str):
                texts.add(value)
            elif isinstance(value, dict | list):
                return False  # of an unusual type: looked at closely
        return not any(self._listed(*coding) for coding in codings) and not any(map(self._says, texts))

    def _says(self, text: str) -> bool:
        return self._said(text) if len(text) <= _SHORT else self._searched(text)

    @cached_property
    def _said(self) -> Callable[[str], bool]:
        """:meth:`_searched`, remembered: the same names of tests, units and systems come again and again."""
        return lru_cache(maxsize=16_384)(self._searched)

    def _searched(self, text: str) -> bool:
        if text.startswith(_DIGEST):
            return False
        return bool(self.words.search(text if text.isascii() else unicodedata.normalize("NFKC", text)))

    def _listed(self, system: object, code: object) -> bool:
        if not isinstance(system, str) or not isinstance(code, str):
            return False
        listed = self.codes.get(system, ())
        return _plain(code).startswith(listed) if listed and "icd" in system else code.strip() in listed

    def _attached(self, value: dict[str, Any]) -> bool:
        """A text document inside an Attachment is read too, whatever its encoding."""
        if not _SEARCHED.match(str(value.get("contentType", ""))) or not isinstance(value.get("data"), str):
            return False
        try:
            text = base64.b64decode(value["data"])
        except (binascii.Error, ValueError):
            return True  # a document nobody can read is not shown to everybody
        return any(self._says(text.decode(encoding, "replace")) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


def _plain(code: str) -> str:
    """An ICD-10 code as it is compared: B201, b20.1 and B20.1 are one."""
    return code.strip().upper().replace(".", "")


@cache
def sensitive_list() -> SensitiveList:
    """The list in force."""
    table = tomllib.loads(mapping_file("sensitive.toml").read_text(encoding="utf-8"))
    codes = {
        system: tuple(_plain(code) if "icd" in system else code for code in listed)
        for system, listed in table["codes"].items()
    }
    words = re.compile("|".join(table["words"]["patterns"]))
    return SensitiveList(table["version"], codes, words, frozenset(table["tables"]))


def divide(
    resources: Sequence[Resource], listed: SensitiveList | None = None
) -> tuple[list[Resource], list[Resource], frozenset[str]]:
    """(ordinary, sensitive, ids that reveal).

    ``sensitive`` is empty when nothing reveals; the ids are those of the sensitive set that
    must never be returned by default (the rest are shared with the ordinary set).
    """
    rule = listed or sensitive_list()
    if rule.silent(resources):
        return list(resources), [], frozenset()
    by_urn = {urn(item["id"]): item for item in resources}
    revealing = {name for name, item in by_urn.items() if rule.reveals(_telling(item))}
    revealing |= _named(by_urn, rule)
    if not revealing:
        return list(resources), [], frozenset()
    moved = {name for name in revealing if not _can_be_cut(by_urn[name], rule)}
    moved |= _found(by_urn, {name for name in moved if rule.reveals(by_urn[name].get("code"))})
    ordinary = _left(by_urn, moved, revealing, rule)
    while broken := {name for name, item in ordinary.items() if item != by_urn[name] and _spoilt(by_urn[name], item)}:
        moved |= broken
        ordinary = _left(by_urn, moved, revealing, rule)
    return list(ordinary.values()), *_apart(by_urn, moved, ordinary)


def _telling(item: Resource) -> Any:
    """What of a resource may reveal: all of it; of a person only what is noted about them; of who made it nothing."""
    if item["resourceType"] == "Patient":
        return item.get("extension")
    return None if item["resourceType"] in _NEUTRAL else item


def _named(by_urn: Mapping[str, Resource], rule: SensitiveList) -> set[str]:
    """What a reference elsewhere calls by a listed word: ``{"reference": …, "display": "HIV Ab"}``."""

    def named(value: Any) -> set[str]:
        if isinstance(value, dict):
            found = set().union(*map(named, value.values()))
            target = by_urn.get(str(value.get("reference")))
            if target and target["resourceType"] not in _NEUTRAL | {"Encounter"} and rule.reveals(value.get("display")):
                found.add(value["reference"])
            return found
        return set().union(*map(named, value)) if isinstance(value, list) else set()

    return named(list(by_urn.values()))


def _can_be_cut(item: Resource, rule: SensitiveList) -> bool:
    """False too for a resource that only a reference elsewhere gives away: nothing in it could be cut."""
    kind = item["resourceType"]
    if kind == "Patient":
        return True
    if kind not in _CUT or not rule.reveals(item):
        return False
    elements = _CUT[kind]
    return elements is None or not rule.reveals({key: part for key, part in item.items() if key not in elements})


def _found(by_urn: Mapping[str, Resource], tests: set[str]) -> set[str]:
    """``tests`` and every result of theirs: based on them alone, or listed by them."""
    found = set(tests)
    before = -1
    while len(found) != before:
        before = len(found)
        for name, item in by_urn.items():
            kind = item["resourceType"]
            if name in found:
                listed = _referred(item, _FOUND.get(kind, ()))
                found |= {one for one in listed if by_urn.get(one, {}).get("resourceType") == "Observation"}
            elif any((rests := _referred(item, (key,))) and rests <= found for key in _FOUNDED.get(kind, ())):
                found.add(name)
    return found


def _referred(item: Resource, keys: Sequence[str]) -> set[str]:
    return {reference for key in keys for reference in references(item.get(key))}


def _left(
    by_urn: Mapping[str, Resource], moved: AbstractSet[str], revealing: AbstractSet[str], rule: SensitiveList
) -> dict[str, Resource]:
    """The ordinary set: what did not move, cut where it must be."""
    made: dict[str, Resource] = {}
    for name, item in by_urn.items():
        if name in moved:
            continue
        kept = _without(_cleaned(item, rule) if name in revealing else item, moved)
        made[name] = kept if kept == item else {key: part for key, part in kept.items() if key not in _WHOLE}
    return made


def _cleaned(item: Resource, rule: SensitiveList) -> Resource:
    """The resource without the elements, or list items, that reveal."""
    made: Resource = {}
    for key, value in item.items():
        if item["resourceType"] == "Patient" and key != "extension":
            made[key] = value
        elif isinstance(value, list):
            if kept := [part for part in value if not rule.reveals(part)]:
                made[key] = kept
        elif not rule.reveals(value):
            made[key] = value
    return made


def _without(item: Resource, gone: AbstractSet[str]) -> Resource:
    """The resource without the list items, or single elements, that refer to what is gone.

    The whole item goes, ``Encounter.diagnosis[1]`` and not its ``condition`` alone: what is said
    of something that left is no better than the reference to it. So does a paper's section with nothing left in it.
    """
    made: Resource = {}
    for key, part in item.items():
        if isinstance(part, list):
            kept = [_without(one, gone) if isinstance(one, dict) else one for one in part if not _refers(one, gone)]
            if key == "section":
                kept = [one for one in kept if not isinstance(one, dict) or not _SECTION.isdisjoint(one)]
            if kept := [one for one in kept if one != {}]:
                made[key] = kept
        elif not isinstance(part, dict):
            made[key] = part
        elif not _refers(part, gone) and (inner := _without(part, gone)):
            made[key] = inner
    return made


def _refers(value: Any, gone: AbstractSet[str]) -> bool:
    """True when ``value`` itself, not an item of a list in it, refers to what is gone."""
    return isinstance(value, dict) and (
        value.get("reference") in gone or any(_refers(part, gone) for part in value.values())
    )


def _spoilt(item: Resource, cut: Resource) -> bool:
    """No valid resource any more, or a report with nothing left to report."""
    if item["resourceType"] == "DiagnosticReport" and _REPORTED & item.keys() and not _REPORTED & cut.keys():
        return True
    return refusing(check(cut)) and not refusing(check(item))


def _apart(
    by_urn: Mapping[str, Resource], moved: AbstractSet[str], ordinary: Mapping[str, Resource]
) -> tuple[list[Resource], frozenset[str]]:
    """The sensitive set and the ids in it that reveal: what moved, copies of what was cut, what both refer to."""
    cut = {name for name, item in ordinary.items() if item != by_urn[name]}
    apart = moved | cut
    needed = {*apart, *(name for name, item in by_urn.items() if _speaks_of(item, apart))}
    waiting = list(needed)
    while waiting:
        name = waiting.pop()
        item = by_urn[name]
        for target in references(item):
            if target in by_urn and target not in needed and _comes_along(by_urn[target], item, of_cut=name in cut):
                needed.add(target)
                waiting.append(target)
    absent = by_urn.keys() - needed
    copies = {name: _without(item, absent) for name, item in by_urn.items() if name in needed}
    own: dict[str, str] = {}
    made = copies
    while other := {name for name in needed - moved - own.keys() if made[name] != ordinary[name]}:
        own |= {name: urn(str(uuid.uuid5(uuid.UUID(by_urn[name]["id"]), "sensitive"))) for name in other}
        made = {name: _renamed(item, own) for name, item in copies.items()}
    for name in own:
        made[name]["id"] = own[name].removeprefix("urn:uuid:")
    return list(made.values()), frozenset(made[name]["id"] for name in needed if name in moved or name in own)


def _renamed(item: Resource, own: Mapping[str, str]) -> Resource:
    return dict(rewrite_references(item, lambda reference: own.get(reference, reference)))


def _speaks_of(item: Resource, names: AbstractSet[str]) -> bool:
    return item["resourceType"] == "Provenance" and not names.isdisjoint(_referred(item, ("target",)))


def _comes_along(target: Resource, of: Resource, *, of_cut: bool) -> bool:
    """What a moved resource refers to, but no ordinary result; of a cut one only its frame; of a Provenance who said
    it, and of all it speaks of the patient alone."""
    kind = target["resourceType"]
    if of["resourceType"] == "Provenance":
        return kind == "Patient" or urn(target["id"]) in _referred(of, [key for key in of if key != "target"])
    return (
        kind in _NEUTRAL or kind in ("Encounter", "ServiceRequest", "Specimen") or not (of_cut or kind == "Observation")
    )
