"""Listener: an MLLP listener that is broken in exactly one way: a proxy before a real one, connection by connection."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from gateway.simulator.faulty.fault import FAULTS, Asked, Fault, Forward, Told
from gateway.simulator.faulty.wire import Wire


def broken_wire(name: str, breaks: str, does: str) -> Callable[[type[Wire]], type[Wire]]:
    """Enters a kind of wire into the table of faults."""

    def entered(kind: type[Wire]) -> type[Wire]:
        if name in FAULTS:
            raise ValueError(f"two faults named {name}")
        FAULTS[name] = Fault(name, breaks, does, _passed_on, kind)
        return kind

    return entered


def _passed_on(asked: Asked, forward: Forward) -> Told:
    return forward(asked)


class FaultyListener:
    """Listens from when it is made, on this machine; as a context manager it serves. ``upstream``: HOST:PORT of the
    real listener. ``fault``: what is broken; one that breaks nothing of a wire lets all through."""

    def __init__(self, *, fault: Fault | None = None, upstream: str = "", port: int = 0) -> None:
        self.fault = fault
        self.upstream = upstream
        self._socket = socket.create_server(("127.0.0.1", port))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> FaultyListener:
        threading.Thread(target=self._serve, name="faulty-listener", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        with suppress(OSError):  # closed
            while True:
                self._meet(self._socket.accept()[0])

    def _meet(self, sender: socket.socket) -> None:
        host, _, port = self.upstream.rpartition(":")
        kind = self.fault.wire if self.fault and self.fault.wire else Wire
        try:
            listener = socket.create_connection((host.strip("[]"), int(port)))
        except OSError:
            sender.close()
            return
        for one in (sender, listener):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made = kind(sender, listener)  # in the order in which they came

        def carry() -> None:
            with sender, listener, suppress(OSError):
                made.carry()

        threading.Thread(target=carry, daemon=True).start()
