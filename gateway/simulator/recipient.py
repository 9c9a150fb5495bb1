"""A recipient one can script: an HTTP server that speaks the signed exchange, truthfully until told otherwise.

POST /oauth/token, POST /fhir/$process-message     what a gateway offers to another
GET  /simulator/trust                              whose receipts to believe
GET  /simulator/requests                           what came, a JSON list
POST /simulator/script                             {"messages": ["slow:2", "ok*"], "tokens": []}
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from gateway.errors import GatewayError, PayloadError, SettingsError
from gateway.jsontext import dumps, loads
from gateway.outcome import operation_outcome
from gateway.simulator.behaviour import AT_TOKEN, Behaviour, Script
from gateway.simulator.encrypted import encrypted
from gateway.simulator.identity import Identity
from gateway.simulator.judgement import Judgement
from gateway.simulator.receipts import Receipts
from gateway.simulator.reply import ENDING, Reply, json_reply, written
from gateway.simulator.tokens import TOKEN_PATH, Tokens
from gateway.trust.form import MAX_BYTES, SignedMessage, parsed, read
from gateway.trust.trustfile import TrustFile

MESSAGE_PATH = "/fhir/$process-message"
_LIES = frozenset({"other-message", "other-identifier", "wrong-signature", "foreign-key", "altered", "unsigned"})


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Request:
    """A request that came: where to, and what was done with it."""

    path: str
    behaviour: str


class SimulatedRecipient:
    """Listens from when it is made until ``close``; as a context manager it serves in a thread of its own.

    ``messages`` and ``tokens`` are the scripts of its two endpoints. ``tls``: PEM files of a
    server certificate and its key. ``believes``: whose messages it takes; None takes all that
    are whole. ``now`` gives aware UTC.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        bind: tuple[str, int] = ("127.0.0.1", 0),
        tls: tuple[str, str] | None = None,
        believes: TrustFile | None = None,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.identity = identity
        self.messages = Script()
        self.tokens = Script(allowed=AT_TOKEN)
        self._now = now
        self._seen: list[Request] = []
        self._changed = threading.Condition()
        self.stopping = threading.Event()
        self._server = _Server(bind, self, tls)
        host, port = self._server.server_address[:2]
        self.url = f"{'https' if tls else 'http'}://{host!s}:{port}"
        self._door = Tokens(identity, self.url)
        self._receipts = Receipts(identity, self.url)
        self._judgement = Judgement(self._receipts, believes)

    # ---- for whoever runs it ----------------------------------------------------------

    def __enter__(self) -> SimulatedRecipient:
        threading.Thread(target=self.serve, name="simulated-recipient", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def serve(self) -> None:
        """Answer requests until ``close``."""
        self._server.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        """Stop listening and break off what is under way; from then on connections are refused."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.break_off()

    @property
    def taken(self) -> list[str]:
        """MessageHeader.id of every message it gave an honest ``ok`` for."""
        return self._judgement.taken

    @property
    def seen(self) -> list[Request]:
        with self._changed:
            return list(self._seen)

    def wait_for(self, number: int, path: str = MESSAGE_PATH, seconds: float = 20) -> bool:
        """True once so many requests have come to a path; False when they have not in that time."""
        with self._changed:
            return self._changed.wait_for(lambda: sum(one.path == path for one in self._seen) >= number, seconds)

    # ---- for its server ---------------------------------------------------------------

    def behaviour_for(self, path: str) -> Behaviour:
        """What to do with the request that has just come."""
        behaviour = (self.tokens if path == TOKEN_PATH else self.messages).next()
        with self._changed:
            self._seen.append(Request(path, behaviour.name))
            self._changed.notify_all()
        return behaviour

    def answer(self, path: str, authorization: str, given: bytes, behaviour: Behaviour) -> Reply:
        """What is said to a request, all of its lies included; how it travels is ``written``'s."""
        if behaviour.name == "slow" and self.stopping.wait(behaviour.seconds):
            raise ConnectionAbortedError("closed while it took its time")
        if (plain := _without_reading(behaviour, given)) is not None:
            return plain
        if path == TOKEN_PATH:
            return _shaped(self._door.answer(given, self._now()), behaviour)
        if behaviour.name == "expired-token":
            self._door.forget()
        if not self._door.know(authorization, self._now()):
            return json_reply({"error": "invalid_token"}, 401)
        try:
            message = read(parsed(given))
        except PayloadError as broken:
            return Reply(400, dumps(operation_outcome(broken.issues)))
        return _shaped(Reply(body=self._receipt(message, behaviour)), behaviour)

    def control(self, path: str, given: bytes) -> Reply:
        """What is asked and told under ``/simulator/``."""
        if path == "/simulator/trust":
            return json_reply(self.identity.trust(self._now()).as_json())
        if path == "/simulator/requests":
            return json_reply({"requests": [asdict(one) for one in self.seen], "taken": self.taken})
        if path != "/simulator/script":
            return json_reply({"error": "not found"}, 404)
        try:
            told = loads(given)
            self.messages.follow(*_texts(told, "messages"))
            self.tokens.follow(*_texts(told, "tokens"))
        except GatewayError as wrong:
            return Reply(400, dumps(operation_outcome(wrong.issues)))
        return json_reply({})

    def _receipt(self, message: SignedMessage, behaviour: Behaviour) -> bytes:
        match behaviour.name:
            case "transient-error" | "fatal-error" as code:
                return self._judgement.say(code, message, self._now())
            case lie if lie in _LIES:
                return self._receipts.lie(lie, message.bundle, self._now())
            case _:
                return self._judgement.take(message, self._now())


def _without_reading(behaviour: Behaviour, given: bytes) -> Reply | None:
    """The answers that do not depend on what the request says; None for the others."""
    match behaviour.name:
        case "html":
            return Reply(body=b"<!DOCTYPE html><title>Welcome</title><p>It works!", media_type="text/html")
        case "empty" | "cut-off":
            return Reply()
        case "echo":
            return Reply(body=given)
        case "redirect":
            return Reply(307, headers=(("Location", behaviour.argument),))
        case "status":
            code, _, after = behaviour.argument.partition(":")
            headers = (("Retry-After", after),) if after else ()
            return Reply(int(code), dumps(operation_outcome(())), headers=headers)
        case _:
            return None


def _shaped(reply: Reply, behaviour: Behaviour) -> Reply:
    if behaviour.name == "truncated":
        return Reply(reply.status, reply.body[: len(reply.body) // 2], reply.media_type)
    if behaviour.name == "twice":
        return Reply(reply.status, reply.body * 2, reply.media_type)
    return reply


def _texts(told: Any, name: str) -> list[str]:
    found = told.get(name, []) if isinstance(told, dict) else None
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise SettingsError("simulator-behaviour", behaviour=name)
    return found


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, bind: tuple[str, int], recipient: SimulatedRecipient, tls: tuple[str, str] | None) -> None:
        self.recipient = recipient
        self._open: set[socket.socket] = set()
        super().__init__(bind, _Door)
        if tls is not None:
            self.socket = encrypted(self.socket, tls)

    def finish_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        try:
            super().finish_request(request, client_address)
        except OSError:  # the sender hung up, or does not believe our certificate
            pass
        finally:
            self._open.discard(request)

    def break_off(self) -> None:
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:  # http.server calls it so
        self._send(self.server.recipient.control(self.path, b""))

    def do_POST(self) -> None:  # http.server calls it so
        recipient = self.server.recipient
        path = self.path.replace("%24", "$")
        if path not in (TOKEN_PATH, MESSAGE_PATH):
            self._send(recipient.control(path, self._body()))
            return
        behaviour = recipient.behaviour_for(path)
        if behaviour.name == "hang-up":
            self.close_connection = True
            return
        reply = recipient.answer(path, self.headers.get("Authorization", ""), self._body(), behaviour)
        self._send(reply, behaviour)

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isascii() and length.isdigit() else 0
        return self.rfile.read(min(size, MAX_BYTES))

    def _send(self, reply: Reply, behaviour: Behaviour | None = None) -> None:
        chosen = behaviour or Behaviour("ok")
        for piece in written(reply, chosen, self.server.recipient.stopping):
            self.wfile.write(piece)
        if chosen.name in ENDING:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # http.server names it so
        """Nothing: what came is asked for at /simulator/requests."""
