"""Visits, places and merges with anything at all in their fields: refused, held or fit for FHIR."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import PayloadError
from gateway.r4 import check
from tests.hl7v2.building import header, message, patient, translate
from tests.hl7v2.test_own_segments_in_any_form import of

EVENTS = st.sampled_from([*(f"A{number:02}" for number in range(1, 14)), "A28", "A31", "A40"])
SEGMENTS = st.lists(
    st.one_of(of("PV1"), of("PV2"), of("PD1"), of("MRG"), of("EVN"), st.just(patient(f3="BN5^^^79001^MR"))), max_size=4
)


@given(EVENTS, of("MRG"), of("PV1"), SEGMENTS)
@settings(max_examples=200, deadline=None)
def test_whatever_stands_in_them_what_comes_out_passes_the_r4_check(
    event: str, merged: str, visit: str, rest: list[str]
) -> None:
    first = [merged] if event == "A40" else []
    try:
        made = translate(message(header(f9=f"ADT^{event}"), patient(), *first, visit, *rest))
    except PayloadError:
        return
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    ids = [(resource["resourceType"], resource["id"]) for resource in made.resources]
    assert len(ids) == len(set(ids))
    shared = [one for one in made.resources if one["resourceType"] in ("Location", "Organization", "Practitioner")]
    assert not [one for one in shared if "status" in one or "active" in one]
