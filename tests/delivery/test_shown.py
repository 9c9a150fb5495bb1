"""What became of a delivery is shown to the facility that sent it, the recipient's signed word with it."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from gateway.facility import Recipient, Subscription
from gateway.jsontext import loads
from gateway.simulator.recipient import SimulatedRecipient
from gateway.store import Connection, facilities
from gateway.transport import Transport
from gateway.trust import trustfile
from gateway.trust.evidence import verify_file
from gateway.worker import Worker
from tests.delivery.conftest import Listening
from tests.rest.world import NOW, World, opened


def test_an_exchange_shows_each_recipients_receipt_and_its_evidence_holds(
    tables_url: str, tmp_path: Path, listening: Listening
) -> None:
    city, refusing = listening(), listening("fatal-error")
    world = opened(tables_url, tmp_path)
    try:
        world.sign_here()
        subscribe(world, city=city, refusing=refusing)
        payload = resources.files("adapters").joinpath("hl7v2", "samples", "lab-hematology.hl7").read_bytes()
        posted = world.post(payload)
        assert posted.status_code in (201, 202), posted.text
        exchange = loads(posted.data)["exchanges"][0]["id"]
        Worker(
            world.parts.store, Transport(world.parts.settings, world.clock), world.parts.settings, world.clock
        ).drain()
        shown = loads(world.get(f"/exchanges/{exchange}").data)
        assert shown["status"] == "failed"  # one of the two said never
        told = {one["recipient"]: one for one in shown["deliveries"]}
        codes = {name: one["receipt"]["entry"][0]["resource"]["response"]["code"] for name, one in told.items()}
        assert codes == {"city": "ok", "refusing": "fatal-error"}
        assert {name: one["status"] for name, one in told.items()} == {"city": "completed", "refusing": "failed"}
        evidence = world.get(f"/exchanges/{exchange}/evidence").data
        believed = trustfile.merge(world.parts.keyring.public_trust(), city.identity.trust(NOW))
        assert verify_file(evidence, believed, world.clock()).verdict == "valid"
    finally:
        world.parts.close()


def subscribe(world: World, **recipients: SimulatedRecipient) -> None:
    def work(connection: Connection) -> None:
        for name, one in recipients.items():
            identity = one.identity
            trust = identity.trust(NOW).as_json()
            made = Recipient(name, one.url, trust, identity.client_id, identity.client_jwk)
            facilities.add_recipient(connection, made, NOW)
            facilities.add_subscription(connection, Subscription(name, name, "written request"), NOW)

    world.parts.store.write(work)
