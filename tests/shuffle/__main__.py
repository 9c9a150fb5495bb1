"""``python -m tests.shuffle``: mixed messages in order, and twice and shuffled into a fresh store. 1 if they differ."""

from __future__ import annotations

import argparse
import difflib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gateway.simulator.province import traffic
from tests import databases
from tests.shuffle.shuffle import shuffled, stands_after
from tests.shuffle.standing import Standing, differences


def main() -> int:
    """Prints what was sent, what stands, and every difference."""
    asked = argparse.ArgumentParser(prog="python -m tests.shuffle", description=__doc__)
    asked.add_argument("--messages", type=int, default=1000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--orders", type=int, default=1, help="how many shuffled orders are tried")
    asked.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    asked.add_argument("--show", type=int, default=20, help="differences shown in full; all are counted")
    given = asked.parse_args()
    messages = traffic(given.seed, given.messages)
    kinds = Counter("^".join(one.kind.split("^")[:2]) for one in messages)
    _say(f"{len(messages)} messages: " + ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
    found = 0
    for database in given.database or ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as made, _stores(database, folder := Path(made)) as url:
            began = time.process_time()
            first = stands_after(url("order"), folder / "order", messages)
            _say(f"{database}, in order: {_told(first)}; {time.process_time() - began:.0f} s of CPU")
            for number in range(given.orders):
                name = f"shuffled{number}"
                other = stands_after(url(name), folder / name, shuffled(messages, given.seed + number))
                found += _tell(f"{database}, twice and shuffled ({number + 1})", first, other, given.show)
    return 1 if found else 0


def _told(one: Standing) -> str:
    statuses = Counter(one.exchanges.values())
    return (
        f"{len(one.resources)} resources, {len(one.persons)} persons of {len(one.patients)} patients, "
        f"exchanges {', '.join(f'{status} {count}' for status, count in sorted(statuses.items()))}, "
        f"{len(one.reviews)} for a person to decide"
    )


def _tell(title: str, first: Standing, other: Standing, show: int) -> int:
    found = list(differences(first, other))
    _say(f"{title}: {_told(other)}; {len(found)} differences")
    for (part, kind), count in Counter((part, name.split("/")[0][:40]) for part, name, _, _ in found).items():
        _say(f"  {part} {kind}: {count}")
    for part, name, one, another in found[:show]:
        _say(f"--- {part} {name}")
        for line in difflib.unified_diff(one.splitlines(), another.splitlines(), "in order", "shuffled", "", "", 1):
            _say(f"  {line.rstrip()}")
    return len(found)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


@contextmanager
def _stores(kind: str, folder: Path) -> Iterator[Callable[[str], str]]:
    """Name → the URL of a new, empty database; none is left behind."""
    if kind == "sqlite":
        yield lambda name: f"sqlite:///{folder / name}.sqlite3"
        return
    cluster = databases.start_cluster()
    try:
        with ExitStack() as made:
            made.enter_context(databases.fresh_database(cluster.socket, "shuffle"))
            yield lambda name: made.enter_context(databases.fresh_schema(cluster.socket, "shuffle", name))
    finally:
        cluster.stop()


if __name__ == "__main__":
    sys.exit(main())
