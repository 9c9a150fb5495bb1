"""The intake tests run the same on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.intake.world import World


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    made = World.opened(database_url, tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def other_world(tmp_path: Path) -> Iterator[World]:
    """A second gateway that nobody told anything yet."""
    folder = tmp_path / "other"
    folder.mkdir()
    made = World.opened(f"sqlite:///{folder}/gateway.db", folder)
    yield made
    made.store.close()
