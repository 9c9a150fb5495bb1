"""Bundles: their entries, and what references find among them."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.r4 import check
from tests.r4.samples import LAB, OBSERVATION, PATIENT, found, message, observation, patient, without

BASE = "https://a.example/fhir"
NOWHERE = "urn:uuid:ffffffff-ffff-4fff-8fff-ffffffffffff"
SUBJECT = "Bundle.entry[0].resource.subject.reference"


def bundle(kind: str, *entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, **more, "entry": list(entries)}


def entry(url: str, resource: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"fullUrl": url, "resource": resource, **more}


def answer(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return bundle("searchset", *entries, **more)


def pointing(
    kind: str, reference: str, *entries: dict[str, Any], url: str = OBSERVATION, **more: Any
) -> dict[str, Any]:
    """A Bundle whose first entry's subject is ``reference``."""
    about = observation(id="o1", subject={"reference": reference})
    return bundle(kind, entry(url, about, **more), *entries)


def document(*entries: dict[str, Any], **composition: Any) -> dict[str, Any]:
    first = {"resourceType": "Composition", "status": "final", "type": {"text": "a"}, "date": "2026", "title": "a"}
    named = {"identifier": {"system": "urn:ietf:rfc:3986", "value": NOWHERE}, "timestamp": "2026-11-22T03:04:05Z"}
    return bundle(
        "document", entry(LAB, {**first, "author": [{"reference": PATIENT}], **composition}), *entries, **named
    )


def told(resource: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(issue.severity, issue.rule, issue.expression) for issue in check(resource)]


@pytest.mark.parametrize("urn", [NOWHERE, "urn:oid:1.2.3"])
def test_a_message_points_to_nothing_that_is_not_there(urn: str) -> None:
    made = message()
    made["entry"][3]["resource"]["subject"]["reference"] = urn
    place = "Bundle.entry[3].resource.subject.reference"
    assert told(made) == [("error", "r4-reference-dangling", place)]


@pytest.mark.parametrize("kind", ["collection", "transaction"])
def test_of_a_collection_it_is_remarked_on(kind: str) -> None:
    more: dict[str, Any] = {"request": {"method": "PUT", "url": "Observation/o1"}} if kind == "transaction" else {}
    assert told(pointing(kind, NOWHERE, **more)) == [("warning", "r4-reference-dangling", SUBJECT)]


def test_a_search_answer_need_not_hold_all_it_points_to() -> None:
    assert found(pointing("searchset", NOWHERE)) == []


@pytest.mark.parametrize("reference", [NOWHERE, "Patient/9", f"{BASE}/Patient/9"])
@pytest.mark.parametrize(
    ("place", "holding"),
    [
        ("subject", lambda it: {"subject": it}),
        ("author[1]", lambda it: {"author": [{"reference": PATIENT}, it]}),
        ("attester[0].party", lambda it: {"attester": [{"mode": "legal", "party": it}]}),
        ("section[0].section[0].entry[0]", lambda it: {"section": [{"section": [{"entry": [it]}]}]}),
    ],
)
def test_a_document_holds_what_its_composition_names(place: str, holding: Any, reference: str) -> None:
    made = document(entry(PATIENT, patient()), **holding({"reference": reference}))
    rule = "r4-reference-dangling" if reference == NOWHERE else "r4-reference-absent"
    assert ("error", rule, f"Bundle.entry[0].resource.{place}.reference") in told(made)


def test_a_document_may_leave_out_what_its_other_resources_name() -> None:
    made = document(entry(PATIENT, patient(managingOrganization={"reference": "Organization/9"})))
    assert told(made) == []
    made["entry"][1]["resource"]["managingOrganization"]["reference"] = NOWHERE
    place = "Bundle.entry[1].resource.managingOrganization.reference"
    assert told(made) == [("warning", "r4-reference-dangling", place)]


@pytest.mark.parametrize("reference", ["Observation/9", f"{BASE}/Observation/9"])
def test_a_message_holds_its_focus(reference: str) -> None:
    made = message()
    made["entry"][0]["resource"]["focus"][0]["reference"] = reference
    assert told(made) == [("error", "r4-reference-absent", "Bundle.entry[0].resource.focus[0].reference")]


def test_a_relative_reference_goes_on_from_the_base_of_its_own_entry() -> None:
    person = entry(f"{BASE}/Patient/p1", patient())
    made = pointing("collection", "Patient/p1", person, url=f"{BASE}/Observation/o1")
    assert found(made) == []
    made["entry"][0]["fullUrl"] = "https://b.example/Observation/o1"
    assert told(made) == [("warning", "r4-reference-base", SUBJECT)]


def test_a_contained_resource_points_from_the_base_of_the_entry_it_stands_in() -> None:
    inner = {"resourceType": "Basic", "id": "i", "code": {"text": "a"}, "subject": {"reference": "Patient/p1"}}
    outer = observation(id="o1", contained=[inner], focus=[{"reference": "#i"}])
    entries = [entry(f"{BASE}/Observation/o1", outer), entry(f"{BASE}/Patient/p1", patient())]
    assert found(bundle("collection", *entries)) == []


def versions(kind: str, reference: str) -> dict[str, Any]:
    url = f"{BASE}/Patient/p1"
    entries = [entry(url, patient(meta={"versionId": number})) for number in ("1", "2")]
    return pointing(kind, reference, *entries, url=f"{BASE}/Observation/o1")


@pytest.mark.parametrize("reference", ["Patient/p1", f"{BASE}/Patient/p1"])
def test_a_reference_that_two_versions_match_is_ambiguous(reference: str) -> None:
    assert found(versions("collection", reference)) == [("r4-reference-ambiguous", SUBJECT)]


