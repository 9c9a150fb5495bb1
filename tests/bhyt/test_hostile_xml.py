"""DTDs and entities are refused before anything is expanded or fetched, outside and inside; size is bounded."""

from __future__ import annotations

import base64

import pytest

from adapters.bhyt.xml_reader import MAX_DEPTH
from tests.bhyt.building import SUMMARY, envelope, file_xml, payload, refusal, table_xml

BILLION = (
    "<!DOCTYPE {0} [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {name} '{f'&{before};' * 10}'>" for before, name in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)
EXTERNAL = "<!DOCTYPE {0} [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
PARAMETER = "<!DOCTYPE {0} [<!ENTITY % x SYSTEM 'http://127.0.0.1:1/x.dtd'> %x;]>"
BARE = "<!DOCTYPE {0} SYSTEM 'http://127.0.0.1:1/x.dtd'>"


@pytest.mark.parametrize("doctype", [BILLION, EXTERNAL, PARAMETER, BARE])
def test_a_dtd_outside_is_refused(doctype: str) -> None:
    data = doctype.format("GIAMDINHHS").encode() + payload().replace(b"01999", b"&x;", 1)
    assert refusal(data) == ("bhyt-dtd-refused", "GIAMDINHHS")


@pytest.mark.parametrize("doctype", [BILLION, EXTERNAL, PARAMETER, BARE])
@pytest.mark.parametrize("form", ["base64", "cdata"])
def test_a_dtd_inside_is_refused(doctype: str, form: str) -> None:
    inner = doctype.format("TONG_HOP") + table_xml("XML1", [SUMMARY | {"HO_TEN": "&j;"}]).replace("&amp;j;", "&j;")
    body = base64.b64encode(inner.encode()).decode() if form == "base64" else f"<![CDATA[{inner}]]>"
    data = envelope(f"<HOSO>{file_xml('XML1', body)}</HOSO>")
    assert refusal(data) == ("bhyt-dtd-refused", "FILEHOSO[1].XML1")


def test_an_entity_nobody_declared_is_refused() -> None:
    assert refusal(payload().replace(b"01999", b"&x;", 1))[0] == "bhyt-xml-malformed"


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 200_000])
def test_nesting_is_bounded(depth: int) -> None:
    deep = "<a>" * depth + "</a>" * depth
    assert refusal(f"<GIAMDINHHS>{deep}</GIAMDINHHS>".encode())[0] == "bhyt-xml-too-large"
    inner = base64.b64encode(deep.encode()).decode()
    assert refusal(envelope(f"<HOSO>{file_xml('XML1', inner)}</HOSO>"))[0] == "bhyt-xml-too-large"


def test_the_number_of_elements_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.bhyt.xml_reader.MAX_ELEMENTS", 1000)
    assert refusal(b"<GIAMDINHHS>" + b"<a/>" * 1001 + b"</GIAMDINHHS>")[0] == "bhyt-xml-too-large"
