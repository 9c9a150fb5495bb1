"""What talks nonsense meets no requirement by it, and breaks no check."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from gateway.conformance.archive import STUDY, Archive
from gateway.conformance.client import Client, Limits
from gateway.conformance.line import FS_CR, Line, framed
from gateway.conformance.run import run
from gateway.conformance.target import Target
from gateway.jsontext import dumps
from tests.conformance.site import of_family
from tests.conformance.test_line_bounds import BOUND, listening

QUICK = Limits(seconds=5, pace=0)
# A list of one study on a day that is none; every other answer is a page.
_STUDY = {
    STUDY: {"vr": "UI", "Value": ["2.25.7"]},
    "00080020": {"vr": "DA", "Value": ["20261341"]},
    "00100020": {"vr": "LO", "Value": ["BN1"]},
    "7FE00010": 7,
}


class _OneList(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        listed = self.path.endswith("/studies?limit=20")
        body = dumps([_STUDY]) if listed else b"<html>"
        self.send_response(200)
        self.send_header("Content-Type", "application/dicom+json" if listed else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def one_list() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _OneList)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def babbling(connection: socket.socket) -> None:
    """Each block is answered with one that is no acknowledgement."""
    come = b""
    while piece := connection.recv(65536):
        come += piece
        while FS_CR in come:
            _, _, come = come.partition(FS_CR)
            connection.sendall(framed(b"OK"))
        if len(come) > BOUND:
            return


def test_an_archive_that_answers_with_pages_meets_nothing_but_that_it_shows_no_inside() -> None:
    with one_list() as url:
        client = Client("http://127.0.0.1:9/fhir", limits=QUICK)
        target = Target(client, archive=Archive(Client(url, limits=QUICK), client))
        found = {one.requirement.id: one for one in run(target, of_family("dicomweb"))}
    assert {one.word for one in found.values()} <= {"fail", "skip", "pass"}
    assert {one.requirement.check for one in found.values() if one.word == "pass"} == {
        "dicomweb_retrieve.its_refusals_show_no_inside"
    }


def test_a_listener_that_answers_with_no_acknowledgement_meets_nothing_but_that_it_shows_no_inside() -> None:
    with listening(babbling) as address:
        client = Client("http://127.0.0.1:9/fhir", limits=QUICK)
        target = Target(client, line=Line(client, address))
        found = list(run(target, of_family("mllp")))
    assert {one.requirement.check for one in found if one.word == "pass"} == {"mllp_answers.a_refusal_shows_no_inside"}
    assert "error" not in {one.word for one in found}
