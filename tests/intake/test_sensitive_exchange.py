"""What reveals HIV goes into an exchange of its own, neither routed nor returned by default."""

from __future__ import annotations

from tests.bhyt.building import SUMMARY, envelope, hoso_xml
from tests.hl7v2.building import header, message, order, patient, result
from tests.intake.world import HOSPITAL, World

HIV = result("ST", "Dương tính", f1="2", f3="HIV^Anti HIV^L")


def both() -> bytes:
    return message(header(), patient(), order(), result(), HIV)


def test_a_record_with_an_hiv_result_becomes_two_exchanges(world: World) -> None:
    ordinary, apart = (world.exchange(one["id"]) for one in world.take(both()).exchanges)
    assert (ordinary["sensitive"], apart["sensitive"]) == (False, True)
    assert "HIV" not in str(ordinary["bundle"])
    assert "HIV" in str(apart["bundle"])


def test_it_is_not_routed_even_to_a_subscriber(world: World) -> None:
    world.recipient()
    world.subscribe()
    ordinary, apart = (world.exchange(one["id"]) for one in world.take(both()).exchanges)
    assert (len(ordinary["deliveries"]), len(apart["deliveries"])) == (1, 0)


def test_it_is_not_read_by_default(world: World) -> None:
    world.take(both())
    assert [one["code"]["coding"][0]["display"] for one in world.all_of("Observation")] == ["Glucose"]
    assert len(world.all_of("Observation", sensitive=True)) == 2
    (report,) = world.all_of("DiagnosticReport")
    assert len(report["result"]) == 1


def test_who_sent_it_is_read_of_what_is_shown_and_the_signature_is_no_resource(world: World) -> None:
    world.take(both())
    (provenance,) = world.all_of("Provenance")
    shown = {f"Observation/{one['id']}" for one in world.all_of("Observation")}
    everything = {f"Observation/{one['id']}" for one in world.all_of("Observation", sensitive=True)}
    assert shown < everything
    assert {one["reference"] for one in provenance["target"]} & everything == shown
    assert len(world.all_of("Provenance", sensitive=True)) == 2
    assert "signature" not in provenance


def test_a_record_of_nothing_else_leaves_an_ordinary_exchange_without_results(world: World) -> None:
    world.take(message(header(), patient(), order(f4="HIV^HIV Ag/Ab^L"), HIV))
    assert world.all_of("Observation") == []
    assert world.all_of("DiagnosticReport") == []
    assert len(world.all_of("Patient")) == 1


def test_a_table_on_the_list_keeps_the_records_bytes_out_of_its_evidence(world: World) -> None:
    plain = envelope(hoso_xml({"XML1": [SUMMARY]}))
    listed = plain.replace(
        b"</HOSO>", b"<FILEHOSO><LOAIHOSO>XML6</LOAIHOSO><NOIDUNGFILE><X/></NOIDUNGFILE></FILEHOSO></HOSO>"
    )
    apart = [world.account(world.take(data, HOSPITAL).exchanges[0]["id"])["apart"] for data in (plain, listed)]
    assert apart == [False, True]
