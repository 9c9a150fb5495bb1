"""Blocks of MLLP: VT, a message, FS, CR; in however many pieces they arrive. Nothing here waits or reads."""

from __future__ import annotations

from gateway.errors import TooLarge

VT, FS_CR = b"\x0b", b"\x1c\r"
BEGINNING = 8192  # bytes of a block that is too long, kept to see whose it was


def framed(message: bytes) -> bytes:
    """The message as one block."""
    return VT + message + FS_CR


class Blocks:
    """What has arrived on one connection. ``limit``: bytes of a block.

    A block ends at FS CR and nowhere else: an FS alone may be a damaged value, and what stands before it
    must not pass for the whole message. A VT amid a block is a sender that broke off and began again: what
    it had sent before is no message. ``strayed``: bytes outside any block, line ends left out;
    ``broken_off``: blocks that were begun again.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._come = bytearray()
        self._searched = 0
        self.open = False
        self.strayed = 0
        self.broken_off = 0

    def add(self, piece: bytes) -> None:
        self._come += piece

    def next(self) -> bytes | None:
        """The next whole block; None while more must arrive. TooLarge as soon as it is longer than the limit."""
        if not self.open and not self._opened():
            return None
        end = self._come.find(FS_CR, max(0, self._searched - 1))
        until = end if end >= 0 else len(self._come)
        again = self._come.rfind(VT, self._searched, until) + 1
        if again:
            self.broken_off += 1
            del self._come[:again]
            until -= again
        if until > self._limit:
            raise TooLarge("mllp-too-long", limit=self._limit)
        if end < 0:
            self._searched = until
            return None
        block = bytes(self._come[:until])
        del self._come[: until + len(FS_CR)]
        self.open = False
        return block

    @property
    def size(self) -> int:
        """Bytes that have arrived and are in no block that was given out."""
        return len(self._come)

    @property
    def beginning(self) -> bytes:
        """Of the block that has not ended."""
        return bytes(self._come[:BEGINNING])

    def _opened(self) -> bool:
        at = self._come.find(VT)
        stray = self._come if at < 0 else self._come[:at]
        self.strayed += len(stray.translate(None, b"\r\n"))
        del self._come[: at + 1 if at >= 0 else len(self._come)]
        self._searched = 0
        self.open = at >= 0
        return self.open
