"""Rows read without a parser: as the XML reader reads them, to the last letter, or left to it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.bhyt import xml_reader
from adapters.bhyt.plain_rows import plain_rows
from adapters.bhyt.tables import cells
from adapters.bhyt.xml_reader import read
from gateway.errors import PayloadError

DECLARED = '<?xml version="1.0" encoding="utf-8"?>\n'
TWO = f"""{DECLARED}<LIST>
  <ROWS>
    <ROW>
      <MA_LK>1</MA_LK>
      <KET_QUA>âm &lt; 5 &amp; "tính"\n dòng hai</KET_QUA>
      <GHI_CHU />
      <MO_TA></MO_TA>
    </ROW>
    <ROW><MA_LK>2</MA_LK><STT/></ROW>
  </ROWS>
</LIST>
"""
# What may stand, or be missing, anywhere: some of it is XML, some is not, some is only no row.
ODD = (
    *(
        "<",
        ">",
        "&",
        "&lt;",
        "&#65;",
        "&x;",
        "]]>",
        "\r",
        "\r\n",
        "\t",
        "\x0b",
        "\x00",
        "\x7f",
        "\x85",
        "\xa0",
        "\u2028",
    ),
    *(
        "\ufeff",
        "\ufffe",
        "\uffff",
        "\U0001f600",
        "<!-- <ROW><A>x</A></ROW> -->",
        "<!--",
        "-->",
        "<![CDATA[<A>x</A>]]>",
    ),
    *("<?php?>", DECLARED, "<!DOCTYPE LIST>", "<A>x</A>", "<A/>", "<A />", "<A  />", "< A>x</A>", "<A >x</A>", "</A>"),
    *('<A b="c">x</A>', "<a:A>x</a:A>", "<A><B>x</B></A>", "<ROW>", "</ROW>", "<ROW/>", "<ROW>x</ROW>", "</ROW><ROW>"),
    *("</ROW><ROW>\n<A>x</A>", "<LIST>", "</LIST>", "x", " "),
)
_texts = st.text(max_size=5).filter(lambda text: text.isprintable())


def read_with_care(data: bytes) -> list[tuple[list[tuple[str, str]], list[str]]] | None:
    """What the XML reader finds in each row; None where it refuses the document."""
    try:
        return [(list(told), list(nested)) for told, nested in map(cells, read(data, "XML3").below("ROW"))]
    except PayloadError:
        return None


def holds(data: bytes) -> bool:
    """True when the rows are read without a parser; then the reader finds the same."""
    plain = plain_rows(data, "ROW")
    if plain is None:
        return False
    assert [(row, []) for row in plain] == read_with_care(data)
    return True


def test_rows_of_texts_need_no_parser() -> None:
    assert holds(TWO.encode())
    assert plain_rows(TWO.encode(), "ROW") == [
        [("MA_LK", "1"), ("KET_QUA", 'âm < 5 & "tính"\n dòng hai'), ("GHI_CHU", ""), ("MO_TA", "")],
        [("MA_LK", "2"), ("STT", "")],
    ]
    assert holds(TWO.replace("\n", "\r\n").encode())
    assert holds(TWO.removeprefix(DECLARED).encode())
    assert holds(b"<ROW><A>x</A></ROW>")


@pytest.mark.parametrize("odd", [one for one in ODD if one not in ("&lt;", "\r", "\r\n", "\t", " ")])
def test_what_stands_between_the_elements_is_left_to_the_reader_unless_it_is_one_of_them(odd: str) -> None:
    with_odd = TWO.replace("<STT/>", f"{odd}<STT/>").encode()
    assert holds(with_odd) is (odd in ("<A>x</A>", "<A/>", "<A />", "</ROW><ROW>", "</ROW><ROW>\n<A>x</A>"))


@pytest.mark.parametrize("odd", ODD)
def test_a_text_has_characters_of_xml_and_its_own_entities(odd: str) -> None:
    taken = ("&lt;", "\r", "\r\n", "\t", "\x7f", "\x85", "\xa0", "\u2028", "\ufeff", "\U0001f600", "x", " ")
    assert holds(f"<ROW><MA_LK>{odd}</MA_LK></ROW>".encode()) is (odd in taken)


@given(
    st.lists(st.tuples(st.integers(0, len(TWO)), st.integers(0, 12), st.sampled_from(ODD) | _texts), max_size=3),
)
@example([(0, 0, "\ufeff")])
@example([(0, 0, " ")])
@example([(len(DECLARED), 0, DECLARED)])
def test_whatever_is_read_is_read_as_the_reader_does(changes: list[tuple[int, int, str]]) -> None:
    text = TWO
    for at, left_out, put in changes:
        text = text[:at] + put + text[at + left_out :]
    holds(text.encode())


@given(st.integers(0, len(TWO.encode())), st.binary(max_size=3))
def test_bytes_that_are_no_text_are_left_to_the_reader(at: int, odd: bytes) -> None:
    data = TWO.encode()
    holds(data[:at] + odd + data[at:])
    holds(data[:at])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "windows-1258"])
def test_other_encodings_are_left_to_the_reader(encoding: str) -> None:
    text = "<ROW><A>x</A></ROW>"
    assert not holds(f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding))
    assert holds(text.encode(encoding)) is (encoding == "windows-1258")  # of ASCII the same bytes


def test_too_many_elements_are_the_readers_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_reader, "MAX_ELEMENTS", 10)
    assert holds(b"<ROW>" + b"<A/>" * 7 + b"</ROW>")
    assert not holds(b"<ROW>" + b"<A/>" * 11 + b"</ROW>")


def test_a_name_without_an_end_costs_no_more_than_its_length() -> None:
    assert not holds(b"<ROW>" + b"<A" * 50_000 + b"</ROW>")
    assert not holds(b"<ROW><" + b"A" * 200_000 + b"</ROW>")
