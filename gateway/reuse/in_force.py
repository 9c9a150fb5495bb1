"""The rules in force: read at the start, and again when a file of the site's folder changed.

A set that is refused never replaces one that was taken: the old one stays, and the log says why, with file and line.
"""

from __future__ import annotations

import threading
from pathlib import Path
from time import monotonic

import structlog

from gateway.errors import SettingsError
from gateway.reuse.rule_set import rule_set
from gateway.reuse.rules import RuleSet
from gateway.settings import Settings

log = structlog.get_logger()

EVERY = 1.0  # seconds between two looks at the folder

_Look = tuple[tuple[str, int, int, int], ...] | str


def reuse_folder(settings: Settings) -> Path | None:
    """Where the site's own lists are; None where the setting is empty."""
    return Path(settings.reuse_rules) if settings.reuse_rules else None


class RulesInForce:
    """One a process, for all its threads. SettingsError at the start where the lists are refused.

    ``refused``: the files as they are now are refused, and the set before them is in force.
    """

    def __init__(self, folder: Path | None, *, every: float = EVERY) -> None:
        self._folder = folder
        self._every = every
        self._lock = threading.Lock()
        self._seen = _look(folder)  # before they are read: what changes meanwhile is read again
        self._rules = rule_set(folder)
        self._until = monotonic() + every
        self.refused = False

    def __call__(self) -> RuleSet:
        """The set in force now. The folder is looked at once in ``every`` seconds, by one thread."""
        if self._folder is not None and monotonic() >= self._until and self._lock.acquire(blocking=False):
            try:
                self._read_what_changed()
            finally:
                self._until = monotonic() + self._every
                self._lock.release()
        return self._rules

    def _read_what_changed(self) -> None:
        seen = _look(self._folder)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._rules = rule_set(self._folder)
        except SettingsError as wrong:
            self.refused = True
            for issue in wrong.issues:
                log.error("reuse-rules-refused", at=issue.expression, rule=issue.rule, text=issue.text())
            return
        self.refused = False
        log.info("reuse-rules-taken", digest=self._rules.digest, rules=len(self._rules.rules))


def _look(folder: Path | None) -> _Look:
    """What would be different had a list been written, added or taken away; the fault where it cannot be seen."""
    if folder is None:
        return ()
    try:
        return tuple(
            (path.name, found.st_mtime_ns, found.st_size, found.st_ino)
            for path in sorted(folder.glob("*.toml"))
            for found in [path.stat()]
        )
    except OSError as gone:
        return type(gone).__name__
