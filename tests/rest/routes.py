"""The routes of an application, compiled once for all applications that tests open.

Werkzeug writes, for each route of each application, a Python function that builds its URL, and compiles it: a third of
what opening a gateway takes. The function depends on the route's parts alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing.rules import Rule

_compile = Rule._compile_builder
_compiled: dict[object, Callable[..., tuple[str, str]]] = {}


def _remembered(self: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    if self.defaults:
        return _compile(self, append_unknown)
    key: Any = (self.rule, tuple(self._trace), append_unknown)
    if key not in _compiled:
        _compiled[key] = _compile(self, append_unknown)
    return _compiled[key]


def compile_routes_once() -> None:
    """From now on, in this process."""
    Rule._compile_builder = _remembered  # type: ignore[method-assign]
