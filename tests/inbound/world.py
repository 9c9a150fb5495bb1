"""A gateway that receives: its store, its own facility's key, what it believes; and a clock that a test sets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.facility import Facility
from gateway.inbound import Inbound
from gateway.jsontext import loads
from gateway.keyring import Keyring
from gateway.settings import Settings
from gateway.store import Store, audit, facilities, open_store
from gateway.store import resources as stored
from gateway.trust.form import jws_of
from gateway.trust.trustfile import TrustFile
from gateway.trust.verify import verify
from tests.sender import NOW, Clock, Sender, result_id

CITY = "79900"


@dataclass
class World:
    store: Store
    settings: Settings
    clock: Clock
    keyring: Keyring
    inbound: Inbound

    def believe(self, trust: TrustFile, name: str = "province") -> None:
        self.keyring.import_trust(name, trust, actor="test")

    def accept(self, given: bytes) -> dict[str, Any]:
        """The receipt as JSON."""
        told: dict[str, Any] = loads(self.inbound.accept(given, actor="province"))
        return told

    def refused(self, given: bytes) -> list[str]:
        """The rules of the fatal-error receipt a message gets; it must be a real receipt, and nothing may be stored."""
        before = self.content()
        told = self.inbound.accept(given, actor="province")
        assert self.content() == before
        receipt = loads(told)
        assert code(receipt) == "fatal-error"
        believed = verify(
            told, trust=self.keyring.public_trust(), now=self.clock(), expect_receipt_for=jws_of(loads(given))
        )
        assert believed.valid, believed.issues
        assert self.audit()[-1] == "message-refused"
        return rules(receipt)

    def content(self) -> dict[str, int]:
        """How many rows there are of what a message may leave behind, and of audit lines but for refusals."""
        tables = ("exchange", "inbound", "resource", "resource_version", "person", "delivery")
        with self.store.read() as connection:
            rows = {
                table: int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()) for table in tables
            }
        return rows | {"audit": sum(action != "message-refused" for action in self.audit())}

    def audit(self) -> list[str]:
        with self.store.read() as connection:
            return [line.action for line in audit.lines(connection)]

    def versions(self, kind: str = "Observation", name: str = "") -> list[dict[str, Any]]:
        """Every version of a resource, the current one first."""
        with self.store.read() as connection:
            found = stored.history(connection, kind, name or result_id(), sensitive=True)
        return [one.resource() for one in found]

    def current(self, kind: str = "Observation", name: str = "") -> dict[str, Any] | None:
        with self.store.read() as connection:
            found = stored.current(connection, kind, name or result_id(), sensitive=True)
        return None if found is None else found.resource()


def opened(database_url: str, data_dir: Path, lab: Sender, **changes: Any) -> World:
    """A gateway with one facility of its own, which believes the laboratory."""
    settings = Settings(data_dir=data_dir, database_url=database_url, base_url="https://city.example", **changes)
    clock = Clock()
    store = open_store(database_url)
    keyring = Keyring(store, settings, clock)
    store.write(lambda connection: facilities.add_facility(connection, Facility(CITY, "Bệnh viện thành phố"), NOW))
    keyring.issue(CITY, "Bệnh viện thành phố", actor="test")
    made = World(store, settings, clock, keyring, Inbound(store, settings, clock, keyring))
    made.believe(lab.trust())
    return made


def code(receipt: dict[str, Any]) -> str:
    return str(receipt["entry"][0]["resource"]["response"]["code"])


def rules(receipt: dict[str, Any]) -> list[str]:
    """The rules of a receipt's OperationOutcome; [] when it carries none."""
    outcomes = [one["resource"] for one in receipt["entry"] if one["resource"]["resourceType"] == "OperationOutcome"]
    return [issue["details"]["coding"][0]["code"] for outcome in outcomes for issue in outcome["issue"]]
