"""``validate``: the R4 check of a laboratory's Bundle of 23 entries, by itself and from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from statistics import median
from time import perf_counter
from typing import Any

from gateway import jsontext
from gateway.bench import peers
from gateway.bench.blocks import cpu_each
from gateway.bench.failed import BenchFailed
from gateway.bench.figures import About, Figure, Target
from gateway.bench.meters import resident_mb
from gateway.bench.orders import Laboratories, Order
from gateway.bench.plan import Plan
from gateway.bench.translate import translated
from gateway.bundle import body
from gateway.outcome import Severity
from gateway.r4 import check, check_json
from gateway.r4.check import walked_issues
from gateway.r4.quick import certainly_valid
from gateway.settings import environment_without_settings

CHECK, ONLY_VALID = Target(0.7, "lower"), Target(0.15, "lower")
LOAD, MEMORY, FILES = Target(0.5, "lower"), Target(80, "lower"), Target(500, "higher")
RESULTS, ENTRIES = 13, 23
_UNIT = "ms CPU"
# What a program does that uses the library; then it waits, so that it can be looked at.
_FIRST = """
import sys, time
from gateway.r4 import check_json
found = check_json(open(sys.argv[1], "rb").read())
print(len(found), time.process_time(), flush=True)
sys.stdin.read()
"""


def run(plan: Plan, say: Callable[[str], None]) -> Iterator[Figure]:
    """The figures of judging, and of what others do with the same Bundles."""
    texts = [body(translated(one).bundle()) for one in orders(plan.seed, plan.messages)]
    bundles = [jsontext.loads(text) for text in texts]
    about = About("validate", f"{len(texts)} Bundles of {ENTRIES} entries in {plan.blocks} blocks")

    def timed(name: str, work: Callable[[Any], object], given: Sequence[Any], target: Target | None = None) -> Figure:
        say(f"validate: {name}")
        return about.sampled(name, milliseconds(cpu_each(work, given, plan.blocks)), _UNIT, target=target)

    yield timed("check of a valid Bundle: issues and paths", _expecting(None, check), bundles, CHECK)
    yield timed("is it certainly valid?", _expecting(None, certainly_valid), bundles, ONLY_VALID)
    yield timed("check of its JSON text, reading included", _expecting(None, check_json), texts)
    yield timed("check where one entry has an error", _expecting("error", check), [with_error(one) for one in texts])
    warned = [with_warning(one) for one in texts]
    yield timed("check where one entry has a warning", _expecting("warning", check), warned)
    yield timed("every entry walked", _expecting(None, walked_issues), bundles)
    yield from _first(plan, texts[0])
    yield _command(plan)
    say("validate: fhir.resources R4B")
    yield _fhir_resources(plan, about, texts)
    yield _pyfhircheck(plan, about, say, texts)


def orders(seed: int, count: int) -> list[Order]:
    """Orders whose Bundle has 23 entries: as the measured ones, with 13 of the 20 results."""
    return [_shortened(one) for one in Laboratories(seed, count).orders(0, count)]


def _shortened(order: Order) -> Order:
    lines = order.payload.split(b"\r")
    after = [line for line in lines if line.startswith(b"OBX|")][RESULTS:]
    return replace(order, payload=b"\r".join(line for line in lines if line not in after))


def with_error(text: bytes) -> dict[str, Any]:
    """The Bundle, the last of its results with a status that R4 does not know."""
    bundle, last = _last_result(text)
    last["status"] = "done"
    return bundle


def with_warning(text: bytes) -> dict[str, Any]:
    """The Bundle, the last of its results with the LOINC code of a vital sign, which a laboratory does not measure."""
    bundle, last = _last_result(text)
    last["code"] = {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}
    return bundle


def _last_result(text: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    bundle: dict[str, Any] = jsontext.loads(text)
    results = [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "Observation"]
    return bundle, results[-1]


def milliseconds(seconds: Sequence[float]) -> list[float]:
    return [one * 1e3 for one in seconds]


def _expecting(severity: Severity | None, judge: Callable[[Any], Any]) -> Callable[[Any], object]:
    """The judge, held to what it must say: no figure of a check that looked away."""

    def judged(given: Any) -> None:
        said = judge(given)
        found = [] if said is True else [issue.severity for issue in said] if said is not False else ["not certain"]
        if found != ([severity] if severity else []):
            raise BenchFailed(f"a Bundle is not judged {severity or 'valid'} but {found}")

    return judged


def _first(plan: Plan, text: bytes) -> Iterator[Figure]:
    """A new process until it has judged its first Bundle: its time, and its memory then, all of the process."""
    file = plan.scratch / "bundle.json"
    file.write_bytes(text)
    taken, used, resident = [], [], []
    for _ in range(plan.starts + 1):
        began = perf_counter()
        with subprocess.Popen(
            [sys.executable, "-c", _FIRST, str(file)],
            env=environment_without_settings(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            issues, cpu = (process.stdout.readline() if process.stdout else b"").split() or (b"?", b"0")
            taken.append(perf_counter() - began)
            used.append(float(cpu))
            resident.append(resident_mb(process.pid))
            process.communicate()
        if issues != b"0":
            raise BenchFailed("a new process did not judge the Bundle valid")
    about = About("validate", f"a file of {len(text) // 1000} kB")
    yield about.sampled(
        "a new process until its first Bundle is judged",
        taken[1:],
        "s",
        target=LOAD,
        note=f"{median(used[1:]):.2f} s of CPU, Python's own start included",
    )
    yield about.sampled("its memory then", resident[1:], "MB", target=MEMORY, note="resident, Python's own included")


def _command(plan: Plan) -> Figure:
    """``gateway validate`` on a folder of files, its start and its output included."""
    folder = plan.scratch / "bundles"
    folder.mkdir()
    for one in orders(plan.seed, plan.files):
        (folder / f"{one.number:06}.json").write_bytes(body(translated(one).bundle()))
    samples = []
    for _ in range(max(plan.blocks // 4, 1)):
        began = perf_counter()
        subprocess.run(
            [sys.executable, "-m", "gateway", "validate", *map(str, sorted(folder.iterdir()))],
            env=environment_without_settings(),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        samples.append(plan.files / (perf_counter() - began))
    about = About("validate", f"{plan.files} files, each a Bundle of {ENTRIES} entries")
    return about.sampled("gateway validate, the command from start to end", samples, "files/s", target=FILES)


def _fhir_resources(plan: Plan, about: About, texts: Sequence[bytes]) -> Figure:
    name, peer = "fhir.resources R4B: reading the same JSON text", peers.fhir_resources()
    if peer is None:
        return about.figure(name, None, _UNIT, n=0, note=peers.NOT_INSTALLED)
    return about.sampled(name, milliseconds(cpu_each(peer, texts, plan.blocks)), _UNIT)


def _pyfhircheck(plan: Plan, about: About, say: Callable[[str], None], texts: Sequence[bytes]) -> Figure:
    """One Bundle a block: with HL7's package it takes most of a second for each."""
    name = f"pyfhircheck {'with' if plan.package else 'without'} HL7's package: checking the same Bundle"
    say(f"validate: {name}")
    peer = peers.pyfhircheck(plan.package)
    if peer is None:
        return about.figure(name, None, _UNIT, n=0, note=peers.NOT_INSTALLED)
    return about.sampled(
        name,
        milliseconds(cpu_each(peer, [json.loads(text) for text in texts[: plan.blocks]], plan.blocks)),
        _UNIT,
        note="" if plan.package else "knows common types alone; --package gives it the rest",
    )
