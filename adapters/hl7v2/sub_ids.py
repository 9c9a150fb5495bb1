"""OBX-4: what it says kept in HL7's extension; where dotted numbers make a tree, parents have their members.

``1`` is the parent of ``1.1``, and that of ``1.1.1``. HL7's map leaves the meaning of sub-ids to each sender; the
only reading here is this one, and only where it fits: every number below another must have exactly one result of
that number in its order. Results of a first number where one does not fit stay as they are, flat, and it is told.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from adapters.hl7v2.groups import Result
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from gateway.jsontext import Number
from gateway.mapping.draft import Draft, Piece

SUB_ID = "http://hl7.org/fhir/StructureDefinition/observation-v2-subid"
_DOTTED = re.compile(r"[1-9][0-9]{0,3}(?:\.[1-9][0-9]{0,3})*\Z")
_NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,8})\Z")
_PARTS = ("original-sub-identifier", "group", "sequence", "identifier")  # OG.1 to OG.4


def place_sub_id(obx: Segment, draft: Draft) -> None:
    """OG (2.8.2) part by part; what is no OG, and the ST of older versions, whole."""
    value = obx.first(4)
    if value is None:
        return
    inner: list[dict[str, Any]] = []
    sources = {}
    if value.components == 1 or not _is_og(value):
        inner.append({"url": _PARTS[0], "valueString": value.whole().strip()})
        sources["extension[0].valueString"] = value.path
    else:
        for component, url in enumerate(_PARTS, 1):
            if text := value.take(component):
                counts = component in (2, 3)
                form = "valueDecimal" if counts else "valueString"
                sources[f"extension[{len(inner)}].{form}"] = value.at(component)
                inner.append({"url": url, form: Number(text) if counts else text})
    draft.add("extension", Piece({"url": SUB_ID, "extension": inner}, sources))


def _is_og(value: Value) -> bool:
    if value.components > 4 or any(len(part) > 1 for part in value.parts):
        return False
    return all(not (text := value.peek(component)) or _NUMBER.match(text) for component in (2, 3))


def sub_id_key(obx: Segment) -> str:
    """The sub-id as part of a result's id: all of it."""
    value = obx.first(4)
    if value is None or value.components == 1:
        return value.peek() if value is not None else ""
    return "^".join(value.peek(component) for component in range(1, value.components + 1)).rstrip("^")


def dotted(obx: Segment) -> tuple[str, ...]:
    """``("1", "2")`` of ``1.2``; empty when there is no sub-id, or it is no counting (``001.54``, ``1a``)."""
    value = obx.first(4)
    text = value.peek() if value is not None else ""
    return tuple(text.split(".")) if _DOTTED.match(text) else ()


def nest(results: Sequence[Result], observations: Sequence[Draft], scope: Scope) -> list[Draft]:
    """Give every parent its members; returns the Observations that are nobody's member."""
    numbers = [dotted(result.obx) for result in results]
    if not any(len(one) > 1 for one in numbers):
        return list(observations)
    families: dict[str, list[int]] = defaultdict(list)  # positions, by the first number
    for position, one in enumerate(numbers):
        if one:
            families[one[0]].append(position)
    members: set[int] = set()
    for family in families.values():
        for parent, member in _tree(family, numbers, results, scope):
            observations[parent].add("hasMember", observations[member].reference, results[member].obx.path(4))
            members.add(member)
    return [one for position, one in enumerate(observations) if position not in members]


def _tree(
    family: list[int], numbers: list[tuple[str, ...]], results: Sequence[Result], scope: Scope
) -> list[tuple[int, int]]:
    """(parent, member) for each number below another; nothing where one of them does not fit."""
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for position in family:
        holders[numbers[position]].append(position)
    found = []
    for position in family:
        if len(numbers[position]) > 1:
            parents = holders.get(numbers[position][:-1], [])
            if len(parents) != 1:
                scope.ledger.remark("information", "structure", "hl7v2-sub-id-no-tree", results[position].obx.path(4))
                return []
            found.append((parents[0], position))
    return found
