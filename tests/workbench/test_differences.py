"""How a difference between what was expected and what is reads: which element, from which field, what it was."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from gateway.workbench.differences import differences

LINEAGE = {
    "Patient[0].gender": "row 2, column PHAI",
    "Observation[0].valueString": "row 2, column KQ",
    "Observation[1].valueString": "row 3, column KQ",
}


def entry(kind: str, name: str, **said: Any) -> dict[str, Any]:
    return {"fullUrl": f"urn:uuid:{name}", "resource": {"resourceType": kind, "id": name, **said}}


def result(name: str, value: str) -> dict[str, Any]:
    return entry("Observation", name, valueString=value, subject={"reference": "urn:uuid:p1"})


@pytest.fixture
def before() -> dict[str, Any]:
    return {
        "adapter": "tabular 1",
        "records": [
            {
                "mapping": "xn 1",
                "bundle": {
                    "resourceType": "Bundle",
                    "entry": [entry("Patient", "p1", gender="male"), result("o1", "7.2"), result("o2", "<5")],
                },
                "holds": [],
                "issues": ["row 1 table-read"],
                "unplaced": {"STT": "a counter"},
                "lineage": dict(LINEAGE),
            }
        ],
        "refused": [],
    }


@pytest.fixture
def after(before: dict[str, Any]) -> dict[str, Any]:
    return deepcopy(before)


def told(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [str(one) for one in differences(before, after)]


def entries(tree: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tree["records"][0]["bundle"]["entry"]
    return found


def test_what_is_the_same_has_none(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert told(before, after) == []


def test_an_element_is_named_with_the_field_it_came_from(before: dict[str, Any], after: dict[str, Any]) -> None:
    entries(after)[2]["resource"]["valueString"] = "5"
    assert told(before, after) == ['  Observation[1].valueString (row 3, column KQ): "<5" → "5"']


def test_a_resource_that_came_changes_nothing_behind_it(before: dict[str, Any], after: dict[str, Any]) -> None:
    entries(after).insert(1, entry("Observation", "o0", valueString="Âm tính"))
    after["records"][0]["lineage"] = {
        "Patient[0].gender": "row 2, column PHAI",
        "Observation[0].valueString": "row 1, column KQ",
        "Observation[1].valueString": "row 2, column KQ",
        "Observation[2].valueString": "row 3, column KQ",
    }
    assert told(before, after) == [
        '+ Observation[0].resourceType: "Observation"',
        '+ Observation[0].id: "o0"',
        '+ Observation[0].valueString (row 1, column KQ): "Âm tính"',
    ]


def test_a_resource_that_went_is_told_by_the_place_it_had(before: dict[str, Any], after: dict[str, Any]) -> None:
    del entries(after)[1]
    after["records"][0]["lineage"] = {"Patient[0].gender": LINEAGE["Patient[0].gender"]}
    after["records"][0]["lineage"]["Observation[0].valueString"] = "row 3, column KQ"
    assert '- Observation[0] (before).valueString (row 2, column KQ): "7.2"' in told(before, after)
    assert not [one for one in told(before, after) if "<5" in one]


def test_an_id_that_changed_is_one_line_however_many_name_it(before: dict[str, Any], after: dict[str, Any]) -> None:
    entries(after)[0] = entry("Patient", "p2", gender="male")
    for one in entries(after)[1:]:
        one["resource"]["subject"]["reference"] = "urn:uuid:p2"
    assert told(before, after) == ["  Patient[0].id: p1 → p2, named 2 times"]


def test_a_reference_that_leads_elsewhere_is_shown(before: dict[str, Any], after: dict[str, Any]) -> None:
    entries(after)[2]["resource"]["subject"]["reference"] = "urn:uuid:o1"
    assert told(before, after) == ['  Observation[1].subject.reference: "urn:uuid:p1" → "urn:uuid:o1"']


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"issues": []}, "- issues: row 1 table-read"),
        ({"holds": ["row 2 value-number-ambiguous"]}, "+ holds: row 2 value-number-ambiguous"),
        ({"unplaced": {"STT": "a counter", "CA": "the shift"}}, '+ unplaced CA: "the shift"'),
        ({"mapping": "xn 2"}, '  mapping: "xn 1" → "xn 2"'),
        ({"recipients": ["01998"]}, '+ recipients: ["01998"]'),
        ({"lineage": LINEAGE | {"Patient[0].gender": "column GT"}}, "lineage Patient[0].gender"),
        ({"bundle": {"resourceType": "Bundle", "entry": []}}, "- Patient[0] (before).gender (row 2, column PHAI)"),
    ],
)
def test_whatever_else_differs_is_told(
    before: dict[str, Any], after: dict[str, Any], change: dict[str, Any], line: str
) -> None:
    after["records"][0].update(change)
    assert any(line in one for one in told(before, after))


def test_records_refusals_version_and_order_are_told_too(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert told(before, after | {"adapter": "tabular 2"}) == ['  adapter: "tabular 1" → "tabular 2"']
    assert told(before, after | {"refused": ["row 9 patient-missing"]}) == ["+ refused: row 9 patient-missing"]
    twice = told(before, after | {"records": after["records"] * 2})
    assert '+ records[1] Patient[0].id: "p1"' in twice
    entries(after).append(entries(after).pop(0))  # the patient last: nothing else is otherwise
    assert '  records[0].bundle.entry[0].resource.id: "p1" → "o1"' in told(before, after)


def test_a_place_holds_no_value(before: dict[str, Any], after: dict[str, Any]) -> None:
    entries(after)[1]["resource"]["valueString"] = "BÍ MẬT"
    (one,) = differences(before, after)
    assert one.place == "Observation[0].valueString (row 2, column KQ)"
