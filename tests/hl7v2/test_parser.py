"""The splitter: nothing is lost between bytes and fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.hl7v2.delimiters import Delimiters
from adapters.hl7v2.envelope import messages
from adapters.hl7v2.escapes import escape, unescape
from adapters.hl7v2.message import parse, read_message
from adapters.hl7v2.segments import Segment
from gateway.adapter import Payload
from tests.hl7v2.building import ADAPTER, SAMPLES, header, message, of_type, only, order, patient, result, translate

USUAL = Delimiters()
OTHERS = Delimiters("#", "*", "~", "!", "@")
texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)
plain = st.text(st.characters(categories=("L", "N", "Zs", "Sc")), max_size=12)


@given(texts, st.sampled_from([USUAL, OTHERS, Delimiters(truncation="#")]))
def test_escaped_text_reads_back_as_itself(text: str, delimiters: Delimiters) -> None:
    assert unescape(escape(text, delimiters), delimiters) == text


@given(texts, st.sampled_from([USUAL, OTHERS]))
def test_escaped_text_holds_no_delimiter(text: str, delimiters: Delimiters) -> None:
    written = escape(text, delimiters)
    assert not set(written) & {delimiters.field, delimiters.component, delimiters.repetition, delimiters.subcomponent}


@given(st.text(max_size=40))
def test_unescape_never_raises(text: str) -> None:
    unescape(text, USUAL)


@given(st.lists(st.lists(st.lists(plain, min_size=1, max_size=3), min_size=1, max_size=3), min_size=1, max_size=5))
def test_split_and_joined_again_a_segment_is_the_same(fields: list[list[list[str]]]) -> None:
    written = "|".join(["ZZZ", *("~".join("^".join(part) for part in repetitions) for repetitions in fields)])
    segment = Segment(written, 1, 1, USUAL)
    assert "|".join([segment.name, *(segment.raw(number) for number in range(1, len(segment) + 1))]) == written
    for number, repetitions in enumerate(fields, 1):
        said = [[text.strip() for text in parts] for parts in repetitions if any(text.strip() for text in parts)]
        read = [[value.peek(at) for at in range(1, value.components + 1)] for value in segment.said(number)]
        assert read == said


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("\\F\\\\S\\\\T\\\\R\\\\E\\", "|^&~\\"),
        ("a\\.br\\b", "a\nb"),
        ("a\\.sp2\\b", "a\n\nb"),
        ("\\H\\đậm\\N\\", "đậm"),
        ("\\X41\\", "A"),
        ("\\XC490\\", "Đ"),
        ("\\X00\\", "\\X00\\"),
        ("\\Z9\\", "\\Z9\\"),
        ("C:\\dir", "C:\\dir"),
        ("50\\", "50\\"),
    ],
)
def test_an_escape_is_decoded_or_kept_as_it_is(written: str, meant: str) -> None:
    assert unescape(written, USUAL) == meant


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_any_line_end_separates_segments(end: str) -> None:
    data = end.join([header(), patient(), order(), result()]).encode()
    assert [segment.name for segment in read_message(data).segments] == ["MSH", "PID", "OBR", "OBX"]


def test_a_line_feed_inside_a_message_of_carriage_returns_is_text() -> None:
    made = translate(message(header(), patient(), order(), result("TX", "một\nhai | ba")))
    assert only(made, "Observation")["valueString"].startswith("một\nhai")


def test_delimiters_are_those_the_message_declares() -> None:
    made = translate((SAMPLES / "custom-delimiters.hl7").read_bytes())
    assert only(made, "Patient")["name"][0]["text"] == "HOÀNG VĂN * MẪU"
    observation = only(made, "Observation")
    assert observation["code"]["coding"][0]["display"] == "Natri máu |nhanh|"
    assert observation["valueQuantity"]["unit"] == "mmol/L"


def test_null_is_told_apart_from_empty() -> None:
    segment = Segment('PID|||""||', 1, 1, USUAL)
    assert [value.null for value in segment.values(3)] == [True]
    assert segment.said(3) == ()
    assert segment.values(4) == ()


def test_several_messages_are_several_records_of_contiguous_bytes() -> None:
    one, two = message(header(f10="1"), patient()), message(header(f10="2"), patient())
    data = b"\x0b" + one + b"\x1c\r\x0b" + two + b"\x1c\r"
    records = ADAPTER.records(Payload(data))
    assert [record.position for record in records] == [1, 2]
    assert [record.data for record in records] == [one, two]
    assert all(record.data in data for record in records)


def test_a_batch_is_opened_and_its_wrappers_belong_to_no_record() -> None:
    data = (
        b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + message(header(), patient()) + message(header(), patient()) + b"BTS|2\rFTS|1\r"
    )
    assert [run[:3] for run in messages(data)] == [b"MSH", b"MSH"]
    assert all(b"BTS" not in run for run in messages(data))


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("", "utf-8"),
        ("UNICODE UTF-8", "utf-8"),
        ("UNICODE", "utf-8"),
        ("8859/1", "latin-1"),
        ("WINDOWS-1258", "cp1258"),
    ],
)
def test_the_character_set_is_the_one_declared(name: str, codec: str) -> None:
    word = "Đỗ" if codec == "utf-8" else "café"
    data = message(
        header(f18=name), patient(f5=f"{word}^THỬ" if codec == "utf-8" else f"{word}^B"), order(f4="CBC^CBC^L")
    ).decode()
    assert only(translate(data.encode(codec)), "Patient")["name"][0]["family"] == word


def test_decomposed_letters_are_composed() -> None:
    data = message(header(f18="WINDOWS-1258"), patient(f5="X^Y"), order()).replace(
        b"X^Y", "ê".encode("cp1258") + b"\xec^Y"
    )
    assert only(translate(data), "Patient")["name"][0]["family"] == "ế"


def test_an_unknown_segment_takes_nothing_with_it() -> None:
    made = translate(
        message(header(), patient(), "ZPV|x|y", order(), "ZZZ|1", result(), "ZRX|a", result(f3="K^Kali^L"))
    )
    assert len(of_type(made, "Observation")) == 2
    fields = {field.field for field in made.unplaced}
    assert {"ZPV[1]-1", "ZPV[1]-2", "ZZZ[1]-1", "ZRX[1]-1"} <= fields


def test_parse_counts_segments_by_name() -> None:
    made = parse(message(header(), patient(), order(), result(), order(), result()).decode())
    assert [segment.label for segment in made.segments] == ["MSH", "PID", "OBR[1]", "OBX[1]", "OBR[2]", "OBX[2]"]
