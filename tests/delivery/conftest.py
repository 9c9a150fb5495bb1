"""A gateway that sends, on both databases or on SQLite alone, and a recipient that does as it is told."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from gateway.simulator.identity import Identity, new_identity
from gateway.simulator.recipient import SimulatedRecipient
from gateway.store import open_store
from tests.delivery.world import World, quick
from tests.sender import NOW, Clock

Listening = Callable[..., SimulatedRecipient]


@pytest.fixture
def clock() -> Clock:
    """The one clock of a test: the gateway's and its recipients'."""
    return Clock()


@pytest.fixture
def world(tables_url: str, tmp_path: Path, clock: Clock) -> Iterator[World]:
    store = open_store(tables_url)
    yield World(store, quick(tmp_path), clock)
    store.close()


@pytest.fixture
def sender(empty_tables: Path, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """For what the recipient does, where the database makes no difference."""
    shutil.copy(empty_tables, tmp_path / "gateway.sqlite3")
    store = open_store(f"sqlite:///{tmp_path / 'gateway.sqlite3'}")
    yield World(store, quick(tmp_path), clock)
    store.close()


@pytest.fixture(scope="session")
def identity() -> Identity:
    return new_identity("79900", "Bệnh viện thành phố", now=NOW)


@pytest.fixture
def listening(identity: Identity, clock: Clock) -> Iterator[Listening]:
    """Starts recipients, which are closed at the end."""
    with ExitStack() as stack:

        def start(*script: str, tokens: tuple[str, ...] = (), **more: Any) -> SimulatedRecipient:
            given: dict[str, Any] = {"identity": identity, "now": clock}
            made = SimulatedRecipient(**(given | more))
            made.messages.follow(*script)
            made.tokens.follow(*tokens)
            return stack.enter_context(made)

        yield start
