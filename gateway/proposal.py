"""Proposal: a first mapping file for a form nobody has read yet (SourceAdapter.propose)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Proposal:
    """A first mapping file for a payload that none reads yet, and what its author needs beside it.

    ``text``: the file, every guess marked; ``undecided``: the fields it says nothing of, so that it is not read before
    a person does. ``sample``: the payload with nobody's data in it; ``suffix``: of its file (``.csv``).
    """

    text: str
    undecided: tuple[str, ...]
    sample: bytes
    suffix: str
