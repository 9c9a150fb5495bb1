"""Two gateway hosts on one PostgreSQL, one of them lost under load.

Each stands in a network namespace of its own, as do the database and the recipient. The host is
lost at the worst moment: its cable is cut inside a transaction, so that the database still holds
its locks, and all its processes are killed. It never comes back.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from gateway.settings import read_settings
from gateway.steps import Step
from gateway.store import Store, open_store
from gateway.trust import trustfile
from gateway.trust.trustfile import TrustFile
from tests.soak import network, reading
from tests.soak.journal import Journal
from tests.soak.judge import Figures, judge
from tests.soak.load import Progress, payloads_told
from tests.soak.postgresql import Database
from tests.soak.senders import Senders
from tests.soak.site import Failed, Site, until
from tests.soak.world import HOSPITAL, SETTINGS, certificates, registered

SENDERS = 6
QUIET = 240  # seconds at most until all is delivered: the lost host's claims run out in 46
PASSPHRASE = "of both hosts, as an operator sets it"


@dataclass
class Hosts:
    lost: Site
    left: Site
    city: Site
    client: dict[str, Any]
    trust: TrustFile
    stores: tuple[Store, Store]  # of the two hosts, of the recipient


@contextmanager
def _hosts() -> Iterator[Hosts]:
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="soak-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o711)  # PostgreSQL runs as another user
        places = [stack.enter_context(network.host()) for _ in range(4)]
        tls = certificates(folder / "tls", [network.HERE, *(one.address for one in places)])
        database = Database(folder / "postgresql", places[3])
        stack.callback(database.stop)
        database.start()
        url = database.made("hospital")
        shared = SETTINGS | {"key_passphrase": PASSPHRASE}
        lost, left = (
            Site(name, folder / name, folder / name / "data", host, tls, url, shared)
            for name, host in zip(("lost", "left"), places[:2], strict=True)
        )
        city = Site("city", folder / "city", folder / "city" / "data", places[2], tls, "", SETTINGS)
        for site in (lost, left, city):
            stack.callback(site.stop)
        client = registered(lost, city, folder)
        stores = [open_store(url), open_store(read_settings({}, data_dir=str(city.data)).url)]
        for store in stores:
            stack.callback(store.close)
        trust = trustfile.read((folder / "city-trust.json").read_bytes())
        yield Hosts(lost, left, city, client, trust, (stores[0], stores[1]))


def soak_hosts(exchanges: int, seed: int, say: Callable[[str], None]) -> tuple[Figures, list[str]]:
    """The figures, and what else is told of the run; Failed when it could not be carried out."""
    journal, told = Journal(), []
    with _hosts() as made:
        for site in (made.lost, made.left, made.city):
            site.start("serve")
        for site in (made.lost, made.left, made.city):
            until(site.ready, f"the {site.name} gateway is ready")
        say("hosts: two gateway hosts, a database and a recipient run")
        arrived = Progress(lambda: reading.exchanges(made.stores[1]), journal)
        sites = [made.lost, made.left]
        senders = Senders(
            sites, HOSPITAL, made.client, journal, count(), seed=seed, threads=SENDERS, hold=arrived.far_ahead
        )
        senders.start()
        until(lambda: len(journal.acknowledged) >= exchanges // 2, "half of it is acknowledged", patience=QUIET)
        made.lost.orders.give(Step.INTAKE_WRITTEN, "cut")
        until(made.lost.orders.cuts, "the host is cut off inside a transaction")
        made.lost.host.cut()
        for one in made.lost.processes:
            one.let_go(force=True)
        before, at = len(journal.acknowledged), time.monotonic()
        say(f"hosts: one is lost, {before} acknowledged, {arrived.arrived} arrived")
        until(lambda: len(journal.acknowledged) > before + SENDERS, "the host that is left takes on", patience=QUIET)
        told.append(f"the host that is left took on after {time.monotonic() - at:.0f} s")
        until(lambda: len(journal.acknowledged) >= exchanges, f"{exchanges} are acknowledged", patience=QUIET)
        if not senders.finish(QUIET):
            raise Failed("what was begun was never acknowledged")
        until(lambda: not reading.pending(made.stores[0]), "all is delivered", patience=QUIET)
        told.append(f"all that it had under way was delivered {time.monotonic() - at:.0f} s after it was lost")
        for site in (made.left, made.city):
            site.stop()
            site.command("db", "check")
        kept = reading.kept(made.stores[0], made.trust)
        figures = judge(payloads_told(journal), kept, reading.arrived(made.stores[1]))
        told += [f"NOT GREEN: {number} answers {what}" for what, number in journal.wrong.items()]
    return figures, told
