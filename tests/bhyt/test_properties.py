"""Whatever subset of fields a record has, and whatever stands in them: FHIR R4 or a refusal, never a fault."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.bhyt import BhytAdapter
from adapters.bhyt.layouts import known_fields
from gateway.adapter import DefaultProfile, Payload, Translation, split, translate
from gateway.bundle import body, references
from gateway.errors import SenderError
from gateway.r4 import check
from tests.bhyt.building import RESULT, SERVICE, SUMMARY, envelope, hoso_xml, payload, translated, unplaced
from tests.bhyt.papers import PAPERS

ADAPTER = BhytAdapter()
Rows = tuple[dict[str, str], list[dict[str, str]], list[dict[str, str]]]

# Texts XML can carry (no control characters, no surrogates), among them what fields really hold.
TEXTS = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn", "Co"]), max_size=30)
VALUES = st.one_of(
    TEXTS,
    st.sampled_from(
        ["", "1", "03", "202611151020", "20261115", "199000000000", "000000000000", "7,2", "<5", "2-4", "4-2", "1:128",
         "J189", "A;B;;C", ";", "DN4010000000001", "001090000001", "22.9001.0001.K.01997", "0", "-1", "9" * 40]
    ),
    st.from_regex(r"[0-9]{0,14}", fullmatch=True),
)  # fmt: skip


def rows(table: str, usual: dict[str, str]) -> st.SearchStrategy[dict[str, str]]:
    """Some of the usual fields, some fields of any decision with anything in them."""
    kept = st.sets(st.sampled_from(sorted(usual))).map(lambda names: {name: usual[name] for name in sorted(names)})
    wild = st.dictionaries(st.sampled_from(sorted(known_fields(table))), VALUES, max_size=6)
    return st.tuples(kept, wild).map(lambda pair: pair[0] | pair[1])


RECORDS = st.tuples(
    rows("XML1", SUMMARY).map(lambda row: row | {"MA_LK": "L1", "MA_CSKCB": "01999"}),
    st.lists(rows("XML3", SERVICE).map(lambda row: row | {"MA_LK": "L1"}), max_size=3),
    st.lists(rows("XML4", RESULT).map(lambda row: row | {"MA_LK": "L1"}), max_size=4),
)


def taken(record: Rows, profile: DefaultProfile | None = None) -> Translation | None:
    """The translation; None where the record is refused, which here only a missing patient may cause."""
    try:
        return translated(payload(*record), profile)
    except SenderError as refused:
        if {issue.rule for issue in refused.issues} == {"bhyt-patient-missing"}:
            return None
        raise


@settings(max_examples=60, deadline=None)
@given(RECORDS, st.booleans())
def test_any_record_is_fhir_or_refused(record: Rows, comma: bool) -> None:
    made = taken(record, DefaultProfile(decimal_comma=comma))
    if made is None:
        return
    bundle = made.bundle()
    assert [issue for issue in check(bundle) if issue.refuses] == []
    identifiers = [resource["id"] for resource in made.resources]
    assert len(identifiers) == len(set(identifiers))
    assert set(references(bundle)) <= {entry["fullUrl"] for entry in bundle["entry"]}
    assert body(bundle) == body(translated(payload(*record), DefaultProfile(decimal_comma=comma)).bundle())


@settings(max_examples=60, deadline=None)
@given(RECORDS)
def test_every_value_given_is_placed_or_listed(
    record: Rows,
) -> None:
    made = taken(record)
    if made is None:
        return
    placed = {part.partition(" (")[0] for source in made.lineage.values() for part in source.split(", ")}
    listed = set(unplaced(made))
    summary, services, results = record
    given_fields = [(f"XML1.{name}", name, text) for name, text in summary.items()]
    for table, found in (("XML3", services), ("XML4", results)):
        for number, row in enumerate(found, 1):
            given_fields += [(f"{table}[{number}].{name}", name, text) for name, text in row.items()]
    for path, name, text in given_fields:
        if not text.replace(";", "").strip() or name == "MA_LK":
            continue
        said = {path} | {at for at in placed | listed if at.startswith(f"{path}[")}
        shared = name == "MA_DICH_VU" or name.startswith("MA_BS")  # one element for the rows of a report
        assert said & (placed | listed) or shared, path


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 2000), st.integers(0, 60))
def test_damaged_bytes_are_refused_or_read_never_a_fault(noise: bytes, at: int, gone: int) -> None:
    data = envelope(hoso_xml({"XML1": [SUMMARY], "XML4": [RESULT]}))
    damaged = data[:at] + noise + data[at + gone :]
    try:
        for record in split(ADAPTER, Payload(damaged)):
            translate(ADAPTER, record, DefaultProfile())
    except SenderError:
        pass


PAPER_ROWS = st.sampled_from(sorted(PAPERS)).flatmap(
    lambda table: st.lists(rows(table, PAPERS[table]), min_size=1, max_size=2).map(lambda found: (table, found))
)


@settings(max_examples=25, deadline=None)
@given(PAPER_ROWS)
def test_whatever_a_paper_says_its_record_is_valid_r4_with_every_id_once(
    said: tuple[str, list[dict[str, str]]],
) -> None:
    table, found = said
    made = translated(payload(SUMMARY, **{table: [row | {"MA_LK": SUMMARY["MA_LK"]} for row in found]}))
    assert [issue for issue in check(made.bundle()) if issue.refuses] == []
    ids = [resource["id"] for resource in made.resources]
    assert len(set(ids)) == len(ids)
    assert set(references(made.bundle())) <= {f"urn:uuid:{name}" for name in ids}
