"""A health check (KHAMSUCKHOE): what is known becomes Observations, all else stays in words, and guesses are told."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from adapters.bhyt import BhytAdapter
from gateway.adapter import DefaultProfile, Payload, SourceSignature, Translation, inspect, split
from gateway.bundle import body
from gateway.errors import PayloadError
from gateway.sensitive import divide, sensitive_list
from tests.bhyt.building import of_type, one, refusal, rules, translated, unplaced
from tests.bhyt.signing import signed

SAMPLE = (Path(__file__).parents[2] / "adapters" / "bhyt" / "samples" / "health-check.xml").read_bytes()
INNER = base64.b64decode(SAMPLE.partition(b"<NOIDUNGFILE>")[2].partition(b"</NOIDUNGFILE>")[0])


def check_up(*changes: tuple[str, str], inner: bytes = INNER, again: bool = False) -> bytes:
    """The sample with texts of its inner document exchanged."""
    text = inner.decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    encoded = base64.b64encode(text.encode())
    file = b"<FILEHOSO><LOAIHOSO>KSK</LOAIHOSO><NOIDUNGFILE>" + encoded + b"</NOIDUNGFILE></FILEHOSO>"
    hoso = b"<HOSO>" + file + b"</HOSO>"
    count = b"<SOLUONGHOSO>2</SOLUONGHOSO>" if again else b"<SOLUONGHOSO>1</SOLUONGHOSO>"
    before, _, rest = SAMPLE.partition(b"<HOSO>")
    before = before.replace(b"<SOLUONGHOSO>1</SOLUONGHOSO>", count)
    behind = rest.partition(b"</HOSO>")[2]
    return (
        before
        + (SAMPLE.partition(b"<DANHSACHHOSO>")[2].partition(b"</DANHSACHHOSO>")[0] if again else b"")
        + (hoso + behind)
    )


def observed(translation: Translation) -> dict[str, object]:
    """Code → its value, of all Observations of one value."""
    return {
        made["code"]["coding"][0]["code"]: next((made[key] for key in made if key.startswith("value")), None)
        for made in of_type(translation, "Observation")
    }


def words(translation: Translation) -> dict[str, str]:
    return {
        f"{section['title']}/{part['title']}": part["text"]["div"]
        for section in one(translation, "Composition").get("section", [])
        for part in section.get("section", [])
    }


def test_measurements_results_and_classes_are_observations() -> None:
    translation = translated(SAMPLE)
    found = observed(translation)
    assert not translation.held
    assert {code: found[code]["value"] for code in ("8867-4", "8302-2", "39156-5")} == {  # type: ignore[index]  # Quantity
        "8867-4": 78,
        "8302-2": 152,
        "39156-5": found["39156-5"]["value"],  # type: ignore[index]  # Quantity
    }
    assert found["1999011"]["comparator"] == "<"  # type: ignore[index]  # Quantity
    assert [kind.get("text") for kind in one(translation, "Encounter")["type"]][-1] == "Người cao tuổi"
    assert found["PHAN_LOAI_SK"]["coding"][0]["display"] == "Loại III"  # type: ignore[index]  # CodeableConcept
    pressure = next(made for made in of_type(translation, "Observation") if "component" in made)
    assert [part["valueQuantity"]["value"] for part in pressure["component"]] == [145, 85]


def test_what_is_guessed_is_said() -> None:
    told = [(issue.rule, issue.expression) for issue in translated(SAMPLE).issues]
    assert ("bhyt-health-check-names-guessed", "DANH_GIA_DAU_HIEU_SINH_TON") in told
    assert ("bhyt-health-check-units-guessed", "KHAM_THE_LUC") in told
    assert [place for rule, place in told if rule == "bhyt-health-check-block-unknown"] == ["KHAM_LAM_SANG"]


def test_what_no_source_describes_stays_in_words_with_its_lineage() -> None:
    translation = translated(SAMPLE)
    assert "Tim đều" in words(translation)["KHAM_LAM_SANG/TUAN_HOAN"]
    assert "KHAM_LAM_SANG.MAT.KHONG_KINH" in translation.lineage.values()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (("<CHIEU_CAO>152", "<CHIEU_CAO>1.52"), "KHAM_THE_LUC.CHIEU_CAO"),
        (("<NHIET_DO>36.7", "<NHIET_DO>98.6"), "DANH_GIA_DAU_HIEU_SINH_TON.NHIET_DO"),
        (("<CAN_NANG>49.5", "<CAN_NANG>49,5"), "KHAM_THE_LUC.CAN_NANG"),
        (("145/85", "85/145"), "DANH_GIA_DAU_HIEU_SINH_TON.HUYET_AP"),
        (("<PHAN_LOAI_SK>3", "<PHAN_LOAI_SK>6"), "KET_LUAN.PHAN_LOAI_SK"),
        (("<DON_VI_DO>", "<TOAN_TU>khác</TOAN_TU><DON_VI_DO>"), "KHAM_CAN_LAM_SANG.CHI_TIET_CLS[1].TOAN_TU"),
        (("<GIA_TRI>", '<GIA_TRI loai="khác">'), "KHAM_CAN_LAM_SANG.CHI_TIET_CLS[1].GIA_TRI@loai"),
    ],
)
def test_what_may_mean_something_else_holds_and_stays_words(change: tuple[str, str], field: str) -> None:
    translation = translated(check_up(change))
    assert [issue.expression for issue in translation.holds] == [field]
    beside = [note["text"] for made in of_type(translation, "Observation") for note in made.get("note", [])]
    assert field.rpartition(".")[2] in " ".join([*words(translation), *beside])


def test_a_result_and_what_stands_beside_it_are_listed_in_the_paper_together() -> None:
    translation = translated(check_up(("<DON_VI_DO>", "<TOAN_TU>khác</TOAN_TU><DON_VI_DO>")))
    results = [made for made in of_type(translation, "Observation") if made["code"]["coding"][0]["code"] == "1999011"]
    assert [made["note"] for made in results] == [[{"text": "CHI_TIET_CLS.TOAN_TU: khác"}]]
    (tests,) = (part for part in one(translation, "Composition")["section"] if part["title"] == "Khám cận lâm sàng")
    assert [entry["reference"] for entry in tests["entry"]][:1] == [f"urn:uuid:{results[0]['id']}"]
    assert len(tests["entry"]) == 2


def test_a_diagnosis_code_is_a_condition_under_the_name_the_form_has_for_it() -> None:
    """And stays words where it is no code, or where the field is not called one."""
    translation = translated(
        check_up(("</PHAN_LOAI_SK>", "</PHAN_LOAI_SK><MA_BENH>I10; E119</MA_BENH><ICD>tăng</ICD><PHONG>B20</PHONG>"))
    )
    assert [made["code"]["coding"][0]["code"] for made in of_type(translation, "Condition")] == ["I10", "E11.9"]
    entries = one(translation, "Composition")["section"][-1]["entry"]
    assert [entry["display"] for entry in entries if "display" in entry] == ["MA_BENH", "MA_BENH"]
    assert {"Kết luận/ICD", "Kết luận/PHONG"} <= words(translation).keys()


def test_a_decimal_comma_is_read_where_the_facility_writes_it() -> None:
    translation = translated(check_up(("49.5", "49,5"), ("36.7", "36,7"), ("21.4", "21,4")), DefaultProfile("", True))
    assert not translation.held
    assert observed(translation)["29463-7"]["value"].token == "49.5"  # type: ignore[index]  # Quantity


def test_blocks_in_files_of_their_own_not_in_base64_say_the_same() -> None:
    text = INNER.decode().partition("<KHAM_SUC_KHOE>")[2].partition("</KHAM_SUC_KHOE>")[0]
    about, _, conclusion = text.rpartition("<KET_LUAN>")
    files = "".join(
        f"<FILEHOSO><LOAIHOSO>{kind}</LOAIHOSO><NOIDUNGFILE>{part}</NOIDUNGFILE></FILEHOSO>"
        for kind, part in (("1", about), ("2", f"<KET_LUAN>{conclusion}"))
    )
    before, behind = SAMPLE.partition(b"<FILEHOSO>")[0], SAMPLE.partition(b"</FILEHOSO>")[2]
    assert body(translated(before + files.encode() + behind).bundle()) == body(translated(SAMPLE).bundle())


def test_what_reveals_travels_apart_and_the_rest_of_the_paper_does_not() -> None:
    """An examination's words that name HIV, and a result that does; the heart and the class of health stay."""
    told = translated(
        check_up(
            ("<KHONG_KINH>Mắt phải", "<KHONG_KINH>Viêm võng mạc, HIV (+). Mắt phải"),
            ("<MA_CHI_SO></MA_CHI_SO>", "<TEN_CHI_SO>HIV Ab test nhanh</TEN_CHI_SO>"),
            ("Phổi hai bên sáng, không thấy đám mờ", "Dương tính"),
        )
    )
    ordinary, apart, revealing = divide(told.resources)
    shown, kept = (
        json.dumps(ordinary, ensure_ascii=False, default=str),
        json.dumps(apart, ensure_ascii=False, default=str),
    )
    assert not sensitive_list().reveals(ordinary)
    assert [word in shown for word in ("võng mạc", "Tim đều", "Dương tính", "test nhanh", "Loại III")] == [
        *[False] * 4,
        True,
    ]
    assert [word in kept for word in ("võng mạc", "Dương tính", "test nhanh", "Loại III")] == [True, True, True, False]
    assert {item["resourceType"] for item in apart if item["id"] in revealing} == {
        "Composition",
        "DiagnosticReport",
        "Observation",
    }


