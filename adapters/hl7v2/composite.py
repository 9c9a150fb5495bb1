"""Composite: a FHIR value put together from components, each with the component it came from."""

from __future__ import annotations

from typing import Any

from gateway.mapping.draft import Piece


class Composite:
    """Collects elements; those without content are left out."""

    def __init__(self) -> None:
        self.value: dict[str, Any] = {}
        self.sources: dict[str, str] = {}

    def put(self, name: str, item: Any, source: str = "") -> None:
        """Set an element; ``source`` "" for what the rules fix."""
        if item is None or item == "" or item == [] or item == {}:
            return
        self.value[name] = item
        if source:
            self.sources[name] = source

    def put_piece(self, name: str, piece: Piece | None) -> None:
        if piece is None:
            return
        self.value[name] = piece.value
        self._trace(name, piece)

    def add(self, name: str, item: Any, source: str = "") -> None:
        """Append to a list element."""
        if item is None or item == "" or item == {}:
            return
        self.add_piece(name, Piece(item, {"": source} if source else {}))

    def add_piece(self, name: str, piece: Piece | None) -> None:
        if piece is None:
            return
        items = self.value.setdefault(name, [])
        items.append(piece.value)
        self._trace(f"{name}[{len(items) - 1}]", piece)

    def piece(self) -> Piece | None:
        """All of it; None when nothing was put in."""
        return Piece(self.value, self.sources) if self.value else None

    def _trace(self, at: str, piece: Piece) -> None:
        for inner, source in piece.sources.items():
            self.sources[f"{at}.{inner}" if inner and not inner.startswith("[") else at + inner] = source
