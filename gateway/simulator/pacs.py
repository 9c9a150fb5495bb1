"""A PACS one can script: QIDO-RS over the studies it was given, truthfully until told otherwise.

GET /dicom-web/studies?StudyDate=20261101-20261107&limit=100&offset=0      the studies of these days
GET /dicom-web/studies?StudyInstanceUID=1.2.3                              one
GET /dicom-web/studies/{uid}/series · /dicom-web/studies/{uid}/instances   what it holds
GET /dicom-web/studies/{uid}/metadata …  what WADO-RS gives (gateway.simulator.retrieved)
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gateway.jsontext import dumps
from gateway.simulator.behaviour import AT_TOKEN, Behaviour, Script
from gateway.simulator.encrypted import encrypted
from gateway.simulator.held_study import DICOM_JSON, Dataset, HeldStudy, acceptable, matches
from gateway.simulator.reply import ENDING, Reply, written
from gateway.simulator.retrieved import retrieved

ROOT = "/dicom-web"


class SimulatedPacs:
    """Listens from when it is made; as a context manager it serves in a thread of its own.

    ``script``: what it does with each request. ``cap``: it never lists more at once, whatever it is asked.
    ``deaf``: it does not know ``offset``, and begins anew each time. ``authorization``: what it wants to be told.
    ``asked``: the requests that came, path and query. ``tls``: PEM files of a server certificate and its key;
    ``client_ca``: of the authority whose certificate whoever asks must show.
    """

    def __init__(
        self,
        *,
        cap: int = 0,
        deaf: bool = False,
        authorization: str = "",
        port: int = 0,
        tls: tuple[str, str] | None = None,
        client_ca: str = "",
    ) -> None:
        self.script = Script(allowed=AT_TOKEN)
        self.cap = cap
        self.deaf = deaf
        self.authorization = authorization
        self.asked: list[str] = []
        self.stopping = threading.Event()
        self._held: dict[str, HeldStudy] = {}
        self._server = _Server(self, port)
        self.port = int(self._server.server_address[1])
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}{ROOT}"
        if tls is not None:
            self._server.socket = encrypted(self._server.socket, tls, client_ca)

    def __enter__(self) -> SimulatedPacs:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="simulated-pacs", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.break_off()

    def store(self, held: HeldStudy) -> None:
        """Take a study, in place of what was held of it."""
        self._held[held.uid] = held

    def lose(self, uid: str) -> None:
        del self._held[uid]

    # ---- for its server ---------------------------------------------------------------

    def answer(self, target: str, authorization: str, behaviour: Behaviour, accept: str = "") -> Reply:
        """What is said to a request; how it travels is ``written``'s."""
        if behaviour.name == "slow" and self.stopping.wait(behaviour.seconds):
            raise ConnectionAbortedError("closed while it took its time")
        if behaviour.name == "html":
            return Reply(body=b"<!DOCTYPE html><title>Welcome</title><p>It works!", media_type="text/html")
        if behaviour.name == "status":
            return Reply(int(behaviour.argument.partition(":")[0]), b"", "text/plain")
        if behaviour.name == "redirect":
            return Reply(307, headers=(("Location", behaviour.argument),))
        if behaviour.name == "empty":
            return Reply(media_type=DICOM_JSON)
        if self.authorization and authorization != self.authorization:
            return Reply(401, b"", "text/plain")
        if (given := retrieved(self._held, urlsplit(target).path.removeprefix(ROOT), accept)) is not None:
            return given
        if not acceptable(target):
            return Reply(400, b"", "text/plain")
        found = self._found(target)
        if found is None:
            return Reply(404, b"", "text/plain")
        if not found:
            return Reply(204, b"", DICOM_JSON)
        body = dumps(found)
        if behaviour.name == "truncated":
            body = body[: len(body) // 2]
        elif behaviour.name == "twice":
            body *= 2
        return Reply(200, body, DICOM_JSON)

    def _found(self, target: str) -> list[Dataset] | None:
        parts = urlsplit(target)
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        steps = parts.path.removeprefix(f"{ROOT}/").split("/")
        if steps == ["studies"]:
            return self._page([one.study for one in self._wanted(asked)], asked)
        if len(steps) != 3 or steps[0] != "studies" or steps[1] not in self._held:
            return None
        held = self._held[steps[1]]
        level = {"series": held.series, "instances": held.instances}.get(steps[2])
        return None if level is None else self._page(level, asked)

    def _wanted(self, asked: Mapping[str, str]) -> Iterator[HeldStudy]:
        return (held for held in list(self._held.values()) if matches(held, asked))

    def _page(self, found: list[Dataset], asked: Mapping[str, str]) -> list[Dataset]:
        offset = 0 if self.deaf else int(asked.get("offset", 0))
        most = min((limit for limit in (int(asked.get("limit", 0)), self.cap) if limit), default=len(found))
        return found[offset : offset + most]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, pacs: SimulatedPacs, port: int) -> None:
        self.pacs = pacs
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Door)

    def finish_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        try:
            super().finish_request(request, client_address)
        except OSError:  # who asked hung up
            pass
        finally:
            self._open.discard(request)

    def break_off(self) -> None:
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:  # http.server calls it so
        pacs = self.server.pacs
        pacs.asked.append(self.path)
        behaviour = pacs.script.next()
        reply = Reply()
        if behaviour.name != "hang-up":
            told = self.headers.get("Authorization", ""), behaviour, self.headers.get("Accept", "")
            reply = pacs.answer(self.path, *told)
        for piece in written(reply, behaviour, pacs.stopping):
            self.wfile.write(piece)
        if behaviour.name in ENDING:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # http.server names it so
        """Nothing: what came stands in ``asked``."""
