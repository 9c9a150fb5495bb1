"""Decisions on codes and units that come after what they are about: shown against what is stored, done on command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters.bhyt import BhytAdapter
from adapters.hl7v2 import Hl7v2Adapter
from adapters.json_record import JsonRecordAdapter
from adapters.tabular import TabularAdapter
from gateway.adapter import Payload
from gateway.bundle import Resource, resources
from gateway.compared import Difference
from gateway.errors import NotFound
from gateway.facility import Facility
from gateway.inbound import Inbound
from gateway.intake import Intake
from gateway.jsontext import loads
from gateway.judgement import Judge
from gateway.mapping.made_by import DECIDED
from gateway.retranslation import Again, Retranslation
from gateway.search.query import parse
from gateway.store import exchanges, vocabulary
from gateway.store.check import check
from gateway.store.holding import EVERYTHING, Looked
from gateway.store.search import search
from tests.hl7v2.building import header, message, order, patient, result
from tests.intake.again import register
from tests.intake.test_vocabulary import GLUCOSE, OWN, decide
from tests.intake.world import HOSPITAL, LAB, World
from tests.tabular.building import MAPPING

GLU = f"{OWN}|GLU"
ADAPTERS = Path(__file__).parents[2] / "adapters"


@pytest.fixture
def judge(world: World) -> Judge:
    adapters = [BhytAdapter(), Hl7v2Adapter(), TabularAdapter(), JsonRecordAdapter()]
    return Judge(adapters, world.settings.public_url, world.keyring.secret)


def take(
    intake: Intake, *, control: str = "1", test: str = "GLU^Đường máu^L", facility: str = LAB, **changed: str
) -> str:
    """The exchange of a result of its own order."""
    data = message(
        header(f10=control, f4=facility), patient(), order(f2=f"P{control}^HIS", f3=f"F{control}^LIS"),
        result(f3=test, **changed),
    )  # fmt: skip
    (line,) = intake.take(facility, Payload(data), actor="test").exchanges
    return str(line["id"])


def shown(again: Retranslation, facility: str = LAB, looked: Looked = EVERYTHING) -> list[Difference]:
    again.counts.payloads = 0
    return list(again.decided(facility, looked))


def done(again: Retranslation, facility: str = LAB) -> list[Again]:
    return list(again.carry_out_decided(facility, by="Thu", reason="glucose decided", actor="cli"))


def found_by(world: World, code: str, kind: str = "Observation") -> list[Resource]:
    """Of a search by a standard's code."""
    with world.store.read() as connection:
        page = search(connection, parse(kind, [("code", code)]), now=world.at)
    return [loads(hit.content) for hit in page.matches]


def codes(one: Resource) -> list[str]:
    return [coding["code"] for coding in one["code"]["coding"]]


def test_what_a_decision_would_change_is_shown_element_by_element_and_nothing_is_stored(
    world: World, intake: Intake, again: Retranslation
) -> None:
    first = take(intake)
    take(intake, control="2", test="NA^Natri^L")
    decide(world, GLU, "14749-6")
    before = world.audit()
    (told,) = shown(again)
    assert (told.exchange, told.was, told.becomes) == (first, "kept", "kept")
    assert [(one.element, one.what, one.after) for one in told.changes] == [
        ("Observation[0].code.coding[1]", "added", GLUCOSE)
    ]
    assert (again.counts.payloads, again.counts.different) == (1, 1)  # the sodium was not even judged
    assert world.audit() == before
    assert found_by(world, "http://loinc.org|14749-6") == []


def test_done_on_command_the_result_has_both_codes_is_found_by_the_standard_one_and_the_old_exchange_stays(
    world: World, intake: Intake, again: Retranslation
) -> None:
    first = take(intake)
    decide(world, GLU, "14749-6")
    (made,) = done(again)
    (result,) = found_by(world, "http://loinc.org|14749-6")
    assert codes(result) == ["GLU", "14749-6"]
    assert [codes(one) for one in world.versions("Observation", result["id"])] == [["GLU", "14749-6"], ["GLU"]]
    assert codes(next(resources(world.exchange(first)["bundle"], "Observation"))) == ["GLU"]
    new = world.exchange(made.exchange)
    assert (new["status"], new["signed"], world.account(made.exchange)["replaces"]) == ("kept", True, first)
    assert [one["target"] for one in world.account(made.exchange)["decisions"]] == ["http://loinc.org|14749-6"]
    assert [issue for step in check(world.store, whole=True) for issue in step.issues] == []


