"""How much all connections together may hold of messages that are not yet answered."""

from __future__ import annotations

import asyncio

import structlog

_log = structlog.get_logger("gateway.mllp")


class Room:
    """``limit``: bytes. Whoever would go beyond it waits before it reads on.

    But for the one that began its message first: if that one waited too, all would wait for each other. So
    what is held is at most the limit, one message, and the piece that each connection was reading meanwhile.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: dict[object, int] = {}  # who began first stands first
        self._used = 0
        self._waiting = 0
        self._changed = asyncio.Event()

    def hold(self, who: object, size: int) -> None:
        """From now on ``who`` holds that many bytes; 0 when its message is answered, or given up."""
        before = self._held.get(who, 0)
        self._used += size - before
        if size:
            self._held[who] = size
        else:
            self._held.pop(who, None)
        if size < before:
            self._changed.set()
            self._changed = asyncio.Event()

    def has(self, who: object) -> bool:
        """True when ``who`` may read on."""
        return self._used < self._limit or next(iter(self._held), who) is who

    async def wait(self, who: object) -> None:
        """Until ``who`` may read on."""
        if self.has(who):
            return
        if not self._waiting:  # the first tells of all
            _log.warning("mllp-memory-full", bytes=self._used, connections=len(self._held))
        self._waiting += 1
        try:
            while not self.has(who):
                await self._changed.wait()
        finally:
            self._waiting -= 1
