"""Faults in TOML are told with the line a person finds them at."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import SettingsError
from gateway.tomltext import lines, read_toml, written

TEXT = '''
title = "one"      # [not.a.table]
long = """
[inside]
quoted = "no key"
"""
raw = \'\'\'
[inside]\'\'\'
many = [
  "a", # ]
  "[[b]]",
]

[head]
"odd key" = 1
dotted.name = 2

[[row]]
field = "x"
[row.when]
equals = "1"

[[row]]
when = {field = "y"}
[[row.part]]
a = 1
[[row.part]]
a = 2
'''


def test_every_table_and_key_has_its_line_and_what_is_inside_a_value_is_none() -> None:
    found = {written(path): line for path, line in lines(TEXT).items()}
    assert found == {
        "title": 2, "long": 3, "raw": 7, "many": 9, "head": 14, "head.odd key": 15, "head.dotted.name": 16,
        "row": 18, "row[0]": 18, "row[0].field": 19, "row[0].when": 20, "row[0].when.equals": 21,
        "row[1]": 23, "row[1].when": 24, "row[1].part": 25, "row[1].part[0]": 25, "row[1].part[0].a": 26,
        "row[1].part[1]": 27, "row[1].part[1].a": 28,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line"), [("a = 1\nb = \n", "line 2"), ('a = "x', "line 1"), ("[a]\n[a]\n", "line 2")]
)
def test_broken_syntax_is_told_with_its_line(text: str, line: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_toml(text)
    assert refused.value.issues[0].expression == line


_values = st.recursive(
    st.integers() | st.text(st.characters(codec="utf-8", exclude_characters="\r", min_codepoint=32), max_size=8),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "[\n" + ",\n".join(map(_value, value)) + "\n]"
    if isinstance(value, int):
        return str(value)
    text = value.replace("\\", "\\\\").replace('"', '\\"').replace("\x7f", "")
    return f'"{text}"'


@given(st.dictionaries(st.text("abc", min_size=1, max_size=5), _values, max_size=6))
def test_each_key_of_a_text_is_found_at_the_line_it_begins(table: dict[str, Any]) -> None:
    text, expected = "", {}
    for name, value in table.items():
        expected[name,] = text.count("\n") + 1
        text += f"{name} = {_value(value)}\n"
    assert set(tomllib.loads(text)) == set(table)
    assert lines(text) == expected
