"""Only a row of the unit table makes a unit UCUM."""

from __future__ import annotations

import tomllib

import pytest

from gateway.mapping import mapping_file
from gateway.mapping.units import quantity_unit, ucum, unit_table


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("G/L", "10*9/L"),
        ("T/L", "10*12/L"),
        ("K/uL", "10*3/uL"),
        ("g/L", "g/L"),
        ("μmol/L", "umol/L"),
        ("µmol/L", "umol/L"),
    ],
)
def test_a_unit_means_what_its_row_says(text: str, code: str) -> None:
    assert ucum(text) == code


@pytest.mark.parametrize("text", ["K", "T", "g/l/x", "MMOL/L", "", "grams/litre", "{Ratio}"])
def test_a_unit_without_a_row_stays_text(text: str) -> None:
    assert ucum(text) is None
    assert quantity_unit(text) == ({"unit": text} if text else {})


def test_the_senders_text_is_kept_beside_the_code() -> None:
    assert quantity_unit(" G/L ") == {"unit": "G/L", "system": "http://unitsofmeasure.org", "code": "10*9/L"}


def test_a_text_stands_in_one_row_only() -> None:
    table = tomllib.loads(mapping_file("units.toml").read_text("utf-8"))["unit"]
    texts = [text for row in table.values() for text in row]
    assert len(texts) == len(set(texts)) == len(unit_table())


def test_case_is_never_folded() -> None:
    assert ucum("G/L") != ucum("g/L")
