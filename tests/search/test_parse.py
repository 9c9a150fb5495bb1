"""A search is understood in full, or refused by the name of what is not."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import SearchRefused
from gateway.messages import LANGUAGES, catalogue
from gateway.search import Criterion, Moment, Reference, SearchQuery, Token, parse
from gateway.search.query import MAX_PARAMETERS, MAX_VALUES

BASE = "https://gateway.example/fhir"
SECRET = "079080000001"  # a citizen id that no refusal may repeat


def one(resource_type: str, name: str, value: str) -> Criterion:
    (criterion,) = parse(resource_type, [(name, value)], base_url=BASE).criteria
    return criterion


def refusal(resource_type: str, *pairs: tuple[str, str], lenient: bool = False) -> SearchRefused:
    with pytest.raises(SearchRefused) as caught:
        parse(resource_type, pairs, base_url=BASE, lenient=lenient)
    return caught.value


def rule(refused: SearchRefused) -> str:
    return refused.issues[0].rule


@pytest.mark.parametrize(
    ("value", "token"),
    [
        ("4548-4", Token(None, "4548-4")),
        ("http://loinc.org|4548-4", Token("http://loinc.org", "4548-4")),
        ("|4548-4", Token("", "4548-4")),
        ("http://loinc.org|", Token("http://loinc.org", None)),
        (r"a\|b", Token(None, "a|b")),
        (r"urn:x|a\,b\$c\\d", Token("urn:x", r"a,b$c\d")),
    ],
)
def test_a_token_is_read_in_each_of_its_forms(value: str, token: Token) -> None:
    assert one("Observation", "code", value).values == (token,)


def test_a_comma_separates_and_an_escaped_one_does_not() -> None:
    assert one("Observation", "code", r"a,b\,c,urn:x|d").values == (
        Token(None, "a"),
        Token(None, "b,c"),
        Token("urn:x", "d"),
    )


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), min_size=1, max_size=5))
def test_whatever_is_escaped_comes_back_as_it_was(tokens: list[tuple[str, str]]) -> None:
    def escaped(text: str) -> str:
        return text.replace("\\", r"\\").replace("|", r"\|").replace(",", r"\,").replace("$", r"\$")

    tokens = [(system.replace("\x00", "x"), code.replace("\x00", "x")) for system, code in tokens]
    asked = ",".join(f"{escaped(system)}|{escaped(code)}" for system, code in tokens)
    assert one("Observation", "code", asked).values == tuple(Token(*token) for token in tokens)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_name_and_value_is_a_query_or_a_refusal_and_nothing_else(name: str, value: str) -> None:
    for asked in ((name, value), ("code", value), ("date", value), ("patient", value), ("_sort", value)):
        with suppress(SearchRefused):
            assert parse("Observation", [asked], base_url=BASE).understood in ((asked,), ())


@pytest.mark.parametrize(
    ("value", "target"),
    [
        ("Patient/1", "Patient/1"),
        ("1", "Patient/1"),
        (f"{BASE}/Patient/1", "Patient/1"),
        ("https://other.example/fhir/Patient/1", "https://other.example/fhir/Patient/1"),
    ],
)
def test_a_reference_is_read_in_each_of_its_forms(value: str, target: str) -> None:
    assert one("Observation", "patient", value).values == (Reference((target,)),)


def test_an_id_alone_may_be_of_any_type_the_parameter_refers_to() -> None:
    (value,) = one("Observation", "subject", "1").values
    assert value == Reference(("Patient/1", "Device/1", "Location/1"))
    assert one("Observation", "subject:Patient", "1").values == (Reference(("Patient/1",)),)
    (value,) = one("Observation", "patient", "urn:uuid:1").values
    assert value == Reference(("Patient/1", "urn:uuid:1"))


def test_a_date_carries_its_prefix_and_the_interval_it_covers() -> None:
    (value,) = one("Observation", "date", "ge1970-01-01").values
    assert value == Moment("ge", -25_200_000_000, 61_199_999_999)  # the day in +07:00
    (value,) = one("Observation", "date", "1970-01-01T00:00Z").values
    assert value == Moment("eq", 0, 59_999_999)


@pytest.mark.parametrize("name", ["patient.identifier", "subject.identifier", "subject:Patient.identifier"])
def test_a_chain_asks_for_the_identifier_of_what_is_referred_to(name: str) -> None:
    criterion = one("Observation", name, "urn:x|7")
    assert criterion.chained
    assert criterion.values == (Token("urn:x", "7"),)
    assert "Patient" in criterion.targets


def test_a_chain_to_a_named_type_asks_that_type_alone() -> None:
    assert one("Observation", "subject:Patient.identifier", "7").targets == ("Patient",)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("colour", "x", "search-parameter-unknown"),
        ("birthdate", "1980", "search-parameter-unknown"),  # R4 has it for Patient alone
        ("authored", "2026", "search-parameter-unknown"),
        ("_elements", "id", "search-parameter-unknown"),
        ("_has:Provenance:target:recorded", "2026", "search-parameter-unknown"),
        ("_revinclude", "Provenance:target", "search-parameter-unknown"),
        ("_filter", "x", "search-parameter-unknown"),
        ("code:text", "x", "search-modifier-unsupported"),
        ("code:in", "x", "search-modifier-unsupported"),
        ("date:not", "2026", "search-modifier-unsupported"),
        ("_id:not", "1", "search-modifier-unsupported"),
        ("_id:missing", "true", "search-modifier-unsupported"),
        ("patient:identifier", "urn:x|1", "search-modifier-unsupported"),
        ("subject:Group", "1", "search-modifier-unsupported"),
        ("patient.name", "x", "search-chain-unsupported"),
        ("code.identifier", "x", "search-chain-unsupported"),
        ("patient.general-practitioner.identifier", "x", "search-chain-unsupported"),
        ("code", "", "search-value-empty"),
        ("code", "a,,b", "search-value-empty"),
        ("code", "|", "search-value-malformed"),
        ("code", "a|b|c", "search-value-malformed"),
        ("code", "a\\", "search-value-malformed"),
        ("code", "a\\b", "search-value-malformed"),
        ("code", "a\x00", "search-value-malformed"),
        ("code:missing", "yes", "search-value-malformed"),
        ("date", "soon", "search-value-malformed"),
        ("date", "2026-02-30", "search-value-malformed"),
        ("date", "ge", "search-value-malformed"),
        ("patient", "Device/1", "search-value-malformed"),
        ("patient", "Patient/1/_history/2", "search-value-malformed"),
        ("patient", "a b", "search-value-malformed"),
        ("patient.identifier", "urn:x|", "search-value-malformed"),
        ("_count", "-1", "search-value-malformed"),
        ("_count", "many", "search-value-malformed"),
        ("_total", "perhaps", "search-value-malformed"),
        ("_format", "application/fhir+xml", "search-value-unsupported"),
        ("_summary", "true", "search-value-unsupported"),
        ("_sort", "code", "search-sort-unsupported"),
        ("_sort", "authored", "search-sort-unsupported"),
        ("_sort", "", "search-sort-unsupported"),
        ("_sort", "date,-date", "search-value-malformed"),
        ("_include", "*", "search-include-unsupported"),
        ("_include", "Observation:code", "search-include-unsupported"),
        ("_include", "DiagnosticReport:result", "search-include-unsupported"),
        ("_include", "Observation:subject:Group", "search-include-unsupported"),
        ("_include:iterate", "Observation:subject", "search-parameter-unknown"),
        ("_cursor", "", "search-cursor-broken"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(name: str, value: str, expected: str) -> None:
    refused = refusal("Observation", (name, value))
    assert rule(refused) == expected
    assert str(refused.issues[0].parameters["parameter"]) in (name, "?", name.partition(":")[0])
    assert refused.status == 400
    assert refused.code == "not-supported"


def test_every_refusal_has_its_sentence_in_both_languages() -> None:
    rules = [key for key in catalogue() if key.startswith("search-")]
    assert len(rules) > 10
    for key in rules:
        assert all(catalogue()[key].get(language) for language in LANGUAGES)


def test_a_refusal_never_repeats_a_value_nor_a_name_that_may_be_one() -> None:
    for pair in (("date", SECRET), (SECRET, "x"), ("patient", f"Patient/{SECRET}/x"), (f"patient:{SECRET}", "x")):
        refused = refusal("Observation", pair)
        assert SECRET not in str(refused)
        assert SECRET not in repr(refused.issues)


def test_an_unknown_type_is_refused() -> None:
    assert rule(refusal("Claim", ("_id", "1"))) == "search-type-unknown"


def test_too_much_is_refused_before_any_of_it_is_asked() -> None:
    assert rule(refusal("Observation", *([("code", "x")] * (MAX_PARAMETERS + 1)))) == "search-too-many-parameters"
    assert rule(refusal("Observation", ("code", ",".join(["x"] * (MAX_VALUES + 1))))) == "search-too-many-values"


@pytest.mark.parametrize("name", ["_sort", "_count", "_total", "_cursor", "_format"])
def test_what_shapes_the_answer_may_stand_once(name: str) -> None:
    value = {"_sort": "date", "_count": "1", "_total": "none", "_cursor": "x", "_format": "json"}[name]
    assert rule(refusal("Observation", (name, value), (name, value))) == "search-parameter-repeated"


def test_lenient_handling_leaves_out_the_unknown_and_names_it() -> None:
    asked = [("colour", "x"), ("code:text", "x"), ("code", "1"), ("_sort", "colour"), (SECRET, "x")]
    query = parse("Observation", asked, base_url=BASE, lenient=True)
    assert query.ignored == ("colour", "code:text", "_sort", "?")
    assert query.understood == (("code", "1"),)
    assert len(query.criteria) == 1


def test_lenient_handling_still_refuses_a_malformed_value() -> None:
    assert rule(refusal("Observation", ("date", "soon"), lenient=True)) == "search-value-malformed"
    assert rule(refusal("Observation", ("code", ""), lenient=True)) == "search-value-empty"


def test_what_shapes_the_answer_is_read() -> None:
    asked = [
        ("_sort", "-date,_id"),
        ("_count", "5"),
        ("_total", "accurate"),
        ("_include", "Observation:subject:Patient"),
    ]
    query = parse("Observation", [*asked, ("_include", "Observation:encounter"), ("_format", "json")], base_url=BASE)
    assert [(sort.parameter.name, sort.descending) for sort in query.sort] == [("date", True), ("_id", False)]
    assert (query.count, query.total) == (5, "accurate")
    assert [(item.parameter.name, item.targets) for item in query.includes] == [
        ("subject", ("Patient",)),
        ("encounter", ("Encounter", "EpisodeOfCare")),
    ]


def test_a_summary_of_counts_wins_over_a_page_size() -> None:
    for asked in ([("_summary", "count"), ("_count", "5")], [("_count", "5"), ("_summary", "count")]):
        assert parse("Observation", asked).count == 0


def test_no_parameter_can_ask_for_what_is_sensitive() -> None:
    assert not parse("Observation", []).include_sensitive
    assert rule(refusal("Observation", ("include_sensitive", "true"))) == "search-parameter-unknown"
    assert SearchQuery("Observation") == parse("Observation", [])
