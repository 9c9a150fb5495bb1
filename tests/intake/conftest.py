"""The intake tests run the same on both databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.adapter import SourceAdapter
from gateway.facility import Facility
from gateway.intake import Intake
from gateway.judgement import Judge
from gateway.keyring import Keyring
from gateway.retranslation import Retranslation
from gateway.settings import Settings
from gateway.store import open_store
from tests.intake.world import World
from tests.plain_table import PlainTable


@pytest.fixture
def world(tables_url: str, tmp_path: Path) -> Iterator[World]:
    made = World.opened(tables_url, tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def other_world(empty_tables: Path, tmp_path: Path) -> Iterator[World]:
    """A second gateway that nobody told anything yet."""
    folder = tmp_path / "other"
    folder.mkdir()
    shutil.copy(empty_tables, folder / "gateway.db")
    made = World.opened(f"sqlite:///{folder}/gateway.db", folder)
    yield made
    made.store.close()


@pytest.fixture
def adapter() -> SourceAdapter:
    """The only one that runs in what is translated again; a file whose payloads another one reads says which."""
    return PlainTable()


@pytest.fixture
def judge(world: World, adapter: SourceAdapter) -> Judge:
    return Judge([adapter], world.settings.public_url, world.keyring.secret)


@pytest.fixture
def intake(world: World, judge: Judge) -> Intake:
    return Intake(world.store, judge, world.settings, world.now, world.keyring)


@pytest.fixture
def again(world: World, judge: Judge, intake: Intake) -> Retranslation:
    return Retranslation(world.store, judge, world.now, world.keyring, intake)


@pytest.fixture
def city(world: World, empty_tables: Path, tmp_path: Path) -> Iterator[World]:
    """A gateway that believes the laboratory's, and to which nobody has sent anything yet."""
    shutil.copy(empty_tables, tmp_path / "city.db")
    url = f"sqlite:///{tmp_path / 'city.db'}"
    settings = Settings(data_dir=tmp_path, database_url=url)
    store = open_store(url)
    made = World(store, settings, Keyring(store, settings, world.now), world.at)
    made.register(Facility("79900", "Bệnh viện thành phố"))
    made.keyring.import_trust("lab", world.keyring.public_trust(), actor="test")
    yield made
    store.close()
