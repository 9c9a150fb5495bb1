"""GIAMDINHHS: recognised by its root, split into records with their own bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.bhyt import BhytAdapter
from gateway.adapter import DefaultProfile, Payload, split, translate
from gateway.errors import PayloadError
from tests.bhyt.building import RESULT, SUMMARY, envelope, hoso_xml, payload, refusal, translated

ADAPTER = BhytAdapter()
ANOTHER = SUMMARY | {"MA_LK": "TEST-2", "MA_BN": "BN2", "HO_TEN": "LÊ VĂN THỬ", "SO_CCCD": "001090000002"}


def recognised(text: str | bytes) -> bool:
    return ADAPTER.recognises(Payload(text.encode() if isinstance(text, str) else text))


@pytest.mark.parametrize(
    "before",
    [
        "",
        "\ufeff",
        '<?xml version="1.0"?>\r\n',
        "<!-- a > b <GIAM> --><?pi x?>\n",
        "<!DOCTYPE GIAMDINHHS [<!ENTITY x 'y'>]>",
    ],
)
def test_the_root_is_found_behind_what_may_stand_before_it(before: str) -> None:
    assert recognised(before + "<GIAMDINHHS><THONGTINDONVI/>")


def test_utf16_is_recognised() -> None:
    assert recognised('<?xml version="1.0" encoding="utf-16"?><GIAMDINHHS/>'.encode("utf-16"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "MSH|^~\\&|",
        "{}",
        "<KHAMSUCKHOE_LAI_XE/>",
        "GIAMDINHHS",
        "<x><GIAMDINHHS/></x>",
        "<!-- <GIAMDINHHS>",
        b"\xff\xfe\x00",
    ],
)
def test_another_form_is_not_recognised(text: str | bytes) -> None:
    assert not recognised(text)


@given(st.binary(max_size=200))
def test_recognising_never_raises(data: bytes) -> None:
    assert recognised(data) in (True, False)


def test_check_in_data_without_a_patient_is_recognised_and_refused() -> None:
    assert recognised("<CHI_TIEU_TRANG_THAI_KCB/>")
    assert refusal(b"<CHI_TIEU_TRANG_THAI_KCB/>")[0] == "bhyt-checkin-empty"


def test_a_single_hoso_is_a_record_of_the_whole_payload() -> None:
    data = payload()
    (record,) = split(ADAPTER, Payload(data))
    assert record.data == data
    assert record.facility == "01999"


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [("utf-8", "utf-8"), ("utf-16", "utf-16"), ("utf-16", "utf-16-le"), ("utf-16", "utf-16-be"), ("cp1258", "cp1258")],
)
def test_several_hoso_are_records_of_their_elements_bytes(declared: str, encoding: str) -> None:
    written = [hoso_xml({"XML1": [SUMMARY]}), "<HOSO/>", hoso_xml({"XML1": [ANOTHER]})]
    text = f'<?xml version="1.0" encoding="{declared}"?><!-- ôê -->' + envelope(*written).decode()
    data = text.encode(encoding)
    records = split(ADAPTER, Payload(data))
    within = "utf-16-le" if encoding == "utf-16" else encoding
    assert [record.data.decode(within) for record in records] == written
    assert all(record.data in data for record in records)


def test_bytes_are_right_behind_a_byte_order_mark() -> None:
    inner = hoso_xml({"XML1": [SUMMARY]}), hoso_xml({"XML1": [ANOTHER]})
    records = split(ADAPTER, Payload(b"\xef\xbb\xbf \r\n" + envelope(*inner)))
    assert [record.data.decode() for record in records] == list(inner)


def test_one_broken_hoso_does_not_spoil_the_others() -> None:
    broken = "<HOSO><FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>@@@</NOIDUNGFILE></FILEHOSO></HOSO>"
    good = hoso_xml({"XML1": [SUMMARY], "XML4": [RESULT]})
    records = split(ADAPTER, Payload(envelope(good, broken, hoso_xml({"XML1": [ANOTHER]}))))
    assert translate(ADAPTER, records[0], DefaultProfile()).resources
    with pytest.raises(PayloadError, match="neither base64 nor XML"):
        translate(ADAPTER, records[1], DefaultProfile())
    assert translate(ADAPTER, records[2], DefaultProfile()).resources


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (envelope(), "bhyt-without-hoso"),
        (envelope(hoso_xml({"XML1": [SUMMARY]}), facility=" "), "bhyt-facility-missing"),
        (b"<GIAMDINHHS/>", "bhyt-facility-missing"),
        (payload()[:-20], "bhyt-xml-malformed"),
        (payload() + b"<GIAMDINHHS/>", "bhyt-xml-malformed"),
        (payload().replace(b"<NGAYLAP>", b"<NGAYLAP>\xff\xfe"), "bhyt-xml-bytes"),
        (b'<?xml version="1.0" encoding="klingon"?>' + payload(), "bhyt-xml-encoding"),
        (b'<?xml version="1.0" encoding="utf-16"?>' + payload(), "bhyt-xml-encoding"),
        (b"\x00" + payload(), "bhyt-xml-malformed"),
        (envelope("<HOSO></HOSO>"), "bhyt-table-missing"),
    ],
)
def test_a_broken_form_is_refused(data: bytes, rule: str) -> None:
    assert refusal(data)[0] == rule


def test_another_facilitys_code_inside_is_refused() -> None:
    assert refusal(payload(SUMMARY | {"MA_CSKCB": "01001"})) == ("bhyt-facility-differs", "XML1.MA_CSKCB")


def test_without_its_code_in_xml1_the_envelopes_is_the_facility() -> None:
    translation = translated(payload(SUMMARY | {"MA_CSKCB": ""}))
    assert translation.lineage["Organization[0].identifier[0].value"] in ("THONGTINDONVI.MACSKCB", "XML1.MA_DKBD")
    assert translation.lineage["Encounter[0].serviceProvider.reference"] == "THONGTINDONVI.MACSKCB"


def test_an_error_carries_no_value() -> None:
    data = payload(SUMMARY | {"MA_CSKCB": "01001"})
    with pytest.raises(PayloadError) as refused:
        translated(data)
    for value in SUMMARY.values():
        assert len(value) < 5 or value not in str(refused.value)
