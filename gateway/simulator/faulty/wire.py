"""Wire: one connection of a sender to an MLLP listener, and what of it a fault may break."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from gateway.mllp.framing import FS_CR, VT, Blocks, framed

_MOST = 64 * 1024 * 1024


class Wire:
    """One connection of a sender. A fault overrides what it breaks; without, all goes through as it comes.

    ``whole``: the proxy waits for whole messages and gives each to ``heard``; else each piece as it comes to ``up``.
    """

    whole = False

    def __init__(self, sender: socket.socket, listener: socket.socket) -> None:
        self._sender, self._listener = sender, listener
        self._blocks = Blocks(_MOST)

    # ---- what a fault may break -------------------------------------------------------

    def up(self, piece: bytes) -> bytes:
        """What goes on of a piece."""
        return piece

    def heard(self, message: bytes) -> bytes:
        """What goes on of a message; b"" for nothing."""
        return message

    def down(self, message: bytes) -> bytes:
        """What goes back, framed, of an acknowledgement."""
        return framed(message)

    def over(self) -> None:
        """The sender has ended."""

    # ---- for faults -------------------------------------------------------------------

    def say(self, data: bytes) -> None:
        with suppress(OSError):
            self._sender.sendall(data)

    def hang_up(self) -> None:
        with suppress(OSError):
            self._sender.shutdown(socket.SHUT_RDWR)

    # ---- for its listener -------------------------------------------------------------

    def carry(self) -> None:
        """Until the sender ends."""
        back = threading.Thread(target=self._back, daemon=True)
        back.start()
        with suppress(OSError):
            while piece := self._sender.recv(65536):
                self._listener.sendall(self._on(piece))
            self.over()
            self._listener.shutdown(socket.SHUT_WR)
        back.join()

    def _on(self, piece: bytes) -> bytes:
        if not self.whole:
            return self.up(piece)
        self._blocks.add(piece)
        messages = [self.heard(one) for one in iter(self._blocks.next, None)]
        return b"".join(framed(one) for one in messages if one)

    def _back(self) -> None:
        come = b""
        with suppress(OSError):
            while piece := self._listener.recv(65536):
                come += piece
                while FS_CR in come:
                    block, _, come = come.partition(FS_CR)
                    self.say(self.down(block.removeprefix(VT)))
        self.hang_up()
