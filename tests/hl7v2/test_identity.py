"""Ids follow from what the facility calls a thing: the same thing has the same id, whatever changes about it."""

from __future__ import annotations

import pytest

from gateway.adapter import DefaultProfile
from gateway.bundle import references, urn
from tests.hl7v2.building import PAYLOADS, SAMPLES, header, message, of_type, only, order, patient, result, translate


def ids(data: bytes, resource_type: str) -> list[str]:
    return [resource["id"] for resource in of_type(translate(data), resource_type)]


@pytest.mark.parametrize("path", sorted([*SAMPLES.glob("*.hl7"), *PAYLOADS.glob("*.hl7")]), ids=lambda path: path.name)
def test_the_same_bytes_give_the_same_translation(path: object) -> None:
    data = (SAMPLES / str(path)).read_bytes()
    one, two = translate(data), translate(data)
    assert one.resources == two.resources
    assert one.lineage == two.lineage
    assert one.unplaced == two.unplaced


def test_a_correction_and_a_withdrawal_are_versions_of_the_same_result() -> None:
    found = {
        name: ids((SAMPLES / f"result-{name}.hl7").read_bytes(), "Observation")
        for name in ("preliminary", "corrected", "finalised", "withdrawn")
    }
    assert len({tuple(one) for one in found.values()}) == 1


@pytest.mark.parametrize(
    "segments",
    [
        (patient(f3="BN2^^^79001^MR"), order(), result()),
        (patient(), order(f3="F2^LIS"), result()),
        (patient(), order(f4="GLU^Glucose^L"), result()),
        (patient(), order(), result(f3="K^Kali^L")),
        (patient(), order(), result(f4="2")),
        (patient(), order(), result(), "SPM|1|^M2"),
    ],
)
def test_another_patient_order_code_sub_id_or_specimen_is_another_result(segments: tuple[str, ...]) -> None:
    usual = message(header(), patient(), order(), result())
    assert ids(usual, "Observation") != ids(message(header(), *segments), "Observation")


@pytest.mark.parametrize(
    "segments",
    [
        (patient(f5="KHÁC^TÊN"), order(), result()),
        (patient(), order(f25="C"), result("NM", "9.9", f11="C")),
        (patient(), order(f7="20261116080000"), result()),
        (patient(f3="001080000001^^^CCCD^NI~BN1^^^79001^MR"), order(), result()),
    ],
)
def test_another_value_status_name_or_order_of_numbers_is_the_same_result(segments: tuple[str, ...]) -> None:
    usual = message(header(), patient(), order(), result())
    assert ids(usual, "Observation") == ids(message(header(f10="9"), *segments), "Observation")


def test_another_facility_is_another_world() -> None:
    data = message(header(), patient(), order(), result())
    assert ids(data, "Observation") != [
        only(translate(data, DefaultProfile(code="31006")), "Observation")["id"],
    ]


def test_identical_obrs_are_the_first_and_the_second() -> None:
    made = translate((PAYLOADS / "sample_oru_CDPH_NBS_20241021-001.hl7").read_bytes())
    reports, results = of_type(made, "DiagnosticReport"), of_type(made, "Observation")
    assert len({report["id"] for report in reports}) == 3
    assert len(results) == len({one["id"] for one in results}) == 18
    first, second = (report["result"] for report in reports[1:])
    assert not {one["reference"] for one in first} & {one["reference"] for one in second}


@pytest.mark.parametrize("path", sorted([*SAMPLES.glob("*.hl7"), *PAYLOADS.glob("*.hl7")]), ids=lambda path: path.name)
def test_ids_are_unique_and_references_resolve(path: object) -> None:
    made = translate((SAMPLES / str(path)).read_bytes())
    found = [resource["id"] for resource in made.resources]
    assert len(found) == len(set(found))
    inside = {f"#{one['id']}" for resource in made.resources for one in resource.get("contained", ())}
    assert set(references(made.bundle())) <= {urn(one) for one in found} | inside


def test_the_receiving_facility_is_a_recipient_when_it_is_a_code() -> None:
    assert translate(message(header(f6="01999"), patient(), order())).recipients == ["01999"]
    assert translate(message(header(f6="HOSPITAL"), patient(), order())).recipients == []


def test_the_record_says_whose_it_claims_to_be() -> None:
    from gateway.adapter import Payload
    from tests.hl7v2.building import ADAPTER

    (record,) = ADAPTER.records(Payload(message(header(f4="31006"), patient())))
    assert record.facility == "31006"
