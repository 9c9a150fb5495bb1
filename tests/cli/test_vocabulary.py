"""`gateway vocabulary`: what waits is listed, what is decided is kept with who and when, what is wrong is refused."""

from __future__ import annotations

import pytest

from gateway.adapter import Payload
from gateway.bundle import resources
from gateway.cli.open import house
from gateway.store import audit
from tests.cli.terminal import HOSPITAL, LAB, Terminal
from tests.hl7v2.building import header, message, order, patient, result

OWN = f"urn:vn:cskcb:{LAB}:codesystem:L"
GLU = f"{OWN}|GLU"
GLUCOSE = "http://loinc.org|14749-6"
BY = ("--by", "BS. Mẫu")


@pytest.fixture
def sent(registered: Terminal) -> Terminal:
    """The laboratory sent a glucose by its own code, in its own unit."""
    data = message(header(), patient(), order(), result(f3="GLU^Đường máu^L", f6="mmol/lít"))
    with house() as open_house:
        open_house.intake().take(LAB, Payload(data), actor="test")
    return registered


def waiting(terminal: Terminal) -> set[str]:
    return {one["code"] for one in terminal.well("vocabulary", "unmapped").lines}


def test_what_waits_is_listed_with_what_it_may_be(sent: Terminal) -> None:
    found = {one["code"]: one for one in sent.well("vocabulary", "unmapped", "--facility", LAB).lines}
    assert set(found) == {"GLU", "CBC", "mmol/lít"}
    glucose = found["GLU"]
    assert (glucose["system"], glucose["display"], glucose["unit"], glucose["seen"]) == (
        OWN,
        "Đường máu",
        "mmol/lít",
        1,
    )
    assert "14749-6" in [one["code"] for one in glucose["suggestions"]]
    assert found["mmol/lít"]["suggestions"][0]["code"] == "mmol/L"
    assert sent.well("vocabulary", "unmapped", "--facility", HOSPITAL).lines == []


def test_it_can_be_read_as_lines_too(sent: Terminal) -> None:
    told = sent.well("vocabulary", "unmapped", "--text").out.decode()
    assert f"{LAB}  1 x  {GLU} Đường máu (mmol/lít)  →  {GLUCOSE} glucose" in told


def test_a_decision_is_kept_with_who_and_when_and_stands_in_the_audit_trail(sent: Terminal) -> None:
    made = sent.well("vocabulary", "map", LAB, GLU, GLUCOSE, *BY, "--reason", "serum").line
    sent.well("vocabulary", "unit", LAB, "mmol/lít", "mmol/L", *BY)
    assert waiting(sent) == {"CBC"}
    first, second = sent.well("vocabulary", "list", "--facility", LAB).lines
    assert first == made
    assert (first["by"], first["reason"], first["target_code"]) == ("BS. Mẫu", "serum", "14749-6")
    assert (second["kind"], second["code"], second["target_code"]) == ("unit", "mmol/lít", "mmol/L")
    with house() as open_house, open_house.store.read() as connection:
        lines = [one for one in audit.lines(connection) if one.action == "vocabulary-decided"]
    assert [(one.actor, one.detail["by"], one.detail["decision"]) for one in lines] == [
        ("cli", "BS. Mẫu", first["number"]), ("cli", "BS. Mẫu", second["number"]),
    ]  # fmt: skip


def test_a_decision_taken_back_waits_again_and_the_history_keeps_all(sent: Terminal) -> None:
    sent.well("vocabulary", "map", LAB, GLU, "http://loinc.org|2345-7", *BY)
    sent.well("vocabulary", "map", LAB, GLU, GLUCOSE, *BY)
    sent.well("vocabulary", "unmap", LAB, GLU, *BY, "--reason", "another specimen")
    assert "GLU" in waiting(sent)
    assert sent.well("vocabulary", "list").lines == []
    history = sent.well("vocabulary", "list", "--all").lines
    assert [(one["target_code"], one["equivalence"]) for one in history] == [
        ("2345-7", "equivalent"), ("14749-6", "equivalent"), ("", ""),
    ]  # fmt: skip


def test_a_decision_for_every_facility_holds_for_each_and_is_taken_back_as_such(sent: Terminal) -> None:
    sent.well("vocabulary", "map", "*", GLU, GLUCOSE, *BY)
    assert "GLU" not in waiting(sent)
    refused = sent("vocabulary", "unmap", LAB, GLU, *BY)
    assert (refused.code, refused.out) == (1, b"")
    assert "[vocabulary-not-decided]" in refused.err
    sent.well("vocabulary", "unmap", "*", GLU, *BY)
    assert "GLU" in waiting(sent)


def test_that_there_is_no_standard_code_is_a_decision_too(sent: Terminal) -> None:
    sent.well("vocabulary", "map", LAB, GLU, "--equivalence", "unmatched", *BY)
    assert "GLU" not in waiting(sent)


