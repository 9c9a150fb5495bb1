"""The decisions' layouts are data; a record is read by the one its content and date fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.bhyt.generate_layouts import OUT, layouts, main
from adapters.bhyt.layouts import known_fields, layout_of
from adapters.bhyt.layouts import layouts as loaded
from gateway.adapter import Translation
from tests.bhyt.building import RESULT, SERVICE, SUMMARY, envelope, hoso_xml, of_type, one, payload, translated

FIELD_LIST = Path(__file__).parents[3] / "shared" / "vn" / "xml_fields.json"

OLD_NAMES = {
    "MA_THE_BHYT": "MA_THE",
    "MA_BENH_CHINH": "MA_BENH",
    "MA_BENH_KT": "MA_BENHKHAC",
    "CHAN_DOAN_RV": "TEN_BENH",
    "MA_LOAI_RV": "TINH_TRANG_RV",
}
COMMON = {
    name: SUMMARY[name]
    for name in (
        *("MA_LK", "MA_BN", "HO_TEN", "NGAY_SINH", "GIOI_TINH", "DIA_CHI", "MA_THE_BHYT", "MA_DKBD", "GT_THE_TU"),
        *(
            "GT_THE_DEN",
            "CHAN_DOAN_RV",
            "MA_BENH_CHINH",
            "MA_BENH_KT",
            "NGAY_VAO",
            "NGAY_RA",
            "MA_LOAI_RV",
            "MA_LOAI_KCB",
        ),
        *("MA_CSKCB", "CAN_NANG", "MA_KHOA"),
    )
}


def decision(translation: Translation) -> object:
    (issue,) = [issue for issue in translation.issues if issue.rule == "bhyt-decision"]
    return issue.parameters["decision"]


def test_every_decision_has_its_layout() -> None:
    assert [layout.decision for layout in loaded()] == ["4210", "130", "4750", "3176"]
    assert len(loaded()[-1].fields["XML1"]) == 66
    assert len(known_fields("XML4")) == 13


@pytest.mark.parametrize(
    ("day", "read_as"),
    [("20240301", "130"), ("20240701", "4750"), ("20241231", "4750"), ("20250101", "3176"), ("", "3176")],
)
def test_the_date_decides_where_the_content_does_not(day: str, read_as: str) -> None:
    content = {"XML1": frozenset({"MA_LK", "SO_CCCD", "MA_THE_BHYT"})}
    assert layout_of(content, day).decision == read_as


def test_the_content_decides_against_the_date() -> None:
    assert layout_of({"XML1": frozenset({"MA_LK", "MA_THE", "TEN_BENH"})}, "20261115").decision == "4210"
    assert layout_of({"XML1": frozenset({"MA_LK", "NHOM_MAU"})}, "20240101").decision == "4750"
    assert layout_of({"XML13": frozenset({"MA_LK", "MA_NOI_DI", "TEN_THUOC"})}, "20261115").decision == "4750"
    assert layout_of({"XML13": frozenset({"MA_LK", "MA_CSKCB_DI"})}, "20240801").decision == "3176"


def test_a_vendors_own_elements_decide_nothing() -> None:
    assert layout_of({"XML4": frozenset({"MA_LK", "TEN_DICH_VU"})}, "20261115").decision == "3176"


@pytest.mark.parametrize(
    ("left", "read_as", "kind"),
    [("202403041100", "130", "bhxh"), ("202408041100", "4750", "cchn"), ("202611201000", "3176", "gphn")],
)
def test_a_staff_number_is_what_its_decision_says(left: str, read_as: str, kind: str) -> None:
    summary = {name: value for name, value in SUMMARY.items() if name != "NHOM_MAU"} | {"NGAY_RA": left}
    translation = translated(payload(summary, results=[RESULT]))
    assert decision(translation) == read_as
    (person,) = of_type(translation, "Practitioner")
    assert person["identifier"][0]["type"]["coding"][0]["code"] == kind


# The day each decision's payload is of, and what numbers it writes where later ones write text.
DECISIONS = {"4210": "201903", "130": "202403", "4750": "202408", "3176": "202611"}
KINDS = (
    *("Patient", "Coverage", "Encounter", "Condition", "ServiceRequest", "DiagnosticReport", "Observation"),
    *("MedicationRequest", "Medication"),
)
ORDERED = {
    name: SERVICE[name]
    for name in (
        "MA_LK",
        "MA_DICH_VU",
        "MA_NHOM",
        "TEN_DICH_VU",
        "DON_VI_TINH",
        "SO_LUONG",
        "MA_KHOA",
        "NGAY_YL",
        "NGAY_KQ",
    )
}
RESULTED = {name: value for name, value in RESULT.items() if name not in ("DON_VI_DO", "MA_BS_DOC_KQ")}
DRUG = {
    "MA_LK": SUMMARY["MA_LK"],
    "MA_THUOC": "40.30",
    "TEN_THUOC": "Thuốc thử nghiệm",
    "LIEU_DUNG": "1 viên * 2 lần",
    "SO_LUONG": "20",
    "NGAY_YL": "202611151000",
}
NUMBERS = {"MA_LOAI_KCB": "3"}


def plain(value: object, month: str) -> object:
    """Without ids, the month, and code systems: 4210 knew neither QĐ 1227's indicators nor licence numbers."""
    if isinstance(value, dict):
        apart = ("system", "id", "reference")
        return {key: plain(item, month) for key, item in value.items() if key not in apart}
    if isinstance(value, list):
        return [plain(item, month) for item in value]
    return value.replace(f"{month[:4]}-{month[4:]}", "MONTH") if isinstance(value, str) else value


