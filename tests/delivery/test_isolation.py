"""One destination's trouble never slows another's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.delivery.conftest import Listening
from tests.delivery.world import World


@contextmanager
def running(world: World) -> Iterator[None]:
    """The worker's own loop in a thread; what is under way when it ends is finished first."""
    stop = threading.Event()
    thread = threading.Thread(target=world.worker().run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


@pytest.mark.parametrize("trouble", ["slow:60*", "drip-head:30*", "hang-up*", "status:503*"])
def test_a_recipient_in_trouble_holds_up_only_itself(world: World, listening: Listening, trouble: str) -> None:
    world.settings = replace(world.settings, delivery_timeout_seconds=30, delivery_threads=8, poll_seconds=60)
    ill, well = listening(trouble), listening()
    world.subscribe("a-ill", ill)
    kept = [world.keep(f"5.{number}") for number in range(1, 9)]  # eight wait for the ill one, as many as threads
    world.subscribe("b-well", well)
    kept += [world.keep(f"6.{number}") for number in range(1, 9)]
    with running(world):
        assert well.wait_for(8)
        ill.close()  # frees what waits for it
    for exchange in kept[8:]:
        assert world.delivery(exchange, "b-well").status == "completed"
    for exchange in kept:
        assert world.delivery(exchange, "a-ill").status != "completed"


def test_the_next_is_sent_as_soon_as_one_is_done_not_when_the_worker_looks_again(
    sender: World, listening: Listening
) -> None:
    sender.settings = replace(sender.settings, delivery_threads=1, poll_seconds=60)
    city = listening()
    sender.subscribe("city", city)
    kept = [sender.keep(f"5.{number}") for number in range(1, 9)]
    with running(sender):
        assert city.wait_for(len(kept))


def test_the_slow_one_has_only_its_share_of_the_threads(sender: World, listening: Listening) -> None:
    sender.settings = replace(sender.settings, delivery_timeout_seconds=30, delivery_threads=16)
    slow, well = listening("slow:60*"), listening()
    sender.subscribe("slow", slow)
    for number in range(1, 13):
        sender.keep(f"5.{number}")
    sender.subscribe("well", well)
    sender.keep("7.0")
    with running(sender):
        assert well.wait_for(1)
        assert slow.wait_for(1)
        under_way = sum(one.path.endswith("$process-message") for one in slow.seen)
        slow.close()
    assert under_way <= 2


def test_two_workers_never_send_the_same_delivery(world: World, listening: Listening) -> None:
    city = listening()
    world.subscribe("city", city)
    kept = [world.keep(f"5.{number}") for number in range(1, 13)]
    workers = [threading.Thread(target=world.worker().drain) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(30)
    assert len(city.taken) == len(kept)
    assert [world.delivery(exchange).attempts for exchange in kept] == [1] * len(kept)
    assert {world.delivery(exchange).status for exchange in kept} == {"completed"}


def test_a_dead_recipient_and_a_living_one_of_the_same_exchange(world: World, listening: Listening) -> None:
    dead, living = listening(), listening()
    world.subscribe("dead", dead)
    world.subscribe("living", living)
    dead.close()
    exchange = world.keep()
    world.worker().drain()
    assert world.delivery(exchange, "living").status == "completed"
    assert world.delivery(exchange, "dead").status == "ready"
    assert world.exchange(exchange).status == "kept"  # delivered only when everyone has it
