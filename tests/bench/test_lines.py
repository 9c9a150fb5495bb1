"""MLLP connections of a benchmark: none is lost from count or latency, and an answer belongs to its message."""

from __future__ import annotations

import socketserver
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gateway.bench.failed import BenchFailed
from gateway.bench.lines import NOT_SENT, Heard, Lines
from gateway.bench.mllp import Seen
from gateway.bench.orders import FACILITIES, Laboratories
from gateway.mllp.framing import Blocks, framed

Answering = Callable[[bytes], bytes]  # MSH-10 → MSA-1 and MSA-2
LABORATORIES = Laboratories()


def aa(control_id: bytes) -> bytes:
    return b"AA|" + control_id


@contextmanager
def lines(answering: Answering, each: int = 1) -> Iterator[Lines]:
    """Connections to a server that answers every message so, at one address for each laboratory."""

    class Hospital(socketserver.BaseRequestHandler):
        def answer_all(self) -> None:
            blocks = Blocks(1_000_000)
            while came := self.request.recv(65536):
                blocks.add(came)
                while (block := blocks.next()) is not None:
                    told = answering(block.split(b"|")[9])
                    self.request.sendall(framed(b"MSH|^~\\&|\rMSA|" + told + b"\r"))

        handle = answer_all  # as socketserver calls it

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Hospital) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address: Any = server.server_address
        made = Lines(dict.fromkeys(FACILITIES, address), each)
        try:
            yield made
        finally:
            made.close()
            server.shutdown()


def test_each_message_goes_on_a_connection_of_its_laboratory_and_is_counted_by_its_code() -> None:
    orders = list(LABORATORIES.orders(0, 12))
    with lines(lambda number: aa(number) if number != b"LAB000000003" else b"AE|" + number) as made:
        heard = made.offered(orders, [0.0] * len(orders), 0.5)
    assert Counter(one.code for one in heard) == {"AA": 11, "AE": 1}
    assert all(0 <= one.late <= one.seconds for one in heard)


def test_what_had_to_wait_longer_than_the_time_is_counted_with_all_of_its_wait() -> None:
    released = threading.Event()

    def slow(number: bytes) -> bytes:
        released.wait(0.3)  # longer than the time
        return aa(number)

    orders = list(LABORATORIES.orders(0, 8))
    with lines(slow) as made:
        heard = made.offered(orders, [0.0] * len(orders), 0.2)
        released.set()
    assert Counter(one.code for one in heard) == {"AA": 4, NOT_SENT: 4}
    assert min(one.seconds for one in heard) >= 0.2
    assert not Seen(40, 0.2, heard, {}).holds


def test_at_saturation_every_connection_sends_its_next_when_it_was_answered() -> None:
    sent: Counter[str] = Counter()
    numbers = {code: iter(range(place, 10**6, len(FACILITIES))) for place, code in enumerate(FACILITIES)}

    def following(facility: str) -> Any:
        sent[facility] += 1
        return LABORATORIES.order(next(numbers[facility]))

    with lines(aa, 2) as made:
        heard = made.saturated(following, 0.5)
    answered = sum(one.code == "AA" for one in heard)
    assert set(sent) == set(FACILITIES)
    assert answered == len(heard) - sum(one.code == NOT_SENT for one in heard)
    assert answered > 8


def test_an_answer_that_names_another_message_ends_the_run() -> None:
    with lines(lambda _number: b"AA|another") as made, pytest.raises(BenchFailed, match="another message"):
        made.offered([LABORATORIES.order(0)], [0.0], 0.5)


def test_a_rate_holds_when_all_are_aa_and_the_slowest_hundredth_takes_less_than_a_second() -> None:
    held = Seen(10, 10, [Heard("AA", 0.1, 0.0, 1.0)] * 200, {})
    assert held.holds
    assert held.each_second[:3] == [0.0, 200.0, 0.0]
    for wrong in (Heard("AE", 0.1, 0.0, 1.0), Heard(NOT_SENT, 0.1, 0.1, 1.0)):
        assert not Seen(10, 10, [*held.heard[1:], wrong], {}).holds
    assert not Seen(10, 10, [*held.heard[3:], *[Heard("AA", 1.1, 0.0, 1.0)] * 3], {}).holds
