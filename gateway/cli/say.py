"""What a command says: JSON lines on stdout, words on stderr, and nothing else."""

from __future__ import annotations

import sys
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from gateway.errors import GatewayError
from gateway.jsontext import dumps, loads


def line(value: Any) -> None:
    """One JSON object on one line of stdout; numbers as they were written."""
    sys.stdout.buffer.write(dumps(plain(value)) + b"\n")
    sys.stdout.buffer.flush()


def words(text: str) -> None:
    """A sentence for a person, on stderr."""
    click.echo(text, err=True)


def tell_error(wrong: GatewayError) -> None:
    """Each issue on a line of stderr, in the language of the settings."""
    for issue in wrong.issues:
        place = f"{issue.expression}: " if issue.expression else ""
        words(f"gateway: {place}{issue.text(language())} [{issue.rule}]")


def language() -> str:
    """Of the settings; English while they are wrong."""
    from gateway.settings import read_settings  # marshmallow loads only when something is said

    try:
        return read_settings().language
    except GatewayError:
        return "en"


def plain(value: Any) -> Any:
    """Dataclasses, times and tuples as JSON values."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return value


def read_input(path: str, most: int = -1) -> bytes:
    """A file's bytes, or stdin for ``-``, no more than ``most``; UsageError (exit 2) when it cannot be read."""
    if path == "-":
        return sys.stdin.buffer.read(most)
    try:
        with Path(path).open("rb") as file:
            return file.read(most)
    except OSError as wrong:
        raise click.UsageError(f"{path}: {wrong.strerror}") from None


def read_object(path: str, option: str) -> dict[str, Any]:
    """The JSON object in a file, or in stdin for ``-``; UsageError (exit 2) when it is something else."""
    try:
        found = loads(read_input(path))
    except GatewayError as wrong:
        raise click.BadParameter(f"{path}: {wrong.issues[0].text(language())}", param_hint=option) from None
    if not isinstance(found, dict):
        raise click.BadParameter(f"{path}: a JSON object is expected", param_hint=option)
    return found


def written_file(path: str, content: bytes) -> None:
    """Write a file; UsageError (exit 2) where none can be."""
    try:
        Path(path).write_bytes(content)
    except OSError as wrong:
        raise click.UsageError(f"{path}: {wrong.strerror}") from None


def existing(_ctx: click.Context, _param: click.Parameter, paths: tuple[str, ...]) -> tuple[str, ...]:
    """A callback that refuses a missing file before anything is done (exit 2)."""
    for path in paths:
        if path != "-" and not Path(path).exists():
            raise click.BadParameter(f"{path}: no such file")
        if Path(path).is_dir():
            raise click.BadParameter(f"{path}: a folder, not a file")
    return paths
