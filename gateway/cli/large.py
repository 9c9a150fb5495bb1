"""Files too large to be held: read by the adapter record by record, with progress on stderr."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from gateway.adapter import Payload, Record, SourceAdapter, split, stream
from gateway.cli.say import read_input, words

LARGE = 32 * 1024 * 1024  # bytes: what a judge holds; a larger file is read by pieces where its adapter can
HEAD = 65_536  # bytes by which an adapter recognises a payload
_EACH = 1000  # records between two words of progress


@contextmanager
def opened(path: str) -> Iterator[bytes | BinaryIO]:
    """A payload's bytes; of a large file the file itself. UsageError (exit 2) when it cannot be read."""
    if path == "-" or Path(path).stat().st_size <= LARGE:
        yield read_input(path)
        return
    try:
        with Path(path).open("rb") as file:
            yield file
    except OSError as wrong:
        raise click.UsageError(f"{path}: {wrong.strerror}") from None


def records_of(path: str, adapter: SourceAdapter, data: bytes | BinaryIO) -> Iterable[Record]:
    """The records of what was opened, split by the adapter."""
    if isinstance(data, bytes):
        return split(adapter, Payload(data))
    found = stream(adapter, data)
    if found is None:
        data.seek(0)
        return split(adapter, Payload(data.read()))
    return _told(path, found)


def _told(path: str, records: Iterator[Record]) -> Iterator[Record]:
    count = 0
    for count, record in enumerate(records, 1):
        yield record
        if count % _EACH == 0:
            words(f"{path}: {count} records")
    words(f"{path}: {count} records, the end")
