"""Listeners and their connections, in a thread of its own beside the HTTP door; intake works in others.

A stop closes what is idle at once; a message that is being taken is taken to its end and answered first.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import structlog

from gateway.errors import SettingsError
from gateway.mllp.conversation import PIECE, Conversation, Limits
from gateway.mllp.door import Door, Told
from gateway.mllp.room import Room
from gateway.settings import Listener, Settings

HANDSHAKE = 10  # seconds for TLS
_BACKLOG = 128  # connections that wait to be accepted

_log = structlog.get_logger("gateway.mllp")


@dataclass(frozen=True, slots=True)
class Open:
    """A listener that listens. ``socket`` may be shared by the serving processes that were forked after it opened."""

    listener: Listener
    socket: socket.socket


def opened(listeners: Sequence[Listener]) -> list[Open]:
    """All of them listening; SettingsError when one cannot."""
    made: list[Open] = []
    for listener in listeners:
        try:
            family = socket.getaddrinfo(listener.host, listener.port, type=socket.SOCK_STREAM)[0][0]
            address = (listener.host, listener.port)
            made.append(Open(listener, socket.create_server(address, family=family, backlog=_BACKLOG)))
        except (OSError, OverflowError) as wrong:
            for one in made:
                one.socket.close()
            error = getattr(wrong, "strerror", None) or str(wrong)
            raise SettingsError("serve-address", "GATEWAY_MLLP", bind=listener.bind, error=error) from None
    return made


class MllpServer:
    """``start`` it in the process that serves; ``stop`` may be called from a signal's handler; then ``join``."""

    def __init__(
        self, door: Door, listening: Sequence[Open], settings: Settings, told: Told, tls: ssl.SSLContext | None
    ) -> None:
        self._door = door
        self._listening = listening
        self._most = settings.mllp_connections
        self._limits = Limits(settings.max_payload_bytes, settings.mllp_idle_seconds, settings.request_seconds)
        self._room = Room(settings.mllp_memory_bytes)
        self._takers = settings.threads
        self._told = told
        self._tls = tls
        self._conversations: dict[asyncio.Task[None], Conversation] = {}
        self._loop = asyncio.new_event_loop()
        self._ends = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="mllp", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """No message is begun any more."""
        with suppress(RuntimeError):  # it has ended already
            self._loop.call_soon_threadsafe(self._ends.set)

    def join(self, seconds: float) -> bool:
        """True when all that was being taken is answered within that time."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        with ThreadPoolExecutor(self._takers, thread_name_prefix="mllp-taking") as self._pool:
            self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        servers = [await self._accepting(one) for one in self._listening]
        await self._ends.wait()
        for server in servers:
            server.close()
        for task, conversation in self._conversations.items():
            if not conversation.taking:
                task.cancel()
        while self._conversations:
            await asyncio.wait(list(self._conversations))

    async def _accepting(self, one: Open) -> asyncio.Server:
        async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._meet(reader, writer, one.listener)

        handshake = HANDSHAKE if self._tls else None
        return await asyncio.start_server(
            met, sock=one.socket, limit=PIECE, ssl=self._tls, ssl_handshake_timeout=handshake, backlog=_BACKLOG
        )

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener: Listener) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # asyncio.start_server runs it in one
        writer.transport.set_write_buffer_limits(0)  # drained means given to the network
        why = "full"
        if len(self._conversations) < self._most:
            conversation = self._conversation(reader, writer, listener)
            self._conversations[task] = conversation
            self._told.mllp_connections(1)
            try:
                why = await conversation.hold()
            except asyncio.CancelledError:
                why = "stopped"
            finally:
                self._told.mllp_connections(-1)
                del self._conversations[task]
        writer.close()
        self._told.mllp_closed(why)
        if why not in ("ended", "stopped"):
            _log.warning("mllp-closed", why=why, listener=listener.bind)

    def _conversation(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener: Listener
    ) -> Conversation:
        async def take(block: bytes) -> list[bytes]:
            return await self._loop.run_in_executor(self._pool, self._door.take, block, listener.facility)

        return Conversation(reader, writer, take, self._door, self._limits, self._room, self._ends)
