"""The HTTP gateway under gunicorn, with its delivery worker beside it in each serving process."""

from __future__ import annotations

import gc
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers import gthread

from gateway.app import Parts, build_measures, build_parts, create_app, utc_now
from gateway.errors import SettingsError
from gateway.logs import Lines, hear_the_rest, write_logs
from gateway.messages import catalogue
from gateway.mllp.door import Door
from gateway.mllp.server import MllpServer, opened
from gateway.mllp.tls import server_context
from gateway.preflight import refuse_half_configured
from gateway.rest.measures import Measures, worker_ended
from gateway.reused.telling import Telling
from gateway.settings import Settings, made_data_dir
from gateway.store import deliveries, open_store
from gateway.store.schema import prepare
from gateway.transport import Transport
from gateway.worker import Worker

log = structlog.get_logger()


CLOSE_SECONDS = 2  # of a stop's time, to write down what was settled
# Seconds a thread computes before another may. Python's own 5 ms are what a short answer would wait for a
# thread that translates, again after each look at the database: that look gives the turn away.
TURN = 0.0005
HEADER_SECONDS = 10  # for the request line and headers of one request


class Punctual(gthread.ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Gunicorn's threads, with an end to every request: by itself each waits for a slow client's bytes for ever.

    A client has HEADER_SECONDS for its headers, and ``request_seconds`` for all of the request and
    its answer; then the connection is shut. A connection on which nothing has come holds no thread.
    """

    def init_process(self) -> None:
        self._under_way: dict[Any, float] = {}  # connection → when its time is over, time.monotonic
        super().init_process()

    def with_an_end(self, conn: Any) -> Any:
        """All requests that arrive together on a connection, in a thread of gunicorn's."""
        if not conn.initialized and not conn.wait_for_data(0):
            return gthread._DEFER
        self._under_way[conn] = time.monotonic() + min(HEADER_SECONDS, self.cfg.timeout)
        try:
            return super().handle(conn)
        finally:
            del self._under_way[conn]

    handle = with_an_end  # as gunicorn calls it

    def after_its_headers(self, req: Any, conn: Any) -> Any:
        self._under_way[conn] = time.monotonic() + self.cfg.timeout
        return super().handle_request(req, conn)

    handle_request = after_its_headers  # as gunicorn calls it

    def at_sigterm(self, sig: int, frame: Any) -> None:
        """No delivery is begun any more; requests under way are answered (gunicorn's part)."""
        self.app.stopping()
        super().handle_exit(sig, frame)

    handle_exit = at_sigterm  # as gunicorn calls it

    def set_accept_enabled(self, enabled: bool) -> None:
        """At the end, whoever had already connected is still answered: closing the socket would cut them off."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                while select.select([listener], [], [], 0)[0]:
                    self.accept(listener)
                listener.close()

    def murder_pending(self) -> None:
        """Called by gunicorn's own loop, at least once a second."""
        super().murder_pending()
        now = time.monotonic()
        for conn, ends in list(self._under_way.items()):
            if now > ends:
                with suppress(OSError):  # it has gone by itself
                    socket.socket.shutdown(conn.sock, socket.SHUT_RDWR)  # under TLS too: its reader's state is its own


class JsonLines(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """What gunicorn says, as lines of ours: its own may quote a request line."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers = [Lines()]


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """Gunicorn with the settings' limits. The database is opened in the serving process, after the fork."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._ends = 0.0  # of a stop that has begun, time.monotonic
        self._worker: threading.Thread | None = None
        self._listening = opened(settings.mllp)  # before the fork: every serving process accepts at the same ones
        self._mllp: MllpServer | None = None
        self._parts: Parts
        self._measures: Measures
        self._shared = _shared_folder() if settings.processes > 1 else None
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        chosen: dict[str, Any] = {
            "bind": settings.bind,
            "workers": settings.processes,
            "worker_class": Punctual,
            "threads": settings.threads,
            "timeout": settings.request_seconds,
            "graceful_timeout": settings.stop_seconds,
            "certfile": settings.tls_cert or None,
            "keyfile": settings.tls_key or None,
            "limit_request_line": 8190,
            "accesslog": None,  # an access log would write query strings; the app logs its own lines
            "errorlog": "-",
            "logger_class": JsonLines,
            "loglevel": "warning",
            "post_worker_init": self._start,
            "worker_exit": self._end,
            "child_exit": self._forget,
            "on_exit": self._tidy,
            "control_socket_disable": True,
        }
        for name, value in chosen.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        sys.setswitchinterval(TURN)
        self._parts = build_parts(self._settings, judges=True)
        _take_over(self._parts)
        self._measures = build_measures(self._parts, shared=self._shared)
        made = create_app(self._settings, parts=self._parts, measures=self._measures)
        catalogue()  # read before the first question, not by it
        gc.freeze()  # the program itself is no garbage: to look through it would stop every thread for a while
        return made

    def _start(self, _gunicorn_worker: Any) -> None:
        self._measures.listen()
        self._worker = start_worker(self._parts, self._settings, self._stop, self._measures)
        if self._listening:
            self._mllp = self._mllp_server()
            self._mllp.start()
        mllp = [listener.bind for listener in self._settings.mllp]
        log.info("serving", bind=self._settings.bind, base=self._settings.public_url, mllp=mllp)

    def _mllp_server(self) -> MllpServer:
        parts, settings, told = self._parts, self._settings, self._measures
        door = Door(parts.intake, parts.store, settings, parts.now, told)
        return MllpServer(door, self._listening, settings, told, server_context(settings))

    def stopping(self) -> None:
        """Called in the serving process when its end has begun, from a signal's handler."""
        self._ends = time.monotonic() + self._settings.stop_seconds
        self._stop.set()
        if self._mllp is not None:
            self._mllp.stop()

    def _end(self, _server: Any, _gunicorn_worker: Any) -> None:
        """What is under way in the time that is left is settled; the rest has a lease that will expire."""
        self._stop.set()
        if self._mllp is not None:
            self._mllp.stop()
            self._mllp.join(self._time_left())
        if self._worker is not None:
            self._worker.join(self._time_left())
        self._parts.close()
        log.info("stopped", deliveries_under_way=self._worker is not None and self._worker.is_alive())

    def _time_left(self) -> float:
        return max(1.0, self._ends - time.monotonic() - CLOSE_SECONDS)

    def _forget(self, _server: Any, gunicorn_worker: Any) -> None:
        if self._shared is not None:
            worker_ended(self._shared, gunicorn_worker.pid)

    def _tidy(self, _server: Any) -> None:
        if self._shared is not None:
            shutil.rmtree(self._shared, ignore_errors=True)


def _shared_folder() -> Path:
    """For the counts of several processes: in memory where there is such a place, since they are mapped
    files, and a mapped file on a full disk ends its process."""
    memory = Path("/dev/shm")  # noqa: S108  # mkdtemp makes a folder there that is ours alone
    return Path(tempfile.mkdtemp(prefix="gateway-metrics-", dir=memory if os.access(memory, os.W_OK) else None))


def _take_over(parts: Parts) -> None:
    """Be the one serving process, where there is only one; what a killed one was sending is sent at once."""
    parts.store.hold_writer()
    if parts.settings.url.startswith("sqlite"):
        parts.store.write(lambda connection: deliveries.expire_leases(connection, utc_now()))


def start_worker(
    parts: Parts, settings: Settings, stop: threading.Event, measures: Measures | None = None
) -> threading.Thread:
    """The delivery loop in a thread of its own; it ends when ``stop`` is set."""
    transport = Transport(settings, utc_now, parts.keyring.opened)
    telling = Telling(parts.store, parts.keyring, settings, utc_now)
    worker = Worker(parts.store, transport, settings, utc_now, measures.delivered if measures else None, telling)
    thread = threading.Thread(target=worker.run, args=(stop,), name="worker", daemon=True)
    thread.start()
    return thread


def serve(settings: Settings) -> None:
    """Run until stopped. SettingsError when the database is older than the program, or served already."""
    write_logs(settings)
    refuse_half_configured(settings, utc_now)
    made_data_dir(settings)
    prepare(settings.url, data_dir=settings.data_dir)
    _check_alone(settings)
    _check_address(settings.bind)
    hear_the_rest()
    Server(settings).run()


def check(settings: Settings) -> None:
    """What ``serve`` would refuse, refused: SettingsError. Nothing is made, nothing is listened on for longer."""
    refuse_half_configured(settings, utc_now)
    _check_address(settings.bind)
    for one in opened(settings.mllp):
        one.socket.close()


def _check_alone(settings: Settings) -> None:
    """SettingsError when another gateway serves this database: said here, in one line, before anything forks."""
    store = open_store(settings.url)
    try:
        store.hold_writer()
    finally:
        store.close()


def _check_address(bind: str) -> None:
    """SettingsError when nothing can listen there; gunicorn would try again and again, and say so each time."""
    host, _, port = bind.rpartition(":")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((address[0], int(port), *address[2:]))  # getaddrinfo takes 65536 for 0
            tried.listen(1)  # two may bind while none listens
    except (OSError, OverflowError) as wrong:
        error = getattr(wrong, "strerror", None) or str(wrong)
        raise SettingsError("serve-address", bind=bind, error=error) from None


def work(settings: Settings) -> None:
    """Deliveries alone, until SIGTERM or SIGINT."""
    write_logs(settings)
    refuse_half_configured(settings, utc_now, serving=False)
    made_data_dir(settings)
    prepare(settings.url, data_dir=settings.data_dir)
    sys.setswitchinterval(TURN)
    parts = build_parts(settings)
    hear_the_rest()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if settings.url.startswith("sqlite"):
        _take_over(parts)
    try:
        telling = Telling(parts.store, parts.keyring, settings, utc_now)
        transport = Transport(settings, utc_now, parts.keyring.opened)
        Worker(parts.store, transport, settings, utc_now, raised=telling).run(stop)
    finally:
        parts.close()
