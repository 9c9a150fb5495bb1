"""`gateway translate`: a line a record, the same bytes the same line, nothing stored."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from adapters.hl7v2 import Hl7v2Adapter
from gateway.installed import installed_names
from tests.cli.terminal import HELD_SAMPLE, HOSPITAL, LAB, LAB_SAMPLE, ROOT, TWO_RECORDS, Terminal, rules

KEYS = ["source", "adapter", "held", "bundle", "outcome", "unplaced", "lineage"]
SAMPLES = sorted((ROOT / "adapters").glob("*/samples/*.hl7")) + sorted((ROOT / "adapters").glob("*/samples/*.xml"))


def test_a_record_is_one_line_of_the_seven_promised_members(terminal: Terminal) -> None:
    ran = terminal.well("translate", LAB_SAMPLE)
    told = ran.line
    assert list(told) == KEYS
    assert (told["source"], told["adapter"], told["held"], ran.err) == (str(LAB_SAMPLE), "hl7v2", False, "")
    assert (told["bundle"]["resourceType"], told["bundle"]["type"]) == ("Bundle", "collection")
    assert rules(told["outcome"])
    assert not _refusing(told["outcome"])
    assert {"field", "reason", "clinical"} == set().union(*told["unplaced"])
    assert all(place.split("[")[0].isalpha() for place in told["lineage"])


def test_nothing_made_at_run_time_stands_in_the_bundle(terminal: Terminal) -> None:
    for line in terminal("translate", *SAMPLES).lines:
        for entry in line["bundle"]["entry"]:
            assert entry["resource"]["resourceType"] != "MessageHeader"
            assert "signature" not in entry["resource"]
        assert "timestamp" not in line["bundle"]


def test_the_same_payloads_give_the_same_bytes_twice(terminal: Terminal) -> None:
    assert len(SAMPLES) > 10
    assert terminal("translate", *SAMPLES).out == terminal("translate", *SAMPLES).out


def test_further_records_of_a_payload_are_numbered(terminal: Terminal) -> None:
    sources = [line["source"] for line in terminal.well("translate", TWO_RECORDS, LAB_SAMPLE).lines]
    assert sources == [str(TWO_RECORDS), f"{TWO_RECORDS}#2", str(LAB_SAMPLE)]


def test_stdin_is_a_payload_like_a_file(terminal: Terminal) -> None:
    (piped,) = terminal.well("translate", "-", stdin=LAB_SAMPLE.read_bytes()).lines
    (read,) = terminal.well("translate", LAB_SAMPLE).lines
    assert piped == read | {"source": "-"}


def test_a_held_record_is_shown_and_ends_with_1(terminal: Terminal) -> None:
    ran = terminal("translate", LAB_SAMPLE, HELD_SAMPLE)
    good, held = ran.lines
    assert (ran.code, good["held"], held["held"]) == (1, False, True)
    assert held["bundle"]["entry"]


def test_a_refused_record_has_no_bundle_and_the_others_stand(terminal: Terminal) -> None:
    broken = terminal.file("broken.hl7", LAB_SAMPLE.read_bytes()[:40])
    ran = terminal("translate", broken, LAB_SAMPLE)
    refused, good = ran.lines
    assert (ran.code, refused["bundle"], refused["held"]) == (1, None, False)
    assert list(refused) == KEYS
    assert _refusing(refused["outcome"])
    assert good["bundle"] is not None


def test_no_patient_value_is_on_stderr_or_in_an_outcome(terminal: Terminal) -> None:
    text = LAB_SAMPLE.read_text(encoding="utf-8")
    for spoilt in (text.replace("PID|", "PIX|"), text.replace("20261115074500", "THỬ NGHIỆM"), text[: len(text) // 3]):
        ran = terminal("translate", "-", stdin=spoilt.encode())
        outcomes = ran.err + "".join(str(line["outcome"]) + str(line["unplaced"]) for line in ran.lines)
        assert not [
            value for value in ("THỬ NGHIỆM", "001090000001", "DN4010000000001", "BN000123") if value in outcomes
        ]


def test_two_adapters_that_claim_one_payload_are_both_named(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Twin(Hl7v2Adapter):
        name = "twin"

    monkeypatch.setattr("gateway.cli.translate.running_adapters", lambda _names: [Hl7v2Adapter(), Twin()])
    ran = terminal("translate", LAB_SAMPLE)
    said = str(ran.line["outcome"])
    assert ran.code == 1
    assert "hl7v2" in said
    assert "twin" in said
    assert terminal("translate", "--adapter", "hl7v2", LAB_SAMPLE).code == 0


def test_the_adapter_can_be_named_and_must_run(terminal: Terminal) -> None:
    assert terminal.well("translate", "--adapter", "hl7v2", LAB_SAMPLE).line["adapter"] == "hl7v2"
    assert terminal("translate", "--adapter", "bhyt", LAB_SAMPLE).code == 1
    unknown = terminal("translate", "--adapter", "fax", LAB_SAMPLE)
    assert (unknown.code, unknown.out) == (2, b"")
    assert ", ".join(installed_names()) in unknown.err
    terminal.set(adapters="bhyt")
    assert terminal("translate", "--adapter", "hl7v2", LAB_SAMPLE).code == 2


def test_a_registered_facility_is_read_as_its_record_says(registered: Terminal) -> None:
    assert registered("translate", "--facility", HOSPITAL, HELD_SAMPLE).line["held"]
    registered.well("facility", "change", HOSPITAL, "--decimal-comma")
    assert not registered.well("translate", "--facility", HOSPITAL, HELD_SAMPLE).line["held"]
    assert registered("translate", HELD_SAMPLE).line["held"], "without --facility its record is not read"


def test_asking_for_a_facility_makes_no_database(terminal: Terminal) -> None:
    terminal.well("translate", "--facility", LAB, LAB_SAMPLE)
    terminal.set(database_url=f"sqlite:///{terminal.folder}/elsewhere.db")
    terminal.well("translate", "--facility", LAB, LAB_SAMPLE)
    assert list(terminal.folder.iterdir()) == []
    Path("elsewhere.db").touch()  # a file with no tables yet
    terminal.well("translate", "--facility", LAB, LAB_SAMPLE)


def test_a_pipe_named_as_a_file_is_read(terminal: Terminal) -> None:
    fifo = terminal.folder / "pipe"
    os.mkfifo(fifo)
    writing = threading.Thread(target=fifo.write_bytes, args=(LAB_SAMPLE.read_bytes(),))
    writing.start()
    told = terminal("translate", fifo)
    writing.join()
    assert told.line["bundle"] == terminal.well("translate", LAB_SAMPLE).line["bundle"]


def _refusing(outcome: dict[str, list[dict[str, str]]]) -> bool:
    return any(issue["severity"] in ("error", "fatal") for issue in outcome["issue"])
