"""A source's words inside a card: as they read, and never markup, a link or HTML."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cds.markdown import LONGEST_SUMMARY, escaped, plain, shortened

_BARE = re.compile(r"(?<!\\)(?:\\\\)*[`*_\[\]|~@]")
_TEXT = st.text(alphabet="aé1 <>&\\`*_[]|~@:/.wW\n\x00", max_size=40)


def read(markdown: str) -> str:
    """What a reader sees of it: escapes and entities undone."""
    return html.unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown))


@given(_TEXT)
def test_nothing_of_a_value_is_markup_and_all_of_it_is_read(text: str) -> None:
    made = escaped(text)
    assert read(made) == plain(text)
    assert not re.search(r"[<>\n]", made)
    assert not _BARE.search(made)
    assert "://" not in made
    assert not re.search(r"(?i)\bwww\.", made)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("<5.10", "&lt;5.10"),
        ("<img src=x>", "&lt;img src=x&gt;"),
        ("[a](http://x)", r"\[a\](http\://x)"),
        ("a|b", r"a\|b"),
        ("19/11/2026 – 3", "19/11/2026 – 3"),
    ],
)
def test_values_keep_their_digits_and_signs(text: str, made: str) -> None:
    assert escaped(text) == made


@given(st.text(max_size=400))
def test_a_summary_is_one_line_of_less_than_140_characters(text: str) -> None:
    made = shortened(text, LONGEST_SUMMARY)
    assert len(made) < 140
    assert made.isprintable()
