"""Whatever stands in the fields of an order, in whatever order its segments come: a conformant Bundle, or a refusal."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import PayloadError
from gateway.r4 import check
from tests.hl7v2.building import header, message, patient, segment, translate

_LENGTHS = {"ORC": 38, "TQ1": 14, "OBR": 54, "SPM": 30, "NTE": 6, "RXO": 36, "RXR": 6, "RXC": 5, "IPC": 9, "RQD": 3}
_WORDS = [
    *("A", "-1", "0", "2.5", "1,234", "1" * 20, '""', "^", "~", "&&", "A^B^L", "^B", "A&B^C&D^E", "A~B~C"),
    *("20261116", "202611160800", "20261116080000+0700", "99999999", "0800", "2500", "D7", "INDEF", "30^min", "-3^d"),
    *("99999999999^wk", "3^d~4^d", "BID", "^^^^2^d", "^DW^6^1", "^DW^9", "^^^^^^^AC^30^min", "1^2", "2^mL", "mg"),
    *("NW", "CA", "SC", "PR", "RE", "P1", "G", "F", "X^^^A&1.2.3&ISO", "BS1^TRẦN^MỘT", "1.2.3.4.5", "PG1&H^FG1&L"),
    "2&mL^Q6H&0800,14^D7^20261116080000^20251116^S^khi^x^^^30&min^3",
]


@st.composite
def segments(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from([*_LENGTHS, "OBX", "PID"]))
    if name == "PID":
        return patient(f3=draw(st.sampled_from(["BN1^^^79001^MR", "BN2^^^79001^MR"])))
    fields = st.dictionaries(st.integers(1, _LENGTHS.get(name, 4)), st.sampled_from(_WORDS), min_size=1)
    fixed = {2: "NM", 3: "GLU^Glucose^L", 11: "F"} if name == "OBX" else {}
    return segment(name, draw(fields) | fixed)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["OML^O21", "ORM^O01", "OMG^O19", "OMI^O23"]),
    st.lists(segments(), min_size=1, max_size=8),
)
def test_any_order_is_a_conformant_bundle_or_refused(kind: str, told: list[str]) -> None:
    try:
        made = translate(message(header(f9=kind), patient(), *told))
    except PayloadError:
        return
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
