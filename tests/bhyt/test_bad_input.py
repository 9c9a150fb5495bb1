"""What a broken, lying or hostile national file comes to: refused, held or told by record."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.bhyt import BhytAdapter
from gateway.adapter import DefaultProfile, Payload, split, translate
from gateway.bundle import body
from gateway.errors import GatewayError, SenderError
from gateway.outcome import refusing
from gateway.r4 import check
from tests.bhyt.building import (
    RESULT,
    SERVICE,
    SUMMARY,
    envelope,
    file_xml,
    hoso_xml,
    in_base64,
    of_type,
    payload,
    refusal,
    rules,
    table_xml,
    translated,
    whole,
)

ADAPTER = BhytAdapter()
GOOD = hoso_xml({"XML1": [SUMMARY | {"MA_LK": "GOOD", "MA_BN": "BN9"}]})


def each(data: bytes) -> list[str]:
    """Of each record: ``taken``, ``held RULE``, or the rule that refuses it."""
    told = []
    for record in split(ADAPTER, Payload(data)):
        try:
            made = translate(ADAPTER, record, DefaultProfile())
        except SenderError as refused:
            told.append(refused.issues[0].rule)
            continue
        assert not refusing(check(made.bundle()))
        told.append(f"held {made.holds[0].rule}" if made.holds else "taken")
    return told


def beside_a_good_one(inner: str) -> list[str]:
    """What becomes of a HOSO of this inside, with a good one after it."""
    return each(envelope(f"<HOSO>{inner}</HOSO>", GOOD))


def in_table(raw: bytes, table: str = "XML1") -> str:
    return file_xml(table, base64.b64encode(raw).decode("ascii"))


SUMMARY_XML = table_xml("XML1", [SUMMARY])


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        (in_table(b"<TONG_HOP>" + b"<a/>" * 1001 + b"</TONG_HOP>"), "bhyt-xml-too-large"),
        (in_table(b"<a>" * 100_000), "bhyt-xml-too-large"),
        (in_table(b"\x1f\x8b\x08\x00" + bytes(64)), "bhyt-xml-malformed"),
        (in_table(base64.b64encode(SUMMARY_XML.encode())), "bhyt-xml-malformed"),
        (in_table(SUMMARY_XML.encode()[:-40]), "bhyt-xml-malformed"),
        (in_table(SUMMARY_XML.encode().replace("Ă".encode(), b"\xc4")), "bhyt-xml-bytes"),
        (in_table(b'<?xml version="1.0" encoding="windows-1252"?><TONG_HOP>\x81</TONG_HOP>'), "bhyt-xml-bytes"),
        (in_table(b'<?xml version="1.0" encoding="utf-16"?>' + SUMMARY_XML.encode()), "bhyt-xml-encoding"),
        (in_table(b'<?xml version="1.0" encoding="tcvn3"?>' + SUMMARY_XML.encode()), "bhyt-xml-encoding"),
        (in_table(b""), "bhyt-table-empty"),
        (in_table(b"<TONG_HOP/>", "XML99"), "bhyt-table-missing"),
        (file_xml("XML1", "PHA+@"), "bhyt-base64-broken"),
        (file_xml("XML1", "PHA+\u200b"), "bhyt-base64-broken"),
        (file_xml("XML4", in_base64(table_xml("XML4", [RESULT]))), "bhyt-table-missing"),
        (file_xml("XML1", in_base64(SUMMARY_XML)) * 2, "bhyt-table-twice"),
        (file_xml("XML1", in_base64(f"<X>{SUMMARY_XML * 2}</X>")), "bhyt-table-twice"),
        (file_xml("", in_base64(SUMMARY_XML)), "bhyt-table-unnamed"),
    ],
)
def test_a_broken_table_costs_its_own_record_and_no_other(
    inner: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.bhyt.xml_reader.MAX_ELEMENTS", 1000)
    assert beside_a_good_one(inner) == [said, "taken"]


@pytest.mark.parametrize("encoding", ["windows-1258", "utf-16", "utf-16-le"])
def test_a_legacy_encoding_that_is_declared_is_read(encoding: str) -> None:
    plain = SUMMARY | {"HO_TEN": "LE VAN THU Ă"}
    written = {name: text for name, text in plain.items() if name == "HO_TEN" or text.isascii()}
    declared = "utf-16" if encoding.startswith("utf-16") else encoding
    raw = f'<?xml version="1.0" encoding="{declared}"?>{table_xml("XML1", [written])}'.encode(encoding)
    (record,) = split(ADAPTER, Payload(envelope(f"<HOSO>{in_table(raw)}</HOSO>")))
    made = translate(ADAPTER, record, DefaultProfile())
    assert made.resources[0]["name"][0]["text"] == "LE VAN THU Ă"


@pytest.mark.parametrize("before", ["", "Đ"])
def test_bytes_that_are_no_utf8_are_told_by_line_and_column(before: str) -> None:
    """Not said to be cut off, nor badly formed: who looks there finds TCVN3 in a file that declares nothing."""
    broken = payload().replace(b"<NGAYLAP>", b"<NGAYLAP>" + before.encode() + b"\xb5n")
    with pytest.raises(SenderError) as refused:
        split(ADAPTER, Payload(broken))
    (issue,) = refused.value.issues
    *lines, last = broken.partition(b"\xb5")[0].decode().split("\n")
    assert (issue.rule, issue.parameters) == ("bhyt-xml-bytes", {"line": len(lines) + 1, "column": len(last) + 1})


@pytest.mark.parametrize("cut", [b"\xe1", b"\xe1\xbb", b"&nobody;", b"<"])
def test_what_is_cut_or_badly_formed_is_not_said_to_be_in_another_character_set(cut: bytes) -> None:
    with pytest.raises(SenderError) as refused:
        split(ADAPTER, Payload(payload().partition(b"</NGAYLAP>")[0] + cut))
    assert refused.value.issues[0].rule == "bhyt-xml-malformed"


def test_two_hoso_of_one_episode_that_differ_hold_the_second() -> None:
    one, other = (hoso_xml({"XML1": [SUMMARY | {"GHI_CHU": note}]}) for note in ("a", "b"))
    assert each(envelope(one, other, one)) == ["taken", "held bhyt-episode-twice", "taken"]


@pytest.mark.parametrize("count", ["0", "2", "-1", "1.0", "một", "٣", "9" * 400, " "])
def test_a_count_that_lies_is_told_and_costs_nothing(count: str) -> None:
    (record,) = split(ADAPTER, Payload(envelope(GOOD, count=count)))
    assert [issue.rule for issue in record.issues] == ["bhyt-count-differs"]
    assert each(envelope(GOOD, count=count)) == ["taken"]


def test_another_facilitys_code_inside_refuses_that_record() -> None:
    other = hoso_xml({"XML1": [SUMMARY | {"MA_CSKCB": "01001"}]})
    assert each(envelope(other, GOOD)) == ["bhyt-facility-differs", "taken"]


@pytest.mark.parametrize(
    ("born", "said"),
    [
        ("202611150000", "taken"),
        ("202611150829", "taken"),
        ("202611160000", "held bhyt-before-birth"),
        ("202700000000", "held bhyt-before-birth"),
        ("202612000000", "held bhyt-before-birth"),
        ("202600000000", "taken"),
        ("202611000000", "taken"),
        ("khong ro", "taken"),
    ],
)
def test_care_before_birth_is_held(born: str, said: str) -> None:
    assert each(payload(SUMMARY | {"NGAY_SINH": born})) == [said]


def test_a_result_before_birth_is_held_too() -> None:
    made = translated(payload(services=[SERVICE], results=[RESULT | {"NGAY_KQ": "198911151020"}]))
    assert [(one.rule, one.expression) for one in made.holds] == [("bhyt-before-birth", "XML4[1].NGAY_KQ")]


def test_many_rows_are_all_there_or_the_record_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [RESULT | {"STT": str(number), "MA_CHI_SO": f"1{number:06}"} for number in range(300)]
    assert len(of_type(translated(payload(results=rows)), "Observation")) == 302  # weight and blood group beside
    monkeypatch.setattr("adapters.bhyt.xml_reader.MAX_ELEMENTS", 3000)
    assert refusal(payload(results=rows)) == ("bhyt-xml-too-large", "FILEHOSO[2].XML4")


_WHOLE = whole()


@settings(max_examples=50)
@given(at=st.integers(0, len(_WHOLE) - 1), cut=st.integers(0, 40), put=st.binary(max_size=6))
def test_any_damage_is_refused_in_words_or_gives_valid_fhir(at: int, cut: int, put: bytes) -> None:
    try:
        told = each(_WHOLE[:at] + put + _WHOLE[at + cut :])
    except SenderError as refused:
        told = [issue.text("vi") for issue in refused.issues]
    assert all(told)


@settings(max_examples=12)
@given(name=st.sampled_from(sorted(SUMMARY)), text=st.text(max_size=40))
def test_any_text_in_any_field_is_refused_in_words_or_gives_valid_fhir(name: str, text: str) -> None:
    clean = "".join(letter for letter in text if letter.isprintable())
    assert each(payload(SUMMARY | {name: clean}))


def test_the_same_bad_bytes_have_one_answer() -> None:
    data = envelope("<HOSO/>", GOOD, count="9")
    assert each(data) == each(data)
    made = [translate(ADAPTER, one, DefaultProfile()) for one in split(ADAPTER, Payload(data))[1:]]
    assert body(made[0].bundle()) == body(translated(envelope(GOOD)).bundle())
    assert "bhyt-count-differs" in rules(made[0])
    with pytest.raises(GatewayError):
        split(ADAPTER, Payload(data[:-1]))