def written_by(decision_of: str) -> Translation:
    """The same content, under the decision's names, in its time, with the numbers it writes."""
    month = DECISIONS[decision_of]
    names = OLD_NAMES if decision_of == "4210" else {}
    row = COMMON | (NUMBERS if decision_of in ("4210", "130") else {})
    rows = [{names.get(name, name): text for name, text in row.items()}]
    tables: dict[str, list[dict[str, str]]] = {"XML1": rows, "XML2": [DRUG], "XML3": [ORDERED], "XML4": [RESULTED]}
    moved = {
        table: [{name: text.replace("202611", month, 1) for name, text in row.items()} for row in of]
        for table, of in tables.items()
    }
    return translated(envelope(hoso_xml(moved)))


@pytest.mark.parametrize("older", ["4210", "130", "4750"])
def test_the_same_content_in_each_version_gives_the_same_resources(older: str) -> None:
    """Old names and new, numbers without their zeros and text: only code systems may differ."""
    one, other = written_by(older), written_by("3176")
    assert (decision(one), decision(other)) == (older, "3176")
    for kind in KINDS:
        assert of_type(one, kind)
        assert [plain(each, DECISIONS[older]) for each in of_type(one, kind)] == [
            plain(each, DECISIONS["3176"]) for each in of_type(other, kind)
        ]
    for kind in ("Patient", "Encounter", "Coverage"):  # the others' keys have the time in them
        assert [each["id"] for each in of_type(one, kind)] == [each["id"] for each in of_type(other, kind)]


def test_a_code_of_one_length_gets_its_zeros_back_and_says_so() -> None:
    lost = {"MA_DANTOC": "1", "MA_QUOCTICH": "0", "MAXA_CU_TRU": "1", "MATINH_CU_TRU": "1", "MA_LOAI_KCB": "3"}
    short, whole = translated(payload(SUMMARY | lost)), translated(payload())
    for kind in ("Patient", "Encounter"):
        assert of_type(short, kind) == of_type(whole, kind)
    said = [issue.expression for issue in short.issues if issue.rule == "bhyt-zeros-restored"]
    assert sorted(said) == sorted(f"XML1.{name}" for name in lost)
    assert "bhyt-zeros-restored" not in [issue.rule for issue in whole.issues]


@pytest.mark.parametrize("name", ["SO_CCCD", "MA_DKBD", "MA_NOI_DEN", "MA_NGHE_NGHIEP", "MA_BN"])
def test_a_number_of_no_fixed_length_or_of_a_person_or_facility_is_never_filled(name: str) -> None:
    made = translated(payload(SUMMARY | {name: "1998"}))
    assert "bhyt-zeros-restored" not in [issue.rule for issue in made.issues]
    assert made.recipients == ([] if name == "MA_NOI_DEN" else ["01998"])


@pytest.mark.parametrize(("left", "version"), [("202506300900", "2004"), ("202507010900", "2025-07")])
def test_an_address_says_by_which_edition_of_the_list_its_codes_are(left: str, version: str) -> None:
    address = one(translated(payload(SUMMARY | {"NGAY_RA": left})), "Patient")["address"][0]
    assert {part["valueCoding"]["version"] for part in address["extension"]} == {version}


def test_4210_names_its_device_in_xml4() -> None:
    result = {name: RESULT[name] for name in ("MA_LK", "MA_DICH_VU", "MA_CHI_SO", "GIA_TRI", "NGAY_KQ")}
    translation = translated(payload({**COMMON, "CAN_NANG": ""}, results=[result | {"MA_MAY": "HH.1.01999.SN0001"}]))
    assert one(translation, "Observation")["device"]["identifier"]["value"] == "HH.1.01999.SN0001"


def test_a_new_decision_is_a_new_key_of_the_field_list() -> None:
    listed = {
        "inner_paths": {"130/4750/3176": {"XML4": "A/B/CHI_TIET_CLS (seen)"}, "4210": {"XML4": "B/CHI_TIET_CLS"}},
        "3176": {"XML4": [{"name": "GIA_TRI", "type": "string", "max": 255, "source": "…"}]},
        "4750": {"fields": {"XML4": [["GIA_TRI", "string", 50]]}},
        "130": {"fields": {"XML4": [["MO_TA", "string", "n"]]}},
        "4210": {"fields": {"XML4": ["GIA_TRI"]}},
    }
    made = layouts(listed)
    assert made["3176"]["tables"]["XML4"] == {"row": "CHI_TIET_CLS", "fields": [["GIA_TRI", "string", 255]]}
    assert made["130"]["tables"]["XML4"]["fields"] == [["MO_TA", "string", None]]
    assert made["4210"]["tables"]["XML4"]["fields"] == [["GIA_TRI", "string", None]]


@pytest.mark.parametrize("arguments", [[], ["one", "two"]])
def test_wrong_usage_exits_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "usage" in capsys.readouterr().err


def test_the_layout_files_are_what_the_script_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if FIELD_LIST.exists():
        source = FIELD_LIST
    else:  # rebuilt from the layouts themselves: what is read and written again must not change
        source = tmp_path / "fields.json"
        files = [json.loads((OUT / f"layout-{layout.decision}.json").read_text("utf-8")) for layout in loaded()]
        paths = {table: body["row"] for file in files for table, body in file["tables"].items()}
        listed: dict[str, object] = {"inner_paths": {"4210": paths, "130/4750/3176": paths}}
        for file in files:
            listed[file["decision"]] = {"fields": {table: body["fields"] for table, body in file["tables"].items()}}
        source.write_text(json.dumps(listed), encoding="utf-8")
    monkeypatch.setattr("adapters.bhyt.generate_layouts.OUT", tmp_path)
    assert main([str(source)]) == 0
    for layout in loaded():
        name = f"layout-{layout.decision}.json"
        assert (tmp_path / name).read_text("utf-8") == (OUT / name).read_text("utf-8")
