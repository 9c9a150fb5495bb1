"""Registered words as JSON in a row: a dataclass in, the same dataclass out."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from gateway.jsontext import dumps, loads

T = TypeVar("T")


def text(value: Any) -> str:
    """A dataclass, or plain JSON values, as JSON text."""
    return dumps(value).decode("utf-8")


def read(record: str, kind: type[T]) -> T:
    """The dataclass a row's JSON was written from; fields added since take their defaults."""
    return msgspec.convert(loads(record), kind)
