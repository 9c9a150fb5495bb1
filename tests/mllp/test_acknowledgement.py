"""The ACK's fields: the sender's delimiters, version, names and character set; places and codes of what is wrong."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mllp.acknowledgement import acknowledgement
from gateway.mllp.conditions import Finding, found, located
from gateway.mllp.header import read_header
from gateway.mllp.modes import Became, codes
from gateway.outcome import Issue
from tests.hl7v2.building import header
from tests.mllp.world import answer

AT = datetime(2026, 11, 23, 8, 30, 0, tzinfo=timezone(timedelta(hours=7)))
WRONG = Finding(102, "E", "some-rule", "A sentence.", ("OBX", "3", "5"))


def acked(msh: str, code: str = "AA", **more: object) -> dict[str, list[str]]:
    block = acknowledgement(read_header(msh.encode()), code, AT, **more)  # type: ignore[arg-type]  # as given
    return answer(block)


def test_sender_and_receiver_change_places_and_the_message_is_named() -> None:
    told = acked(header(f3="LIS", f4="79001", f5="GATEWAY", f6="HUB", f10="M-1", f11="T"))
    assert told["MSH"][3:7] == ["GATEWAY", "HUB", "LIS", "79001"]
    assert told["MSH"][7] == "20261123013000+0000"
    assert told["MSH"][9] == "ACK^R01^ACK"
    assert told["MSH"][11:13] == ["T", "2.5.1"]
    assert told["MSA"] == ["MSA", "AA", "M-1"]
    assert len(told["MSH"][10]) == 20


def test_every_acknowledgement_has_a_control_id_of_its_own() -> None:
    assert acked(header())["MSH"][10] != acked(header())["MSH"][10]


@pytest.mark.parametrize(
    ("version", "kind"), [("2.3", "ACK^R01"), ("2.3.1", "ACK^R01^ACK"), ("2.8.2", "ACK^R01^ACK"), ("", "ACK^R01^ACK")]
)
def test_the_message_type_is_as_the_version_has_it(version: str, kind: str) -> None:
    told = acked(header(f12=version))
    assert told["MSH"][9] == kind
    assert told["MSH"][12] == (version or "2.5")


def test_delimiters_are_the_senders_and_our_words_do_not_break_them() -> None:
    wrong = Finding(102, "E", "a-rule", "Set A, B or #C!", ("OBX", "3", "5"))
    told = acked("MSH#!,?%#LIS#1#####ORU!R01#7!x#P#2.5", "AE", findings=[wrong])
    assert told["MSH"][:3] == ["MSH", "#", "!,?%"]
    assert told["MSA"][2] == "7!x"
    assert told["ERR"][2] == "OBX!3!5"
    assert told["ERR"][8] == "Set A?R? B or ?F?C?S?"


def test_from_2_5_on_each_finding_is_an_err_of_its_own() -> None:
    told = acked(header(), "AE", findings=[WRONG, WRONG], text="A sentence.")
    assert told["ERRs"] == ["ERR||OBX^3^5|102^Data type error^HL70357|E|some-rule|||A sentence."] * 2
    assert told["MSA"] == ["MSA", "AE", "1", "A sentence."]


def test_before_2_5_err_1_holds_place_and_code_and_msa_6_the_code() -> None:
    told = acked(header(f12="2.3.1"), "AE", findings=[WRONG, Finding(207, "E", "r", "T")])
    assert told["ERRs"] == ["ERR|OBX^3^5^102&Data type error&HL70357~^^^207&Application internal error&HL70357"]
    assert told["MSA"][6] == "102^Data type error^HL70357"


def test_of_a_message_wrong_in_a_thousand_places_the_first_are_told() -> None:
    assert len(acked(header(), "AE", findings=[WRONG] * 1000)["ERRs"]) == 20


def test_words_are_in_the_senders_character_set_or_ascii() -> None:
    wrong = Finding(102, "E", "r", "Sai – thật")
    assert acked(header(f18="UNICODE UTF-8"), "AE", findings=[wrong])["ERR"][8] == "Sai – thật"
    for other in ("", "8859/1", "WINDOWS-1258"):
        told = acked(header(f18=other), "AE", findings=[wrong])
        assert told["ERR"][8] == "Sai ? th?t"
        assert (told["MSH"][18:] or [""])[0] == other


def test_control_id_and_names_are_echoed_byte_for_byte() -> None:
    msh = header(f3="X").encode().replace(b"|X|", b"|\xc4\xff|").replace(b"|1|P", b"|\xe9-1|P")
    block = acknowledgement(read_header(msh), "AA", AT)
    assert b"\rMSA|AA|\xe9-1\r" in block
    assert block.split(b"|")[4] == b"\xc4\xff"


def test_who_cannot_be_read_is_answered_without_a_control_id() -> None:
    told = answer(acknowledgement(None, "AR", AT, findings=[WRONG]))
    assert told["MSA"] == ["MSA", "AR"]
    assert told["MSH"][9] == "ACK"


@given(st.binary(max_size=60))
def test_whatever_a_block_begins_with_its_answer_is_an_acknowledgement(block: bytes) -> None:
    for begins in (block, b"MSH" + block, b"MSH|^~\\&|" + block):
        made = acknowledgement(read_header(begins), "AR", AT, findings=[WRONG])
        assert [one[:3] for one in made.split(b"\r")] == [b"MSH", b"MSA", b"ERR", b""]


@given(st.integers(0, 9000))
def test_a_header_that_is_cut_names_no_message(at: int) -> None:
    msh = (header(f10="12345", f8="x" * 40) + "\r").encode()
    cut = read_header(msh[:at], whole=False)
    assert (cut.control_id if cut else b"") in (b"", b"12345")
    assert (cut is not None) == (at >= len(msh))


@pytest.mark.parametrize(
    ("expression", "place"),
    [
        ("OBX[3]-5", ("OBX", "3", "5", "1")),
        ("MSH-9", ("MSH", "1", "9", "1")),
        ("PID-3[2].4.1", ("PID", "1", "3", "2", "4", "1")),
        ("MSH[2]", ("MSH", "2")),
        ("MSH", ("MSH", "1")),
        ("line 3", ()),
        ("Observation[0].value", ()),
    ],
)
def test_a_place_of_ours_is_told_in_hl7s_components(expression: str, place: tuple[str, ...]) -> None:
    assert located(expression) == place


def test_every_issue_has_a_code_of_the_table_and_what_is_unknown_is_internal() -> None:
    assert found(Issue("error", "structure", "hl7v2-version-unsupported", "MSH-12"), "en").condition == 203
    assert found(Issue("error", "required", "any"), "en").condition == 101
    assert found(Issue("error", "exception", "any"), "en").condition == 207
    assert found(Issue("warning", "value", "any", "line 3"), "en").severity == "W"


_CODES = {  # MSH-15, MSH-16 → stored, refused, not ours, rejected
    ("", ""): ("AA", "AE", "AR", "AR"),
    ("AL", "NE"): ("CA", "CE", "CR", "CE"),
    ("AL", ""): ("CA", "CE", "CR", "CE"),
    ("AL", "AL"): ("CA AA", "CE", "CR", "CE"),
    ("NE", "AL"): ("AA", "AE", "AR", "AR"),
    ("ER", "SU"): ("AA", "CE", "CR", "CE"),
    ("SU", "ER"): ("CA", "AE", "AR", "AR"),
    ("NE", "NE"): ("", "", "", ""),
    ("??", ""): ("CA", "CE", "CR", "CE"),
}


@pytest.mark.parametrize("asked", _CODES)
def test_what_was_asked_for_is_answered_and_nothing_else(asked: tuple[str, str]) -> None:
    to = read_header(header(f15=asked[0], f16=asked[1], f17="VNM").encode())
    assert tuple(" ".join(codes(to, became)) for became in Became) == _CODES[asked]
