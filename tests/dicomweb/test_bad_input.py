"""What a PACS may say wrongly: refused, or costing the one attribute, and never an error of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.dicomweb import DicomwebAdapter
from adapters.dicomweb.dictionary import by_tag
from gateway.adapter import Payload
from gateway.errors import PayloadError
from gateway.r4 import check
from tests.dicomweb.building import (
    UID,
    held_for,
    instance,
    of_bytes,
    only,
    refusal,
    rules,
    series,
    study,
    translated,
    unplaced,
    without,
    written,
)  # fmt: skip


@pytest.mark.parametrize(
    ("payload", "rule"),
    [
        (b"[]", "dicom-study-missing"),
        (b"[{}]", "dicom-study-missing"),
        (b"[1]", "dicom-not-datasets"),
        (b'{"resourceType":"Patient"}', "dicom-not-datasets"),
        (b'[{"00100010":{"vr":"PN"', "json-malformed"),
        (b"\xff\xfe[", "json-not-utf8"),
        (written(without(study(), "StudyInstanceUID")), "dicom-study-missing"),
        (written(study(StudyInstanceUID="1.2.03")), "dicom-study-uid"),
        (written(study(StudyInstanceUID="1." + "2" * 64)), "dicom-study-uid"),
        (written(study(), series(StudyInstanceUID=f"{UID}.9")), "dicom-two-studies"),
    ],
)
def test_what_is_no_one_study_is_refused(payload: bytes, rule: str) -> None:
    assert refusal(payload) == rule


@pytest.mark.parametrize(
    ("written_so", "rule"),
    [
        ({"vr": "DA", "Value": ["Ngực"]}, "dicom-vr-differs"),
        ({"Value": ["Ngực"]}, "dicom-vr-differs"),
        ({"vr": "LO", "Value": [7]}, "dicom-attribute-malformed"),
        ({"vr": "LO", "Value": "Ngực"}, "dicom-attribute-malformed"),
        ({"vr": "LO", "BulkDataURI": "https://pacs.example/1"}, "dicom-value-elsewhere"),
        ("Ngực", "dicom-attribute-malformed"),
    ],
)
def test_an_attribute_of_another_form_costs_that_attribute(written_so: Any, rule: str) -> None:
    made = translated(study() | {"0008103E": {"vr": "LO", "Value": []}}, series() | {"0008103E": written_so})
    assert rule in rules(made)
    assert "[2].SeriesDescription" in unplaced(made)
    assert only(made, "ImagingStudy")["series"][0]["uid"] == f"{UID}.1"


def test_a_patient_id_of_another_form_holds_the_study() -> None:
    assert "dicom-vr-differs" in held_for(translated(study() | {"00100020": {"vr": "SH", "Value": ["1"]}}, series()))


@pytest.mark.parametrize("keyword", ["SeriesInstanceUID", "SOPInstanceUID"])
def test_a_malformed_uid_of_a_series_or_image_holds_the_study(keyword: str) -> None:
    made = translated(study(), series(), instance(1) | study_part(keyword, "no-uid"))
    assert held_for(made) == ["dicom-uid-malformed"]


def study_part(keyword: str, value: str) -> dict[str, Any]:
    tag = next(tag for tag, known in by_tag().items() if known.keyword == keyword)
    return {tag: {"vr": "UI", "Value": [value]}}


def test_a_uid_said_as_something_else_than_a_uid_holds_the_study() -> None:
    wrong = series() | {"0020000E": {"vr": "LO", "Value": [f"{UID}.1"]}}
    assert held_for(translated(study(), wrong)) == ["dicom-vr-differs"]


def test_an_attribute_nobody_reads_is_listed_with_how_often_it_is_said_and_held_to_the_form_all_the_same() -> None:
    images = [instance(number) | {"00280010": {"vr": "US", "Value": [512]}} for number in (1, 2)]
    made = translated(study(), series(), *images, instance(3) | {"00280010": {"vr": "XX", "Value": [512]}})
    assert unplaced(made)["[3].00280010"] == "the shape of the pixels; it stays with the images (2 values)"
    assert [issue.expression for issue in made.issues if issue.rule == "dicom-attribute-malformed"] == ["[5].00280010"]


@pytest.mark.parametrize("number", ["7", 7, "+7", " 7 "])
def test_a_number_is_read_however_it_is_written(number: object) -> None:
    assert only(translated(study(), series(SeriesNumber=number)), "ImagingStudy")["series"][0]["number"] == 7


@pytest.mark.parametrize("number", [-1, 2**31, "7a", True, 7.5])
def test_a_number_r4_has_no_place_for_costs_the_number(number: object) -> None:
    made = translated(study(), series(SeriesNumber=number))
    assert "number" not in only(made, "ImagingStudy")["series"][0]
    assert "[2].SeriesNumber" in unplaced(made)


def test_blanks_that_fill_a_value_up_and_nulls_are_no_part_of_it() -> None:
    made = translated(study(AccessionNumber="ACC1 ", StudyDescription=[None, "Ngực "]), series())
    assert only(made, "ImagingStudy")["identifier"][1]["value"] == "ACC1"
    assert only(made, "ImagingStudy")["description"] == "Ngực"


def test_another_character_set_named_is_told() -> None:
    assert "dicom-charset-named" in rules(translated(study(SpecificCharacterSet="ISO_IR 100"), series()))
    assert "dicom-charset-named" not in rules(translated(study(SpecificCharacterSet="ISO_IR 192"), series()))


def test_tags_in_small_letters_are_tags() -> None:
    small = [{tag.lower(): value for tag, value in one.items()} for one in (study(), series())]
    payload = Payload(json.dumps(small).encode())
    assert DicomwebAdapter().recognises(payload)
    assert only(of_bytes(payload.data), "ImagingStudy")["series"][0]["uid"] == f"{UID}.1"


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 2**40)
    | st.text(max_size=12)
    | st.sampled_from([UID, "20261120", "CT"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Value", "vr", "Alphabetic"]), inner),
    max_leaves=6,
)
_TAGS = st.sampled_from(sorted(by_tag()))


def _attribute(tag: str) -> st.SearchStrategy[Any]:
    return _JSON | st.builds(lambda values: {"vr": by_tag()[tag].vr, "Value": values}, st.lists(_JSON, max_size=3))


@given(st.lists(_TAGS.flatmap(lambda tag: st.tuples(st.just(tag), _attribute(tag))), max_size=6))
def test_whatever_stands_in_an_attribute_the_study_is_valid_or_refused(said: list[tuple[str, Any]]) -> None:
    payload = written(study(), series() | dict(said), instance())
    try:
        made = of_bytes(payload)
    except PayloadError:
        return
    assert [issue for issue in check(made.bundle()) if issue.refuses] == []
