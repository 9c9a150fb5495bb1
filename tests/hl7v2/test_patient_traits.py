"""What PID says in fields that mean something only together, and what it says of others than the patient."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.hl7v2 import Hl7v2Adapter
from gateway.adapter import DefaultProfile, Payload, Translation
from gateway.bundle import collection
from gateway.r4 import check

_ANIMAL = "http://hl7.org/fhir/StructureDefinition/patient-animal"


def _told(**fields: str) -> Translation:
    """An admission whose PID has these fields (``f12``) beside the patient's number and name."""
    said = {3: "BN1^^^79001^MR", 5: "HOÀNG^VĂN MẪU"} | {int(name[1:]): text for name, text in fields.items()}
    pid = "|".join(["PID", *(said.get(number, "") for number in range(1, 41))])
    text = f"MSH|^~\\&|HIS|79001|||20261116100000||ADT^A08|C1|P|2.5\r{pid}\rPV1|1|I\r"
    (record,) = Hl7v2Adapter().records(Payload(text.encode()))
    made = Hl7v2Adapter().translate(record, DefaultProfile("79001"))
    assert [issue.rule for issue in check(collection(made.resources)) if issue.severity == "error"] == []
    return made


def _one(made: Translation, kind: str) -> dict[str, Any]:
    (found,) = (one for one in made.resources if one["resourceType"] == kind)
    return dict(found)


@pytest.mark.parametrize(
    ("addresses", "districts"),
    [
        ("", ["Quận Một"]),
        ("1 Đường Mẫu^^Huế", ["Quận Một"]),
        ("1 Đường Mẫu^^Huế^^^^^^Quận Một", ["Quận Một"]),
        ("1 Đường Mẫu^^Huế^^^^^^Quận Hai", ["Quận Hai", "Quận Một"]),
        ("1 Đường Mẫu^^Huế~2 Đường Mẫu^^Huế", [None, None, "Quận Một"]),
    ],
)
def test_a_county_is_the_only_addresss_or_an_address_of_its_own(addresses: str, districts: list[str | None]) -> None:
    made = _told(f11=addresses, f12="Quận Một")
    patient = _one(made, "Patient")
    assert [address.get("district") for address in patient["address"]] == districts
    assert "PID-12" not in {one.field for one in made.unplaced}


def test_an_animal_is_never_taken_for_a_human() -> None:
    made = _told(f35="DOG^Chó^L", f36="BEC^Béc giê^L")
    (animal,) = _one(made, "Patient")["extension"]
    assert (animal["url"], [part["url"] for part in animal["extension"]]) == (_ANIMAL, ["species", "breed"])


def test_a_breed_without_a_species_is_listed() -> None:
    made = _told(f36="BEC^Béc giê^L")
    assert "extension" not in _one(made, "Patient")
    assert "PID-36" in {one.field for one in made.unplaced}


def test_a_mothers_numbers_are_hers_alone() -> None:
    made = _told(f21="BN9^^^79001^MR~001090000001^^^CCCD^NI")
    mother, patient = _one(made, "RelatedPerson"), _one(made, "Patient")
    numbers = [[one["value"] for one in person["identifier"]] for person in (mother, patient)]
    assert numbers == [["BN9", "001090000001"], ["BN1"]]
    assert mother["patient"] == {"reference": f"urn:uuid:{patient['id']}"}


def test_a_mothers_name_where_her_number_belongs_is_listed_and_makes_nobody() -> None:
    made = _told(f21="TRẦN^THỊ MẪU")
    assert "RelatedPerson" not in {one["resourceType"] for one in made.resources}
    assert "PID-21" in {one.field for one in made.unplaced}


def test_an_account_is_named_without_a_word_on_its_status() -> None:
    made = _told(f18="TK1")
    account = _one(made, "Account")
    assert account["status"] == "unknown"
    assert account["identifier"] == [{"system": "urn:vn:cskcb:79001:account", "value": "TK1"}]
    assert made.lineage["Account[0].identifier[0].value"] == "PID-18"


def test_a_driving_licence_links_nobody() -> None:
    made = _told(f20="790000000001^VN^20300101")
    licence = _one(made, "Patient")["identifier"][1]
    assert (licence["system"], licence["value"]) == ("urn:vn:cskcb:79001:id:dl", "790000000001")
    assert licence["period"] == {"end": "2030-01-01"}
