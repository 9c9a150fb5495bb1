"""The canonical form (RFC 8785) and the lexical one."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotConformant
from gateway.jsontext import Number, dumps, loads
from gateway.r4 import canonical, lexical
from gateway.r4.canonical import _as_double, _as_token, _usual, _written, both

_SAFE = 2**53 - 1
_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
_numbers = st.integers(-_SAFE, _SAFE) | st.floats(allow_nan=False, allow_infinity=False)
_values = st.recursive(
    st.none() | st.booleans() | _numbers | _texts,
    lambda inner: st.lists(inner) | st.dictionaries(_texts, inner),
    max_leaves=20,
)
_tokens = st.from_regex(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,2})?", fullmatch=True)


@given(_values)
def test_it_is_what_the_rfc8785_library_writes(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_read_from_text_is_written_as_the_library_writes_its_double(number: float) -> None:
    assert canonical(loads(f"[{number!r}]")) == rfc8785.dumps([number])


@given(_tokens)
def test_the_lexical_form_keeps_every_token(token: str) -> None:
    assert lexical(loads(f'{{"b":{token},"a":[{token}]}}')) == f'{{"a":[{token}],"b":{token}}}'.encode()


@given(_values)
def test_without_numbers_both_forms_are_the_same(value: Any) -> None:
    texts = json.loads(json.dumps(value), parse_float=str, parse_int=str)
    assert lexical(texts) == canonical(texts)


@given(_values)
def test_the_canonical_form_reads_back_as_the_same_value(value: Any) -> None:
    assert canonical(loads(canonical(value))) == canonical(value)


_read = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | _tokens.map(loads)
    | _texts
    | st.floats()
    | st.decimals(),
    lambda inner: st.lists(inner) | st.dictionaries(_texts | st.text("ab\U0001f600\ue000", max_size=2), inner),
    max_leaves=20,
)


@given(_read)
def test_the_quick_way_writes_what_the_whole_way_writes(value: Any) -> None:
    if _usual(value):
        assert both(value) == (_written(value, _as_double), _written(value, _as_token))


@given(_values.map(lambda value: loads(dumps(value))))
def test_what_is_read_goes_the_quick_way_unless_a_key_or_a_number_is_unusual(value: Any) -> None:
    assert _usual(value) or not dumps(value).isascii() or re.search(rb"\d{15}", dumps(value))


def test_a_trailing_zero_changes_only_the_lexical_form() -> None:
    assert canonical(Number("1.50")) == canonical(Number("1.5")) == b"1.5"
    assert (lexical(Number("1.50")), lexical(Number("1.5"))) == (b"1.50", b"1.5")


@pytest.mark.parametrize(
    ("token", "written"),
    [
        ("1E2", b"100"),
        ("-0", b"0"),
        ("1.0", b"1"),
        ("1e21", b"1e+21"),
        ("0.0000001", b"1e-7"),
        ("0.000001", b"0.000001"),
        ("333333333.33333329", b"333333333.3333333"),
        ("123456789012345680000.0", b"123456789012345680000"),
    ],
)
def test_numbers_are_written_as_ecmascript_writes_them(token: str, written: bytes) -> None:
    assert canonical(Number(token)) == written


def test_the_example_of_the_rfc_comes_out_to_the_letter() -> None:
    """RFC 8785 sections 3.2.2 and 3.2.4."""
    text = r"""{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"""
    assert canonical(loads(text)).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_keys_are_sorted_by_utf16_code_units_as_the_rfc_shows() -> None:
    """RFC 8785 section 3.2.3: the emoji's surrogates come before U+FB33, its code point after it."""
    keys = ["€", "\r", "\ufb33", "1", "😀", "\u0080", "ö"]
    assert list(json.loads(canonical(dict.fromkeys(keys, 0)))) == ["\r", "1", "\u0080", "ö", "€", "😀", "\ufb33"]


@pytest.mark.parametrize(
    "value",
    [
        Number("1E400"),
        Number("-1E400"),
        Number("1E-400"),
        2**53 + 1,
        -(2**53) - 1,
        10**21,
        10**400,
        float("nan"),
        float("inf"),
        Decimal("NaN"),
    ],
)
def test_a_number_it_cannot_write_is_refused(value: Any) -> None:
    with pytest.raises(NotConformant, match="canonical form") as refused:
        canonical({"a": [value]})
    assert refused.value.status == 422


@pytest.mark.parametrize("number", [_SAFE, -_SAFE, 2**53, 10**20, 123456789012345680000])
def test_a_large_integer_is_written_when_its_double_is_written_with_the_same_digits(number: int) -> None:
    assert canonical(number) == str(number).encode()


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), 1.5])
def test_a_number_without_a_token_has_no_lexical_form(value: Any) -> None:
    with pytest.raises(NotConformant, match="canonical form"):
        lexical(value)


def test_a_decimal_that_was_not_read_is_written_by_its_digits() -> None:
    assert (lexical(Decimal("5.10")), canonical(Decimal("5.10"))) == (b"5.10", b"5.1")
    assert lexical(Decimal("1E+2")) == b"1E+2"


@pytest.mark.parametrize("form", [canonical, lexical])
@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("\ud800", "canonical-surrogate"),
        ({1: 2}, "canonical-kind"),
        ({1, 2}, "canonical-kind"),
        (b"a", "canonical-kind"),
    ],
)
def test_what_is_not_json_is_refused(form: Any, value: Any, rule: str) -> None:
    with pytest.raises(NotConformant) as refused:
        form([value])
    assert refused.value.issues[0].rule == rule


def test_nesting_without_end_is_refused_and_does_not_raise_a_recursion_error() -> None:
    value: Any = 1
    for _ in range(100_000):
        value = [value]
    with pytest.raises(NotConformant, match="deeper than 100 levels"):
        canonical(value)
