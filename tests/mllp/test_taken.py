"""A message over MLLP goes the way of every payload, and its acknowledgement says what became of it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from gateway.errors import StoreUnavailable
from gateway.steps import Step, listen
from tests.hl7v2.building import header, message, order, patient, result
from tests.mllp.world import PATIENCE, Listening, World, glucose
from tests.rest.world import HOME

SAYS = "Nguyen"  # stands in no answer and no log


def test_what_is_kept_is_answered_aa_after_it_is_durable(world: World, listening: Listening) -> None:
    order_of_steps: list[str] = []
    end = listen(lambda step, _took=None: order_of_steps.append(step))
    try:
        told = listening.peer().ask(glucose("M1", f5="GATEWAY", f6="HUB"))
    finally:
        end()
    assert told["MSA"] == ["MSA", "AA", "M1"]
    assert told["MSH"][3:7] == ["GATEWAY", "HUB", "LIS", HOME]
    assert order_of_steps[-1] == Step.INTAKE_COMMITTED
    assert world.stored() == {"kept": 1}
    assert [line.actor for line in world.audit_lines() if line.action == "payload-taken"] == [f"mllp:{HOME}"]


def test_the_same_message_again_is_aa_again_and_changes_nothing(world: World, listening: Listening) -> None:
    for _ in range(3):
        assert listening.peer().ask(glucose("M1"))["MSA"] == ["MSA", "AA", "M1"]
    assert world.stored() == {"kept": 1}


def test_the_same_message_by_http_and_by_mllp_is_one(world: World, listening: Listening) -> None:
    world.register("home", HOME)
    assert world.post(glucose("M1")).status_code == 201
    assert listening.peer().ask(glucose("M1"))["MSA"][1] == "AA"
    assert world.post(glucose("M2")).status_code == 201
    assert world.stored() == {"kept": 2}


def test_several_messages_in_one_write_are_answered_one_by_one_in_order(world: World, listening: Listening) -> None:
    peer = listening.peer()
    peer.say(*(glucose(str(number)) for number in range(5)))
    assert [peer.hear()["MSA"] for _ in range(5)] == [["MSA", "AA", str(number)] for number in range(5)]
    assert world.stored() == {"kept": 5}


def test_one_message_in_many_writes_with_rubbish_around_it(world: World, listening: Listening) -> None:
    peer = listening.peer()
    for byte in b"rubbish\r\n\x0bMSH|broken off\x0b" + glucose("M1") + b"\x1c\rmore":
        peer.write(bytes([byte]))
    assert peer.hear()["MSA"] == ["MSA", "AA", "M1"]
    assert peer.ask(glucose("M2"))["MSA"] == ["MSA", "AA", "M2"]
    assert world.stored() == {"kept": 2}


def test_a_message_without_its_last_mark_is_whole_by_the_end_of_its_block(world: World, listening: Listening) -> None:
    """Many senders leave the last mark out; of a payload without a mark of its own for the end nobody could tell."""
    world.register("home", HOME)
    noted = [glucose(name) + b"NTE|1||Nhin doi" for name in ("M1", "M2")]
    assert listening.peer().ask(noted[0])["MSA"] == ["MSA", "AA", "M1"]
    world.post(noted[1])
    assert world.stored() == {"kept": 1, "held": 1}


def test_what_was_broken_off_is_not_taken(world: World, listening: Listening) -> None:
    peer = listening.peer()
    peer.write(b"\x0b" + glucose("M1"))
    peer.socket.close()
    assert listening.peer().ask(glucose("M2"))["MSA"][1] == "AA"
    assert world.stored() == {"kept": 1}


def test_a_sender_that_has_no_more_to_say_is_still_answered(listening: Listening) -> None:
    peer = listening.peer()
    peer.say(glucose("M1"))
    peer.socket.shutdown(1)
    assert peer.hear()["MSA"] == ["MSA", "AA", "M1"]
    assert peer.closed()


def test_what_waits_for_a_person_is_aa_with_a_warning_at_its_place(world: World, listening: Listening) -> None:
    told = listening.peer().ask(message(header(f10="M1"), patient(), order(), result("XX", "9.9")))
    assert told["MSA"][1:3] == ["AA", "M1"]
    assert told["MSA"][3] == "Kept, and held until a person decides."
    assert any("|OBX^1^" in line and "|W|hl7v2-result-type-unknown|" in line for line in told["ERRs"])
    assert all("|W|" in line and "9.9" not in line for line in told["ERRs"])
    assert world.stored() == {"held": 1}
    assert world.counts.seen["held"] == 1


# (what is sent, MSA-1, MSA-2, condition of the first ERR, its place)
REFUSED = {
    "a broken segment": (glucose("M1") + b"broken\r", "AE", "M1", "100", ""),
    "no patient": (message(header(f10="M1"), order(), result()), "AE", "M1", "101", "PID^1"),
    "bytes outside the set": (glucose("M1").replace(b"LIS", b"\xff", 1), "AE", "M1", "102", ""),
    "an unknown set": (glucose("M1", f18="EBCDIC"), "AE", "M1", "103", "MSH^1^18^1"),
    "another type": (glucose("M1", f9="ZZZ^Z01"), "AR", "M1", "200", "MSH^1^9^1"),
    "another version": (glucose("M1", f12="2.9"), "AR", "M1", "203", "MSH^1^12^1"),
    "another facility": (glucose("M1", f4="31006"), "AR", "M1", "204", None),
    "two messages in a block": (glucose("M1") + glucose("M2"), "AE", "M1", "100", "MSH^2"),
    "a batch": (b"FHS|^~\\&\rBHS|^~\\&\r" + glucose("M1"), "AE", "", "100", ""),
    "no HL7": (b"<xml/>", "AE", "", "100", ""),
    "nothing": (b"", "AE", "", "100", ""),
    "a damaged control character": (glucose("M1").replace(b"7.2", b"7\x012"), "AE", "M1", "102", ""),
    "a mark of MLLP's in the header": (glucose("M1", f18="\x1c", f19="VNM"), "AE", "", "100", ""),
    "NUL": (glucose("M1").replace(b"7.2", b"7\x002"), "AE", "M1", "102", ""),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_told_why_and_nothing_of_it_is_kept(world: World, listening: Listening, what: str) -> None:
    content, code, control_id, condition, place = REFUSED[what]
    peer = listening.peer()
    told = peer.ask(content)
    assert (told["MSA"] + ["", ""])[1:3] == [code, control_id]
    assert told["ERR"][3].split("^")[0] == condition
    assert place is None or told["ERR"][2] == place
    assert told["ERR"][4:6][0] == "E"
    assert told["ERR"][8]
    assert world.stored() == {}
    assert peer.ask(glucose("M9"))["MSA"] == ["MSA", "AA", "M9"]  # the connection goes on


def test_a_message_without_a_control_id_is_taken_and_none_is_made_up(world: World, listening: Listening) -> None:
    assert listening.peer().ask(glucose(""))["MSA"] == ["MSA", "AA"]
    assert world.stored() == {"kept": 1}


def test_a_commit_accept_comes_first_where_both_are_asked_for(world: World, listening: Listening) -> None:
    peer = listening.peer()
    peer.say(glucose("M1", f15="AL", f16="AL"))
    assert [peer.hear()["MSA"] for _ in range(2)] == [["MSA", "CA", "M1"], ["MSA", "AA", "M1"]]
    assert peer.ask(glucose("M2", f15="AL", f16="NE", f12="2.9"))["MSA"][1] == "CR"
    peer.say(glucose("M3", f15="NE", f16="NE"))
    assert peer.ask(glucose("M4"))["MSA"] == ["MSA", "AA", "M4"]
    assert world.stored() == {"kept": 3}


def test_an_acknowledgement_is_not_answered_or_two_gateways_would_answer_each_other_for_ever(
    world: World, listening: Listening
) -> None:
    peer = listening.peer()
    peer.say(message(header(f9="ACK^R01^ACK", f10="A1"), "MSA|AA|1"))
    assert peer.ask(glucose("M1"))["MSA"] == ["MSA", "AA", "M1"]


def test_words_are_vietnamese_where_sender_and_settings_have_them(world: World) -> None:
    settings = replace(world.parts.settings, lang="vi")
    object.__setattr__(world.parts, "settings", settings)
    with world.listening() as at:
        assert "Phiên bản" in at.peer().ask(glucose("M1", f12="2.9", f18="UNICODE UTF-8"))["ERR"][8]
        assert at.peer().ask(glucose("M1", f12="2.9"))["ERR"][8].startswith("The HL7 version")


# ---- whose it is ----------------------------------------------------------------------


def test_a_listener_is_one_facilitys_and_msh_4_may_not_say_another(world: World) -> None:
    world.register_facility("31006")
    with world.listening("31006") as at:
        assert at.peer().ask(glucose("M1", f4=HOME))["MSA"][1] == "AR"
        assert at.peer().ask(glucose("M2", f4="31006"))["MSA"][1] == "AA"
        assert world.counts.seen["mllp record-of-another-facility"] == 1
    with world.listening("99999") as at:
        told = at.peer().ask(glucose("M3"))
        assert (told["MSA"][1], told["ERR"][3][:3]) == ("AR", "204")
    assert world.stored() == {"kept": 1}


def test_a_listener_without_a_name_is_the_only_facilitys_while_there_is_one(world: World) -> None:
    with world.listening("") as at:
        assert at.peer().ask(glucose("M1"))["MSA"][1] == "AA"
        world.register_facility("31006")
        told = at.peer().ask(glucose("M2"))
        assert (told["MSA"][1], told["ERR"][5]) == ("AR", "mllp-facility-unbound")
    object.__setattr__(world.parts, "settings", replace(world.parts.settings, facility=HOME))
    with world.listening("") as at:
        assert at.peer().ask(glucose("M2"))["MSA"][1] == "AA"


# ---- when it is our fault -------------------------------------------------------------


def test_while_the_store_takes_nothing_there_is_no_answer_and_the_sender_repeats(world: World) -> None:
    def full(step: Step, _took: float | None = None) -> None:
        if step is Step.INTAKE_WRITTEN:
            raise StoreUnavailable("store-full")

    with world.listening() as at:
        end = listen(full)
        try:
            peer = at.peer()
            peer.say(glucose("M1"), glucose("M2"))
            assert peer.closed()
        finally:
            end()
        assert world.stored() == {}
        assert at.peer().ask(glucose("M1"))["MSA"] == ["MSA", "AA", "M1"]
    assert world.counts.seen["closed unanswered"] == 1


def test_a_fault_of_ours_at_one_message_is_ar_and_does_not_end_the_connection(world: World) -> None:
    def failing(step: Step, _took: float | None = None) -> None:
        if step is Step.INTAKE_RECEIVED:
            raise ValueError(SAYS)

    with world.listening() as at:
        peer = at.peer()
        end = listen(failing)
        try:
            told = peer.ask(glucose("M1"))
        finally:
            end()
        assert told["MSA"][1:3] == ["AR", "M1"]
        assert told["ERR"][3].startswith("207^")
        assert SAYS not in str(told)
        assert peer.ask(glucose("M1"))["MSA"][1] == "AA"


def test_messages_of_one_connection_are_taken_one_at_a_time_and_of_several_side_by_side(world: World) -> None:
    together = threading.Barrier(2, timeout=PATIENCE)

    def waits(step: Step, _took: float | None = None) -> None:
        if step is Step.INTAKE_RECEIVED:
            together.wait()

    with world.listening() as at:
        end = listen(waits)
        try:
            first, second = at.peer(), at.peer()
            first.say(glucose("M1"), glucose("M2"))
            second.say(glucose("M3"), glucose("M4"))
            heard = [peer.hear()["MSA"][2] for peer in (first, first, second, second)]
        finally:
            end()
    assert heard == ["M1", "M2", "M3", "M4"]
