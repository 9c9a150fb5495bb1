"""A slow, greedy or silent sender is cut off, and costs the others nothing."""

from __future__ import annotations

import pytest

from gateway.mllp.room import Room
from gateway.steps import Step, listen
from tests.mllp.world import ENDS, PATIENCE, Listening, World, glucose


def test_a_connection_beyond_the_limit_is_closed_at_once_and_the_next_is_met_again(world: World) -> None:
    with world.listening(mllp_connections=2) as at:
        first, second = at.peer(), at.peer()
        assert first.ask(glucose("M1"))["MSA"][1] == second.ask(glucose("M2"))["MSA"][1] == "AA"
        assert at.peer().closed()
        first.socket.shutdown(1)
        assert first.closed()
        assert at.peer().ask(glucose("M3"))["MSA"][1] == "AA"
    assert world.counts.seen["closed full"] == 1
    assert world.counts.seen["open"] == 0


@pytest.mark.parametrize(
    ("sent", "why"), [(b"", "idle"), (b"only rubbish", "idle"), (b"\x0bMSH|^~\\&|", "slow")], ids=str
)
def test_who_says_nothing_or_never_ends_is_cut_off(world: World, sent: bytes, why: str) -> None:
    with world.listening(mllp_idle_seconds=1, request_seconds=1) as at:
        peer = at.peer()
        peer.write(sent)
        assert peer.closed()
    assert world.counts.seen[f"closed {why}"] == 1
    assert world.stored() == {}


def test_rubbish_that_drips_without_end_is_no_sign_of_life(world: World) -> None:
    with world.listening(mllp_idle_seconds=1) as at:
        peer = at.peer()
        with pytest.raises(OSError):  # noqa: PT012  # the write that meets the closed connection is any of them
            while True:
                peer.write(b"\r")
    assert world.counts.seen["closed idle"] == 1


def test_a_message_beyond_the_limit_is_ae_by_its_own_control_id_and_the_connection_closed(world: World) -> None:
    with world.listening(max_payload_bytes=2000) as at:
        peer = at.peer()
        peer.write(b"\x0b" + glucose("M1", value="7" * 3000))
        told = peer.hear()
        assert told["MSA"][1:3] == ["AE", "M1"]
        assert told["ERR"][5] == "mllp-too-long"
        assert world.counts.seen["mllp mllp-too-long"] == 1
        peer.write(b"7" * 100_000)  # unheeded, and without a reset that would take the answer with it
        peer.socket.shutdown(1)
        assert peer.closed()
        assert at.peer().ask(glucose("M2"))["MSA"][1] == "AA"
    assert world.stored() == {"kept": 1}


def test_a_header_that_does_not_end_within_the_limit_names_no_message(world: World) -> None:
    with world.listening(max_payload_bytes=2000) as at:
        peer = at.peer()
        peer.write(b"\x0bMSH|^~\\&|LIS|79001|||1||ORU^R01|" + b"1" * 3000)
        assert peer.hear()["MSA"][:3] == ["MSA", "AE", ""]


def test_while_a_message_is_taken_nothing_more_is_read_of_its_sender(world: World, listening: Listening) -> None:
    """More than the network's buffers hold is not written until the first message has been answered."""
    taken = False

    def seen(step: Step, _took: float | None = None) -> None:
        nonlocal taken
        if step is Step.INTAKE_RECEIVED and not taken:
            taken = True
            with peer.socket.dup() as writing:  # a patience of its own, not that of the answer awaited
                writing.settimeout(0.2)
                with pytest.raises(TimeoutError):  # noqa: PT012  # when the buffers are full, whichever write that is
                    while True:
                        writing.sendall(b"\r" * 1024 * 1024)

    peer = listening.peer()
    end = listen(seen)
    try:
        assert peer.ask(glucose("M1"))["MSA"] == ["MSA", "AA", "M1"]
    finally:
        end()
    assert taken
    assert peer.ask(glucose("M2"))["MSA"] == ["MSA", "AA", "M2"]


def test_two_hundred_connections_are_open_at_once_and_all_are_answered(world: World, listening: Listening) -> None:
    peers = [listening.peer() for _ in range(200)]
    for number in (0, 99, 199):
        assert peers[number].ask(glucose(f"M{number}"))["MSA"][1] == "AA"
    peers[1].say(glucose("M0"))
    assert peers[1].hear()["MSA"] == ["MSA", "AA", "M0"]
    assert world.counts.seen["open"] == 200


def long(control_id: str, size: int) -> bytes:
    """A message that is refused, and soon."""
    return glucose(control_id, f12="2.9") + b"ZZZ|" + b"7" * size


def test_beyond_the_memory_of_all_connections_one_waits_until_another_is_answered(world: World) -> None:
    with world.listening(mllp_memory_bytes=2000) as at:
        first, second = at.peer(), at.peer()
        first.write(b"\x0b" + long("M1", 3000))
        block = b"\x0b" + long("M2", 16 * 1024 * 1024) + ENDS  # more than the network's buffers hold
        sent = 0
        second.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):  # noqa: PT012  # when the buffers are full, whichever write that is
            while sent < len(block):
                sent += second.socket.send(block[sent : sent + 100_000])
        first.write(ENDS)
        assert first.hear()["MSA"][1:3] == ["AR", "M1"]
        second.socket.settimeout(PATIENCE)
        second.write(block[sent:])
        assert second.hear()["MSA"][1:3] == ["AR", "M2"]


def test_who_waits_for_others_is_not_called_slow(world: World) -> None:
    with world.listening(mllp_memory_bytes=2000, request_seconds=1) as at:
        first, second = at.peer(), at.peer()
        first.write(b"\x0b" + long("M1", 3000))
        second.say(long("M2", 16 * 1024 * 1024))
        assert first.closed()
        assert second.hear()["MSA"][1:3] == ["AR", "M2"]
    assert world.counts.seen["closed slow"] == 1


def test_connections_that_are_all_amid_their_messages_do_not_wait_for_each_other(world: World) -> None:
    with world.listening(mllp_memory_bytes=1024) as at:
        messages = {name: long(name, 200_000) for name in ("M1", "M2", "M3", "M4")}
        peers = {name: at.peer() for name in messages}
        for name, peer in peers.items():
            peer.write(b"\x0b" + messages[name][:100_000])
        for name in reversed(messages):
            peers[name].write(messages[name][100_000:] + ENDS)
        assert {peer.hear()["MSA"][2] for peer in peers.values()} == set(messages)
        peers["M2"].write(b"rubbish " * 1000)  # is not kept, and takes no room
        assert peers["M1"].ask(glucose("M9"))["MSA"][1] == "AA"


def test_who_began_first_may_read_on_and_after_its_answer_it_is_the_next_ones_turn() -> None:
    room = Room(100)
    room.hold("first", 60)
    assert room.has("second")
    room.hold("second", 60)
    room.hold("first", 70)
    assert [room.has(one) for one in ("first", "second", "third")] == [True, False, False]
    room.hold("first", 0)
    room.hold("third", 50)
    assert [room.has(one) for one in ("first", "second", "third")] == [False, True, False]
