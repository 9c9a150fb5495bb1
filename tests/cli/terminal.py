"""A terminal before the `gateway` command: what is typed, what it printed, how it ended. In this process."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main

LAB, HOSPITAL = "79001", "01999"  # facility codes of the samples
ROOT = Path(__file__).parents[2]
LAB_SAMPLE = ROOT / "adapters" / "hl7v2" / "samples" / "lab-hematology.hl7"
HELD_SAMPLE = ROOT / "adapters" / "bhyt" / "samples" / "decimal-comma.xml"
TWO_RECORDS = ROOT / "adapters" / "bhyt" / "samples" / "two-episodes.xml"


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code, and what it wrote."""

    code: int
    out: bytes
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """stdout as it is promised: one JSON object a line."""
        assert self.out.endswith(b"\n") or not self.out
        found = [json.loads(text) for text in self.out.splitlines()]
        assert all(isinstance(one, dict) for one in found)
        return found

    @property
    def line(self) -> dict[str, Any]:
        """The one object of a command that answers with one."""
        (only,) = self.lines
        return only


class Terminal:
    """Types commands into a folder of its own, with the settings of that folder."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch

    def set(self, **settings: str) -> None:
        """Settings for all that is typed from now on: ``lang="vi"`` is GATEWAY_LANG."""
        for name, value in settings.items():
            self._monkeypatch.setenv(f"GATEWAY_{name.upper()}", value)

    def __call__(self, *typed: str | Path, stdin: bytes = b"") -> Ran:
        """Run ``gateway …`` to its end."""
        out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with self._monkeypatch.context() as here:
            here.setattr(sys, "argv", ["gateway", *map(str, typed)])
            here.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            here.setattr(sys, "stdout", out)
            here.setattr(sys, "stderr", err)
            code = _ended()
        out.flush()
        err.flush()
        return Ran(code, out.buffer.getvalue(), err.buffer.getvalue().decode())

    def well(self, *typed: str | Path, stdin: bytes = b"") -> Ran:
        """Run a command that must end with 0."""
        ran = self(*typed, stdin=stdin)
        assert ran.code == 0, ran.err
        return ran

    def file(self, name: str, content: bytes | str | dict[str, Any]) -> Path:
        """A file in the terminal's folder."""
        if isinstance(content, dict):
            content = json.dumps(content)
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


def _ended() -> int:
    try:
        main()
    except SystemExit as ended:
        return 0 if ended.code is None else int(ended.code)
    return 0


def rules(outcome: dict[str, Any]) -> list[str]:
    """The rule keys of an OperationOutcome."""
    assert outcome["resourceType"] == "OperationOutcome"
    return [issue["details"]["coding"][0]["code"] for issue in outcome["issue"] if "coding" in issue["details"]]
