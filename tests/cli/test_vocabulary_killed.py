"""`gateway vocabulary retranslate` killed within and between records: nothing is lost, nothing is made twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter

import pytest

from gateway.adapter import Payload
from gateway.cli.open import house
from gateway.store import audit, exchanges
from gateway.store.check import check
from tests.blueprint import ROOT
from tests.cli.terminal import LAB, Terminal
from tests.hl7v2.building import header, message, order, patient, result

RECORDS = 4
AGAIN = ("vocabulary", "retranslate", "--reason", "glucose decided", "--by", "BS. Mẫu")
GLU, GLUCOSE = f"urn:vn:cskcb:{LAB}:codesystem:L|GLU", "http://loinc.org|14749-6"


@pytest.fixture
def decided(terminal: Terminal, tables_url: str) -> Terminal:
    """Results of a code that was decided on since."""
    terminal.set(database_url=tables_url)
    terminal.well("facility", "add", LAB, "--name", "Laboratory", "--basis", "written request")
    with house() as open_house:
        for at in range(RECORDS):
            data = message(
                header(f10=f"C{at}"), patient(), order(f2=f"P{at}^HIS", f3=f"F{at}^LIS"),
                result(f3="GLU^Đường máu^L"),
            )  # fmt: skip
            open_house.intake().take(LAB, Payload(data), actor="test")
    terminal.well("vocabulary", "map", LAB, GLU, GLUCOSE, "--by", "BS. Mẫu")
    return terminal


def _killed(place: str, nth: int) -> None:
    command = [sys.executable, "-m", "tests.cli.dying_command", place, str(nth), *AGAIN]
    ran = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert ran.returncode == -signal.SIGKILL, ran.stderr


def _replaced() -> list[str]:
    """The exchanges whose place another took, as the audit trail says; all that is stored is whole, each once."""
    with house() as open_house:
        assert [issue for step in check(open_house.store, whole=True) for issue in step.issues] == []
        with open_house.store.read() as connection:
            lines = [one.detail for one in audit.lines(connection) if one.action == "exchange-translated-again"]
            stored = [one.id for one in exchanges.list_lines(connection)]
    assert len(stored) == len(set(stored)) == RECORDS + len(lines)
    assert {one["exchange"] for one in lines} | {one["replaces"] for one in lines} <= set(stored)
    return [one["replaces"] for one in lines]


def test_killed_in_a_record_it_left_as_it_stood_and_killed_behind_it_is_not_made_again(decided: Terminal) -> None:
    # (place, which record of this run) → how many stand in another's place then
    for place, nth, done in (
        ("begun", 1, 0),
        ("stored", 2, 1),
        ("replaced", 1, 1),
        ("written", 2, 2),
        ("committed", 1, 3),
    ):
        _killed(place, nth)
        assert len(_replaced()) == done, place
    last = decided.well(*AGAIN).lines
    assert [one["exchange"] for one in last if "exchange" in one] != []
    assert max(Counter(_replaced()).values()) == 1
    assert len(_replaced()) == RECORDS
    assert len(decided.well(*AGAIN).lines) == 1  # the counts alone: nothing is left to do
    assert len(_replaced()) == RECORDS
