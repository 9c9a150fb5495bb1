"""What is packed comes back byte for byte; what cannot be had back is said so, within bounded memory."""

from __future__ import annotations

import tracemalloc
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.errors import StoreUnavailable
from gateway.store import packing
from gateway.store.packing import MARK, packed, unpacked, unpacked_or_as_found

TEXT = b'{"resourceType":"Observation","valueQuantity":{"value":5.10}}' * 40


@given(st.one_of(st.binary(), st.binary(min_size=1).map(lambda piece: piece * 500), st.binary().map(MARK.__add__)))
@example(MARK)
@example(MARK + bytes(4))
@example(packed(TEXT))
def test_any_bytes_come_back(plain: bytes) -> None:
    assert unpacked(packed(plain)) == plain


@given(st.binary().filter(lambda plain: not plain.startswith(MARK)))
def test_what_was_stored_plain_is_read_as_it_stands(plain: bytes) -> None:
    assert unpacked(plain) == plain


def test_text_shrinks_and_what_would_not_is_left_as_it_is() -> None:
    assert len(packed(TEXT)) < len(TEXT) / 10
    dense = zlib.compress(bytes(range(256)) * 4)
    for plain in (b"", b"MSH|", dense):
        assert packed(plain) is plain


@given(st.integers(0, len(packed(TEXT)) - 1))
def test_a_changed_byte_never_gives_other_bytes_than_those_packed(place: int) -> None:
    spoiled = bytearray(packed(TEXT))
    spoiled[place] ^= 0x40
    if place < len(MARK):  # then it is not packed: a digest beside it tells
        assert unpacked(bytes(spoiled)) == bytes(spoiled)
    else:
        assert unpacked_or_as_found(bytes(spoiled)) in (TEXT, bytes(spoiled))  # a bit of filling says nothing


@given(st.integers(len(MARK), len(packed(TEXT)) - 1))
def test_a_cut_one_is_noticed(length: int) -> None:
    assert broken(packed(TEXT)[:length])


def test_what_follows_the_stream_is_noticed() -> None:
    assert broken(packed(TEXT) + b"\x00")


def test_a_stream_that_holds_more_than_it_says_is_stopped_there() -> None:
    bomb = MARK + (1000).to_bytes(4, "big") + zlib.compress(bytes(50_000_000))
    tracemalloc.start()
    assert broken(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_what_is_larger_than_may_be_read_is_never_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = packed(TEXT)
    monkeypatch.setattr(packing, "LARGEST", len(TEXT) - 1)
    assert packed(TEXT) is TEXT
    assert broken(before)


def test_who_compares_with_a_digest_gets_broken_ones_as_they_stand() -> None:
    assert unpacked_or_as_found(packed(TEXT)) == TEXT
    assert unpacked_or_as_found(packed(TEXT)[:-1]) == packed(TEXT)[:-1]


def broken(kept: bytes) -> bool:
    with pytest.raises(StoreUnavailable) as raised:
        unpacked(kept)
    return raised.value.issues[0].rule == "store-bytes-broken"