def test_who_pays_and_inner_signatures_are_listed() -> None:
    left = unplaced(
        translated(check_up(("</KET_LUAN>\n</KHAM", "</KET_LUAN><CKS_BENH_VIEN>MIIC</CKS_BENH_VIEN></KHAM")))
    )
    around = {"THONGTINHOSO.NGAYLAP", "FILEHOSO[1].LOAIHOSO"}
    assert set(left) - around == {"THONG_TIN_CHUNG_VE_LAN_KHAM.NGUON_CHI_TRA", "CKS_BENH_VIEN"}
    assert around <= set(left)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (SAMPLE[:-40], "bhyt-xml-malformed"),
        (b"<!DOCTYPE KHAMSUCKHOE [<!ENTITY a 'b'>]>" + SAMPLE, "bhyt-dtd-refused"),
        (check_up(('<?xml version="1.0" encoding="utf-8"?>', "<!DOCTYPE a [<!ENTITY a 'b'>]>")), "bhyt-dtd-refused"),
        (check_up(inner=b"<a>" * 100 + b"</a>" * 100), "bhyt-xml-too-large"),
        (SAMPLE.replace(b"KHAMSUCKHOE>", b"KHAMSUC>"), "bhyt-not-an-envelope"),
        (check_up(("MA_LK", "MA_L"), ("MA_LK", "MA_L")), "bhyt-episode-missing"),
        (check_up(("<MA_CSKCB>01997", "<MA_CSKCB>01998")), "bhyt-facility-differs"),
        (
            check_up(inner=b"<THONG_TIN_CHUNG_VE_LAN_KHAM><MA_LK>1</MA_LK></THONG_TIN_CHUNG_VE_LAN_KHAM>"),
            "bhyt-patient-missing",
        ),
        (check_up(("<KHAM_LAM_SANG>", "<KET_LUAN></KET_LUAN><KHAM_LAM_SANG>")), "bhyt-part-twice"),
    ],
)
def test_a_broken_one_is_refused(data: bytes, rule: str) -> None:
    assert refusal(data)[0] == rule


