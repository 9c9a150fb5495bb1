"""Whatever stands in the segments about a patient: nothing is silent, and what comes out is valid R4."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.hl7v2.message import read_message
from adapters.hl7v2.segment_maps import known_fields
from gateway.r4 import check
from tests.hl7v2.building import header, message, order, patient, result, segment, translate, unplaced

NAMES = ("NK1", "AL1", "IAM", "DG1", "PR1", "IN1", "IN3")
# Decided about, without an element of their own where they say nothing else (A, U, X, N), name a system in use,
# or stand behind another field's code.
DECIDED = {"IAM-6", "IAM-27", "IAM-15", "DG1-2", "DG1-18", "DG1-21", "PR1-2", "PR1-16", "PR1-20", "IN1-17", "IN1-55"}
# Of an organisation said before, which is placed once with the source that said it first.
HOUSE = {"IN1-3", "IN1-4", "IN1-5", "IN1-6", "IN1-7", "IN1-10", "NK1-30", "NK1-31", "NK1-32", "NK1-41"}
TEXTS = st.sampled_from(
    (
        *(
            "A",
            "D",
            "U",
            "Y",
            "N",
            "SEL",
            "MTH",
            "EMR",
            "SV",
            "MI",
            "DA",
            "I10",
            "C4",
            "BHYT",
            "1",
            "0",
            "45",
            '""',
            "\\F\\",
        ),
        *("E11.9^ĐTĐ^I10", "^chữ", "L^^L^P^^99A", "44950^^C4", "^^^X", "x&y^z&t", "a~b", "TRẦN^A", "Viện^^CT1"),
        *("202611150830", "20261115", "20261399", "19000101^20", "K1^P2^G3", "N1^^^HIS^SN", "DN4010123456789", "  "),
    )
)


@st.composite
def segments(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(NAMES))
    fields = known_fields()[name]
    chosen = draw(st.dictionaries(st.integers(1, len(fields)), TEXTS, min_size=1, max_size=12))
    return segment(name, chosen)


@settings(max_examples=150, deadline=None)
@given(st.lists(segments(), min_size=1, max_size=5), st.booleans(), st.booleans())
def test_every_field_said_is_placed_or_listed_and_the_bundle_is_valid(
    said: list[str], visited: bool, ordered: bool
) -> None:
    visit = [segment("PV1", {2: "I", 19: "V1", 54: "E1"})] if visited else []
    tail = [order(), *said, result()] if ordered else said
    data = message(header(f9="ORU^R01" if ordered else "ADT^A08"), patient(), *visit, *tail)
    made = translate(data)
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    ids = [resource["id"] for resource in made.resources]
    assert len(ids) == len(set(ids))
    accounted = {
        field for path in [*made.lineage.values(), *unplaced(made)] for field in re.findall(r"^[^-]+-\d+", path)
    }
    accounted |= {field for path in accounted if (field := re.sub(r"\[\d+\]", "", path)) in HOUSE}
    for one in read_message(data).segments:
        for number in range(1, len(one) + 1):
            if one.name in NAMES and one.values(number) and f"{one.name}-{number}" not in DECIDED:
                assert {one.path(number), f"{one.name}-{number}"} & accounted
