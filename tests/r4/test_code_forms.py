"""Codes that no list holds have their form: languages, media types, SNOMED CT and LOINC."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.r4.code_forms import is_language, is_loinc, is_media_type, is_sctid, is_uri


@pytest.mark.parametrize(
    ("test", "right", "wrong"),
    [
        (is_language, "vi vi-VN zh-Hans-CN de-CH-1996 es-419 en-us x-a i-klingon",
         "en_US e english1x en- -en a-DE 12"),
        (is_media_type, "text/plain a/b;c=d application/fhir+json xml json ttl",
         "pdf text text/ /a a//b image/* a/b,c"),
        (is_sctid, "112283007 73211009 900000000000207008 731000124108 73211009:363698007=1",
         "112283006 12 073211009 a"),
        (is_loinc, "2345-7 718-7 85354-9 94558-4 LA6576-8 LP14635-4 LL1001-8",
         "2345-8 2345-77 23457 abc 85354-4 -7"),
        (is_uri, "urn:oid:1.2 http://a.example", "a a/b :a"),
    ],
)  # fmt: skip
def test_a_code_has_its_form_or_not(test: Callable[[str], bool], right: str, wrong: str) -> None:
    assert [code for code in right.split() if not test(code)] == []
    assert [code for code in [*wrong.split(), "", " ", "\n"] if test(code)] == []


@given(st.from_regex(r"[1-9][0-9]{5,17}", fullmatch=True), st.integers(0, 17), st.integers(1, 9))
def test_one_digit_written_wrong_is_no_sctid(text: str, place: int, more: int) -> None:
    place %= len(text)
    other = text[:place] + str((int(text[place]) + more) % 10) + text[place + 1 :]
    assert not (is_sctid(text) and is_sctid(other))


@given(st.from_regex(r"[0-9]{1,7}-[0-9]", fullmatch=True))
def test_of_ten_check_digits_one_is_right(text: str) -> None:
    codes = [f"{text[:-1]}{digit}" for digit in range(10)]
    assert sum(map(is_loinc, codes)) == 1
