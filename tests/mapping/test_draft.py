"""A draft knows for each leaf where it came from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.draft import Draft, Piece, assemble
from gateway.mapping.ledger import CannotPlace, Ledger
from gateway.mapping.vocabulary import Vocabulary


def test_paths_make_what_they_pass_through() -> None:
    draft = Draft("Patient", "p")
    draft.put("name[0].given[0]", "A", "F-1")
    draft.put("name[0].given[1]", "B", "F-2")
    draft.put("contact[0].name.text", "C")
    assert draft.resource["name"] == [{"given": ["A", "B"]}]
    assert draft.get("contact[0].name.text") == "C"
    assert draft.get("contact[1].name.text") is None
    assert draft.lineage == {"name[0].given[0]": "F-1", "name[0].given[1]": "F-2"}


def test_an_index_beyond_the_end_is_the_callers_error() -> None:
    with pytest.raises(IndexError):
        Draft("Patient", "p").put("name[1].text", "A")


@pytest.mark.parametrize("path", ["", "a..b", "a[x]", "[0]", "a b"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError):
        Draft("Patient", "p").put(path, 1)


def test_a_piece_traces_its_parts() -> None:
    draft = Draft("Observation", "o")
    piece = Piece({"low": {"value": 1, "unit": "g"}, "text": "1-2"}, {"low": "A", "text": "B"})
    assert draft.add("referenceRange", piece) == "referenceRange[0]"
    assert draft.lineage == {
        "referenceRange[0].low.value": "A",
        "referenceRange[0].low.unit": "A",
        "referenceRange[0].text": "B",
    }


def test_what_the_rules_fix_has_no_source() -> None:
    draft = Draft("Observation", "o")
    draft.place("code", Piece({"text": "a", "coding": [{"system": "s", "code": "c"}]}, {"coding[0].code": "X"}))
    assert draft.lineage == {"code.coding[0].code": "X"}


@given(st.lists(st.sampled_from(["Patient", "Observation", "Specimen"]), max_size=8))
def test_assembled_lineage_counts_resources_of_a_type(types: list[str]) -> None:
    drafts = []
    for position, kind in enumerate(types):
        draft = Draft(kind, str(position))
        draft.put("status", position, f"F-{position}")
        drafts.append(draft)
    resources, lineage = assemble(drafts)
    assert [resource["id"] for resource in resources] == [draft.id for draft in drafts]
    for kind in set(types):
        made = [resource for resource in resources if resource["resourceType"] == kind]
        for index, resource in enumerate(made):
            assert lineage[f"{kind}[{index}].status"] == f"F-{resource['status']}"


def test_a_ledger_lists_what_nobody_used_once() -> None:
    ledger = Ledger()
    ledger.use("A")
    ledger.refuse_field("B", CannotPlace("time-impossible"))
    assert [ledger.used(field) for field in "ABC"] == [True, True, False]
    ledger.leave("C", "no element")
    ledger.leave("C", "said twice")
    assert [(field.field, field.clinical) for field in ledger.unplaced] == [("B", False), ("C", False)]
    assert not ledger.holds
    ledger.hold("value", "value-number-ambiguous", "D")
    assert [issue.expression for issue in ledger.holds] == ["D"]


def test_a_vocabulary_is_exact_and_maps_a_code_once() -> None:
    element = {"code": "a", "target": [{"code": "b", "equivalence": "equal"}]}
    concept_map = {"url": "u", "group": [{"source": "s", "target": "t", "element": [element]}]}
    made = Vocabulary(concept_map)
    found = made.translate("a")
    assert found is not None
    assert found.as_fhir() == {"system": "t", "code": "b"}
    assert made.translate("A") is None
    concept_map["group"][0]["element"].append(element)  # type: ignore[index]  # the literal's inferred type is too wide
    with pytest.raises(ValueError, match="twice"):
        Vocabulary(concept_map)
