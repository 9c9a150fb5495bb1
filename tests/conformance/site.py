"""A real gateway with results in it, behind the proxy that can break it, and the checks that ask it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from werkzeug.serving import make_server

from gateway.conformance.archive import Archive
from gateway.conformance.caller import Caller
from gateway.conformance.client import Client, Limits
from gateway.conformance.credentials import Credentials
from gateway.conformance.line import Line
from gateway.conformance.requirement import Requirement, requirements
from gateway.conformance.run import run
from gateway.conformance.target import Target
from gateway.conformance.verdict import Verdict
from gateway.simulator.faulty.listener import FaultyListener
from gateway.simulator.faulty.proxy import FaultyGateway, fault_named
from gateway.simulator.faulty.secured import Secured
from gateway.simulator.pacs import SimulatedPacs
from gateway.simulator.studies import read_study
from tests.blueprint import ROOT
from tests.mllp import world as mllp
from tests.rest.records import observation, patient
from tests.rest.world import FHIR, HOME, NOW, World, opened
from tests.sender import a_sender

HIS, PAGE = "https://his.example", "https://page.his.example"
AUTHORIZATION = "Basic aW1hZ2VzOmltYWdlcw=="
QUICK = Limits(seconds=30, pace=0)  # a test waits for nobody's rate
REQUIREMENTS = {one.id: one for one in requirements()}
ELSEWHERE = "01999"  # a facility of another gateway
SAMPLE = ROOT / "adapters" / "hl7v2" / "samples" / "lab-hematology.hl7"


@dataclass
class Site:
    """``world`` is the gateway; ``proxy`` stands before it and is where it is asked, ``listener`` before its MLLP,
    ``images`` before a simulated archive."""

    world: World
    proxy: FaultyGateway
    listener: FaultyListener
    images: FaultyGateway

    @property
    def fhir(self) -> str:
        return f"{self.proxy.url}/fhir"

    def credentials(self, client_id: str = "home") -> Credentials:
        return Credentials(client_id=client_id, key=self.world.keys[client_id], now=NOW.timestamp)

    def target(self, *, read_only: bool = False, credentials: Credentials | None = None) -> Target:
        ca_file = str(self.proxy.secured.ca) if self.proxy.secured else ""
        made = Client(self.fhir, limits=QUICK, read_only=read_only, ca_file=ca_file)
        line = Line(made, self.listener.address, facility=HOME, production=True, now=NOW.timestamp)
        own = Client(f"{self.images.url}/dicom-web", limits=QUICK, read_only=read_only)
        archive = Archive(own, made, AUTHORIZATION)
        caller = Caller(HIS, self.world.keys[HIS], PAGE, NOW.timestamp)
        known = self.credentials() if credentials is None else credentials
        return Target(made, known, line=line, archive=archive, caller=caller)

    def verdicts(self, asked: Sequence[Requirement], *, fault: str = "") -> dict[str, Verdict]:
        """The verdict on each requirement, by its id, with one fault switched on or none."""
        self.proxy.fault = self.listener.fault = self.images.fault = fault_named(fault) if fault else None
        try:
            return {verdict.requirement.id: verdict for verdict in run(self.target(), asked)}
        finally:
            self.proxy.fault = self.listener.fault = self.images.fault = None


def of_family(name: str) -> list[Requirement]:
    return [one for one in REQUIREMENTS.values() if one.family == name and one.check]


def told(verdict: Verdict) -> str:
    """For the message of a failed test."""
    return f"{verdict.requirement.id} {verdict.word}: {'; '.join(one.text() for one in verdict.findings)}"


@contextmanager
def images() -> Iterator[FaultyGateway]:
    """A simulated archive with two studies of two patients, behind a proxy that can break it."""
    samples = ROOT / "adapters" / "dicomweb" / "samples"
    with SimulatedPacs(authorization=AUTHORIZATION) as pacs, FaultyGateway() as proxy:
        for day, name in enumerate(("chest-radiograph", "chest-ct"), 20):
            made = read_study((samples / f"{name}.json").read_bytes(), date(2026, 11, day))
            # an archive counts what it holds; one of the samples is of an archive that does not say
            counted = {"00080061": made.modalities, "00201206": [len(made.series)], "00201208": [len(made.instances)]}
            made.study = {**made.study, **{tag: {"vr": "CS", "Value": values} for tag, values in counted.items()}}
            pacs.store(made)
        proxy.upstream = pacs.url.removesuffix("/dicom-web")
        yield proxy


@contextmanager
def a_site(empty_tables: Path, folder: Path, *, secured: Secured | None = None) -> Iterator[Site]:
    """A gateway with a laboratory's report and two versions of a result, served on this machine."""
    shutil.copy(empty_tables, folder / "gateway.sqlite3")
    with FaultyGateway(secured=secured) as proxy, FaultyListener() as listener, images() as archive:
        world = opened(
            f"sqlite:///{folder / 'gateway.sqlite3'}",
            folder,
            base_url=proxy.url,
            cds_milliseconds=60_000,
            cds_origins=(PAGE,),
        )
        world.register(HIS, HOME, scopes=(), cds_hooks="2.0", language="en")
        world.sign_here()
        world.keep(patient(birthDate="1990-01-02", gender="female"), observation())  # first in the order of arrival
        world.keep(observation(status="corrected"), later=60)
        sender = a_sender(ELSEWHERE)
        world.parts.keyring.import_trust("elsewhere", sender.trust(), actor="test")
        headers = world.bearer() | FHIR
        answer = world.http.post("/fhir/$process-message", data=sender.sent(), headers=headers)
        assert b'"ok"' in answer.data, answer.text
        answer = world.post(SAMPLE.read_bytes(), code=HOME)
        assert answer.status_code == 201, answer.text
        server = make_server("127.0.0.1", 0, world.app, threaded=True)
        proxy.upstream = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            with mllp.World(world.app, world.parts, world.clock, world.keys).listening(
                max_payload_bytes=1_000_000
            ) as at:
                listener.upstream = at.address
                yield Site(world, proxy, listener, archive)
        finally:
            server.shutdown()
            server.server_close()
            world.parts.close()
