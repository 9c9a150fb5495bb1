"""A site's ``gateway`` commands, one after another in one process: each of its own would load everything again.

The process is gateway.cli.line_by_line.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


class Commands:
    """What is typed at one site, under the settings that its environment has then."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._begun_with: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def __call__(self, *arguments: str) -> Ended:
        """Run ``gateway …`` to its end; a command that took the process with it ended 1, and said why on its stderr."""
        process = self._process
        if process is None or self._begun_with != self._environment:
            process = self._begin()
        answer = b""
        with suppress(BrokenPipeError):
            if process.stdin and process.stdout:
                process.stdin.write(json.dumps(arguments).encode() + b"\n")
                process.stdin.flush()
                answer = process.stdout.readline()
        if not answer:
            self.close()
            return Ended(1, "", "it ended with the process of all commands")
        return Ended(*json.loads(answer))

    def _begin(self) -> subprocess.Popen[bytes]:
        self.close()
        self._begun_with = dict(self._environment)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gateway.cli.line_by_line"],
            env=self._begun_with,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self._process

    def close(self) -> None:
        """End its process, when there is one."""
        if self._process is not None:
            with suppress(BrokenPipeError):
                self._process.communicate()
            self._process.wait()
            self._process = None
