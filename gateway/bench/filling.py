"""Filling a database by the product's own intake, as fast as the machine can: many processes, large transactions.

Every message is taken as a gateway takes it (translated, checked, signed, indexed, audited); only
the commits are gathered. What was committed stays: a filling that was interrupted goes on.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager
from dataclasses import dataclass
from multiprocessing.synchronize import Lock
from pathlib import Path
from typing import Any, TypeVar, cast

from gateway.adapter import Payload
from gateway.app import utc_now
from gateway.bench.orders import MEDIA_TYPE, Laboratories
from gateway.bench.site import Site
from gateway.installed import running_adapters
from gateway.intake import Intake
from gateway.judgement import Judge
from gateway.keyring import Keyring
from gateway.store import Connection, Store, open_store

T = TypeVar("T")
TOGETHER = 100  # exchanges in one transaction
_TOLD = 10.0  # seconds between two lines about how far it is
_DONE = "filled.txt"  # in the data folder: the parts that are committed


class Gathering(Store):
    """A store whose writes wait for ``commit``, and are then one transaction; who asks for one is told nothing yet."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner.url)
        self._inner = inner
        self.works: list[Callable[[Connection], Any]] = []

    def write(self, work: Callable[[Connection], T], *, soon: bool = False) -> T:
        self.works.append(work)
        return cast("T", [])  # intake's answer: no exchange to tell of

    def read(self) -> AbstractContextManager[Connection]:
        return self._inner.read()

    def hold_writer(self) -> None:
        self._inner.hold_writer()

    def close(self) -> None:
        self._inner.close()

    def commit(self) -> None:
        works, self.works = self.works, []
        self._inner.write(lambda connection: [work(connection) for work in works])


@dataclass
class _Filler:
    """What one process fills with."""

    laboratories: Laboratories
    store: Gathering
    intake: Intake
    turn: Lock

    def fill(self, numbers: range) -> int:
        for order in self.laboratories.orders(numbers.start, len(numbers)):
            self.intake.take(order.facility, Payload(order.payload, MEDIA_TYPE), adapter="hl7v2", actor="bench")
        with self.turn:
            self.store.commit()
        return numbers.start


_filler: _Filler  # of this process


def _begin(site: Site, laboratories: Laboratories, turn: Lock) -> None:
    global _filler
    settings = site.read()
    store = Gathering(open_store(settings.url))
    keyring = Keyring(store, settings, utc_now)
    judge = Judge(running_adapters(settings.adapters), settings.public_url, keyring.secret)
    intake = Intake(store, judge, settings, utc_now, keyring)
    _filler = _Filler(laboratories, store, intake, turn)


def _fill(numbers: range) -> int:
    return _filler.fill(numbers)


def fill(site: Site, laboratories: Laboratories, exchanges: int, say: Callable[[str], None]) -> None:
    """Orders 0 to ``exchanges - 1`` into the database of a registered site."""
    done = _done(site.folder / _DONE)
    parts = [range(first, min(first + TOGETHER, exchanges)) for first in range(0, exchanges, TOGETHER)]
    left = [part for part in parts if part.start not in done]
    if not left:
        return
    spawned = multiprocessing.get_context("spawn")  # a store does not survive a fork
    processes = 1 if len(left) == 1 else len(os.sched_getaffinity(0))
    say(f"filling a database with {exchanges} exchanges, {processes} process(es); kept in {site.folder}")
    if processes == 1:
        _fill_here(site, laboratories, left)
        return
    with (
        (site.folder / _DONE).open("a", encoding="ascii") as file,
        ProcessPoolExecutor(processes, spawned, _begin, (site, laboratories, spawned.Lock())) as pool,
    ):
        told = _Progress(sum(map(len, left)), say)
        try:
            for future in as_completed([pool.submit(_fill, part) for part in left]):
                file.write(f"{future.result()}\n")
                file.flush()
                told.more(TOGETHER)
        except BaseException:  # stopped, or a part failed: what is not begun is not begun any more
            pool.shutdown(cancel_futures=True)
            raise
    with site.opened() as store, store.read():  # the last to close a SQLite database empties its log into it
        pass


def _fill_here(site: Site, laboratories: Laboratories, parts: Sequence[range]) -> None:
    """Little: it is done before another process had started."""
    _begin(site, laboratories, multiprocessing.Lock())
    for part in parts:
        _fill(part)
    _filler.store.close()


def _done(file: Path) -> set[int]:
    return {int(line) for line in file.read_text().split()} if file.exists() else set()


class _Progress:
    def __init__(self, whole: int, say: Callable[[str], None]) -> None:
        self._whole, self._say, self._now = whole, say, 0
        self._began = self._told = time.monotonic()

    def more(self, number: int) -> None:
        self._now = min(self._now + number, self._whole)
        at = time.monotonic()
        if at - self._told < _TOLD and self._now < self._whole:
            return
        self._told = at
        rate = self._now / (at - self._began)
        left = (self._whole - self._now) / rate
        self._say(f"  {self._now} of {self._whole}, {rate:.0f}/s, {left / 60:.0f} min left")
