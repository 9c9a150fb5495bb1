"""What holds for every command: exit 2 for wrong usage, an example in the help, nothing loaded that is not needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gateway.cli import COMMANDS
from gateway.installed import installed_names
from tests.cli.terminal import LAB_SAMPLE, Terminal
from tests.docs.test_commands import EVERY

HEAVY = {"alembic", "cryptography", "flask", "gunicorn", "lxml", "marshmallow", "psycopg", "requests", "sqlalchemy"}
# what a command's help may load: nothing but what the command is about
ALLOWED = {
    "demo": set[str](),
    "serve": {"marshmallow"},
    "worker": {"marshmallow"},
    "translate": {"marshmallow"},
    "validate": set[str](),
    "verify": {"cryptography", "marshmallow"},
}


def _loaded(*typed: str) -> set[str]:
    """The heavy packages in a process that ran ``gateway …``."""
    program = (
        "import sys; from gateway.cli import gateway; gateway.main(sys.argv[1:], standalone_mode=False); "
        f"print('loaded', *({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program, *typed], capture_output=True, text=True, check=True)
    first, *found = done.stdout.splitlines()[-1].split()
    assert first == "loaded"
    return set(found)


def test_the_help_of_the_whole_loads_nothing_heavy() -> None:
    assert _loaded("--help") == set()


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_the_help_of_a_command_loads_only_what_it_is_about(name: str) -> None:
    assert _loaded(name, "--help") <= ALLOWED[name]


def test_no_command_serves_http_to_show_its_help() -> None:
    every = "; ".join(f"import gateway.cli.{module}" for module, _ in COMMANDS.values())
    program = f"{every}; import sys; print(*({{'alembic', 'flask', 'gunicorn', 'requests'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("path", sorted(EVERY), ids=" ".join)
def test_the_printed_help_shows_an_example(terminal: Terminal, path: tuple[str, ...]) -> None:
    for flag in ("--help", "-h"):
        ran = terminal.well(*path, flag)
        assert f"Example: gateway {path[0]}" in " ".join(ran.out.decode().split()).replace("_URL=", "") or (
            "Example: GATEWAY_DATABASE" in ran.out.decode()
        )
        assert ran.err == ""


@pytest.mark.parametrize("path", sorted(EVERY), ids=" ".join)
def test_an_unknown_option_is_wrong_usage_and_opens_nothing(terminal: Terminal, path: tuple[str, ...]) -> None:
    ran = terminal(*path, "--no-such-option")
    assert (ran.code, ran.out) == (2, b"")
    assert "--no-such-option" in ran.err
    assert list(terminal.folder.iterdir()) == []


@pytest.mark.parametrize("name", ["translate", "validate", "verify"])
def test_a_missing_file_is_wrong_usage_and_no_other_is_answered_for(terminal: Terminal, name: str) -> None:
    for wrong in ("not-there", "."):
        ran = terminal(name, LAB_SAMPLE, wrong)
        assert (ran.code, ran.out) == (2, b"")
        assert wrong in ran.err
    assert terminal(name).code == 2


def test_no_command_and_an_unknown_one_are_wrong_usage(terminal: Terminal) -> None:
    assert terminal().code == 2
    assert terminal("fax").code == 2
    assert terminal("facility").code == 2


def test_a_wrong_setting_is_named_and_ends_with_2(terminal: Terminal) -> None:
    terminal.set(bind="nowhere", no_such_thing="1")
    ran = terminal("facility", "list")
    assert (ran.code, ran.out) == (2, b"")
    assert "GATEWAY_BIND" in ran.err
    assert "GATEWAY_NO_SUCH_THING" in ran.err


def test_the_version_is_told(terminal: Terminal) -> None:
    from gateway import __version__

    assert __version__ in terminal.well("--version").out.decode()


def test_errors_are_told_in_vietnamese_when_asked(terminal: Terminal) -> None:
    english = terminal("facility", "show", "79001").err
    terminal.set(lang="vi")
    vietnamese = terminal("facility", "show", "79001").err
    assert "[facility-unknown]" in english
    assert "[facility-unknown]" in vietnamese
    assert english != vietnamese
    outcome = terminal("translate", "-", stdin=b"").line["outcome"]
    assert any(not sign.isascii() for issue in outcome["issue"] for sign in issue["details"]["text"])


def test_a_reader_that_went_away_ends_it_quietly() -> None:
    typed = [sys.executable, "-m", "gateway", "translate", *[str(LAB_SAMPLE)] * 40]
    with subprocess.Popen(typed, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (1, b"")


def test_the_adapters_that_run_are_told(terminal: Terminal) -> None:
    names = {line["name"]: line["running"] for line in terminal.well("adapter", "list").lines}
    assert names == dict.fromkeys(installed_names(), True)
    assert {"bhyt", "dicomweb", "fhir", "hl7v2", "json_record", "tabular"} <= set(names)
    terminal.set(adapters="bhyt")
    names = {line["name"]: line["running"] for line in terminal.well("adapter", "list").lines}
    assert names == {name: name == "bhyt" for name in installed_names()}
