"""Results alike: the second of a test is a copy of the first in nothing that is its own, and never another's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.hl7v2 import memory, results
from gateway.adapter import DefaultProfile, Translation
from gateway.bench.orders import Laboratories
from tests.hl7v2.building import header, message, of_type, order, patient, result, rules, translate, unplaced
from tests.hl7v2.test_memory import nothing_remembered, said

pytestmark = pytest.mark.unmeasured  # mostly thousands of runs of what other tests run through once

LABORATORY = "79001^Khoa Xét nghiệm^MA_CSKCB"
PEOPLE = (
    *("KTV01^LÊ^VĂN MẪU", "KTV01^TRẦN^KHÁC", "KTV01^LÊ^VĂN MẪU~KTV02^VÕ^THỊ MẪU", "^^^^BS", "KTV01^LÊ^VĂN^^^^^x", ""),
)
VALUES = (
    *("7.2", "<5", "7,2", "1,234", "0065.88", "<^5", "^1^:^128", "^2^-^4^9", "words", "2-4", '""', "^^", "", "1~2"),
    *("A^Âm^L", "JVBERi0xLjQ=", "1.2.3"),
)

# Few texts for what names an examination, so that results are alike; many for what is a result's own.
alike = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["NM", "NM", "SN", "ST", "TX", "CWE"]),
        "value": st.sampled_from(VALUES),
        "f1": st.sampled_from(["1", "2", "", "x"]),
        "f3": st.sampled_from(["GLU^Glucose^L", "GLU&IMP^Glucose^L", "K^Kali^L", "110180^UID^DCM"]),
        "f4": st.sampled_from(["", "", "1", "1.1", "^1^2"]),
        "f6": st.sampled_from(["mmol/L", "", "G/L^giga"]),
        "f7": st.sampled_from(["4.0-10.0", "<5", ""]),
        "f8": st.sampled_from(["N", "H", "zz", ""]),
        "f11": st.sampled_from(["F", "F", "C", "U", "?"]),
        "f14": st.sampled_from(["20261115080000", "202611150800", "2026111508", "20261315", ""]),
        "f15": st.sampled_from([LABORATORY, ""]),
        "f16": st.sampled_from(PEOPLE),
        "f19": st.sampled_from(["20261115091500", "202611150915", "", "20261115"]),
        "f23": st.sampled_from(["", "Khoa Xét nghiệm^^^^^^^^^K1"]),
        "f25": st.sampled_from(["", "BS001^TRẦN^THỊ MẪU"]),
        "f29": st.sampled_from(["", "", "SCI"]),
        "f33": st.sampled_from(["", "", "^M1", "^M1~^M2"]),
    }
)
messages = st.builds(
    lambda number, section, times, many: message(
        header(),
        patient(f3=f"BN{number}^^^79001^MR"),
        order(f3=f"F{number}^LIS", f24=section, **times),
        f"SPM|1|^M{number}",
        *(result(**one) for one in many),
    ),
    st.integers(1, 9),
    st.sampled_from(["HM", ""]),
    st.sampled_from([{"f7": "20261115080000"}, {}, {"f7": "20261115", "f8": "20261116", "f22": "20261116080000"}]),
    st.lists(alike, min_size=1, max_size=4),
)  # fmt: skip


def spoil(value: Any) -> None:
    """Change every dict and list in what a caller was given."""
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    for one in list(inner):
        spoil(one)
    if isinstance(value, dict):
        value["spoiled"] = "spoiled"
    elif isinstance(value, list):
        value.append("spoiled")


def in_order(made: Translation) -> tuple[Any, ...]:
    """All that was made, the order of elements and of lineage with it."""
    return said(made), list(made.lineage.items()), [list(one) for one in made.resources], made.holds


def in_full(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The segments whose results are translated in full, from now on."""
    translated, full = [], results._in_full

    def counted(obx: Any, *rest: Any) -> Any:
        translated.append(obx.label)
        return full(obx, *rest)

    monkeypatch.setattr(results, "_in_full", counted)
    return translated


