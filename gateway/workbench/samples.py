"""Samples: the payloads an author keeps beside an adapter, and which of the installed adapters they belong to."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.adapter import Payload, SourceAdapter

EXPECTED = "expected"  # the folder beside samples where it is written what they become
_NOT_SAMPLES = {".md", ".toml", ".py", ".html"}  # what else lies beside samples


@dataclass(frozen=True, slots=True)
class Sample:
    """A payload in a file."""

    path: Path
    data: bytes

    @property
    def payload(self) -> Payload:
        return Payload(self.data)


def samples(paths: Iterable[str | Path]) -> Iterator[Sample]:
    """The files, and those that lie in the folders, in order; a readme, a mapping file or an expectation is none."""
    for path in map(Path, paths):
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            if file.is_file() and (not path.is_dir() or _may_be_one(file)):
                yield Sample(file, file.read_bytes())


def own_folder(adapter: SourceAdapter) -> Path:
    """The folder an adapter's program lies in."""
    return Path(inspect.getfile(type(adapter))).parent


def own_samples(adapter: SourceAdapter) -> list[Sample]:
    """Those an adapter ships with itself, in ``samples`` beside its program."""
    place = own_folder(adapter) / "samples"
    return list(samples([place])) if place.is_dir() else []


def own_program(adapter: SourceAdapter) -> list[Path]:
    """The Python files of an adapter: its folder's when it is a package, else the one file."""
    file = Path(inspect.getfile(type(adapter)))
    module = sys.modules.get(type(adapter).__module__)
    return sorted(file.parent.rglob("*.py")) if hasattr(module, "__path__") else [file]


def _may_be_one(file: Path) -> bool:
    return file.suffix not in _NOT_SAMPLES and not file.name.startswith((".", "_"))
