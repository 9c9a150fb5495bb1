"""Refusal: why a page was not shown, as a status and a sentence of the catalogue."""

from __future__ import annotations


class Refusal(Exception):
    """``key``: of gateway/messages/console.toml. ``parameters``: places of the sentence, never a patient's value."""

    def __init__(self, status: int, key: str, **parameters: object) -> None:
        super().__init__(key)
        self.status = status
        self.key = key
        self.parameters = parameters
