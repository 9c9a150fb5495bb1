"""Judging in processes beside the one that serves: the same judgement, and a lost judge takes nothing with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway import steps
from gateway.adapter import MappingText, Payload
from gateway.errors import JudgeLost, PayloadError, SettingsError
from gateway.facility import Facility
from gateway.installed import running_adapters
from gateway.judgement import Asked, Judge, Judgement
from gateway.judges import Judges
from gateway.mapping.units import UCUM
from gateway.settings import Settings
from gateway.steps import Step
from gateway.terminology.decision import Decision
from gateway.terminology.terms import NOTHING_DECIDED, Terms, decisions, terms
from gateway.trust import authority
from tests.plain_table import installed, mapping, table

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SAMPLE = Path(__file__).parents[2] / "adapters" / "hl7v2" / "samples" / "lab-hematology.hl7"
WAIT = 30  # seconds in which what must happen has happened


def until(happens: Callable[[], object]) -> None:
    ends = time.monotonic() + WAIT
    while not happens():
        assert time.monotonic() < ends, "it never happened"
        time.sleep(0.01)


def gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture(scope="module")
def asked() -> Asked:
    root = authority.new_authority("a test's authority", now=AT, passphrase="secret")
    key = authority.issue(
        root, facility="79001", name="Lab", now=AT, passphrase="secret", authority_passphrase="secret"
    )
    facility = Facility("79001", "Lab", training=True)
    return Asked(facility, Payload(SAMPLE.read_bytes(), "application/hl7-v2"), "", key, AT)


@pytest.fixture
def here() -> Judge:
    return Judge(running_adapters(), "http://127.0.0.1:1", "secret")


def opened(here: Judge, tmp_path: Path, seconds: int = WAIT) -> Judges:
    settings = Settings(data_dir=tmp_path, base_url="http://127.0.0.1:1", judges=1, request_seconds=seconds)
    judges = Judges(settings, "secret", here)
    until(lambda: judges._free.qsize() == 1)
    return judges


@pytest.fixture
def judges(here: Judge, tmp_path: Path) -> Iterator[Judges]:
    made = opened(here, tmp_path)
    yield made
    made.close()


def said(judgement: Judgement) -> object:
    """All of a judgement but the signature's own octets, which differ each time (ECDSA)."""
    return judgement.adapter, [
        (
            record.issues,
            record.whole,
            record.named,
            [
                (
                    replace(made.exchange, bundle=b"", jws_sha256=""),
                    made.brought,
                    replace(made.row, bundle=b"", bundle_sha256=b""),
                )
                for made in record.made
            ],
        )
        for record in judgement.records
    ]


def test_beside_the_same_is_said_as_here(judges: Judges, here: Judge, asked: Asked) -> None:
    beside, expected = judges.judge(asked), here.judge(asked)
    assert said(beside) == said(expected)
    assert beside.records[0].made[0].exchange.status == "kept"


def test_what_is_decided_of_a_facilitys_codes_is_told_a_judge_once_and_again_when_it_changes(
    judges: Judges, here: Judge, asked: Asked
) -> None:
    def made(target: str) -> Terms:
        return terms(decisions([Decision(1, "79001", "unit", "", "G/L", UCUM, target, "", "equivalent", "Thu", AT)]))

    expected: list[object] = []
    for known in (made("10*9/L"), made("10*9/mL"), NOTHING_DECIDED):
        question = replace(asked, terms=known)
        expected.append(said(here.judge(question)))
        assert said(judges.judge(question)) == expected[-1]
        assert said(judges.judge(question)) == expected[-1]  # from what the judge holds already
    assert expected[1] not in (expected[0], expected[2])


def test_what_is_refused_beside_is_refused_by_the_same_rule_at_the_same_place(judges: Judges, asked: Asked) -> None:
    broken = replace(asked, payload=Payload(b"MSH|^~\\&|half"))
    with pytest.raises(PayloadError) as beside:
        judges.judge(broken)
    with pytest.raises(PayloadError) as alone:
        judges._here.judge(broken)
    assert beside.value.issues == alone.value.issues
    with pytest.raises(SettingsError, match="key"):
        judges.judge(replace(asked, key=None))
    assert judges.judge(asked).records, "a refusal costs no judge"


