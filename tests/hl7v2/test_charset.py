"""A message's character set: its form, MSH-18, the facility's setting; in each of them the header is found first."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.hl7v2.envelope import looks_like_hl7
from gateway.adapter import DefaultProfile, Payload
from gateway.errors import PayloadError
from gateway.mapping.charsets import encode
from tests.hl7v2.building import ADAPTER, header, message, only, order, patient, result, translate

NAME = "Nguyễn Thị Đường"


def sent(charset: str, name: str = "", **changed: str) -> bytes:
    text = message(header(f18=name, **changed), patient(f5=NAME), order(), result("ST", "Âm tính")).decode()
    return encode(text, charset)


def name_in(data: bytes, setting: str = "") -> str:
    made = translate(data, DefaultProfile(charset=setting))
    assert only(made, "Observation")["valueString"] == "Âm tính"
    text: str = only(made, "Patient")["name"][0]["text"]
    return text


def refused(data: bytes, setting: str = "") -> tuple[str, str]:
    with pytest.raises(PayloadError) as told:
        translate(data, DefaultProfile(charset=setting))
    (issue,) = told.value.issues
    return issue.rule, issue.expression


@pytest.mark.parametrize(
    ("name", "charset"),
    [
        ("", "utf-8"),
        ("UNICODE UTF-8", "utf-8"),
        ("UNICODE UTF-8~ISO IR87", "utf-8"),  # the first is the set of the message
        ("~8859/1", "utf-8"),
        ("WINDOWS-1258", "windows-1258"),
        ("TCVN3", "tcvn3"),
        ("VNI-Windows", "vni"),
        ("VISCII", "viscii"),
    ],
)
def test_msh_18_names_the_set(name: str, charset: str) -> None:
    assert name_in(sent(charset, name)) == NAME


@pytest.mark.parametrize("charset", ["windows-1258", "tcvn3", "vni", "viscii"])
@pytest.mark.parametrize("name", ["", "ASCII", "8859/1", "KLINGON"])
def test_the_facilitys_setting_stands_where_msh_18_says_nothing_or_what_is_not_so(charset: str, name: str) -> None:
    assert name_in(sent(charset, name), charset) == NAME


def test_msh_18_is_believed_before_the_setting_where_it_names_unicode_and_the_bytes_are() -> None:
    assert name_in(sent("utf-8", "UNICODE UTF-8"), "tcvn3") == NAME
    assert name_in(sent("tcvn3", "UNICODE UTF-8"), "tcvn3") == NAME
    assert name_in(sent("utf-8", "8859/1"), "utf-8") == NAME


@pytest.mark.parametrize("order_of_bytes", ["le", "be"])
@pytest.mark.parametrize("mark", [False, True])
@pytest.mark.parametrize("name", ["UNICODE UTF-16", "8859/1", ""])
@pytest.mark.parametrize("framed", [False, True])
def test_utf16_is_seen_by_its_form(order_of_bytes: str, mark: bool, name: str, framed: bool) -> None:
    bom = codecs.BOM_UTF16_LE if order_of_bytes == "le" else codecs.BOM_UTF16_BE
    data = (bom if mark else b"") + sent(f"utf-16{order_of_bytes}", name)
    if framed:
        data = b"\x0b" + data + b"\x1c\r"
    assert looks_like_hl7(data)
    assert name_in(data, "vni") == NAME


def test_messages_in_utf16_are_runs_of_the_payload() -> None:
    one = codecs.BOM_UTF16_LE + sent("utf-16le", f10="1\U0001f600")
    payload = Payload(one + one + one)
    records = ADAPTER.records(payload)
    assert [record.data for record in records] == [one[2:]] * 3
    assert {record.facility for record in records} == {"79001"}


def test_half_a_character_at_the_end_is_refused() -> None:
    assert refused(sent("utf-16le")[:-1])[0] == "hl7v2-charset-undecodable"
    assert refused(sent("utf-16le") + b"\r")[0] == "hl7v2-charset-undecodable"


@pytest.mark.parametrize(
    ("data", "setting", "rule", "place"),
    [
        (sent("tcvn3"), "", "hl7v2-charset-undecodable", "line 2"),
        (sent("utf-8", "8859/1"), "tcvn3", "hl7v2-charset-undecodable", "line 2"),
        (sent("utf-8", "UNICODE UTF-16"), "", "hl7v2-charset-undecodable", "MSH-18"),
        (sent("utf-8", "UNICODE UTF-32"), "", "hl7v2-charset-unknown", "MSH-18"),
        (sent("utf-8", "ISO IR87"), "", "hl7v2-charset-unknown", "MSH-18"),
        (sent("utf-8").replace(b"Ng", b"N\x00g"), "", "hl7v2-nul", "line 2"),
        (sent("utf-8").replace(b"CBC^", b"\x1b$B^"), "", "hl7v2-charset-switched", "line 3"),
        (sent("utf-8").replace(b"CBC^", b"\\C2842\\CBC^"), "", "hl7v2-charset-switched", "line 3"),
        (sent("utf-8").replace(b"CBC^", b"\\M2442\\CBC^"), "", "hl7v2-charset-switched", "line 3"),
    ],
)
def test_what_is_in_no_one_set_is_refused(data: bytes, setting: str, rule: str, place: str) -> None:
    assert refused(data, setting) == (rule, place)


def test_hexadecimal_data_are_in_the_set_of_the_message() -> None:
    written = sent("tcvn3", "TCVN3").replace(encode("Âm tính", "tcvn3"), b"\\XA2\\m t\\XDD\\nh")
    assert name_in(written) == NAME


def test_a_sender_that_cannot_be_read_yet_still_names_its_facility() -> None:
    (record,) = ADAPTER.records(Payload(sent("tcvn3", f4="31006")))
    assert record.facility == "31006"


@given(st.binary(max_size=60), st.sampled_from(["", "utf-8", "windows-1252", "windows-1258", "tcvn3", "vni", "viscii"]))
def test_any_bytes_are_read_or_refused(noise: bytes, setting: str) -> None:
    for data in (noise, sent("utf-8").replace(b"Glucose", noise), sent("utf-16be") + noise, b"\xff\xfe" + noise):
        try:
            for record in ADAPTER.records(Payload(data)):
                ADAPTER.translate(record, DefaultProfile(charset=setting))
        except PayloadError:
            continue
