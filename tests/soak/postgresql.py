"""PostgreSQL as in life: durable, on the disk that will be full, and started again when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg import sql

from tests import databases
from tests.soak.network import SUBNET, Host
from tests.soak.site import PATIENCE, RESTART, until


class Database(databases.Cluster):
    """A cluster whose files are in ``data``. On a ``host`` it listens on that host's address too."""

    def __init__(self, data: Path, host: Host | None = None) -> None:
        super().__init__(databases._short_folder())
        self._data = data
        self._host = host
        self._up = threading.Event()  # it is meant to run
        self._over = False
        self.starts = 0

    def start(self) -> None:
        self._programs_folder = self._programs()
        self.socket.mkdir()
        self._data.mkdir(parents=True)
        if self._uid is not None:
            for path in (self.folder, self.socket, self._data):
                os.chown(path, self._uid, self._uid)
        made = subprocess.run(
            [self._programs_folder / "initdb", "-D", self._data, "-U", databases.OWNER, "--auth=trust",
             "--encoding=UTF8", "--locale=C", "--no-instructions"],
            check=False, capture_output=True, text=True, cwd=self.folder, **databases._lent_to(self._uid),
        )  # fmt: skip
        if made.returncode != 0:
            raise RuntimeError(f"PostgreSQL made no cluster:\n{made.stderr}")
        with (self._data / "pg_hba.conf").open("a") as allowed:
            allowed.write(f"host all all {SUBNET}.0/24 trust\n")
        self._up.set()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()
        self.answers()

    def _keep(self) -> None:
        """A full disk ends it; then it is tried again, as anything that watches over it would."""
        address = self._host.address if self._host else ""
        command = [str(self._programs_folder / "postgres"), "-D", str(self._data), "-k", str(self.socket),
                   "-c", f"listen_addresses={address}", "-c", "max_connections=200"]  # fmt: skip
        if self._host:
            command = self._host.inside(command)
        if self._uid is not None:
            user = ["setpriv", f"--reuid={self._uid}", f"--regid={self._uid}", "--clear-groups"]
            command = [*command[:2], *user, *command[2:]] if self._host else [*user, *command]
        while not self._over:
            self._up.wait()
            with (self.folder / "log").open("ab") as log:
                self._server = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, start_new_session=True
                )
            self.starts += 1
            self._server.wait()
            threading.Event().wait(RESTART)

    def answers(self) -> None:
        """Wait until it does."""
        until(self._answering, "PostgreSQL answers")

    def _answering(self) -> bool:
        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def made(self, name: str) -> str:
        """The URL of a new database; on a host, by its address."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        if self._host:
            return f"postgresql://{databases.OWNER}@{self._host.address}/{name}?connect_timeout=5"
        return self.url(name)

    def crash(self) -> None:
        """PostgreSQL's immediate shutdown: no checkpoint, every connection cut. ``restart`` ends it."""
        self._up.clear()
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(PATIENCE)

    def restart(self) -> None:
        self._up.set()
        self.answers()

    def stop(self) -> None:
        self._over = True
        self._up.set()
        with suppress(ProcessLookupError):
            super().stop()
