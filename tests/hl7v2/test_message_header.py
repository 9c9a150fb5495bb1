"""The sender's own header stands in the Provenance of its message; the exchange's header is the gateway's."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode

import pytest

from adapters.hl7v2 import Hl7v2Adapter
from gateway.adapter import Translation
from gateway.bundle import MA_CSKCB, Resource, urn
from gateway.r4 import check
from tests.hl7v2.building import header, message, only, order, patient, result, translate, unplaced

ABSENT = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
TEXT = "https://lienthong.example/fhir/StructureDefinition/source-text"


def told(**changed: str) -> Translation:
    made = translate(message(header(**changed), patient(), order(), result()))
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    return made


def contained(made: Translation, resource_type: str) -> Resource:
    (found,) = (one for one in only(made, "Provenance")["contained"] if one["resourceType"] == resource_type)
    return dict(found)


def sent(**changed: str) -> Resource:
    return contained(told(**changed), "MessageHeader")


def test_no_header_of_the_senders_is_an_entry_that_could_be_taken_for_the_gateways() -> None:
    assert {one["resourceType"] for one in told().resources} & {"MessageHeader", "DocumentReference"} == set()


def test_the_message_is_told_of_by_number_and_digest_and_not_by_its_bytes() -> None:
    data = message(header(f10="M7"), patient(), order(), result())
    made = translate(data)
    reference = contained(made, "DocumentReference")
    (content,) = reference["content"]
    digest = urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    assert content["attachment"] == {
        "contentType": "x-application/hl7-v2+er7",
        "url": f"ni:///sha-256;{digest}",
        "size": len(data),
    }
    assert reference["masterIdentifier"]["value"] == "M7"
    assert reference["context"]["related"] == [{"reference": "#header"}, {"reference": "#transformation"}]
    assert only(made, "Provenance")["entity"][0]["what"]["reference"] == "#message"


@pytest.mark.parametrize(
    ("changed", "source"),
    [
        ({"f3": "LIS A"}, {"name": "LIS A", "_endpoint": {"extension": [ABSENT]}}),
        ({"f3": "LIS A^1.2.3^ISO"}, {"name": "LIS A", "endpoint": "urn:oid:1.2.3"}),
        ({"f3": "LIS A^lis.mau.vn^DNS"}, {"name": "LIS A", "endpoint": "dns:lis.mau.vn"}),
        ({"f3": "LIS A^B7^L"}, {"name": "LIS A", "software": "B7", "_endpoint": {"extension": [ABSENT]}}),
        (
            {"f3": "LIS A^1.2.3^ISO", "f24": "^mllp://lis.mau.vn:2575^URI"},
            {"name": "LIS A", "software": "1.2.3", "endpoint": "mllp://lis.mau.vn:2575"},
        ),
        (
            {"f3": "LIS A", "f24": "CONG 3"},
            {"name": "LIS A", "_endpoint": {"extension": [ABSENT, {"url": TEXT, "valueString": "CONG 3"}]}},
        ),
    ],
)
def test_the_source_is_the_program_at_its_address_or_at_one_that_is_unknown(
    changed: dict[str, str], source: Resource
) -> None:
    assert sent(**changed)["source"] == source


def test_a_message_to_nobody_has_no_destination() -> None:
    assert "destination" not in sent()


def test_the_program_and_the_house_it_was_sent_to_are_called_by_their_numbers() -> None:
    (first, second) = sent(f5="KHO", f6="01001~HOSPITAL", f25="mllp://kho.mau.vn:2575")["destination"]
    assert first["name"] == first["target"]["identifier"]["value"] == "KHO"
    assert first["endpoint"] == "mllp://kho.mau.vn:2575"
    assert first["receiver"]["identifier"] == {"system": MA_CSKCB, "value": "01001"}
    assert second["receiver"]["identifier"] == {"system": "urn:vn:cskcb:79001:organization", "value": "HOSPITAL"}
    assert second["_endpoint"] == {"extension": [ABSENT]}


def test_a_responsible_receiver_stands_before_the_receiving_house() -> None:
    made = told(f6="HOSPITAL", f23="VIỆN B^^V2")
    (destination,) = contained(made, "MessageHeader")["destination"]
    (house,) = (one for one in made.resources if one.get("name") == "VIỆN B")
    assert destination["receiver"] == {"reference": urn(house["id"])}
    assert "MSH-6" in unplaced(made)


def test_a_word_that_is_no_language_or_no_processing_is_listed() -> None:
    made = told(f11="P^X", f19="tiếng Việt")
    assert {"MSH-11.2", "MSH-19"} <= unplaced(made).keys()
    assert [tag["code"] for tag in contained(made, "MessageHeader")["meta"]["tag"]] == ["P"]
    assert sent(f19="VI^Vietnamese^ISO639")["language"] == "vi"


def test_the_country_is_the_sending_organizations() -> None:
    made = told(f17="VNM")
    sender = contained(made, "MessageHeader")["sender"]["reference"]
    (house,) = (one for one in made.resources if urn(one["id"]) == sender)
    assert house["address"] == [{"country": "VNM"}]
    assert "MSH-17" in unplaced(told(f4="", f17="VNM"))


def test_the_translation_is_told_of_with_the_version_that_made_it_and_without_a_time() -> None:
    made = told(f10="M7")
    message_provenance = only(made, "Provenance")
    transformation = contained(made, "Provenance")
    assert transformation["target"] == [{"reference": urn(message_provenance["id"])}]
    assert transformation["entity"] == message_provenance["entity"][:1]
    assert "recorded" not in transformation
    device = contained(made, "Device")
    assert transformation["agent"][0]["who"] == {"reference": f"#{device['id']}"}
    assert device["version"] == [{"value": Hl7v2Adapter.version}]
