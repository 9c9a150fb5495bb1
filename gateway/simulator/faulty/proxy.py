"""The proxy: every request goes on to a real gateway, and comes back as the one fault that is switched on has it.

The gateway behind must know itself by the proxy's address (``GATEWAY_BASE_URL``), or its links and the audience of
its tokens lead past the proxy.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from gateway.conformance.client import Client, Limits, Unanswered
from gateway.errors import SettingsError
from gateway.simulator.faulty.fault import FAULTS, Asked, Fault, Forward, Told
from gateway.simulator.faulty.secured import Secured

_NOT_PASSED_ON = frozenset(
    {"connection", "content-length", "host", "keep-alive", "server", "date", "transfer-encoding"}
)
_FILES = (
    "of_statement",
    "of_reading",
    "of_search",
    "of_pages",
    "of_answers",
    "of_tokens",
    "of_messages",
    "of_transport",
    "of_lines",
    "of_acknowledgements",
    "of_archives",
    "of_cards",
    "of_tls",
)


def faults() -> dict[str, Fault]:
    """Every fault by its name."""
    for name in _FILES:
        import_module(f"gateway.simulator.faulty.{name}")
    return FAULTS


def fault_named(name: str) -> Fault:
    """SettingsError ``simulator-fault`` where there is none of that name."""
    if name not in faults():
        raise SettingsError("simulator-fault", name=name)
    return FAULTS[name]


class FaultyGateway:
    """Listens from when it is made, on this machine; as a context manager it serves in a thread of its own.

    ``fault``: what is broken, None for nothing; it may be changed at any time. ``upstream``: the real gateway.
    ``secured``: its TLS, None for none.
    """

    def __init__(self, *, fault: Fault | None = None, port: int = 0, secured: Secured | None = None) -> None:
        self.fault = fault
        self.secured = secured
        self.upstream = ""
        self._server = _Server(self, port)
        self.url = f"{'https' if secured else 'http'}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FaultyGateway:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="faulty-gateway", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self) -> None:
        """Until it is interrupted."""
        self._server.serve_forever(0.5)

    def answer(self, asked: Asked) -> Told:
        fault, forward = self.fault, self._forward()
        return fault.answer(asked, forward) if fault else forward(asked)

    def _forward(self) -> Forward:
        client = Client(self.upstream, limits=Limits(pace=0))

        def forward(asked: Asked) -> Told:
            sent = {name: value for name, value in asked.headers.items() if name not in _NOT_PASSED_ON}
            try:
                told = client.ask(asked.method, self.upstream + asked.target, sent, asked.body or None)
            except Unanswered:
                return Told(502, {"content-type": "text/plain"}, b"")
            return Told(told.status, told.headers, told.body)

        return forward


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, gateway: FaultyGateway, port: int) -> None:
        self.gateway = gateway
        super().__init__(("127.0.0.1", port), _Door)

    def get_request(self) -> tuple[Any, Any]:
        accepted, address = super().get_request()
        if self.gateway.secured is not None:  # the handshake waits for the connection's own thread
            context = self.gateway.secured.context(self.gateway.fault)
            accepted = context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
        return accepted, address

    def finish_request(self, request: Any, client_address: Any) -> None:
        with suppress(OSError):  # who asked hung up
            super().finish_request(request, client_address)


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def __getattr__(self, name: str) -> Any:
        """http.server looks for do_GET, do_POST and so on: every method goes the same way."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "0")
        body = self.rfile.read(int(length) if length.isdigit() else 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        told = self.server.gateway.answer(Asked(self.command, self.path, headers, body))
        self.send_response_only(told.status)
        for name, value in told.headers.items():
            if name not in _NOT_PASSED_ON:
                self.send_header(name, value)
        if told.status != 304:
            self.send_header("Content-Length", str(len(told.body)))
        self.end_headers()
        if self.command != "HEAD" and told.status != 304:
            self.wfile.write(told.body)

    def log_message(self, format: str, *args: Any) -> None:  # http.server names it so
        """Nothing: a query may name a patient."""


def checked_upstream(url: str) -> str:
    """Scheme, host and port of an address; SettingsError ``simulator-upstream`` for anything more or less."""
    parts = urlsplit(url.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise SettingsError("simulator-upstream")
    return url.rstrip("/")
