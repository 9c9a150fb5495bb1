"""What is remembered changes nothing but the time it takes: not the result, not the account, not another's resource."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.hl7v2 import alike, memory, remembered
from adapters.hl7v2.datatypes.converters import converter
from adapters.hl7v2.delimiters import Delimiters
from adapters.hl7v2.directory import Directory
from adapters.hl7v2.message import read_message
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import MAPPED, segment_map, segment_rows
from adapters.hl7v2.segments import Segment, Value, field_number
from adapters.hl7v2.translation import translate_message
from gateway.adapter import DefaultProfile, Translation
from gateway.jsontext import dumps
from gateway.mapping.draft import Draft, assemble
from gateway.mapping.ledger import Ledger
from gateway.mapping.placing import place
from gateway.workbench.expected import record
from tests.hl7v2.building import header, message, of_type, order, patient, result, segment, translate
from tests.mapping.plain_rows import place_plainly

pytestmark = pytest.mark.unmeasured  # mostly thousands of runs of what other tests run through once

TEXTS = (
    *("A", "A^Tên^L", "A^Tên^L^B^Name^LN^^^lời gốc", "A^^LN^A", "^chữ^L", "N", "H~L", "zz", '""', '""^x', "5^mL", "&&"),
    " ",
    *("20261115", "2026111508", "20261315", "20261115075000", "\\F\\x", "P&HIS^F&LIS", "F^LIS^1.2.3^ISO", "1^B^C", "Y"),
    *("KTV^LÊ^VĂN", "^^^", "a&b^c&d", "79001^Khoa^MA_CSKCB", "001090000001^^^CCCD^NI", "12^PRN^CP", "4.0-10.0", "<5"),
)  # fmt: skip
fields = st.dictionaries(st.integers(1, 40), st.sampled_from(TEXTS), min_size=1, max_size=12)
observations = st.lists(
    st.fixed_dictionaries({"kind": st.sampled_from(["NM", "SN", "ST", "TX", "CWE"]), "value": st.sampled_from(TEXTS)})
    | st.fixed_dictionaries({"f8": st.sampled_from(TEXTS), "f16": st.sampled_from(TEXTS), "f6": st.just("g/L")})
    | st.fixed_dictionaries(
        {"f3": st.sampled_from(TEXTS), "f7": st.sampled_from(TEXTS), "f15": st.sampled_from(TEXTS)}
    ),
    min_size=1,
    max_size=5,
)


class ByName:
    """A segment whose fields are asked for by their names, as rows write them."""

    def __init__(self, one: Segment) -> None:
        self._segment = one

    def repetitions(self, name: str, /) -> tuple[Value, ...]:
        return self._segment.repetitions(field_number(name))

    def text(self, name: str, /) -> str:
        return self._segment.text(field_number(name))


def said(made: Translation) -> tuple[Any, ...]:
    return dumps(record(made)), made.issues, made.unplaced


@contextmanager
def nothing_remembered() -> Iterator[None]:
    """All is translated in full, as if it were said for the first time."""
    memory.forget()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(remembered, "LONGEST", -1)
        patched.setattr(alike, "LONGEST", -1)
        yield


@given(observations)
def test_a_message_gives_the_same_with_and_without_memory(results: list[dict[str, str]]) -> None:
    data = message(header(), patient(), order(), *(result(**fields) for fields in results))
    with nothing_remembered():
        anew = said(translate(data))
    assert said(translate(data)) == anew  # each answer learned, and given for the first time
    assert said(translate(data)) == anew  # each answer recalled


@pytest.mark.parametrize("name", [name for name in MAPPED if segment_map(name).rows])
@given(texts=fields)
def test_compiled_rows_place_a_segment_as_its_rows_read_plainly(name: str, texts: dict[int, str]) -> None:
    told = []
    for how in ("plain", "compiled", "compiled"):
        ledger, one = Ledger(), Segment(segment(name, texts), 1, 1, Delimiters())
        answers = memory.memory_of("test") if how == "compiled" else memory.Memory()
        scope = Scope("79001", DefaultProfile("79001"), ledger, Directory("79001"), memory=answers)
        names = {compiled.draft for compiled in segment_rows(name)}
        drafts = {kind: Draft(kind, "1") for kind in sorted(names)}
        if how == "plain":
            place_plainly(segment_map(name).rows, ByName(one), drafts, converter, scope, ledger)
        else:
            place(segment_rows(name), one, drafts, scope, ledger)
        left = [value.left() for number in one.filled() for value in one.values(number)]
        made = [(draft.resource, assemble([draft])[1]) for draft in drafts.values()]
        people = [draft.resource for draft in scope.directory.drafts.values()]
        told.append((made, people, ledger.issues, ledger.holds, ledger.unplaced, left))
    assert told[0] == told[1] == told[2]


@given(st.sampled_from(["PD1", "PV1", "ORC", "OBR", "OBX", "NTE", "SPM", "ZZZ", "AL1"]), fields)
def test_every_component_said_is_taken_or_listed(name: str, texts: dict[int, str]) -> None:
    """Nothing is dropped by silence: counted on the text itself. Whatever is recalled then lists the same."""
    data = message(header(), patient(), order(), result(), segment(name, texts), result(f3="K^Kali^L"))
    with nothing_remembered():
        read = read_message(data).unread()
        unplaced = translate_message(read, DefaultProfile(), data).unplaced
    listed = {field.field for field in unplaced}
    for one in read.segments[1:]:
        for number in one.filled():
            for value in one.values(number):
                silent = [at for at in _said(value) if at not in value.taken and value.at(*at) not in listed]
                assert value.path in listed or not [at for at in silent if f"{value.path}.{at[0]}" not in listed]
    for _ in range(2):
        assert translate(data).unplaced == unplaced


def _said(value: Value) -> list[tuple[int, int]]:
    """(component, subcomponent) of each text in a field written without escapes."""
    parts = [part.split("&") for part in value.raw.split("^")]
    return [
        (at, sub)
        for at, part in enumerate(parts, 1)
        for sub, text in enumerate(part, 1)
        if text.strip() and (text != '""' or value.null)
    ]


def test_what_one_resource_holds_is_no_other_resources() -> None:
    data = message(header(), patient(), order(), result(), result(), result(f4="2"))
    first, second, third = of_type(translate(data), "Observation")
    first["code"]["coding"][0]["code"] = "changed"
    assert second["code"]["coding"][0]["code"] == third["code"]["coding"][0]["code"] == "GLU"
    assert of_type(translate(data), "Observation")[0]["code"]["coding"][0]["code"] == "GLU"


def test_senders_do_not_share_their_codes_systems() -> None:
    data = message(header(), patient(), order(), result())
    systems = [
        of_type(translate(data, DefaultProfile(code)), "Observation")[0]["code"]["coding"][0]["system"]
        for code in ("79001", "31006", "79001")
    ]
    assert systems == [f"urn:vn:cskcb:{code}:codesystem:L" for code in ("79001", "31006", "79001")]


def test_memory_stays_within_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 20)
    monkeypatch.setattr(memory, "MOST_EXAMINATIONS", 4)
    monkeypatch.setattr(memory, "SENDERS", 3)
    memory.forget()
    most = [0, 0]
    for number in range(30):
        facility = DefaultProfile(f"790{number % 7:02d}")
        translate(message(header(), patient(), order(), result(f3=f"C{number}^Chất {number}^L")), facility)
        assert len(memory.memories) <= 3
        kept = memory.memories.values()
        most[0] = max(most[0], sum(len(one.answers) for one in kept))
        most[1] = max(most[1], sum(len(one.examinations) for one in kept))
    assert 10 < most[0] <= 20
    assert 1 < most[1] <= 4


def test_a_long_text_is_not_remembered() -> None:
    memory.forget()
    translate(message(header(), patient(), order(), result(f3="K^" + "dài " * 200 + "^L")))
    texts = [str(key) for one in memory.memories.values() for key in (*one.answers, *one.examinations)]
    assert any("CBC" in text for text in texts)
    assert not any("dài" in text for text in texts)
