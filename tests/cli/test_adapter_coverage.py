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


def test_an_adapter_without_a_published_map_is_wrong_usage(terminal: Terminal) -> None:
    for typed in (("bhyt",), ("fax",), ("hl7v2", "--segment", "XYZ")):
        assert terminal("adapter", "coverage", *typed).code == 2
