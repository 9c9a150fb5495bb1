"""A facility's payloads are read by its mapping files in force, and each exchange says by which."""

from __future__ import annotations

import pytest

from gateway.adapter import Payload
from gateway.bundle import resources, urn
from gateway.errors import AdapterConflict, GatewayError, PayloadError, SettingsError
from gateway.facility import Facility
from gateway.installed import running_adapters
from gateway.intake import Intake
from gateway.judgement import Judge
from gateway.mapping.made_by import POLICY
from gateway.store import mapping_files
from tests.intake.again import register
from tests.intake.world import HOSPITAL, LAB, World
from tests.plain_table import PlainTable, mapping, table


@pytest.fixture
def intake(world: World) -> Intake:
    """One, kept through a test: what it remembers must not outlive a change."""
    judge = Judge([*running_adapters(["hl7v2"]), PlainTable()], world.settings.public_url, world.keyring.secret)
    return Intake(world.store, judge, world.settings, world.now, world.keyring)


def remove(world: World, name: str = "xn-huyen") -> None:
    world.store.write(
        lambda connection: mapping_files.remove(connection, LAB, name, by="Thu", reason="", now=world.now())
    )


def results_of(world: World, intake: Intake, *numbers: int, facility: str = LAB) -> list[str]:
    """The names of the results that a payload of those records became."""
    made = intake.take(facility, Payload(table(*numbers)), actor="test")
    bundles = [world.exchange(line["id"])["bundle"] for line in made.exchanges]
    return [one["code"]["text"] for bundle in bundles for one in resources(bundle, "Observation")]


def refused(intake: Intake, data: bytes, facility: str = LAB) -> GatewayError:
    with pytest.raises(GatewayError) as told:
        intake.take(facility, Payload(data), actor="test")
    return told.value


def test_a_new_file_reads_the_next_payload_and_what_was_made_before_stays(world: World, intake: Intake) -> None:
    assert refused(intake, table(1)).issues[0].rule == "mapping-none-registered"
    register(world, mapping("1", "Glucose"))
    assert results_of(world, intake, 1) == ["Glucose"]  # refused before, it may be sent again
    register(world, mapping("2", "HbA1c"))
    assert results_of(world, intake, 2, 3) == ["HbA1c", "HbA1c"]
    assert intake.take(LAB, Payload(table(1)), actor="test").repeated
    assert [one["code"]["text"] for one in world.all_of("Observation")] == ["Glucose", "HbA1c", "HbA1c"]
    remove(world)
    assert isinstance(refused(intake, table(4)), PayloadError)


def test_each_exchange_says_which_file_made_it_and_so_does_its_signed_message(world: World, intake: Intake) -> None:
    label = register(world, mapping())
    for line in intake.take(LAB, Payload(table(1, 2)), actor="test").exchanges:
        assert world.account(line["id"])["mapping"] == label
        bundle = world.exchange(line["id"])["bundle"]
        told, signing = resources(bundle, "Provenance")
        assert told["policy"] == [f"{POLICY}xn-huyen/1?{label.rpartition(' ')[2]}"]
        assert told["contained"][0]["version"] == [{"value": PlainTable.version}]
        made = [*resources(bundle, "Patient"), *resources(bundle, "Observation")]
        assert [one["reference"] for one in told["target"]] == [urn(one["id"]) for one in made]
        assert signing.keys() == {"resourceType", "target", "recorded", "agent", "signature"}


def test_another_facilitys_file_reads_nothing_here_and_one_for_all_reads_everywhere(
    world: World, intake: Intake
) -> None:
    register(world, mapping("1", "HbA1c"), HOSPITAL)
    assert refused(intake, table(1)).issues[0].rule == "mapping-none-registered"
    register(world, mapping("1", "Glucose"), "")
    assert results_of(world, intake, 1) == ["Glucose"]
    assert results_of(world, intake, 1, facility=HOSPITAL) == ["HbA1c"]


def test_two_files_that_fit_and_none_that_fits_refuse_the_payload_and_are_named(world: World, intake: Intake) -> None:
    register(world, mapping())
    none = refused(intake, table(1, name="xn-tinh"))
    assert (none.issues[0].rule, none.issues[0].parameters) == ("mapping-none-fits", {"mappings": "xn-huyen 1"})
    register(world, mapping(name="xn-huyen-2"))
    two = refused(intake, table(1))
    assert isinstance(two, AdapterConflict)
    assert two.issues[0].parameters == {"mappings": "xn-huyen 1, xn-huyen-2 1"}
    assert world.audit()[-2:] == ["payload-refused", "payload-refused"]


def test_a_file_that_no_longer_reads_stops_its_own_payloads_alone(world: World, intake: Intake) -> None:
    register(world, mapping(test=""))  # kept before its adapter asked for a test
    assert isinstance(refused(intake, table(1)), SettingsError)
    assert refused(intake, b"MSH|^~\\&|").status == 400
    register(world, mapping("2"))
    assert results_of(world, intake, 1) == ["Glucose"]


def test_a_facility_that_may_not_use_the_adapter_is_read_by_no_file_of_it(world: World, intake: Intake) -> None:
    register(world, mapping())
    world.change(Facility(LAB, "Lab", adapters=("hl7v2",)))
    assert refused(intake, table(1)).issues[0].rule == "adapter-none-claims"
