"""A gateway with its doors, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.intake.world import World


@pytest.fixture
def world(tables_url: str, tmp_path: Path) -> Iterator[World]:
    made = World.opened(tables_url, tmp_path)
    yield made
    made.store.close()
