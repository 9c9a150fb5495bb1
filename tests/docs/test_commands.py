"""Each command's help has an example, and every `gateway …` that a document or a help text shows is a command."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import pytest

from gateway.cli import COMMANDS, gateway
from gateway.settings import environment_without_settings
from tests.blueprint import ROOT
from tests.docs.commands import gateway_commands, mentioned, own_documents, typed

_EXAMPLE = re.compile(r"^\s*Example: (.+)$", re.MULTILINE)
_FILE = re.compile(r"[\w./-]+\.(?:json|hl7|xml|pem|toml|csv|tgz)\Z|[A-Z]+…?\Z")  # FILE, PATH… in a sentence


def _context(command: click.Command, **more: Any) -> click.Context:
    """With the command's own settings: click keeps the names of --help as the first context has them."""
    return click.Context(command, **command.context_settings, **more)


def _every_command(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = _context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from _every_command(command, (*path, name))


EVERY = dict(_every_command(gateway))
EXAMPLES = {
    path: _EXAMPLE.findall(inspect.cleandoc(command.callback.__doc__ or ""))
    for path, command in EVERY.items()
    if command.callback is not None
}
TYPED = [(document, arguments) for document in own_documents() for arguments in typed(document)]
MENTIONED = [(document, arguments) for document in own_documents() for arguments in mentioned(document)]


def understood(arguments: list[str]) -> None:
    """Parse as click would, to the last subcommand, without running anything; UsageError when it would refuse."""
    command: click.Command = gateway
    context = _context(gateway, info_name="gateway")
    rest = list(arguments)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name, *rest = rest
        found = command.get_command(context, name)
        if found is None:
            raise click.UsageError(f"no command {name}", context)
        command = found
        context = _context(command, info_name=name, parent=context)
    if rest or not isinstance(command, click.Group):
        command.make_context(context.info_name, rest, parent=context.parent)


@pytest.fixture
def among_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder where any file an example names exists: that it would be read is not what is asked here."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _laid_out(folder: Path, arguments: list[str]) -> list[str]:
    laid = [word.removeprefix("$work/") for word in arguments]
    for word in laid:
        if _FILE.match(word) and not word.startswith("/"):
            (folder / word).parent.mkdir(parents=True, exist_ok=True)
            (folder / word).touch()
    return laid


def test_every_command_has_its_own_file_and_is_listed_once() -> None:
    assert {path[0] for path in EVERY} == set(COMMANDS)


@pytest.mark.parametrize("path", sorted(EVERY), ids=" ".join)
def test_the_help_of_a_command_has_an_example_of_that_command(path: tuple[str, ...], among_files: Path) -> None:
    assert EXAMPLES[path], "no line 'Example: gateway …' in the help"
    for line in EXAMPLES[path]:
        for arguments in gateway_commands(line):
            assert tuple(arguments[: len(path)]) == path
            understood(_laid_out(among_files, arguments))


def _named(case: tuple[Path, list[str]]) -> str:
    return f"{case[0]}: {' '.join(case[1][:3])}"


@pytest.mark.parametrize("case", TYPED, ids=_named)
def test_every_command_to_be_typed_is_understood_as_it_stands(case: tuple[Path, list[str]], among_files: Path) -> None:
    understood(_laid_out(among_files, case[1]))


@pytest.mark.parametrize("case", MENTIONED, ids=_named)
def test_every_command_spoken_of_is_one_with_such_options(case: tuple[Path, list[str]], among_files: Path) -> None:
    with suppress(click.MissingParameter, click.BadOptionUsage):  # a sentence may leave arguments out
        understood(_laid_out(among_files, case[1]))


def test_an_unknown_option_or_command_is_noticed() -> None:
    for wrong in (["key", "export", "--to", "x"], ["keys", "export"], ["facility", "add", "79001"]):
        with pytest.raises(click.UsageError):
            understood(wrong)


def test_commands_are_found_in_a_line_of_shell() -> None:
    line = 'GATEWAY_BIND=127.0.0.1:1 gateway serve 2> log & t=$(gateway facility token 1 --key f | sed "s/a/b/")'
    assert gateway_commands(line) == [["serve"], ["facility", "token", "1", "--key", "f"]]


@pytest.mark.parametrize("arguments", sorted(EVERY), ids=" ".join)
def test_help_ends_with_exit_0(arguments: tuple[str, ...]) -> None:
    with pytest.raises(click.exceptions.Exit) as ended:
        understood([*arguments, "--help"])
    assert ended.value.exit_code == 0


def test_the_example_of_translate_runs_as_it_stands() -> None:
    (example,) = EXAMPLES["translate",]
    (arguments,) = gateway_commands(example)
    done = subprocess.run(
        [sys.executable, "-m", "gateway", *arguments], cwd=ROOT, env=environment_without_settings(), capture_output=True
    )
    assert done.returncode == 0, done.stderr
