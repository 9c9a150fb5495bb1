"""The export of an electronic record (HoSoBenhAn): the same from XML and JSON; guesses told, the rest in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.bhyt import BhytAdapter
from gateway.adapter import Payload
from gateway.bundle import body
from gateway.r4 import check
from gateway.sensitive import divide, sensitive_list
from tests.bhyt.building import of_type, one, refusal, rules, translated

SAMPLES = Path(__file__).parents[2] / "adapters" / "bhyt" / "samples"
XML, JSON = (SAMPLES / f"record-export.{form}" for form in ("xml", "json"))


def export(**results: Any) -> bytes:
    """The sample in JSON, its one result with other fields."""
    read = json.loads(JSON.read_bytes())
    read["HoSoBenhAn"]["KetQuaXetNghiem"][0] |= results
    return json.dumps(read, ensure_ascii=False).encode()


def test_both_forms_of_one_record_become_the_same() -> None:
    forms = [translated(file.read_bytes()) for file in (XML, JSON)]
    assert body(forms[0].bundle()) == body(forms[1].bundle())
    assert [issue for issue in check(forms[1].bundle()) if issue.refuses] == []
    assert [translation.held for translation in forms] == [False, False]


def test_person_visit_and_result_are_read_and_the_guess_is_said() -> None:
    translation = translated(JSON.read_bytes())
    assert one(translation, "Patient")["birthDate"] == "1985-02-09"
    assert one(translation, "Encounter")["period"]["start"] == "2026-11-15T08:30:00+07:00"
    value = one(translation, "Observation")["valueQuantity"]
    assert (value["comparator"], value["value"].token, value["code"]) == ("<", "5.6", "mmol/L")
    assert {"bhyt-export-known-in-part", "bhyt-export-names-guessed"} <= set(rules(translation))


def test_every_other_text_stands_in_the_composition_with_its_lineage() -> None:
    translation = translated(JSON.read_bytes())
    assert "Đỡ ho, hết sốt" in json.dumps(one(translation, "Composition"), ensure_ascii=False)
    assert {"ThongTinDieuTri.dienbien", "PhieuChiDinh.machidinh"} <= set(translation.lineage.values())


def test_a_number_keeps_the_digits_it_was_written_with() -> None:
    data = export().replace(b'"<5.6"', b"5.60")
    assert one(translated(data), "Observation")["valueQuantity"]["value"].token == "5.60"


def test_a_result_with_a_field_of_unknown_meaning_is_held() -> None:
    translation = translated(export(toantu="khác"))
    assert [(hold.rule, hold.expression) for hold in translation.holds] == [
        ("bhyt-result-part-unknown", "KetQuaXetNghiem.toantu")
    ]


def test_a_result_is_based_on_the_order_its_row_names_and_called_by_its_words() -> None:
    (based,) = one(translated(JSON.read_bytes()), "Observation")["basedOn"]
    assert (based["identifier"]["value"], based["display"]) == ("CD0001", "Glucose máu")


@pytest.mark.parametrize(
    "change",
    [
        (b'"J18.9"', b'"B20.1"'),
        ("Glucose máu".encode(), b"HIV Ab"),
        (b'"machiso": "1999011"', b'"machiso": "1999011", "ghichu": "HIV Ab"'),
    ],
    ids=["a diagnosis code", "the words of a result's order", "what stands beside a result"],
)
def test_what_reveals_travels_apart_with_what_it_speaks_of(change: tuple[bytes, bytes]) -> None:
    read = JSON.read_bytes()
    assert change[0] in read
    ordinary, apart, _ = divide(translated(read.replace(*change)).resources)
    left, gone = ({item["resourceType"] for item in some} for some in (ordinary, apart))
    assert not sensitive_list().reveals(ordinary)
    assert sensitive_list().reveals(apart)
    about = {"Condition"} if b"J18.9" in change[0] else {"Observation", "DiagnosticReport"}
    assert about <= gone
    assert not about & left
    assert "Đỡ ho, hết sốt" in json.dumps(ordinary, ensure_ascii=False, default=str)
    assert not [issue for item in ordinary for issue in check(item) if issue.refuses]


def test_a_person_or_a_value_said_twice_is_held() -> None:
    for data, field in (
        (export(giatri=["5.6", "6.5"]), "KetQuaXetNghiem.giatri"),
        (export().replace(b'"ngay_vao"', b'"ho_ten": "KH\xc3\x81C", "ngay_vao"'), "ThongTinBenhNhan.ho_ten"),
    ):
        assert [(hold.rule, hold.expression) for hold in translated(data).holds] == [("bhyt-field-twice", field)]


def test_a_result_whose_value_has_an_unknown_name_is_no_result_awaited() -> None:
    translation = translated(export().replace(b'"giatri"', b'"ketqua"'))
    assert of_type(translation, "Observation") == []
    assert "KetQuaXetNghiem.ketqua" in translation.lineage.values()


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (JSON.read_bytes()[:-5], "json-malformed"),
        (export().replace(b'"ma_lk"', b'"ma_bn": "1", "ma_lk"'), "json-duplicate-key"),
        (b'{"HoSoBenhAn":' + b"[" * 200 + b"]" * 200 + b"}", "json-too-deep"),
        (b'{"HoSoBenhAn": [{}, {}]}', "bhyt-export-not-one"),
        (export(**{"a<b": "1"}), "bhyt-export-key"),
        (export().replace(b"ma_cskcb", b"ma_coso"), "bhyt-facility-missing"),
        (export().replace(b"ma_lk", b"ma_so"), "bhyt-episode-missing"),
        (XML.read_bytes()[:-9], "bhyt-xml-malformed"),
        (b"<!DOCTYPE HoSoBenhAn [<!ENTITY a 'b'>]><HoSoBenhAn/>", "bhyt-dtd-refused"),
        (b"<HoSoBenhAn>" + b"<a>" * 100 + b"</a>" * 100 + b"</HoSoBenhAn>", "bhyt-xml-too-large"),
        (b"<HoSo/>", "bhyt-not-an-envelope"),
    ],
)
def test_a_broken_one_is_refused(data: bytes, rule: str) -> None:
    assert refusal(data)[0] == rule


@pytest.mark.parametrize("data", [b'{"resourceType": "Bundle"}', b'{"a": {"HoSoBenhAn": 1}}', b"{", b"[]"])
def test_other_json_is_not_claimed(data: bytes) -> None:
    assert not BhytAdapter().recognises(Payload(data))
