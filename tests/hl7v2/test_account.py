"""Nothing is silent: each thing said is placed, with its source, or listed, with a reason."""

from __future__ import annotations

import re

import pytest

from adapters.hl7v2.datatypes.converters import _TABLE
from adapters.hl7v2.message import read_message
from adapters.hl7v2.segment_maps import MAPPED, known_fields, segment_map
from gateway.mapping.vocabulary import vocabulary
from tests.hl7v2.building import (
    PAYLOADS,
    SAMPLES,
    header,
    message,
    of_type,
    order,
    patient,
    result,
    segment,
    translate,
    unplaced,
)

# Read to decide, named in [finish] or in the code.
DECIDED = {
    *("ROL-2", "PRT-2", "PRT-4"),  # the action; and what the element of a device or a place says itself
    "MSH-4",
    "MSH-6",
    "MSH-9",
    "MSH-11",
    "MSH-12",
    "OBX-2",
    "SCH-10",
    "AIS-8",
    "AIG-12",
    "AIL-10",
    "AIP-10",
    "IAM-6",
    "DG1-21",
}


@pytest.mark.parametrize("name", MAPPED)
def test_every_field_of_a_segment_has_a_row_or_a_reason(name: str) -> None:
    assert segment_map(name).fields == set(known_fields()[name])


@pytest.mark.parametrize("name", MAPPED)
def test_every_row_names_a_converter_and_a_vocabulary_that_exist(name: str) -> None:
    for row in segment_map(name).rows:
        assert row.datatype.partition(":")[0] in _TABLE
        if row.vocabulary:
            assert vocabulary(row.vocabulary).codes


@pytest.mark.parametrize("path", sorted([*SAMPLES.glob("*.hl7"), *PAYLOADS.glob("*.hl7")]), ids=lambda path: path.name)
def test_every_field_said_is_placed_or_listed(path: object) -> None:
    data = (SAMPLES / str(path)).read_bytes()
    made = translate(data)
    accounted = {_field(source) for source in made.lineage.values()} | {_field(listed) for listed in unplaced(made)}
    for one in read_message(data).segments:
        for number in range(1, len(one) + 1):
            if one.values(number) and f"{one.name}-{number}" not in DECIDED:
                assert one.path(number) in accounted or _elsewhere(made.lineage, one.name, number)


def _field(path: str) -> str:
    """OBX[1]-5[2].1 → OBX[1]-5."""
    found = re.match(r"[A-Z0-9]{3}(?:\[\d+\])?-\d+", path)
    assert found
    return found[0]


def _elsewhere(lineage: object, name: str, number: int) -> bool:
    """A number or person said before is placed once, with the source that said it first."""
    said = {re.sub(r"\[\d+\]", "", _field(source)) for source in getattr(lineage, "values")()}  # noqa: B009  any mapping
    return f"{name}-{number}" in said or (name, number) in {("ORC", 2), ("ORC", 3), ("OBR", 14), ("OBR", 16)}


@pytest.mark.parametrize("name", sorted(set(MAPPED) - {"MSH"}))
def test_a_message_with_every_field_is_accounted_for(name: str) -> None:
    """Each field of the segment holds a word of its own; the word is in the Bundle or the field in the list."""
    words = {number: f"w{number}z" for number in range(1, len(known_fields()[name]) + 4)}
    if name == "OBX":
        words |= {2: "ST", 11: "F"}
    if name == "PID":
        words[7] = "19800101"
    parts = {"PID": patient(), "OBR": order(), "OBX": result(), name: segment(name, words)}
    made = translate(
        message(
            header(),
            *(
                parts[key]
                for key in ("PID", *sorted(set(parts) - {"PID", "OBX"} - {"NTE"}), "OBX", "NTE")
                if key in parts
            ),
        )
    )
    text, listed = str(made.resources), {re.sub(r"\[\d+\]", "", field) for field in unplaced(made)}
    for number, word in words.items():
        assert word in text or f"{name}-{number}" in listed or (name, number) in {("PID", 7), ("OBX", 2), ("OBX", 11)}


def test_fields_beyond_the_standard_are_listed() -> None:
    made = translate(message(header(), patient(), order(), result(f40="x")))
    assert unplaced(made)["OBX[1]-40"] == "not a field of OBX up to version 2.8"


def test_an_erased_field_is_listed_as_erased() -> None:
    made = translate(message(header(), patient(f13='""'), order()))
    assert "erases" in unplaced(made)["PID-13"]
    assert len(of_type(made, "Patient")) == 1
