"""`make soak QUICK=1` on SQLite: every trouble once, small; all that was acknowledged is there, once."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from gateway.steps import Step
from tests.blueprint import ROOT


def _soaked(*typed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "tests.soak", *typed], cwd=ROOT, capture_output=True, text=True)


def test_a_quick_soak_loses_nothing_and_counts_a_death_at_every_step(tmp_path: Path) -> None:
    document = tmp_path / "soak.md"
    document.write_text("before\n<!-- soak: begin -->\n<!-- soak: end -->\nafter\n")
    done = _soaked("--quick", "--stores", "sqlite", "--seed", "1", "--write", str(document))
    assert done.returncode == 0, done.stdout + done.stderr
    figures = re.search(
        r"^sqlite: acknowledged (\d+), stored (\d+), delivered (\d+), (.*) \(", done.stdout, re.MULTILINE
    )
    assert figures is not None
    acknowledged, stored, delivered, others = figures.groups()
    assert int(acknowledged) >= 60
    assert acknowledged == stored == delivered
    assert others == "duplicates 0, lost 0"
    assert all(re.search(rf"{step.value} [1-9]", done.stdout) for step in Step)
    assert done.stdout in document.read_text()


def test_where_it_is_not_allowed_it_says_so_and_does_not_pass() -> None:
    """As another user than root, as most are."""
    nobody = 65534
    done = subprocess.run(
        ["unshare", "--user", f"--map-user={nobody}", sys.executable, "-m", "tests.soak", "--quick"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2, done.stdout + done.stderr
    assert "the soak cannot run here: network namespaces and mounts need root" in done.stderr


def test_a_store_that_is_none_is_refused() -> None:
    done = _soaked("--stores", "oracle")
    assert done.returncode == 2
    assert "oracle" in done.stderr
