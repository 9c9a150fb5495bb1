"""One Provenance a message: who said it, when, with which message; the exchange's signature is another one."""

from __future__ import annotations

import pytest

from gateway.adapter import Translation
from gateway.bundle import MA_CSKCB, Resource, urn
from gateway.r4 import check
from tests.hl7v2.building import header, message, of_type, only, order, patient, result, segment, translate, unplaced

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
CHANGES = [("20261101", "LÊ^THỊ MẪU"), ("20261101", "LÊ^THỊ MẪU MỚI"), ("20261102", "LÊ^THỊ MẪU")]
UNKNOWN = {"extension": [{"url": ABSENT, "valueCode": "unknown"}]}


def told(*event: str, **changed: str) -> bytes:
    """A message of one result; with EVN it is an admission."""
    if event:
        return message(header(**{"f9": "ADT^A01", **changed}), *event, patient())
    return message(header(**changed), patient(), order(), result())


def evn(**changed: str) -> str:
    return segment("EVN", {1: "A01"} | {int(name[1:]): text for name, text in changed.items()})


def test_it_speaks_of_every_other_resource_of_the_message() -> None:
    made = translate(told())
    provenance = made.resources[-1]
    others = [one for one in made.resources if one is not provenance]
    assert provenance["resourceType"] == "Provenance"
    assert [one["reference"] for one in provenance["target"]] == [urn(one["id"]) for one in others]


@pytest.mark.parametrize(
    ("event", "written", "recorded", "occurred"),
    [
        ({}, "20261115100000", "2026-11-15T10:00:00+07:00", None),
        ({}, "202611151000-0500", "2026-11-15T10:00:00-05:00", None),
        ({"f2": "20261115090000"}, "20261115100000", "2026-11-15T09:00:00+07:00", None),
        ({"f2": "20261115090000", "f6": "20261114"}, "20261115100000", "2026-11-15T09:00:00+07:00", "2026-11-14"),
        ({"f2": "20261114"}, "20261115100000", "2026-11-15T10:00:00+07:00", None),
        ({}, "20261115-0500", None, "2026-11-15"),
        ({"f6": "20261114"}, "20261115", None, "2026-11-14"),
        ({}, "", None, None),
        ({}, "20261399100000", None, None),
    ],
)
def test_it_was_recorded_when_the_event_was_else_when_the_message_was_written(
    event: dict[str, str], written: str, recorded: str | None, occurred: str | None
) -> None:
    made = translate(told(evn(**event), f7=written) if event else told(f7=written))
    provenance = only(made, "Provenance")
    assert (provenance.get("recorded"), provenance.get("occurredDateTime")) == (recorded, occurred)
    assert provenance.get("_recorded") == (None if recorded else UNKNOWN)
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []


def test_of_two_moments_said_the_one_without_a_place_is_listed() -> None:
    made = translate(told(evn(f2="20261114", f6="20261113"), f7="20261115"))
    assert {"EVN-2", "MSH-7"} <= unplaced(made).keys()


def test_its_author_is_who_answers_for_the_message() -> None:
    def author(**changed: str) -> object:
        made = translate(told(**changed))
        agent = only(made, "Provenance")["agent"][0]
        assert agent["type"]["coding"][0]["code"] == "author"
        (who,) = [one for one in made.resources if urn(one["id"]) == agent["who"]["reference"]]
        return who.get("name") or who["identifier"][0]

    assert author() == {"system": MA_CSKCB, "value": "79001"}
    assert author(f22="KHOA XÉT NGHIỆM") == "KHOA XÉT NGHIỆM"
    assert author(f3="LIS A", f4="") == "LIS A"


def test_it_names_the_message_and_the_program_that_wrote_it() -> None:
    provenance = only(translate(told(f10="M7", f3="LIS A^1.2.3^ISO")), "Provenance")
    assert [(one["role"], one["what"]["identifier"]["value"]) for one in provenance["entity"]] == [
        ("source", "M7"),
        ("source", "LIS A"),
    ]
    assert [one["display"] for one in provenance["activity"]["coding"]] == ["message - ORU^R01^ORU_R01"]


