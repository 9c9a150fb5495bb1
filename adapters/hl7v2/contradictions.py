"""What cannot all be true: flags beside the value they speak of, results in a report that says there are none.

Which of them is wrong, nobody here knows. All go as they were said; what would turn a reading round is held.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from adapters.hl7v2.groups import Order
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment
from gateway.mapping.draft import Draft

_HIGH = frozenset({"H", "HH", "HU", ">"})
_LOW = frozenset({"L", "LL", "LU", "<"})
_FLAGS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
# Flags of which one alone can be true (HL7 table 0078).
_APART = (
    (_HIGH, _LOW, frozenset({"N"})),
    (frozenset({"N"}), frozenset({"A", "AA"})),
    (frozenset({"POS"}), frozenset({"NEG"})),
    (frozenset({"S"}), frozenset({"I"}), frozenset({"R"}), frozenset({"SDD"})),
    (frozenset({"RR"}), frozenset({"NR"})),
)
_WORDS = {
    "NEG": frozenset({"âm tính", "negative", "neg", "(-)", "-"}),
    "POS": frozenset({"dương tính", "positive", "pos", "(+)", "+", "++", "+++"}),
}
_LETTERS = frozenset({"s", "i", "r"})  # of an antibiogram, as a value
_BOUNDS = {"<": ("<", "<="), ">": (">", ">=")}
_RESULTS = frozenset({"final", "corrected", "amended", "preliminary"})
_OPEN = frozenset({"registered", "preliminary"})


def tell_contradictions(obx: Segment, draft: Draft, scope: Scope) -> None:
    """Flags against each other and against the value; nothing without flags."""
    if "interpretation" not in draft.resource:
        return
    resource = draft.resource
    concepts = resource["interpretation"]
    flags = {one["code"] for concept in concepts for one in concept.get("coding", ()) if one.get("system") == _FLAGS}
    if (len(flags) > 1 and any(_several(flags, apart) for apart in _APART)) or _against(flags, resource):
        scope.ledger.hold("business-rule", "hl7v2-flag-contradicts-value", obx.path(8))
    elif _outside(flags, resource):
        scope.ledger.remark("information", "business-rule", "hl7v2-flag-beside-range", obx.path(8))


def tell_report_contradictions(order: Order, report: Draft | None, observations: Iterable[Draft], scope: Scope) -> None:
    """A cancelled report that has results is held, since nobody would read them; of others it is told."""
    if report is None or order.obr is None:
        return
    status, all_said = report.get("status"), {one.get("status") for one in observations}
    if status == "cancelled" and all_said & _RESULTS:
        scope.ledger.hold("business-rule", "hl7v2-report-cancelled-with-results", order.obr.path(25))
    elif all_said & {"final": _OPEN, "corrected": _OPEN, "registered": _RESULTS}.get(status, frozenset()):
        scope.ledger.remark("warning", "business-rule", "hl7v2-report-beside-results", order.obr.path(25))


def _several(flags: set[str], apart: tuple[frozenset[str], ...]) -> bool:
    return sum(not flags.isdisjoint(one) for one in apart) > 1


def _against(flags: set[str], resource: dict[str, Any]) -> bool:
    """True where the flag says the opposite of the value."""
    words = _words(resource)
    if any(flag in flags and words in said for flag, said in (("POS", _WORDS["NEG"]), ("NEG", _WORDS["POS"]))):
        return True
    if words in _LETTERS and (letters := flags & {"S", "I", "R"}) and words.upper() not in letters:
        return True
    quantity = resource.get("valueQuantity")
    if quantity is None:
        return False
    comparator = quantity.get("comparator", "")
    if any(flag in flags and comparator not in bounds for flag, bounds in _BOUNDS.items()):
        return True  # off scale: the number is the scale's end, and reads as measured
    low, high = _ends(resource)
    below = low is not None and quantity["value"] < low and comparator not in _BOUNDS[">"]
    above = high is not None and quantity["value"] > high and comparator not in _BOUNDS["<"]
    return bool((below and flags & _HIGH) or (above and flags & _LOW))


def _outside(flags: set[str], resource: dict[str, Any]) -> bool:
    """True for N outside the range, H or L inside: the range may be another age's, or the flag another's range."""
    quantity = resource.get("valueQuantity")
    low, high = _ends(resource)
    if quantity is None or low is None or high is None or "comparator" in quantity:
        return False
    value = quantity["value"]
    return bool(("N" in flags and not low <= value <= high) or (low < value < high and flags & (_HIGH | _LOW)))


def _ends(resource: dict[str, Any]) -> tuple[Any, Any]:
    """Low and high of the only reference range; None where it is not two numbers."""
    ranges = resource.get("referenceRange", ())
    if len(ranges) != 1 or "low" not in ranges[0]:
        return None, None
    return ranges[0]["low"]["value"], ranges[0]["high"]["value"]


def _words(resource: dict[str, Any]) -> str:
    """The value where it is words, in small letters; "" for anything else."""
    text: str = resource.get("valueString") or resource.get("valueCodeableConcept", {}).get("text", "")
    return text.strip().casefold() if len(text) < 20 else ""
