"""A FHIR server that takes, reads, finds by mark and deletes, in memory: what it was told, and how it can misbehave."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gateway.conformance.own_resources import drafts
from gateway.jsontext import dumps, loads

TYPES = tuple(dict.fromkeys(str(one["resourceType"]) for one in drafts("x").values()))
_INTERACTIONS = ("read", "vread", "update", "delete", "history-instance", "create", "search-type")


@dataclass
class Keeper:
    """``held``: place → its versions, [] once deleted. ``said``: each request's method and path, as they came.

    ``quirk``: "" for none; "no-location", "lost-answer" (the first report is kept, its answer is not given),
    "keeps-all" (DELETE is refused), "keeps-patients" (while anything refers to them), "silent-deletes", "tag-ignored",
    "takes-nothing", "finds-nothing", "knows-already" (what is made is told to be what it held before of the type).
    """

    quirk: str = ""
    held: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)

    @property
    def there(self) -> list[str]:
        return [place for place, versions in self.held.items() if versions]

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, dict[str, str], Any] | None:
        """Status, headers and JSON; None to hang up without a word."""
        parts = urlsplit(target)
        path = parts.path.removeprefix("/fhir/")
        self.said.append((method, path))
        if path == "metadata":
            return 200, {}, self._statement()
        if method == "POST":
            return self._created(path, loads(body))
        if method == "DELETE":
            return self._deleted(path)
        if "/" in path:
            return self._read(path, loads(body) if method == "PUT" else None)
        return 200, {}, self._searched(path, parse_qs(parts.query))

    def _created(self, kind: str, resource: dict[str, Any]) -> tuple[int, dict[str, str], Any] | None:
        if self.quirk == "takes-nothing":
            return 422, {}, {"resourceType": "OperationOutcome"}
        if self.quirk == "knows-already":
            known = next(place for place in self.held if place.startswith(f"{kind}/"))
            return 201, {"Location": f"{known}/_history/1"}, None
        place = f"{kind}/{len(self.held) + 1}"
        self.held[place] = [self._version(place, resource, 1)]
        if self.quirk == "lost-answer" and kind == "DiagnosticReport":
            return None
        if self.quirk == "no-location":
            return 201, {}, None
        return 201, {"Location": f"http://elsewhere.example/fhir/{place}/_history/1"}, None

    def _deleted(self, place: str) -> tuple[int, dict[str, str], Any] | None:
        if self.quirk == "silent-deletes":
            return None
        needed = any(f'"{place}"'.encode() in dumps(self.held[one][-1]) for one in self.there if one != place)
        if self.quirk == "keeps-all" or (self.quirk == "keeps-patients" and needed):
            return 409, {}, {"resourceType": "OperationOutcome"}
        self.held[place] = []
        return 204, {}, None

    def _read(self, place: str, put: dict[str, Any] | None) -> tuple[int, dict[str, str], Any]:
        versions = self.held.get(place)
        if not versions:
            return 410 if versions == [] else 404, {}, {"resourceType": "OperationOutcome"}
        if put is not None:
            versions.append(self._version(place, put, len(versions) + 1))
        return 200, {}, versions[-1]

    def _searched(self, kind: str, asked: dict[str, list[str]]) -> dict[str, Any]:
        found = [self.held[place][-1] for place in self.there if place.startswith(f"{kind}/")]
        tag = asked.get("_tag", [""])[0].rpartition("|")[2]
        if tag and self.quirk != "tag-ignored":
            found = [one for one in found if tag in str(one.get("meta"))]
        if self.quirk == "finds-nothing":
            found = []
        entries = [{"fullUrl": f"http://x/{one['id']}", "resource": one} for one in found]
        return {"resourceType": "Bundle", "type": "searchset", "total": len(found), "entry": entries}

    def _statement(self) -> dict[str, Any]:
        offered = [{"code": code} for code in _INTERACTIONS]
        types = [{"type": kind, "interaction": offered, "searchParam": [_ID, _TAG]} for kind in TYPES]
        return {"resourceType": "CapabilityStatement", "rest": [{"mode": "server", "resource": types}]}

    @staticmethod
    def _version(place: str, resource: dict[str, Any], version: int) -> dict[str, Any]:
        meta = {**resource.get("meta", {}), "versionId": str(version)}
        return {**resource, "id": place.partition("/")[2], "meta": meta}


_ID = {"name": "_id", "type": "token"}
_TAG = {"name": "_tag", "type": "token"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def finish_request(self, request: Any, client_address: Any) -> None:
        with suppress(OSError):  # who asked was interrupted
            super().finish_request(request, client_address)


@contextmanager
def keeping(quirk: str = "") -> Iterator[tuple[str, Keeper]]:
    """Its FHIR base, and what it holds."""
    keeper = Keeper(quirk)

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told = keeper.answer(self.command, self.path, body)
            if told is None:
                self.close_connection = True
                return
            status, headers, value = told
            said = b"" if value is None else dumps(value)
            self.send_response(status)
            for name, text in {"Content-Type": "application/fhir+json", **headers}.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - http.server names them so

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/fhir", keeper
    finally:
        server.shutdown()
        server.server_close()
