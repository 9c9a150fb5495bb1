"""OBX-6 and OBX-7: where the unit of a result goes, and its reference range."""

from __future__ import annotations

import re

from adapters.hl7v2.observed import is_power, unit_of
from adapters.hl7v2.remembered import remembered
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from gateway.bundle import CANONICAL
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.units import ucum
from gateway.mapping.values import simple_range

_NUMBER = re.compile(r"[<>=≤≥+-]*\s*[0-9][0-9.,/-]*\Z")
SOURCE_UNIT = f"{CANONICAL}/StructureDefinition/source-unit"  # valueString: the unit of what is no quantity


def keep_unit(obx: Segment, draft: Draft, scope: Scope) -> None:
    """Where the unit went; its other words, and the unit of what is no quantity, stand in an extension."""
    value = obx.first(6)
    if value is None:
        return
    kept = unit_of(obx)
    used = False
    for path, element in _quantities(draft):
        if element.get("unit") == kept:
            used = True
            for name in ("unit", "system", "code"):
                if name in element:
                    draft.lineage[f"{path}.{name}"] = value.path
    _trace_ratios(draft, value.path)
    power = is_power(value)
    if power:
        value.take(2)
    _hold_doubtful(obx, scope)
    for component in (1, 9) if power else (1, 2, 9):
        text = kept if power and value.take(component) and component == 1 else value.take(component)
        if text and not (used and text == kept):
            extension = {"url": SOURCE_UNIT, "valueString": text}
            source = value.path if value.components == 1 else value.at(component)
            draft.add("extension", Piece(extension, {"valueString": source}))
    if value.peek(3) and used:
        value.take(3)


def _hold_doubtful(obx: Segment, scope: Scope) -> None:
    """A number where the unit should be, as behind an unescaped delimiter; two units, or two names of other ones."""
    values = obx.said(6)
    texts = [value.peek(component) for value in values for component in (1, 2, 4, 5, 9)]
    if _NUMBER.match(unit_of(obx)):
        scope.ledger.hold("value", "hl7v2-unit-is-a-number", values[0].path)
    known = {code for text in texts if (code := ucum(text, scope.profile.units))}
    if len(known) > 1 or len({value.raw for value in values}) > 1:
        scope.ledger.hold("value", "hl7v2-units-contradict", values[0].path)


def _trace_ratios(draft: Draft, source: str) -> None:
    """Both parts of a unit that is one over another came from it; its own words stand beside them."""
    components = enumerate(draft.resource.get("component", ()))
    for at, holder in [("", draft.resource), *((f"component[{index}].", one) for index, one in components)]:
        for part, quantity in holder.get("valueRatio", {}).items():
            for name in ("unit", "system", "code"):
                if name in quantity:
                    draft.lineage[f"{at}valueRatio.{part}.{name}"] = source


def _quantities(draft: Draft) -> list[tuple[str, dict[str, object]]]:
    """Every Quantity of the value and of its range, with its path."""
    found: list[tuple[str, dict[str, object]]] = []
    components = enumerate(draft.resource.get("component", ()))
    for at, holder in [("", draft.resource), *((f"component[{index}].", one) for index, one in components)]:
        if "valueQuantity" in holder:
            found.append((f"{at}valueQuantity", holder["valueQuantity"]))
        elif "valueRange" in holder:
            found += ((f"{at}valueRange.{end}", holder["valueRange"][end]) for end in ("low", "high"))
        for number, one in enumerate(holder.get("referenceRange", ())):
            found += ((f"{at}referenceRange[{number}].{end}", one[end]) for end in ("low", "high") if end in one)
    return found


def place_range(obx: Segment, draft: Draft, scope: Scope) -> None:
    """The text always; low and high only where the text is two plain numbers (a bound is no Range).

    Of several values each component has the range, since an Observation's own is that of its value.
    """
    for value in obx.said(7):
        unit = unit_of(obx) if _quantities(draft) else ""
        for at in [f"component[{index}]." for index in range(draft.count("component"))] or [""]:
            made = _reference_range(value, scope, unit)
            if made is not None:
                draft.add(f"{at}referenceRange", made)


@remembered
def _reference_range(value: Value, scope: Scope, unit: str) -> Piece | None:
    text = value.whole().strip()
    interval = simple_range(text, unit, decimal_comma=scope.profile.decimal_comma, units=scope.profile.units)
    return Piece({**(interval or {}), "text": text}, {"": value.path})
