"""What a translation does beside translating: clocks, chance, files, network. The first clause of an adapter's law."""

from __future__ import annotations

import ast
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

_EVENTS = ("open", "socket.", "sqlite3.", "subprocess.", "os.system", "os.listdir", "os.scandir", "urllib.", "http.")
_ASKED = ((time, "time"), (time, "time_ns"), (random, "random"), (uuid, "uuid1"), (uuid, "uuid4"))
# A method of C's own types cannot be watched; where a program names it, it is found there.
_CLOCKS = {"now", "utcnow", "today"}
_CHANCE = {"random", "secrets"}

_heard: list[str] | None = None
_hooked = False


def _hear(event: str, _arguments: object) -> None:
    if _heard is not None and event.startswith(_EVENTS):
        _heard.append(event)


@contextmanager
def watched() -> Iterator[list[str]]:
    """What the block asked the world for, by Python's audit events and the names of the functions; [] for nothing.

    Not for two threads at once.
    """
    global _heard, _hooked
    if not _hooked:
        sys.addaudithook(_hear)  # for the life of the process: Python takes none back
        _hooked = True
    heard: list[str] = []
    _heard = heard
    patches = [patch.object(module, name, _told(heard, module.__name__, name)) for module, name in _ASKED]
    for one in patches:
        one.start()
    try:
        yield heard
    finally:
        _heard = None
        for one in patches:
            one.stop()


def _told(heard: list[str], module: str, name: str) -> Callable[..., object]:
    real = getattr(sys.modules[module], name)

    def asked(*arguments: object, **more: object) -> object:
        heard.append(f"{module}.{name}")
        return real(*arguments, **more)

    return asked


def named_in(program: Iterable[Path]) -> Iterator[tuple[Path, int, str]]:
    """Where an adapter's program names a clock or chance: file, line, what."""
    for file in program:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CLOCKS:
                yield file, node.lineno, node.func.attr
            elif isinstance(node, ast.Import) and (chance := _CHANCE & {name.name for name in node.names}):
                yield file, node.lineno, min(chance)
            elif isinstance(node, ast.ImportFrom) and node.module in _CHANCE:
                yield file, node.lineno, node.module
