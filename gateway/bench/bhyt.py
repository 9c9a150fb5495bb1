"""``bhyt``: the national XML: an episode of nine tables, the facility's signature, a file too large to be held."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache

from gateway.adapter import DefaultProfile, Payload, Record, SourceAdapter, Translation, split, translate
from gateway.bench import national
from gateway.bench.blocks import a_second, cpu_each
from gateway.bench.failed import BenchFailed
from gateway.bench.figures import About, Figure, Target
from gateway.bench.plan import Plan
from gateway.facility import Facility
from gateway.installed import running_adapters
from gateway.r4 import check
from gateway.settings import environment_without_settings
from gateway.source_signature import attested
from gateway.trust.certificates import from_x5c, to_pem

RATE = Target(300, "higher")
SIGNATURE = Target(3, "lower")
MEMORY = Target(300, "lower")
_NOW = datetime(2026, 11, 22, tzinfo=UTC)  # within the life of the sample's certificate


def run(plan: Plan, say: Callable[[str], None]) -> Iterator[Figure]:
    """The figures of the national XML."""
    payloads = [national.payload(number) for number in range(1, plan.messages + 1)]
    about = About("bhyt", f"{len(payloads)} episodes of {len(payloads[0]) // 1000} kB in {plan.blocks} blocks")

    def whole(payload: bytes) -> None:
        if wrong := [one for one in check(translated(payload).bundle()) if one.refuses]:
            raise BenchFailed(f"the episode is not valid: {wrong[0].rule}")

    say("bhyt: episodes")
    each = "episodes/s of one core"
    samples = a_second(cpu_each(whole, payloads, plan.blocks))
    yield about.sampled("nine tables: translation with lineage, and R4 check", samples, each, target=RATE)
    yield about.sampled("nine tables: translation alone", a_second(cpu_each(translated, payloads, plan.blocks)), each)

    say("bhyt: signatures")
    signed = [national.signed()] * plan.messages
    about = About("bhyt", f"{len(signed)} times {len(signed[0]) // 1000} kB, RSA-2048, in {plan.blocks} blocks")
    checked = [one * 1000 for one in cpu_each(_believed, signed, plan.blocks)]
    yield about.sampled("reading the file, its signature checked and believed", checked, "ms", target=SIGNATURE)
    plain = [one * 1000 for one in cpu_each(_split, [national.unsigned()] * plan.messages, plan.blocks)]
    yield about.sampled("reading the same file unsigned", plain, "ms")
    yield from _streamed(plan, say)


def translated(payload: bytes) -> Translation:
    """As ``gateway translate`` does it."""
    (record,) = split(_adapter(), Payload(payload))
    return translate(_adapter(), record, DefaultProfile())


def _split(payload: bytes) -> Record:
    return split(_adapter(), Payload(payload))[0]


def _believed(payload: bytes) -> None:
    found = attested(_split(payload).signature, _hospital(), _NOW)
    if found.word != "valid":
        raise BenchFailed(f"the signature is {found.word}: {found.issues[0].rule}")


@cache
def _hospital() -> Facility:
    """A facility that signs with the certificate of the sample."""
    signature = _split(national.signed()).signature
    chain = signature.chain if signature else ()
    return Facility("01999", signature_roots="".join(to_pem(from_x5c(one)) for one in chain))


@cache
def _adapter() -> SourceAdapter:
    (adapter,) = running_adapters(("bhyt",))
    return adapter


_READER = """
import json, resource, sys, time
from gateway.adapter import DefaultProfile, stream, translate
from gateway.installed import running_adapters
from gateway.r4 import check
(adapter,) = running_adapters(("bhyt",))
count = wrong = 0
with open(sys.argv[1], "rb") as file:
    for record in stream(adapter, file):
        made = translate(adapter, record, DefaultProfile())
        wrong += any(issue.refuses for issue in check(made.bundle()))
        count += 1
print(json.dumps([count, wrong, time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def _streamed(plan: Plan, say: Callable[[str], None]) -> Iterator[Figure]:
    """A process of its own reads a file of many HOSO: its peak memory is this reading's and nothing else's."""
    hosos = plan.hosos
    file = plan.scratch / "national.xml"
    with file.open("wb") as made:
        national.write_file(made, hosos)
    size = file.stat().st_size
    say(f"bhyt: one file of {hosos} HOSO, {size // 1_000_000} MB")
    done = subprocess.run(
        [sys.executable, "-c", _READER, str(file)],
        env=environment_without_settings(),
        check=True,
        capture_output=True,
    )
    count, wrong, seconds, peak = json.loads(done.stdout)
    if (count, wrong) != (hosos, 0):
        raise BenchFailed(f"{count} of {hosos} HOSO read, {wrong} not valid")
    about = About("bhyt", f"one file of {hosos} HOSO, {size / 1_000_000:.0f} MB")
    yield about.figure("streamed: peak memory of the process", peak, "MB", target=MEMORY)
    yield about.figure("streamed: translation with lineage, and R4 check", count / seconds, "HOSO/s of one core")
