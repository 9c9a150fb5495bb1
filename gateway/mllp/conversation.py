"""One connection: its messages one after the other. While one is taken nothing more is read, so that a sender who
is faster than the gateway waits, in its own network's buffers and not in our memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

import structlog

from gateway.errors import TooLarge
from gateway.mllp.door import Door, Unanswered
from gateway.mllp.framing import Blocks, framed
from gateway.mllp.header import read_header
from gateway.mllp.room import Room

PIECE = 64 * 1024  # bytes read at once
LINGER = 5  # seconds a sender is heard out, unheeded, after a message that was too long
PAUSE = 1  # seconds before a connection without an answer is closed: its sender begins again at once

_log = structlog.get_logger("gateway.mllp")


@dataclass(frozen=True, slots=True)
class Limits:
    """``largest``: bytes of a message. ``idle``: seconds between messages. ``patience``: seconds from the first byte
    of a message to its last, and for the sender to read its answer."""

    largest: int
    idle: float
    patience: float


class Conversation:
    """``taking``: a message is being taken or answered. ``ends``: set when the gateway stops."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        take: Callable[[bytes], Awaitable[list[bytes]]],
        door: Door,
        limits: Limits,
        room: Room,
        ends: asyncio.Event,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._take = take
        self._door = door
        self._limits = limits
        self._room = room
        self._ends = ends
        self._blocks = Blocks(limits.largest)
        self.taking = False

    async def hold(self) -> str:
        """Until it ends, and why: ended, idle, slow, unread, too-long, unanswered, stopped, lost."""
        try:
            while not self._ends.is_set():
                block = await self._next()
                if block is None:
                    return "ended"
                self.taking = True
                await self._answer(await self._take(block))
                self.taking = False
                self._room.hold(self, 0)  # whoever has waited longer goes first
        except TimeoutError:
            return "unread" if self.taking else "slow" if self._blocks.open else "idle"
        except TooLarge as refused:
            header = read_header(self._blocks.beginning, whole=False)
            self.taking = True
            await self._answer(self._door.refused(header, refused, monotonic()))
            await self._hear_out()
            return "too-long"
        except Unanswered:
            await self._pause()
            return "unanswered"
        except OSError:  # ssl.SSLError is one
            return "lost"
        finally:
            self._room.hold(self, 0)
            if self._blocks.strayed or self._blocks.broken_off:
                _log.warning("mllp-strayed", bytes=self._blocks.strayed, broken_off=self._blocks.broken_off)
        return "stopped"

    async def _next(self) -> bytes | None:
        """The next block; None when the sender has ended. TimeoutError when it takes too long."""
        last = monotonic()
        begun = 0.0
        while (block := self._blocks.next()) is None:
            begun = begun or (monotonic() if self._blocks.open else 0.0)
            self._room.hold(self, self._blocks.size)
            waits = monotonic()
            await self._room.wait(self)
            waited = monotonic() - waits  # no fault of the sender's
            last += waited
            begun += waited if begun else 0.0
            until = begun + self._limits.patience if begun else last + self._limits.idle
            piece = await asyncio.wait_for(self._reader.read(PIECE), max(0.0, until - monotonic()))
            if not piece:
                return None
            self._blocks.add(piece)
            self._room.hold(self, self._blocks.size)
        return block

    async def _answer(self, messages: list[bytes]) -> None:
        for message in messages:
            self._writer.write(framed(message))
        await asyncio.wait_for(self._writer.drain(), self._limits.patience)

    async def _hear_out(self) -> None:
        """Drop the rest for a while: a connection closed with bytes unread is reset, and the answer lost with it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                while await self._reader.read(PIECE):
                    pass

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ends.wait(), PAUSE)
