"""``tabular``: a laboratory's table, a row a result, becomes reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

from gateway.adapter import (
    DefaultProfile,
    MappingText,
    Payload,
    Record,
    SourceAdapter,
    Translation,
    bind,
    split,
    translate,
)
from gateway.bench.blocks import as_a_judge, cpu_each
from gateway.bench.failed import BenchFailed
from gateway.bench.figures import About, Figure, Target
from gateway.bench.orders import FACILITIES
from gateway.bench.plan import Plan
from gateway.installed import running_adapters
from gateway.r4 import check

RATE = Target(20_000, "higher")
REPORTS = 20  # of a payload
_MAPPING = Path(__file__).with_name("tabular.toml")
_HEAD = "PHIEU;BN;CCCD;TEN;SINH;PHAI;LAY_MAU;TRA_KQ;BS;MA;XN;KQ;DV;BT;CO"
_TESTS = (
    *("GLU;Glucose;{};mmol/L;3,9 - 6,4", "CREA;Creatinin;{};µmol/L;53 - 97", "URE;Ure;{};mmol/L;2,5 - 7,5"),
    *("AST;AST (GOT);{};U/L;< 37", "ALT;ALT (GPT);{};U/L;< 40", "WBC;Bạch cầu;{};G/L;4,0 - 10,0"),
    *("HGB;Huyết sắc tố;{};g/L;120 - 160", "PLT;Tiểu cầu;{};G/L;150 - 400", "NA;Natri;{};mmol/L;135 - 145"),
    "K;Kali;{};mmol/L;3,5 - 5,1",
)


def run(plan: Plan, say: Callable[[str], None]) -> Iterator[Figure]:
    """The figures of a long table."""
    payloads = [payload(number) for number in range(plan.messages)]
    rows = REPORTS * len(_TESTS)
    blocks = f"{plan.blocks} blocks, garbage as in a judge"
    about = About("tabular", f"{len(payloads)} tables of {rows} results in {REPORTS} reports, in {blocks}")

    def whole(one: bytes) -> None:
        for made in translated(one):
            if wrong := [issue for issue in check(made.bundle()) if issue.refuses]:
                raise BenchFailed(f"the report is not valid: {wrong[0].rule}")

    def a_second(work: Callable[[bytes], object]) -> list[float]:
        with as_a_judge():
            return [rows / max(seconds, 1e-9) for seconds in cpu_each(work, payloads, plan.blocks)]

    say("tabular: tables")
    each = "results/s of one core"
    yield about.sampled("CSV: translation with lineage", a_second(translated), each, target=RATE)
    yield about.sampled("CSV: translation with lineage, and R4 check", a_second(whole), each)
    yield about.sampled("CSV: splitting into records alone", a_second(_split), each)


def payload(number: int) -> bytes:
    """A table of reports, each of another patient; the same for the same number."""
    lines = [_HEAD]
    for report in range(number * REPORTS, (number + 1) * REPORTS):
        born, hour = 1940 + report % 60, 6 + report % 10
        head = f"XN{report:06};BN{report:06};{1090000000 + report:012};NGUYỄN THỊ MẪU;02/03/{born};Nữ"
        times = f"15/11/2026 {hour:02}:{report % 60:02};15/11/2026 {hour + 2:02}:{report % 60:02};BS. Trần Văn Thử"
        for place, test in enumerate(_TESTS):
            value = (report * 37 + place * 101) % 1500
            lines.append(f"{head};{times};{test.format(f'{value // 10},{value % 10}')};{'H' if value % 5 == 0 else ''}")
    return "\n".join([*lines, ""]).encode()


def translated(one: bytes) -> Sequence[Translation]:
    """As intake does it."""
    facility = DefaultProfile(code=FACILITIES[0])
    return [translate(_adapter(), record, facility) for record in _split(one)]


def _split(one: bytes) -> Sequence[Record]:
    return split(_adapter(), Payload(one, "text/csv"))


@cache
def _adapter() -> SourceAdapter:
    (adapter,) = running_adapters(("tabular",))
    return bind(adapter, [MappingText.read(_MAPPING.read_bytes())])
