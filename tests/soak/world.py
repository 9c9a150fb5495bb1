"""The soak's world on one kind of store: a hospital's gateway, its recipient's gateway, a disk, a database."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from gateway.settings import read_settings
from gateway.store import Store, open_store
from gateway.trust import trustfile
from gateway.trust.authority import issue_server, new_authority
from gateway.trust.trustfile import TrustFile
from tests.soak import network
from tests.soak.disk import Disk, disk
from tests.soak.postgresql import Database
from tests.soak.site import Attended, Site, until

Kind = Literal["sqlite", "postgresql"]
HOSPITAL, CITY, PARTNER = "79001", "79900", "gateway-01"
BASIS = "consent 1"
DAY = 24 * 60 * 60.0  # seconds

# Those that differ from their defaults, and why; printed with the figures.
SETTINGS = {
    "delivery_timeout_seconds": "4",  # a claim of a killed worker on PostgreSQL lasts 4 of these and 30 s
    "delivery_first_retry_seconds": "1",
    "delivery_longest_retry_seconds": "4",  # the soak lasts minutes, not days
    "delivery_threads": "128",  # an eighth of them may hold claims for one recipient, the killed ones' included
}


@dataclass
class World:
    """``workers``: what sends and takes, apart from the recipient; all of it is killed at random."""

    kind: Kind
    hospital: Site
    city: Site
    client: dict[str, Any]
    disk: Disk
    database: Database | None
    trust: TrustFile
    stores: dict[str, Store]

    @property
    def attended(self) -> list[Attended]:
        return [*self.hospital.processes, *self.city.processes]

    def start(self) -> None:
        """All processes, ready."""
        self.hospital.start("serve")
        if self.kind == "postgresql":
            self.hospital.start("worker")
        self.city.start("serve")
        for site in (self.hospital, self.city):
            until(site.ready, f"the {site.name} gateway is ready")

    @contextmanager
    def database_gone(self) -> Iterator[None]:
        """PostgreSQL crashed, or another process keeps the SQLite file locked, until the end of the block."""
        if self.database is not None:
            self.database.crash()
            try:
                yield
            finally:
                self.database.restart()
            return
        holder = sqlite3.connect(self.hospital.data / "gateway.db", isolation_level=None, timeout=60)
        try:
            holder.execute("BEGIN IMMEDIATE")
            yield
            holder.execute("ROLLBACK")
        finally:
            holder.close()


@contextmanager
def world(kind: Kind, settings: dict[str, str] | None = None) -> Iterator[World]:
    """Two gateways on hosts of their own, registered with each other; nothing runs yet."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="soak-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o711)  # PostgreSQL runs as another user
        small = stack.enter_context(disk(folder / "disk"))
        hosts = [stack.enter_context(network.host()) for _ in range(2)]
        tls = certificates(folder / "tls", [network.HERE, *(one.address for one in hosts)])
        database = None
        if kind == "postgresql":
            database = Database(small.folder / "postgresql")
            stack.callback(database.stop)
            database.start()
        sites = []
        for name, host in zip(("hospital", "city"), hosts, strict=True):
            url = database.made(name) if database else ""
            own = SETTINGS | (settings or {})
            if kind == "postgresql" and name == "hospital":
                own |= {"processes": "2"}
            sites.append(Site(name, folder / name, small.folder / name, host, tls, url, own))
        hospital, city = sites
        for site in sites:
            stack.callback(site.stop)
        client = registered(hospital, city, folder)
        stores = {}
        for site in sites:
            stores[site.name] = open_store(
                read_settings({}, data_dir=str(site.data), database_url=site.database_url).url
            )
            stack.callback(stores[site.name].close)
        trust = trustfile.read((folder / "city-trust.json").read_bytes())
        yield World(kind, hospital, city, client, small, database, trust, stores)


def registered(hospital: Site, city: Site, folder: Path) -> dict[str, Any]:
    """The hospital and the city know each other, and all of the one goes to the other; the client of its systems.

    Since yesterday: a clock that is behind is not to fall before the first day of a key or a subscription.
    """
    for site in (hospital, city):
        site.step_clock(-DAY)
    client = hospital.command("facility", "add", HOSPITAL, "--name", "Phòng xét nghiệm Thử", "--basis", BASIS)["client"]
    city.command("facility", "add", CITY, "--name", "Bệnh viện thành phố Thử", "--basis", BASIS)
    partner = city.command("facility", "add", PARTNER, "--name", "Hospital gateway", "--scope", "system/Bundle.c")
    for site, name in ((hospital, "hospital"), (city, "city")):
        site.command("key", "export", "--output", str(folder / f"{name}-trust.json"))
    key = folder / "partner.json"
    key.touch(mode=0o600)
    key.write_text(json.dumps(partner))
    city.command("key", "import", str(folder / "hospital-trust.json"), "--name", "hospital")
    trust = str(folder / "city-trust.json")
    hospital.command("recipient", "add", "city", "--url", city.url, "--trust", trust, "--client", str(key))
    hospital.command("subscription", "add", "--recipient", "city", "--basis", BASIS)
    for site in (hospital, city):
        site.step_clock(0)
    return dict(client)


def certificates(folder: Path, addresses: list[str]) -> Path:
    """An authority for TLS alone, made for this run, and one server certificate for all hosts."""
    folder.mkdir()
    now = datetime.now(UTC) - timedelta(seconds=DAY)
    authority = new_authority("Soak TLS authority", now=now)
    server = issue_server(authority, now=now, hosts=addresses)
    (folder / "ca.pem").write_text(authority.chain[0])
    (folder / "server.pem").write_text(server.chain_pem)
    (folder / "server.key").touch(mode=0o600)
    (folder / "server.key").write_text(server.private_pem)
    return folder
