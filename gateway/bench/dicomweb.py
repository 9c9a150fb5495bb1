"""``dicomweb``: a study becomes a checked Bundle; and studies fetched from a PACS until they stand in a gateway."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from time import perf_counter, process_time

from gateway.adapter import DefaultProfile, Payload, SourceAdapter, Translation, split, translate
from gateway.bench.blocks import a_second, cpu_each
from gateway.bench.failed import BenchFailed
from gateway.bench.figures import About, Figure, Target
from gateway.bench.meters import cpu_seconds
from gateway.bench.orders import FACILITIES
from gateway.bench.plan import Plan
from gateway.bench.site import CLIENT_KEYS, Site
from gateway.bench.studies import MEDIA_TYPE, held, payload
from gateway.installed import running_adapters
from gateway.jsontext import dumps, loads
from gateway.r4 import check
from gateway.settings import environment_without_settings
from gateway.simulator.pacs import SimulatedPacs

RATE = Target(50, "higher")
_EACH = "studies/s of one core"


def run(plan: Plan, say: Callable[[str], None]) -> Iterator[Figure]:
    """The figures of imaging studies."""
    today = datetime.now(UTC).date()
    studies = [held(plan.seed, number, today) for number in range(max(plan.messages, 3))]
    payloads = [payload(one) for one in studies]
    images = sum(len(one.instances) for one in studies) // len(studies)
    about = About("dicomweb", f"{len(payloads)} studies of {images} images in {plan.blocks} blocks")

    def whole(one: bytes) -> None:
        if wrong := [issue for issue in check(translated(one).bundle()) if issue.refuses]:
            raise BenchFailed(f"the study is not valid: {wrong[0].rule}")

    say("dicomweb: studies")
    samples = a_second(cpu_each(whole, payloads, plan.blocks))
    yield about.sampled("translation with lineage, and R4 check", samples, _EACH, target=RATE)
    yield about.sampled("translation alone", a_second(cpu_each(translated, payloads, plan.blocks)), _EACH)
    large = payloads[2::3]
    about = About("dicomweb", f"{len(large)} CT studies of 120 images in {plan.blocks} blocks")
    samples = a_second(cpu_each(whole, large, plan.blocks))
    yield about.sampled("CT: translation with lineage, and R4 check", samples, _EACH)
    say("dicomweb: from the PACS into the gateway")
    about = About("dicomweb", f"{len(studies)} studies of {images} images")
    with SimulatedPacs() as pacs:
        for one in studies:
            pacs.store(one)
        yield from _collected(plan, about, pacs, len(studies))


def translated(one: bytes) -> Translation:
    """As intake does it."""
    (record,) = split(_adapter(), Payload(one, MEDIA_TYPE))
    return translate(_adapter(), record, DefaultProfile(code=FACILITIES[0]))


@cache
def _adapter() -> SourceAdapter:
    (adapter,) = running_adapters(("dicomweb",))
    return adapter


def _collected(plan: Plan, about: About, pacs: SimulatedPacs, count: int) -> Iterator[Figure]:
    """``gateway collect --once`` beside ``gateway serve``, from the first study that stands there to the last."""
    site = Site(plan.scratch / "dicomweb")
    site.register()
    file = plan.scratch / "collect.toml"
    client = plan.scratch / "client.json"
    key = loads((site.folder / CLIENT_KEYS).read_bytes())[FACILITIES[0]]
    client.touch(mode=0o600)
    client.write_bytes(dumps({"client": {"client_id": f"{FACILITIES[0]}-client", "private_jwk": key, "scopes": []}}))
    file.write_text(
        f'gateway = "{site.url}"\n[[pacs]]\nname = "pacs"\nfacility = "{FACILITIES[0]}"\nclient = "client.json"\n'
        f'url = "{pacs.url}"\n'
    )
    with site.serving() as serving:
        seen = list(_taken(file, serving.processes))
    if len(seen) != count:
        raise BenchFailed(f"{len(seen)} of {count} studies were taken")
    warm, last = seen[count // 3], seen[-1]  # what is loaded late is loaded
    told = max(count - 1 - count // 3, 1)
    note = "QIDO-RS, posted, translated, checked, signed, stored; collector, gateway and PACS share the cores"
    name = "collected: from the PACS until it stands in the gateway"
    yield about.figure(name, told / max(last.at - warm.at, 1e-9), "studies/s", target=RATE, note=note)
    for whose, used in (
        ("collector", last.collector - warm.collector),
        ("gateway", last.gateway - warm.gateway),
        ("PACS", last.pacs - warm.pacs),
    ):
        yield about.figure(f"collected: CPU of the {whose}", used * 1000 / told, "ms a study")


@dataclass(frozen=True, slots=True)
class _Moment:
    """A study was taken ``at`` (perf_counter); CPU seconds used until then."""

    at: float
    collector: float
    gateway: float
    pacs: float


def _taken(file: Path, gateway: Sequence[int]) -> Iterator[_Moment]:
    """When each study was taken."""
    with subprocess.Popen(
        [sys.executable, "-m", "gateway", "collect", str(file), "--once"],
        env=environment_without_settings(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        for line in running.stderr or ():
            if b'"collected"' in line and json.loads(line)["fate"] == "taken":
                yield _Moment(perf_counter(), cpu_seconds([running.pid]), cpu_seconds(gateway), process_time())
