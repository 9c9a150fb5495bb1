"""Blocks come out whole, in whatever pieces they arrive, and nothing else comes out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import TooLarge
from gateway.mllp.framing import Blocks, framed

_MESSAGES = st.lists(st.binary(max_size=40).filter(lambda one: b"\x0b" not in one and b"\x1c\r" not in one + b"\r"))


def came(*pieces: bytes, limit: int = 1000) -> tuple[list[bytes], Blocks]:
    blocks = Blocks(limit)
    found = []
    for piece in pieces:
        blocks.add(piece)
        found += list(iter(blocks.next, None))
    return found, blocks


@given(_MESSAGES, st.lists(st.integers(0, 400)))
def test_however_the_bytes_are_cut_the_same_messages_come_out(messages: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(map(framed, messages))
    at = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[begin:end] for begin, end in pairwise(at)]
    assert came(*pieces)[0] == messages
    assert came(*(bytes([byte]) for byte in stream))[0] == messages


def test_what_stands_between_blocks_is_counted_and_dropped() -> None:
    found, blocks = came(b"junk\r\n", framed(b"MSH|1"), b"\r\nxx", framed(b"MSH|2"))
    assert (found, blocks.strayed) == ([b"MSH|1", b"MSH|2"], 6)


def test_a_block_begun_again_is_not_joined_to_its_first_half() -> None:
    found, blocks = came(b"\x0bMSH|ha", b"lf\x0b", b"MSH|whole\r\x1c\r")
    assert (found, blocks.broken_off) == ([b"MSH|whole\r"], 1)


def test_an_fs_alone_ends_no_block_since_what_stands_before_it_may_be_half_a_message() -> None:
    assert came(b"\x0bMSH|1\rOBX|\x1cNTE|\r")[0] == []
    assert came(b"\x0bMSH|1\rOBX|\x1cNTE|\r\x1c", b"\r")[0] == [b"MSH|1\rOBX|\x1cNTE|\r"]


@pytest.mark.parametrize("ends", [b"", b"\x1c\r"])
def test_a_block_longer_than_the_limit_is_refused_as_soon_as_it_is(ends: bytes) -> None:
    assert came(framed(b"x" * 10), limit=10)[0] == [b"x" * 10]
    with pytest.raises(TooLarge):
        came(b"\x0b" + b"x" * 11 + ends, limit=10)
    with pytest.raises(TooLarge):
        came(b"\x0b", b"xxxxxx", b"xxxxx" + ends, limit=10)
