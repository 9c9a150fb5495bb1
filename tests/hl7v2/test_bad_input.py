"""Broken input is refused by rule and place; one bad field costs that field."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapter import DefaultProfile, Payload, split
from gateway.adapter import translate as fenced
from gateway.errors import PayloadError
from gateway.messages import catalogue
from gateway.r4 import check
from tests.fuzz.properties import hold
from tests.hl7v2.building import (
    ADAPTER,
    PAYLOADS,
    SAMPLES,
    header,
    message,
    of_type,
    only,
    order,
    patient,
    result,
    translate,
    unplaced,
)

FOUND = Path(__file__).parents[1] / "fuzz" / "found"
WHOLE = message(header(), patient(), order(), result())


def _translate_all(data: bytes) -> None:
    for record in ADAPTER.records(Payload(data)):
        ADAPTER.translate(record, DefaultProfile())


def refused(data: bytes) -> tuple[str, str]:
    """(rule, place) of the refusal."""
    with pytest.raises(PayloadError) as caught:
        _translate_all(data)
    (issue,) = caught.value.issues
    assert issue.rule in catalogue()
    return issue.rule, issue.expression


@pytest.mark.parametrize(
    ("data", "rule", "place"),
    [
        (b"", "hl7v2-no-message", ""),
        (b"\r\n\r\n", "hl7v2-no-message", ""),
        (b"PID|1||2\r", "hl7v2-outside-message", "line 1"),
        (b"hello", "hl7v2-outside-message", "line 1"),
        (b"MSH", "hl7v2-delimiters", "MSH-2"),
        (b"MSH|", "hl7v2-delimiters", "MSH-2"),
        (b"MSH|^~\\", "hl7v2-delimiters", "MSH-2"),
        (b"MSH|^^\\&|", "hl7v2-delimiters", "MSH-2"),
        (b"MSH|^~\\&|LIS|79001", "hl7v2-header-short", "MSH"),
        (message(header(f12="2.2")), "hl7v2-version-unsupported", "MSH-12"),
        (message(header(f12="")), "hl7v2-version-unsupported", "MSH-12"),
        (message(header(f12="3.0")), "hl7v2-version-unsupported", "MSH-12"),
        (message(header(f9="DFT^P03")), "hl7v2-message-unsupported", "MSH-9"),
        (message(header(f9="ORU^R30")), "hl7v2-event-unsupported", "MSH-9.2"),
        (message(header(f9="ADT")), "hl7v2-event-unsupported", "MSH-9.2"),
        (message(header(f9="")), "hl7v2-message-unsupported", "MSH-9"),
        (message(header(), patient(), "OB"), "hl7v2-segment-malformed", "line 3"),
        (message(header(), patient(), "O1|x"), "hl7v2-segment-malformed", "line 3"),
        (message(header(), patient(), "obx|1"), "hl7v2-segment-malformed", "line 3"),
        (message(header(), patient(), "OBXX|1"), "hl7v2-segment-malformed", "line 3"),
        (WHOLE.replace(b"7.2", b"7\x00"), "hl7v2-nul", "line 4"),
        (WHOLE.replace(b"7.2", b"7\x07"), "hl7v2-control-character", "line 4"),
        (WHOLE.replace(b"7.2", b"\xff\xfe"), "hl7v2-charset-undecodable", "line 4"),
        (message(header(f18="ASCII"), patient()), "hl7v2-charset-undecodable", "line 2"),
        (message(header(f18="KLINGON"), patient()), "hl7v2-charset-unknown", "MSH-18"),
        (message(header(), order(), result()), "patient-missing", "PID"),
        (message(header(), "PID|1||||", order()), "patient-missing", "PID"),
        (message(header(), "PID|1|||||19800101|F", order()), "patient-missing", "PID"),
        (message(header(), 'PID|1||""||""', order()), "patient-missing", "PID"),
        (message(header(f3="", f4=""), patient()), "hl7v2-facility-missing", "MSH-4"),
        (message(header(), patient(), order(), patient(f3="BN2^^^79001^MR")), "hl7v2-two-patients", "PID[2]"),
        (b"BHS|^~\\&|A\r" + WHOLE + b"BTS|2\r", "hl7v2-batch-incomplete", "BTS-1"),
    ],
)
def test_broken_input_is_refused_with_rule_and_place(data: bytes, rule: str, place: str) -> None:
    assert refused(data) == (rule, place)


def test_an_unsupported_type_names_what_is_supported() -> None:
    with pytest.raises(PayloadError, match="ORU") as caught:
        translate(message(header(f9="DFT^P03")))
    assert "ORU^R01" in str(caught.value)


def test_one_broken_message_fails_alone() -> None:
    records = ADAPTER.records(Payload(WHOLE + message(header(f12="9")) + WHOLE))
    assert len(records) == 3
    ADAPTER.translate(records[0], DefaultProfile())
    with pytest.raises(PayloadError):
        ADAPTER.translate(records[1], DefaultProfile())
    ADAPTER.translate(records[2], DefaultProfile())


def test_a_patient_said_twice_is_one() -> None:
    made = translate(message(header(), patient(), order(), patient(), result()))
    assert len(of_type(made, "Patient")) == 1
    assert "PID[2]-3" in unplaced(made)


@pytest.mark.parametrize(
    ("segments", "field"),
    [
        ((patient(f7="19801340"), order(), result()), "PID-7"),
        ((patient(f8="Z"), order(), result()), "PID-8"),
        ((patient(f25="x"), order(), result()), "PID-25"),
        ((patient(), order(f7="220241021055726"), result()), "OBR[1]-7"),
        ((patient(), order(f22="20261115"), result()), "OBR[1]-22"),
        ((patient(), order(), result(f14="220241021055726")), "OBX[1]-14"),
        ((patient(), order(), result(f19="20261199")), "OBX[1]-19"),
        ((patient(), order(f7="20261116", f8="20261115"), result()), "OBR[1]-8"),
        ((patient(), "PV1|1|O|" + "|" * 41 + "20261116|20261115", order(), result()), "PV1-45"),
        ((patient(f9="A^B^^^^^^^^20261116&20261115"), order(), result()), "PID-9.10.1"),
    ],
)
def test_a_bad_field_costs_that_field_and_says_so(segments: tuple[str, ...], field: str) -> None:
    made = translate(message(header(), *segments))
    assert field in unplaced(made)
    assert only(made, "Observation")["valueQuantity"]
    assert not [issue for issue in check(made.bundle()) if issue.refuses]


def test_no_value_stands_in_any_finding() -> None:
    secret = "BIMAT"
    made = translate(
        message(
            header(), patient(f7=secret, f8=secret), order(f7=secret, f25=secret), result(secret, secret, f11=secret)
        )
    )
    assert secret not in str([issue.text() for issue in made.issues])
    assert secret not in str([(field.field, field.reason) for field in made.unplaced])


_SAMPLES = [path.read_bytes() for path in sorted(SAMPLES.glob("*.hl7"))]
# Nothing begun; a result with its status, and at most a whole time behind it; a visit with its whole last time.
_TIME = "[0-9]{12,14}(?:[+-][0-9]{4})?"
_ENDED = re.compile(rf"(?:OBX\|(?:[^|]*\|){{10}}[^|]+(?:\|+{_TIME})?\|*|PV1\|(?:[^|]*\|){{43,44}}{_TIME})?\Z")


def _behind_a_whole_one_the_cut_is_refused(cut: bytes) -> None:
    """The first message stands, byte for byte. The cut one is refused or held, unless what stands last is whole."""
    first, second, *rest = split(ADAPTER, Payload(WHOLE + cut))
    assert first.data == WHOLE
    assert [record.data for record in rest] in ([], [b"M"], [b"MS"])  # of an MRG, or of a message that never came
    for record in rest:
        with pytest.raises(PayloadError):
            fenced(ADAPTER, record, DefaultProfile())
    try:
        made = fenced(ADAPTER, second, DefaultProfile())
    except PayloadError:
        return
    last = re.split(r"[\r\n]", cut.decode())[-1]
    mark = chr(cut[3])
    assert made.held or _ENDED.match(last if mark == "|" else last.replace("|", "x").replace(mark, "|")), last


def test_a_sample_cut_at_every_byte_is_refused_or_held_and_the_whole_one_before_it_stands() -> None:
    short = (SAMPLES / "version-2.3.hl7").read_bytes()
    for end in range(1, len(short)):
        _behind_a_whole_one_the_cut_is_refused(short[:end])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(_SAMPLES), st.data())
def test_any_sample_cut_anywhere_is_refused_or_held_and_the_whole_one_before_it_stands(
    sample: bytes, data: st.DataObject
) -> None:
    _behind_a_whole_one_the_cut_is_refused(sample[: data.draw(st.integers(1, len(sample) - 1))])


@pytest.mark.parametrize(
    "last",
    [
        *(
            "NTE|1||Không dùng aspi",
            "SPM|1|^M26",
            "PRT||UC||SP",
            "ZXX|1",
            "OBX|2|ST|A^B^L||Âm t",
            "OBX|2|ST|A^B^L||1|||||F",
        ),
        *(
            f"OBX|2|NM|A^B^L||5||||||{said}"
            for said in ("F|||2026", "F|||202611150", "F|||20261115080000||KTV0", "F|||||K")
        ),
    ],
)
def test_what_may_be_half_of_a_last_segment_without_its_mark_is_held(last: str) -> None:
    assert translate(message(header(), patient(), order(), result(), last).rstrip(b"\r")).held


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_changed_byte_is_translated_to_conformant_fhir_or_refused(data: st.DataObject) -> None:
    whole = (SAMPLES / "microbiology.hl7").read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:place] + bytes([data.draw(st.integers(0, 255))]) + whole[place + 1 :]
    try:
        for record in ADAPTER.records(Payload(changed)):
            made = fenced(ADAPTER, record, DefaultProfile())
            assert not [issue for issue in check(made.bundle()) if issue.refuses]
    except PayloadError:
        return


@pytest.mark.parametrize("path", sorted(FOUND.glob("*.hl7")), ids=lambda path: path.stem)
def test_what_a_search_once_found_is_refused_or_becomes_conformant_fhir(path: Path) -> None:
    """``make fuzz`` searches for more."""
    hold(path.read_bytes())


@pytest.mark.unmeasured  # mostly thousands of runs of what other tests run through once
@pytest.mark.parametrize("name", ["PID", "PV1", "ORC", "OBR", "OBX", "SPM", "NTE"])
def test_any_field_may_be_repeated_or_have_parts_and_what_comes_of_it_is_conformant(name: str) -> None:
    segments = (SAMPLES / "lab-hematology.hl7").read_text(encoding="utf-8").splitlines()
    at = next(index for index, line in enumerate(segments) if line.startswith(name))
    fields = segments[at].split("|")
    fields += [""] * (53 - len(fields))
    for number in range(1, len(fields)):
        for said in ("A~B", "A^B^C", "20260101~20260202"):
            changed = "|".join([*fields[:number], said, *fields[number + 1 :]])
            data = "\r".join([*segments[:at], changed, *segments[at + 1 :]]).encode()
            try:
                [record] = split(ADAPTER, Payload(data))
                bundle = fenced(ADAPTER, record, DefaultProfile(record.facility)).bundle()
            except PayloadError:
                continue
            assert [issue.rule for issue in check(bundle) if issue.refuses] == [], f"{name}-{number} {said}"


def test_other_formats_are_not_recognised() -> None:
    for data in (b"<GIAMDINHHS/>", b"{}", b"", b"a,b,c", b"MSHA|x", b"MSH "):
        assert not ADAPTER.recognises(Payload(data))


def test_messages_and_batches_are_recognised() -> None:
    for file in (*SAMPLES.glob("*.hl7"), *PAYLOADS.glob("*.hl7")):
        assert ADAPTER.recognises(Payload(file.read_bytes()))
    assert ADAPTER.recognises(Payload(b"\x0bMSH|^~\\&|"))
    assert ADAPTER.recognises(Payload(b"\xef\xbb\xbfFHS|^~\\&|"))
    assert ADAPTER.recognises(Payload(b"garbage", "x-application/hl7-v2+er7"))


@pytest.mark.parametrize(
    "value",
    ["\\E\\" * 200_000, "a\n" * 200_000, "~" * 200_000, "1~" * 20_000, "^" * 200_000, "&" * 200_000, "\\" * 200_001],
    ids=["escapes", "lines", "empty repetitions", "repetitions", "components", "subcomponents", "marks"],
)
def test_a_field_of_very_many_parts_costs_as_many_steps_not_their_square(value: str) -> None:
    made = translate(message(header(), patient(), order(), result("TX", f"x{value}")))
    assert len(of_type(made, "Observation")) == 1


def test_a_message_without_an_order_is_refused() -> None:
    with pytest.raises(PayloadError, match="no order"):
        translate(message(header(), patient()))


def test_a_message_that_ends_without_a_mark_before_its_results_is_held() -> None:
    cut = message(header(), patient(), order()).rstrip(b"\r")
    made = translate(cut)
    assert [issue.rule for issue in made.holds] == ["hl7v2-maybe-cut-off"]


def test_an_order_without_results_that_ends_as_it_should_is_not_held() -> None:
    assert not translate(message(header(), patient(), order())).held


def test_a_missing_last_mark_after_a_result_is_told_and_not_held() -> None:
    made = translate(message(header(), patient(), order(), result()).rstrip(b"\r"))
    assert not made.held
    assert "hl7v2-unterminated" in [issue.rule for issue in made.issues]


def test_a_message_in_marks_or_a_batch_of_one_translates_as_it_does_alone() -> None:
    alone = message(header(), patient(), order(), result())
    for wrapped in (
        b"\x0b" + alone + b"\x1c\r",
        b"\xef\xbb\xbf" + alone,
        b"FHS|^~\\&|\rBHS|^~\\&|\r" + alone + b"BTS|1\rFTS|1\r",
    ):
        (record,) = split(ADAPTER, Payload(wrapped))
        assert record.data == wrapped
        assert fenced(ADAPTER, record, DefaultProfile()).bundle() == translate(alone).bundle()
