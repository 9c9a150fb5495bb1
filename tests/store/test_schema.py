"""The migrations make exactly the tables the code names, on both databases."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from gateway.errors import SettingsError
from gateway.store import parsed_url, postgresql, schema
from gateway.store.tables import metadata

NEXT_STEP = '''"""A step that this program does not bring yet."""
from alembic import op
import sqlalchemy as sa
revision = "9999"
down_revision = "{last}"
def upgrade():
    op.add_column("person", sa.Column("note", sa.Text()))
'''


@pytest.fixture
def connected(database_url: str) -> Iterator[Engine]:
    url = parsed_url(database_url)
    made = postgresql.open_engine(url, pool=1) if url.get_backend_name() == "postgresql" else create_engine(url)
    yield made
    made.dispose()


for module in sorted(Path(schema.__file__).parent.glob("*tables.py")):  # each adds its own to the metadata
    import_module(f"gateway.store.{module.stem}")


def rule(raised: pytest.ExceptionInfo[SettingsError]) -> str:
    return raised.value.issues[0].rule


def test_the_migrations_make_exactly_the_tables_of_the_code(database_url: str, connected: Engine) -> None:
    schema.upgrade(database_url)
    with connected.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_every_key_has_the_order_of_the_code(database_url: str, connected: Engine) -> None:
    schema.upgrade(database_url)
    made = {name: inspect(connected).get_pk_constraint(name)["constrained_columns"] for name in metadata.tables}
    assert made == {name: [column.name for column in table.primary_key] for name, table in metadata.tables.items()}
    assert made["index_reference"] == ["target", "param", "resource_rid"]  # those to one resource together


def test_postgresql_does_not_compress_again_what_is_packed(postgresql_url: str) -> None:
    schema.upgrade(postgresql_url)
    made = postgresql.open_engine(parsed_url(postgresql_url), pool=1)
    with made.connect() as connection:
        external = connection.scalars(
            text("SELECT attname FROM pg_attribute WHERE attrelid = 'exchange'::regclass AND attstorage = 'e'")
        )
        assert set(external) == {"record", "bundle", "account"}
    made.dispose()


def test_on_sqlite_they_say_the_same_word_for_word_without_rowid_included(tmp_path: Path) -> None:
    def written(connected: Engine) -> list[list[str]]:
        with connected.connect() as connection:
            rows = connection.execute(
                text("SELECT sql FROM sqlite_master WHERE tbl_name <> 'alembic_version' AND type <> 'trigger'")
            )
            # The order of a table's constraints says nothing.
            found = [sorted(re.split(r"[\s,()]+", sql)) for (sql,) in rows if sql]
        connected.dispose()
        return sorted(found)

    schema.upgrade(f"sqlite:///{tmp_path / 'migrated'}")
    made = create_engine(f"sqlite:///{tmp_path / 'made'}")
    metadata.create_all(made)
    wanted = written(made)
    assert sum("WITHOUT" in words for words in wanted) == 5
    assert written(create_engine(f"sqlite:///{tmp_path / 'migrated'}")) == wanted


def test_an_empty_database_is_empty_then_current(database_url: str) -> None:
    assert schema.state(database_url) == "empty"
    schema.prepare(database_url)
    assert schema.state(database_url) == "current"
    schema.prepare(database_url)
    schema.upgrade(database_url)
    assert schema.state(database_url) == "current"


def test_a_newer_database_is_refused_untouched(database_url: str, connected: Engine) -> None:
    schema.upgrade(database_url)
    with connected.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert schema.state(database_url) == "newer"
    for step in (schema.upgrade, schema.prepare):
        with pytest.raises(SettingsError) as refused:
            step(database_url)
        assert rule(refused) == "store-newer"
    assert schema.state(database_url) == "newer"


def test_an_older_database_is_refused_naming_the_command_until_a_person_upgrades_it(
    database_url: str, connected: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema.upgrade(database_url)
    longer = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, longer)
    step = NEXT_STEP.format(last=schema.steps_known()[-1])
    (longer / "versions" / "v9999_next.py").write_text(step, encoding="utf-8")
    monkeypatch.setattr(schema, "MIGRATIONS", longer)
    assert schema.state(database_url) == "older"
    with pytest.raises(SettingsError) as refused:
        schema.prepare(database_url)
    assert rule(refused) == "store-older"
    assert "gateway db upgrade" in str(refused.value)
    assert "note" not in {column["name"] for column in inspect(connected).get_columns("person")}
    schema.upgrade(database_url)
    assert schema.state(database_url) == "current"
    assert "note" in {column["name"] for column in inspect(connected).get_columns("person")}


def test_a_database_of_another_kind_is_refused() -> None:
    for url in ("mysql://x/y", "sqlite://", "sqlite:///:memory:", "nonsense"):
        with pytest.raises(SettingsError) as refused:
            parsed_url(url)
        assert rule(refused) == "store-url"


def test_an_empty_url_is_a_file_in_the_data_directory(tmp_path: Path) -> None:
    assert parsed_url("", tmp_path).database == str(tmp_path / "gateway.sqlite3")
    assert parsed_url("sqlite:///other.db", tmp_path).database == str(tmp_path / "other.db")
    assert parsed_url("sqlite:////abs/other.db", tmp_path).database == "/abs/other.db"


def test_a_file_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        schema.prepare(f"sqlite:///{tmp_path / 'absent' / 'gateway.sqlite3'}")
    assert rule(refused) == "store-cannot-open"


def test_a_step_is_named_for_its_revision_so_that_the_version_is_known_without_alembic() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    history = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert schema.steps_known() == history[::-1]
