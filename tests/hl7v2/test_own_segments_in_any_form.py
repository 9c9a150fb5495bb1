"""Documents, appointments and vaccinations with anything at all in their fields: refused, held or fit for FHIR."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.hl7v2.segment_maps import known_fields
from gateway.errors import PayloadError
from gateway.r4 import check
from tests.hl7v2.building import header, message, patient, segment, translate

WORDS = st.sampled_from(
    [
        *('""', "A", "D", "F", "W", "Booked", "Cancelled", "CP", "RE", "PA", "UN", "AV", "CA", "LA", "999", "9999"),
        *("20261120083000", "20261120", "2026", "20261199", "30", "0", "-5", "1e9", "min", "h", "mL", "M30"),
        *("BS1^TRẦN^MỘT", "BS1^TRẦN^MỘT^^^^^^^^^^^^20261120", "P1^HIS", "P1^HIS~P1^HIS~P2", "K01^P1^G1^79001", "ROOM"),
        *("^^^20261120083000^20261120070000", "^^M30^202611200830", "x^y^HL70276", "^x^HL70277", "998^X^CVX"),
        *("a&b^c&d", "^a^^b", "^^^", "~~", "A^^ ^ x", "a  b", "TX", "ED", "RP", "NM", "CE", "TS", "PDF", "a/b c"),
        *("HIS^AP^PDF^Base64^JVBERi0=", "https://x.example/1", "64994-7^E^LN", "69764-9^E^LN", "29768-9^E^LN"),
        *("30973-2^E^LN", "59782-3^E^LN", "30963-3^E^LN", "1", "2", "Ω\\.br\\Ω", "V", "^R^HL70177", "MSD^M^MVX"),
    ]
)


def of(name: str) -> st.SearchStrategy[str]:
    """A segment with a word in some of its fields, one beyond the standard's last among them."""
    last = max(int(field.partition("-")[2]) for field in known_fields()[name]) + 1
    return st.dictionaries(st.integers(1, last), WORDS, min_size=1).map(lambda fields: segment(name, fields))


def some(*names: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names).flatmap(of), max_size=5)


MESSAGES = st.one_of(
    st.tuples(
        st.sampled_from(["MDM^T01", "MDM^T02", "MDM^T06", "MDM^T08", "MDM^T10", "MDM^T11"]),
        st.tuples(st.just(patient()), of("TXA")).map(list),
        some("OBX", "NTE"),
    ),
    st.tuples(
        st.sampled_from(["SIU^S12", "SIU^S14", "SIU^S15", "SIU^S22", "SIU^S26"]),
        st.tuples(of("SCH"), st.just(patient())).map(list),
        some("AIS", "AIG", "AIL", "AIP", "NTE"),
    ),
    st.tuples(
        st.just("VXU^V04"),
        st.tuples(st.just(patient()), of("RXA")).map(list),
        some("RXR", "OBX", "NTE", "RXA"),
    ),
)


@given(MESSAGES)
@settings(max_examples=150, deadline=None)
def test_whatever_stands_in_them_what_comes_out_passes_the_r4_check(told: tuple[str, list[str], list[str]]) -> None:
    event, begun, rest = told
    try:
        made = translate(message(header(f9=event), *begun, *rest))
    except PayloadError:
        return
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    ids = [resource["id"] for resource in made.resources]
    assert len(ids) == len(set(ids))
