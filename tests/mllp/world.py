"""A gateway behind its MLLP door, on real sockets, and peers that are slow, broken off, or repeat themselves."""

from __future__ import annotations

import socket
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gateway.facility import Facility
from gateway.mllp.door import Door
from gateway.mllp.server import MllpServer, opened
from gateway.mllp.tls import server_context
from gateway.settings import Listener
from gateway.store import exchanges, facilities
from tests.hl7v2.building import header, message, order, patient, result
from tests.rest import world as rest
from tests.rest.world import HOME, NOW

PATIENCE = 20  # seconds until a test that waits for the other side has failed
ENDS = b"\x1c\r"


def glucose(control_id: str = "1", value: str = "7.2", **changed: str) -> bytes:
    """A message of one result; ``f9="…"`` changes a field of its MSH."""
    return message(header(f10=control_id, **changed), patient(), order(f3=f"F{control_id}^LIS"), result(value=value))


@dataclass
class Counts:
    """What the metrics are told."""

    seen: Counter[str] = field(default_factory=Counter)

    def taken(self, status: str) -> None:
        self.seen[status] += 1

    def refused(self, route: str, rule: str) -> None:
        self.seen[f"{route} {rule}"] += 1

    def mllp_acknowledged(self, code: str, seconds: float) -> None:
        self.seen[code] += 1

    def mllp_connections(self, change: int) -> None:
        self.seen["open"] += change

    def mllp_closed(self, why: str) -> None:
        self.seen[f"closed {why}"] += 1


class Peer:
    """One connection of a sender."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._come = b""

    def write(self, content: bytes) -> None:
        self.socket.sendall(content)

    def say(self, *messages: bytes) -> None:
        """In one write."""
        self.write(b"".join(b"\x0b" + one + ENDS for one in messages))

    def hear(self) -> dict[str, list[str]]:
        """The next acknowledgement: segment → its fields, of several ERR the first, and all under ``ERRs``."""
        while ENDS not in self._come:
            piece = self.socket.recv(4096)
            assert piece, "closed without an answer"
            self._come += piece
        block, self._come = self._come.split(ENDS, 1)
        assert block[:1] == b"\x0b"
        return answer(block[1:])

    def ask(self, content: bytes) -> dict[str, list[str]]:
        self.say(content)
        return self.hear()

    def closed(self) -> bool:
        """True once the gateway has closed it; False when it says something more."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


def answer(block: bytes) -> dict[str, list[str]]:
    """An acknowledgement as segment → fields, MSH counted from its separator. All end in CR."""
    assert block.endswith(b"\r")
    told: dict[str, list[str]] = {}
    for line in block[:-1].decode("utf-8", "replace").split("\r"):
        fields = line.split(line[3:4]) if line.startswith("MSH") else line.split(block[3:4].decode())
        told.setdefault(fields[0], ["MSH", line[3], *fields[1:]] if fields[0] == "MSH" else fields)
        if fields[0] == "ERR":
            told.setdefault("ERRs", []).append(line)
    return told


@dataclass
class World(rest.World):
    counts: Counts = field(default_factory=Counts)

    def stored(self) -> dict[str, int]:
        """How many exchanges there are, by status."""
        with self.parts.store.read() as connection:
            return exchanges.count_by_status(connection)

    def register_facility(self, code: str) -> None:
        made = Facility(code, f"Hospital {code}")
        self.parts.store.write(lambda connection: facilities.add_facility(connection, made, NOW))
        self.parts.keyring.issue(code, made.name, actor="test")

    @contextmanager
    def listening(self, facility: str = HOME, door: Door | None = None, **changes: Any) -> Iterator[Listening]:
        """The MLLP server with changed settings, ended like a gateway that is stopped."""
        settings = replace(self.parts.settings, **changes)
        made = opened([Listener("127.0.0.1:0", facility)])
        door = door or Door(self.parts.intake, self.parts.store, settings, self.parts.now, self.counts)
        server = MllpServer(door, made, settings, self.counts, server_context(settings))
        server.start()
        at = Listening(server, made[0].socket.getsockname()[1])
        try:
            yield at
        finally:
            for peer in at.peers:
                peer.socket.close()
            server.stop()
            assert server.join(PATIENCE)


@dataclass
class Listening:
    server: MllpServer
    port: int
    peers: list[Peer] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def peer(self, tls: ssl.SSLContext | None = None) -> Peer:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        self.peers.append(Peer(tls.wrap_socket(plain, server_hostname="127.0.0.1") if tls else plain))
        return self.peers[-1]


def opened_world(database: Path, folder: Path) -> World:
    """One facility, HOME, with its key."""
    made = rest.opened(f"sqlite:///{database}", folder, {})
    world = World(made.app, made.parts, made.clock)
    world.register_facility(HOME)
    return world
