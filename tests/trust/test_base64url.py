"""base64 read strictly: one text for one value, and no other text is taken for it."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.trust.base64url import decode, decode_padded, digest, encode


@given(st.binary(max_size=100))
def test_what_is_written_is_read_back(value: bytes) -> None:
    assert decode(encode(value)) == value
    assert decode_padded(base64.b64encode(value).decode()) == value


@given(st.text(alphabet="AQgw-_+/=\n \u00e9", max_size=12))
def test_a_text_is_read_only_if_it_would_be_written_so(text: str) -> None:
    for read, write in ((decode, encode), (decode_padded, lambda value: base64.b64encode(value).decode())):
        try:
            value = read(text)
        except ValueError:
            continue
        assert write(value) == text


@pytest.mark.parametrize("text", ["YQ==", "YR", "Y", "Y Q", "YQ\n", "+/8", "é"])
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        decode(text)


def test_a_digest_has_43_characters() -> None:
    assert digest(b"") == "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
