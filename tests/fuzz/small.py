"""``python -m tests.fuzz.small FILE``: an input that breaks a property, made as small as it still breaks it."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.fuzz.properties import Broken, hold

_MARKS = (b"\r", b"|", b"~", b"^", b"&")


def main() -> None:
    file = Path(sys.argv[1])
    data = file.read_bytes()
    wanted = broken(data)
    for mark in _MARKS * 2:
        parts = data.split(mark)
        for size in (16, 4, 1):
            at = len(parts) - size
            while at >= 0:
                for shorter in ([*parts[:at], *parts[at + size :]], [*parts[:at], b"", *parts[at + size :]]):
                    if len(mark.join(shorter)) < len(mark.join(parts)) and broken(mark.join(shorter)) == wanted:
                        parts = shorter
                        break
                at -= size
        data = mark.join(parts)
    file.write_bytes(data)
    sys.stdout.write(f"{wanted}: {len(data)} bytes\n")


def broken(data: bytes) -> str:
    """What the input breaks; "" for nothing."""
    try:
        hold(data)
    except Broken as told:
        return str(told)
    return ""


if __name__ == "__main__":
    main()
