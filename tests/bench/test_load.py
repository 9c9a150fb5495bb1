"""The client keeps to its schedule, hides no error, and counts time from when a request was due."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gateway.bench.load import NOT_ANSWERED, OpenLoop, arrivals, by_status

HANG_UP = b"!"  # before an answer: the connection is closed after it
Reply = Callable[[int, bytes], bytes | None]  # (how many came before, the request) → the answer; None hangs up


def _answer(status: int, body: bytes = b"{}") -> bytes:
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


@contextmanager
def _server(reply: Reply) -> Iterator[tuple[str, int]]:
    """A server of one thread a connection that reads requests without a body."""
    listening = socket.create_server(("127.0.0.1", 0))
    counted = iter(range(10**6))

    def serve(connection: socket.socket) -> None:
        with connection:
            waiting = b""
            while came := connection.recv(65536):
                waiting += came
                while b"\r\n\r\n" in waiting:
                    request, _, waiting = waiting.partition(b"\r\n\r\n")
                    told = reply(next(counted), request)
                    if told is None:
                        return
                    connection.sendall(told.removeprefix(HANG_UP))
                    if told.startswith(HANG_UP):
                        return

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listening.getsockname()[:2]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def _get(number: int) -> bytes:
    return b"GET /%d HTTP/1.1\r\n\r\n" % number


def test_every_request_is_sent_and_every_answer_counted_by_its_status() -> None:
    with _server(lambda before, _: _answer(503 if before % 4 == 0 else 201)) as address:
        answers = OpenLoop(address, lines=3).run(_get, [0.0, 0.0, 0.001, 0.002, 0.002, 0.01, 0.02, 0.02])
    assert by_status(answers) == {201: 6, 503: 2}
    assert sorted(one.number for one in answers) == list(range(8))


def test_a_request_that_waited_for_another_took_the_whole_time_since_it_was_due() -> None:
    with _server(lambda _before, _request: _answer(200)) as address:
        first, second = OpenLoop(address, lines=1).run(_get, [0.0, 0.0])
    assert second.late >= first.seconds
    assert second.seconds > first.seconds


def test_an_answer_in_pieces_is_put_together() -> None:
    body = b"x" * 900_000
    with _server(lambda _before, _request: _answer(200, body)) as address:
        (answer,) = OpenLoop(address).run(_get, [0.0])
    assert answer.body == body


def test_a_request_on_a_connection_that_was_closed_is_sent_once_more() -> None:
    with _server(lambda before, _: None if before == 0 else _answer(200)) as address:
        assert by_status(OpenLoop(address).run(_get, [0.0])) == {200: 1}


def test_a_request_that_is_never_answered_is_said_to_be_so() -> None:
    with _server(lambda _before, _request: None) as address:
        assert by_status(OpenLoop(address).run(_get, [0.0])) == {NOT_ANSWERED: 1}


def test_a_half_answer_is_not_asked_for_again() -> None:
    asked = []

    def half(_before: int, request: bytes) -> bytes | None:
        asked.append(request)
        return HANG_UP + b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"

    with _server(half) as address:
        assert by_status(OpenLoop(address).run(_get, [0.0])) == {NOT_ANSWERED: 1}
    assert len(asked) == 1


def test_arrivals_are_the_same_for_a_seed_in_order_and_about_as_many_as_asked_for() -> None:
    due = arrivals(100, 50, seed=3)
    assert due == arrivals(100, 50, seed=3) == sorted(due)
    assert due != arrivals(100, 50, seed=4)
    assert 4_500 < len(due) < 5_500
    assert due[-1] < 50