def test_the_new_message_names_the_decision_who_made_it_and_since_when_and_whose_place_it_takes(
    world: World, intake: Intake, again: Retranslation
) -> None:
    first = take(intake)
    decide(world, GLU, "14749-6")
    done(again)
    with world.store.read() as connection:
        (decision,) = vocabulary.history(connection)
    (told,) = [one for one in world.all_of("Provenance") if "policy" in one]
    before, by = told["entity"]
    assert told["policy"] == [f"{DECIDED}-{LAB}"]
    assert (before["role"], before["what"]["identifier"]["value"]) == ("revision", f"urn:uuid:{first}")
    assert by["what"]["identifier"] == {
        "system": f"{DECIDED}-{LAB}", "value": str(decision.number), "period": {"start": decision.at.isoformat()},
    }  # fmt: skip
    assert by["agent"][0]["who"] == {"display": "Thu"}
    assert "exchange-translated-again" in world.audit()
    assert "GLU" not in str(told)  # what a decision is about may be what the law keeps apart


def test_a_second_run_changes_nothing_and_one_that_was_broken_off_is_taken_up_where_it_stopped(
    world: World, intake: Intake, again: Retranslation
) -> None:
    for control in ("1", "2", "3"):
        take(intake, control=control)
    decide(world, GLU, "14749-6")
    first = next(again.carry_out_decided(LAB, by="Thu", reason="x", actor="cli"))
    rest = done(again)
    assert len({first.exchange, *(one.exchange for one in rest)} - {""}) == 3
    assert len(rest) == 2
    assert (shown(again), done(again)) == ([], [])
    assert len(found_by(world, "http://loinc.org|14749-6")) == 3
    assert world.audit().count("exchange-translated-again") == 3


def test_a_decision_taken_back_takes_the_standard_code_back_and_its_word_is_named(
    world: World, intake: Intake, again: Retranslation
) -> None:
    decide(world, GLU, "14749-6")
    take(intake)
    decide(world, GLU, "", equivalence="")
    (told,) = shown(again)
    assert [(one.element, one.what) for one in told.changes] == [("Observation[0].code.coding[1]", "removed")]
    done(again)
    assert found_by(world, "http://loinc.org|14749-6") == []
    assert [codes(one) for one in world.all_of("Observation")] == [["GLU"]]
    (told_by,) = [one for one in world.all_of("Provenance") if "policy" in one]
    assert [one["what"]["identifier"]["value"] for one in told_by["entity"][1:]] == ["2"]


def test_a_changed_decision_puts_the_new_code_in_place_of_the_old_and_back_again(
    world: World, intake: Intake, again: Retranslation
) -> None:
    take(intake)
    for target, other in (("2345-7", "14749-6"), ("14749-6", "2345-7"), ("2345-7", "14749-6")):
        decide(world, GLU, target)
        done(again)
        assert (len(found_by(world, f"http://loinc.org|{target}")), found_by(world, f"http://loinc.org|{other}")) == (
            1, [],
        )  # fmt: skip
    assert [issue for step in check(world.store, whole=True) for issue in step.issues] == []


def test_a_decision_for_every_facility_changes_each_and_one_of_its_own_only_its_own(
    world: World, intake: Intake, again: Retranslation
) -> None:
    take(intake, test="GLU")
    take(intake, test="GLU", facility=HOSPITAL)
    decide(world, "|GLU", "14749-6", facility=HOSPITAL)
    assert (shown(again), len(shown(again, HOSPITAL))) == ([], 1)
    decide(world, "|GLU", "2345-7", facility="")
    assert [len(done(again)), len(done(again, HOSPITAL))] == [1, 1]
    assert len(found_by(world, "http://loinc.org|2345-7")) == len(found_by(world, "http://loinc.org|14749-6")) == 1


def test_a_unit_decided_later_gets_its_code_in_what_is_stored_and_its_value_stays(
    world: World, intake: Intake, again: Retranslation
) -> None:
    take(intake, f6="mmol/lít")
    take(intake, control="2", f6="mmol/L")
    decide(world, "mmol/lít", "mmol/L", kind="unit")
    (told,) = shown(again)
    assert {one.element for one in told.changes} == {
        "Observation[0].valueQuantity.system", "Observation[0].valueQuantity.code",
    }  # fmt: skip
    assert again.counts.payloads == 1
    done(again)
    assert [(one["valueQuantity"]["unit"], one["valueQuantity"]["code"]) for one in world.all_of("Observation")] == [
        ("mmol/lít", "mmol/L"), ("mmol/L", "mmol/L"),
    ]  # fmt: skip
    assert done(again) == []


def test_a_unit_of_the_standard_table_that_is_decided_otherwise_is_found_though_it_was_never_unknown(
    world: World, intake: Intake, again: Retranslation
) -> None:
    take(intake, f6="U/L")
    decide(world, "U/L", "[IU]/L", kind="unit")
    assert len(done(again)) == 1
    assert [one["valueQuantity"]["code"] for one in world.all_of("Observation")] == ["[IU]/L"]