@pytest.mark.parametrize(
    ("typed", "code", "told"),
    [
        (("map", LAB, GLU, "http://loinc.org|14749-7", *BY), 1, "vocabulary-target-code"),
        (("map", LAB, GLU, "http://snomed.info/sct|123", *BY), 1, "vocabulary-target-code"),
        (("map", LAB, GLU, f"urn:vn:cskcb:{HOSPITAL}:codesystem:L|G", *BY), 1, "vocabulary-target-local"),
        (("map", LAB, GLU, "loinc|14749-6", *BY), 1, "vocabulary-target-local"),
        (("map", "99999", GLU, GLUCOSE, *BY), 1, "facility-unknown"),
        (("map", LAB, "http://loinc.org|2345-7", GLUCOSE, *BY), 1, "vocabulary-source-standard"),
        (("unit", LAB, "mmol/lít", "mmol/lít", *BY), 1, "vocabulary-unit-not-ucum"),
        (("unmap", LAB, GLU, *BY), 1, "vocabulary-not-decided"),
        (("unmapped", "--facility", "99999"), 1, "facility-unknown"),
        (("map", LAB, "GLU", GLUCOSE, *BY), 2, "SYSTEM|CODE"),
        (("map", LAB, GLU, *BY), 2, "a target is needed"),
        (("map", LAB, GLU, GLUCOSE, "--equivalence", "unmatched", *BY), 2, "a target is needed"),
        (("map", LAB, GLU, GLUCOSE), 2, "--by"),
        (("map", LAB, GLU, GLUCOSE, "--by", " "), 2, "--by"),
        (("unit", LAB, " ", "mmol/L", *BY), 2, "TEXT"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_nothing_is_kept(
    sent: Terminal, typed: tuple[str, ...], code: int, told: str
) -> None:
    refused = sent("vocabulary", *typed)
    assert (refused.code, refused.out) == (code, b"")
    assert told in refused.err
    assert sent.well("vocabulary", "list", "--all").lines == []


def test_translate_shows_what_a_decision_makes_of_a_payload_and_who_decided(sent: Terminal) -> None:
    data = message(header(), patient(), order(), result(f3="GLU^Đường máu^L", f6="mmol/lít"))
    sent.well("vocabulary", "map", LAB, GLU, GLUCOSE, *BY)
    sent.well("vocabulary", "unit", LAB, "mmol/lít", "mmol/L", *BY)
    told = sent.well("translate", "--facility", LAB, "-", stdin=data).line
    made = next(resources(told["bundle"], "Observation"))
    assert [one["code"] for one in made["code"]["coding"]] == ["GLU", "14749-6"]
    assert (made["valueQuantity"]["unit"], made["valueQuantity"]["code"]) == ("mmol/lít", "mmol/L")
    assert told["lineage"]["Observation[0].code.coding[1].code"] == "OBX[1]-3.1"
    assert [one["by"] for one in told["decisions"]] == ["BS. Mẫu", "BS. Mẫu"]
    assert "decisions" not in sent.well("translate", "-", stdin=data).line


def test_who_decides_is_told_how_many_stored_exchanges_tell_of_the_code_and_how_to_see_what_changes(
    sent: Terminal,
) -> None:
    assert "1 stored exchanges" in sent.well("vocabulary", "map", LAB, GLU, GLUCOSE, *BY).err
    assert sent.well("vocabulary", "map", LAB, f"{OWN}|NONE", GLUCOSE, *BY).err == ""


def test_what_it_would_change_is_shown_without_a_patients_value_then_done_then_nothing_is_left(sent: Terminal) -> None:
    sent.well("vocabulary", "map", LAB, GLU, GLUCOSE, *BY)
    sent.well("vocabulary", "unit", LAB, "mmol/lít", "mmol/L", *BY)
    *told, counts = sent.well("vocabulary", "try").lines
    (one,) = told
    assert {each["element"] for each in one["changes"]} == {
        "Observation[0].code.coding[1]", "Observation[0].valueQuantity.system", "Observation[0].valueQuantity.code",
    }  # fmt: skip
    assert all(set(each) == {"element", "what"} for each in one["changes"])
    assert (counts["counts"]["payloads"], counts["counts"]["different"]) == (1, 1)
    assert "+ Observation[0].code.coding[1]" in sent.well("vocabulary", "try", "--text").out.decode()
    why = ("--reason", "glucose decided", *BY)
    made = sent.well("vocabulary", "retranslate", "--facility", LAB, *why).lines[0]
    assert (made["exchange"], made["left"]) == (one["exchange"], [])
    shown = sent.well("exchange", "show", one["exchange"]).line
    assert shown["replaced_by"] == made["replaced_by"]
    new = sent.well("exchange", "show", made["replaced_by"]).line
    assert [each["by"] for each in new["decisions"]] == ["BS. Mẫu", "BS. Mẫu"]
    assert len(sent.well("vocabulary", "try").lines) == len(sent.well("vocabulary", "retranslate", *why).lines) == 1
    with house() as open_house, open_house.store.read() as connection:
        (kept,) = [each for each in audit.lines(connection) if each.action == "exchange-translated-again"]
    assert (kept.detail["by"], kept.detail["reason"]) == ("BS. Mẫu", "glucose decided")


def test_what_is_done_again_needs_a_name_a_reason_and_a_facility_that_is_there(sent: Terminal) -> None:
    assert sent("vocabulary", "retranslate", *BY).code == 2
    assert sent("vocabulary", "retranslate", "--reason", "x").code == 2
    assert sent("vocabulary", "retranslate", "--reason", "x", "--by", " ").code == 2
    assert sent("vocabulary", "try", "--facility", "99999").code == 1
