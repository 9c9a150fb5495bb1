"""A gateway with so many exchanges stored already: what a benchmark begins with.

Filled once and kept in the cache under a name that changes with the tables and the data;
each run works on a copy.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from gateway.bench import cluster, orders, panels, people
from gateway.bench.copies import check_room, copy_folder, folder_bytes
from gateway.bench.failed import BenchFailed
from gateway.bench.filling import fill
from gateway.bench.orders import Laboratories
from gateway.bench.plan import Plan
from gateway.bench.site import Site
from gateway.store import exchanges as stored_exchanges

POSTGRESQL_PROCESSES = {"GATEWAY_PROCESSES": "2"}  # what several processes on one database do is the question there
_COMPLETE = "complete"
_EACH = 250_000  # bytes that an exchange takes in a database, and some to spare


@dataclass
class Stock:
    """A registered gateway, not running. ``exchanges``: how many orders it holds, numbered from 0.

    ``server``: the pid of a database server that runs for it, 0 for none. ``files``: where its data lie.
    """

    name: str
    site: Site
    laboratories: Laboratories
    exchanges: int
    files: Path
    server: int = 0

    def bytes(self) -> int:
        """What the database takes on disk, its log not counted; 0 when it is elsewhere."""
        if self.site.database_url:
            return folder_bytes(self.files / "base") if self.files.exists() else 0
        return (self.files / "gateway.db").stat().st_size


@contextmanager
def stocked(plan: Plan, database: str, exchanges: int, say: Callable[[str], None]) -> Iterator[Stock]:
    """A copy of a gateway that holds ``exchanges`` exchanges, filled if the cache has none.

    ``database``: ``sqlite``, ``postgresql`` (one of our own), or the URL of an empty PostgreSQL
    database, which is filled where it is.
    """
    laboratories = Laboratories(plan.seed, exchanges)
    if "://" in database:
        with _elsewhere(plan, database, laboratories, say) as stock:
            yield stock
        return
    kept = plan.cache / f"{database}-{exchanges}-{plan.seed}-{_shape()}"
    with _alone(kept):
        if not (kept / _COMPLETE).exists():
            _forget_others(kept, say)
            check_room(plan.cache, exchanges * _EACH)
            with _database(plan, database, kept) as (url, _):
                site = Site(kept / "data", url, _settings(url))
                site.register()
                fill(site, laboratories, exchanges, say)
            (kept / _COMPLETE).touch()
    copy = Path(tempfile.mkdtemp(prefix=f"{database}-{exchanges}-", dir=plan.scratch)) / "c"
    copy.parent.chmod(0o755)  # PostgreSQL may run as another user
    try:
        check_room(plan.scratch, folder_bytes(kept))
        copy_folder(kept, copy)
        with _database(plan, database, copy) as (url, server):
            site = Site(copy / "data", url, _settings(url))
            files = copy / "cluster" if url else site.folder
            yield Stock("PostgreSQL" if url else "SQLite", site, laboratories, exchanges, files, server)
    finally:
        shutil.rmtree(copy.parent, ignore_errors=True)


@contextmanager
def _alone(kept: Path) -> Iterator[None]:
    """No other run fills the same database meanwhile."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.with_name(f"{kept.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _forget_others(kept: Path, say: Callable[[str], None]) -> None:
    """As much of the same, but for tables or data of another day: of no use any more, and large."""
    prefix = kept.name.rpartition("-")[0]
    for other in kept.parent.glob(f"{prefix}-????????"):
        if other != kept and (other / _COMPLETE).exists():
            say(f"removing {other}: filled for other tables or data")
            shutil.rmtree(other)
            other.with_name(f"{other.name}.lock").unlink(missing_ok=True)


@contextmanager
def _elsewhere(plan: Plan, url: str, laboratories: Laboratories, say: Callable[[str], None]) -> Iterator[Stock]:
    site = Site(plan.scratch / f"data-{laboratories.expected}", url, _settings(url))
    with site.opened() as store, store.read() as connection:
        if stored_exchanges.count_by_status(connection):
            raise BenchFailed("the database is not empty; a benchmark fills one of its own")
    site.register()
    fill(site, laboratories, laboratories.expected, say)
    yield Stock("PostgreSQL", site, laboratories, laboratories.expected, plan.scratch / "elsewhere")


@contextmanager
def _database(plan: Plan, database: str, folder: Path) -> Iterator[tuple[str, int]]:
    """(URL, "" for SQLite in the data folder; the server's pid, 0 for none)."""
    folder.mkdir(parents=True, exist_ok=True)
    if database == "sqlite":
        yield "", 0
        return
    with cluster.running(folder / "cluster", plan.cache) as found:
        yield found


def _settings(url: str) -> dict[str, str]:
    return POSTGRESQL_PROCESSES if url else {}


def _shape() -> str:
    """Changes when the tables or the made-up data do: a filled database of another shape is of no use."""
    digest = hashlib.sha256()
    store = resources.files("gateway.store")
    versions = sorted(store.joinpath("migrations", "versions").iterdir(), key=lambda file: file.name)
    for file in (store.joinpath("tables.py"), *(one for one in versions if one.name.endswith(".py"))):
        digest.update(file.read_bytes())
    for module in (orders, panels, people):
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()[:8]
