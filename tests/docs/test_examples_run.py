"""The examples of `--help` are run, in an order in which they make sense, over one new data folder."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import gateway
from gateway.errors import NotFound
from gateway.settings import PREFIX
from tests.blueprint import ROOT
from tests.docs.commands import gateway_commands
from tests.docs.test_commands import EVERY, EXAMPLES

# In this order: what an example needs stands before it.
IN_ORDER = (
    "facility add", "facility list", "facility show", "facility change", "facility quality",
    "user add", "user list", "user password", "user remove",
    "key list", "key new", "key rotate", "key export", "key import",
    "cds-client list",
    "recipient add", "recipient change", "recipient list", "subscription add", "subscription list",
    "exchange list", "person tasks", "adapter list", "adapter coverage",
    "adapter check", "adapter expect", "adapter preview", "adapter new",
    "vocabulary unmapped", "vocabulary map", "vocabulary unit", "vocabulary list", "vocabulary export",
    "vocabulary try", "vocabulary retranslate", "vocabulary unmap",
    "mapping list", "reuse check", "reuse explain", "reuse alerts", "reuse report",
    "conformance requirements", "simulate faults",
    "simulate behaviours", "simulate writings", "simulate hospital", "simulate entries", "simulate view", "translate",
    "db upgrade", "db check", "db backup", "db prune", "db reindex",
)  # fmt: skip

# Their examples name something that is not there: they must say so, in words.
OF_NOTHING = (
    "exchange show", "exchange release", "exchange refuse", "exchange redeliver",
    "person decide", "subscription remove", "key revoke", "cds-client change",
    "mapping show", "mapping diff", "mapping remove", "mapping retranslate",
)  # fmt: skip

# Run elsewhere: what they need, or that they do not end, makes them a test of their own.
ELSEWHERE = {
    "demo": "tests/docs/test_readme.py",
    "bench": "tests/bench",
    "serve": "tests/docs/test_guides.py",
    "collect": "tests/collect/test_command.py",
    "send-mllp": "tests/mllp/test_command.py",
    "cds-client add": "tests/cds/test_command.py: it needs a file",
    "vocabulary import": "tests/cli/test_vocabulary_files.py: it needs a file",
    "mapping add": "tests/cli/test_mapping.py: it needs a file",
    "mapping try": "tests/cli/test_mapping.py: it needs a file",
    "worker": "tests/docs/test_commands.py: a server without an end",
    "facility token": "tests/docs/test_first_exchange.py",
    "verify": "tests/docs/test_first_exchange.py",
    "validate": "tests/docs/test_commands.py: any file of resources",
    "simulate recipient": "tests/docs/test_commands.py: a server without an end",
    "conformance run": "tests/conformance/test_command.py: it needs an endpoint",
    "simulate faulty": "tests/conformance/test_covered.py: a server without an end",
    "simulate pacs": "tests/collect/test_simulated_pacs.py",
}


@dataclass(frozen=True)
class Place:
    """A folder to work in, and the environment of its gateway."""

    folder: Path
    environment: dict[str, str | None]

    def run(self, command: str) -> tuple[int, str, BaseException | None]:
        """The example of a command: exit code, stdout, and what was raised."""
        (line,) = EXAMPLES[tuple(command.split())]
        (arguments,) = gateway_commands(line)
        done = CliRunner(env=self.environment).invoke(gateway, arguments)
        return done.exit_code, done.stdout, done.exception


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "adapters").symlink_to(ROOT / "adapters")
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    return Place(tmp_path, {"GATEWAY_DATA_DIR": str(tmp_path / "data")})


def test_every_command_is_run_somewhere() -> None:
    leaves = {" ".join(path) for path, command in EVERY.items() if not hasattr(command, "commands")}
    assert leaves == {*IN_ORDER, *OF_NOTHING, *ELSEWHERE}


def test_the_examples_of_help_run_one_after_another(place: Place) -> None:
    for command in IN_ORDER:
        code, said, raised = place.run(command)
        assert (command, code, raised) == (command, 0, None)
        if command == "facility add":
            (place.folder / "city-client.json").write_text(said)
        if command == "key export":
            shutil.copy(place.folder / "trust.json", place.folder / "city-trust.json")
    for command in OF_NOTHING:
        code, said, raised = place.run(command)
        assert (command, code, said) == (command, 1, "")
        assert isinstance(raised, NotFound)
