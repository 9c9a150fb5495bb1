"""Conformance resources from a folder of JSON files or a FHIR package, in bounded time and memory.

https://hl7.org/fhir/R4/packages.html. An archive is read from beginning to end and never unpacked, so that
no name in it is a path to anywhere.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from gateway import jsontext
from gateway.errors import PayloadError

LARGEST_FILE = 32 * 1024 * 1024  # bytes
LARGEST_SOURCE = 1024 * 1024 * 1024  # bytes of JSON in all, unpacked
MOST_FILES = 50_000


def resources_in(source: Path, kinds: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The resources of ``kinds`` in a folder (searched whole), a package (``.tgz``) or one JSON file.

    PayloadError when the source cannot be read: not there, no archive, not JSON, too large.
    """
    read = 0
    for number, (name, content) in enumerate(_contents(source)):
        read += len(content)
        if number >= MOST_FILES or read > LARGEST_SOURCE:
            raise PayloadError("r4-profile-source-large", source.name)
        yield from _resources(name, content, kinds)


def _contents(source: Path) -> Iterator[tuple[str, bytes]]:
    try:
        if source.is_dir():
            for file in sorted(source.rglob("*.json")):
                with file.open("rb") as stream:
                    yield file.name, _bounded(stream, file.name)
        elif source.suffix == ".json":
            with source.open("rb") as stream:
                yield source.name, _bounded(stream, source.name)
        else:
            yield from _members(source)
    except (OSError, tarfile.TarError, EOFError, zlib.error) as broken:
        raise PayloadError("r4-profile-source", source.name) from broken


def _members(source: Path) -> Iterator[tuple[str, bytes]]:
    with _Metered(source) as unpacked, tarfile.open(fileobj=unpacked, mode="r:") as archive:
        for member in archive:
            folder, _, name = member.name.rpartition("/")
            if member.isreg() and name.endswith(".json") and folder == "package" and not name.startswith("."):
                file = archive.extractfile(member)
                if file is not None:
                    yield name, _bounded(file, name)


class _Metered(gzip.GzipFile):
    """Unpacks so much and no more, and no more than a file at once: a header may claim any length."""

    def __init__(self, source: Path) -> None:
        super().__init__(source, "rb")
        self._left = LARGEST_SOURCE
        self._name = source.name

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= LARGEST_FILE + 1:
            raise PayloadError("r4-profile-source-large", self._name)
        content = super().read(size)
        self._left -= len(content)
        if self._left < 0:
            raise PayloadError("r4-profile-source-large", self._name)
        return content


def _bounded(stream: IO[bytes], name: str) -> bytes:
    content = stream.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise PayloadError("r4-profile-source-large", name)
    return content


def _resources(name: str, content: bytes, kinds: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Those of one file; a Bundle gives those of its entries."""
    if not any(f'"{kind}"'.encode() in content for kind in kinds):
        return
    try:
        found = jsontext.loads(content)
    except PayloadError as broken:
        raise PayloadError("r4-profile-source-json", name) from broken
    if not isinstance(found, dict):
        return
    entries = found.get("entry") if found.get("resourceType") == "Bundle" else None
    inside = (
        [entry.get("resource") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    )
    for resource in (found, *inside):
        if isinstance(resource, dict) and resource.get("resourceType") in kinds:
            yield resource
