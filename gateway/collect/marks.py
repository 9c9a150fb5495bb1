"""What a collector must remember: one JSON file in a folder of its own, whole at every moment, and what was refused.

Unreadable is never the same as empty: a mark that cannot be read stops its collector, since to begin
anew would be to guess.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO, Any

from gateway.collect.door import Answer
from gateway.errors import GatewayError, SourceUnavailable
from gateway.jsontext import dumps, loads
from gateway.steps import Step, reached

_FILE = "mark.json"
REFUSED = "refused"


class Marks:
    """The memory of one collector, held by one process at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: IO[bytes] | None = None

    def hold(self) -> None:
        """The folder is there and nobody else's; SourceUnavailable where another collector has it."""
        if self._lock is not None:
            return
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = (self.folder / ".lock").open("ab")
        except OSError as wrong:
            raise _away(wrong) from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise SourceUnavailable("collect-state-held") from None
        self._lock = file

    def read(self) -> dict[str, Any]:
        """What was written last; {} when nothing ever was."""
        try:
            found = loads((self.folder / _FILE).read_bytes())
        except FileNotFoundError:
            return {}
        except OSError as wrong:
            raise _away(wrong) from None
        except GatewayError:
            raise SourceUnavailable("collect-state-broken") from None
        if not isinstance(found, dict):
            raise SourceUnavailable("collect-state-broken")
        return found

    def write(self, value: dict[str, Any]) -> None:
        """Durable when this returns; before, what was written last is."""
        try:
            _durable(self.folder / _FILE, dumps(value))
        except OSError as wrong:
            raise _away(wrong) from None

    def put_aside(self, answer: Answer, content: bytes, ending: str) -> None:
        """A refused payload and the gateway's reasons, where a person finds them, under the payload's digest."""
        folder = self.folder / REFUSED
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            _durable(folder / f"{answer.sha256}{ending}", content)
            _durable(folder / f"{answer.sha256}{ending}.outcome.json", answer.as_json())
        except OSError as wrong:
            raise _away(wrong) from None

    def close(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _durable(path: Path, content: bytes) -> None:
    beside = path.with_name(path.name + ".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    reached(Step.COLLECT_MARK_WRITTEN)
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    reached(Step.COLLECT_MARKED)


def _away(wrong: OSError) -> SourceUnavailable:
    return SourceUnavailable("collect-state-away", error=wrong.strerror or type(wrong).__name__)
