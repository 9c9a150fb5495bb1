"""``gateway validate --format``: payloads held to their format's own rules, before they are sent to anyone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import click

from gateway.adapter import Payload, SourceAdapter, choose, inspect
from gateway.cli.large import HEAD, opened, records_of
from gateway.cli.say import language, line
from gateway.errors import GatewayError
from gateway.installed import running_adapters
from gateway.outcome import Issue, operation_outcome, refusing


def validated(form: str, paths: tuple[str, ...]) -> bool:
    """A line a record; whether all are without an error. BadParameter for a format nobody reads."""
    known = {one.name: one for one in running_adapters(())}
    if form not in known:
        raise click.BadParameter(f"not installed: {form}; there are {', '.join(known)}", param_hint="--format")
    valid = True
    for path in paths:
        with opened(path) as data:
            for source, issues in _found(path, known[form], data):
                line({"source": source, "format": form, "outcome": operation_outcome(issues, language())})
                valid = valid and not refusing(issues)
    return valid


def _found(path: str, adapter: SourceAdapter, data: bytes | BinaryIO) -> Iterator[tuple[str, list[Issue]]]:
    """What is found of each record; of the payload when its form is broken."""
    try:
        choose([adapter], Payload(data if isinstance(data, bytes) else data.read(HEAD)))
        for record in records_of(path, adapter, data):
            source = path if record.position == 1 else f"{path}#{record.position}"
            try:
                yield source, [*record.issues, *inspect(adapter, record)]
            except GatewayError as refused:
                yield source, [*record.issues, *refused.issues]
    except GatewayError as refused:
        yield path, list(refused.issues)
