"""What travels, what is listed, what a person must look at: every type of R4 is decided about."""

from __future__ import annotations

from datetime import UTC, datetime

from adapters.fhir.kinds import kinds
from gateway.bundle import urn
from gateway.r4 import check
from gateway.revision import recorded_at
from tests.fhir.building import bundle, observation, patient, rules, translated

RECORDED = {"recorded": "2026-11-20T08:00:00Z", "agent": [{"who": {"display": "HIS"}}]}


def test_every_type_of_r4_stands_in_the_file_once() -> None:
    assert len(kinds().surroundings | kinds().of_a_patient | kinds().held.keys() | kinds().left.keys()) == 146


def test_logs_and_subscriptions_do_not_come_in() -> None:
    log = {
        "resourceType": "AuditEvent", "id": "a", "recorded": "2026-11-20T08:00:00Z",
        "type": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110112"},
        "agent": [{"requestor": True}], "source": {"observer": {"display": "HIS"}},
    }  # fmt: skip
    asks = {
        "resourceType": "Subscription", "id": "s", "status": "requested", "reason": "x", "criteria": "Observation?",
        "channel": {"type": "rest-hook", "endpoint": "https://evil.example"},
    }  # fmt: skip
    made = translated(bundle(patient(), log, asks))
    assert [resource["resourceType"] for resource in made.resources] == ["Patient"]
    assert {left.field: left.clinical for left in made.unplaced} == {
        "Bundle.entry[1].resource": False,
        "Bundle.entry[2].resource": False,
    }
    assert all(left.reason for left in made.unplaced)


def test_a_consent_holds_the_record() -> None:
    system = "http://terminology.hl7.org/CodeSystem"
    consent = {
        "resourceType": "Consent", "id": "c", "status": "active", "patient": {"reference": "Patient/p1"},
        "scope": {"coding": [{"system": f"{system}/consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "policyRule": {"coding": [{"system": f"{system}/v3-ActCode", "code": "OPTOUT"}]},
    }  # fmt: skip
    made = translated(bundle(patient(), consent))
    assert [issue.rule for issue in made.holds] == ["fhir-type-held"]
    assert [left.clinical for left in made.unplaced] == [True]


def test_who_said_it_travels_and_a_signature_over_what_came_does_not() -> None:
    said = {"resourceType": "Provenance", "id": "v", "target": [{"reference": "Patient/p1"}], **RECORDED}
    code = {"system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.14"}
    signature = {"type": [code], "when": "2026-11-20T08:00:00Z", "who": {"display": "HIS"}, "data": "QQ=="}
    made = translated(bundle(patient(), said, {**said, "id": "w", "signature": [signature]}))
    assert [resource["resourceType"] for resource in made.resources] == ["Patient", "Provenance"]
    assert made.resources[1]["recorded"] == RECORDED["recorded"]
    assert [left.field for left in made.unplaced] == ["Bundle.entry[2].resource", "Bundle.entry[1].resource.id"]


def test_what_stands_around_the_entries_is_listed() -> None:
    more = [{"relation": "next", "url": "https://his.example/fhir?page=2"}]
    sent = bundle(patient(), kind="searchset", total=1, link=more)
    sent["entry"][0]["search"] = {"mode": "match"}
    made = translated(sent)
    assert [left.field for left in made.unplaced] == ["Bundle.total", "Bundle.link", "Bundle.entry[0].search"]
    assert "fhir-more-pages" in rules(made)


def test_rules_of_its_own_hold_the_record() -> None:
    for sent in (
        bundle(patient(), implicitRules="https://his.example/rules"),
        bundle(patient(), observation(implicitRules="https://his.example/rules")),
    ):
        assert [issue.rule for issue in translated(sent).holds] == ["fhir-own-rules"]


def test_the_time_and_number_of_a_bundle_make_a_provenance_of_all_of_it() -> None:
    number = {"system": "https://his.example/goi", "value": "G-17"}
    sent = bundle(patient(), observation(), timestamp="2026-11-20T09:41:00+07:00", identifier=number)
    made = translated(sent)
    told = made.resources[-1]
    assert (told["recorded"], told["entity"][0]["what"]["identifier"]) == (sent["timestamp"], number)
    assert [target["reference"] for target in told["target"]] == [urn(one["id"]) for one in made.resources[:-1]]
    assert told["agent"][0]["who"]["identifier"]["value"] == "79001"
    assert made.lineage["Provenance[0].recorded"] == "Bundle.timestamp"
    assert check(made.bundle()) == []
    assert recorded_at(made.bundle()) == datetime(2026, 11, 20, 2, 41, tzinfo=UTC)


def test_a_provenance_of_a_part_does_not_date_the_rest() -> None:
    said = {"resourceType": "Provenance", "id": "v", "target": [{"reference": "Patient/p1"}], **RECORDED}
    made = translated(bundle(patient(), observation(), said))
    assert recorded_at(made.bundle()) is None
    assert check(made.bundle()) == []