def test_the_facilitys_signature_covers_a_health_check_as_it_does_an_episode() -> None:
    data = signed(SAMPLE)
    (record,) = split(BhytAdapter(), Payload(data))
    assert isinstance(record.signature, SourceSignature)
    assert body(translated(data).bundle()) == body(translated(SAMPLE).bundle())
    assert refusal(data.replace(b"01997", b"01998", 1))[0] == "xml-signature-digest"


def test_two_of_one_number_that_differ_are_told() -> None:
    _, second = split(BhytAdapter(), Payload(check_up(("152", "153"), again=True)))
    assert second.content.told_at == 1


def test_the_portals_rules_are_not_asked_and_it_is_said() -> None:
    (record,) = split(BhytAdapter(), Payload(SAMPLE))
    assert [issue.rule for issue in inspect(BhytAdapter(), record)] == ["bhyt-portal-other"]


def test_of_a_broken_one_validating_says_what_is_broken() -> None:
    (record,) = split(BhytAdapter(), Payload(check_up(inner=INNER[:-40])))
    with pytest.raises(PayloadError) as refused:
        inspect(BhytAdapter(), record)
    assert refused.value.issues[0].rule == "bhyt-xml-malformed"


def test_an_empty_one_is_told() -> None:
    inner = INNER.decode()
    inner = inner.partition("<DANH_GIA")[0] + "</KHAM_SUC_KHOE>"
    assert "bhyt-blocks-empty" in rules(translated(check_up(inner=inner.encode())))
