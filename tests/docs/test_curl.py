"""Where a machine has no curl, what stands in for it does what curl does with the options the pages use."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.blueprint import ROOT
from tests.docs.curl import options
from tests.docs.shell import readers_environment

ASKED = (
    ("--silent", "--fail", "URL/ok"),
    ("--silent", "--show-error", "--fail-with-body", "--header", "@bearer", "URL/ok"),
    ("--silent", "--header", "Content-Type: application/xml", "--data-binary", "@payload", "URL/taken"),
    ("--silent", "--get", "URL/search", "--data-urlencode", "a.b=http://x|1 2", "--data-urlencode", "_sort=-date"),
    ("--silent", "URL/search", "--data-urlencode", "a.b=http://x|ệ"),
    ("--silent", "--fail", "URL/missing"),
    ("--silent", "--fail-with-body", "URL/missing"),
    ("--silent", "URL/missing"),
    ("--silent", "--fail", "NOBODY/"),
)


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        kinds = [self.headers.get(name, "") for name in ("Authorization", "Content-Type")]
        told = "\n".join([self.command, self.path, *kinds, body.decode()]).encode()
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_POST = do_GET  # noqa: N815 - the server asks for it by this name

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def _asked(folder: Path, arguments: list[str], curl: str | None) -> tuple[int, str]:
    environment = readers_environment(folder, curl=curl)
    done = subprocess.run(["curl", *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    return done.returncode, urllib.parse.unquote_plus(done.stdout)  # versions of curl differ in how they escape


# What curl answers, so that this holds where there is none: exit code, stdout.
EXPECTED = (
    (0, "GET\n/ok\n\n\n"),
    (0, "GET\n/ok\nBearer abc\n\n"),
    (0, "POST\n/taken\n\napplication/xml\n<x>1</x>\n"),
    (0, "GET\n/search?a.b=http://x|1 2&_sort=-date\n\n\n"),
    (0, "POST\n/search\n\napplication/x-www-form-urlencoded\na.b=http://x|ệ"),
    (22, ""),
    (22, "GET\n/missing\n\n\n"),
    (0, "GET\n/missing\n\n\n"),
    (7, ""),
)


@pytest.mark.parametrize(
    ("arguments", "expected"), list(zip(ASKED, EXPECTED, strict=True)), ids=lambda value: str(value)[:60]
)
@pytest.mark.parametrize("curl", sorted({None, shutil.which("curl")}, key=str), ids=lambda path: path or "stand-in")
def test_the_stand_in_and_curl_answer_alike(
    echo: str, tmp_path: Path, arguments: tuple[str, ...], expected: tuple[int, str], curl: str | None
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}"
        (tmp_path / "bearer").write_text("Authorization: Bearer abc\n")
        (tmp_path / "payload").write_text("<x>1</x>\n")
        given = [word.replace("URL", echo).replace("NOBODY", nobody) for word in arguments]
        assert _asked(tmp_path, given, curl) == expected


def test_it_knows_every_option_of_the_pages() -> None:
    known = {name for action in options()._actions for name in action.option_strings}
    used: set[str] = set()
    for page in (*(ROOT / "docs").glob("*.md"), *(ROOT / "docs").glob("*.sh")):
        for line in page.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
            used |= set(re.findall(r"--[a-z-]+", line.partition("curl ")[2])) if "curl --" in line else set()
    assert used
    assert used <= known
