from __future__ import annotations

import pytest

from tests.trust.world import World, made


@pytest.fixture(scope="session")
def world() -> World:
    return made()
