"""SFT: the software a message was made with, a Device that the message's Provenance names."""

from __future__ import annotations

from gateway.adapter import Translation
from gateway.bundle import urn
from gateway.r4 import check
from tests.hl7v2.building import header, message, of_type, only, order, patient, result, segment, translate, unplaced


def sft(**changed: str) -> str:
    fields = {1: "Công ty Mẫu^L", 2: "5.1", 3: "LIS Mẫu", 4: "B7", 5: "Bản cho bệnh viện", 6: "20260101"}
    return segment("SFT", fields | {int(name[1:]): text for name, text in changed.items()})


def told(*software: str) -> Translation:
    made = translate(message(header(), *software, patient(), order(), result()))
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    return made


def test_the_first_software_wrote_the_message_and_the_others_worked_on_it() -> None:
    made = told(sft(), sft(f3="Cổng Mẫu"))
    first, second = of_type(made, "Device")
    entities = only(made, "Provenance")["entity"][-2:]
    assert [(one["role"], one["what"]["reference"]) for one in entities] == [
        ("source", urn(first["id"])),
        ("derivation", urn(second["id"])),
    ]
    assert first["manufacturer"] == "Công ty Mẫu"
    assert first["deviceName"] == [{"name": "LIS Mẫu", "type": "manufacturer-name"}]
    assert first["version"][0]["value"] == "5.1"


def test_a_new_release_is_the_same_software_and_another_product_is_not() -> None:
    one, updated, other = (only(told(software), "Device")["id"] for software in (sft(), sft(f2="6"), sft(f3="RIS")))
    assert one == updated != other


def test_an_install_date_without_a_release_has_no_place() -> None:
    made = told(sft(f2=""))
    assert "version" not in only(made, "Device")
    assert "SFT[1]-6" in unplaced(made)


def test_software_without_a_name_is_none() -> None:
    made = told("SFT||5.1")
    assert not of_type(made, "Device")
    assert "SFT[1]-2" in unplaced(made)


def test_one_software_told_twice_is_one_and_told_otherwise_keeps_both_releases() -> None:
    assert len(of_type(told(sft(), sft()), "Device")) == 1
    assert [one["version"][0]["value"] for one in of_type(told(sft(), sft(f2="6")), "Device")] == ["5.1", "6"]
