"""Copies of values that are given out again and again: what one resource holds is no other's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def copier(value: Any) -> Callable[[], Any]:
    """What makes copies of a value, down to its texts and numbers, which cannot change."""
    if isinstance(value, dict):
        inner = [(name, copier(item)) for name, item in value.items() if isinstance(item, (dict, list))]
        return _dict_copier(value, inner) if inner else value.copy
    if isinstance(value, list):
        items = [copier(item) for item in value]
        return lambda: [copy() for copy in items]
    return lambda: value


def _dict_copier(value: dict[str, Any], inner: list[tuple[str, Callable[[], Any]]]) -> Callable[[], Any]:
    def copy() -> dict[str, Any]:
        made = value.copy()
        for name, copy_item in inner:
            made[name] = copy_item()
        return made

    return copy
