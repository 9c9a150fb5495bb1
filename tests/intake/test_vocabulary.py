"""What a person decided of a facility's codes and units, in what the facility then sends; and what nobody decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway.adapter import Payload
from gateway.bundle import Resource, resources
from gateway.errors import Forbidden
from gateway.store import Connection, vocabulary
from gateway.terminology.tally import EVERY
from gateway.terminology.unmapped import Seen
from tests.hl7v2.building import header, message, order, patient, result
from tests.intake.world import HOSPITAL, LAB, World

OWN = f"urn:vn:cskcb:{LAB}:codesystem:L"
LOINC = "http://loinc.org"
GLUCOSE = {"system": LOINC, "code": "14749-6"}


def sent(control: str, *tests: str, **changed: str) -> bytes:
    """An ORU whose OBX-3 are ``tests``; ``control`` makes it another payload."""
    told = [result(**{"f1": str(number), "f3": test, **changed}) for number, test in enumerate(tests, 1)]
    return message(header(f10=control), patient(), order(), *told)


def decide(world: World, code: str, target: str, facility: str = LAB, **changed: Any) -> None:
    system, _, code = code.rpartition("|")
    kind = changed.get("kind", "code")
    standard = "http://unitsofmeasure.org" if kind == "unit" else LOINC if target else ""

    def work(connection: Connection) -> None:
        vocabulary.decide(
            connection, facility=facility, kind=kind, system=system, code=code, target=(standard, target, ""),
            equivalence=changed.get("equivalence", "equivalent"), by="Thu", reason="", now=world.now(),
        )  # fmt: skip

    world.store.write(work)


def seen(world: World) -> list[Seen]:
    with world.store.read() as connection:
        return list(vocabulary.list_seen(connection, LAB))


def counts(world: World) -> dict[str, int]:
    return {one.code: one.seen for one in seen(world) if one.kind == "code" and one.element == "Observation.code"}


def observation(world: World, data: bytes, facility: str = LAB) -> Resource:
    (line,) = world.take(data, facility).exchanges
    assert line["status"] == "kept"
    return next(resources(world.exchange(line["id"])["bundle"], "Observation"))


def test_a_decided_code_stands_behind_the_facilitys_own_which_stays_as_it_came(world: World) -> None:
    before = observation(world, sent("1", "GLU^Đường máu^L"))
    decide(world, f"{OWN}|GLU", "14749-6")
    after = observation(world, sent("2", "GLU^Đường máu^L"))
    assert before["code"]["coding"] == [{"system": OWN, "code": "GLU", "display": "Đường máu"}]
    assert after["code"]["coding"] == [*before["code"]["coding"], GLUCOSE]


def test_the_account_says_who_decided_and_the_lineage_where_the_local_code_came_from(world: World) -> None:
    decide(world, f"{OWN}|GLU", "14749-6")
    (line,) = world.take(sent("1", "GLU^Đường máu^L")).exchanges
    account = world.account(line["id"])
    (used,) = account["decisions"]
    assert (used["by"], used["facility"], used["target"]) == ("Thu", LAB, f"{LOINC}|14749-6")
    assert used["elements"] == ["Observation[0].code.coding[1]"]
    assert account["lineage"]["Observation[0].code.coding[1].code"] == "OBX[1]-3.1"
    assert account["lineage"]["Observation[0].code.coding[1].system"] == "OBX[1]-3.1"


def test_a_facilitys_own_decision_goes_before_the_one_for_all_and_falls_back_to_it(world: World) -> None:
    decide(world, "|GLU", "2345-7", facility="")
    assert observation(world, sent("1", "GLU"))["code"]["coding"][1]["code"] == "2345-7"
    decide(world, "|GLU", "14749-6")
    assert observation(world, sent("2", "GLU"))["code"]["coding"][1]["code"] == "14749-6"
    decide(world, "|GLU", "", equivalence="")
    assert observation(world, sent("3", "GLU"))["code"]["coding"][1]["code"] == "2345-7"


def test_a_decision_of_one_facility_holds_for_no_other(world: World) -> None:
    decide(world, "|GLU", "14749-6", facility=HOSPITAL)
    assert observation(world, sent("1", "GLU"))["code"]["coding"] == [{"code": "GLU"}]


@pytest.mark.parametrize("equivalence", ["wider", "narrower", "inexact", "relatedto", "disjoint"])
def test_a_code_that_is_not_the_same_is_not_added_and_no_longer_listed(world: World, equivalence: str) -> None:
    decide(world, f"{OWN}|GLU", "14749-6", equivalence=equivalence)
    assert len(observation(world, sent("1", "GLU^Đường máu^L"))["code"]["coding"]) == 1
    assert counts(world) == {}


def test_a_standard_code_of_the_senders_own_is_the_only_one(world: World) -> None:
    decide(world, f"{OWN}|GLU", "14749-6")
    made = observation(world, sent("1", "GLU^Đường máu^L^2345-7^Glucose^LN"))
    assert [one["code"] for one in made["code"]["coding"]] == ["GLU", "2345-7"]


def test_two_local_codes_decided_differently_get_none_and_the_outcome_says_so(world: World) -> None:
    decide(world, f"{OWN}|GLU", "14749-6")
    decide(world, "|G1", "2345-7")
    (line,) = world.take(sent("1", "GLU^Đường máu^L^G1^Glucose")).exchanges
    made = world.exchange(line["id"])
    (told,) = resources(made["bundle"], "Observation")
    assert [one["code"] for one in told["code"]["coding"]] == ["GLU", "G1"]
    assert "vocabulary-contradiction" in made["rules"]


def test_what_was_signed_before_a_decision_stays_and_the_same_payload_again_changes_nothing(world: World) -> None:
    data = sent("1", "GLU^Đường máu^L")
    (line,) = world.take(data).exchanges
    before = world.exchange(line["id"])["bundle"]
    decide(world, f"{OWN}|GLU", "14749-6")
    assert world.take(data).status == 200
    assert world.exchange(line["id"])["bundle"] == before


def test_codes_without_a_standard_are_counted_with_their_name_unit_and_last_time(world: World) -> None:
    world.take(sent("1", "GLU^Đường^L", "GLU^Đường máu^L", "WBC^Bạch cầu^L^6690-2^Leukocytes^LN", f6="mmol/L"))
    (one,) = (one for one in seen(world) if one.element == "Observation.code")
    assert (one.system, one.code, one.display, one.unit, one.seen) == (OWN, "GLU", "Đường máu", "mmol/L", 2)
    assert world.at - one.last < timedelta(minutes=1)


def test_counts_of_codes_known_wait_for_a_later_exchange_and_a_new_code_never_does(world: World) -> None:
    intake = world.intake
    started = world.at

    def take(control: str, *tests: str) -> None:
        world.at = started + timedelta(milliseconds=1)  # the clock stands, so that nothing is due by time
        intake.take(LAB, Payload(sent(control, *tests)), actor="test")

    take("1", "GLU")
    take("2", "GLU")
    take("3", "GLU")
    assert counts(world) == {"GLU": 1}
    take("4", "GLU", "NA")
    assert counts(world) == {"GLU": 4, "NA": 1}
    take("5", "NA")
    started += EVERY + timedelta(seconds=1)
    take("6", "NA")
    assert counts(world) == {"GLU": 4, "NA": 3}
    take("7", "GLU")
    intake.close()
    assert counts(world) == {"GLU": 5, "NA": 3}


def test_what_is_refused_or_came_before_is_not_counted(world: World) -> None:
    world.take(sent("1", "GLU"))
    world.take(sent("1", "GLU"))
    with pytest.raises(Forbidden):
        world.take(message(header(f10="2", f4=HOSPITAL), patient(), order(), result(f3="NEW")))
    assert counts(world) == {"GLU": 1}


def test_a_sender_that_puts_a_new_code_in_each_message_fills_the_list_and_no_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "MOST_SEEN", 3)
    world.take(sent("1", "A", "B"))
    world.take(sent("2", "C", "D", "A"))
    assert len(seen(world)) == 3
    assert counts(world)["A"] == 2


def test_a_units_text_is_read_as_decided_and_its_value_is_never_converted(world: World) -> None:
    before = observation(world, sent("1", "GLU", f6="mmol/lít"))
    decide(world, "mmol/lít", "mmol/L", kind="unit")
    (line,) = world.take(sent("2", "GLU", f6="mmol/lít", f7="3.9-6.4")).exchanges
    made = next(resources(world.exchange(line["id"])["bundle"], "Observation"))
    assert {**made["valueQuantity"]} == {
        **before["valueQuantity"], "system": "http://unitsofmeasure.org", "code": "mmol/L",
    }  # fmt: skip
    assert "code" not in before["valueQuantity"]
    used = world.account(line["id"])["decisions"]
    ends = [f"Observation[0].referenceRange[0].{end}.code" for end in ("low", "high")]
    assert [(one["code"], one["elements"]) for one in used] == [
        ("mmol/lít", ["Observation[0].valueQuantity.code", *ends])
    ]
    assert [(one.code, one.seen) for one in seen(world) if one.kind == "unit"] == [("mmol/lít", 1)]


def test_a_facilitys_unit_goes_before_the_standard_table_for_itself_alone(world: World) -> None:
    decide(world, "U/L", "[IU]/L", kind="unit")
    own = observation(world, sent("1", "GLU", f6="U/L"))
    other = message(header(f10="2", f4=HOSPITAL), patient(), order(), result(f6="U/L"))
    assert own["valueQuantity"]["code"] == "[IU]/L"
    assert observation(world, other, HOSPITAL)["valueQuantity"]["code"] == "U/L"
