"""A file too large to be held gives the records it would give when held, or is refused before the first."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.bhyt import BhytAdapter
from gateway.adapter import UNJUDGED, DefaultProfile, Payload, Record, split, stream, translate
from gateway.errors import GatewayError, PayloadError
from tests.bhyt.building import RESULT, SUMMARY, envelope, hoso_xml
from tests.bhyt.signing import signed

ADAPTER = BhytAdapter()
ONE, OTHER = hoso_xml({"XML1": [SUMMARY], "XML4": [RESULT]}), hoso_xml({"XML1": [SUMMARY | {"MA_LK": "B"}]})


def records(data: bytes) -> list[Record]:
    found = stream(ADAPTER, BytesIO(data))
    assert found is not None
    return list(found)


def said(record: Record) -> tuple[object, ...]:
    """All a record says, or the rule that refuses it."""
    at = (record.data, record.position, record.facility, record.issues)
    try:
        made = translate(ADAPTER, record, DefaultProfile())
    except GatewayError as refused:
        return (*at, refused.issues)
    return (*at, made.resources, made.holds)


def rule(data: bytes) -> str:
    with pytest.raises(PayloadError) as refused:
        records(data)
    return refused.value.issues[0].rule


@pytest.mark.parametrize(
    "hosos",
    [(ONE, OTHER), (ONE, ONE), (ONE, ONE.replace("XML4", "xml4")), (ONE, "<HOSO/>", "<HOSO></HOSO >", OTHER)],
)
@pytest.mark.parametrize("before", ["", "\ufeff\r\n", '<?xml version="1.0" encoding="UTF-8"?><!-- ệ -->'])
def test_read_by_pieces_a_file_says_what_it_says_when_held(hosos: tuple[str, ...], before: str) -> None:
    data = before.encode() + envelope(*hosos, count="7")
    assert [said(one) for one in records(data)] == [said(one) for one in split(ADAPTER, Payload(data))]


@settings(max_examples=40)
@given(
    at=st.integers(0, 5000), cut=st.integers(0, 60), put=st.sampled_from([b"", b"<", b"</HOSO>", b"<HOSO>", b"\xff"])
)
def test_broken_anywhere_both_readings_refuse_or_both_say_the_same(at: int, cut: int, put: bytes) -> None:
    data = envelope(ONE, OTHER)
    data = data[: at % len(data)] + put + data[at % len(data) + cut :]
    try:
        held: list[object] = [said(one) for one in split(ADAPTER, Payload(data))]
    except GatewayError:
        with pytest.raises(GatewayError):
            records(data)
        return
    if len(held) > 1:  # a single record is all the bytes when it is held
        assert [said(one) for one in records(data)] == held


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (envelope(ONE, OTHER)[:-9], "bhyt-xml-malformed"),
        (envelope(ONE, OTHER) + b"<x/>", "bhyt-xml-malformed"),
        (b"<!DOCTYPE GIAMDINHHS [<!ENTITY a 'b'>]>" + envelope(ONE), "bhyt-dtd-refused"),
        (envelope(ONE, "<a>" * 80 + "</a>" * 80), "bhyt-xml-too-large"),
        (envelope(), "bhyt-without-hoso"),
        (envelope(ONE, facility=""), "bhyt-facility-missing"),
        (b"<KHAMSUCKHOE/>", "bhyt-not-an-envelope"),
        ('<?xml version="1.0" encoding="utf-16"?>'.encode("utf-16") + envelope(ONE), "bhyt-stream-encoding"),
        (b'<?xml version="1.0" encoding="windows-1258"?>' + envelope(ONE), "bhyt-stream-encoding"),
    ],
)
def test_a_file_broken_at_its_end_gives_no_record_at_all(data: bytes, found: str) -> None:
    assert rule(data) == found


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (("</THONGTINHOSO>", "</THONGTINHOSO><THONGTINHOSO/>"), "bhyt-part-twice"),
        (("</DANHSACHHOSO>", "</DANHSACHHOSO><DANHSACHHOSO><HOSO/></DANHSACHHOSO>"), "bhyt-part-twice"),
        (("<THONGTINHOSO>", "<THONGTINDONVI/><THONGTINHOSO>"), "bhyt-part-twice"),
        (("</DANHSACHHOSO>", "</DANHSACHHOSO><HOSO/>"), "bhyt-part-misplaced"),
    ],
)
def test_a_hoso_where_none_is_looked_for_is_refused_instead_of_lost(written: tuple[str, str], found: str) -> None:
    data = envelope(ONE).decode().replace(*written).encode()
    assert rule(data) == found
    with pytest.raises(PayloadError) as refused:
        split(ADAPTER, Payload(data))
    assert refused.value.issues[0].rule == found


def test_one_tag_without_an_end_is_not_held_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.bhyt.stream._LONGEST_TOKEN", 1 << 21)
    assert rule(b"<GIAMDINHHS><!--" + b"x" * (1 << 23) + b"--></GIAMDINHHS>") == "bhyt-xml-too-large"


def test_a_signature_that_is_not_checked_is_said_to_be_there() -> None:
    data = signed(envelope(ONE, OTHER))
    assert {record.signature is UNJUDGED for record in records(data)} == {True}
    assert {record.signature for record in records(envelope(ONE))} == {None}
    assert records(envelope(ONE).replace(b"<CHUKYDONVI>", b"<CHUKYDONVI>x"))[0].signature is UNJUDGED


_PEAK = """
import resource, sys
from pathlib import Path
from adapters.bhyt.stream import streamed
with Path(sys.argv[1]).open("rb") as file:
    first = next(found := streamed(file))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count = 1 + sum(1 for _ in found)
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """40 MB of HOSO of 100 kB each, all alike but for their number."""
    filler = "A" * 100_000
    file = tmp_path / "large.xml"
    file.write_bytes(
        envelope(*(f"<HOSO><FILEHOSO><STT>{n}</STT><T>{filler}</T></FILEHOSO></HOSO>" for n in range(400)))
    )
    done = subprocess.run([sys.executable, "-c", _PEAK, str(file)], capture_output=True, check=True, text=True)
    count, grown = map(int, done.stdout.split())
    assert count == 400
    assert grown < 10_000, f"{grown} kB more than after the first record"
