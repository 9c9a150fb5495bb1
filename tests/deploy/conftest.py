"""A gateway for what is told of it; its database makes no difference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rest.world import World, opened


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = opened(f"sqlite:///{tmp_path / 'gateway.sqlite3'}", tmp_path)
    yield made
    made.parts.close()
