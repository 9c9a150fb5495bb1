"""What a narrative may hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.r4.narrative import broken_narrative

XHTML = "http://www.w3.org/1999/xhtml"


def div(inside: str) -> str:
    return f'<div xmlns="{XHTML}">{inside}</div>'


@pytest.mark.parametrize(
    "inside",
    [
        "Kết quả <b>bình thường</b>",
        '<table border="1"><tr><td colspan="2">a</td></tr></table>',
        '<a href="https://a.example">a</a>',
        '<img src="#photo" alt="a"/>',
        '<img src="data: image/png;base64,iVBORw0KGgo="/>',
        "a&#160;&lt;&#233;é",
        '<p xml:lang="vi" lang="vi" style="color: red">a</p>',
        "<!-- ghi chú --><p>a</p>",
    ],
)
def test_formatting_is_allowed(inside: str) -> None:
    assert broken_narrative(div(inside)) is None


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<p onclick="alert(1)">a</p>',
        '<a href="javascript:alert(1)">a</a>',
        '<a href=" JavaScript:alert(1)">a</a>',
        '<img src="data:text/html,a"/>',
        '<p style="width: expression(alert(1))">a</p>',
        "<iframe src='https://a.example'/>",
        "<form><input/></form>",
        "<object data='a'/>",
        "<p>a",
        "a & b",
        "&unknown;",
        "a&nbsp;b",
        "&reg;",
        '<img src="data : text/html,a" alt="a"/>',
        '<p xmlns="urn:other">a</p>',
        "<style>p {}</style>",
    ],
)
def test_anything_active_or_malformed_is_refused(inside: str) -> None:
    assert broken_narrative(div(inside)) == "txt-1"


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "",
        "<div>a</div>",
        f'<p xmlns="{XHTML}">a</p>',
        f'<!DOCTYPE div [<!ENTITY a "b">]>{div("&a;")}',
        f"<?xml version='1.0'?>{div('a')}",
        div("a") + div("b"),
    ],
)
def test_it_is_one_div_without_a_prologue(text: str) -> None:
    assert broken_narrative(text) == "txt-1"


@pytest.mark.parametrize("inside", ["", " \n\t", "<p> </p>", "<!-- a -->"])
def test_it_says_something(inside: str) -> None:
    assert broken_narrative(div(inside)) == "txt-2"


_pieces = st.sampled_from(
    ["<br/>", "<br />", "&lt;", "&", ">", "]]>", "\x00", "\x0b", "\r", "\x85", "\ufffe", "\ud800"]
)


@given(st.lists(_pieces | st.text(max_size=2), max_size=4).map("".join))
def test_lines_of_text_are_judged_as_by_the_parser(lines: str) -> None:
    """A blank in a tag is nothing to XML: of it, the parser alone judges."""
    assert broken_narrative(div(f"<p>{lines}</p>")) == broken_narrative(div(f"<p >{lines}</p>"))


def test_lines_of_text_need_no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.r4.narrative.expat", None)
    assert broken_narrative(div("<p>Kết quả\n<br/>bình thường</p>")) is None
    assert broken_narrative(div("<p> <br/></p>")) == "txt-2"


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    broken_narrative(text)
    broken_narrative(div(text))
