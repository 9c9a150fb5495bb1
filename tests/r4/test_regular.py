"""Regular expressions of ``matches`` and ``replaceMatches``: FHIRPath's meaning, and no pattern made to hurt hurts."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.r4.fhirpath import FhirPathError
from gateway.r4.fhirpath.regular import found, replaced

_ATOMS = st.sampled_from(["a", "b", "c", "[ab]", "[^a]", ".", r"\.", r"\d", r"[\w.]", r"\S", "[a-c-]", "é"])
_REGULAR = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("({}|{})".format, inner, inner),
        st.builds("(?:{}){}".format, inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{2,}", "*?", "+?", "??"])),
        st.builds("^{}".format, inner),
        st.builds("{}$".format, inner),
    ),
    max_leaves=8,
)
_TEXTS = st.text(alphabet="abc.1é\n", max_size=10)


@given(_REGULAR, _TEXTS)
def test_it_finds_what_pythons_own_finds(regular: str, searched: str) -> None:
    # $ is the end of the text, where Python's is also before a line end that is last
    theirs = re.compile(regular.replace("$", r"\Z"), re.DOTALL | re.ASCII)
    assert found(regular, searched) == (theirs.search(searched) is not None)


@pytest.mark.parametrize("regular", ["(a+)+$", "(a|a)*b", "(a*)*b", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_a_pattern_made_to_hurt_comes_to_an_end(regular: str) -> None:
    assert not found(regular, "a" * 100_000 + "!")


@pytest.mark.parametrize(
    ("regular", "matching", "other"),
    [
        ("[A-Z]([A-Za-z0-9_]){0,254}", "Abc", "abc"),
        (r"^[^\s]+(\s[^\s]+)*$", "a b", "a  b"),
        (r"^\p{Lu}\p{L}*$", "Đặng", "đặng"),
        (r"^\P{L}+$", "123", "1a3"),
        (r"\Aab\z", "ab", "abc"),
        (r"^[\]\-^]+$", "]-^", "a"),
        (r"^(a|)$", "", "b"),
        ("a.b", "a\nb", "ab"),
    ],
)
def test_the_usual_syntax_is_read(regular: str, matching: str, other: str) -> None:
    assert found(regular, matching)
    assert not found(regular, other)


def test_every_part_that_matches_is_replaced() -> None:
    assert replaced(r"\d+", "a1b22", "-") == "a-b-"
    assert replaced("é", "café", "e") == "cafe"


def test_what_a_group_matched_cannot_be_put_in_place() -> None:
    with pytest.raises(FhirPathError):
        replaced("(a)", "a", "$1")


@pytest.mark.parametrize("regular", [r"(a)\1", "(?=a)", "*a", "(a", "a)", "[a", r"\q", "a{3,2}", "a" * 3000, "\ud800"])
def test_what_is_no_pattern_or_more_than_one_is_refused(regular: str) -> None:
    with pytest.raises(FhirPathError):
        found(regular, "a")


def test_a_text_with_half_a_character_is_undecided() -> None:
    with pytest.raises(FhirPathError):
        found("a", "\ud800")
    with pytest.raises(FhirPathError):
        replaced("a", "\ud800", "b")


@given(st.text(alphabet=string.ascii_letters + r"\()[]{}*+?|^$.,-0123456789&", max_size=30), _TEXTS)
def test_no_text_makes_the_reader_fail_with_anything_else(regular: str, searched: str) -> None:
    try:
        found(regular, searched)
    except FhirPathError:
        return
