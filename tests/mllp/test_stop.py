"""A stop: what is being taken is answered, then all is closed."""

from __future__ import annotations

import socket
import threading

import pytest

from gateway.errors import SettingsError
from gateway.mllp.server import opened
from gateway.settings import Listener
from gateway.steps import Step, listen
from tests.mllp.world import PATIENCE, World, glucose


def test_what_is_being_taken_is_answered_and_the_idle_are_closed_at_once(world: World) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def waits(step: Step, _took: float | None = None) -> None:
        if step is Step.INTAKE_RECEIVED:
            begun.set()
            go_on.wait(PATIENCE)

    with world.listening() as at:
        idle, half, busy = at.peer(), at.peer(), at.peer()
        assert idle.ask(glucose("M0"))["MSA"][1] == "AA"
        half.write(b"\x0bMSH|^~\\&|")
        end = listen(waits)
        try:
            busy.say(glucose("M1"), glucose("M2"))
            assert begun.wait(PATIENCE)
            at.server.stop()
            assert idle.closed()
            assert half.closed()
            assert not at.server.join(0)
            go_on.set()
            assert busy.hear()["MSA"] == ["MSA", "AA", "M1"]
            assert busy.closed()  # M2 was not taken and not answered
        finally:
            go_on.set()
            end()
        assert at.server.join(PATIENCE)
        with pytest.raises(ConnectionRefusedError):
            at.peer()
    assert world.stored() == {"kept": 2}


def test_a_second_stop_is_no_harm(world: World) -> None:
    with world.listening() as at:
        at.server.stop()
        assert at.server.join(PATIENCE)
        at.server.stop()


def test_an_address_that_is_taken_is_told_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError) as told:
            opened([Listener("127.0.0.1:0"), Listener(f"127.0.0.1:{port}")])
    assert (told.value.issues[0].rule, told.value.issues[0].expression) == ("serve-address", "GATEWAY_MLLP")
