"""A gateway that listens on a real socket, and may be told to answer the next payloads otherwise."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from gateway.adapter import MappingText
from gateway.app import build_parts, create_app
from gateway.collect.door import Door
from gateway.facility import DEFAULT_SCOPES, Client, Facility
from gateway.settings import Settings
from gateway.store import Connection, exchanges, facilities, mapping_files, schema
from gateway.trust.client_key import GivenClient
from gateway.trust.jwk import new_client_key, public_jwks
from tests.systems.serving import LAB, payload

NOT_NOW = (503, b'{"resourceType":"OperationOutcome","issue":[]}')


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Site:
    """``script``: what the next payloads are answered instead, (status, body). ``posts``: payloads that came."""

    folder: Path
    url: str = ""
    script: deque[tuple[int, bytes]] = field(default_factory=deque)
    posts: list[bytes] = field(default_factory=list)
    before: list[Any] = field(default_factory=list)  # called, and dropped, when the next payload has come
    numbers: Any = field(default_factory=count)
    _key: dict[str, Any] = field(default_factory=new_client_key)

    def open(self) -> None:
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        settings = Settings(data_dir=self.folder, base_url=self.url, judges=0)
        schema.prepare(settings.url, data_dir=self.folder)
        self.settings = settings
        self.parts = build_parts(settings)

        def register(connection: Connection) -> None:
            facilities.add_facility(connection, Facility(LAB, "Phòng xét nghiệm Thử"), now())
            client = Client(f"{LAB}-client", LAB, DEFAULT_SCOPES, public_jwks(self._key), "consent 1")
            facilities.add_client(connection, client, now())

        self.parts.store.write(register)
        mapping = MappingText.read((Path(__file__).with_name("results.toml")).read_bytes())
        self.parts.store.write(
            lambda connection: mapping_files.register(connection, LAB, mapping, by="test", reason="", now=now())
        )
        self.parts.keyring.issue(LAB, "Phòng xét nghiệm Thử", actor="test")
        self._app = create_app(settings, parts=self.parts)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self.parts.store.close()

    def _answer(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if not environ["PATH_INFO"].endswith("/payloads"):
            return self._app.wsgi_app(environ, start)
        content = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        self.posts.append(content)
        while self.before:
            self.before.pop()()
        if self.script:
            status, body = self.script.popleft()
            start(f"{status} Told", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
            return [body]
        return self._app.wsgi_app(environ | {"wsgi.input": BytesIO(content)}, start)

    # ---- for tests --------------------------------------------------------------------

    @property
    def client(self) -> dict[str, Any]:
        return {"client_id": f"{LAB}-client", "scopes": list(DEFAULT_SCOPES), "private_jwk": self._key}

    def client_file(self, folder: Path) -> Path:
        path = folder / "client.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps({"client": self.client}))
        return path

    def door(self, *, timeout_seconds: int = 20, **changes: Any) -> Door:
        given = replace(GivenClient(f"{LAB}-client", DEFAULT_SCOPES, self._key), **changes)
        return Door(self.url, LAB, given, self.settings, now, timeout_seconds=timeout_seconds)

    def payload(self) -> bytes:
        """Another message, which becomes an exchange of its own."""
        return payload(next(self.numbers))

    def exchanges_of(self, sha256: str) -> int:
        """How many exchanges the gateway keeps of a payload."""
        with self.parts.store.read() as connection:
            return len(exchanges.payload_exchanges(connection, LAB, sha256) or ())
