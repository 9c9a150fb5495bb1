"""A sealed secret is read by who knows the passphrase, and by nobody else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import SettingsError
from gateway.trust.sealed import seal, unseal


@settings(max_examples=5, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_what_was_sealed_is_read_again(text: str) -> None:
    assert unseal(seal(text, "right"), "right") == text


def test_it_shows_nothing_and_is_different_each_time() -> None:
    one, other = seal("private", "right"), seal("private", "right")
    assert "private" not in one
    assert one != other


@pytest.mark.parametrize("spoil", [lambda text: text, lambda text: text[:-2] + "AA", lambda text: "x", lambda text: ""])
def test_another_passphrase_or_a_changed_text_is_refused(spoil: object) -> None:
    sealed = seal("private", "right")
    changed = spoil(sealed)  # type: ignore[operator]  # a callable of the list above
    with pytest.raises(SettingsError, match="cannot be read"):
        unseal(changed, "wrong" if changed == sealed else "right")
