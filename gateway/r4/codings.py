"""Codings and Quantities: the code is one of its system, wherever they stand.

What an element's value set asks besides is judged by ``bindings.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.outcome import Issue
from gateway.r4.code_systems import broken_code
from gateway.r4.structure import Walk


def coding_issues(found: Walk) -> Iterator[Issue]:
    """Codes that their system has not, of every Coding and Quantity met on the walk."""
    for value, path in found.codings:
        system, code = value.get("system"), value.get("code")
        if isinstance(system, str) and isinstance(code, str) and (broken := broken_code(system, code)):
            yield Issue(broken[0], "code-invalid", broken[1], f"{path}.code")


_REMEMBERED = 4096  # pairs of system and code, none longer than
_LONGEST_REMEMBERED = 128  # characters
known_codings: set[tuple[Any, Any]] = set()  # of which there is nothing to say


def coding_holds(value: dict[str, Any]) -> bool:
    """True when there is nothing to say of a Coding or Quantity of the right form; remembered."""
    system, code = value.get("system"), value.get("code")
    if system is None or code is None:
        return True
    if broken_code(system, code) is not None:
        return False
    if len(system) + len(code) <= _LONGEST_REMEMBERED:
        if len(known_codings) >= _REMEMBERED:
            known_codings.clear()
        known_codings.add((system, code))
    return True
