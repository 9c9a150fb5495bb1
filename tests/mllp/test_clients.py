"""Clients that others wrote: python-hl7's blocking one, its asyncio one, and messages built and read by hl7apy."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import hl7
from hl7.client import MLLPClient
from hl7.mllp import open_hl7_connection
from hl7apy.parser import parse_message

from gateway.mllp.acknowledgement import acknowledgement
from gateway.mllp.conditions import Finding
from gateway.mllp.header import read_header
from tests.mllp.world import Listening, World, glucose


def test_python_hl7s_client_sends_and_reads_what_is_answered(world: World, listening: Listening) -> None:
    with MLLPClient("127.0.0.1", listening.port) as client:
        told = [hl7.parse(client.send_message(hl7.parse(glucose(f"M{number}").decode()))) for number in range(3)]
        refused = hl7.parse(client.send_message(glucose("M9", f12="2.9")))
    assert [str(one.segment("MSA")) for one in told] == ["MSA|AA|M0", "MSA|AA|M1", "MSA|AA|M2"]
    assert str(refused.segment("MSA")(2)) == "M9"
    assert str(refused.segment("ERR")(3)).startswith("203^")
    assert world.stored() == {"kept": 3}


def test_python_hl7s_asyncio_client_has_many_connections_at_once(world: World, listening: Listening) -> None:
    async def one(number: int) -> str:
        reader, writer = await open_hl7_connection("127.0.0.1", listening.port, encoding="utf-8")
        writer.writemessage(hl7.parse(glucose(f"M{number}").decode()))
        await writer.drain()
        told = await reader.readmessage()
        writer.close()
        return str(told.segment("MSA"))

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*map(one, range(12)))

    assert asyncio.run(all_of_them()) == [f"MSA|AA|M{number}" for number in range(12)]
    assert world.stored() == {"kept": 12}


def test_hl7apys_mllp_form_is_taken(listening: Listening) -> None:
    for version in ("2.3.1", "2.4", "2.5", "2.6", "2.7"):
        sent = parse_message(glucose(f"M{version}", f12=version).decode(), find_groups=False)
        peer = listening.peer()
        peer.write(sent.to_mllp().encode())
        assert peer.hear()["MSA"][:3] == ["MSA", "AA", f"M{version}"]


def test_acknowledgements_with_errors_keep_hl7apys_rules_of_their_version() -> None:
    wrong = Finding(102, "E", "a-rule", "A sentence.", ("OBX", "3", "5", "1"))
    for version in ("2.5", "2.5.1", "2.6"):
        made = acknowledgement(read_header(glucose("M1", f12=version)), "AE", datetime.now(UTC), findings=[wrong] * 2)
        assert parse_message(made.decode(), force_validation=True).validate()
