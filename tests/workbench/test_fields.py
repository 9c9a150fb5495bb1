"""Which field a word stands in: what is listed once is listed for every row and every instance."""

from __future__ import annotations

from gateway.adapter import Unplaced
from gateway.workbench.altered import Word
from gateway.workbench.fields import listed, names_of

JSON = b'[{"00280010": {"vr": "US", "Value": [2430]}, "00100010": {"vr": "PN", "Value": ["A"]}}]'
TABLE = b'Title\nSTT;MA;"GHI; CHU"\n1;BN1;"a; b"\n2;BN2;c\n'


def _names(data: bytes, text: bytes) -> set[str]:
    at = data.rindex(text)
    return names_of(data, Word(at, at + len(text)))


def test_a_word_in_json_stands_in_the_keys_before_it() -> None:
    assert _names(JSON, b"2430") == {"00280010", "vr", "Value"}
    assert "00280010" not in _names(JSON, b'"A"')


def test_a_word_in_a_table_stands_in_its_column() -> None:
    second = TABLE.index(b"2;BN2")
    assert "STT" in names_of(TABLE, Word(second, second + 1))
    assert "GHI; CHU" in _names(TABLE, b"b")
    assert "MA" not in _names(TABLE, b"b")


def test_what_is_listed_is_known_by_its_name_without_its_place() -> None:
    told = listed([Unplaced("row 2, column STT", "position"), Unplaced("[1].link.url", "a server's")])
    assert {"STT", "link", "url"} <= told
