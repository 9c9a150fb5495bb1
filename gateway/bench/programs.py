"""Programs that a benchmark starts, and stops: the simulated recipient, and what is asked of any server."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.bench.failed import BenchFailed
from gateway.settings import environment_without_settings

_PATIENCE = 120  # seconds to stop


@contextmanager
def recipient(folder: Path) -> Iterator[tuple[dict[str, Any], int]]:
    """``gateway simulate recipient`` on a free port: what it said of itself, and its pid."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "simulate", "recipient", "--bind", "127.0.0.1:0", "--folder", str(folder)],
        env=environment_without_settings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        said = process.stdout.readline() if process.stdout else b""
        if not said:
            raise BenchFailed("the simulated recipient did not start")
        yield json.loads(said), process.pid
    finally:
        stop(process)
        if process.stdout:
            process.stdout.close()


def stop(process: subprocess.Popen[bytes]) -> None:
    """Asked to, or made to."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def status_of(address: tuple[str, int], path: str) -> int:
    """The HTTP status of a GET; 0 while nobody listens."""
    connection = http.client.HTTPConnection(*address, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
