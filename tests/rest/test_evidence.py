"""The bytes that an exchange's evidence shows: its own record's, and of nobody else."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from gateway.adapter import MappingText
from gateway.bundle import resources
from gateway.exchange import Exchange
from gateway.jsontext import loads
from gateway.store import Connection, exchanges, mapping_files
from gateway.trust import evidence
from tests.blueprint import ROOT
from tests.rest.test_payloads import SAMPLE, exchange_of
from tests.rest.world import HOME, NOW, World


@pytest.fixture
def house(world: World) -> World:
    world.sign_here()
    return world


def test_evidence_shows_no_bytes_of_a_record_with_a_part_kept_apart(house: World) -> None:
    hiv = b"OBX|99|ST|HIV^Anti HIV^L||+||||||F\r"
    made = exchange_of(house.post(SAMPLE + hiv))
    assert evidence.read(house.get(f"/exchanges/{made}/evidence").data).payload is None


def test_evidence_of_a_workbooks_record_shows_its_own_rows_and_no_others(house: World) -> None:
    tables = ROOT / "adapters" / "tabular" / "samples"
    mapping = MappingText.read((tables / "tram-y-te.toml").read_bytes())
    house.parts.store.write(
        lambda connection: mapping_files.register(connection, HOME, mapping, by="Thu", reason="", now=NOW)
    )
    workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    answer = loads(house.post((tables / "tram-y-te.xlsx").read_bytes(), **{"Content-Type": workbook}).data)
    made = [one["id"] for one in answer["exchanges"] if one["status"] == "kept"]
    trust = house.parts.keyring.public_trust()
    shown = []
    for one in made:
        file = house.get(f"/exchanges/{one}/evidence").data
        assert evidence.verify_file(file, trust, NOW).verdict == "valid"
        signed = evidence.read(file)
        shown.append((next(resources(signed.bundle, "Patient"))["identifier"][0]["value"], signed.payload or b""))
        other = evidence.build(signed.bundle, payload=shown[0][1] if len(shown) > 1 else b"")
        assert evidence.verify_file(other, trust, NOW).verdict == "invalid"
    assert len({number for number, _ in shown}) == len(answer["exchanges"]) > 1
    for number, rows in shown:
        assert [other for other, _ in shown if f'"{other}"'.encode() in rows] == [number]


def test_evidence_shows_no_bytes_that_an_adapter_gave_to_several_records(house: World) -> None:
    made = exchange_of(house.post(SAMPLE))
    second = replace(_kept(house, made), id=str(uuid4()), message_id=str(uuid4()), position=2)
    house.parts.store.write(lambda connection: exchanges.add(connection, second, _payload(connection, made)))
    assert evidence.read(house.get(f"/exchanges/{made}/evidence").data).payload is None


def _kept(house: World, name: str) -> Exchange:
    with house.parts.store.read() as connection:
        found = exchanges.get(connection, name)
    assert found is not None
    return found


def _payload(connection: Connection, name: str) -> int:
    found = exchanges.payload_rid_of(connection, name)
    assert found is not None
    return found
