"""``[[folder]]``: a watched folder. Each file is taken once, then lies in ``done`` or ``refused`` inside it.

A file stays where its sender put it until the gateway has answered. Then it is claimed by a rename, held
against what was read (a sender may have replaced it meanwhile: that is another file, and taken
like any), and moved on. Nothing needs to be remembered: what a death left is posted again.
"""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Any

import structlog
from marshmallow import fields, validate

from gateway.collect.collector import Fate, Told
from gateway.collect.door import Answer, Door, Payload, refused_here
from gateway.collect.moving import DONE, REFUSED, TAKING, Moving, same
from gateway.collect.settling import UNFINISHED, Look, Settling, being_written, opened
from gateway.collect.written import Place, WrittenSchema
from gateway.errors import GatewayError, SourceUnavailable
from gateway.outcome import Issue
from gateway.steps import Step, reached

log = structlog.get_logger("gateway.collect")

MEDIA_TYPES = {
    ".csv": "text/csv",
    ".hl7": "x-application/hl7-v2+er7",
    ".json": "application/json",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
}
_OTHER = "application/octet-stream"
_FIRST_AGAIN, _LONGEST_AGAIN = 30.0, 3600.0  # seconds until a file that was left is tried again


class FolderSchema(WrittenSchema):
    """``[[folder]]``. ``settle_seconds``: how long a file must not have changed. Sizes in bytes."""

    path = fields.String(required=True, validate=validate.Length(min=1))
    pattern = fields.List(fields.String(validate=validate.Length(min=1)), load_default=lambda: ["*"])
    media_type = fields.String(load_default="", validate=validate.Regexp(r"([\w.+-]+/[\w.+-]+(; *[\w-]+=[\w.-]+)*)?\Z"))
    settle_seconds = fields.Integer(load_default=5, validate=validate.Range(min=0, max=3600))
    max_bytes = fields.Integer(load_default=20 * 1024 * 1024, validate=validate.Range(min=1, max=1024**3))


def watched(table: dict[str, Any], place: Place) -> Folder:
    """The collector of a ``[[folder]]`` table."""
    watch = Watch(
        place.path(table["path"]), tuple(one.lower() for one in table["pattern"]), table["media_type"],
        table["adapter"], table["settle_seconds"], table["max_bytes"],
    )  # fmt: skip
    return Folder(table["name"], watch, place.door, poll_seconds=table["poll_seconds"])


@dataclass(frozen=True, slots=True)
class Watch:
    """What is taken from a folder, and as what."""

    path: Path
    patterns: tuple[str, ...] = ("*",)
    media_type: str = ""
    adapter: str = ""
    settle_seconds: float = 5
    max_bytes: int = 20 * 1024 * 1024

    def wants(self, name: str) -> bool:
        small = name.lower()
        if name.startswith(".") or small.endswith(UNFINISHED):
            return False
        return any(fnmatchcase(small, pattern) for pattern in self.patterns)

    def payload(self, name: str, content: bytes) -> Payload:
        return Payload(content, self.media_type or MEDIA_TYPES.get(Path(name.lower()).suffix, _OTHER), self.adapter)


@dataclass(frozen=True, slots=True)
class _Failed:
    """A file that could not be taken. ``until``: time.monotonic."""

    look: Look
    times: int
    until: float
    rule: str