@given(st.lists(messages, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_a_message_is_the_same_whatever_was_translated_before_and_done_to_it(sent: list[bytes], random: Any) -> None:
    with nothing_remembered():
        alone = {data: in_order(translate(data)) for data in sent}
    memory.forget()
    for data in [*sent, *random.sample(sent, len(sent))]:
        made = translate(data)
        assert in_order(made) == alone[data]
        spoil([*made.resources])


def test_a_laboratorys_next_report_is_made_of_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    memory.forget()
    full = in_full(monkeypatch)
    told = []
    for one in Laboratories(5, 80).orders(0, 80):
        translate(one.payload)
        told.append(len(full))
    assert told[0] == 20
    assert told[-1] - told[39] < 80  # of 800 results


@pytest.mark.parametrize(
    ("field", "first", "second", "element"),
    [
        ("value", "7.2", "<5", "valueQuantity"),
        ("value", "7.2", "words", "valueString"),
        ("f14", "20261115080000", "20261116090000", "effectiveDateTime"),
        ("f14", "20261115080000", "2026111508", "effectiveDateTime"),
        ("f14", "20261114", "", "effectiveDateTime"),
        ("f16", PEOPLE[0], "KTV02^VÕ^THỊ MẪU", "performer"),
        ("f16", PEOPLE[0], "", "performer"),
        ("f19", "20261115080000", "20261116090000", "extension"),
        ("f19", "20261115080000", "", "extension"),
        ("f8", "N", "H", "interpretation"),
        ("f6", "G/L", "T/L", "valueQuantity"),
        ("f7", "1-2", "3-4", "referenceRange"),
        ("f11", "F", "C", "status"),
        ("f3", "GLU^Glucose^L", "GLU^Đường^L", "code"),
    ],
)
def test_what_differs_in_one_field_differs_in_its_element(field: str, first: str, second: str, element: str) -> None:
    same = {"value": "7.2", "f6": "G/L", "f7": "1-2", "f8": "N", "f14": "20261115", "f16": "A^B^C", "f19": "20261115"}
    memory.forget()
    made = [
        of_type(translate(message(header(), patient(), order(), result(**same | {field: text}))), "Observation")[0]
        for text in (first, first, second)
    ]
    assert made[0] == made[1] != made[2]
    assert made[0].get(element) != made[2].get(element)


def test_a_remark_and_a_hold_on_a_value_are_told_each_time() -> None:
    memory.forget()
    data = [message(header(), patient(), order(), result(value=text, f6="g/L")) for text in ("<5", "1,234", "7.2")]
    for _ in range(3):
        bound, unclear, plain = (translate(one) for one in data)
        assert "hl7v2-value-with-comparator" in rules(bound)
        assert [issue.rule for issue in unclear.holds] == ["value-number-ambiguous"]
        assert rules(plain) == []


def test_what_has_no_place_is_listed_each_time_at_its_own_segment() -> None:
    memory.forget()
    data = message(header(), patient(), order(), *(result(f12="20200101", f16="A^B^C^^^^^^^^^^^^x") for _ in range(3)))
    for _ in range(2):
        listed = unplaced(translate(data))
        for number in (1, 2, 3):
            assert {f"OBX[{number}]-1", f"OBX[{number}]-12", f"OBX[{number}]-16.15"} <= set(listed)


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ({"f21": "I1"}, "an instance number comes with nothing twice"),
        ({"kind": "ED", "value": "^text^plain^A^x"}, "a document belongs to the report"),
        ({"f11": ""}, "a status that is missing is held"),
        ({"f1": "x"}, "a position that is no number"),
        ({"f14": "20261115080000+0700"}, "a time with more than digits"),
        ({"f14": "2026111508"}, "a time that loses its hour"),
        ({"value": '""'}, "a value that is erased"),
    ],
)
def test_an_unusual_result_is_translated_in_full_each_time(
    monkeypatch: pytest.MonkeyPatch, odd: dict[str, str], why: str
) -> None:
    memory.forget()
    full = in_full(monkeypatch)
    for _ in range(3):
        translate(message(header(), patient(), order(), result(), result(**odd)), DefaultProfile("79001"))
    assert full == ["OBX[1]", "OBX[2]", "OBX[2]", "OBX[2]"], why