def test_the_steps_of_a_judge_are_told_with_the_time_they_took(judges: Judges, asked: Asked) -> None:
    heard: list[tuple[Step, float | None]] = []
    end = steps.listen(lambda step, took=None: heard.append((step, took)))
    judges.judge(asked)
    end()
    assert [step for step, _ in heard] == [Step.INTAKE_TRANSLATED, Step.INTAKE_CHECKED, Step.INTAKE_SIGNED]
    assert all(took is not None and took > 0 for _, took in heard)


def test_a_judge_that_dies_over_a_payload_is_replaced_and_the_payload_not_tried_again(
    judges: Judges, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judges, "_here", None)  # whoever judged it here would fail
    (before,) = judges.processes
    os.kill(before, signal.SIGKILL)
    with pytest.raises(JudgeLost) as lost:
        judges.judge(asked)
    assert (lost.value.status, lost.value.issues[0].rule) == (503, "judge-lost")
    until(lambda: judges._free.qsize() == 1)
    assert judges.processes != [before]
    assert judges.judge(asked).records


def test_a_payload_that_never_ends_takes_its_judge_and_no_more(here: Judge, asked: Asked, tmp_path: Path) -> None:
    judges = opened(here, tmp_path, seconds=1)
    (before,) = judges.processes
    os.kill(before, signal.SIGSTOP)
    with pytest.raises(JudgeLost) as lost:
        judges.judge(asked)
    assert lost.value.issues[0].rule == "judge-too-slow"
    assert gone(before)
    until(lambda: judges._free.qsize() == 1)
    judges.close()


def test_what_finds_no_judge_free_is_judged_here(judges: Judges, asked: Asked) -> None:
    heard: list[str] = []
    judges.told = heard.append
    judges.judge(asked)
    busy = judges._free.get()
    assert said(judges.judge(asked)) == said(judges._here.judge(asked))
    assert heard == ["beside", "here"]
    judges._free.put(busy)


def test_a_stop_s_signals_leave_a_judge_at_work_until_its_gateway_ends_it(judges: Judges, asked: Asked) -> None:
    (process,) = judges.processes
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(process, number)
    assert judges.judge(asked).records
    assert judges.processes == [process]
    judges.close()
    assert gone(process)
    assert judges.judge(asked).records, "after that, all is judged here"


def test_a_killed_gateway_leaves_no_judge_behind(tmp_path: Path) -> None:
    program = (
        "import json, sys, time; from pathlib import Path; from gateway.judges import Judges\n"
        "from gateway.settings import Settings\n"
        "judges = Judges(Settings(data_dir=Path(sys.argv[1]), judges=2), 'secret', None)\n"
        "while judges._free.qsize() < 2: time.sleep(0.01)\n"
        "print(json.dumps(judges.processes), flush=True); time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE) as gateway:
        assert gateway.stdout is not None
        processes = json.loads(gateway.stdout.readline())
        gateway.kill()
    assert len(processes) == 2
    until(lambda: all(map(gone, processes)))


def test_while_no_judge_can_be_started_all_is_judged_here(
    here: Judge, asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    judges = Judges(Settings(data_dir=tmp_path, judges=1), "secret", here)
    assert judges.judge(asked).records
    judges.close()
    assert judges.processes == []


def test_a_judge_beside_reads_by_the_mapping_files_it_is_handed(
    here: Judge, asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in installed(tmp_path / "site").items():
        monkeypatch.setenv(name, value)
    judges = opened(here, tmp_path)
    told: list[str] = []
    judges.told = told.append
    try:
        for version in ("1", "2"):
            file = MappingText.read(mapping(version, f"test {version}").encode())
            made = judges.judge(replace(asked, payload=Payload(table(1)), mappings=(file,)))
            assert f'"test {version}"'.encode() in made.records[0].whole
    finally:
        judges.close()
    assert told == ["beside", "beside"]
