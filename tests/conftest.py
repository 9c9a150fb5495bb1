"""The databases of a run: one PostgreSQL cluster, a database a worker, empty tables or nothing for each test.

A test that asks for ``database_url`` or ``tables_url`` runs twice, on SQLite and on PostgreSQL; the
summary prints both counts, and a run in which they differ, or which skipped anything, fails.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import tempfile
import uuid
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests import databases, measured
from tests.once import FOLDER
from tests.tables import LentTables

# No test is judged by its time: machines are noisy.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

KINDS = ("sqlite", "postgresql")
SOCKET = "TEST_POSTGRESQL_SOCKET"  # the cluster's folder, set by the run for its workers

GARBAGE = 20_000  # objects made before the youngest are looked at; by itself Python looks after 700

_cluster = pytest.StashKey[databases.Cluster]()

_ran: dict[str, str] = {}  # test → the kind of database it ran on
_skipped: set[str] = set()


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or config.option.collectonly or config.option.help:
        return
    if SOCKET not in os.environ:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended from outside: stop the cluster all the same
        config.stash[_cluster] = databases.start_cluster()
        os.environ[SOCKET] = str(config.stash[_cluster].socket)
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="made-once-")


def pytest_unconfigure(config: pytest.Config) -> None:
    cluster = config.stash.get(_cluster, None)
    if cluster is not None:
        os.environ.pop(SOCKET, None)
        shutil.rmtree(os.environ.pop(FOLDER))
        cluster.stop()


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of this test's own: once SQLite, once PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'gateway.sqlite3'}"
    else:
        worker = request.getfixturevalue("worker_database")
        with databases.fresh_schema(os.environ[SOCKET], worker, f"t{uuid.uuid4().hex}") as url:
            yield url


@pytest.fixture(params=KINDS)
def tables_url(request: pytest.FixtureRequest, empty_tables: Path, tmp_path: Path) -> Iterator[str]:
    """The URL of the gateway's tables, empty, for this test alone: once SQLite, once PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(empty_tables, tmp_path / 'gateway.sqlite3')}"
    else:
        tables: LentTables = request.getfixturevalue("worker_tables")
        with tables.lent() as url:
            yield url


@pytest.fixture(scope="session")
def worker_tables(worker_database: str) -> Iterator[LentTables]:
    """The tables that this worker's tests are lent, one after another."""
    tables = LentTables(os.environ[SOCKET], worker_database)
    yield tables
    tables.close()


@pytest.fixture(scope="session")
def worker_database() -> Iterator[str]:
    """The name of a PostgreSQL database of this worker's own; each test has a schema in it."""
    name = f"w{uuid.uuid4().hex}"
    with databases.fresh_database(os.environ[SOCKET], name):
        yield name


@pytest.fixture(scope="session")
def empty_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables in place, to copy."""
    from gateway.store import schema  # here, so that coverage is measured before it is imported

    file = tmp_path_factory.mktemp("tables") / "gateway.sqlite3"
    schema.prepare(f"sqlite:///{file}")
    return file


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """The URL of an empty PostgreSQL database, for what only PostgreSQL has; counted with neither."""
    with databases.fresh_database(os.environ[SOCKET], f"t{uuid.uuid4().hex}") as url:
        yield url


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note on which database a test ran; with xdist this runs where the summary is written."""
    if report.skipped:
        _skipped.add(report.nodeid)
    if report.when == "call":
        for key, value in report.user_properties:
            if key == "database":
                _ran[report.nodeid] = str(value)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """The kind of database travels with the report, so that the counts hold under xdist."""
    kind = measured.kind_of_database(item)
    if kind is not None:
        item.user_properties.append(("database", kind))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    measured.choose(items)


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem() -> Generator[None, object, object]:
    """What pytest makes of a test's parameters is not measured either: sixteen thousand items."""
    with measured.nothing():
        return (yield)


def pytest_collection_finish() -> None:
    """What was collected stays to the end: the collector of garbage need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, 20, 20)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    with measured.as_chosen(item):
        return (yield)


def _counts() -> Counter[str]:
    return Counter(_ran.values())


def _unfair() -> str:
    """Why a run in which every test passed is not green all the same; "" when it is."""
    counts = _counts()
    if len({counts[kind] for kind in KINDS}) > 1:
        return "one database was tested less than the other"
    if _skipped:
        return f"tests skipped: {len(_skipped)}"
    return ""


def _chosen_by_hand(config: pytest.Config) -> bool:
    """A run of some tests by name or keyword, where the counts may differ."""
    return bool(config.option.keyword) or any("::" in argument for argument in config.args)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if hasattr(session.config, "workerinput") or exitstatus != pytest.ExitCode.OK:
        return
    if _unfair() and not _chosen_by_hand(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts = _counts()
    terminalreporter.write_line(
        "databases: "
        + ", ".join(f"{kind} {counts[kind]} tests" for kind in KINDS)
        + (f", {len(_skipped)} skipped" if _skipped else ", none skipped")
    )
    if _unfair():
        terminalreporter.write_line(f"not green: {_unfair()}", red=True)