def test_a_result_that_waits_because_nobody_knew_the_unit_in_its_value_is_found_when_that_is_decided(
    world: World, intake: Intake, again: Retranslation
) -> None:
    register(world, MAPPING)
    (line,) = intake.take(LAB, Payload("PHIEU,BN,XN,KQ\nP1,B1,a,5 lần\n".encode()), actor="test").exchanges
    assert line["status"] == "held"
    decide(world, "lần", "{times}", kind="unit")
    assert [(one.difference.was, one.difference.becomes) for one in done(again)] == [("held", "kept")]
    assert [one["valueQuantity"]["code"] for one in world.all_of("Observation")] == ["{times}"]


def test_a_code_that_cannot_be_searched_for_is_found_in_the_bundles(
    world: World, intake: Intake, again: Retranslation
) -> None:
    take(intake, test="CULT^Cấy^L", f2="CWE", f5="ECO^E. coli^L")
    take(intake, control="2")
    decide(world, f"{OWN}|ECO", "14749-6")
    (told,) = shown(again)
    assert [one.element for one in told.changes] == ["Observation[0].valueCodeableConcept.coding[1]"]
    assert again.counts.payloads == 1


def test_what_waits_for_a_person_is_left_and_what_a_person_refused_is_not_brought_back(
    world: World, intake: Intake, again: Retranslation
) -> None:
    data = message(header(), patient(), order(), result(f3="GLU^Đường máu^L")).rstrip(b"\r")[:-3]
    (line,) = intake.take(LAB, Payload(data), actor="test").exchanges
    assert line["status"] == "held"
    decide(world, GLU, "14749-6")
    (left,) = done(again)
    assert (left.exchange, left.difference.was, bool(left.rules)) == ("", "held", True)
    intake.refuse(line["id"], "cut off", actor="test")
    assert (shown(again), done(again)) == ([], [])


def test_what_a_person_refused_stays_refused_though_it_would_stand_now_and_the_rest_of_its_batch_is_decided_again(
    world: World, intake: Intake, again: Retranslation
) -> None:
    trial, real = (
        message(header(f10=n, f11=kind), patient(), order(f2=f"P{n}^HIS", f3=f"F{n}^LIS"), result())
        for n, kind in (("1", "T"), ("2", "P"))
    )
    refused, kept = intake.take(LAB, Payload(trial + real), actor="test").exchanges
    intake.refuse(refused["id"], "a trial", actor="test")
    world.change(Facility(LAB, "Phòng xét nghiệm", training=True))
    decide(world, GLU, "14749-6")
    assert [one.difference.exchange for one in done(again)] == [kept["id"]]
    assert world.exchange(refused["id"])["status"] == "refused"
    assert len(found_by(world, "http://loinc.org|14749-6")) == 1


def test_what_came_after_the_decision_is_as_decided_already(world: World, intake: Intake, again: Retranslation) -> None:
    decide(world, GLU, "14749-6")
    take(intake)
    assert (shown(again), again.counts.different) == ([], 0)


NATIONAL = "https://lienthong.example/fhir/CodeSystem/qd1227"


@pytest.mark.parametrize(
    ("sample", "local"),
    [
        ("bhyt/samples/provincial-hospital.xml", f"{NATIONAL}|1999002"),
        ("tabular/samples/xn-huyen.csv", f"urn:vn:cskcb:{LAB}:ma-xn|GLU"),
        ("json_record/samples/his-xa.json", f"urn:vn:cskcb:{LAB}:ma-xn|GLU"),
    ],
)
def test_whatever_adapter_read_it_the_local_code_gets_the_standard_one_beside_it(
    world: World, intake: Intake, again: Retranslation, sample: str, local: str
) -> None:
    path = ADAPTERS / sample
    if (file := path.with_suffix(".toml")).exists():
        register(world, file.read_text())
    world.change(Facility(LAB, "Phòng xét nghiệm", aliases=(HOSPITAL, "79001")))
    taken = intake.take(LAB, Payload(path.read_bytes()), actor="test")
    decide(world, local, "14749-6")
    assert [one.rules for one in done(again) if not one.exchange] == []
    (result,) = found_by(world, "http://loinc.org|14749-6")
    assert codes(result) == [local.rpartition("|")[2], "14749-6"]
    assert {one["status"] for one in taken.exchanges} == {"kept"}
    assert done(again) == []
    assert [issue for step in check(world.store, whole=True) for issue in step.issues] == []