@pytest.mark.parametrize("reference", ["Patient/p1/_history/2", f"{BASE}/Patient/p1/_history/2"])
def test_a_reference_to_one_of_two_versions_is_clear(reference: str) -> None:
    assert found(versions("collection", reference)) == []
    assert found(versions("searchset", "Patient/p1")) == []


def test_a_reference_by_a_search_belongs_in_a_transaction() -> None:
    asks: dict[str, Any] = {"request": {"method": "POST", "url": "Observation"}}
    assert found(pointing("transaction", "Patient?identifier=1", **asks)) == []
    assert told(pointing("batch", "Patient?identifier=1", **asks)) == [("warning", "r4-reference-conditional", SUBJECT)]
    assert told(pointing("collection", "Patient?identifier=1")) == [("error", "r4-reference-conditional", SUBJECT)]


def test_what_a_batch_creates_no_other_entry_of_it_points_to() -> None:
    asks: dict[str, Any] = {"request": {"method": "POST", "url": "Observation"}}
    person = entry(PATIENT, patient(), request={"method": "POST", "url": "Patient"})
    assert found(pointing("batch", PATIENT, person, **asks)) == [("r4-reference-in-batch", SUBJECT)]
    assert found(pointing("transaction", PATIENT, person, **asks)) == []


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("bdl-1", {"total": 1}),
        ("bdl-7", {"entry": [*message()["entry"], message()["entry"][3]]}),
        ("bdl-12", {"entry": message()["entry"][1:]}),
        ("bdl-2", {"entry": [{**message()["entry"][0], "search": {"mode": "match"}}, *message()["entry"][1:]]}),
        ("bdl-3", {"entry": [{**entry, "request": {"method": "GET", "url": "a"}} for entry in message()["entry"]]}),
    ],
)
def test_the_rules_of_a_bundle_hold(rule: str, change: dict[str, Any]) -> None:
    assert (rule, "Bundle") in found({**message(), **change})


def test_an_entry_is_a_resource_a_request_or_a_response() -> None:
    bundle = message()
    bundle["entry"].append({"fullUrl": NOWHERE})
    assert ("bdl-5", "Bundle.entry[5]") in found(bundle)


@pytest.mark.parametrize("url", ["https://a.example/fhir/Patient/p1", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"])
def test_an_entry_may_stand_under_its_url_or_a_urn(url: str) -> None:
    assert found(answer({"fullUrl": url, "resource": patient()})) == []


@pytest.mark.parametrize(
    ("rule", "place", "bundle"),
    [
        ("r4-full-url", "Bundle.entry[0].fullUrl", answer({"fullUrl": "Patient/p1", "resource": patient()})),
        ("r4-full-url-missing", "Bundle.entry[0]", answer({"resource": patient()})),
        ("r4-search-id", "Bundle.entry[0].resource", answer(entry(OBSERVATION, observation()))),
        (
            "r4-search-outcome",
            "Bundle.entry[0].search.mode",
            answer(entry(PATIENT, patient(), search={"mode": "outcome"})),
        ),
        (
            "r4-link-twice",
            "Bundle.link[1].relation",
            answer(link=[{"relation": "next", "url": "https://a.example"}] * 2),
        ),
    ],
)
def test_what_is_said_of_bundles_in_words_is_held_too(rule: str, place: str, bundle: dict[str, Any]) -> None:
    bundle = {key: value for key, value in bundle.items() if value != []}
    assert found(bundle) == [(rule, place)]


@pytest.mark.parametrize("url", [f"{BASE}/Patient/p2", f"{BASE}/Person/p1"])
def test_a_restful_url_that_is_not_the_resources_is_refused(url: str) -> None:
    assert found(answer(entry(url, patient()))) == [("r4-full-url-id", "Bundle.entry[0].fullUrl")]


def test_a_restful_url_is_of_a_resource_that_has_an_id_or_is_to_get_one() -> None:
    resource = without(patient(), "id")
    assert found(bundle("collection", entry(f"{BASE}/Patient/p1", resource))) == [
        ("r4-full-url-id", "Bundle.entry[0].fullUrl")
    ]
    made = entry(f"{BASE}/Patient/p1", resource, request={"method": "POST", "url": "Patient"})
    assert found(bundle("transaction", made)) == []


def test_a_url_of_another_form_says_nothing_of_the_id() -> None:
    assert found(answer(entry("https://a.example/archive/p2", patient()))) == []


@pytest.mark.parametrize("kind", ["transaction", "batch"])
def test_what_is_put_or_posted_is_there(kind: str) -> None:
    asks = [{"request": {"method": method, "url": "Patient/p1"}} for method in ("GET", "PUT", "DELETE", "POST")]
    rules = [("r4-entry-body", "Bundle.entry[1]"), ("r4-entry-body", "Bundle.entry[3]")]
    assert found(bundle(kind, *asks)) == rules


def test_pages_belong_to_search_answers_and_histories() -> None:
    link = [{"relation": "next", "url": BASE}]
    [issue] = check(bundle("collection", entry(PATIENT, patient()), link=link))
    assert (issue.rule, issue.severity, issue.expression) == ("r4-link-page", "warning", "Bundle.link[0].relation")
    assert check(answer(entry(PATIENT, patient()), link=link)) == []


def test_the_outcome_of_a_search_needs_no_id() -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "not-supported"}]}
    assert found(answer({"resource": outcome, "search": {"mode": "outcome"}})) == []
