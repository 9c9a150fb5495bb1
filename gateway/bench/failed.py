"""The one way in which a benchmark ends without its figures."""

from __future__ import annotations


class BenchFailed(Exception):
    """It could not be carried out; the text says what was seen."""
