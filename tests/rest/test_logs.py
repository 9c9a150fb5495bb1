"""A line of the log says what happened and where in the code, never what an exception or a library quotes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

MARK = "Zqxnguyen77"
START = f"""
import logging, threading, warnings
from gateway.logs import hear_the_rest, write_logs
from gateway.settings import read_settings
write_logs(read_settings({{}}))
hear_the_rest()
MARK = {MARK!r}
def fail(value=MARK):
    raise ValueError(f"quoted {{value}}")
"""


def lines(program: str) -> list[dict[str, Any]]:
    """What a process that writes such logs says on stderr."""
    done = subprocess.run([sys.executable, "-c", START + program], capture_output=True, text=True, check=False)
    assert MARK not in done.stderr
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


@pytest.mark.parametrize(
    "program",
    [
        "fail()",
        "thread = threading.Thread(target=fail); thread.start(); thread.join()",
        "class Lost:\n    def __del__(self):\n        fail()\nLost()",
    ],
    ids=["main", "thread", "finalizer"],
)
def test_an_exception_nobody_catches_is_a_line_with_its_type_and_place(program: str) -> None:
    (line,) = lines(program)
    assert (line["event"], line["level"], line["error"]) == ("uncaught", "critical", "ValueError")
    assert line["frames"][-1].startswith("__main__:")


def test_what_a_library_logs_is_a_line_without_its_text() -> None:
    found = lines(
        "log = logging.getLogger('library')\n"
        "log.warning('Invalid request %s', MARK); log.error(f'row {MARK}'); log.info('quiet')\n"
        "log.error('Worker (pid:%s) exited with code %s', 17, 3)\n"
        "warnings.warn(MARK)\n"
        "try:\n    fail()\nexcept ValueError:\n    log.exception('about %s', MARK)\n"
    )
    assert [line["level"] for line in found] == ["warning", "error", "error", "warning", "error"]
    assert [line.get("text") for line in found] == [None, None, "Worker (pid:17) exited with code 3", None, None]
    assert found[-1]["error"] == "ValueError"
    assert all(line["event"] == "library" and line["at"] for line in found)


def test_an_interrupt_is_no_fault() -> None:
    assert lines("raise KeyboardInterrupt") == []
