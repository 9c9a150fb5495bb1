"""A process that is told to die at a step dies there, once; another clock is another clock."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.steps import Step
from tests.blueprint import ROOT
from tests.soak.dying import offset
from tests.soak.orders import Orders, runs
from tests.soak.trail import Trail

_PROGRAM = """
import sys
from pathlib import Path
from gateway import app, steps
from tests.soak.dying import listen, step_clock
place = Path(sys.argv[1])
step_clock(place)
listen(place)
for step in steps.Step:
    steps.reached(step)
    print(step, flush=True)
print(app.utc_now().isoformat())
"""


def _ran(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(folder)],
        cwd=ROOT, capture_output=True, text=True, start_new_session=True,
    )  # fmt: skip


def test_it_dies_at_the_step_it_was_told_and_only_once(tmp_path: Path) -> None:
    orders = Orders(tmp_path)
    orders.give(Step.INTAKE_WRITTEN, "one")
    orders.give(Step.DELIVERY_CLAIMED, "all")
    first, second, third = (_ran(tmp_path) for _ in range(3))
    assert [one.returncode for one in (first, second, third)] == [-signal.SIGKILL, -signal.SIGKILL, 0], first.stderr
    assert first.stdout.split()[-1] == Step.INTAKE_SIGNED
    assert second.stdout.split()[-1] == Step.INBOUND_COMMITTED
    assert orders.obeyed() == {Step.INTAKE_WRITTEN: 1, Step.DELIVERY_CLAIMED: 1}


def test_a_trail_that_is_kept_ends_with_the_step_a_process_died_at(tmp_path: Path) -> None:
    trail, orders = Trail(tmp_path), Orders(tmp_path)
    orders.give(Step.INTAKE_CHECKED, "one")
    _ran(tmp_path)
    assert not trail.kept()
    trail.keep()
    orders.give(Step.INTAKE_CHECKED, "one")
    _ran(tmp_path)
    assert trail.steps() == [Step.INTAKE_RECEIVED, Step.INTAKE_TRANSLATED, Step.INTAKE_CHECKED]
    assert trail.last() is Step.INTAKE_CHECKED


def test_an_order_that_was_withdrawn_is_not_obeyed(tmp_path: Path) -> None:
    orders = Orders(tmp_path)
    orders.give(Step.INTAKE_WRITTEN, "one")
    orders.withdraw()
    assert _ran(tmp_path).returncode == 0
    assert not orders.obeyed()


def test_who_took_an_order_and_still_runs_is_not_counted_as_dead(tmp_path: Path) -> None:
    orders = Orders(tmp_path)
    orders.give(Step.INTAKE_CHECKED, "all")
    assert orders.take(Step.INTAKE_CHECKED) == "all"
    assert orders.take(Step.INTAKE_CHECKED) is None
    assert not orders.obeyed()


def test_a_corpse_does_not_run() -> None:
    with subprocess.Popen(["true"], stdout=subprocess.PIPE) as ended:
        assert ended.stdout is not None
        ended.stdout.read()
        while runs(ended.pid):  # its output is closed a moment before it has ended
            pass
        assert ended.wait() == 0
    assert not runs(ended.pid)


def test_the_clock_of_a_running_gateway_is_stepped_by_a_file(tmp_path: Path) -> None:
    assert offset(tmp_path) == timedelta()
    (tmp_path / "offset").write_text("-7200")
    told = datetime.fromisoformat(_ran(tmp_path).stdout.split()[-1])
    assert timedelta(hours=-2, minutes=-5) < told - datetime.now(UTC) < timedelta(hours=-1, minutes=-55)
