"""``reuse``: the verdict on twenty ordered tests for a patient with two thousand results, over HTTP.

With authentication, every key looked at anew, the signed Bundles of what may be reused checked, and the audit line on
disk before the answer leaves. Asked now and then, as a doctor orders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gateway.bench.failed import BenchFailed
from gateway.bench.figures import About, Figure, Target
from gateway.bench.heavy_patient import CCCD, TESTS, settle
from gateway.bench.load import Answer, OpenLoop, arrivals, by_status
from gateway.bench.meters import family_cpu, wait_for_rest
from gateway.bench.orders import FACILITIES
from gateway.bench.plan import Plan
from gateway.bench.search import OBX
from gateway.bench.stock import Stock, stocked
from gateway.bench.tokens import Tokens
from gateway.bundle import CCCD as CITIZEN_ID
from gateway.jsontext import dumps, loads

P50 = Target(30, "lower")
P99 = Target(100, "lower")
ASKED = 2.0  # questions a second
_WARM = 5  # questions before the clock


def run(plan: Plan, say: Callable[[str], None]) -> Iterator[Figure]:
    """The figures at each size of database."""
    for observations in plan.observations:
        with stocked(plan, "sqlite", observations // OBX, say) as stock:
            results = min(2_000, observations)
            say(f"reuse: a patient with {results} results is taken in")
            settle(stock.site, results)
            yield from _figures(stock, plan, f"{observations} Observations, {results} of the patient")


def _figures(stock: Stock, plan: Plan, size: str) -> Iterator[Figure]:
    with stock.site.serving() as serving, Tokens(stock.site) as tokens:
        asked = _request(tokens.of(FACILITIES[0]), serving.site.port)

        def answers_to(due: Sequence[float]) -> list[Answer]:
            return OpenLoop(serving.site.address, lines=1).run(lambda _: asked, due)

        wait_for_rest(serving.process.pid)
        (cold,) = answers_to([0.0])
        answers_to([one / 10 for one in range(_WARM)])
        before = family_cpu(serving.process.pid)
        answers = answers_to(arrivals(ASKED, plan.searching, plan.seed) or [0.0])
        used = (family_cpu(serving.process.pid) - before) / len(answers) * 1e3
    about = About("reuse", size, stock.site.different)
    note = f"{ASKED:g} questions a second; {by_status(answers)}; {_said(answers)}"
    took = [one.seconds * 1e3 for one in answers]
    yield about.sampled("20 verdicts: p50", took, "ms", target=P50, note=note)
    yield about.sampled("20 verdicts: p99", took, "ms", part=0.99, target=P99, note=note)
    yield about.figure("20 verdicts: the first after the start", cold.seconds * 1e3, "ms")
    yield about.figure("20 verdicts: CPU of the gateway", used, "ms/question", n=len(answers))


def _request(token: str, port: int) -> bytes:
    codes = [{"name": "order", "part": [
        {"name": "code", "valueCoding": {"system": "http://loinc.org", "code": test.loinc}},
    ]} for test in TESTS]  # fmt: skip
    parameters = [
        {"name": "patient", "valueIdentifier": {"system": CITIZEN_ID, "value": CCCD}},
        {"name": "setting", "valueCode": "outpatient"},
        *codes,
    ]
    body = dumps({"resourceType": "Parameters", "parameter": parameters})
    head = (
        f"POST /fhir/Observation/$prior-results HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/fhir+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _said(answers: list[Answer]) -> str:
    """The verdicts of the last answer; BenchFailed where nothing was found of what is there."""
    last = answers[-1]
    parts = loads(last.body).get("parameter", ()) if last.status == 200 else ()
    verdicts = [one["part"] for one in parts if one["name"] == "verdict"]
    found = [part for one in verdicts for part in one if part["name"] == "result"]
    if len(found) != len(TESTS):
        raise BenchFailed(f"results were found for {len(found)} of {len(TESTS)} tests: {by_status(answers)}")
    decisions = [part["valueCode"] for one in verdicts for part in one if part["name"] == "decision"]
    counted = ", ".join(f"{decisions.count(one)} {one}" for one in sorted(set(decisions)))
    return f"{counted}; answer {len(last.body) / 1e3:.0f} kB"
