"""The gateway under test: started as a user starts it, in a folder of its own, with a recipient beside it."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.bench.failed import BenchFailed
from gateway.bench.meters import family
from gateway.bench.orders import FACILITIES
from gateway.bench.programs import free_port, status_of, stop
from gateway.facility import DEFAULT_BASIS, DEFAULT_SCOPES, Client, Facility, Recipient, Subscription
from gateway.jsontext import dumps, loads
from gateway.keyring import Keyring
from gateway.settings import Settings, environment_without_settings, read_settings
from gateway.store import Connection, Store, deliveries, facilities, open_store
from gateway.store.schema import prepare
from gateway.trust.keys import new_client_key, public_jwks

PATIENCE = 120  # seconds for a gateway to be ready, and to stop
CLIENT_KEYS = "bench-clients.json"
_RECIPIENT = "bench-recipient"
_WAITING = frozenset({"ready", "in-progress"})
_PLACES = frozenset({"GATEWAY_DATA_DIR", "GATEWAY_BIND", "GATEWAY_MLLP", "GATEWAY_DATABASE_URL"})  # where, not how


@dataclass
class Site:
    """One gateway: its data folder and its address. ``settings``: those that are to differ from the default."""

    folder: Path
    database_url: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What the gateway is started with."""
        places = {"GATEWAY_DATA_DIR": str(self.folder), "GATEWAY_BIND": f"127.0.0.1:{self.port}"}
        database = {"GATEWAY_DATABASE_URL": self.database_url} if self.database_url else {}
        return places | database | dict(self.settings)

    @property
    def different(self) -> dict[str, str]:
        """The settings that differ from the default, places aside."""
        return {name: value for name, value in self.environment.items() if name not in _PLACES}

    def read(self) -> Settings:
        return read_settings(self.environment)

    # ---- before it runs ---------------------------------------------------------------

    @contextmanager
    def opened(self) -> Iterator[Store]:
        """Its database, made when there is none."""
        self.folder.mkdir(parents=True, exist_ok=True)
        prepare(self.read().url, data_dir=self.folder)
        store = open_store(self.read().url)
        try:
            yield store
        finally:
            store.close()

    def register(self) -> None:
        """The laboratories with their signing keys and clients, as ``gateway facility add`` does; once."""
        if (self.folder / CLIENT_KEYS).exists():
            return
        private = {code: new_client_key() for code in FACILITIES}
        with self.opened() as store:
            keyring = Keyring(store, self.read(), _now)
            for code, key in private.items():
                facility = Facility(code, f"Phòng xét nghiệm Thử {code}")
                client = Client(f"{code}-client", code, DEFAULT_SCOPES, public_jwks(key), DEFAULT_BASIS)

                def work(connection: Connection, facility: Facility = facility, client: Client = client) -> None:
                    facilities.add_facility(connection, facility, _now())
                    facilities.add_client(connection, client, _now())

                store.write(work)
                keyring.issue(code, facility.name, actor="bench")
        (self.folder / CLIENT_KEYS).touch(mode=0o600)
        (self.folder / CLIENT_KEYS).write_bytes(dumps(private))

    def subscribe(self, recipient: Mapping[str, Any]) -> None:
        """From now on every exchange goes to the recipient, which said where it is and who we are there."""
        client = loads(Path(str(recipient["client"])).read_bytes())["client"]
        with self.opened() as store:
            made = Recipient(
                name=_RECIPIENT,
                url=str(recipient["url"]),
                trust=loads(Path(str(recipient["trust"])).read_bytes()),
                client_id=client["client_id"],
                private_jwk=Keyring(store, self.read(), _now).sealed(client["private_jwk"]),
            )
            wanted = Subscription(str(uuid.uuid4()), _RECIPIENT, "benchmark", "", "", "")

            def work(connection: Connection) -> None:
                facilities.add_recipient(connection, made, _now())
                facilities.add_subscription(connection, wanted, _now())

            store.write(work)

    # ---- while it runs ----------------------------------------------------------------

    @contextmanager
    def serving(self) -> Iterator[Serving]:
        """``gateway serve``, ready; its log stays in the data folder."""
        log = self.folder / "serve.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "gateway", "serve"],
                env=environment_without_settings() | self.environment,
                stdout=file,
                stderr=file,
            )
        try:
            ready = self._wait_until_ready(process, log)
            yield Serving(self, process, ready)
        finally:
            stop(process)

    def _wait_until_ready(self, process: subprocess.Popen[bytes], log: Path) -> float:
        """Seconds until /health/ready said 200."""
        began = time.perf_counter()
        while (waited := time.perf_counter() - began) < PATIENCE:
            if process.poll() is not None:
                raise BenchFailed(f"the gateway ended {process.returncode}: {log.read_text(errors='replace')[-2000:]}")
            if status_of(self.address, "/health/ready") == 200:
                return waited
            time.sleep(0.01)
        raise BenchFailed(f"the gateway was not ready in {PATIENCE} s")


@dataclass
class Serving:
    """A running gateway. ``ready``: seconds from its start to ready."""

    site: Site
    process: subprocess.Popen[bytes]
    ready: float

    @property
    def processes(self) -> list[int]:
        return family(self.process.pid)

    @property
    def workers(self) -> list[int]:
        """The processes that serve and those that judge beside them: all but the first, which only watches."""
        return self.processes[1:] or self.processes

    def deliveries(self, store: Store) -> tuple[int, int]:
        """(completed, that is with a receipt that was believed; neither done nor given up)."""
        with store.read() as connection:
            depth = deliveries.queue_depth(connection)
        completed = sum(number for (_, status), number in depth.items() if status == "completed")
        return completed, sum(number for (_, status), number in depth.items() if status in _WAITING)


def _now() -> datetime:
    return datetime.now(UTC)