def test_of_a_batch_each_message_is_decided_again_by_itself_and_stays_at_its_place(
    world: World, intake: Intake, again: Retranslation
) -> None:
    one, two, three = (
        message(header(f10=n), patient(), order(f2=f"P{n}^HIS", f3=f"F{n}^LIS"), result(f3=test))
        for n, test in (("1", "NA^Natri^L"), ("2", "GLU^Đường máu^L"), ("3", "GLU^Đường máu^L"))
    )
    before = intake.take(LAB, Payload(one + two + three), actor="test").exchanges
    decide(world, GLU, "14749-6")
    assert [(each.exchange, each.record) for each in shown(again)] == [
        (each["id"], each["record"]) for each in before[1:]
    ]
    made = [each.exchange for each in done(again)]
    repeated = intake.take(LAB, Payload(one + two + three), actor="test")
    assert [each["id"] for each in repeated.exchanges] == [before[0]["id"], *made]
    assert len(found_by(world, "http://loinc.org|14749-6")) == 2
    assert done(again) == []


def test_of_several_episodes_in_a_national_file_each_is_decided_again(
    world: World, intake: Intake, again: Retranslation
) -> None:
    data = (ADAPTERS / "bhyt/samples/two-episodes.xml").read_bytes()
    world.change(Facility(LAB, "Phòng xét nghiệm", aliases=(HOSPITAL, "79001")))
    intake.take(LAB, Payload(data), actor="test")
    decide(world, f"{NATIONAL}|1999001", "718-7")
    made = done(again)
    assert [(bool(one.exchange), one.difference.record) for one in made] == [(True, 1), (True, 2)]
    assert len(found_by(world, "http://loinc.org|718-7")) == 2
    assert [issue for step in check(world.store, whole=True) for issue in step.issues] == []


def test_whoever_receives_it_holds_the_new_word_alone_in_whatever_order_the_messages_come(
    world: World, intake: Intake, again: Retranslation, city: World
) -> None:
    first = take(intake)
    decide(world, GLU, "2345-7")
    (second,) = done(again)
    decide(world, GLU, "14749-6")
    (third,) = done(again)
    inbound = Inbound(city.store, city.settings, world.now, city.keyring)
    with world.store.read() as connection:
        sent = [exchanges.get(connection, name) for name in (third.exchange, first, second.exchange)]
    for one in sent:
        assert one is not None
        receipt = loads(inbound.accept(one.bundle, actor="lab"))
        assert receipt["entry"][0]["resource"]["response"]["code"] == "ok"
    (here,), (there,) = world.all_of("Observation"), city.all_of("Observation")
    assert codes(there) == codes(here) == ["GLU", "14749-6"]


def test_what_the_law_keeps_apart_stays_apart_and_the_rest_does_not_tell_what_was_decided(
    world: World, intake: Intake, again: Retranslation
) -> None:
    told = [result(f1=str(place), f3=test) for place, test in enumerate(("GLU^Đường máu^L", "X7^Anti-HIV^L"), 1)]
    intake.take(LAB, Payload(message(header(), patient(), order(), *told)), actor="test")
    decide(world, f"{OWN}|X7", "7917-8")
    (made,) = done(again)
    ordinary = world.exchange(made.exchange)
    assert not ordinary["sensitive"]
    assert not {"7917-8", "X7"} & set(re.findall(r"[\w-]+", str(ordinary["bundle"])))
    assert found_by(world, "http://loinc.org|7917-8") == []
    kept_apart = [codes(one) for one in world.all_of("Observation", sensitive=True)]
    assert kept_apart == [["GLU"], ["X7", "7917-8"]]
    assert done(again) == []


def test_a_decision_made_while_a_run_lasts_holds_for_what_is_made_after_it(
    world: World, intake: Intake, again: Retranslation
) -> None:
    take(intake)
    take(intake, control="2")
    decide(world, GLU, "2345-7")
    running = again.carry_out_decided(LAB, by="Thu", reason="x", actor="cli")
    next(running)
    decide(world, GLU, "14749-6")
    list(running)
    assert [len(found_by(world, f"http://loinc.org|{code}")) for code in ("2345-7", "14749-6")] == [1, 1]
    assert len(done(again)) == 1
    assert len(found_by(world, "http://loinc.org|14749-6")) == 2


def test_whoever_got_the_result_without_the_code_gets_it_with_it(
    world: World, intake: Intake, again: Retranslation
) -> None:
    world.recipient()
    wanted = world.subscribe()
    take(intake)
    world.unsubscribe(wanted)
    decide(world, GLU, "14749-6")
    (made,) = done(again)
    assert world.exchange(made.exchange)["deliveries"] == [("city", "follow-up", "consent 12")]


def test_nothing_is_looked_for_of_a_facility_that_is_not_there(again: Retranslation) -> None:
    with pytest.raises(NotFound):
        shown(again, "99999")
