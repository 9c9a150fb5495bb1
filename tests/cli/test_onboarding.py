"""`gateway facility show`: what a facility's way to its first exchange still lacks, worked out from what is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.adapter import Payload
from gateway.cli.open import house
from tests.cli.terminal import LAB, LAB_SAMPLE, Terminal
from tests.plain_table import installed, mapping


def steps(terminal: Terminal) -> dict[str, dict[str, Any]]:
    return {one["step"]: one for one in terminal.well("facility", "show", LAB).line["checklist"]}


def states(terminal: Terminal) -> dict[str, str]:
    return {name: one["state"] for name, one in steps(terminal).items()}


def test_the_checklist_stands_beside_what_was_shown_before(registered: Terminal) -> None:
    assert list(registered.well("facility", "show", LAB).line) == ["facility", "clients", "keys", "checklist"]
    assert states(registered) == {
        "adapter": "missing", "samples": "missing", "codes": "missing", "key": "done",
        "subscription": "missing", "conformance": "outside", "delivery": "missing",
    }  # fmt: skip


def test_each_command_it_names_does_its_step(registered: Terminal) -> None:
    registered.well(*steps(registered)["adapter"]["command"].replace("NAME", "hl7v2").split()[1:])
    assert states(registered)["adapter"] == "done"
    registered.well(*steps(registered)["samples"]["command"].replace("FILE", str(LAB_SAMPLE)).split()[1:])
    with house() as open_house:
        open_house.intake().take(LAB, Payload(LAB_SAMPLE.read_bytes()), actor="test")
    assert (states(registered)["samples"], states(registered)["codes"]) == ("done", "missing")
    registered.well(*steps(registered)["codes"]["command"].split()[1:])
    registered.well("key", "export", "--output", "trust.json")
    wanted = {"NAME": "city", "URL": "https://city.example", "FILE": "trust.json"}
    registered.well(*(wanted.get(word, word) for word in steps(registered)["subscription"]["command"].split()[1:]))
    wanted = {"NAME": "city", '"BASIS"': "law 15"}
    registered.well(*(wanted.get(word, word) for word in steps(registered)["subscription"]["command"].split()[1:]))
    assert states(registered)["subscription"] == "done"
    assert steps(registered)["delivery"]["rule"] == "onboarding-delivery-for-nobody"
    registered.well(*steps(registered)["delivery"]["command"].split()[1:])
    registered.well("key", "revoke", steps(registered)["key"]["text"].split()[2], "--reason", "lost")
    assert states(registered)["key"] == "missing"
    registered.well(*steps(registered)["key"]["command"].split()[1:])
    assert states(registered)["key"] == "done"


def test_an_adapter_that_reads_by_mapping_files_lacks_one_until_it_is_in_force(
    registered: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    registered.well("facility", "change", LAB, "--adapter", "plain")
    assert steps(registered)["adapter"]["rule"] == "onboarding-adapter-without-mapping"
    file = registered.file("m.toml", mapping())
    registered.well(*steps(registered)["adapter"]["command"].replace("FILE", str(file)).split()[1:])
    assert steps(registered)["adapter"]["rule"] == "onboarding-adapter-chosen"


def test_an_adapter_that_the_settings_do_not_let_run_is_told(registered: Terminal) -> None:
    registered.well("facility", "change", LAB, "--adapter", "hl7v2")
    registered.set(adapters="bhyt")
    assert steps(registered)["adapter"]["rule"] == "onboarding-adapter-not-running"


def test_it_is_read_by_a_person_in_their_language(registered: Terminal) -> None:
    english = registered.well("facility", "show", LAB, "--text").out.decode().splitlines()
    assert english[1] == f"      gateway facility change {LAB} --adapter NAME"
    assert [line[:3] for line in english if line.startswith("[")] == ["[ ]", "[ ]", "[ ]", "[x]", "[ ]", "[-]", "[ ]"]
    registered.set(lang="vi")
    assert "[ ] delivery: Chưa lưu gì để gửi đi." in registered.well("facility", "show", LAB, "--text").out.decode()
    assert steps(registered)["delivery"]["text"] == "Chưa lưu gì để gửi đi."


def test_a_facility_nobody_registered_has_no_checklist(registered: Terminal) -> None:
    assert registered("facility", "show", "00000", "--text").code == 1
