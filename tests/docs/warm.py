"""A ``gateway`` command for a page's shell that starts at once: forked from a process that has loaded all of it.

For pages whose commands are the matter and not how a process starts; what serves until it is stopped is run as ever.
``python -m tests.docs.warm SOCKET`` is that process; the command hands it its arguments, folder, environment and the
three standard files, and ends with the exit code it answers.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from gateway.cli import main
from tests.blueprint import ROOT

_LOADED = (
    "adapter",
    "facility",
    "recipient",
    "subscription",
    "translate",
    "vocabulary",
    "mapping",
    "exchange",
    "verify",
)
_COMMAND = """#!{python} -IS
import json, os, socket, sys
if sys.argv[1:2] in (["serve"], ["simulate"], ["worker"], ["collect"]):
    os.execv({python!r}, [{python!r}, "-m", "gateway", *sys.argv[1:]])
with socket.socket(socket.AF_UNIX) as way:
    way.connect({place!r})
    said = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(way, [len(said).to_bytes(4, "big")], [0, 1, 2])
    way.sendall(said)
    sys.exit(int(way.recv(8) or b"1"))
"""


@contextmanager
def warm_gateway(folder: Path, environment: dict[str, str]) -> Iterator[Path]:
    """A folder for the PATH, with the command in it, for as long as the process runs that it is forked from."""
    place = folder / "warm"
    place.mkdir()
    command, way = place / "gateway", place / "way"
    command.write_text(_COMMAND.format(python=sys.executable, place=str(way)))
    command.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.docs.warm", way], cwd=ROOT, env=environment, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield place
    finally:
        process.kill()
        process.communicate()


def _serve(way: str) -> None:
    for name in _LOADED:
        import_module(f"gateway.cli.{name}")
    import_module("gateway.installed").running_adapters()
    import_module("gateway.cli.checklist")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a command but its shell
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(way)
        listening.listen(8)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            asked, _ = listening.accept()
            if os.fork() == 0:
                os._exit(_run(asked))
            asked.close()


def _run(asked: socket.socket) -> int:
    """In the command's own process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    head, files, _, _ = socket.recv_fds(asked, 4, 3)
    said = asked.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL)
    for own, given in enumerate(files):
        os.dup2(given, own)
    arguments, folder, environment = json.loads(said)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["gateway", *arguments]
    code = 0
    try:
        main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    sys.stdout.flush()
    sys.stderr.flush()
    asked.sendall(str(code).encode())
    return code


if __name__ == "__main__":
    _serve(sys.argv[1])