def test_an_event_gives_its_reason_and_its_operator() -> None:
    made = translate(told(evn(f2="20261115090000", f4="01^Yêu cầu của người bệnh^L", f5="NV7^TRẦN^AN")))
    provenance = only(made, "Provenance")
    assert provenance["reason"][0]["coding"][0]["code"] == "01"
    assert provenance["agent"][1] == {"who": {"reference": urn(only(made, "Practitioner")["id"])}}
    assert [one["display"] for one in provenance["activity"]["coding"]] == ["message - ADT^A01"]


def test_a_message_sent_again_has_the_same_one_and_another_message_another() -> None:
    def number(**changed: str) -> str:
        return str(only(translate(told(**changed)), "Provenance")["id"])

    assert number() == number()
    others = [number(f10="2"), number(f13="2"), number(f3="RIS"), number(f7="20271115100000"), number(f4="31006")]
    assert len({number(), *others}) == 6


def test_messages_without_a_number_are_told_apart_by_what_they_say() -> None:
    one, another = (
        only(translate(message(header(f10=""), patient(), order(f3=number), result())), "Provenance")
        for number in ("F1", "F2")
    )
    assert one["id"] != another["id"]


def test_a_second_event_is_listed() -> None:
    made = translate(told(evn(f2="20261115090000"), evn(f2="20261116090000")))
    assert len(of_type(made, "Provenance")) == 1
    assert "EVN[2]-2" in unplaced(made)


def changed(**fields: str) -> tuple[Translation, Resource]:
    """What a message makes, and its Provenance of the sender's record of the patient."""
    made = translate(message(header(), patient(**fields), order(), result()))
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    (found,) = [one for one in of_type(made, "Provenance") if "entity" not in one]
    return made, found


def test_when_and_where_the_record_of_the_patient_was_changed_is_a_provenance_of_the_patient() -> None:
    made, change = changed(f33="20261101", f34="PHÒNG KHÁM MỘT")
    assert [one["reference"] for one in change["target"]] == [urn(only(made, "Patient")["id"])]
    assert (change["occurredDateTime"], change["recorded"]) == ("2026-11-01", "2026-11-15T10:00:00+07:00")
    names = {urn(one["id"]): one.get("name") for one in of_type(made, "Organization")}
    assert names[change["agent"][0]["who"]["reference"]] == "PHÒNG KHÁM MỘT"


@pytest.mark.parametrize("facility", ["LIS", "79001", ""])
def test_the_sender_changed_it_where_it_names_itself_or_nobody(facility: str) -> None:
    made, change = changed(f33="20261101080000", f34=facility)
    assert change["agent"][0]["who"] == only(made, "Patient")["managingOrganization"]
    assert ("type" in change["agent"][0]) is bool(facility)


def test_another_facility_is_known_by_its_code() -> None:
    made, change = changed(f34="01999")
    (other,) = [
        one for one in of_type(made, "Organization") if urn(one["id"]) == change["agent"][0]["who"]["reference"]
    ]
    assert other["identifier"] == [{"system": MA_CSKCB, "value": "01999"}]


def test_a_change_told_again_is_the_same_and_a_later_one_another() -> None:
    first, again, later = (changed(f33=moment, f5=name)[1]["id"] for moment, name in CHANGES)
    assert first == again != later


def test_a_bad_time_of_change_is_listed_and_makes_no_provenance() -> None:
    made = translate(message(header(), patient(f33="20261399"), order(), result()))
    assert "PID-33" in unplaced(made)
    assert len(of_type(made, "Provenance")) == 1


def test_a_message_without_a_time_does_not_say_when_the_change_was_recorded() -> None:
    made = translate(message(header(f7=""), patient(f33="20261101"), order(), result()))
    assert all(one["_recorded"] == UNKNOWN for one in of_type(made, "Provenance"))
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