class Folder:
    kind = "folder"

    def __init__(self, name: str, watch: Watch, door: Door, *, poll_seconds: float = 10) -> None:
        self.name = name
        self.poll_seconds = poll_seconds
        self._watch = watch
        self._door = door
        self._moving = Moving(watch.path)
        self._settling = Settling(watch.settle_seconds, time.monotonic)
        self._failed: dict[tuple[int, int], _Failed] = {}  # by device and inode
        self._passed: set[tuple[int, int]] = set()  # what is no file, told of once
        self._lock: IO[bytes] | None = None

    # ---- the contract -----------------------------------------------------------------

    def check(self) -> Sequence[Issue]:
        with _of_the_folder():
            self._prepare()
            parts = [self._watch.path / name for name in (TAKING, DONE, REFUSED)]
            if any(part.stat().st_dev != self._watch.path.stat().st_dev for part in parts):
                raise SourceUnavailable("collect-folder-two-file-systems")
            if not all(os.access(part, os.R_OK | os.W_OK | os.X_OK) for part in (self._watch.path, *parts)):
                raise SourceUnavailable("collect-folder-rights")
        self._door.knock()
        return ()

    def once(self) -> Iterator[Told]:
        with _of_the_folder():
            self._prepare()
            claimed = list(self._moving.unfinished())
            found = [*claimed, *self._listed()]
            self._settling.forget_others(found)
            for path in found:
                told = self._told(path, path in claimed)
                if told is not None:
                    yield told

    def close(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    # ---- what is there ----------------------------------------------------------------

    def _prepare(self) -> None:
        """The folders, and the lock that keeps a second collector out; the kernel lets it go with the process."""
        self._moving.prepare()
        if self._lock is not None:
            return
        file = (self._watch.path / TAKING / ".lock").open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise SourceUnavailable("collect-folder-held") from None
        self._lock = file

    def _listed(self) -> list[Path]:
        """The files to take, oldest first, those that failed before after the others."""
        found = []
        with os.scandir(self._watch.path) as entries:
            for entry in entries:
                if entry.name in (TAKING, DONE, REFUSED) or not self._watch.wants(entry.name):
                    continue
                try:
                    seen = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if stat.S_ISREG(seen.st_mode):
                    before = self._failed.get((seen.st_dev, seen.st_ino))
                    found.append((before.times if before else 0, seen.st_mtime_ns, entry.name))
                else:
                    self._pass_by(seen)
        return [self._watch.path / name for _, _, name in sorted(found)]

    def _pass_by(self, seen: os.stat_result) -> None:
        """A folder, a link, a pipe: said once, by its number, since a name may be a patient's."""
        key = (seen.st_dev, seen.st_ino)
        if key not in self._passed:
            self._passed.add(key)
            log.info("collect-passed-by", collector=self.name, inode=seen.st_ino, rule="collect-no-file")

    # ---- one file ---------------------------------------------------------------------

    def _told(self, path: Path, claimed: bool) -> Told | None:
        """None for one that is gone."""
        try:
            look = Look.of(path.lstat())
        except FileNotFoundError:
            return None
        before = self._failed.get((look.device, look.inode))
        if before is not None and before.look == look and (wait := before.until - time.monotonic()) > 0:
            return Told(Fate.LEFT, before.rule, wait)
        if wait := self._settling.left(path, look):
            return Told(Fate.WAITS, seconds=wait)
        told = self._tried(path, look, claimed)
        if told is not None and told.fate is Fate.LEFT:
            self._note(look, told.rule, _FIRST_AGAIN)
            log.warning("collect-left", collector=self.name, inode=look.inode, rule=told.rule)
        return told

    def _tried(self, path: Path, look: Look, claimed: bool) -> Told | None:
        try:
            descriptor = opened(path)
        except FileNotFoundError:
            return None
        except OSError:
            return Told(Fate.LEFT, "collect-file-unreadable")
        try:  # open until the file is where it stays, so that its number cannot become another file's
            if Look.of(os.fstat(descriptor)) != look:
                return Told(Fate.WAITS, seconds=self._watch.settle_seconds)
            if being_written(descriptor):
                return Told(Fate.LEFT, "collect-file-open")
            return self._taken(path, look, descriptor, claimed)
        except PermissionError:
            return Told(Fate.LEFT, "collect-file-rights")
        finally:
            os.close(descriptor)

    def _note(self, look: Look, rule: str, first: float) -> None:
        """It failed: tried again later and later, after the others, at once when it changes."""
        before = self._failed.get((look.device, look.inode))
        times = before.times if before is not None else 0
        until = time.monotonic() + min(first * 2.0**times, _LONGEST_AGAIN)
        self._failed[look.device, look.inode] = _Failed(look, times + 1, until, rule)

    def _taken(self, path: Path, look: Look, descriptor: int, claimed: bool) -> Told:
        begun = time.monotonic()
        if look.size > self._watch.max_bytes:
            limit = Issue("error", "too-long", "collect-too-large", parameters={"limit": self._watch.max_bytes})
            answer = refused_here(limit)
        else:
            content = _read(descriptor, look.size)
            if Look.of(os.fstat(descriptor)) != look:
                return Told(Fate.WAITS, seconds=self._watch.settle_seconds)
            reached(Step.COLLECT_READ)
            answer = self._posted(look, self._watch.payload(path.name, content))
            reached(Step.COLLECT_ANSWERED)
        self._say(answer, look, begun)
        if answer.fate is Fate.LEFT:
            return Told(Fate.LEFT, next(iter(answer.rules), "collect-left"))
        try:
            own = path if claimed else self._moving.claim(path)
        except FileNotFoundError:  # its sender took it away; the gateway has it
            return Told(answer.fate)
        if not same(look, own):  # it was replaced, or written to, while it was posted: another payload, yet to be taken
            return Told(Fate.WAITS, seconds=self._watch.settle_seconds)
        folder = DONE if answer.fate is Fate.TAKEN else REFUSED
        self._moving.finish(own, folder, None if answer.complete else answer.as_json())
        self._failed.pop((look.device, look.inode), None)
        return Told(answer.fate, next(iter(answer.rules), "") if answer.fate is Fate.REFUSED else "")

    def _posted(self, look: Look, payload: Payload) -> Answer:
        try:
            return self._door.post(payload)
        except GatewayError:  # the next look begins with another file: this one may be what silences the gateway
            self._note(look, "collect-left-before", 0.0)
            raise

    def _say(self, answer: Answer, look: Look, begun: float) -> None:
        log.info(
            "collected", collector=self.name, fate=answer.fate.value, status=answer.status, payload=answer.sha256,
            inode=look.inode, exchanges=answer.exchanges[:20], rules=answer.rules,
            ms=round((time.monotonic() - begun) * 1000, 1),
        )  # fmt: skip


def _read(descriptor: int, size: int) -> bytes:
    """At most one byte more than it should be, so that growth shows."""
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read(size + 1)


@contextmanager
def _of_the_folder() -> Iterator[None]:
    """What the file system refuses becomes an error that names no file: a name may be a patient's."""
    try:
        yield
    except OSError as wrong:
        raise SourceUnavailable("collect-folder-away", error=wrong.strerror or type(wrong).__name__) from None
