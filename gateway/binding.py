"""Who reads a payload of a facility that has mapping files: adapters bound to them, kept while they are asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from gateway.adapter import MappingText, Payload, SourceAdapter, bind, choose
from gateway.errors import GatewayError

MOST = 256  # bound adapters that are kept; reading a mapping file anew takes some milliseconds


class Binding:
    """``adapters``: those that run. A file is known by its digest, so that a new one is read as soon as it is handed
    on, and what is being read by the one before goes on as it began."""

    def __init__(self, adapters: Iterable[SourceAdapter]) -> None:
        self._adapters = tuple(adapters)
        self._bound = lru_cache(maxsize=MOST)(_bound)

    def choose(
        self, payload: Payload, name: str = "", *, files: Sequence[MappingText] = (), allowed: Collection[str] = ()
    ) -> SourceAdapter:
        """As gateway.adapter.choose, among the adapters ``allowed`` (all, when none is named), bound to ``files``.

        SettingsError when a file of the chosen one is wrong; another one's harms nobody.
        """
        running = [
            self._bound(one, tuple(file for file in files if file.adapter == one.name)) if files else (one, None)
            for one in self._adapters
            if not allowed or one.name in allowed
        ]
        chosen = choose([one for one, _ in running], payload, name)
        for one, wrong in running:
            if one is chosen and wrong is not None:
                raise wrong.with_traceback(None)  # it is kept, and would grow by each raising
        return chosen


def _bound(adapter: SourceAdapter, files: tuple[MappingText, ...]) -> tuple[SourceAdapter, GatewayError | None]:
    """The adapter bound; one that cannot be stays as it is, to recognise what it then cannot read."""
    try:
        return bind(adapter, files), None
    except GatewayError as wrong:
        return adapter, wrong
