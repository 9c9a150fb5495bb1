"""What is packed comes back byte for byte; what cannot be had back is said so, within bounded memory."""

from __future__ import annotations

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


def test_a_stream_that_holds_more_than_it_says_is_stopped_there(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zlib.compress(bytes(50_000_000))
    assert broken(said(1000) + bomb)
    assert broken(said(packing.LARGEST + 1) + bomb)
    monkeypatch.setattr(packing, "LARGEST", 1000)
    assert packed(TEXT) is TEXT  # what is larger is never packed, so it is always read


def test_who_compares_with_a_digest_gets_broken_ones_as_they_stand() -> None:
    assert unpacked_or_as_found(packed(TEXT)) == TEXT
    assert unpacked_or_as_found(packed(TEXT)[:-1]) == packed(TEXT)[:-1]


def said(length: int) -> bytes:
    return MARK + length.to_bytes(4, "big")


def broken(kept: bytes) -> bool:
    with pytest.raises(StoreUnavailable) as raised:
        unpacked(kept)
    return raised.value.issues[0].rule == "store-bytes-broken"
