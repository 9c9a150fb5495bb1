"""The soak where it cannot run. That it loses nothing is `make soak`; that its judge can fail, tests/soak."""

from __future__ import annotations

import subprocess
import sys

from tests.blueprint import ROOT


def _soaked(*typed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "tests.soak", *typed], cwd=ROOT, capture_output=True, text=True)


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
