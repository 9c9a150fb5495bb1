"""JSON as it was written: every number to the digit, and nothing that two readers could read differently."""

from __future__ import annotations

import copy
import json
import pickle
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import jsontext
from gateway.errors import PayloadError
from gateway.jsontext import MAX_DEPTH, Number, dumps, loads

TOKENS = st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
VALUES = st.recursive(
    st.none() | st.booleans() | TEXTS | TOKENS.map(loads),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def rule(text: bytes | str) -> str:
    with pytest.raises(PayloadError) as refused:
        loads(text)
    return refused.value.issues[0].rule


@given(TOKENS)
def test_every_number_is_written_as_it_was_read(token: str) -> None:
    assert dumps(loads(token)).decode() == token
    assert dumps(loads(f'{{"a":[{token}]}}')).decode() == f'{{"a":[{token}]}}'


@given(VALUES)
def test_whatever_is_written_is_read_again_the_same(value: Any) -> None:
    text = dumps(value)
    assert dumps(loads(text)) == text
    assert loads(text) == value
    assert json.loads(text, parse_float=Decimal) == value


@given(
    VALUES.map(dumps)
    | VALUES.map(lambda value: dumps(value).replace(b":", b": "))
    | st.text(alphabet='{}[]":,0123e-.\\u n"', max_size=40).map(str.encode)
    | st.sampled_from([b"-0", b'{"a":1,"a":1}', b'"\\u0000"', b'"\\ud800"', b'"\\u00e1"', b"[1e5,-0.0]", b" 1"])
)
def test_the_quick_reader_reads_only_what_the_careful_one_reads_and_the_same(text: bytes) -> None:
    quick = jsontext._as_we_write(text)
    if quick is not jsontext._OTHERWISE:
        assert dumps(quick) == dumps(jsontext._as_anybody_writes(text)) == text


@given(VALUES)
def test_what_we_wrote_ourselves_is_read_by_the_quick_reader(value: Any) -> None:
    text = dumps(value)
    assert b"-0" in text or b"\\u0000" in text or jsontext._as_we_write(text) is not jsontext._OTHERWISE


def test_an_integer_of_four_thousand_digits_is_read_and_one_more_refused() -> None:
    longest = "9" * 4000
    assert dumps(loads(longest)).decode() == longest
    assert dumps(loads(f"[-{longest}]")).decode() == f"[-{longest}]"
    assert rule(longest + "9") == "json-number-too-long"


@given(st.dictionaries(TEXTS, TEXTS, max_size=6))
def test_keys_keep_their_order_however_they_were_escaped(value: dict[str, str]) -> None:
    assert list(loads(json.dumps(value, ensure_ascii=True)).items()) == list(value.items())
    assert dumps(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@given(st.binary(max_size=60) | st.text(alphabet='{}[]":,0123e-.\\u n"', max_size=60).map(str.encode))
def test_whatever_the_bytes_they_are_read_or_refused_by_a_rule(text: bytes) -> None:
    broken = ""
    try:
        dumps(loads(text))
    except PayloadError as refused:
        broken = refused.issues[0].rule
    assert not broken or broken.startswith("json-")


def test_a_number_is_equal_as_a_decimal_and_keeps_its_text_through_copies() -> None:
    number = loads("5.10")
    assert number == Decimal("5.1")
    for twin in (copy.deepcopy(number), copy.copy(number), pickle.loads(pickle.dumps(number))):  # noqa: S301  # our own bytes
        assert (twin, twin.token) == (number, "5.10")
    assert loads("-0").token == "-0"
    assert type(loads("12")) is int


@pytest.mark.parametrize("token", ["", "01", "1.", ".5", "+1", "1e", "0x1", "NaN", "1_0", " 1", "1\n", "١"])
def test_what_is_no_json_number_makes_no_number(token: str) -> None:
    with pytest.raises(ValueError, match="not a JSON number"):
        Number(token)


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity"])
def test_what_is_not_a_number_is_refused(token: str) -> None:
    assert rule(f'{{"value":{token}}}') == "json-not-a-number"


@pytest.mark.parametrize("token", ["9" * 4001, "-" + "9" * 9000, "0." + "1" * 9000, "1e" + "9" * 30, "1e-" + "9" * 30])
def test_a_number_nobody_measured_is_refused(token: str) -> None:
    assert rule(f"[{token}]") == "json-number-too-long"


@pytest.mark.parametrize("text", ['{"a":1,"a":1}', '[{"x":{"a":1,"b":2,"a":3}}]', '{"a":1,"\\u0061":2}'])
def test_a_key_twice_is_refused_however_it_is_written(text: str) -> None:
    assert rule(text) == "json-duplicate-key"


@pytest.mark.parametrize("text", ['"\\ud800"', '{"\\udc00":1}', '["\\uDBFF x"]', '"\\udc00\\ud800"', '"\ud800"'])
def test_half_a_character_is_refused(text: str) -> None:
    assert rule(text) == "json-lone-surrogate"


def test_a_pair_of_surrogates_is_a_character() -> None:
    assert loads('"\\ud83d\\udE00"') == "😀"


@pytest.mark.parametrize("text", [b'"a\x00b"', b'\x00{"a":1}', b'"\\u0000"', b'{"\\u0000":1}', b'"\\\\\\u0000"'])
def test_nul_is_refused_as_a_byte_and_as_an_escape(text: bytes) -> None:
    assert rule(text) == "json-nul"


def test_a_backslash_before_the_letters_u0000_is_only_text() -> None:
    assert loads(rb'"\\u0000"') == r"\u0000"
    assert loads(rb'"\\ud800"') == r"\ud800"


def test_depth_is_counted_to_the_limit_and_not_in_strings() -> None:
    assert loads("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert rule("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)) == "json-too-deep"
    assert rule('{"a":' * 200_000) == "json-too-deep"
    assert loads(json.dumps("[{" * 1000 + '\\"')) == "[{" * 1000 + '\\"'
    assert loads("[" + "[]," * 1000 + "[]]") == [[]] * 1001


@pytest.mark.parametrize("text", ['"' + '\\"' * 200_000, '"' + "a" * 1_000_000, '"' * 100_001, '["' + "\\" * 99_999])
def test_a_string_that_never_ends_is_read_once(text: str) -> None:
    assert rule(text) == "json-malformed"


@pytest.mark.parametrize("text", [b"", b"  \n", "\ufeff".encode("utf-16"), b"\xff\xfe{}", b'{"a":"\xc3"}'])
def test_nothing_and_another_encoding_are_refused(text: bytes) -> None:
    assert rule(text) in ("json-empty", "json-not-utf8")


@pytest.mark.parametrize("text", ["{", "[1,]", "{'a':1}", '{"a" 1}', "tru", '"\t"', "1 2", "\ufeff{}", '{"a":1}x'])
def test_what_is_not_json_says_where_and_not_what(text: str) -> None:
    assert rule(text) == "json-malformed"
    with pytest.raises(PayloadError) as refused:
        loads('{"name":"NGUYEN VAN BI MAT" oops}')
    assert "BI MAT" not in str(refused.value)
    assert set(refused.value.issues[0].parameters) == {"line", "column"}


def test_what_has_no_json_form_is_not_written() -> None:
    with pytest.raises(TypeError):
        dumps({"a": object()})
