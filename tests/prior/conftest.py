"""A gateway with lists of a test's own, on both databases, whose facilities sign what they send."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app import create_app
from gateway.prior.answering import Priors
from tests.prior.lists import RULES
from tests.rest.world import World, opened


@pytest.fixture
def world(tables_url: str, tmp_path: Path) -> Iterator[World]:
    made = _listed(opened(tables_url, tmp_path))
    yield made
    made.parts.close()


@pytest.fixture
def asking(empty_tables: Path, tmp_path: Path) -> Iterator[World]:
    """On SQLite alone, for what is refused before results are looked for."""
    shutil.copy(empty_tables, tmp_path / "gateway.sqlite3")
    made = _listed(opened(f"sqlite:///{tmp_path / 'gateway.sqlite3'}", tmp_path))
    yield made
    made.parts.close()


def _listed(made: World) -> World:
    parts = made.parts
    made.parts = replace(parts, priors=Priors(parts.store, parts.keyring, made.clock, lambda: RULES))
    made.app = create_app(parts.settings, parts=made.parts)
    made.sign_here()
    return made
