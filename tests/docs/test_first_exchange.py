"""The walk from an empty folder to an offline verdict runs as it stands in docs/, and says what the page says."""

from __future__ import annotations

import re
import socket
import subprocess
from pathlib import Path

import pytest

from tests.blueprint import ROOT
from tests.docs.commands import fences, shell_lines
from tests.docs.shell import readers_environment

SCRIPT = ROOT / "docs" / "first-exchange.sh"
PAGE = Path("docs/first-exchange.md")
_HEX = re.compile(r"\b[0-9a-f]{8}[0-9a-f-]{28,}\b")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the script makes its temporary folder."""
    made = tmp_path_factory.mktemp("walk") / "tmp"
    made.mkdir()
    return made


@pytest.fixture(scope="module")
def walked(place: Path) -> subprocess.CompletedProcess[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = readers_environment(place.parent) | {"PORT": str(port), "TMPDIR": str(place)}
    return subprocess.run([SCRIPT], env=environment, cwd=place, capture_output=True, text=True)


def _plain(text: str) -> list[str]:
    """Lines of output; ids and digests, which follow from the sample's bytes, are not compared."""
    return [_HEX.sub("…", line) for line in text.splitlines() if line.strip()]


@pytest.mark.slow
def test_the_script_ends_well_and_leaves_nothing(walked: subprocess.CompletedProcess[str], place: Path) -> None:
    assert (walked.returncode, walked.stderr) == (0, "")
    assert list(place.iterdir()) == []


@pytest.mark.slow
def test_a_stranger_finds_it_valid_one_changed_digit_invalid_and_without_trust_unverifiable(
    walked: subprocess.CompletedProcess[str],
) -> None:
    assert _plain(walked.stdout)[-3:] == [
        "valid, exit 0: gateway verify --trust trust.json evidence.json",
        "invalid, exit 1: gateway verify --trust trust.json forged.json",
        "unverifiable, exit 3: gateway verify evidence.json",
    ]


@pytest.mark.slow
def test_the_page_shows_what_the_script_prints(walked: subprocess.CompletedProcess[str]) -> None:
    shown = [line for block in fences(PAGE, "text") for line in _plain(block)]
    assert shown == _plain(walked.stdout)


def test_every_command_of_the_page_stands_in_the_script() -> None:
    script = {re.sub(r"\s+", " ", line) for line in _script_lines()}
    lost = [line for line in map(_squeezed, shell_lines(PAGE)) if not any(line in other for other in script)]
    assert shell_lines(PAGE)
    assert lost == []


def test_the_script_needs_only_the_gateway_curl_and_a_shell() -> None:
    tools = {"jq", "python", "python3", "perl", "awk", "openssl", "sqlite3", "psql"}
    assert not tools & set(re.findall(r"\b[a-z0-9]+\b", "\n".join(_script_lines())))


def _script_lines() -> list[str]:
    text = SCRIPT.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if not line.lstrip().startswith("#")]


def _squeezed(line: str) -> str:
    return re.sub(r"\s+", " ", line)
