"""``gateway adapter coverage``: counts by message and part of the map, or every row with its reason."""

from __future__ import annotations

from tests.cli.terminal import Terminal


def test_counts_by_message_and_map_end_in_each_row_once(terminal: Terminal) -> None:
    ran = terminal.well("adapter", "coverage", "hl7v2", "--segment", "PID[Account]", "--json")
    told = ran.lines
    assert {one["map"] for one in told[:-1]} == {"PID[Account]"}
    assert told[-1]["message"] == "all"
    assert all(one["rows"] == one["honoured"] + one["deliberately not"] + one["not yet"] == 2 for one in told)
    assert "ADT_A01" in ran.err


def test_every_row_is_listed_with_its_reason(terminal: Terminal) -> None:
    ran = terminal.well("adapter", "coverage", "hl7v2", "--segment", "MSA", "--rows")
    lines = ran.out.decode().splitlines()
    assert len(lines) == 2
    assert all("MSA[MessageHeader]" in line and "deliberately not  An acknowledgement" in line for line in lines)


def test_the_fields_of_a_table_are_listed_with_the_elements_they_are_seen_at(terminal: Terminal) -> None:
    told = terminal.well("adapter", "coverage", "bhyt", "--table", "XML1", "--rows", "--json").lines
    assert len(told) == 66
    (sex,) = (one for one in told if one["row"] == "GIOI_TINH")
    assert (sex["message"], sex["map"], sex["state"], sex["at"]) == ("3176", "XML1", "honoured", "Patient.gender")


def test_an_unknown_adapter_or_part_of_a_map_is_wrong_usage(terminal: Terminal) -> None:
    for typed in (("fax",), ("hl7v2", "--segment", "XYZ"), ("bhyt", "--table", "XML99")):
        assert terminal("adapter", "coverage", *typed).code == 2
