"""Each order hangs on the visit whose PV1 stands last before it; where that is unclear, a person decides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapter import Translation
from gateway.r4 import check
from tests.hl7v2.building import header, holds, message, of_type, only, order, patient, result, segment, translate

HELD = ["hl7v2-visit-unclear"]


def visit(number: str = "", **changed: str) -> str:
    fields = {1: "1", 2: "I", 3: "K01", 19: number}
    return segment("PV1", fields | {int(name[1:]): text for name, text in changed.items()})


def asked(number: str) -> str:
    return order(f2="", f3=number)


def made_of(*segments: str) -> Translation:
    return translate(message(header(), patient(), *segments))


def numbers(made: Translation) -> list[str]:
    """The visit number of each result, in the order of the message; "" for a result without a visit."""
    by_id = {
        "urn:uuid:" + one["id"]: one.get("identifier", [{"value": one["id"]}])[0]["value"]
        for one in of_type(made, "Encounter")
    }
    return [by_id[one["encounter"]["reference"]] if "encounter" in one else "" for one in of_type(made, "Observation")]


def test_each_order_hangs_on_the_visit_before_it() -> None:
    made = made_of(visit("V1"), asked("F1"), result(), asked("F2"), result(), visit("V2"), asked("F3"), result())
    assert numbers(made) == ["V1", "V1", "V2"]
    assert not holds(made)
    for kind in ("ServiceRequest", "DiagnosticReport"):
        hung = [one["encounter"] for one in of_type(made, kind)]
        assert hung == [one["encounter"] for one in of_type(made, "Observation")]


def test_a_visit_told_again_is_the_same_visit() -> None:
    again = visit("V1", f1="2", f3="K02")
    made = made_of(visit("V1"), asked("F1"), result(), again, asked("F2"), result())
    assert only(made, "Encounter")["identifier"][0]["value"] == "V1"
    assert numbers(made) == ["V1", "V1"]
    assert not holds(made)
    assert "PV1[2]-3" in {field.field for field in made.unplaced}


def test_a_visit_without_a_number_told_again_word_for_word_is_the_same_visit() -> None:
    made = made_of(visit(), asked("F1"), result(), visit(f1="2"), asked("F2"), result())
    assert numbers(made) == [only(made, "Encounter")["id"]] * 2


def test_the_orders_of_a_visit_come_back_to_it_when_it_is_told_again() -> None:
    made = made_of(
        visit("V1"), asked("F1"), result(), visit("V2"), asked("F2"), result(), visit("V1"), asked("F3"), result()
    )
    assert numbers(made) == ["V1", "V2", "V1"]
    assert len(of_type(made, "Encounter")) == 2


@pytest.mark.parametrize("asking", [("F1", "F2"), ("F1", "F1"), ("", "")])
def test_different_visits_without_a_number_stay_two(asking: tuple[str, str]) -> None:
    made = made_of(visit(f3="K01"), asked(asking[0]), result(), visit(f3="K02"), asked(asking[1]), result())
    first, second = (one["id"] for one in of_type(made, "Encounter"))
    assert first != second
    assert numbers(made) == [first, second]


def test_one_visit_number_of_two_authorities_is_two_visits() -> None:
    made = made_of(visit("7^^^BV1"), asked("F1"), result(), visit("7^^^BV2"), asked("F2"), result())
    assert len({one["id"] for one in of_type(made, "Encounter")}) == 2


def test_the_only_visit_is_every_orders_wherever_it_stands() -> None:
    ids = set()
    for parts in ((visit("V1"), asked("F1"), result()), (asked("F1"), visit("V1"), result())):
        made = made_of(*parts, asked("F2"), result())
        assert numbers(made) == ["V1", "V1"]
        ids.add(only(made, "Encounter")["id"])
    assert len(ids) == 1


def test_an_order_behind_no_visit_has_none() -> None:
    made = made_of(visit("V1"), asked("F1"), result(), "PV1|2|N", asked("F2"), result())
    assert numbers(made) == ["V1", ""]
    assert not holds(made)


@pytest.mark.parametrize(
    "segments",
    [
        (asked("F1"), result(), visit("V1"), visit("V2")),  # before any visit, where there are two
        (visit("V1"), asked("F1"), visit("V2"), result()),  # the result stands behind another visit than its order
        (visit("V1"), asked("F1"), result(), visit("V2"), "SPM|1|^M1"),
        (visit("V1"), asked("F1"), visit("V2"), "ORC|RE||F1"),
    ],
)
def test_an_order_whose_visit_is_unclear_hangs_on_none_and_is_held(segments: tuple[str, ...]) -> None:
    made = made_of(*segments)
    assert holds(made) == HELD
    assert made.held
    assert not [one for one in made.resources if "encounter" in one]
    assert len(of_type(made, "Encounter")) == 2


def test_one_orc_for_many_orders_takes_none_of_them_out_of_its_visit() -> None:
    first, second = order(f3=""), order(f3="", f4="GLU^Glucose^L")
    made = made_of(visit("V1"), "ORC|RE|P1^HIS", first, result(), visit("V2"), second, result())
    assert numbers(made) == ["V1", "V2"]
    assert not holds(made)


@given(st.lists(st.sampled_from(["V1", "V2", "V3", ""]), min_size=1, max_size=6))
def test_whatever_visits_a_message_tells_each_result_has_the_last_one(told: list[str]) -> None:
    parts = [part for n, one in enumerate(told) for part in (visit(one), asked(f"F{n}"), result())]
    made = made_of(*parts)
    unnumbered = {one["id"] for one in of_type(made, "Encounter") if "identifier" not in one}
    assert ["" if one in unnumbered else one for one in numbers(made)] == told
    assert len(of_type(made, "Encounter")) == len(set(told))
    assert not [issue for issue in check(made.bundle()) if issue.refuses]
