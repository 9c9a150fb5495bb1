"""ConceptMaps in and out: what is written is read as the same decisions, what a decision cannot say is refused."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.errors import GatewayError
from gateway.jsontext import dumps
from gateway.mapping.units import UCUM
from gateway.r4 import check
from gateway.terminology.decision import LOINC, Decision
from gateway.terminology.line import Line, lines_of
from gateway.terminology.map_file import is_json, map_of, read_map
from gateway.terminology.sheet import sheet_of

OWN = "urn:vn:cskcb:79001:codesystem:L"
AT = datetime(2026, 11, 22, tzinfo=UTC)


def decision(number: int, code: str, target: str, equivalence: str, display: str = "", reason: str = "") -> Decision:
    system = LOINC if target else ""
    return Decision(number, "79001", "code", OWN, code, system, target, display, equivalence, "Thu", AT, reason)


DECIDED = [
    decision(1, "GLU", "14749-6", "equivalent", "Glucose", "serum"),
    decision(2, "X", "2345-7", "wider"),
    decision(3, "SH", "", "unmatched", reason="what is billed together"),
    decision(4, "HB", "718-7", "equal"),
    Decision(5, "79001", "unit", "", "mmol/lít", UCUM, "mmol/L", "", "equivalent", "Thu", AT),
    Decision(6, "79001", "code", "", "NA", LOINC, "2951-2", "", "equivalent", "Thu", AT, "no system"),
]


def changed(path: str, value: Any) -> bytes:
    """The map of two codes, with one thing set otherwise."""
    made: Any = deepcopy(map_of("79001", DECIDED[:2]))
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    there = made
    for step in way:
        there = there[step]
    there[last] = value
    return dumps(made)


def test_what_is_written_is_valid_r4_and_read_as_the_same_decisions() -> None:
    made = map_of("79001", DECIDED)
    assert check(made) == []
    assert is_json(dumps(made))
    assert not is_json(sheet_of([]))
    read = {one.key: one for one in read_map(b"\xef\xbb\xbf" + dumps(made))}
    assert read == {one.key: one for one in lines_of(DECIDED)}
    assert "Thu" not in str(made)


def test_a_code_of_a_group_with_a_target_that_has_none_of_its_own_is_unmatched() -> None:
    data = changed("group.0.element.1.target.0", {"equivalence": "unmatched"})
    assert read_map(data)[1] == Line(OWN, "X", "", "", "unmatched")


@pytest.mark.parametrize(
    ("data", "rule", "path"),
    [
        (b"{", "json-malformed", ""),
        (b"[]", "vocabulary-map-form", ""),
        (b'{"resourceType":"Patient"}', "vocabulary-map-form", ""),
        (changed("status", "in force"), "r4-code", "ConceptMap.status"),
        (changed("status", "retired"), "vocabulary-map-retired", "ConceptMap.status"),
        (changed("group.0.element.0.target.0.equivalence", "same"), "r4-code", "target[0].equivalence"),
        (changed("group.0.element.0.target.0.code", "14749-7"), "vocabulary-target-code", "group[0].element[0]"),
        (changed("group.0.target", "urn:vn:cskcb:01999:codesystem:L"), "vocabulary-target-local", "element[0]"),
        (changed("group.0.source", "http://loinc.org"), "vocabulary-source-standard", "element[0]"),
        (changed("group.0.element.0.target", []), "r4-empty-list", "element[0].target"),
        (changed("group.0.element.0", {"code": "GLU"}), "vocabulary-map-one-target", "element[0]"),
        (changed("group.0.element.1.code", "GLU"), "vocabulary-map-twice", "element[1]"),
        (changed("group.0.unmapped", {"mode": "fixed", "code": "718-7"}), "vocabulary-map-unsaid", "group[0].unmapped"),
        (
            changed("group.0.element.0.target.0.dependsOn", [{"property": "urn:x", "value": "1"}]),
            "vocabulary-map-unsaid", "element[0].target[0].dependsOn",
        ),
        (
            changed("group.0.element.0.target", [{"code": "718-7", "equivalence": "equal"}] * 2),
            "vocabulary-map-one-target", "element[0]",
        ),
        (
            changed("modifierExtension", [{"url": "http://example.org/x", "valueBoolean": True}]),
            "r4-modifier-extension-unknown", "ConceptMap.modifierExtension[0]",
        ),
    ],
)  # fmt: skip
def test_what_a_decision_cannot_say_is_refused_by_rule_and_path(data: bytes, rule: str, path: str) -> None:
    with pytest.raises(GatewayError) as refused:
        read_map(data)
    told = [(one.rule, one.expression) for one in refused.value.issues]
    assert [one for one in told if one[0] == rule and one[1].endswith(path)], told
