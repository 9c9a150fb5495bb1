"""Nested results: an organism has its susceptibilities as members, and never another organism's."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapter import Translation
from gateway.bundle import Resource
from gateway.r4 import check
from tests.hl7v2.building import header, holds, message, of_type, order, patient, result, rules, translate, unplaced

SUB_ID = "http://hl7.org/fhir/StructureDefinition/observation-v2-subid"
ECOLI = result("CWE", "ECO^Escherichia coli^L", f3="600-7^Bacteria^LN", f4="1", f6="")
STAPH = result("CWE", "SAU^Staphylococcus aureus^L", f3="600-7^Bacteria^LN", f4="2", f6="")
CULTURE = order(f2="P1^HIS", f3="F1^LIS")


def antibiogram(pointer: str, numbers: str = "P1&HIS^F1&LIS", **changed: str) -> str:
    return order(
        **{"f2": "P2^HIS", "f3": "F2^LIS", "f4": "KSD^Kháng sinh đồ^L", "f26": pointer, "f29": numbers} | changed
    )


def members(made: Translation) -> dict[str, list[str]]:
    """The sub-id or code of each Observation with members → those of its members."""
    named = {"urn:uuid:" + one["id"]: _name(one) for one in of_type(made, "Observation")}
    return {
        _name(one): [named[member["reference"]] for member in one["hasMember"]]
        for one in of_type(made, "Observation")
        if "hasMember" in one
    }


def _name(observation: Resource) -> str:
    for extension in observation.get("extension", ()):
        if extension["url"] == SUB_ID:
            return str(extension["extension"][0]["valueString"])
    return str(observation["code"]["coding"][0]["code"])


def with_sub_ids(*sub_ids: str) -> Translation:
    made = translate(message(header(), patient(), order(), *(result(f4=one) for one in sub_ids)))
    assert not [issue.text() for issue in check(made.bundle()) if issue.refuses]
    return made


def test_dotted_sub_ids_make_a_tree() -> None:
    made = with_sub_ids("1", "1.1", "1.2", "1.2.1", "2", "2.1", "")
    assert members(made) == {"1": ["1.1", "1.2"], "1.2": ["1.2.1"], "2": ["2.1"]}
    assert made.lineage["Observation[0].hasMember[1].reference"] == "OBX[3]-4"
    assert "hl7v2-sub-id-no-tree" not in rules(made)


@pytest.mark.parametrize(
    "sub_ids", [("1.1", "1.2"), ("1", "1", "1.1"), ("1", "1.1", "1.1.1.1"), ("1", "1.1", "1.1", "1.1.2")]
)
def test_sub_ids_that_make_no_tree_stay_flat_and_it_is_told(sub_ids: tuple[str, ...]) -> None:
    made = with_sub_ids(*sub_ids, "2", "2.1")
    assert members(made) == {"2": ["2.1"]}
    assert rules(made).count("hl7v2-sub-id-no-tree") == 1
    assert [_name(one) for one in of_type(made, "Observation")] == [*sub_ids, "2", "2.1"]


def test_sub_ids_that_are_no_counting_make_no_tree() -> None:
    made = with_sub_ids("001", "001.54", "1a", "1a.1", "0", "0.1", "1", "1.", "1..1")
    assert members(made) == {}
    assert "hl7v2-sub-id-no-tree" not in rules(made)


@given(st.lists(st.lists(st.sampled_from("12"), min_size=1, max_size=4).map(".".join), min_size=1, max_size=8))
def test_a_member_stands_below_its_own_number_and_nothing_is_lost(sub_ids: list[str]) -> None:
    made = translate(message(header(), patient(), order(), *(result(f4=one) for one in sub_ids)))
    found = [(parent, member) for parent, below in members(made).items() for member in below]
    assert all(member.rpartition(".")[0] == parent for parent, member in found)
    assert len(of_type(made, "Observation")) == len(sub_ids)
    for first in {one[0] for one in sub_ids}:
        family = [one for one in sub_ids if one[0] == first]
        below = [one for one in family if "." in one]
        fits = all(family.count(one.rpartition(".")[0]) == 1 for one in below)
        assert sorted(member for _, member in found if member[0] == first) == (sorted(below) if fits else [])


def test_an_og_is_kept_part_by_part() -> None:
    def said(sub_id: str) -> list[Any]:
        extension = of_type(with_sub_ids(sub_id), "Observation")[0]["extension"][0]["extension"]
        return [[one["url"], one.get("valueString", one.get("valueDecimal"))] for one in extension]

    assert said("1a^2^3^x") == [["original-sub-identifier", "1a"], ["group", 2], ["sequence", 3], ["identifier", "x"]]
    assert said("^2") == [["group", 2]]
    assert said("1^two") == [["original-sub-identifier", "1^two"]]
    assert said("1^02") == [["original-sub-identifier", "1^02"]]


def test_results_that_differ_in_a_part_of_the_sub_id_are_other_results() -> None:
    first, second = (of_type(with_sub_ids(one), "Observation")[0]["id"] for one in ("^1^1", "^1^2"))
    assert first != second


def test_an_antibiogram_belongs_to_the_organism_its_order_points_at() -> None:
    made = translate(
        message(
            *(header(), patient(), CULTURE, ECOLI, STAPH),
            *(
                antibiogram("600-7&Bacteria&LN^2^Staph"),
                result("SN", "<=^4", f3="AMP^^L"),
                result("SN", ">=^8", f3="CIP^^L"),
            ),
            *(antibiogram("600-7^1", f3="F3^LIS"), result("SN", ">=^32", f3="PEN^^L")),
        )
    )
    assert members(made) == {"1": ["PEN"], "2": ["AMP", "CIP"]}
    first, second, third = of_type(made, "ServiceRequest")
    for request in (second, third):
        assert [one["reference"] for one in request["basedOn"]] == ["urn:uuid:" + first["id"]]
        assert request["basedOn"][0]["identifier"]["value"] == "F1"
    assert not made.held
    assert not [issue.text() for issue in check(made.bundle()) if issue.refuses]
    assert not {"OBR[2]-26", "OBR[2]-29"} & set(unplaced(made))


def test_orders_of_one_number_are_told_apart_by_the_result_pointed_at() -> None:
    made = translate(
        message(
            *(header(), patient(), CULTURE, ECOLI, STAPH),
            *(antibiogram("600-7^1", f3="F1^LIS", f2="P1^HIS"), result("SN", ">=^32", f3="PEN^^L")),
            *(antibiogram("600-7^2", f3="F1^LIS", f2="P1^HIS"), result("SN", ">=^32", f3="AMP^^L")),
        )
    )
    assert members(made) == {"1": ["PEN"], "2": ["AMP"]}


def test_an_organism_in_another_message_is_named_in_words() -> None:
    made = translate(message(header(), patient(), antibiogram("600-7&Bacteria&LN^2^E. coli"), result(f3="AMP^^L")))
    assert of_type(made, "Observation")[0]["derivedFrom"] == [
        {"type": "Observation", "display": "E. coli, Bacteria, 2"}
    ]
    assert rules(made) == ["hl7v2-parent-result-not-found"]
    based = of_type(made, "ServiceRequest")[0]["basedOn"]
    assert [(one["type"], one["identifier"]["value"]) for one in based] == [
        ("ServiceRequest", "P1"),
        ("ServiceRequest", "F1"),
    ]
    assert not [issue.text() for issue in check(made.bundle()) if issue.refuses]


def test_two_results_that_fit_are_no_parent() -> None:
    twice = antibiogram("600-7^1"), result(f3="AMP^^L")
    made = translate(message(header(), patient(), CULTURE, ECOLI, ECOLI, *twice))
    assert members(made) == {}
    assert "hl7v2-parent-result-not-found" in rules(made)


def test_an_organism_described_otherwise_holds_the_message() -> None:
    made = translate(
        message(header(), patient(), CULTURE, ECOLI, antibiogram("600-7^1^Klebsiella"), result(f3="AMP^^L"))
    )
    assert members(made) == {}
    assert holds(made) == ["hl7v2-parent-result-contradicts"]


def test_the_numbers_of_another_order_are_no_parent() -> None:
    made = translate(message(header(), patient(), CULTURE, ECOLI, antibiogram("600-7^1", "P1^F9"), result(f3="AMP^^L")))
    assert members(made) == {}
    assert "reference" not in of_type(made, "ServiceRequest")[1]["basedOn"][0]


def test_the_service_tells_parent_orders_of_one_number_apart() -> None:
    urine = order(f2="P1^HIS", f3="F1^LIS", f4="CAYNT^Cấy nước tiểu^L")
    child = order(f2="P2", f3="F2", f4="KSD^Kháng sinh đồ^L", f29="P1^F1", f50="CAYNT^Cấy nước tiểu^L")
    made = translate(message(header(), patient(), CULTURE, urine, child))
    _, parent, request = of_type(made, "ServiceRequest")
    assert [one.get("reference") for one in request["basedOn"]] == ["urn:uuid:" + parent["id"]]
    without = translate(message(header(), patient(), CULTURE, urine, child.replace("CAYNT", "CAYPHAN")))
    assert "reference" not in of_type(without, "ServiceRequest")[2]["basedOn"][0]


def test_an_order_is_never_its_own_parent() -> None:
    own = antibiogram("AMP^1", "P2^F2"), result(f3="AMP^^L", f4="1")
    made = translate(message(header(), patient(), *own))
    assert members(made) == {}
    assert "reference" not in of_type(made, "ServiceRequest")[0]["basedOn"][0]


def test_a_result_pointed_at_without_an_order_number_is_found_where_there_is_one() -> None:
    pointed = antibiogram("600-7^1", ""), result(f3="AMP^^L")
    assert members(translate(message(header(), patient(), CULTURE, ECOLI, STAPH, *pointed))) == {"1": ["AMP"]}
    again = order(f2="P7", f3="F7"), ECOLI
    assert members(translate(message(header(), patient(), CULTURE, ECOLI, *again, *pointed))) == {}


def test_each_of_many_orders_finds_its_parent() -> None:
    chain = [
        part
        for number in range(200)
        for part in (
            order(f2=f"P{number}", f3=f"F{number}", f26="GLU^1", f29=f"P{number - 1}^F{number - 1}" if number else ""),
            result(f3="GLU^G^L", f4="1"),
        )
    ]
    observations = of_type(translate(message(header(), patient(), *chain)), "Observation")
    for parent, child in pairwise(observations):
        assert [one["reference"][-36:] for one in parent["hasMember"]] == [child["id"]]
