"""Messages that overtake each other, where the source gives no time to order them by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.bundle import Resource
from tests.hl7v2.building import header, message, order, patient, result
from tests.inbound.world import World as Receiver
from tests.inbound.world import opened
from tests.intake.world import World
from tests.sender import NOW, Sender, a_sender


@pytest.fixture
def lab() -> Sender:
    return a_sender()


@pytest.fixture
def receiver(tables_url: str, tmp_path: Path, lab: Sender) -> Iterator[Receiver]:
    made = opened(tables_url, tmp_path, lab)
    made.clock.forward(hours=9)
    yield made
    made.store.close()


def without_a_time(made: list[Resource]) -> None:
    for one in made:
        one.pop("issued", None)


def noted(made: list[Resource]) -> None:
    without_a_time(made)
    made[1]["note"] = [{"text": "mẫu tán huyết"}]


def value(resource: Any) -> str:
    return str(resource["valueQuantity"]["value"])


@pytest.mark.parametrize("sequence", ["12", "21", "123", "312", "321", "231"])
def test_the_last_word_of_the_sender_is_read_though_an_earlier_one_is_delivered_late(
    receiver: Receiver, lab: Sender, sequence: str
) -> None:
    for number in sequence:
        change = noted if number == "1" else without_a_time
        receiver.accept(lab.sent(number, f"{number}.10", at=NOW + int(number) * timedelta(hours=1), change=change))
    assert value(receiver.current()) == f"{max(sequence)}.10"


@pytest.mark.parametrize("sequence", ["12", "21", "312", "321"])
def test_of_words_with_one_time_the_last_of_the_sender_is_read(receiver: Receiver, lab: Sender, sequence: str) -> None:
    for number in sequence:
        receiver.accept(lab.sent(number, f"{number}.10", at=NOW + int(number) * timedelta(hours=1)))
    assert value(receiver.current()) == f"{max(sequence)}.10"


def test_an_old_record_let_go_does_not_undo_the_correction_that_came_meanwhile(world: World) -> None:
    (held,) = world.take(message(header(f10="1"), patient(), order(), result(value="1,234"))).exchanges
    world.take(message(header(f10="2"), patient(), order(), result(value="1.2", f11="C")))
    world.intake.release(held["id"], "read on the instrument", actor="person")
    (found,) = world.all_of("Observation")
    assert found["status"] == "corrected"
    assert value(found) == "1.2"
