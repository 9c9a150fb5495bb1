"""NOIDUNGFILE in every form seen; what is broken costs its record."""

from __future__ import annotations

import base64
import textwrap
from xml.sax.saxutils import escape

import pytest

from gateway.bundle import body
from tests.bhyt.building import (
    RESULT,
    SUMMARY,
    envelope,
    file_xml,
    hoso_xml,
    in_base64,
    payload,
    refusal,
    table_xml,
    translated,
)

DECLARED = '<?xml version="1.0" encoding="{0}"?>'


def forms(text: str) -> dict[str, str]:
    utf16 = (DECLARED.format("utf-16") + text).encode("utf-16")
    return {
        "base64": in_base64(text),
        "wrapped base64": "\r\n" + textwrap.fill(in_base64(text), 76) + "\r\n",
        "nested": text,
        "cdata": f"<![CDATA[{text}]]>",
        "declared cdata": f"<![CDATA[ {DECLARED.format('utf-16')}{text}]]>",
        "escaped": escape(text),
        "base64 in cdata": f"<![CDATA[{in_base64(text)}]]>",
        "base64 behind a byte order mark": base64.b64encode(b"\xef\xbb\xbf" + text.encode()).decode(),
        "base64 of utf-16": base64.b64encode(utf16).decode(),
    }


@pytest.mark.parametrize("form", forms(""))
def test_every_form_of_a_table_reads_the_same(form: str) -> None:
    tables = {"XML1": [SUMMARY], "XML4": [RESULT]}
    files = "".join(file_xml(table, forms(table_xml(table, rows))[form]) for table, rows in tables.items())
    assert body(translated(envelope(f"<HOSO>{files}</HOSO>")).bundle()) == body(
        translated(payload(results=[RESULT])).bundle()
    )


def test_the_wrappers_of_4210_may_be_missing() -> None:
    bare = table_xml("XML4", [RESULT]).replace("<CHITIEU_CHITIET_DICHVUCANLAMSANG>", "")
    bare = bare.replace("</CHITIEU_CHITIET_DICHVUCANLAMSANG>", "")
    files = file_xml("XML1", in_base64(table_xml("XML1", [SUMMARY]))) + file_xml("XML4", in_base64(bare))
    assert body(translated(envelope(f"<HOSO>{files}</HOSO>")).bundle()) == body(
        translated(payload(results=[RESULT])).bundle()
    )


@pytest.mark.parametrize(
    ("files", "rule"),
    [
        (file_xml("XML1", "@@@@"), "bhyt-base64-broken"),
        (file_xml("XML1", "PD94bWw"), "bhyt-base64-broken"),
        (file_xml("XML1", base64.b64encode(b"not xml").decode()), "bhyt-xml-malformed"),
        (file_xml("XML1", base64.b64encode(b"<TONG_HOP><MA_LK>1").decode()), "bhyt-xml-malformed"),
        (file_xml("XML1", base64.b64encode(b"<TONG_HOP>\xff\xfe</TONG_HOP>").decode()), "bhyt-xml-bytes"),
        (file_xml("XML1", ""), "bhyt-table-empty"),
        (file_xml("XML1", in_base64("<X/>")), "bhyt-table-empty"),
        ("<FILEHOSO><LOAIHOSO>XML1</LOAIHOSO></FILEHOSO>", "bhyt-table-empty"),
        (file_xml("BANG1", in_base64("<X/>")), "bhyt-table-unnamed"),
        (file_xml("XML1", in_base64(table_xml("XML1", [SUMMARY]))) * 2, "bhyt-table-twice"),
        (file_xml("XML4", in_base64(table_xml("XML4", [RESULT]))), "bhyt-table-missing"),
        (file_xml("XML1", in_base64(table_xml("XML1", [SUMMARY | {"MA_LK": " "}]))), "bhyt-episode-missing"),
        (
            file_xml("XML1", in_base64(table_xml("XML1", [SUMMARY]))) + file_xml("XML2", "@@@"),
            "bhyt-base64-broken",
        ),
    ],
)
def test_a_broken_table_is_refused(files: str, rule: str) -> None:
    assert refusal(envelope(f"<HOSO>{files}</HOSO>"))[0] == rule


def test_a_table_in_two_files_is_read_whole() -> None:
    second = RESULT | {"STT": "2", "MA_CHI_SO": "1999002", "TEN_CHI_SO": "HGB"}
    split = hoso_xml({"XML1": [SUMMARY], "XML4": [RESULT]}).replace(
        "</HOSO>", file_xml("XML4", in_base64(table_xml("XML4", [second]))) + "</HOSO>"
    )
    assert body(translated(envelope(split)).bundle()) == body(translated(payload(results=[RESULT, second])).bundle())
