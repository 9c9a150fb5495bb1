"""Regular expressions of ``matches``: as Python's own where both have an answer, and never slower than the text."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.r4.fhirpath import FhirPathError
from gateway.r4.fhirpath.regular import pattern

_ATOMS = st.sampled_from(["a", "b", "c", "[ab]", "[^a]", ".", r"\.", r"\d", r"[\w.]", r"\S", "[a-c-]", "{", "é"])
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


class Steps:
    """Counts what a match costs."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, steps: int) -> None:
        self.count += steps


@example("(?:a)*{", "aa{")
@given(_REGULAR, _TEXTS)
def test_it_finds_what_pythons_own_finds(text: str, searched: str) -> None:
    # $ is the end of the text, where Python's is also before a line end that is last
    theirs = re.compile(text.replace("$", r"\Z"), re.DOTALL | re.ASCII)
    assert pattern(text).is_in(searched, Steps()) == (theirs.search(searched) is not None)


@given(_REGULAR, _TEXTS)
def test_a_match_ends_where_pythons_own_ends(text: str, searched: str) -> None:
    theirs = re.compile(text.replace("$", r"\Z"), re.DOTALL | re.ASCII)
    for start in range(len(searched) + 1):
        match = theirs.match(searched, start)
        try:
            found = pattern(text).found(searched, start, Steps())
        except FhirPathError:  # it repeats what may be empty
            return
        assert found == (match.end() if match else None)


@pytest.mark.parametrize(
    "text", ["(a+)+$", "(a|a)*b", "(a*)*b", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a?){30}a{30}b"]
)
def test_a_pattern_made_to_hurt_costs_what_its_text_is_long(text: str) -> None:
    def cost(length: int) -> int:
        steps = Steps()
        pattern.cache_clear()
        assert not pattern(text).is_in("a" * length + "!", steps)
        return steps.count

    assert cost(20_000) <= cost(2_000) * 10 + 1000


@pytest.mark.parametrize(
    ("text", "matching", "other"),
    [
        ("[A-Z]([A-Za-z0-9_]){0,254}", "Abc", "abc"),
        (r"^[^\s]+(\s[^\s]+)*$", "a b", "a  b"),
        (r"^\p{Lu}\p{L}*$", "Đặng", "đặng"),
        (r"^\P{L}+$", "123", "1a3"),
        (r"\x41\u0042", "AB", "ab"),
        (r"\Aab\z", "ab", "abc"),
        (r"^[\]\-^]+$", "]-^", "a"),
        ("^[^]a]$", "b", "]"),
        ("a{,2}", "a{,2}", "aa"),
        (r"^(a|)$", "", "b"),
    ],
)
def test_the_usual_syntax_is_read(text: str, matching: str, other: str) -> None:
    assert pattern(text).is_in(matching, Steps())
    assert not pattern(text).is_in(other, Steps())


@pytest.mark.parametrize(
    "text",
    [
        r"(a)\1", "(?=a)", "(?i)a", "(?<n>a)", "a**", "a++", "*a", "(a", "a)", "[a", "[[a]]", "[a&&b]", r"\b", r"\q",
        r"\p{Greek}", r"\u12", "a\\", "a{2000}", "a{3,2}", "(" * 100, "(((((a{50}){50}){50}){50}){50})", "a" * 3000,
    ],
)  # fmt: skip
def test_what_is_no_pattern_or_more_than_one_is_refused(text: str) -> None:
    with pytest.raises(FhirPathError):
        pattern(text)


@given(st.text(alphabet=string.ascii_letters + r"\()[]{}*+?|^$.,-0123456789&", max_size=30), _TEXTS)
def test_no_text_makes_the_reader_fail_with_anything_else(text: str, searched: str) -> None:
    try:
        pattern(text).is_in(searched, Steps())
    except FhirPathError:
        return
